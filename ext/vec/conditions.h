#pragma once
// What a nearest-neighbour query asks of partition keys, metadata and auxiliary columns.

#include <vector>

#include "vec/definition.h"
#include "vec/plan.h"
#include "vec/row_filter.h"
#include "vec/row_test.h"
#include "vec/shadow_store.h"
#include "vec/step_check.h"

namespace edgepack::vec {

/// The conditions of one query, each where it is decided soonest.
struct Conditions {
  /// On partition keys: choose lists.
  std::vector<ColumnCondition> partition_keys;
  /// On metadata: evaluated on the blocks.
  std::vector<ColumnCondition> metadata;
  /// The others.
  std::vector<RowTest> rows;

  /// Adds the condition that `step` describes, with `value` on its right side. `may_recheck`:
  /// SQLite tests the rows once more and asks for others in place of those that it leaves out.
  /// Throws what `check` throws.
  void add(const Definition& definition, const ShadowStore& store, const PlanStep& step,
           sqlite::Value value, bool may_recheck, const Check& check);
};

}  // namespace edgepack::vec
