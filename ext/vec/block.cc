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

void verify_checksum(Place place, std::span<const std::byte> slot) {
  if (load<std::uint32_t>(slot.data() + format::kSlotChecksum) != slot_checksum(place, slot)) {
    throw Corruption(in_slot(place, "the checksum does not match"));
  }
}

/// From one row to the next in memory: whole cache lines, unless small rows would waste them.
std::size_t row_stride(std::size_t payload_size) noexcept {
  const std::size_t lines = (payload_size + 63) / 64 * 64;
  return lines - payload_size <= payload_size / 16 ? lines : (payload_size + 7) / 8 * 8;
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

void BlockHeader::verify_slots(const VectorColumn& column, std::size_t bytes) const {
  const std::size_t expected = capacity * format::slot_size(column.type, column.dimensions);
  if (bytes != expected) {
    throw Corruption(in_block(block, "slots of " + std::to_string(bytes) + " bytes instead of " +
                                         std::to_string(expected)));
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
  verify_checksum(place, slot);
  if (const auto found = load<sqlite3_int64>(slot.data() + format::kSlotRowid); found != rowid) {
    throw Corruption(in_slot(
        place, "holds rowid " + std::to_string(found) + " instead of " + std::to_string(rowid)));
  }
}

std::span<const std::byte> SlotCodec::payload(std::span<const std::byte> slot) const noexcept {
  return slot.subspan(format::slot_payload(column_.type),
                      format::payload_size(column_.type, column_.dimensions));
}

DecodedBlock::DecodedBlock(const VectorColumn& column, const BlockHeader& header,
                           std::span<const std::byte> slots) {
  header.verify_slots(column, slots.size());
  const std::size_t slot_size = format::slot_size(column.type, column.dimensions);
  const std::size_t payload = format::slot_payload(column.type);
  const std::size_t payload_size = format::payload_size(column.type, column.dimensions);
  const std::size_t stride = row_stride(payload_size);
  const std::size_t count = header.count_used();
  const bool codes = format::has_codes(column.type);
  const std::size_t scalars = codes ? sizeof(float) * 2 + sizeof(std::int32_t) : 0;
  memory_size_ = count * (stride + sizeof(sqlite3_int64) + scalars);
  memory_.reset(static_cast<std::byte*>(::operator new(memory_size_, kAlignment)));

  // Strides are divisible by 8: every list begins where its elements may lie.
  std::byte* const rows = memory_.get();
  auto* const rowids = reinterpret_cast<sqlite3_int64*>(rows + count * stride);
  auto* const scales = reinterpret_cast<float*>(rowids + count);
  float* const residuals = scales + count;
  auto* const norms_squared = reinterpret_cast<std::int32_t*>(residuals + count);
  std::size_t row = 0;
  for (std::size_t slot = 0; slot < header.capacity; ++slot) {
    if (!header.is_used(slot)) continue;
    const std::span<const std::byte> from = slots.subspan(slot * slot_size, slot_size);
    const Place place{header.block, slot};
    verify_checksum(place, from);
    rowids[row] = load<sqlite3_int64>(from.data() + format::kSlotRowid);
    if (codes) {
      scales[row] = load<float>(from.data() + format::kSlotScale);
      residuals[row] = load<float>(from.data() + format::kSlotResidual);
      norms_squared[row] = load<std::int32_t>(from.data() + format::kSlotNormSquared);
    }
    std::memcpy(rows + row * stride, from.data() + payload, payload_size);
    ++row;
  }
  rows_.rowids = {rowids, count};
  rows_.payload = {rows, stride, count};
  if (!codes) return;
  rows_.scales = {scales, count};
  rows_.residuals = {residuals, count};
  rows_.norms_squared = {norms_squared, count};
}

}  // namespace edgepack::vec
