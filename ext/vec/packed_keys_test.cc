// Packed numbers against the numbers themselves.

#include "vec/packed_keys.h"

#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace edgepack::vec {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();

void check(const std::vector<std::int64_t>& keys, const std::vector<std::uint64_t>& nulls,
           std::mt19937_64& random) {
  const PackedKeys packed(keys, nulls);
  const auto is_null = [&](std::size_t row) {
    return !nulls.empty() && (nulls[row / 64] >> (row % 64) & 1) != 0;
  };
  ASSERT_EQ(packed.count(), keys.size());
  for (std::size_t row = 0; row < keys.size(); ++row) {
    if (!is_null(row)) {
      ASSERT_EQ(packed[row], keys[row]);
    }
  }
  std::vector<std::int64_t> ends = {kLeast, -1, 0, 1, kGreatest};
  for (std::size_t i = 0; i < 8 && !keys.empty(); ++i) {
    const std::int64_t key = keys[random() % keys.size()];
    ends.push_back(key);
    if (key > kLeast) ends.push_back(key - 1);
    if (key < kGreatest) ends.push_back(key + 1);
  }
  for (const std::int64_t first : ends) {
    for (const std::int64_t last : ends) {
      if (last < first) continue;
      std::vector<std::uint64_t> bits((keys.size() + 63) / 64);
      packed.add_between(first, last, bits.data());
      for (std::size_t row = 0; row < bits.size() * 64; ++row) {
        if (row < keys.size() && is_null(row)) continue;
        const bool expected = row < keys.size() && first <= keys[row] && keys[row] <= last;
        ASSERT_EQ(bits[row / 64] >> (row % 64) & 1, expected ? 1u : 0u)
            << row << " in " << first << " to " << last;
      }
    }
  }
}

TEST(PackedKeys, AreTheKeys) {
  std::mt19937_64 random(5);
  for (const std::int64_t least :
       {kLeast, std::int64_t{-300}, std::int64_t{0}, kGreatest - 70000}) {
    for (const std::uint64_t span :
         {0ull, 1ull, 255ull, 256ull, 65535ull, 65536ull, 0xffffffffull, 0x100000000ull, ~0ull}) {
      const std::uint64_t room =
          static_cast<std::uint64_t>(kGreatest) - static_cast<std::uint64_t>(least);
      const std::uint64_t most = std::min<std::uint64_t>(span, room);
      for (const std::size_t count : {1U, 2U, 63U, 64U, 65U, 200U}) {
        std::vector<std::int64_t> keys(count);
        std::vector<std::uint64_t> nulls((count + 63) / 64);
        for (std::int64_t& key : keys) {
          const std::uint64_t part = most == ~0ull ? random() : random() % (most + 1);
          key = static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + part);
        }
        keys[random() % count] = least;
        keys[random() % count] =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + most);
        ASSERT_NO_FATAL_FAILURE(check(keys, {}, random));
        for (std::uint64_t& word : nulls) word = random();
        ASSERT_NO_FATAL_FAILURE(check(keys, nulls, random));
      }
    }
  }
  check({}, {}, random);
  check({7, 8}, {3}, random);
}

}  // namespace
}  // namespace edgepack::vec
