// Blocks come back decoded, in their order, whichever thread did it, and damage with its block.

#include "vec/block_decoder.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace edgepack::vec {
namespace {

const VectorColumn kColumn{"v", ElementType::kInt8, 256, Metric::kL2};
constexpr std::size_t kCapacity = 64;

/// Block `number`, whose row i has the rowid number * 100 + i.
void read_block(sqlite3_int64 number, BlockReading& reading) {
  const SlotCodec codec(kColumn, 0);
  reading.header = {};
  reading.header.block = number;
  reading.header.capacity = kCapacity;
  reading.header.used.assign(kCapacity / 8, std::byte{0xff});
  reading.slots.clear();
  std::vector<std::byte> slot;
  const std::vector<std::byte> vector(kColumn.dimensions, std::byte(number));
  for (std::size_t i = 0; i < kCapacity; ++i) {
    codec.encode({number, i}, number * 100 + static_cast<sqlite3_int64>(i),
                 {kColumn.type, kColumn.dimensions, vector}, slot);
    reading.slots.insert(reading.slots.end(), slot.begin(), slot.end());
  }
}

bool is_damaged(sqlite3_int64 number) { return number % 7 == 3; }

class Decoder : public ::testing::TestWithParam<bool> {};

TEST_P(Decoder, GivesBlocksBackInOrderAndDamageWithItsBlock) {
  constexpr sqlite3_int64 kBlocks = 50;
  BlockDecoder decoder(kColumn, 0, GetParam());
  sqlite3_int64 read = 0;
  for (sqlite3_int64 expected = 1; expected <= kBlocks; ++expected) {
    while (read < kBlocks && !decoder.is_full()) {
      BlockReading& reading = decoder.next_reading();
      read_block(++read, reading);
      if (is_damaged(read))
        reading.slots[40 * reading.slots.size() / kCapacity + 99] ^= std::byte{1};
      decoder.submit();
    }
    ASSERT_FALSE(decoder.is_empty());
    if (is_damaged(expected)) {
      try {
        decoder.take();
        ADD_FAILURE() << "block " << expected;
      } catch (const Corruption& damage) {
        EXPECT_NE(std::string(damage.what()).find("block " + std::to_string(expected) + ":"),
                  std::string::npos);
      }
      continue;
    }
    const auto block = std::move(decoder.take().block);
    ASSERT_EQ(block->rows().rowids.size(), kCapacity);
    EXPECT_EQ(block->rows().rowids[5], expected * 100 + 5);
  }
  EXPECT_TRUE(decoder.is_empty());
}

TEST_P(Decoder, MayGoWhileBlocksAreOnTheirWay) {
  for (std::size_t count = 0; count < 9; ++count) {
    BlockDecoder decoder(kColumn, 0, GetParam());
    for (std::size_t i = 0; i < count; ++i) {
      if (decoder.is_full()) decoder.take();
      read_block(1, decoder.next_reading());
      decoder.submit();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Decoder, ::testing::Bool());

}  // namespace
}  // namespace edgepack::vec
