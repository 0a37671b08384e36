#pragma once
// The checksum of docs/vec-format.md.

#include <cstddef>
#include <cstdint>
#include <span>

namespace edgepack::vec {

/// Takes bytes piece by piece and answers their checksum. Every piece but the last must have a
/// length that is divisible by 8; otherwise it is padded with zero bytes where it ends.
class Checksum {
 public:
  explicit Checksum(std::uint64_t seed) noexcept;

  Checksum& add(std::span<const std::byte> bytes) noexcept;
  Checksum& add(std::uint64_t word) noexcept;
  std::uint32_t value() const noexcept;

 private:
  static constexpr std::size_t kLanes = 4;

  std::uint64_t lanes_[kLanes];
  std::size_t next_lane_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace edgepack::vec
