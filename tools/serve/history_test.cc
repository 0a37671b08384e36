#include "serve/history.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <map>

#include "replica/checksum.h"
#include "replica/testing/pair.h"

namespace edgepack::serve::testing {
namespace {

constexpr std::uint32_t kPageSize = 512;

/// What may happen while a flush waits for the disk.
enum class Meanwhile { kNothing, kCommit, kComparison, kFlush, kNewLog };
constexpr Meanwhile kAll[] = {Meanwhile::kNothing, Meanwhile::kCommit, Meanwhile::kComparison,
                              Meanwhile::kFlush, Meanwhile::kNewLog};

/// A log, and the pages that its newest state is to have.
struct Log : ::testing::TestWithParam<std::tuple<Meanwhile, Meanwhile>> {
  Log() { change(Meanwhile::kNewLog); }

  void change(Meanwhile what) {
    switch (what) {
      case Meanwhile::kNothing:
        return;
      case Meanwhile::kFlush:
        history.flush();
        break;
      case Meanwhile::kNewLog:
        set({{1, next}, {2, next}, {3, next}, {4, next}});
        history.begin(state(), all(true));
        break;
      case Meanwhile::kCommit:
        set({{1, next}, {2 + static_cast<std::uint32_t>(next) % 3, next}});
        history.append(state(), changed(false));
        return;
      case Meanwhile::kComparison:
        set({{1, next}});
        history.append(state(), all(true));
        break;
    }
    durable = history.state().position;
  }
  void set(const std::map<std::uint32_t, int>& values) {
    ++next;
    last = values;
    for (const auto& [page, value] : values) {
      pages[page].assign(kPageSize, static_cast<std::byte>(value));
    }
  }
  State state() const {
    State state;
    if (history.begun()) state.position.txid = history.state().position.txid + 1;
    state.timestamp = next;
    state.page_size = kPageSize;
    state.page_count = static_cast<std::uint32_t>(pages.size());
    return state;
  }
  Pages all(bool compared) {
    last.clear();
    for (const auto& page : pages) last[page.first] = 0;
    return changed(compared);
  }
  Pages changed(bool compared) {
    return {.next =
                [this, at = last.begin()](std::uint32_t& page) mutable {
                  if (at == last.end()) return false;
                  page = at++->first;
                  return true;
                },
            .read = [this](std::uint32_t page,
                           auto bytes) { std::ranges::copy(pages[page], bytes.begin()); },
            .compared = compared};
  }
  using Content = std::map<std::uint32_t, std::vector<std::byte>>;
  /// What becomes of `from` by the changes.
  static Content apply(const std::vector<Segment>& segments, Content from) {
    replica::LtxMerge merge = open_merge(segments);
    std::vector<std::byte> bytes(kPageSize);
    for (std::uint32_t page = 0; merge.next(page, bytes);) from[page] = bytes;
    from.erase(from.upper_bound(merge.header().commit), from.end());
    return from;
  }
  /// The pages that the log makes of its newest state.
  static std::map<std::uint32_t, std::vector<std::byte>> read(History& log) {
    std::map<std::uint32_t, std::vector<std::byte>> found;
    replica::LtxMerge merge = open_merge(log.past(UINT64_MAX, INT64_MAX));
    std::vector<std::byte> bytes(kPageSize);
    for (std::uint32_t page = 0; merge.next(page, bytes);) found[page] = bytes;
    return found;
  }
  /// As a process finds it that starts after this one was killed.
  std::unique_ptr<History> restarted() {
    std::filesystem::remove_all(folder / "copy");
    std::filesystem::copy(folder / "log", folder / "copy",
                          std::filesystem::copy_options::recursive);
    return std::make_unique<History>(folder / "copy");
  }

  replica::testing::TemporaryFolder folder;
  History history{folder / "log"};
  std::map<std::uint32_t, std::vector<std::byte>> pages;
  std::map<std::uint32_t, int> last;
  Position durable;
  int next = 1;
};

TEST_P(Log, IsUsedWhileTheDiskIsAtWork) {
  change(Meanwhile::kCommit);
  change(Meanwhile::kCommit);
  const Position flushed = history.state().position;
  History::Flush flush = history.begin_flush();
  change(std::get<0>(GetParam()));
  history.write(flush);
  const bool is_overtaken = durable.log > flushed.log || durable.txid >= flushed.txid;
  if (!is_overtaken) durable = flushed;
  EXPECT_EQ(restarted()->state().position, durable);
  change(std::get<1>(GetParam()));
  EXPECT_EQ(restarted()->state().position, durable);
  history.end_flush(flush);
  EXPECT_EQ(restarted()->state().position, durable);
  EXPECT_EQ(read(history), pages);

  change(Meanwhile::kCommit);
  history.flush();
  EXPECT_FALSE(history.needs_flush());
  const auto again = restarted();
  ASSERT_TRUE(again->begun());
  EXPECT_EQ(again->state().position, history.state().position);
  EXPECT_EQ(read(*again), pages);
}

struct GrowingLog : Log {};

TEST_P(GrowingLog, ChangesBecomeOneAsLongAsNobodyIsHandedThem) {
  const Position start = history.state().position;
  const Content before = pages;
  for (int i = 0; i < 3; ++i) change(Meanwhile::kCommit);
  pages.erase(4);  // shrinks, and grows again
  set({{1, 70}});
  history.append(state(), changed(false));
  set({{1, 71}, {4, 72}, {5, 73}});
  history.append(state(), changed(false));
  Range range = history.changes(start, UINT64_MAX);
  ASSERT_EQ(range.segments.size(), 1);
  EXPECT_EQ(range.segments[0].min(), start.txid + 1);
  EXPECT_EQ(range.segments[0].max(), history.state().position.txid);
  EXPECT_EQ(apply(range.segments, before), pages);

  const Position handed = history.state().position;
  const Content there = pages;
  pages.erase(5);
  set({{1, 80}});
  history.append(state(), changed(false));
  change(Meanwhile::kCommit);
  EXPECT_EQ(apply(range.segments, before), there) << "what was handed out has changed";
  range = history.changes(start, UINT64_MAX);
  EXPECT_EQ(range.segments.size(), 2);
  EXPECT_EQ(apply(range.segments, before), pages);
  range = history.changes(handed, UINT64_MAX);
  ASSERT_EQ(range.segments.size(), 1);
  EXPECT_EQ(range.segments[0].header.pre_checksum, handed.checksum);
  EXPECT_EQ(apply(range.segments, there), pages);
  history.flush();
  EXPECT_EQ(read(*restarted()), pages);
}

TEST_P(GrowingLog, HasThePagesBackThatItHadBeforeItShrank) {
  set({{1, 50}, {4, 60}});
  history.append(state(), changed(false));
  const std::vector<std::byte> fourth = pages.extract(4).mapped();
  set({{1, 51}});
  history.append(state(), changed(false));
  History::Flush flush = history.begin_flush();
  // SQLite grows a file without writing to pages that it does not need yet.
  set({{1, 52}, {4, 0}});
  pages[4] = fourth;
  history.append(state(), changed(false));
  history.write(flush);
  history.end_flush(flush);
  set({{1, 53}, {4, 61}});
  history.append(state(), changed(false));
  replica::DatabaseChecksum sum;
  for (const auto& [page, bytes] : pages) sum.toggle(page, bytes);
  EXPECT_EQ(history.state().position.checksum, sum.value());
  history.flush();
  EXPECT_EQ(read(*restarted()), pages);
}

INSTANTIATE_TEST_SUITE_P(Once, GrowingLog,
                         ::testing::Values(std::tuple(Meanwhile::kNothing, Meanwhile::kNothing)));

INSTANTIATE_TEST_SUITE_P(Meanwhile, Log,
                         ::testing::Combine(::testing::ValuesIn(kAll), ::testing::ValuesIn(kAll)));

}  // namespace
}  // namespace edgepack::serve::testing
