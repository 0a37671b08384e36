#include "replica/checksum.h"

#include <array>
#include <bit>
#include <cstring>

#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

constexpr std::uint64_t kPolynomial = 0xD800000000000000;

using Table = std::array<std::uint64_t, 256>;

/// kTables[i][b]: what byte b does to the sum when i more bytes follow it in the same step.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t i = 1; i < 8; ++i) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t crc = tables[i - 1][byte];
      tables[i][byte] = crc >> 8 ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();
static_assert(std::endian::native == std::endian::little,
              "the word loop reads little-endian words");

}  // namespace

std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t crc) noexcept {
  crc = ~crc;
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    crc ^= word;
    crc = kTables[7][crc & 0xff] ^ kTables[6][crc >> 8 & 0xff] ^ kTables[5][crc >> 16 & 0xff] ^
          kTables[4][crc >> 24 & 0xff] ^ kTables[3][crc >> 32 & 0xff] ^
          kTables[2][crc >> 40 & 0xff] ^ kTables[1][crc >> 48 & 0xff] ^ kTables[0][crc >> 56];
    bytes = bytes.subspan(8);
  }
  for (const std::byte byte : bytes) {
    crc = crc >> 8 ^ kTables[0][(crc ^ std::to_integer<std::uint64_t>(byte)) & 0xff];
  }
  return ~crc;
}

std::uint64_t page_checksum(std::uint32_t page, std::span<const std::byte> bytes) noexcept {
  std::array<std::byte, 4> number;
  write_be32(number.data(), page);
  return crc64(bytes, crc64(number)) | kChecksumFlag;
}

}  // namespace edgepack::replica
