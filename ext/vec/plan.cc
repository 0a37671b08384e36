#include "vec/plan.h"

#include <new>
#include <optional>
#include <string>

#include "sqlite/error.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

/// What the planner is told of the work. A nearest-neighbour plan is dear and gives few rows, so
/// that a join runs it once, outside, and never for each row of another table.
constexpr double kPointCost = 10;
constexpr double kNearestCost = 1e6;
constexpr double kFullScanCost = 3e6;
constexpr sqlite3_int64 kNearestRows = 10;
constexpr sqlite3_int64 kFullScanRows = 100'000;

/// A condition in idxStr: the place of its column counted from the first character, the comparison,
/// a collation or nothing, and the end.
constexpr char kFirstColumn = '0';
constexpr char kEndOfCondition = '\n';

/// Index of a constraint; -1 is none.
struct Found {
  int match = -1;
  int count = -1;
  int limit = -1;
  int offset = -1;
  int key = -1;
  int keys = -1;
  bool match_unusable = false;
  bool count_unusable = false;
};

class Planner {
 public:
  Planner(const Definition& definition, sqlite3_index_info& info)
      : definition_(definition), layout_(definition), info_(info) {}

  int choose() {
    for (int i = 0; i < info_.nConstraint; ++i) note(i);
    // Another order of the join makes them usable.
    if (found_.match_unusable || (found_.match >= 0 && found_.count_unusable)) {
      return SQLITE_CONSTRAINT;
    }
    if (found_.match >= 0) {
      nearest();
    } else if (found_.key >= 0) {
      point();
    } else {
      full_scan();
    }
    finish();
    return SQLITE_OK;
  }

 private:
  const sqlite3_index_info::sqlite3_index_constraint& constraint(int i) const {
    return info_.aConstraint[i];
  }

  bool is_key(int column) const noexcept { return column < 0 || column == ColumnLayout::kKey; }

  /// -1 for a column that is no vector.
  int vector_of(int column) const noexcept {
    const int place = column - ColumnLayout::kFirst;
    if (place < 0 || place >= static_cast<int>(definition_.columns.size())) return -1;
    const ColumnReference reference = definition_.columns[static_cast<std::size_t>(place)];
    return reference.kind == ColumnKind::kVector ? static_cast<int>(reference.index) : -1;
  }

  void note(int i) {
    const int column = constraint(i).iColumn;
    const bool usable = constraint(i).usable != 0;
    switch (constraint(i).op) {
      case SQLITE_INDEX_CONSTRAINT_MATCH:
        if (vector_of(column) < 0) return;
        if (!usable) {
          found_.match_unusable = true;
        } else if (found_.match >= 0) {
          throw Error::verbatim("only 1 MATCH operator is allowed in a single vec0 query");
        } else {
          found_.match = i;
        }
        return;
      case SQLITE_INDEX_CONSTRAINT_LIMIT:
        if (usable) found_.limit = i;
        return;
      case SQLITE_INDEX_CONSTRAINT_OFFSET:
        if (usable) found_.offset = i;
        return;
      case SQLITE_INDEX_CONSTRAINT_EQ:
        if (column == layout_.k()) {
          if (usable) found_.count = i;
          found_.count_unusable |= !usable;
        } else if (is_key(column) && usable) {
          (sqlite3_vtab_in(&info_, i, -1) != 0 ? found_.keys : found_.key) = i;
        }
        return;
      default:
        return;
    }
  }

  void nearest() {
    plan_ = {PlanKind::kNearest,
             static_cast<std::size_t>(vector_of(constraint(found_.match).iColumn))};
    use(found_.match, PlanArgument::kQuery, true);
    if (found_.count >= 0) {
      use(found_.count, PlanArgument::kCount, true);
    } else if (found_.limit >= 0) {
      // How many rows to look for at first. SQLite applies both itself as well, so that rows which
      // it leaves out for other reasons are made up for by the next ones.
      use(found_.limit, PlanArgument::kLimit, false);
      if (found_.offset >= 0) use(found_.offset, PlanArgument::kOffset, false);
    }
    if (found_.keys >= 0) {
      sqlite3_vtab_in(&info_, found_.keys, 1);
      use(found_.keys, PlanArgument::kKeys, false);
    } else if (found_.key >= 0) {
      use(found_.key, PlanArgument::kKey, false);
    }
    for (int i = 0; i < info_.nConstraint; ++i) {
      if (constraint(i).usable == 0) continue;
      if (constraint(i).iColumn == layout_.distance()) {
        distance(i);
      } else if (const auto reference = value_column(constraint(i).iColumn)) {
        condition(i, *reference);
      }
    }
    order();
    info_.estimatedCost = kNearestCost;
    info_.estimatedRows = kNearestRows;
  }

  void distance(int i) {
    switch (constraint(i).op) {
      case SQLITE_INDEX_CONSTRAINT_LT:
        return use(i, PlanArgument::kDistanceLess, false);
      case SQLITE_INDEX_CONSTRAINT_LE:
        return use(i, PlanArgument::kDistanceAtMost, false);
      case SQLITE_INDEX_CONSTRAINT_GT:
        return use(i, PlanArgument::kDistanceGreater, false);
      case SQLITE_INDEX_CONSTRAINT_GE:
        return use(i, PlanArgument::kDistanceAtLeast, false);
      case SQLITE_INDEX_CONSTRAINT_LIMIT:
      case SQLITE_INDEX_CONSTRAINT_OFFSET:
        return;
      default:
        throw Error::verbatim(
            "Illegal WHERE constraint on distance column in a KNN query. Only one of GT, GE, LT, "
            "LE "
            "constraints are allowed.");
    }
  }

  /// Partition keys, metadata and auxiliary columns.
  std::optional<ColumnReference> value_column(int column) const noexcept {
    const int place = column - ColumnLayout::kFirst;
    if (place < 0 || place >= static_cast<int>(definition_.columns.size())) return std::nullopt;
    const ColumnReference reference = definition_.columns[static_cast<std::size_t>(place)];
    return reference.kind == ColumnKind::kVector ? std::nullopt : std::optional(reference);
  }

  std::optional<Comparison> comparison(int i) const {
    switch (constraint(i).op) {
      case SQLITE_INDEX_CONSTRAINT_EQ:
        return sqlite3_vtab_in(&info_, i, -1) != 0 ? Comparison::kIn : Comparison::kEqual;
      case SQLITE_INDEX_CONSTRAINT_NE:
        return Comparison::kNotEqual;
      case SQLITE_INDEX_CONSTRAINT_LT:
        return Comparison::kLess;
      case SQLITE_INDEX_CONSTRAINT_LE:
        return Comparison::kAtMost;
      case SQLITE_INDEX_CONSTRAINT_GT:
        return Comparison::kGreater;
      case SQLITE_INDEX_CONSTRAINT_GE:
        return Comparison::kAtLeast;
      case SQLITE_INDEX_CONSTRAINT_IS:
        return Comparison::kIs;
      case SQLITE_INDEX_CONSTRAINT_ISNOT:
        return Comparison::kIsNot;
      case SQLITE_INDEX_CONSTRAINT_ISNULL:
        return Comparison::kIsNull;
      case SQLITE_INDEX_CONSTRAINT_ISNOTNULL:
        return Comparison::kIsNotNull;
      case SQLITE_INDEX_CONSTRAINT_LIKE:
        return Comparison::kLike;
      case SQLITE_INDEX_CONSTRAINT_GLOB:
        return Comparison::kGlob;
      case SQLITE_INDEX_CONSTRAINT_REGEXP:
        return Comparison::kRegexp;
      default:
        return std::nullopt;
    }
  }

  void condition(int i, ColumnReference reference) {
    const auto compared = comparison(i);
    if (!compared) return;
    const ValueColumn& column = definition_.value_column(definition_.value_number(reference));
    const bool is_text = column.type == ValueType::kText;
    const char* collation = is_text ? sqlite3_vtab_collation(&info_, i) : nullptr;
    if (collation != nullptr && sqlite3_stricmp(collation, "BINARY") == 0) collation = nullptr;
    const bool in_blocks =
        reference.kind != ColumnKind::kAuxiliary && is_for_blocks(is_text, *compared, collation);
    // Without k, rows that SQLite leaves out are made up for by the next ones.
    if (!in_blocks && found_.count < 0) return;
    if (*compared == Comparison::kIn) sqlite3_vtab_in(&info_, i, 1);
    const bool is_exact = in_blocks && !is_text && *compared != Comparison::kIn;
    use(i, PlanArgument::kCondition, is_exact && plan_.kind == PlanKind::kNearest);
    arguments_ += static_cast<char>(kFirstColumn + constraint(i).iColumn - ColumnLayout::kFirst);
    arguments_ += static_cast<char>(*compared);
    if (collation != nullptr) arguments_ += collation;
    arguments_ += kEndOfCondition;
  }

  /// Rows come in ascending order of distance. Any other order is SQLite's work.
  void order() {
    info_.orderByConsumed = info_.nOrderBy == 1 &&
                                    info_.aOrderBy[0].iColumn == layout_.distance() &&
                                    info_.aOrderBy[0].desc == 0
                                ? 1
                                : 0;
  }

  void point() {
    plan_ = {PlanKind::kPoint};
    use(found_.key, PlanArgument::kKey, false);
    info_.estimatedCost = kPointCost;
    info_.estimatedRows = 1;
    info_.idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  }

  void full_scan() {
    plan_ = {PlanKind::kFullScan};
    const bool by_rowid = info_.nOrderBy == 1 && info_.aOrderBy[0].desc == 0 &&
                          is_key(info_.aOrderBy[0].iColumn) &&
                          (info_.aOrderBy[0].iColumn < 0 || !definition_.has_text_key());
    info_.orderByConsumed = by_rowid ? 1 : 0;
    info_.estimatedCost = kFullScanCost;
    info_.estimatedRows = kFullScanRows;
    if (definition_.metadata.empty()) return;
    // No cheaper for its conditions: SQLite would take an OR of two such scans for a plan that may
    // do without MATCH.
    for (int i = 0; i < info_.nConstraint; ++i) {
      if (constraint(i).usable == 0) continue;
      if (const auto reference = value_column(constraint(i).iColumn)) condition(i, *reference);
    }
  }

  void use(int i, PlanArgument argument, bool omit) {
    arguments_ += static_cast<char>(argument);
    info_.aConstraintUsage[i].argvIndex = ++argument_count_;
    info_.aConstraintUsage[i].omit = omit ? 1 : 0;
  }

  void finish() {
    info_.idxNum = plan_.encoded();
    info_.idxStr = sqlite3_mprintf("%s", arguments_.c_str());
    if (info_.idxStr == nullptr) throw std::bad_alloc();
    info_.needToFreeIdxStr = 1;
  }

  const Definition& definition_;
  const ColumnLayout layout_;
  sqlite3_index_info& info_;
  Found found_;
  Plan plan_{PlanKind::kFullScan};
  std::string arguments_;
  int argument_count_ = 0;
};

}  // namespace

bool is_for_blocks(bool is_text, Comparison comparison, const char* collation) noexcept {
  if (collation != nullptr || comparison == Comparison::kRegexp) return false;
  return is_text || (comparison != Comparison::kLike && comparison != Comparison::kGlob);
}

std::vector<PlanStep> decode_steps(std::string_view text) {
  std::vector<PlanStep> steps;
  while (!text.empty()) {
    PlanStep step{static_cast<PlanArgument>(text.front())};
    text.remove_prefix(1);
    if (step.argument == PlanArgument::kCondition) {
      step.column = static_cast<std::size_t>(text[0] - kFirstColumn);
      step.comparison = static_cast<Comparison>(text[1]);
      const std::size_t end = text.find(kEndOfCondition);
      step.collation = text.substr(2, end - 2);
      text.remove_prefix(end + 1);
    }
    steps.push_back(step);
  }
  return steps;
}

int choose_plan(const Definition& definition, sqlite3_index_info& info) {
  return Planner(definition, info).choose();
}

}  // namespace edgepack::vec
