#include "replica/checksum.h"

#include <array>
#include <bit>
#include <cstring>
#ifdef __x86_64__
#include <immintrin.h>
#endif

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

/// Continues the register `crc` (the sum without its final XOR).
std::uint64_t by_tables(std::span<const std::byte> bytes, std::uint64_t crc) noexcept {
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
  return crc;
}

#ifdef __x86_64__
/// x^n modulo the polynomial; the highest bit is x^0, as everywhere in a reflected CRC.
constexpr std::uint64_t power_of_x(int n) {
  std::uint64_t power = std::uint64_t{1} << 63;
  for (; n > 0; --n) power = power >> 1 ^ ((power & 1) != 0 ? kPolynomial : 0);
  return power;
}

// Folding: 128 bits that `kBits` more bits follow are replaced by 128 that end with those. The
// product of two reflected numbers is one power of x too high, hence -1. (Gopal et al., "Fast CRC
// Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009.)
template <int kBits>
__attribute__((target("pclmul"))) __m128i fold(__m128i sum, __m128i next) noexcept {
  const __m128i factors = _mm_set_epi64x(static_cast<long long>(power_of_x(kBits - 1)),
                                         static_cast<long long>(power_of_x(kBits + 64 - 1)));
  return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(sum, factors, 0x00),
                                           _mm_clmulepi64_si128(sum, factors, 0x11)));
}

constexpr std::size_t kFoldStep = 64;

/// As by_tables(), for at least 2 * kFoldStep bytes.
__attribute__((target("pclmul"))) std::uint64_t by_folding(std::span<const std::byte> bytes,
                                                           std::uint64_t crc) noexcept {
  const auto load = [&bytes](std::size_t at) __attribute__((target("pclmul"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
  };
  __m128i sums[] = {load(0), load(16), load(32), load(48)};
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi64_si128(static_cast<long long>(crc)));
  bytes = bytes.subspan(kFoldStep);
  for (; bytes.size() >= kFoldStep; bytes = bytes.subspan(kFoldStep)) {
    for (std::size_t i = 0; i < 4; ++i) sums[i] = fold<8 * kFoldStep>(sums[i], load(16 * i));
  }
  for (std::size_t i = 1; i < 4; ++i) sums[i] = fold<128>(sums[i - 1], sums[i]);
  std::array<std::byte, 16> rest;
  std::memcpy(rest.data(), &sums[3], rest.size());
  return by_tables(bytes, by_tables(rest, 0));
}
#endif

}  // namespace

std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t crc) noexcept {
#ifdef __x86_64__
  static const bool can_fold = __builtin_cpu_supports("pclmul") != 0;
  if (can_fold && bytes.size() >= 2 * kFoldStep) return ~by_folding(bytes, ~crc);
#endif
  return ~by_tables(bytes, ~crc);
}

std::uint64_t page_checksum(std::uint32_t page, std::span<const std::byte> bytes) noexcept {
  std::array<std::byte, 4> number;
  write_be32(number.data(), page);
  return crc64(bytes, crc64(number)) | kChecksumFlag;
}

}  // namespace edgepack::replica
