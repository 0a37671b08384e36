#include "replica/position_file.h"

#include <filesystem>
#include <gtest/gtest.h>

#include "replica/testing/pair.h"
#include "sqlite/error.h"

namespace edgepack::replica::testing {
namespace {

WalMark mark(std::uint32_t seed) {
  return {.salt = {seed, seed + 1}, .frame = seed + 2, .checksum = {seed + 3, seed + 4}};
}

Record sample() {
  Record record;
  record.page_size = 65536;
  record.before = {.known = true,
                   .position = {Position::Kind::kWal, mark(1)},
                   .page_count = 77,
                   .checksum = ~std::uint64_t{0},
                   .schema_offset = 0x80000001,
                   .mark = mark(0xfffffff0)};
  record.after = {.known = true,
                  .position = Position::of(TransactionMark{1, 2, ~std::uint64_t{0}}),
                  .page_count = 1,
                  .checksum = 5,
                  .schema_offset = 0,
                  .mark = mark(9)};
  record.newest = Position::of(FileMark{1, 2, 3, true});
  record.counters = {1, 2, 3, 4, ~std::uint64_t{0}, 6, 7};
  record.lag_ms = 12;
  record.access = {"/run/token", "/etc/ca.pem"};
  record.contact_ms = 1700000000000;
  record.change_ms = -1;
  record.error_ms = 3;
  record.source = "file:/a/b.db";
  record.error = std::string(kMaxError, 'e');
  return record;
}

TEST(PositionFile, EncodesAndDecodes) {
  EXPECT_EQ(decode(encode(sample())), sample());
  EXPECT_EQ(decode(encode(Record{})), Record{});
  Record longest = sample();
  longest.source = std::string(kMaxSource, 's');
  longest.access = {std::string(kMaxAccess - 1, 't'), "c"};
  longest.durable = true;
  longest.burst.fill(std::byte{7});
  EXPECT_EQ(decode(encode(longest)), longest);
}

TEST(PositionFile, RefusesEveryFlippedBitAndEveryLength) {
  const Slot good = encode(sample());
  for (std::size_t at = 0; at < kSlotSize; ++at) {
    Slot bad = good;
    bad[at] ^= std::byte{static_cast<unsigned char>(1u << (at % 8))};
    EXPECT_FALSE(decode(bad)) << at;
  }
  for (std::size_t size = 0; size < kSlotSize; size += 97) {
    EXPECT_FALSE(decode(std::span(good).first(size))) << size;
  }
}

TEST(PositionFile, NeverWritesOverTheNewestDurableRecord) {
  const Database host;  // binds SQLite, whose VFS opens the file
  const TemporaryFolder folder;
  const std::string path = folder / "r.db";
  PositionFile file(path);
  EXPECT_FALSE(file.exists());
  EXPECT_FALSE(file.damaged());
  file.write(sample(), PositionFile::Durable::kYes);
  for (int i = 0; i < 3; ++i) {
    PositionFile(path).write(sample(), PositionFile::Durable::kNo);
    const PositionFile read(path);
    EXPECT_FALSE(read.record()->durable);
    EXPECT_FALSE(read.may_be_behind());
    EXPECT_EQ(read.record()->sequence, static_cast<std::uint64_t>(i) + 2);
    const std::string bytes = read_whole(read.path());
    const auto first = decode(std::as_bytes(std::span(bytes)).first(kSlotSize));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->sequence, 1u);
    EXPECT_TRUE(first->durable);
  }
  PositionFile(path).write(sample(), PositionFile::Durable::kYes);
  PositionFile(path).write(sample(), PositionFile::Durable::kNo);
  const PositionFile read(path);
  EXPECT_EQ(read.record()->sequence, 6u);
  EXPECT_EQ(read.previous()->sequence, 5u);
  EXPECT_TRUE(read.previous()->durable);
}

TEST(PositionFile, KnowsThatTheMachineStartedAnew) {
  const Database host;  // binds SQLite, whose VFS opens the file
  const TemporaryFolder folder;
  const std::string path = folder / "r.db";
  const BootId now = boot_id();
  ASSERT_NE(now, BootId{});
  Record burst = sample();
  burst.burst = now;
  PositionFile(path).write(burst, PositionFile::Durable::kYes);
  EXPECT_FALSE(PositionFile(path).may_be_behind());
  BootId next = now;
  next[3] ^= std::byte{1};
  pretend_boot(next);
  EXPECT_TRUE(PositionFile(path).may_be_behind());
  PositionFile(path).write(sample(), PositionFile::Durable::kNo);  // no burst
  EXPECT_FALSE(PositionFile(path).may_be_behind());
  pretend_boot(now);
}

TEST(PositionFile, ATornWriteLeavesTheRecordBefore) {
  const Database host;  // binds SQLite, whose VFS opens the file
  const TemporaryFolder folder;
  const std::string path = folder / "r.db";
  PositionFile file(path);
  file.write(sample(), PositionFile::Durable::kYes);
  file.write(sample(), PositionFile::Durable::kYes);
  std::string bytes = read_whole(file.path());
  ASSERT_EQ(bytes.size(), 2 * kSlotSize);
  for (const std::size_t torn : {std::size_t{1}, std::size_t{512}, kSlotSize - 1}) {
    write_whole(file.path(), bytes.substr(0, kSlotSize + torn));
    const PositionFile read(path);
    EXPECT_TRUE(read.damaged());
    EXPECT_EQ(read.record()->sequence, 1u);
  }
}

// It stays open between writes, but what counts is the file that the path leads to.
TEST(PositionFile, FollowsItsPath) {
  const Database host;  // binds SQLite, whose VFS opens the file
  const TemporaryFolder folder;
  PositionFile file(folder / "r.db");
  const auto write_another = [&](const std::string& source) {
    const std::string another = folder / "other.db";
    Record record = sample();
    record.source = source;
    PositionFile(another).write(record, PositionFile::Durable::kYes);
    std::filesystem::rename(another + "-replica", file.path());
  };
  for (int i = 0; i < 3; ++i) file.write(sample(), PositionFile::Durable::kNo);

  write_another("file:/another.db");
  file.refresh();
  EXPECT_EQ(file.record()->source, "file:/another.db");
  EXPECT_EQ(file.record()->sequence, 1u);
  file.write(sample(), PositionFile::Durable::kYes);
  EXPECT_EQ(PositionFile(folder / "r.db").record()->sequence, 2u);

  write_another("file:/third.db");
  file.write(sample(), PositionFile::Durable::kYes);
  EXPECT_EQ(PositionFile(folder / "r.db").record()->sequence, 3u);

  std::filesystem::remove(file.path());
  file.refresh();
  EXPECT_FALSE(file.exists());
  file.write(sample(), PositionFile::Durable::kYes);
  EXPECT_EQ(PositionFile(folder / "r.db").record()->sequence, 1u);

  std::filesystem::resize_file(file.path(), 0);
  file.refresh();
  EXPECT_FALSE(file.exists());
}

TEST(PositionFile, SaysWhyItCannotBeWritten) {
  const Database host;  // binds SQLite, whose VFS opens the file
  const TemporaryFolder folder;
  const std::string path = folder / "no" + "/r.db";
  try {
    PositionFile(path).write(sample(), PositionFile::Durable::kYes);
    FAIL();
  } catch (const sqlite::Error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot use the position file: No such file"),
              std::string::npos)
        << error.what();
  }
}

// Whatever happens to the file's bytes, the next sync ends at the primary's state.
TEST(PositionFile, EveryDamagedByteStillLeadsToTheSameReplica) {
  Pair pair;
  pair.primary->rows("INSERT INTO t(a) VALUES (1), (2)");
  pair.sync();
  pair.primary->rows("INSERT INTO t(a) VALUES (3)");
  pair.sync();
  const std::string position = pair.replica_path + "-replica";
  const std::string source = "'file:" + pair.primary_path + "'";
  int rounds = 0;
  for (std::size_t at = 0; at < 2 * kSlotSize; at += 13) {
    std::string bytes = read_whole(position);
    ASSERT_EQ(bytes.size(), 2 * kSlotSize);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    write_whole(position, bytes);
    if (++rounds % 7 == 0)
      pair.primary->rows("INSERT INTO t(a) VALUES (" + std::to_string(at) + ")");
    EXPECT_EQ(pair.replica->error("SELECT replica_sync(" + source + ")"), "") << at;
    ASSERT_EQ(pair.replica->rows("SELECT * FROM t"), pair.primary->rows("SELECT * FROM t")) << at;
  }
  pair.expect_identical();
}

TEST(PositionFile, BothSlotsDamagedForgetsTheSource) {
  Pair pair;
  pair.sync();
  write_whole(pair.replica_path + "-replica", std::string(2 * kSlotSize, 'x'));
  EXPECT_NE(pair.replica->error("SELECT replica_sync()").find("its position file is damaged"),
            std::string::npos);
  EXPECT_EQ(pair.replica->row("SELECT json_extract(replica_status(), '$.state')"), "'incomplete'");
  pair.primary->rows("INSERT INTO t(a) VALUES (1)");
  pair.replica->rows("SELECT replica_sync('file:" + pair.primary_path + "')");
  pair.expect_sound();
  pair.expect_identical();
}

}  // namespace
}  // namespace edgepack::replica::testing
