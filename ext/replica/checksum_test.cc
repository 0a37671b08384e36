#include "replica/checksum.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "replica/wal_format.h"

namespace edgepack::replica {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::uint64_t database(std::size_t page_size, std::string_view fills, std::uint32_t first = 1) {
  DatabaseChecksum checksum;
  for (const char fill : fills) checksum.toggle(first++, bytes(std::string(page_size, fill)));
  return checksum.value();
}

TEST(Crc64, CheckValueOfGoIso) { EXPECT_EQ(crc64(bytes("123456789")), 0xb90956c775a41001u); }

TEST(Crc64, ContinuesAtEveryOffset) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i * 37);
  const std::uint64_t whole = crc64(bytes(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view view = text;
    EXPECT_EQ(crc64(bytes(view.substr(cut)), crc64(bytes(view.substr(0, cut)))), whole) << cut;
  }
}

TEST(Crc64, LongAndShortPiecesAgree) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * i * 31 + i / 7);
  const std::string_view view = text;
  for (std::size_t size = 0; size <= text.size(); size += size < 700 ? 1 : 613) {
    // 100 bytes at a time are too few for the processor's own multiplication.
    std::uint64_t expected = 0;
    for (std::size_t at = 0; at < size; at += 100) {
      expected = crc64(bytes(view.substr(at, std::min<std::size_t>(100, size - at))), expected);
    }
    EXPECT_EQ(crc64(bytes(view.substr(0, size))), expected) << size;
  }
}

// What other implementations of LTX compute for the same pages.
TEST(DatabaseChecksum, KnownDatabases) {
  EXPECT_EQ(database(512, "1"), 0xeb1a999231044dddu);
  EXPECT_EQ(database(1024, "23"), 0xe1899b6d587aaaaau);
  EXPECT_EQ(database(512, "23"), 0x8b87423eeeeeeeeeu);
  EXPECT_EQ(database(1024, "\x81\x82\x83"), 0x8a249272ad9f7deau);
  EXPECT_EQ(database(512, "\x01\x02\x03"), 0xefffffffecd99000u);
  EXPECT_EQ(database(512, ""), kChecksumFlag);
}

TEST(DatabaseChecksum, LeavesOutTheLockPage) {
  const std::string page(4096, 'x');
  DatabaseChecksum checksum;
  for (std::uint32_t number = 1; number <= 262155; ++number) {
    if (number != lock_page(4096)) checksum.toggle(number, bytes(page));
  }
  EXPECT_EQ(checksum.value(), 0xc19b668c376662c7u);
}

TEST(DatabaseChecksum, AnUpdateEqualsANewSum) {
  DatabaseChecksum checksum(database(512, "abc"));
  checksum.toggle(2, bytes(std::string(512, 'b')));
  checksum.toggle(2, bytes(std::string(512, 'x')));
  EXPECT_EQ(checksum.value(), database(512, "axc"));
}

TEST(WalFormat, LockPage) {
  EXPECT_EQ(lock_page(4096), 262145u);
  EXPECT_EQ(lock_page(512), 2097153u);
  EXPECT_EQ(lock_page(65536), 16385u);
}

TEST(WalChecksum, BothByteOrders) {
  const std::string words("\x00\x00\x00\x01\x00\x00\x00\x02", 8);
  EXPECT_EQ(wal_checksum(bytes(words), {3, 4}, true), (WalChecksum{3 + 1 + 4, 4 + 2 + 8}));
  const std::string swapped("\x01\x00\x00\x00\x02\x00\x00\x00", 8);
  EXPECT_EQ(wal_checksum(bytes(swapped), {3, 4}, false), (WalChecksum{8, 14}));
}

}  // namespace
}  // namespace edgepack::replica
