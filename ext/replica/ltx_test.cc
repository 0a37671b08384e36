#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <random>

#include "replica/checksum.h"
#include "replica/ltx_merge.h"
#include "replica/ltx_reader.h"
#include "replica/ltx_writer.h"
#include "replica/testing/pair.h"
#include "replica/wal_format.h"

namespace edgepack::replica::testing {
namespace {

using Pages = std::map<std::uint32_t, std::string>;

struct Content {
  LtxHeader header;
  Pages pages;
  LtxTrailer trailer;
};

/// Reads from `bytes`, `piece` bytes at a time.
LtxReader reader_of(const std::string& bytes, std::size_t piece = 1 << 20) {
  return {"test", "file", [&bytes, piece, at = std::size_t{0}](std::span<std::byte> to) mutable {
            const std::size_t count = std::min({piece, to.size(), bytes.size() - at});
            std::memcpy(to.data(), bytes.data() + at, count);
            at += count;
            return count;
          }};
}

template <class Reader>
Pages pages_of(Reader& reader) {
  Pages pages;
  std::string bytes(reader.header().page_size, '\0');
  std::uint32_t page = 0;
  while (reader.next(page, std::as_writable_bytes(std::span(bytes)))) {
    EXPECT_TRUE(pages.emplace(page, bytes).second);
  }
  return pages;
}

Content read(const std::string& bytes, std::size_t piece = 1 << 20) {
  LtxReader reader = reader_of(bytes, piece);
  Content content;
  content.header = reader.header();
  content.pages = pages_of(reader);
  content.trailer = reader.trailer();
  EXPECT_EQ(reader.offset(), bytes.size());
  return content;
}

std::string error_of(const std::string& bytes) {
  try {
    read(bytes);
    return {};
  } catch (const sqlite::Error& error) {
    return error.what();
  }
}

std::string write(const LtxHeader& header, const Pages& pages, std::uint64_t post_checksum) {
  std::string bytes;
  LtxWriter writer(header, [&bytes](std::span<const std::byte> more) {
    bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
  });
  for (const auto& [page, content] : pages) writer.add(page, std::as_bytes(std::span(content)));
  writer.finish(post_checksum);
  EXPECT_EQ(writer.size(), bytes.size());
  return bytes;
}

std::uint64_t checksum_of(const Pages& pages) {
  DatabaseChecksum sum;
  for (const auto& [page, content] : pages) sum.toggle(page, std::as_bytes(std::span(content)));
  return sum.value();
}

std::string fixture(const std::string& name) {
  return read_whole(EDGEPACK_LTX_FIXTURES "/" + name + ".ltx");
}

/// What the fixtures hold (testing/ltx/README.md).
std::string fixture_page(std::uint32_t number) {
  std::string page(512, static_cast<char>(number));
  std::uint32_t state = number;
  for (std::size_t i = 256; i < 384; ++i) {
    state = state * 1664525 + 1013904223;
    page[i] = static_cast<char>(state >> 24);
  }
  return page;
}

class Variants : public ::testing::TestWithParam<const char*> {};

TEST_P(Variants, AreRead) {
  const bool tracked = std::string(GetParam()) != "v3-untracked";
  for (const bool is_snapshot : {true, false}) {
    Pages expected;
    for (const std::uint32_t page : is_snapshot ? std::vector<std::uint32_t>{1, 2, 3, 4, 5}
                                                : std::vector<std::uint32_t>{2, 5}) {
      expected[page] = fixture_page(page);
    }
    const std::string bytes =
        fixture(GetParam() + std::string(is_snapshot ? "-snapshot" : "-changes"));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
      const Content content = read(bytes, piece);
      EXPECT_EQ(content.header.page_size, 512u);
      EXPECT_EQ(content.header.commit, 5u);
      EXPECT_EQ(content.header.min_txid, is_snapshot ? 1u : 4u);
      EXPECT_EQ(content.header.max_txid, 7u);
      EXPECT_EQ(content.header.timestamp, 1700000000123);
      EXPECT_EQ(content.header.pre_checksum, is_snapshot || !tracked ? 0 : kChecksumFlag | 0x1234);
      EXPECT_EQ(content.pages, expected);
      EXPECT_EQ(content.trailer.post_checksum, tracked ? checksum_of(expected) : 0);
    }
  }
}

TEST_P(Variants, AreRefusedWhenBrokenOff) {
  for (const char* kind : {"-snapshot", "-changes"}) {
    const std::string bytes = fixture(std::string(GetParam()) + kind);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(error_of(bytes.substr(0, size)), "") << size;
    }
    EXPECT_NE(error_of(bytes + 'x'), "");
  }
}

// Another packing of the same pages is no damage; anything else must be noticed.
TEST_P(Variants, AreRefusedWhenDamaged) {
  const std::string bytes = fixture(GetParam() + std::string("-changes"));
  const Content right = read(bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      try {
        const Content content = read(damaged);
        EXPECT_EQ(content.pages, right.pages) << at;
        EXPECT_EQ(content.header, right.header) << at;
        EXPECT_EQ(content.trailer, right.trailer) << at;
      } catch (const sqlite::Error&) {
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ltx, Variants,
                         ::testing::Values("v1-raw", "v1-lz4", "v2", "v3-frame", "v3-block",
                                           "v3-untracked"));

TEST(Ltx, WritesWhatTheReferenceWrites) {
  for (const char* kind : {"-snapshot", "-changes"}) {
    const std::string reference = fixture(std::string("v3-block") + kind);
    const Content content = read(reference);
    const std::string ours = write(content.header, content.pages, content.trailer.post_checksum);
    const Content again = read(ours);
    EXPECT_EQ(again.header, content.header);
    EXPECT_EQ(again.pages, content.pages);
    EXPECT_EQ(again.trailer.post_checksum, content.trailer.post_checksum);
  }
}

/// A history of a database: pages at each state, and the file from each state to the next.
struct History {
  explicit History(std::uint32_t page_size) : size(page_size) {}

  std::string random_page() {
    std::string page(size, static_cast<char>(random()));
    for (std::size_t i = 0; i < random() % size; ++i) page[i] = static_cast<char>(random());
    return page;
  }
  void step() {
    const std::uint64_t before = checksum_of(state);
    LtxHeader header{.page_size = size,
                     .min_txid = txid + 1,
                     .max_txid = txid + 1 + random() % 3,
                     .timestamp = static_cast<std::int64_t>(txid),
                     .pre_checksum = txid == 0 ? 0 : before};
    const auto old_count = static_cast<std::uint32_t>(state.size());
    header.commit = 1 + static_cast<std::uint32_t>(random() % 40);
    while (state.size() > header.commit) state.erase(std::prev(state.end()));
    Pages changed;
    for (std::uint32_t page = 1; page <= header.commit; ++page) {
      if (page > old_count || random() % 4 == 0) changed[page] = state[page] = random_page();
    }
    txid = header.max_txid;
    files.push_back(write(header, changed, checksum_of(state)));
  }

  std::uint32_t size;
  Pages state;
  std::uint64_t txid = 0;
  std::vector<std::string> files;
  std::mt19937 random{7};
};

TEST(Ltx, MergesToTheNewestPages) {
  for (const std::uint32_t size : {512u, 4096u, 65536u}) {
    History history(size);
    for (int i = 0; i < 20; ++i) history.step();
    LtxMerge::Streams readers;
    for (const std::string& file : history.files)
      readers.push_back(std::make_unique<LtxReader>(reader_of(file)));
    LtxMerge merge(std::move(readers));
    EXPECT_TRUE(merge.header().is_snapshot());
    EXPECT_EQ(merge.header().max_txid, history.txid);
    EXPECT_EQ(pages_of(merge), history.state);
    EXPECT_EQ(merge.post_checksum(), checksum_of(history.state));
  }
}

TEST(Ltx, PackedPagesAreTakenAsTheyAre) {
  History history(4096);
  for (int i = 0; i < 6; ++i) history.step();
  LtxMerge::Streams readers;
  for (const std::string& file : history.files)
    readers.push_back(std::make_unique<LtxReader>(reader_of(file)));
  LtxMerge merge(std::move(readers));
  std::string bytes;
  LtxWriter writer(merge.header(), [&bytes](std::span<const std::byte> more) {
    bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
  });
  std::vector<std::byte> page(4096);
  for (std::uint32_t number = 0; merge.next(number, page);) {
    EXPECT_FALSE(merge.block().empty());
    writer.add(number, page, merge.block());
  }
  writer.finish(merge.post_checksum());
  EXPECT_TRUE(bytes == write(merge.header(), history.state, merge.post_checksum()));
}

TEST(Ltx, MergesFilesThatOverlap) {
  History history(512);
  for (int i = 0; i < 6; ++i) history.step();
  const auto merged = [&history](std::size_t first, std::size_t last) {
    LtxMerge::Streams readers;
    for (std::size_t i = first; i <= last; ++i)
      readers.push_back(std::make_unique<LtxReader>(reader_of(history.files[i])));
    LtxMerge merge(std::move(readers));
    const Pages pages = pages_of(merge);
    return write(merge.header(), pages, merge.post_checksum());
  };
  const std::string early = merged(0, 3);
  const std::string late = merged(2, 5);
  LtxMerge::Streams readers;
  readers.push_back(std::make_unique<LtxReader>(reader_of(early)));
  readers.push_back(std::make_unique<LtxReader>(reader_of(late)));
  LtxMerge merge(std::move(readers));
  EXPECT_EQ(pages_of(merge), history.state);
}

TEST(Ltx, RefusesToMergeAcrossAGap) {
  History history(512);
  for (int i = 0; i < 3; ++i) history.step();
  LtxMerge::Streams readers;
  readers.push_back(std::make_unique<LtxReader>(reader_of(history.files[0])));
  readers.push_back(std::make_unique<LtxReader>(reader_of(history.files[2])));
  EXPECT_THROW(LtxMerge merge(std::move(readers)), sqlite::Error);
}

TEST(Ltx, RefusesWhatNoDatabaseHas) {
  const LtxHeader header{.page_size = 512,
                         .commit = 3,
                         .min_txid = 5,
                         .max_txid = 6,
                         .pre_checksum = kChecksumFlag | 1};
  const std::uint64_t post = kChecksumFlag | 2;
  const std::string page(512, 'x');
  EXPECT_EQ(error_of(write(header, {{1, page}, {3, page}}, post)), "");
  EXPECT_NE(error_of(write(header, {{4, page}}, post)), "");
  LtxHeader snapshot = header;
  snapshot.min_txid = 1;
  snapshot.pre_checksum = 0;
  EXPECT_NE(error_of(write(snapshot, {{1, page}, {3, page}}, post)), "");
  EXPECT_NE(error_of(write(snapshot, {{1, page}, {2, page}}, post)), "");
  LtxHeader large = header;
  large.page_size = 65536;
  large.commit = 100000;
  EXPECT_NE(error_of(write(large, {{lock_page(65536), std::string(65536, 'x')}}, post)), "");
  std::string encrypted = write(header, {{1, page}}, post);
  encrypted[3] = '4';
  EXPECT_EQ(error_of(encrypted), "test: file: encrypted LTX files (version 4) cannot be read");
}

// The second reader is the reference's own; scripts/test builds it where there is a Go for it.
TEST(Ltx, IsReadByTheReference) {
  const char* const peer = std::getenv("EDGEPACK_LTX_PEER");
  if (peer == nullptr) GTEST_SKIP() << "EDGEPACK_LTX_PEER names no program";
  TemporaryFolder folder;
  for (const std::uint32_t size : {512u, 4096u, 65536u}) {
    History history(size);
    for (int i = 0; i < 10; ++i) {
      history.step();
      const std::string path = folder / "file.ltx";
      write_whole(path, history.files.back());
      FILE* const output = ::popen((std::string(peer) + " " + path).c_str(), "r");
      std::string text(65536, '\0');
      text.resize(std::fread(text.data(), 1, text.size(), output));
      ASSERT_EQ(::pclose(output), 0);
      const Content content = read(history.files.back());
      std::array<char, 100> last;
      std::snprintf(last.data(), last.size(), "trailer %016llx %016llx\n",
                    static_cast<unsigned long long>(content.trailer.post_checksum),
                    static_cast<unsigned long long>(content.trailer.file_checksum));
      EXPECT_TRUE(text.ends_with(last.data())) << text;
      EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
                content.pages.size() + 2);
    }
  }
}

}  // namespace
}  // namespace edgepack::replica::testing
