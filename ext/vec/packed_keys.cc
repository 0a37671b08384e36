#include "vec/packed_keys.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "vec/kernels/kernels.h"

namespace edgepack::vec {
namespace {

/// The distance in the order of the integers, which may not fit a signed number.
std::uint64_t difference(std::int64_t greater, std::int64_t less) noexcept {
  return static_cast<std::uint64_t>(greater) - static_cast<std::uint64_t>(less);
}

std::size_t width_of(std::uint64_t span) noexcept {
  if (span <= std::numeric_limits<std::uint8_t>::max()) return 1;
  if (span <= std::numeric_limits<std::uint16_t>::max()) return 2;
  return span <= std::numeric_limits<std::uint32_t>::max() ? 4 : 8;
}

}  // namespace

PackedKeys::PackedKeys(std::span<const std::int64_t> keys, std::span<const std::uint64_t> nulls)
    : count_(keys.size()) {
  const auto is_null = [nulls](std::size_t row) {
    return !nulls.empty() && (nulls[row / 64] >> (row % 64) & 1) != 0;
  };
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
  least_ = std::numeric_limits<std::int64_t>::max();
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (is_null(row)) continue;
    least_ = std::min(least_, keys[row]);
    greatest = std::max(greatest, keys[row]);
  }
  if (least_ > greatest) least_ = greatest = 0;  // there is no number
  span_ = difference(greatest, least_);
  width_ = width_of(span_);
  packed_.resize(count_ * width_);
  for (std::size_t row = 0; row < keys.size(); ++row) {
    // The lowest bytes: integers are little-endian here.
    const std::uint64_t packed = is_null(row) ? 0 : difference(keys[row], least_);
    std::memcpy(packed_.data() + row * width_, &packed, width_);
  }
}

std::int64_t PackedKeys::operator[](std::size_t row) const noexcept {
  std::uint64_t packed = 0;
  std::memcpy(&packed, packed_.data() + row * width_, width_);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(least_) + packed);
}

void PackedKeys::add_between(std::int64_t first, std::int64_t last,
                             std::uint64_t* bits) const noexcept {
  if (last < least_ || (first > least_ && difference(first, least_) > span_)) return;
  const std::uint64_t from = first > least_ ? difference(first, least_) : 0;
  const std::uint64_t to = std::min(difference(last, least_), span_);
  kernels::active().between({packed_.data(), width_, count_}, from, to, bits);
}

}  // namespace edgepack::vec
