#include "vec/block.h"

#include <bit>
#include <cstring>

#include "vec/checksum.h"
#include "vec/codec.h"

namespace edgepack::vec {
namespace {

template <class T>
T load(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void store(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

std::string in_block(sqlite3_int64 block, const std::string& problem) {
  return "block " + std::to_string(block) + ": " + problem;
}

std::string in_slot(Place place, const std::string& problem) {
  return in_block(place.block, "slot " + std::to_string(place.slot) + ": " + problem);
}

/// The checksum field lies in the second word, which is taken with that field zero.
std::uint32_t slot_checksum(Place place, std::span<const std::byte> slot) noexcept {
  static_assert(format::kSlotChecksum == 8);
  std::byte head[16];
  std::memcpy(head, slot.data(), sizeof head);
  store(head + format::kSlotChecksum, std::uint32_t{0});
  return Checksum(static_cast<std::uint64_t>(place.encoded()))
      .add(std::span<const std::byte>(head))
      .add(slot.subspan(sizeof head))
      .value();
}

}  // namespace

Place Place::decoded(sqlite3_int64 encoded) {
  const Place place{encoded / format::kSlotsPerBlock,
                    static_cast<std::size_t>(encoded % format::kSlotsPerBlock)};
  if (encoded < 0) throw Corruption("no slot has the number " + std::to_string(encoded));
  return place;
}

bool BlockHeader::is_used(std::size_t slot) const noexcept {
  return slot < capacity && (used[slot / 8] & std::byte(1u << (slot % 8))) != std::byte{0};
}

void BlockHeader::set_used(std::size_t slot, bool in_use) noexcept {
  const auto bit = std::byte(1u << (slot % 8));
  used[slot / 8] = in_use ? used[slot / 8] | bit : used[slot / 8] & ~bit;
}

std::size_t BlockHeader::count_used() const noexcept {
  std::size_t count = 0;
  for (const std::byte bits : used) {
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(bits)));
  }
  return count;
}

std::size_t BlockHeader::first_free() const noexcept {
  for (std::size_t i = 0; i < used.size(); ++i) {
    const auto bits = static_cast<unsigned char>(used[i]);
    if (bits != 0xff) return i * 8 + static_cast<std::size_t>(std::countr_one(bits));
  }
  return capacity;
}

std::uint32_t BlockHeader::checksum() const noexcept {
  Checksum sum(static_cast<std::uint64_t>(block));
  sum.add(static_cast<std::uint64_t>(vector)).add(static_cast<std::uint64_t>(list));
  sum.add(std::uint64_t{capacity}).add(static_cast<std::uint64_t>(version));
  return sum.add(std::span<const std::byte>(used)).value();
}

void BlockHeader::verify(const VectorColumn& column, bool has_free, sqlite3_int64 sum) const {
  const std::size_t slot_bytes = format::slot_size(column.type, column.dimensions);
  if (capacity == 0 || capacity % format::kCapacityUnit != 0 ||
      capacity > format::largest_capacity(slot_bytes)) {
    throw Corruption(in_block(block, "capacity of " + std::to_string(capacity) + " slots"));
  }
  if (used.size() != capacity / 8) {
    throw Corruption(in_block(block, "bitmap of " + std::to_string(used.size()) + " bytes"));
  }
  if (sum != checksum()) throw Corruption(in_block(block, "the header's checksum does not match"));
  if (has_free != (first_free() < capacity)) {
    throw Corruption(in_block(block, "has_free disagrees with the bitmap"));
  }
}

SlotCodec::SlotCodec(const VectorColumn& column) noexcept
    : column_(column), slot_size_(format::slot_size(column.type, column.dimensions)) {}

void SlotCodec::encode(Place place, sqlite3_int64 rowid, const VectorView& vector,
                       std::vector<std::byte>& slot) const {
  slot.assign(slot_size_, std::byte{0});
  store(slot.data() + format::kSlotRowid, rowid);
  if (format::has_codes(column_.type)) {
    const CodeScalars scalars = vec::encode(
        column_.metric, vector, reinterpret_cast<std::int8_t*>(slot.data() + format::kSlotCode));
    store(slot.data() + format::kSlotScale, scalars.scale);
    store(slot.data() + format::kSlotResidual, scalars.residual);
    store(slot.data() + format::kSlotNormSquared, scalars.norm_squared);
  } else {
    std::memcpy(slot.data() + format::kSlotVector, vector.bytes.data(), vector.bytes.size());
  }
  seal(place, slot);
}

void SlotCodec::seal(Place place, std::span<std::byte> slot) const noexcept {
  store(slot.data() + format::kSlotChecksum, slot_checksum(place, slot));
}

void SlotCodec::verify(Place place, sqlite3_int64 rowid, std::span<const std::byte> slot) const {
  if (load<std::uint32_t>(slot.data() + format::kSlotChecksum) != slot_checksum(place, slot)) {
    throw Corruption(in_slot(place, "the checksum does not match"));
  }
  if (const auto found = load<sqlite3_int64>(slot.data() + format::kSlotRowid); found != rowid) {
    throw Corruption(in_slot(
        place, "holds rowid " + std::to_string(found) + " instead of " + std::to_string(rowid)));
  }
}

std::span<const std::byte> SlotCodec::payload(std::span<const std::byte> slot) const noexcept {
  return slot.subspan(format::slot_payload(column_.type),
                      format::payload_size(column_.type, column_.dimensions));
}

std::span<std::byte> BlockDecoder::buffer(const BlockHeader& header, std::size_t blob_size) {
  const std::size_t expected = header.capacity * codec_.slot_size();
  if (blob_size != expected) {
    throw Corruption(in_block(header.block, "slots of " + std::to_string(blob_size) +
                                                " bytes instead of " + std::to_string(expected)));
  }
  if (bytes_.size() < expected) bytes_.resize(expected);
  return std::span(bytes_).first(expected);
}

const Block& BlockDecoder::decode(const BlockHeader& header) {
  const std::size_t size = codec_.slot_size();
  const std::size_t count = header.count_used();
  const bool codes = format::has_codes(column_.type);
  rowids_.resize(count);
  scales_.resize(codes ? count : 0);
  residuals_.resize(codes ? count : 0);
  norms_squared_.resize(codes ? count : 0);
  std::size_t row = 0;
  for (std::size_t slot = 0; slot < header.capacity; ++slot) {
    if (!header.is_used(slot)) continue;
    const std::byte* from = bytes_.data() + slot * size;
    const Place place{header.block, slot};
    if (load<std::uint32_t>(from + format::kSlotChecksum) != slot_checksum(place, {from, size})) {
      throw Corruption(in_slot(place, "the checksum does not match"));
    }
    rowids_[row] = load<sqlite3_int64>(from + format::kSlotRowid);
    if (codes) {
      scales_[row] = load<float>(from + format::kSlotScale);
      residuals_[row] = load<float>(from + format::kSlotResidual);
      norms_squared_[row] = load<std::int32_t>(from + format::kSlotNormSquared);
    }
    // Slots move down over free ones, so that the search sees no holes.
    if (row != slot) std::memcpy(bytes_.data() + row * size, from, size);
    ++row;
  }
  block_ = {.rowids = rowids_,
            .payload = {bytes_.data() + format::slot_payload(column_.type), size, count},
            .scales = scales_,
            .residuals = residuals_,
            .norms_squared = norms_squared_};
  return block_;
}

}  // namespace edgepack::vec
