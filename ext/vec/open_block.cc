#include "vec/open_block.h"

#include <algorithm>

namespace edgepack::vec {
namespace {

/// Room for `more` elements behind the last, so that appending them cannot fail.
template <class T>
void make_room(std::vector<T>& list, std::size_t more) {
  const std::size_t needed = list.size() + more;
  if (needed > list.capacity()) list.reserve(std::max(needed, list.capacity() * 2));
}

void append(std::vector<std::byte>& list, const std::vector<std::byte>& bytes) noexcept {
  list.insert(list.end(), bytes.begin(), bytes.end());
}

void take_last(std::vector<std::byte>& slots, std::size_t count) noexcept {
  slots.resize(slots.size() / count * (count - 1));
}

}  // namespace

OpenBlock OpenBlock::stored(BlockHeader header, std::size_t heap) {
  OpenBlock block(header);
  block.stored_ = std::move(header);
  block.stored_heap_ = heap;
  return block;
}

void OpenBlock::grow(std::size_t capacity) {
  header_.used.resize(capacity / 8, std::byte{0});
  free_ += capacity - header_.capacity;
  header_.capacity = capacity;
}

void OpenBlock::add(const EncodedRow& row) {
  codes_.resize(row.codes.size());
  make_room(positions_, 1);
  for (std::size_t i = 0; i < codes_.size(); ++i) make_room(codes_[i], row.codes[i].size());
  make_room(metadata_, row.metadata.size());
  make_room(texts_, row.texts.size());

  last_text_ = texts_.size();
  bytes_ += row.metadata.size() + row.texts.size();
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    append(codes_[i], row.codes[i]);
    bytes_ += row.codes[i].size();
  }
  append(metadata_, row.metadata);
  append(texts_, row.texts);
  header_.text_end += static_cast<sqlite3_int64>(row.texts.size());
  positions_.push_back(next_);
  header_.set_used(next_, true);
  --free_;
  while (next_ < header_.capacity && header_.is_used(next_)) ++next_;
}

void OpenBlock::take_back() noexcept {
  next_ = positions_.back();
  header_.set_used(next_, false);
  ++free_;
  header_.text_end -= static_cast<sqlite3_int64>(texts_.size() - last_text_);
  const std::size_t count = positions_.size();
  for (auto& slots : codes_) take_last(slots, count);
  take_last(metadata_, count);
  texts_.resize(last_text_);
  positions_.pop_back();
  bytes_ = metadata_.size() + texts_.size();
  for (const auto& slots : codes_) bytes_ += slots.size();
}

}  // namespace edgepack::vec
