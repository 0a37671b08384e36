// The cache by itself: budget, what gives way, lifetime, threads.

#include "vec/block_cache.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

#include "sqlite/testing/database.h"

namespace edgepack::vec {
namespace {

const VectorColumn kColumn{"v", ElementType::kInt8, 1000, Metric::kL2};

BlockHeader header_of(sqlite3_int64 version, std::size_t used = 8) {
  BlockHeader header;
  header.block = version;
  header.capacity = 8;
  header.versions = {version};
  header.used.assign(1, std::byte{0});
  for (std::size_t i = 0; i < used; ++i) header.set_used(i, true);
  return header;
}

BlockKey key_of(sqlite3_int64 version) { return {version, version, code_layout(kColumn)}; }

/// Rows with the numbers version * 10 + slot, in every second slot.
std::shared_ptr<const DecodedBlock> block_of(sqlite3_int64 version) {
  BlockHeader header = header_of(version, 0);
  const SlotCodec codec(kColumn, 0);
  std::vector<std::byte> slots(header.capacity * codec.slot_size(), std::byte{0xee});
  std::vector<std::byte> slot;
  for (std::size_t i = 1; i < header.capacity; i += 2) {
    header.set_used(i, true);
    const std::vector<std::byte> vector(kColumn.dimensions, std::byte(i));
    codec.encode({header.block, i}, version * 10 + static_cast<sqlite3_int64>(i),
                 {kColumn.type, kColumn.dimensions, vector}, slot);
    std::copy(slot.begin(), slot.end(),
              slots.begin() + static_cast<std::ptrdiff_t>(i * codec.slot_size()));
  }
  return std::make_shared<const DecodedBlock>(kColumn, 0, header, slots);
}

/// A part that says how large it is.
class SizedPart : public DecodedPart {
 public:
  explicit SizedPart(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const noexcept override { return bytes_; }

 private:
  std::size_t bytes_;
};

class Cache : public ::testing::Test {
 protected:
  Cache() : cache_(budget_), user_(cache_) {}

  /// What a search does: true if the block was there.
  bool use(sqlite3_int64 version) {
    const auto found = cache_.find<DecodedBlock>(key_of(version));
    if (found == nullptr) cache_.insert(key_of(version), block_of(version));
    return found != nullptr;
  }
  int hits(sqlite3_int64 first, sqlite3_int64 last) {
    int count = 0;
    for (sqlite3_int64 version = first; version <= last; ++version) count += use(version) ? 1 : 0;
    return count;
  }

  /// A block and its entry take a little over 4,000 bytes.
  static constexpr std::size_t kBlockBytes = 4800;
  const std::size_t budget_ = 10 * kBlockBytes;
  edgepack::testing::Database routines_;
  BlockCache cache_;
  BlockCache::User user_;
};

TEST_F(Cache, KeepsDenseRowsUnderTheirKey) {
  EXPECT_EQ(cache_.find<DecodedBlock>(key_of(7)), nullptr);
  cache_.insert(key_of(7), block_of(7));
  const auto found = cache_.find<DecodedBlock>(key_of(7));
  ASSERT_NE(found, nullptr);
  const Block& rows = found->rows();
  ASSERT_EQ(rows.rowids.size(), 4u);
  EXPECT_EQ(rows.payload.count, 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rows.rowids[i], 70 + static_cast<sqlite3_int64>(2 * i + 1));
    const auto* vector = static_cast<const std::byte*>(rows.payload.data) + i * rows.payload.stride;
    EXPECT_EQ(vector[0], std::byte(2 * i + 1));
    EXPECT_EQ(vector[kColumn.dimensions - 1], std::byte(2 * i + 1));
  }
  EXPECT_GT(found->bytes(), 4 * kColumn.dimensions);
  EXPECT_GT(cache_.used(), found->bytes());
  EXPECT_LT(cache_.used(), kBlockBytes);
}

TEST_F(Cache, TakesOneVersionWithOtherContentsForAnotherBlock) {
  cache_.insert(key_of(7), block_of(7));
  EXPECT_EQ(cache_.find<DecodedBlock>({7, 8, code_layout(kColumn)}), nullptr);
  VectorColumn other = kColumn;
  other.dimensions = 999;
  EXPECT_EQ(cache_.find<DecodedBlock>({7, 7, code_layout(other)}), nullptr);
  other = kColumn;
  other.type = ElementType::kBit;
  EXPECT_EQ(cache_.find<DecodedBlock>({7, 7, code_layout(other)}), nullptr);
}

TEST_F(Cache, StaysWithinItsBudget) {
  for (sqlite3_int64 version = 1; version < 1000; ++version) {
    use(version);
    ASSERT_LE(cache_.used(), budget_);
  }
  EXPECT_GT(cache_.used(), budget_ / 2);
  cache_.set_budget(3 * kBlockBytes);
  EXPECT_LE(cache_.used(), 3 * kBlockBytes);
  EXPECT_GT(cache_.used(), 0u);
  cache_.set_budget(0);
  EXPECT_EQ(cache_.used(), 0u);
  EXPECT_FALSE(use(5));
  EXPECT_FALSE(use(5));
}

TEST_F(Cache, KeepsTheShareThatFitsOfATableThatDoesNot) {
  hits(1, 20);
  // Ten or eleven fit; the rest does not push them out.
  for (int round = 0; round < 50; ++round) ASSERT_GE(hits(1, 20), 10);
}

TEST_F(Cache, GivesWayToWhatIsUsedNow) {
  hits(1, 11);
  EXPECT_GE(hits(1, 11), 10);
  for (int round = 0; round < 6; ++round) hits(101, 108);
  EXPECT_EQ(hits(101, 108), 8);
}

TEST_F(Cache, PutsMoreOfABlockInThePlaceOfLess) {
  const auto insert = [this](sqlite3_int64 version, std::size_t bytes) {
    return cache_.insert(key_of(version), std::make_shared<const SizedPart>(bytes));
  };
  const auto bytes_of = [this](sqlite3_int64 version) {
    const auto found = cache_.find<SizedPart>(key_of(version));
    return found == nullptr ? 0 : found->bytes();
  };
  EXPECT_TRUE(insert(1, 1000));
  const std::size_t used = cache_.used();
  EXPECT_TRUE(insert(1, 3000));
  EXPECT_EQ(bytes_of(1), 3000U);
  EXPECT_EQ(cache_.used(), used + 2000);
  EXPECT_TRUE(insert(1, 1000));
  EXPECT_EQ(bytes_of(1), 3000U);
  // Where there is no room for more, less stays.
  hits(11, 19);
  EXPECT_FALSE(insert(1, budget_ / 2));
  EXPECT_EQ(bytes_of(1), 3000U);
  // Others give way when they have not been used for long.
  for (int i = 0; i < 20000; ++i) bytes_of(1);
  EXPECT_TRUE(insert(1, budget_ / 2));
  EXPECT_EQ(bytes_of(1), budget_ / 2);
  EXPECT_LE(cache_.used(), budget_);
  cache_.clear();
  EXPECT_EQ(cache_.used(), 0U);
}

TEST_F(Cache, LeavesABlockToThoseWhoHoldIt) {
  use(1);
  const auto held = cache_.find<DecodedBlock>(key_of(1));
  cache_.clear();
  EXPECT_EQ(cache_.find<DecodedBlock>(key_of(1)), nullptr);
  EXPECT_EQ(held->rows().rowids[0], 11);
}

TEST(CacheUsers, TakeTheBlocksWithThem) {
  const edgepack::testing::Database routines;
  BlockCache cache(1 << 20);
  cache.insert(key_of(1), block_of(1));
  EXPECT_EQ(cache.used(), 0u);
  {
    const BlockCache::User first(cache);
    {
      const BlockCache::User second(cache);
      cache.insert(key_of(1), block_of(1));
    }
    EXPECT_NE(cache.find<DecodedBlock>(key_of(1)), nullptr);
  }
  EXPECT_EQ(cache.used(), 0u);
  EXPECT_EQ(cache.find<DecodedBlock>(key_of(1)), nullptr);
}

TEST_F(Cache, ServesManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([this, seed, &wrong] {
      std::mt19937 random(seed);
      for (int i = 0; i < 3000; ++i) {
        const auto version = static_cast<sqlite3_int64>(random() % 30 + 1);
        auto block = cache_.find<DecodedBlock>(key_of(version));
        if (block == nullptr) {
          block = block_of(version);
          cache_.insert(key_of(version), block);
        }
        if (block->rows().rowids[3] != version * 10 + 7) ++wrong;
        if (random() % 64 == 0) cache_.set_budget(random() % 12 * kBlockBytes);
        if (random() % 256 == 0) cache_.clear();
        const BlockCache::User user(cache_);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  cache_.clear();
  EXPECT_EQ(cache_.used(), 0u);
}

}  // namespace
}  // namespace edgepack::vec
