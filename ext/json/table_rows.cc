#include "json/table_rows.h"

namespace edgepack::json {

TableRows::TableRows(const RowSource& source) : source_(source) {
  nested_.reserve(source.nested.size());
  for (const RowSource& inner : source.nested) nested_.emplace_back(inner);
}

// NOLINTBEGIN(misc-no-recursion): as deep as the definition is nested
bool TableRows::start(jsonpath::Evaluation& evaluation, Token current) {
  evaluation_ = &evaluation;
  nodes_.emplace(evaluation, source_.path, current);
  ordinal_ = 0;
  return next_node();
}

bool TableRows::next() {
  if (active_ < nested_.size()) {
    if (nested_[active_].next()) return true;
    ++active_;
    if (start_nested()) return true;
  }
  return next_node();
}

/// What an earlier document left behind, if its rows were not read to the end.
void TableRows::clear() noexcept {
  node_.reset();
  for (TableRows& inner : nested_) inner.clear();
}

bool TableRows::next_node() {
  clear();
  node_ = nodes_->next();
  if (!node_) return false;
  ++ordinal_;
  active_ = 0;
  start_nested();
  return true;
}

/// Starts the nested sources from active_ on until one has a row.
bool TableRows::start_nested() {
  for (; active_ < nested_.size(); ++active_) {
    if (nested_[active_].start(*evaluation_, *node_)) return true;
  }
  return false;
}
// NOLINTEND(misc-no-recursion)

}  // namespace edgepack::json
