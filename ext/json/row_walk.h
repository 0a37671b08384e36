#pragma once
// The rows that json_each() and json_tree() make of a value.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/document.h"

namespace edgepack::json {

/// Goes through a value of a document row by row, in the order of json_each() or json_tree(), on
/// the document's tokens. Used by one thread at a time.
class RowWalk {
 public:
  enum class Rows {
    kChildren,     ///< json_each(): the children of a container; a scalar itself
    kDescendants,  ///< json_tree(): the value and all that is in it
  };

  /// `document` must outlive the walk and stay as it is. `path` is the text before the steps in
  /// path() and full_key().
  void start(const Document& document, Token root, Rows rows, std::string_view path);
  /// No rows.
  void stop() noexcept { at_end_ = true; }

  bool at_end() const noexcept { return at_end_; }
  inline void next() noexcept;

  /// The value of the row.
  Token value() const noexcept { return value_; }
  /// True for the row of the value that the walk started with: it has no parent here.
  bool is_root() const noexcept { return depth_ == 0; }
  /// The container that the row is in. Not for the root.
  Token parent() const noexcept { return levels_[depth_ - 1].container; }
  /// True when the row is a member of an object: its key is the token key().
  bool is_member() const noexcept { return depth_ > 0 && levels_[depth_ - 1].is_object; }
  Token key() const noexcept { return value_ - 2; }
  /// The place of an element in its array, from 0.
  std::uint32_t index() const noexcept { return levels_[depth_ - 1].index; }

  /// The path to the row's container, and to the row itself, as SQLite writes them: the labels as
  /// they stand in the document, in quotes unless they are ASCII letters and digits. Not for the
  /// root. Live until the next call. Made when asked for. Throw std::bad_alloc.
  std::string_view path();
  std::string_view full_key();

 private:
  struct Level {
    Token container;
    bool is_object;
    std::uint32_t index;  // of the row that is in it, or of the container that leads to the row
    std::size_t path_length;
  };

  inline bool enter(Token container) noexcept;
  /// Writes a step behind the first `length` bytes of path_. Returns the new length.
  std::size_t write_step(const Level& level, Token value, std::size_t length);
  /// Brings the paths of all levels up to date. Returns the length of the innermost.
  std::size_t describe_levels();

  const Document* document_ = nullptr;
  bool descends_ = false;
  bool at_end_ = true;
  Token value_ = 0;
  std::size_t depth_ = 0;
  std::array<Level, Document::kMaxDepth> levels_;
  std::string path_;  // and room behind it
  std::size_t base_length_ = 0;
  std::size_t described_ = 0;  // so many levels have their path in path_
};

/// Goes to the first child. False, with nothing done, when there is none.
bool RowWalk::enter(Token container) noexcept {
  const bool is_object = document_->kind(container) == '{';
  const Token first = container + 1;
  if (document_->kind(first) == (is_object ? '}' : ']')) return false;
  levels_[depth_++] = {container, is_object, 0, 0};
  value_ = is_object ? first + 2 : first;
  return true;
}

void RowWalk::next() noexcept {
  Token behind = value_ + 1;
  if (document_->is_container(value_)) {
    if (descends_ && enter(value_)) return;
    behind = document_->after(value_);
  }
  for (; depth_ > 0 && document_->kind(behind) != ','; ++behind) --depth_;
  if (depth_ < described_) described_ = depth_;
  if (depth_ == 0) return stop();
  Level& level = levels_[depth_ - 1];
  ++level.index;
  value_ = level.is_object ? behind + 3 : behind + 1;
}

/// Appends the step from an object to a member as SQLite writes it. `label` is without its quotes.
void append_member_step(std::string_view label, std::string* path);

}  // namespace edgepack::json
