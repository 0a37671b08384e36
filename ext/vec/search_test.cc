// search() over blocks in memory, large enough for several threads, against brute force.

#include "vec/search.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "vec/distance.h"
#include "vec/kernels/kernels.h"
#include "vec/parallel.h"
#include "vec/testing/reference.h"

namespace edgepack::vec {
namespace {

using testing::Bytes;

/// A column whose blocks are built in memory.
class MemoryStore : public Store {
 public:
  explicit MemoryStore(const VectorColumn& column) : column_(column), codec_(column, 0) {}

  /// Rowids are given in order, from 1 on.
  void add(const Bytes& vector) {
    vectors_[static_cast<sqlite3_int64>(vectors_.size() + 1)] = vector;
  }
  /// After the last add().
  void build() {
    auto row = vectors_.begin();
    for (sqlite3_int64 number = 1; row != vectors_.end(); ++number) {
      BlockHeader header;
      header.block = number;
      header.capacity = format::largest_capacity(codec_.slot_size());
      header.used.assign(header.capacity / 8, std::byte{0});
      std::vector<std::byte> slots;
      std::vector<std::byte> uppers;
      std::vector<std::byte> lowers;
      std::vector<std::byte> slot;
      std::vector<std::byte> upper(codec_.slot_size(SlotForm::kUpper));
      std::vector<std::byte> lower(codec_.lower_slot_size());
      for (std::size_t i = 0; i < header.capacity; ++i) {
        slot.assign(codec_.slot_size(), std::byte{0});
        // Some positions are free.
        if (row != vectors_.end() && i % 50 != 7) {
          header.set_used(i, true);
          codec_.encode({number, i}, row->first, {column_.type, column_.dimensions, row->second},
                        slot);
          ++row;
        }
        slots.insert(slots.end(), slot.begin(), slot.end());
        if (!codec_.can_split()) continue;
        codec_.split({number, i}, slot, upper, lower);
        uppers.insert(uppers.end(), upper.begin(), upper.end());
        lowers.insert(lowers.end(), lower.begin(), lower.end());
      }
      blocks_.push_back(std::make_shared<const DecodedBlock>(column_, 0, header, slots));
      if (!codec_.can_split()) continue;
      uppers_.push_back(std::make_shared<const DecodedBlock>(column_, 0, header, uppers));
      lowers_.push_back(std::move(lowers));
      headers_.push_back(header);
    }
  }

  /// Only rows with a rowid that this divides are wanted.
  void set_filter(sqlite3_int64 divisor) { divisor_ = divisor; }
  void set_resident(bool resident) { resident_ = resident; }
  /// Every one of `blocks` comes without the lower halves of its codes, if they can be split; 0 is
  /// none. Those that an earlier search has read are among them if `known`.
  void set_split(std::size_t blocks, bool known) {
    split_ = codec_.can_split() ? blocks : 0;
    known_ = known;
  }
  std::map<sqlite3_int64, Bytes> wanted() const {
    auto rows = vectors_;
    std::erase_if(rows, [this](const auto& row) { return row.first % divisor_ != 0; });
    return rows;
  }

  std::unique_ptr<BlockScan> scan(std::size_t, const RowFilter*) override {
    return std::make_unique<Scan>(*this);
  }
  void read_vector(std::size_t, sqlite3_int64 rowid, std::vector<std::byte>& bytes) override {
    ++vectors_read;
    bytes = vectors_.at(rowid);
  }

  std::size_t vectors_read = 0;
  std::size_t blocks_completed = 0;

 private:
  class Scan : public BlockScan {
   public:
    explicit Scan(MemoryStore& store) : store_(store) {}
    bool next(ScannedBlock& block) override {
      if (next_ == store_.blocks_.size()) return false;
      block.index = next_;
      const bool is_split = store_.split_ > 0 && next_ % store_.split_ == 0;
      block.block = (is_split ? store_.uppers_ : store_.blocks_)[next_++];
      block.is_resident = store_.resident_;
      block.is_known = store_.known_ && next_ % 3 == 0;
      const auto rowids = block.block->rows().rowids;
      block.wanted = {};
      if (store_.divisor_ == 1) return true;
      block.wanted = RowSet::none_of(rowids.size());
      for (std::size_t row = 0; row < rowids.size(); ++row) {
        if (rowids[row] % store_.divisor_ == 0) block.wanted.add(row);
      }
      return true;
    }

    void complete(ScannedBlock& block) override {
      if (block.block->is_complete()) return;
      block.block =
          std::make_shared<const DecodedBlock>(store_.column_, 0, store_.headers_[block.index],
                                               *block.block, store_.lowers_[block.index]);
      ++store_.blocks_completed;
    }

   private:
    MemoryStore& store_;
    std::size_t next_ = 0;
  };

  const VectorColumn& column_;
  SlotCodec codec_;
  std::map<sqlite3_int64, Bytes> vectors_;
  std::vector<std::shared_ptr<const DecodedBlock>> blocks_;
  /// Without the lower halves, and these.
  std::vector<std::shared_ptr<const DecodedBlock>> uppers_;
  std::vector<std::vector<std::byte>> lowers_;
  std::vector<BlockHeader> headers_;
  std::size_t split_ = 0;
  bool known_ = false;
  sqlite3_int64 divisor_ = 1;
  bool resident_ = true;
};

struct Case {
  const char* name;
  ElementType type;
  Metric metric;
  std::size_t dimensions;
  std::size_t rows;
};

/// More than eight megabytes of blocks each.
const Case kCases[] = {
    {"FloatL2", ElementType::kFloat32, Metric::kL2, 768, 14000},
    {"FloatCosine", ElementType::kFloat32, Metric::kCosine, 1001, 9000},
    {"FloatL1", ElementType::kFloat32, Metric::kL1, 640, 14000},
    {"Int8", ElementType::kInt8, Metric::kL2, 500, 18000},
    {"Bits", ElementType::kBit, Metric::kHamming, 2048, 33000},
};

class Search : public ::testing::TestWithParam<Case> {
 protected:
  Search()
      : column_{"v", GetParam().type, GetParam().dimensions, GetParam().metric},
        source_(column_.type, column_.dimensions, 5),
        store_(&filled_store()) {}
  ~Search() override {
    filled_store().set_filter(1);
    filled_store().set_resident(true);
    filled_store().set_split(0, false);
    set_threads(0);
    kernels::force("");
  }

  /// One for all tests of a case: making it takes most of the time.
  static MemoryStore& filled_store() {
    struct Filled {
      explicit Filled(const Case& c) : column{"v", c.type, c.dimensions, c.metric}, store(column) {
        testing::VectorSource source(c.type, c.dimensions, 5);
        for (std::size_t row = 0; row < c.rows; ++row) store.add(source.next());
        store.build();
      }
      const VectorColumn column;
      MemoryStore store;
    };
    static std::map<std::string, std::unique_ptr<Filled>> stores;
    auto& filled = stores[GetParam().name];
    if (filled == nullptr) filled = std::make_unique<Filled>(GetParam());
    return filled->store;
  }

  std::vector<Neighbor> ask(const Bytes& query, std::size_t k, DistanceRange range = {}) {
    return search(*store_, column_, {0, {column_.type, column_.dimensions, query}, k, range},
                  [] {});
  }

  /// Adds to `checks` how often it was asked whether to go on.
  void ask_counting(const Bytes& query, std::size_t k, std::size_t& checks) {
    search(*store_, column_, {0, {column_.type, column_.dimensions, query}, k},
           [&checks] { ++checks; });
  }

  /// The same rows with the same distances, to the bit.
  static void expect_same(const std::vector<Neighbor>& found,
                          const std::vector<Neighbor>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].rowid, expected[i].rowid) << "place " << i;
      ASSERT_EQ(std::bit_cast<std::uint64_t>(found[i].distance),
                std::bit_cast<std::uint64_t>(expected[i].distance));
    }
  }

  /// Compares every row with distance(), which the tests of the kernels compare with the truth.
  std::vector<Neighbor> compare_all(const Bytes& query, std::size_t k) {
    BestNeighbors best(k);
    for (const auto& [rowid, vector] : store_->wanted()) {
      best.add({distance(column_.metric, {column_.type, column_.dimensions, query},
                         {column_.type, column_.dimensions, vector}),
                rowid});
    }
    return best.take_sorted([] {});
  }

  VectorColumn column_;
  testing::VectorSource source_;
  /// What ask() and compare_all() look at.
  MemoryStore* store_;
};

TEST_P(Search, AnswersTheSameOnAnyNumberOfThreads) {
  const Bytes query = source_.next();
  for (const std::size_t k : {1u, 10u, 300u, 20000u}) {
    const std::vector<Neighbor> expected = compare_all(query, k);
    for (const std::size_t count : {1u, 2u, 3u, 7u}) {
      set_threads(count);
      ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, k), expected)) << k << ", " << count;
    }
  }
}

TEST_P(Search, AnswersTheSameWithEveryKernelSet) {
  const Bytes query = source_.next();
  const std::vector<Neighbor> expected = compare_all(query, 20);
  for (const kernels::KernelSet* set : kernels::usable()) {
    kernels::force(set->name);
    ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, 20), expected)) << set->name;
  }
}

TEST_P(Search, KeepsToTheFilter) {
  const Bytes query = source_.next();
  for (const sqlite3_int64 divisor : {2, 3, 100, 5000, 1000000}) {
    store_->set_filter(divisor);
    for (const bool resident : {true, false}) {
      store_->set_resident(resident);
      ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, 30), compare_all(query, 30))) << divisor;
    }
  }
}

/// Every block, or every second or third, without the lower halves, old and new ones, few rows and
/// many.
TEST_P(Search, AnswersTheSameOfSplitCodes) {
  if (!SlotCodec(column_, 0).can_split()) GTEST_SKIP();
  const Bytes query = source_.next();
  for (const sqlite3_int64 divisor : {1, 100}) {
    store_->set_filter(divisor);
    for (const std::size_t k : {1u, 30u, 5000u}) {
      const std::vector<Neighbor> expected = compare_all(query, k);
      for (const std::size_t split : {1u, 2u, 3u}) {
        store_->set_split(split, split != 1);
        store_->set_resident(split != 2);
        set_threads(split);
        ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, k), expected)) << split;
      }
    }
  }
}

/// Few rows near the query are read in full, of many the lower halves; of blocks that stay in
/// memory the lower halves even of few.
TEST_P(Search, ReadsLowerHalvesWhereTheyPay) {
  if (!SlotCodec(column_, 0).can_split()) GTEST_SKIP();
  MemoryStore store(column_);
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const auto around = [&](float center) {
    std::vector<float> elements(column_.dimensions);
    for (float& element : elements) element = normal(random) + center;
    elements[0] -= 3 * center;  // so that the angle differs as well
    const auto bytes = std::as_bytes(std::span(elements));
    return Bytes(bytes.begin(), bytes.end());
  };
  const Bytes twin = around(20);
  for (std::size_t row = 0; row < 3000; ++row) store.add(row % 900 == 5 ? twin : around(0));
  store.build();
  store_ = &store;
  store.set_split(1, false);
  ASSERT_NO_FATAL_FAILURE(expect_same(ask(twin, 2), compare_all(twin, 2)));
  EXPECT_EQ(store.blocks_completed, 0U);
  store.set_split(1, true);
  ASSERT_NO_FATAL_FAILURE(expect_same(ask(twin, 2), compare_all(twin, 2)));
  EXPECT_GT(store.blocks_completed, 0U);
  store.set_split(1, false);
  store.blocks_completed = 0;
  store.vectors_read = 0;
  ASSERT_NO_FATAL_FAILURE(expect_same(ask(twin, 2500), compare_all(twin, 2500)));
  EXPECT_GT(store.blocks_completed, 0U);
}

/// Half of the rows are the same, more than k of them: the smallest rowids win.
TEST_P(Search, PutsTiesInOrderOfRowid) {
  const Bytes twin = source_.next();
  MemoryStore store(column_);
  for (std::size_t row = 0; row < 2000; ++row) store.add(row % 2 == 0 ? twin : source_.next());
  store.build();
  store_ = &store;
  for (const std::size_t k : {5u, 100u}) {
    ASSERT_NO_FATAL_FAILURE(expect_same(ask(twin, k), compare_all(twin, k)));
    const Bytes query = source_.next();
    ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, k), compare_all(query, k)));
  }
}

TEST_P(Search, KeepsToTheRangeOfDistances) {
  const Bytes query = source_.next();
  const std::vector<Neighbor> all = compare_all(query, GetParam().rows);
  for (const std::size_t from : {0u, 17u, 4000u}) {
    DistanceRange range;
    range.at_least(reported(all[from].distance), true);
    range.at_most(reported(all[from + 200].distance), false);
    std::vector<Neighbor> expected;
    for (const Neighbor& row : all) {
      if (range.contains(reported(row.distance)) && expected.size() < 50) expected.push_back(row);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(ask(query, 50, range), expected)) << from;
  }
}

TEST_P(Search, StopsWhenAsked) {
  const Bytes query = source_.next();
  for (const std::size_t count : {1u, 2u}) {
    set_threads(count);
    for (int checks = 0; checks < 30; ++checks) {
      int left = checks;
      EXPECT_THROW(search(*store_, column_, {0, {column_.type, column_.dimensions, query}, 100000},
                          [&] {
                            if (left-- == 0) throw std::runtime_error("interrupted");
                          }),
                   std::runtime_error);
    }
  }
}

/// Sorting all rows takes longer than reading them.
TEST_P(Search, AsksWhetherToGoOnWhileItSorts) {
  const Bytes query = source_.next();
  const std::size_t rows = GetParam().rows;
  const auto search_all = [&](const Check& check) {
    return search(*store_, column_, {0, {column_.type, column_.dimensions, query}, rows}, check);
  };
  set_threads(1);  // otherwise the number of checks depends on which thread is faster
  std::size_t few = 0;
  std::size_t all = 0;
  ask_counting(query, 1, few);
  ask_counting(query, rows, all);
  const auto comparisons = static_cast<double>(rows) * std::log2(static_cast<double>(rows));
  EXPECT_GE(static_cast<double>(all - few), comparisons / 2 / StepCheck::kStepsBetween);
  for (std::size_t part = 0; part <= 10; ++part) {
    std::size_t left = (all - 1) * part / 10;
    EXPECT_THROW(search_all([&] {
                   if (left-- == 0) throw std::runtime_error("interrupted");
                 }),
                 std::runtime_error);
  }
}

INSTANTIATE_TEST_SUITE_P(Vec, Search, ::testing::ValuesIn(kCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace edgepack::vec
