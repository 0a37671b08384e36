#include "vec/metadata_table.h"

#include <algorithm>

#include "vec/bytes.h"
#include "vec/shadow_blob.h"

namespace edgepack::vec {
namespace {

using sqlite::Blob;
using sqlite::Statement;
using sqlite::Value;

/// The first heap, so that small tables do not move their texts with every insert.
constexpr std::size_t kSmallHeap = 64;
/// A heap gets room for as much again, but not for more than this.
constexpr std::size_t kMostSpareRoom = std::size_t{1} << 20;

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

/// Bytes of the heap in a blob of `bytes`. Throws Corruption when they do not reach text_end.
std::size_t checked_heap(const MetadataLayout& layout, const BlockHeader& header,
                         std::size_t bytes) {
  const std::size_t begin = layout.heap(header.capacity);
  if (bytes < begin || static_cast<std::uint64_t>(header.text_end) > bytes - begin) {
    throw damaged_block(header.block, "metadata of " + std::to_string(bytes) + " bytes");
  }
  return bytes - begin;
}

/// Copies the new slots of a block to where they lie in `content`.
void place_rows(const OpenBlock& block, std::size_t slot_size, std::span<std::byte> content) {
  block.for_each_run([&](std::size_t first, std::size_t position, std::size_t count) {
    std::ranges::copy(block.metadata().subspan(first * slot_size, count * slot_size),
                      content.subspan(position * slot_size).begin());
  });
}

}  // namespace

Blob MetadataTable::open(sqlite3_int64 block, Blob::Mode mode) const {
  return open_or_report(block, "metadata", [&] {
    return Blob(name_.database, name_.schema.c_str(), (name_.table + "_metadata").c_str(),
                "content", block, mode);
  });
}

std::vector<std::byte> MetadataTable::read(const BlockHeader& header) const {
  const Blob blob = open(header.block, Blob::Mode::kRead);
  checked_heap(layout_, header, blob.size());
  std::vector<std::byte> content(blob.size());
  blob.read(content, 0);
  return content;
}

std::size_t MetadataTable::heap_size(const BlockHeader& header) {
  if (!size_) {
    size_ = Statement(name_.database,
                      "SELECT length(content), typeof(content) = 'blob' FROM " +
                          shadow_name(name_, "metadata") + " WHERE block = ?",
                      SQLITE_PREPARE_PERSISTENT);
  }
  const sqlite::Reset reset(size_);
  if (!size_.bind(1, header.block).step() || size_.column_integer(1) == 0) {
    throw damaged_block(header.block, "its metadata are missing");
  }
  return checked_heap(layout_, header, static_cast<std::size_t>(size_.column_integer(0)));
}

void MetadataTable::verify_all(const BlockHeader& header) const {
  const std::vector<std::byte> content = read(header);
  const auto heap = std::span(content).subspan(layout_.heap(header.capacity),
                                               static_cast<std::size_t>(header.text_end));
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    layout_.verify({header.block, position},
                   std::span(content).subspan(position * layout_.slot_size(), layout_.slot_size()),
                   heap);
  }
}

void MetadataTable::encode(const BlockHeader& header, Place place, sqlite3_int64 rowid,
                           std::span<const Value> values, EncodedRow& row) const {
  row.texts.clear();
  TextPlaces places{};
  for (std::size_t i = 0; i < layout_.columns(); ++i) {
    if (layout_.type(i) != ValueType::kText || values[i].is_null()) continue;
    const auto text = bytes_of(values[i].text());
    if (text.empty()) continue;
    places[i].length = static_cast<std::uint32_t>(text.size());
    places[i].offset =
        static_cast<std::uint32_t>(static_cast<std::size_t>(header.text_end) + row.texts.size());
    row.texts.insert(row.texts.end(), text.begin(), text.end());
  }
  layout_.encode(rowid, values, places, row.metadata);
  Checksum sum = layout_.begin_checksum(place, row.metadata);
  std::size_t begin = 0;
  for (const TextPlace text : places) {
    if (text.length == 0) continue;
    sum.add(std::span<const std::byte>(row.texts).subspan(begin, text.length));
    begin += text.length;
  }
  layout_.end_checksum(row.metadata, sum);
}

void MetadataTable::write(OpenBlock& block) {
  BlockHeader& header = block.header();
  const BlockHeader& stored = block.stored_header();
  const auto text_end = static_cast<std::size_t>(header.text_end);
  const bool has_room = text_end <= block.stored_heap();
  if (!block.is_stored()) return insert(block);
  if (!block.is_grown() && has_room) return write_runs(block);
  std::vector<std::byte> content = read(stored);
  const std::size_t heap = layout_.heap(header.capacity);
  content.insert(content.begin() + static_cast<std::ptrdiff_t>(layout_.heap(stored.capacity)),
                 heap - layout_.heap(stored.capacity), std::byte{0});
  content.resize(std::max(content.size(), heap + text_end));
  place_rows(block, layout_.slot_size(), content);
  std::ranges::copy(block.texts(),
                    content.begin() + static_cast<std::ptrdiff_t>(
                                          heap + static_cast<std::size_t>(stored.text_end)));
  has_room ? replace(header.block, content) : rebuild(header, content, 0);
}

void MetadataTable::insert(const OpenBlock& block) {
  if (!insert_) {
    insert_ = Statement(
        name_.database,
        "INSERT INTO " + shadow_name(name_, "metadata") + "(block, content) VALUES (?, ?)",
        SQLITE_PREPARE_PERSISTENT);
  }
  const BlockHeader& header = block.header();
  const std::size_t text = block.texts().size();
  std::size_t heap = 0;
  if (layout_.has_text()) heap = header.takes_rows() ? std::max(kSmallHeap, text * 2) : text;
  const std::size_t slots = layout_.heap(header.capacity);
  std::vector<std::byte> content(slots + heap);
  place_rows(block, layout_.slot_size(), content);
  std::ranges::copy(block.texts(), content.begin() + static_cast<std::ptrdiff_t>(slots));
  insert_.bind(1, header.block).bind(2, content).run();
}

void MetadataTable::write_runs(const OpenBlock& block) const {
  const BlockHeader& stored = block.stored_header();
  const std::size_t size = layout_.slot_size();
  Blob blob = open(stored.block, Blob::Mode::kWrite);
  checked_heap(layout_, block.header(), blob.size());
  block.for_each_run([&](std::size_t first, std::size_t position, std::size_t count) {
    blob.write(block.metadata().subspan(first * size, count * size), position * size);
  });
  if (block.texts().empty()) return;
  blob.write(block.texts(),
             layout_.heap(stored.capacity) + static_cast<std::size_t>(stored.text_end));
}

void MetadataTable::replace(sqlite3_int64 block, std::span<const std::byte> content) {
  if (!update_) {
    update_ =
        Statement(name_.database,
                  "UPDATE " + shadow_name(name_, "metadata") + " SET content = ?2 WHERE block = ?1",
                  SQLITE_PREPARE_PERSISTENT);
  }
  update_.bind(1, block).bind(2, content).run();
}

void MetadataTable::remove(sqlite3_int64 block) {
  if (!delete_) {
    delete_ = Statement(name_.database,
                        "DELETE FROM " + shadow_name(name_, "metadata") + " WHERE block = ?",
                        SQLITE_PREPARE_PERSISTENT);
  }
  delete_.bind(1, block).run();
}

std::size_t MetadataTable::live_text(const BlockHeader& header,
                                     std::span<const std::byte> content) const {
  std::size_t live = 0;
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    for (const TextPlace text :
         layout_.texts(content.subspan(position * layout_.slot_size(), layout_.slot_size()))) {
      live += text.length;
    }
  }
  return live;
}

void MetadataTable::rebuild(BlockHeader& header, const std::vector<std::byte>& content,
                            std::size_t room) {
  const std::size_t slots = layout_.heap(header.capacity);
  const auto heap = std::span(content).subspan(slots, static_cast<std::size_t>(header.text_end));
  std::vector<std::byte> rebuilt(content.begin(),
                                 content.begin() + static_cast<std::ptrdiff_t>(slots));
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    const Place place{header.block, position};
    const std::size_t at = position * layout_.slot_size();
    const auto old_slot = std::span(content).subspan(at, layout_.slot_size());
    // A new checksum must not make damage look right.
    layout_.verify(place, old_slot, heap);
    TextPlaces texts = layout_.texts(old_slot);
    for (TextPlace& text : texts) {
      if (text.length == 0) {
        text.offset = 0;  // its old one may lie behind the new heap
        continue;
      }
      const auto bytes = heap.subspan(text.offset, text.length);
      text.offset = static_cast<std::uint32_t>(rebuilt.size() - slots);
      rebuilt.insert(rebuilt.end(), bytes.begin(), bytes.end());
    }
    const auto slot = std::span(rebuilt).subspan(at, layout_.slot_size());
    for (std::size_t i = 0; i < layout_.columns(); ++i) {
      if (layout_.type(i) == ValueType::kText) layout_.set_text(slot, i, texts[i]);
    }
    layout_.seal(place, slot, std::span(std::as_const(rebuilt)).subspan(slots));
  }
  header.text_end = static_cast<sqlite3_int64>(rebuilt.size() - slots);
  const std::size_t needed = rebuilt.size() - slots + room;
  rebuilt.resize(slots + std::max(kSmallHeap, needed + std::min(needed, kMostSpareRoom)));
  replace(header.block, rebuilt);
}

void MetadataTable::write(BlockHeader& header, Place place, sqlite3_int64 rowid,
                          std::span<const Value> values) {
  const std::size_t slot_size = layout_.slot_size();
  const std::size_t at = place.position * slot_size;
  const std::size_t heap_begins = layout_.heap(header.capacity);
  TextPlaces texts{};
  std::size_t appended = 0;
  const auto is_text = [&](std::size_t i) {
    return layout_.type(i) == ValueType::kText && !values[i].is_null();
  };
  // A text that is not longer than the row's old one takes its place.
  const auto choose = [&](const Blob& blob) {
    slot_.resize(slot_size);
    blob.read(slot_, at);
    const TextPlaces old = layout_.texts(slot_);
    appended = 0;
    for (std::size_t i = 0; i < layout_.columns(); ++i) {
      if (!is_text(i)) continue;
      texts[i].length = static_cast<std::uint32_t>(values[i].text().size());
      if (texts[i].length <= old[i].length) {
        texts[i].offset = old[i].offset;
      } else {
        texts[i].offset =
            static_cast<std::uint32_t>(header.text_end) + static_cast<std::uint32_t>(appended);
        appended += texts[i].length;
      }
    }
  };

  Blob blob = open(place.block, Blob::Mode::kWrite);
  const std::size_t heap = checked_heap(layout_, header, blob.size());
  choose(blob);
  if (static_cast<std::size_t>(header.text_end) + appended > heap) {
    blob = Blob();
    rebuild(header, read(header), appended);
    blob = open(place.block, Blob::Mode::kWrite);
    choose(blob);
  }
  layout_.encode(rowid, values, texts, slot_);
  Checksum sum = layout_.begin_checksum(place, slot_);
  for (std::size_t i = 0; i < layout_.columns(); ++i) {
    if (!is_text(i) || texts[i].length == 0) continue;
    const auto text = bytes_of(values[i].text());
    sum.add(text);
    blob.write(text, heap_begins + texts[i].offset);
  }
  layout_.end_checksum(slot_, sum);
  blob.write(slot_, at);
  header.text_end += static_cast<sqlite3_int64>(appended);
}

bool MetadataTable::overflows(const BlockHeader& header, Place place,
                              std::span<const Value> values) {
  std::size_t needed = 0;
  for (std::size_t i = 0; i < layout_.columns(); ++i) {
    if (layout_.type(i) == ValueType::kText) needed += values[i].text().size();
  }
  if (static_cast<std::size_t>(header.text_end) + needed <= format::kMostTextBytes) return false;
  BlockHeader others = header;
  others.set_used(place.position, false);
  const std::size_t live = live_text(others, read(header));
  return live > 0 && live + needed > format::kMostTextBytes;
}

void MetadataTable::compact(BlockHeader& header) {
  const std::vector<std::byte> content = read(header);
  if (live_text(header, content) <= static_cast<std::size_t>(header.text_end) / 2) {
    rebuild(header, content, 0);
  }
}

void MetadataTable::verify(const BlockHeader& header, Place place, sqlite3_int64 rowid) {
  const Blob blob = open(place.block, Blob::Mode::kRead);
  checked_heap(layout_, header, blob.size());
  slot_.resize(layout_.slot_size());
  blob.read(slot_, place.position * layout_.slot_size());
  Checksum sum = layout_.begin_checksum(place, slot_);
  std::vector<std::byte> bytes;
  for (const TextPlace text : layout_.texts(slot_)) {
    if (text.length == 0) continue;
    layout_.verify_text(place, text, static_cast<std::size_t>(header.text_end));
    bytes.resize(text.length);
    blob.read(bytes, layout_.heap(header.capacity) + text.offset);
    sum.add(std::span<const std::byte>(bytes));
  }
  layout_.verify_checksum(place, slot_, sum);
  if (const auto found = load<sqlite3_int64>(slot_.data() + format::kMetadataRowid);
      found != rowid) {
    throw damaged_place(place, "the metadata hold rowid " + std::to_string(found) + " instead of " +
                                   std::to_string(rowid));
  }
}

std::shared_ptr<const DecodedMetadata> MetadataTable::decode(const BlockHeader& header) {
  return std::make_shared<const DecodedMetadata>(layout_, header, read(header));
}

void MetadataTable::forget_statements() noexcept {
  for (Statement* statement : {&size_, &insert_, &update_, &delete_}) *statement = Statement();
}

}  // namespace edgepack::vec
