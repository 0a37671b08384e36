#include "replica/wal_format.h"

#include <bit>
#include <cstring>

namespace edgepack::replica {
namespace {

template <bool kSwap>
WalChecksum sum_words(std::span<const std::byte> bytes, WalChecksum sum) noexcept {
  std::uint32_t first = sum[0];
  std::uint32_t second = sum[1];
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    std::array<std::uint32_t, 2> words;
    std::memcpy(words.data(), bytes.data() + i, 8);
    if constexpr (kSwap) {
      words[0] = __builtin_bswap32(words[0]);
      words[1] = __builtin_bswap32(words[1]);
    }
    first += words[0] + second;
    second += words[1] + first;
  }
  return {first, second};
}

}  // namespace

WalChecksum wal_checksum(std::span<const std::byte> bytes, WalChecksum sum,
                         bool big_endian) noexcept {
  const bool swap = big_endian != (std::endian::native == std::endian::big);
  return swap ? sum_words<true>(bytes, sum) : sum_words<false>(bytes, sum);
}

}  // namespace edgepack::replica
