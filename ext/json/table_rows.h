#pragma once
// The rows that a RowSource makes of a document.

#include <memory>
#include <optional>
#include <vector>

#include "json/jsonpath_evaluation.h"
#include "json/table_definition.h"

namespace edgepack::json {

/// Goes through the rows of a source and of the sources nested in it. Used by one thread at a time.
/// Everything may throw what Evaluation throws.
class TableRows {
 public:
  /// `source` must outlive the rows.
  explicit TableRows(const RowSource& source);

  /// Goes to the first row for a node, in whose document `evaluation` works. False: there is none.
  bool start(jsonpath::Evaluation& evaluation, Token current);
  /// Goes to the next row. False: there is none.
  bool next();

  const RowSource& source() const noexcept { return source_; }
  /// The node of the source in this row; nothing where the row is one of another nested source.
  std::optional<Token> node() const noexcept { return node_; }
  /// The number of node(), from 1.
  std::int64_t ordinal() const noexcept { return ordinal_; }
  const std::vector<TableRows>& nested() const noexcept { return nested_; }

 private:
  void clear() noexcept;
  bool next_node();
  bool start_nested();

  const RowSource& source_;
  std::vector<TableRows> nested_;
  jsonpath::Evaluation* evaluation_ = nullptr;
  std::optional<jsonpath::NodeIterator> nodes_;
  std::optional<Token> node_;
  std::int64_t ordinal_ = 0;
  std::size_t active_ = 0;  // the nested source that has the row; their number if none has
};

}  // namespace edgepack::json
