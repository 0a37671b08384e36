#include "json/row_walk.h"

#include <charconv>
#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {

namespace {

/// Writes the step to a member as SQLite writes it, and returns the end of it. There must be room
/// for the label and three bytes more.
char* write_member_step(std::string_view label, char* out) noexcept {
  *out = '.';
  std::size_t bare = 0;
  for (; bare < label.size() && is_alphanumeric(label[bare]); ++bare) out[bare + 1] = label[bare];
  if (bare == label.size() && !label.empty() && is_letter(label.front())) return out + 1 + bare;
  out[1] = '"';
  std::memcpy(out + 2, label.data(), label.size());
  out[label.size() + 2] = '"';
  return out + label.size() + 3;
}

}  // namespace

void append_member_step(std::string_view label, std::string* path) {
  const std::size_t length = path->size();
  path->resize(length + label.size() + 3);
  path->resize(
      static_cast<std::size_t>(write_member_step(label, path->data() + length) - path->data()));
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

std::size_t RowWalk::write_step(const Level& level, Token value, std::size_t length) {
  constexpr std::size_t kLongestIndex = 16;
  const std::string_view key = level.is_object ? document_->bytes(value - 2) : std::string_view();
  if (path_.size() < length + key.size() + kLongestIndex)
    path_.resize(2 * length + key.size() + kLongestIndex);
  char* out = path_.data() + length;
  if (level.is_object) {
    out = write_member_step(key.substr(1, key.size() - 2), out);
  } else {
    *out = '[';
    out = std::to_chars(out + 1, out + kLongestIndex, level.index).ptr;
    *out++ = ']';
  }
  return static_cast<std::size_t>(out - path_.data());
}

std::size_t RowWalk::describe_levels() {
  for (; described_ < depth_; ++described_) {
    const std::size_t at = described_;
    levels_[at].path_length =
        at == 0 ? base_length_
                : write_step(levels_[at - 1], levels_[at].container, levels_[at - 1].path_length);
  }
  return levels_[depth_ - 1].path_length;
}

std::string_view RowWalk::path() {
  const std::size_t length = describe_levels();
  return {path_.data(), length};
}

std::string_view RowWalk::full_key() {
  const std::size_t length = write_step(levels_[depth_ - 1], value_, describe_levels());
  return {path_.data(), length};
}

}  // namespace edgepack::json
