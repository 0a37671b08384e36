#include "serve/testing/model.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

#include "replica/bytes.h"
#include "replica/checksum.h"

namespace edgepack::serve::testing {

std::uint64_t Model::checksum() const {
  replica::DatabaseChecksum sum;
  for (const auto& [page, bytes] : pages) sum.toggle(page, std::as_bytes(std::span(bytes)));
  return sum.value();
}

std::string Model::checksums() const {
  std::string sums(pages.empty() ? 0 : pages.rbegin()->first * std::size_t{8}, '\0');
  for (const auto& [page, bytes] : pages) {
    replica::write_be64(reinterpret_cast<std::byte*>(sums.data() + std::size_t{page - 1} * 8),
                        replica::page_checksum(page, std::as_bytes(std::span(bytes))));
  }
  return sums;
}

void Model::apply(replica::PageStream& changes, const Position& to) {
  const replica::LtxHeader header = changes.header();
  EXPECT_EQ(header.max_txid, to.txid);
  if (header.is_snapshot()) {
    pages.clear();
  } else if (header.min_txid != header.max_txid || position.log == to.log) {
    EXPECT_LE(header.min_txid, position.txid + 1);
    if (header.min_txid == position.txid + 1) {
      EXPECT_EQ(header.pre_checksum, position.checksum);
    }
  }
  std::string bytes(header.page_size, '\0');
  std::uint32_t page = 0;
  while (changes.next(page, std::as_writable_bytes(std::span(bytes)))) pages[page] = bytes;
  pages.erase(pages.upper_bound(header.commit), pages.end());
  EXPECT_EQ(changes.post_checksum(), to.checksum);
  ASSERT_EQ(checksum(), to.checksum);
  position = to;
}

void Model::apply(const std::string& bytes, const Position& to) {
  replica::LtxReader reader("test", "body",
                            [&bytes, at = std::size_t{0}](std::span<std::byte> space) mutable {
                              const std::size_t count = std::min(space.size(), bytes.size() - at);
                              std::memcpy(space.data(), bytes.data() + at, count);
                              at += count;
                              return count;
                            });
  apply(reader, to);
}

void Model::sync(Database& database) {
  database.follow();
  if (position.log == 0) {
    const Segment snapshot = database.snapshot();
    apply(*open_segment(snapshot),
          {database.info().position.log, snapshot.max(), snapshot.post_checksum});
  }
  for (int round = 0; round < 1000; ++round) {
    State newest;
    const Range range = database.changes(position, UINT64_MAX, newest);
    if (range.standing == Standing::kCurrent) return;
    ASSERT_EQ(range.standing, Standing::kBehind);
    const Segment& last = range.segments.back();
    LtxStream stream(range.segments, last.post_checksum);
    apply(bytes_of(stream), {newest.position.log, last.max(), last.post_checksum});
  }
  FAIL() << "it never becomes current";
}

std::string bytes_of(LtxStream& stream) {
  std::string bytes;
  while (stream.next(bytes)) {
  }
  return bytes;
}

}  // namespace edgepack::serve::testing
