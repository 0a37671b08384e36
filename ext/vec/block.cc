#include "vec/block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "vec/bytes.h"
#include "vec/checksum.h"
#include "vec/coarse_codes.h"
#include "vec/codec.h"

namespace edgepack::vec {
namespace {

/// The checksum field lies in the second word, which is taken with that field zero.
std::uint32_t slot_checksum(Place place, std::size_t vector,
                            std::span<const std::byte> slot) noexcept {
  // A whole round of the checksum's lanes, where the slot is as long.
  std::byte head[32] = {};
  static_assert(format::kSlotChecksum < 16);
  const std::size_t length = std::min(slot.size(), sizeof head);
  std::memcpy(head, slot.data(), length);
  store(head + format::kSlotChecksum, std::uint32_t{0});
  return Checksum(place.seed(vector))
      .add(std::span<const std::byte>(head, length))
      .add(slot.subspan(length))
      .value();
}

/// From one row to the next in memory: whole cache lines, unless small rows would waste them.
std::size_t row_stride(std::size_t payload_size) noexcept {
  const std::size_t lines = (payload_size + 63) / 64 * 64;
  return lines - payload_size <= payload_size / 16 ? lines : (payload_size + 7) / 8 * 8;
}

}  // namespace

Place Place::decoded(sqlite3_int64 encoded) {
  const Place place{encoded / format::kPositionsPerBlock,
                    static_cast<std::size_t>(encoded % format::kPositionsPerBlock)};
  if (encoded < 0) throw Corruption("no slot has the number " + std::to_string(encoded));
  return place;
}

Corruption damaged_block(sqlite3_int64 block, const std::string& problem) {
  return Corruption("block " + std::to_string(block) + ": " + problem);
}

Corruption damaged_place(Place place, const std::string& problem) {
  return damaged_block(place.block, "position " + std::to_string(place.position) + ": " + problem);
}

BlockLayout::BlockLayout(const Definition& definition)
    : vectors(definition.vectors.size()), has_metadata(!definition.metadata.empty()) {
  std::size_t widest = 1;  // there is a vector column
  for (const VectorColumn& column : definition.vectors) {
    widest = std::max(widest, format::slot_size(column.type, column.dimensions));
  }
  largest_capacity = format::largest_capacity(widest);
}

bool BlockHeader::is_used(std::size_t position) const noexcept {
  return position < capacity &&
         (used[position / 8] & std::byte(1u << (position % 8))) != std::byte{0};
}

void BlockHeader::set_used(std::size_t position, bool in_use) noexcept {
  const auto bit = std::byte(1u << (position % 8));
  used[position / 8] = in_use ? used[position / 8] | bit : used[position / 8] & ~bit;
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

bool BlockHeader::takes_rows() const noexcept {
  return first_free() < capacity && text_end <= static_cast<sqlite3_int64>(format::kMostTextBytes);
}

std::uint32_t BlockHeader::checksum() const noexcept {
  Checksum sum(static_cast<std::uint64_t>(block));
  sum.add(std::uint64_t{capacity}).add(std::span<const std::byte>(used));
  sum.add(static_cast<std::uint64_t>(list)).add(static_cast<std::uint64_t>(text_end));
  return sum.add(std::as_bytes(std::span(versions))).value();
}

void BlockHeader::verify(const BlockLayout& layout, bool has_free, sqlite3_int64 sum) const {
  if (capacity == 0 || capacity % format::kCapacityUnit != 0 ||
      capacity > layout.largest_capacity) {
    throw damaged_block(block, "capacity of " + std::to_string(capacity) + " positions");
  }
  if (used.size() != capacity / 8) {
    throw damaged_block(block, "bitmap of " + std::to_string(used.size()) + " bytes");
  }
  if (versions.size() != layout.versions()) {
    throw damaged_block(block, std::to_string(versions.size()) + " versions");
  }
  if (sum != checksum()) throw damaged_block(block, "the header's checksum does not match");
  if (has_free != takes_rows()) {
    throw damaged_block(block, "has_free disagrees with the rest of the header");
  }
}

LowerHalfOwner LowerHalfOwner::of(std::span<const std::byte> slot) noexcept {
  return {load<sqlite3_int64>(slot.data() + format::kSlotRowid),
          load<float>(slot.data() + format::kSlotScale),
          load<float>(slot.data() + format::kSlotResidual)};
}

SlotCodec::SlotCodec(const VectorColumn& column, std::size_t vector) noexcept
    : column_(column),
      vector_(vector),
      slot_size_(format::slot_size(column.type, column.dimensions)) {}

bool SlotCodec::can_split() const noexcept {
  return format::has_codes(column_.type) && has_coarse_codes(column_.metric) &&
         column_.dimensions >= format::kFewestSplitDimensions;
}

SlotForm SlotCodec::form(const BlockHeader& header, std::size_t bytes) const {
  const std::size_t expected = header.capacity * slot_size_;
  if (bytes == expected) return SlotForm::kWhole;
  if (can_split() && bytes == header.capacity * slot_size(SlotForm::kUpper)) {
    return SlotForm::kUpper;
  }
  throw damaged_block(header.block, "slots of " + std::to_string(bytes) + " bytes instead of " +
                                        std::to_string(expected));
}

void SlotCodec::verify_lower_size(const BlockHeader& header, std::size_t bytes) const {
  const std::size_t expected = header.capacity * lower_slot_size();
  if (bytes != expected) {
    throw damaged_block(header.block, "lower halves of codes of " + std::to_string(bytes) +
                                          " bytes instead of " + std::to_string(expected));
  }
}

void SlotCodec::encode(Place place, sqlite3_int64 rowid, const VectorView& vector,
                       std::vector<std::byte>& slot) const {
  slot.assign(slot_size_, std::byte{0});
  store(slot.data() + format::kSlotRowid, rowid);
  if (format::has_codes(column_.type)) {
    encode_code(vector, slot);
  } else {
    std::memcpy(slot.data() + format::kSlotVector, vector.bytes.data(), vector.bytes.size());
  }
  seal(place, slot);
}

void SlotCodec::encode_code(const VectorView& vector, std::span<std::byte> slot) const {
  auto* const payload = reinterpret_cast<std::uint8_t*>(slot.data() + format::kSlotCode);
  const bool has_coarse = has_coarse_codes(column_.metric);
  std::vector<std::int8_t> whole(has_coarse ? column_.dimensions : 0);
  const CodeScalars scalars = vec::encode(
      column_.metric, vector, has_coarse ? whole.data() : reinterpret_cast<std::int8_t*>(payload));
  store(slot.data() + format::kSlotScale, scalars.scale);
  store(slot.data() + format::kSlotResidual, scalars.residual);
  store(slot.data() + format::kSlotNormSquared, scalars.norm_squared);
  if (!has_coarse) return;
  const kernels::CoarseSums sums = kernels::active().split_code(whole.data(), whole.size(), payload,
                                                                payload + plane_size(whole.size()));
  const CoarseScalars coarse = coarse_scalars(column_.metric, scalars, sums);
  store(slot.data() + format::kSlotCoarseScale, coarse.scale);
  store(slot.data() + format::kSlotCoarseResidual, coarse.residual);
  store(slot.data() + format::kSlotCoarseNorm, coarse.norm);
}

void SlotCodec::split(Place place, std::span<const std::byte> slot, std::span<std::byte> upper,
                      std::span<std::byte> lower) const noexcept {
  const std::size_t plane = plane_size(column_.dimensions);
  const auto take = [](std::span<std::byte> to, std::size_t at, std::span<const std::byte> from) {
    std::memcpy(to.data() + at, from.data(), from.size());
    std::fill(to.begin() + static_cast<std::ptrdiff_t>(at + from.size()), to.end(), std::byte{0});
  };
  take(upper, 0, slot.first(format::kSlotCode + plane));
  seal(place, upper);
  take(lower, format::kLowerCode, slot.subspan(format::kSlotCode + plane, plane));
  seal_lower(place, LowerHalfOwner::of(slot), lower);
}

std::uint32_t SlotCodec::lower_checksum(Place place, const LowerHalfOwner& owner,
                                        std::span<const std::byte> slot) const noexcept {
  // The words of the owner, and the first two of the slot.
  std::byte head[32] = {};
  static_assert(format::kLowerChecksum == 0);
  store(head, owner.rowid);
  store(head + 8, owner.scale);
  store(head + 12, owner.residual);
  const std::size_t length = std::min(slot.size(), std::size_t{16});
  std::memcpy(head + 16, slot.data(), length);
  store(head + 16 + format::kLowerChecksum, std::uint32_t{0});
  return Checksum(place.seed(vector_ + std::uint64_t{format::kLowerHalves}))
      .add(std::span<const std::byte>(head, 16 + length))
      .add(slot.subspan(length))
      .value();
}

void SlotCodec::seal_lower(Place place, const LowerHalfOwner& owner,
                           std::span<std::byte> slot) const noexcept {
  store(slot.data() + format::kLowerChecksum, lower_checksum(place, owner, slot));
}

void SlotCodec::verify_lower(Place place, const LowerHalfOwner& owner,
                             std::span<const std::byte> slot) const {
  if (load<std::uint32_t>(slot.data() + format::kLowerChecksum) !=
      lower_checksum(place, owner, slot)) {
    throw damaged_place(place, "the checksum of the lower half of its code does not match");
  }
}

void SlotCodec::seal(Place place, std::span<std::byte> slot) const noexcept {
  store(slot.data() + format::kSlotChecksum, slot_checksum(place, vector_, slot));
}

void SlotCodec::verify(Place place, std::span<const std::byte> slot) const {
  if (load<std::uint32_t>(slot.data() + format::kSlotChecksum) !=
      slot_checksum(place, vector_, slot)) {
    throw damaged_place(place, "the checksum does not match");
  }
}

void SlotCodec::verify(Place place, sqlite3_int64 rowid, std::span<const std::byte> slot) const {
  verify(place, slot);
  if (const auto found = load<sqlite3_int64>(slot.data() + format::kSlotRowid); found != rowid) {
    throw damaged_place(
        place, "holds rowid " + std::to_string(found) + " instead of " + std::to_string(rowid));
  }
}

std::span<const std::byte> SlotCodec::payload(std::span<const std::byte> slot) const noexcept {
  return slot.subspan(format::slot_payload(column_.type),
                      format::payload_size(column_.type, column_.dimensions));
}

namespace {

/// One after the other in the memory of a decoded block. Each list begins where its elements may
/// lie, because none before it has a size that they do not divide.
class Layout {
 public:
  explicit Layout(std::byte* at) noexcept : at_(at) {}
  template <class T>
  T* list(std::size_t count) noexcept {
    T* const begin = reinterpret_cast<T*>(at_);
    at_ += count * sizeof(T);
    return begin;
  }

 private:
  std::byte* at_;
};

}  // namespace

DecodedBlock::DecodedBlock(const VectorColumn& column, std::size_t vector,
                           const BlockHeader& header, std::span<const std::byte> slots) {
  const SlotCodec codec(column, vector);
  const SlotForm form = codec.form(header, slots.size());
  is_complete_ = form == SlotForm::kWhole;
  const std::size_t slot_size = codec.slot_size(form);
  const std::size_t payload = format::slot_payload(column.type);
  const bool codes = format::has_codes(column.type);
  const bool coarse = codes && has_coarse_codes(column.metric);
  const std::size_t whole_size = format::payload_size(column.type, column.dimensions);
  // A payload lies in one plane or in two.
  const std::size_t row_size =
      coarse ? plane_size(column.dimensions) : front_size(column.metric, whole_size);
  const std::size_t second_size = !is_complete_ ? 0 : coarse ? row_size : whole_size - row_size;
  const std::size_t stride = row_stride(row_size);
  const std::size_t second_stride = row_stride(second_size);
  const std::size_t count = header.count_used();
  constexpr std::size_t kScalars = sizeof(float) * 2 + sizeof(std::int32_t);
  constexpr std::size_t kCoarseScalars = sizeof(float) * 3;
  memory_ = std::make_shared<const BlockMemory>(
      count * (stride + second_stride + sizeof(sqlite3_int64) + (codes ? kScalars : 0) +
               (coarse ? kCoarseScalars : 0)));

  // Strides are divisible by 8.
  Layout lists(memory_->data());
  auto* const rows = lists.list<std::byte>(count * stride);
  auto* const second = lists.list<std::byte>(count * second_stride);
  auto* const rowids = lists.list<sqlite3_int64>(count);
  auto* const scales = lists.list<float>(count);
  auto* const residuals = lists.list<float>(count);
  auto* const norms_squared = lists.list<std::int32_t>(count);
  auto* const coarse_scales = lists.list<float>(count);
  auto* const coarse_residuals = lists.list<float>(count);
  auto* const coarse_norms = lists.list<float>(count);
  std::size_t row = 0;
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    const std::span<const std::byte> from = slots.subspan(position * slot_size, slot_size);
    codec.verify({header.block, position}, from);
    rowids[row] = load<sqlite3_int64>(from.data() + format::kSlotRowid);
    if (codes) {
      scales[row] = load<float>(from.data() + format::kSlotScale);
      residuals[row] = load<float>(from.data() + format::kSlotResidual);
      norms_squared[row] = load<std::int32_t>(from.data() + format::kSlotNormSquared);
    }
    std::memcpy(rows + row * stride, from.data() + payload, row_size);
    std::memcpy(second + row * second_stride, from.data() + payload + row_size, second_size);
    if (coarse) {
      coarse_scales[row] = load<float>(from.data() + format::kSlotCoarseScale);
      coarse_residuals[row] = load<float>(from.data() + format::kSlotCoarseResidual);
      coarse_norms[row] = load<float>(from.data() + format::kSlotCoarseNorm);
    }
    ++row;
  }
  rows_.rowids = {rowids, count};
  rows_.payload = {rows, stride, count};
  if (!codes && second_size > 0) rows_.rest = {second, second_stride, count};
  if (!codes) return;
  rows_.scales = {scales, count};
  rows_.residuals = {residuals, count};
  rows_.norms_squared = {norms_squared, count};
  if (!coarse) return;
  if (is_complete_) rows_.lower_nibbles = {second, second_stride, count};
  rows_.coarse_scales = {coarse_scales, count};
  rows_.coarse_residuals = {coarse_residuals, count};
  rows_.coarse_norms = {coarse_norms, count};
}

DecodedBlock::DecodedBlock(const VectorColumn& column, std::size_t vector,
                           const BlockHeader& header, const DecodedBlock& upper,
                           std::span<const std::byte> lower)
    : is_complete_(true), memory_(upper.memory_), rows_(upper.rows_) {
  const SlotCodec codec(column, vector);
  codec.verify_lower_size(header, lower.size());
  const std::size_t slot_size = codec.lower_slot_size();
  const std::size_t size = plane_size(column.dimensions);
  const std::size_t stride = row_stride(size);
  const std::size_t count = rows_.rowids.size();
  if (header.count_used() != count) {
    throw damaged_block(header.block, "another block has the version of its codes");
  }
  lower_ = BlockMemory(count * stride);
  std::size_t row = 0;
  for (std::size_t position = 0; position < header.capacity; ++position) {
    if (!header.is_used(position)) continue;
    const std::span<const std::byte> from = lower.subspan(position * slot_size, slot_size);
    codec.verify_lower({header.block, position},
                       {rows_.rowids[row], rows_.scales[row], rows_.residuals[row]}, from);
    std::memcpy(lower_.data() + row * stride, from.data() + format::kLowerCode, size);
    ++row;
  }
  rows_.lower_nibbles = {lower_.data(), stride, count};
}

}  // namespace edgepack::vec
