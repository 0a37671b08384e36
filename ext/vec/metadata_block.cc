#include "vec/metadata_block.h"

#include <bit>
#include <cstring>

#include "vec/bytes.h"

namespace edgepack::vec {
namespace {

bool has_bit(std::uint16_t bits, std::size_t index) noexcept { return (bits >> index & 1) != 0; }

}  // namespace

MetadataLayout::MetadataLayout(const std::vector<ValueColumn>& columns)
    : slot_size_(format::kMetadataValues) {
  for (const ValueColumn& column : columns) {
    types_.push_back(column.type);
    offsets_.push_back(slot_size_);
    if (column.type != ValueType::kBoolean) slot_size_ += 8;
    has_text_ |= column.type == ValueType::kText;
    fingerprint_ = fingerprint_ << 2 | static_cast<std::uint64_t>(column.type);
  }
}

TextPlaces MetadataLayout::texts(std::span<const std::byte> slot) const {
  TextPlaces places{};
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] != ValueType::kText) continue;
    places[i].offset = load<std::uint32_t>(slot.data() + offsets_[i]);
    places[i].length = load<std::uint32_t>(slot.data() + offsets_[i] + 4);
  }
  return places;
}

void MetadataLayout::set_text(std::span<std::byte> slot, std::size_t column,
                              TextPlace place) const noexcept {
  store(slot.data() + offsets_[column], place.offset);
  store(slot.data() + offsets_[column] + 4, place.length);
}

void MetadataLayout::encode(sqlite3_int64 rowid, std::span<const sqlite::Value> values,
                            const TextPlaces& texts, std::vector<std::byte>& slot) const {
  slot.assign(slot_size_, std::byte{0});
  std::uint16_t nulls = 0;
  std::uint16_t booleans = 0;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    const auto bit = static_cast<std::uint16_t>(1u << i);
    if (values[i].is_null()) {
      nulls = static_cast<std::uint16_t>(nulls | bit);
      continue;
    }
    switch (types_[i]) {
      case ValueType::kBoolean:
        if (values[i].integer() != 0) booleans = static_cast<std::uint16_t>(booleans | bit);
        break;
      case ValueType::kInteger:
        store(slot.data() + offsets_[i], values[i].integer());
        break;
      case ValueType::kFloat:
        store(slot.data() + offsets_[i], values[i].real());
        break;
      case ValueType::kText:
        set_text(slot, i, texts[i]);
        break;
      case ValueType::kBlob:
        break;
    }
  }
  store(slot.data() + format::kMetadataRowid, rowid);
  store(slot.data() + format::kMetadataNulls, nulls);
  store(slot.data() + format::kMetadataBooleans, booleans);
}

Checksum MetadataLayout::begin_checksum(Place place,
                                        std::span<const std::byte> slot) const noexcept {
  std::byte head[16];
  std::memcpy(head, slot.data(), sizeof head);
  store(head + format::kMetadataChecksum, std::uint32_t{0});
  Checksum sum(place.seed(format::kMetadataPart));
  sum.add(std::span<const std::byte>(head)).add(slot.subspan(sizeof head));
  return sum;
}

void MetadataLayout::end_checksum(std::span<std::byte> slot, const Checksum& sum) const noexcept {
  store(slot.data() + format::kMetadataChecksum, sum.value());
}

void MetadataLayout::verify_checksum(Place place, std::span<const std::byte> slot,
                                     const Checksum& sum) const {
  if (load<std::uint32_t>(slot.data() + format::kMetadataChecksum) != sum.value()) {
    throw damaged_place(place, "the checksum of the metadata does not match");
  }
}

void MetadataLayout::verify_text(Place place, TextPlace text, std::size_t text_end) const {
  if (std::uint64_t{text.offset} + text.length > text_end) {
    throw damaged_place(place, "a text of the metadata lies outside of its block");
  }
}

void MetadataLayout::seal(Place place, std::span<std::byte> slot,
                          std::span<const std::byte> heap) const {
  Checksum sum = begin_checksum(place, slot);
  for (const TextPlace text : texts(slot)) {
    if (text.length != 0) sum.add(heap.subspan(text.offset, text.length));
  }
  end_checksum(slot, sum);
}

void MetadataLayout::verify(Place place, std::span<const std::byte> slot,
                            std::span<const std::byte> heap) const {
  Checksum sum = begin_checksum(place, slot);
  for (const TextPlace text : texts(slot)) {
    verify_text(place, text, heap.size());
    if (text.length != 0) sum.add(heap.subspan(text.offset, text.length));
  }
  verify_checksum(place, slot, sum);
}

std::int64_t ordered_key(double value) noexcept {
  // Adding turns -0.0 into 0.0 and changes nothing else.
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);
  return bits ^ ((bits >> 63) & std::int64_t{0x7fffffffffffffff});
}

std::uint64_t text_prefix(std::string_view text) noexcept {
  if (text.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    return __builtin_bswap64(word);
  }
  std::uint64_t word = 0;
  for (const char c : text) word = word << 8 | static_cast<unsigned char>(c);
  return text.empty() ? 0 : word << (8 * (8 - text.size()));
}

DecodedMetadata::DecodedMetadata(const MetadataLayout& layout, const BlockHeader& header,
                                 std::span<const std::byte> content)
    : columns_(layout.columns()) {
  const std::size_t heap_begins = layout.heap(header.capacity);
  const auto text_end = static_cast<std::uint64_t>(header.text_end);
  if (content.size() < heap_begins || text_end > content.size() - heap_begins) {
    throw damaged_block(header.block, "metadata of " + std::to_string(content.size()) + " bytes");
  }
  const std::span<const std::byte> heap = content.subspan(heap_begins, text_end);
  const std::size_t count = header.count_used();
  rowids_.reserve(count);
  std::vector<std::vector<std::int64_t>> keys(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (layout.type(i) == ValueType::kText) {
      columns_[i].prefixes.resize(count);
      columns_[i].texts.resize(count);
    } else {
      keys[i].resize(count);
    }
  }
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    const auto slot = content.subspan(position * layout.slot_size(), layout.slot_size());
    layout.verify({header.block, position}, slot, heap);
    const std::size_t row = rowids_.size();
    rowids_.push_back(load<sqlite3_int64>(slot.data() + format::kMetadataRowid));
    const auto nulls = load<std::uint16_t>(slot.data() + format::kMetadataNulls);
    const auto booleans = load<std::uint16_t>(slot.data() + format::kMetadataBooleans);
    const TextPlaces texts = layout.texts(slot);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (has_bit(nulls, i)) {
        if (column.nulls.empty()) column.nulls.resize((count + 63) / 64);
        column.nulls[row / 64] |= std::uint64_t{1} << (row % 64);
        continue;
      }
      const std::byte* const at = slot.data() + layout.offset(i);
      switch (layout.type(i)) {
        case ValueType::kBoolean:
          keys[i][row] = has_bit(booleans, i) ? 1 : 0;
          break;
        case ValueType::kInteger:
          keys[i][row] = load<std::int64_t>(at);
          break;
        case ValueType::kFloat:
          keys[i][row] = ordered_key(load<double>(at));
          break;
        case ValueType::kText: {
          const auto* text = reinterpret_cast<const char*>(heap.data() + texts[i].offset);
          column.texts[row] = {static_cast<std::uint32_t>(heap_.size()), texts[i].length};
          column.prefixes[row] = text_prefix({text, texts[i].length});
          heap_.append(text, texts[i].length).push_back('\0');
        } break;
        case ValueType::kBlob:
          break;
      }
    }
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].keys = PackedKeys(keys[i], columns_[i].nulls);
  }
  heap_.shrink_to_fit();
}

MetadataColumn DecodedMetadata::column(std::size_t index) const noexcept {
  const Column& column = columns_[index];
  return {&column.keys, column.prefixes, column.texts, heap_.c_str(), column.nulls};
}

std::size_t DecodedMetadata::bytes() const noexcept {
  std::size_t sum = sizeof *this + rowids_.capacity() * sizeof(sqlite3_int64) + heap_.capacity();
  for (const Column& column : columns_) {
    sum += sizeof column + column.keys.bytes() +
           (column.prefixes.capacity() + column.texts.capacity() + column.nulls.capacity()) * 8;
  }
  return sum;
}

}  // namespace edgepack::vec
