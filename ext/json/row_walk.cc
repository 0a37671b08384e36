#include "json/row_walk.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "json/lexical.h"

namespace edgepack::json {

void append_member_step(std::string_view label, std::string* path) {
  const bool is_bare = !label.empty() && is_letter(label.front()) &&
                       std::all_of(label.begin(), label.end(), is_alphanumeric);
  path->append(is_bare ? "." : ".\"").append(label);
  if (!is_bare) *path += '"';
}

void RowWalk::start(const Document& document, Token root, Rows rows, std::string_view path) {
  path_ = path;
  base_length_ = path.size();
  described_ = 0;
  document_ = &document;
  descends_ = rows == Rows::kDescendants;
  depth_ = 0;
  value_ = root;
  // An empty container has no children, and then no rows.
  at_end_ = !descends_ && document.is_container(root) && !enter(root);
}

void RowWalk::append_step(const Level& level, Token value) {
  if (level.is_object) {
    const std::string_view key = document_->bytes(value - 2);
    append_member_step(key.substr(1, key.size() - 2), &path_);
  } else {
    char step[16] = "[";
    char* const end = std::to_chars(step + 1, std::end(step), level.index).ptr;
    *end = ']';
    path_.append(step, end + 1);
  }
}

std::string_view RowWalk::path() {
  for (; described_ < depth_; ++described_) {
    const std::size_t at = described_;
    if (at == 0) {
      path_.resize(base_length_);
    } else {
      path_.resize(levels_[at - 1].path_length);
      append_step(levels_[at - 1], levels_[at].container);
    }
    levels_[at].path_length = path_.size();
  }
  path_.resize(levels_[depth_ - 1].path_length);
  return path_;
}

std::string_view RowWalk::full_key() {
  static_cast<void>(path());
  append_step(levels_[depth_ - 1], value_);
  return path_;
}

}  // namespace edgepack::json
