// Headers that a connection keeps, against everything that changes a table without telling it. The
// column is of int8: a query reads nothing but headers and what is in memory.

#include "vec/block_directory.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "sqlite/committed_state.h"
#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using Lines = std::vector<std::string>;

constexpr const char* kFind = "SELECT rowid FROM t WHERE v MATCH vec_int8('[0,0]') AND k = 9";

std::string insert(int rowid, const std::string& schema = "main") {
  return "INSERT INTO " + schema + ".t(rowid, v) VALUES (" + std::to_string(rowid) +
         ", vec_int8('[1," + std::to_string(rowid) + "]'))";
}

class DirectoryOfBlocks : public ::testing::TestWithParam<const char*> {
 protected:
  DirectoryOfBlocks()
      : folder_(std::filesystem::temp_directory_path() /
                ("edgepack_directory_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~DirectoryOfBlocks() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// A file with a table of row 1, in the journal mode of the test.
  void create(const std::string& name) const {
    Database database(register_vec, path(name));
    database.rows(std::string("PRAGMA journal_mode = ") + GetParam());
    database.rows("CREATE VIRTUAL TABLE t USING vec0(v int8[2])");
    database.rows(insert(1));
  }

  const std::filesystem::path folder_;
};

INSTANTIATE_TEST_SUITE_P(JournalModes, DirectoryOfBlocks, ::testing::Values("WAL", "DELETE"));

TEST_P(DirectoryOfBlocks, IsKeptUntilACommit) {
  create("a.db");
  Database database(register_vec, path("a.db"));
  Database other(register_vec, path("a.db"));
  const TableName name{database, "main", "t"};
  const char* const column = "v int8[2]";
  const Definition definition = parse_definition("t", {&column, 1});
  BlockTable blocks(name, definition);
  BlockDirectories directories(name, blocks);
  EXPECT_NE(directories.all(), directories.all()) << "nothing is known outside of a transaction";
  const auto read = [&] {
    database.rows("BEGIN; SELECT * FROM t_info");
    auto directory = directories.all();
    EXPECT_EQ(directories.all(), directory);
    database.rows("COMMIT");
    return directory;
  };
  const auto first = read();
  EXPECT_EQ(read(), first);
  database.rows("BEGIN IMMEDIATE");
  EXPECT_NE(directories.all(), first) << "a transaction that may have written";
  database.rows(insert(2) + "; ROLLBACK");
  EXPECT_EQ(read(), first);
  database.rows(insert(2));
  const auto second = read();
  EXPECT_NE(second, first);
  other.rows(insert(3));
  EXPECT_NE(read(), second);
}

TEST_P(DirectoryOfBlocks, OwnChanges) {
  create("a.db");
  Database database(register_vec, path("a.db"));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  database.rows("BEGIN");
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  database.rows(insert(2));
  EXPECT_EQ(database.rows(kFind), Lines({"1", "2"}));
  database.rows("SAVEPOINT s; DELETE FROM t WHERE rowid = 1; " + insert(3));
  EXPECT_EQ(database.rows(kFind), Lines({"2", "3"}));
  database.rows("ROLLBACK TO s");
  EXPECT_EQ(database.rows(kFind), Lines({"1", "2"}));
  database.rows("RELEASE s; ROLLBACK");
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  database.rows("SAVEPOINT s; " + insert(4));
  EXPECT_EQ(database.rows(kFind), Lines({"1", "4"}));
  database.rows("RELEASE s");
  EXPECT_EQ(database.rows(kFind), Lines({"1", "4"}));
  database.rows("VACUUM");
  EXPECT_EQ(database.rows(kFind), Lines({"1", "4"}));
  // A reader that stands on a row while the transaction ends.
  sqlite::Statement open(database, "SELECT key FROM t_info");
  open.step();
  database.rows("BEGIN; " + insert(5));
  EXPECT_EQ(database.rows(kFind), Lines({"1", "4", "5"}));
  database.rows("COMMIT");
  EXPECT_EQ(database.rows(kFind), Lines({"1", "4", "5"}));
}

TEST_P(DirectoryOfBlocks, ChangesOfOthers) {
  create("a.db");
  Database database(register_vec, path("a.db"));
  Database other(register_vec, path("a.db"));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  other.rows(insert(2));
  EXPECT_EQ(database.rows(kFind), Lines({"1", "2"}));
  other.rows("BEGIN; " + insert(3));
  EXPECT_EQ(database.rows(kFind), Lines({"1", "2"}));
  other.rows("ROLLBACK; UPDATE t SET v = vec_int8('[-9,9]') WHERE rowid = 1");
  EXPECT_EQ(database.rows(kFind), Lines({"2", "1"}));
  if (std::string(GetParam()) != "WAL") return;
  database.rows("BEGIN");
  EXPECT_EQ(database.rows(kFind), Lines({"2", "1"}));
  other.rows("DELETE FROM t WHERE rowid = 2");
  EXPECT_EQ(database.rows(kFind), Lines({"2", "1"}));
  database.rows("COMMIT");
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
}

TEST_P(DirectoryOfBlocks, TablesOfTheSameNameInTwoFiles) {
  create("a.db");
  create("b.db");
  Database database(register_vec, path("a.db"));
  database.rows("ATTACH '" + path("b.db") + "' AS b");
  const std::string find_b = "SELECT rowid FROM b.t WHERE v MATCH vec_int8('[0,0]') AND k = 9";
  for (int row = 2; row < 6; ++row) {
    const std::string schema = row % 2 == 0 ? "main" : "b";
    EXPECT_EQ(database.rows(kFind).size(), static_cast<std::size_t>(row + 1) / 2);
    EXPECT_EQ(database.rows(find_b).size(), static_cast<std::size_t>(row) / 2);
    // A transaction that writes one of the files, and may or may not be taken back.
    database.rows("BEGIN; " + insert(row + 10, schema));
    EXPECT_EQ(database.rows(kFind).size() + database.rows(find_b).size(),
              static_cast<std::size_t>(row) + 1);
    database.rows("ROLLBACK; " + insert(row, schema));
  }
  database.rows("DETACH b; ATTACH '" + path("a.db") + "' AS b");
  EXPECT_EQ(database.rows(find_b), database.rows(kFind));
}

TEST_P(DirectoryOfBlocks, ABackupIntoTheFile) {
  create("a.db");
  create("b.db");
  Database database(register_vec, path("a.db"));
  Database source(register_vec, path("b.db"));
  source.rows(insert(7));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  sqlite3_backup* const backup = sqlite3_backup_init(database, "main", source, "main");
  ASSERT_NE(backup, nullptr);
  EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
  EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
  EXPECT_EQ(database.rows(kFind), Lines({"1", "7"}));
}

TEST_P(DirectoryOfBlocks, AnotherConnectionOfTheSharedCacheThatHasNotCommitted) {
  create("a.db");
  const std::string shared = "file:" + path("a.db") + "?cache=shared";
  Database database(register_vec, shared);
  database.rows("PRAGMA read_uncommitted = 1");
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  Database other(register_vec, shared);
  other.rows("BEGIN; " + insert(2));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  EXPECT_EQ(other.rows(kFind), Lines({"1", "2"}));  // writes the open block
  EXPECT_EQ(database.rows(kFind), Lines({"1", "2"}));
  other.rows("ROLLBACK");
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
}

TEST_P(DirectoryOfBlocks, AFileWhoseHeadersWereDeleted) {
  create("a.db");
  Database database(register_vec, path("a.db"));
  EXPECT_EQ(database.rows(kFind), Lines({"1"}));
  database.rows("DELETE FROM t_blocks");
  EXPECT_NE(database.error(kFind), "");
}

TEST(CommittedState, IsUnknownInMemory) {
  Database database(register_vec);
  database.rows("CREATE TABLE t(x); CREATE TEMP TABLE u(x); BEGIN; SELECT * FROM main.t, u");
  EXPECT_EQ(sqlite::committed_state(database, "main"), std::nullopt);
  EXPECT_EQ(sqlite::committed_state(database, "temp"), std::nullopt);
  EXPECT_EQ(sqlite::committed_state(database, "none"), std::nullopt);
}

}  // namespace
}  // namespace edgepack::vec
