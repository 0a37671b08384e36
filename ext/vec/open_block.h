#pragma once
// A block that takes rows in memory before they are written: docs/vec-format.md, "Open blocks".

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "vec/block.h"

namespace edgepack::vec {

/// What a block is going to hold of one row, encoded.
struct EncodedRow {
  /// One slot for each vector column.
  std::vector<std::vector<std::byte>> codes;
  /// The slot in the metadata, empty without such columns, and the texts that it points to.
  std::vector<std::byte> metadata;
  std::vector<std::byte> texts;
};

/// A block as it will be, and the rows that it took since it was opened. No SQL: what is kept here
/// are the bytes that are going to be written.
class OpenBlock {
 public:
  /// A block that the database has; `heap` is the size of its text heap there.
  static OpenBlock stored(BlockHeader header, std::size_t heap);
  /// A block that is still to be made, without a row.
  static OpenBlock made(BlockHeader header) { return OpenBlock(std::move(header)); }

  /// With the rows that it took.
  const BlockHeader& header() const noexcept { return header_; }
  /// For new versions, and for a heap that was put together anew.
  BlockHeader& header() noexcept { return header_; }
  /// As it is in the database.
  const BlockHeader& stored_header() const noexcept { return stored_; }
  bool is_stored() const noexcept { return stored_.capacity > 0; }
  bool is_grown() const noexcept { return header_.capacity != stored_.capacity; }
  std::size_t stored_heap() const noexcept { return stored_heap_; }

  void grow(std::size_t capacity);
  /// header().takes_rows(), and header().first_free(), which is where the next row goes.
  bool takes_rows() const noexcept {
    return free_ > 0 && header_.text_end <= static_cast<sqlite3_int64>(format::kMostTextBytes);
  }
  std::size_t next_position() const noexcept { return next_; }
  /// Positions that are not in use.
  std::size_t free() const noexcept { return free_; }

  /// The new rows, in ascending order of their positions.
  std::span<const std::size_t> positions() const noexcept { return positions_; }
  /// Their slots one after the other, for a vector column and for the metadata.
  std::span<const std::byte> codes(std::size_t vector) const noexcept { return codes_[vector]; }
  std::span<const std::byte> metadata() const noexcept { return metadata_; }
  /// Their texts, which follow those that are stored.
  std::span<const std::byte> texts() const noexcept { return texts_; }
  /// Of the rows that it was given, those taken back with them.
  std::size_t bytes() const noexcept { return bytes_; }

  /// Puts a row at next_position(), which is free. Changes nothing when it throws.
  void add(const EncodedRow& row);
  /// Takes the row away that was added last, and only that one.
  void take_back() noexcept;

  /// Calls `body(first, position, count)` for rows `first` .. `first + count - 1` that lie at
  /// `position` and next to it.
  template <class Body>
  void for_each_run(Body&& body) const {
    for (std::size_t first = 0; first < positions_.size();) {
      std::size_t end = first + 1;
      while (end < positions_.size() && positions_[end] == positions_[end - 1] + 1) ++end;
      body(first, positions_[first], end - first);
      first = end;
    }
  }

 private:
  explicit OpenBlock(BlockHeader header)
      : header_(std::move(header)),
        free_(header_.capacity - header_.count_used()),
        next_(header_.first_free()) {}

  BlockHeader header_;
  std::size_t free_;
  std::size_t next_;
  BlockHeader stored_;
  std::size_t stored_heap_ = 0;
  std::vector<std::size_t> positions_;
  std::vector<std::vector<std::byte>> codes_;
  std::vector<std::byte> metadata_;
  std::vector<std::byte> texts_;
  std::size_t last_text_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace edgepack::vec
