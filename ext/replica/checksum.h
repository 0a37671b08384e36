#pragma once
// The checksums of LTX: CRC-64/GO-ISO, of a page and of a database (docs/replica-format.md).

#include <cstddef>
#include <cstdint>
#include <span>

namespace edgepack::replica {

/// Set in every stored checksum, so that 0 means "none".
inline constexpr std::uint64_t kChecksumFlag = std::uint64_t{1} << 63;

/// CRC-64/GO-ISO of `bytes`; `crc` continues an earlier call's answer (0: start).
std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t crc = 0) noexcept;

/// Checksum of one page, with kChecksumFlag. Pages count from 1.
std::uint64_t page_checksum(std::uint32_t page, std::span<const std::byte> bytes) noexcept;

/// The rolling checksum of a database: order does not matter, and a page that is put in twice is
/// taken out again.
class DatabaseChecksum {
 public:
  explicit DatabaseChecksum(std::uint64_t value = kChecksumFlag) noexcept : value_(value) {}
  void toggle(std::uint32_t page, std::span<const std::byte> bytes) noexcept {
    value_ = (value_ ^ page_checksum(page, bytes)) | kChecksumFlag;
  }
  /// The same by a page's checksum.
  void toggle(std::uint64_t checksum) noexcept { value_ = (value_ ^ checksum) | kChecksumFlag; }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_;
};

}  // namespace edgepack::replica
