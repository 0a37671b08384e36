#pragma once
// Whether everything in a table's shadow tables belongs together, as docs/vec-format.md says it.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "vec/definition.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

enum class CheckDepth {
  /// Headers, sizes and checksums of the blocks.
  kQuick,
  /// Also that every row has its place and every place its row, and that codes and metadata of the
  /// blocks are those of the rows.
  kFull,
};

/// As many problems are told; the check then ends.
inline constexpr std::size_t kMostProblems = 100;

/// Answers one text for each problem, none if the table is sound. Reads all of it in one read
/// transaction and writes nothing. Calls `check_interrupt` between rows; it may throw. Throws
/// sqlite::Error where the table cannot be read at all. Memory: one block, and one bit a row.
std::vector<std::string> check_table(const TableName& name, const Definition& definition,
                                     CheckDepth depth,
                                     const std::function<void()>& check_interrupt);

}  // namespace edgepack::vec
