// Damaged shadow tables: an error that names the table, or the right answer. Never a crash, never
// another answer.

#include <cstdlib>
#include <gtest/gtest.h>

#include "sqlite/testing/database.h"
#include "vec/block_cache.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Error;

/// Three kinds of columns, rows in two blocks each, some slots free.
void fill(Database& database) {
  database.rows(
      "CREATE VIRTUAL TABLE t USING vec0(f float[5], i int8[6] distance_metric=l1, b bit[16], +n "
      "text, year integer, genre text, rating float, seen boolean, tenant text partition key);"
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 12) "
      "INSERT INTO t(rowid, f, i, b, n, year, genre, rating, seen, tenant) SELECT x, "
      "vec_f32(json_array(x, x * x % 7, -x, 0.5, x % "
      "3)), "
      "vec_int8(json_array(x, -x, x * x % 100, 0, 1, x % 5)), "
      "vec_bit(CAST(char(33 + x, 64 + x) AS BLOB)), 'row ' || x, 1990 + x, "
      "substr('science fiction', 1, x), nullif(x / 2.0, 2), x % 2, iif(x < 10, 'a', NULL) FROM c;"
      "DELETE FROM t WHERE rowid IN (3, 7)");
}

const char* const kQueries[] = {
    "SELECT rowid, distance, n FROM t WHERE f MATCH '[1,2,3,4,5]' AND k = 4",
    "SELECT rowid, distance FROM t WHERE f MATCH '[1,2,3,4,5]'",
    "SELECT rowid, distance FROM t WHERE i MATCH vec_int8('[1,2,3,4,5,6]') AND k = 20",
    "SELECT rowid, distance FROM t WHERE b MATCH vec_bit(x'0ff0') AND k = 3",
    "SELECT rowid FROM t WHERE f MATCH '[1,2,3,4,5]' AND k = 4 AND year > 1992 AND genre LIKE 's%'",
    ("SELECT rowid FROM t WHERE i MATCH vec_int8('[1,2,3,4,5,6]') AND k = 4 AND tenant = 'a' "
     "AND rating IS NOT NULL"),
    "SELECT * FROM t",
    "SELECT f, i, b FROM t WHERE rowid = 5",
    "SELECT year, genre, rating, seen, tenant, n FROM t WHERE rowid = 5",
};

/// Each write is tried on its own and rolled back.
const char* const kWrites[] = {
    "DELETE FROM t WHERE rowid = 5",
    "DELETE FROM t",
    "UPDATE t SET f = '[1,1,1,1,1]' WHERE rowid = 5",
    "UPDATE t SET i = vec_int8('[1,1,1,1,1,1]'), n = 'new' WHERE rowid = 12",
    "UPDATE t SET genre = 'something longer than it was', year = NULL WHERE rowid = 5",
    "UPDATE t SET tenant = 'b' WHERE rowid = 5",
    ("INSERT INTO t(f, i, b, tenant) VALUES ('[1,1,1,1,1]', vec_int8('[1,1,1,1,1,1]'), "
     "vec_bit(x'ffff'), 'a')"),
    "INSERT OR REPLACE INTO t(rowid, f, i, b) SELECT 5, f, i, b FROM t WHERE rowid = 1",
};

std::string joined(const std::vector<std::string>& rows) {
  std::string all;
  for (const std::string& row : rows) all += row + "\n";
  return all;
}

/// With and without blocks in memory: those hide damage to slots from queries, and answer as
/// before.
class Damage : public ::testing::TestWithParam<std::size_t> {
 protected:
  Damage() : database_(register_vec) {
    BlockCache::of_process().set_budget(GetParam());
    fill(database_);
    for (const char* query : kQueries) truth_.push_back(joined(database_.rows(query)));
  }

  void TearDown() override { BlockCache::of_process().set_budget(BlockCache::kDefaultBudget); }

  /// Applies `damage` inside a transaction, reads and writes, and takes everything back.
  /// Answers how many statements noticed.
  int noticed_after(const std::string& damage, bool may_lose_rows = false) {
    SCOPED_TRACE(damage);
    int noticed = 0;
    database_.rows("BEGIN");
    database_.rows(damage);
    for (std::size_t i = 0; i < std::size(kQueries); ++i) {
      try {
        const std::string answer = joined(database_.rows(kQueries[i]));
        if (!may_lose_rows) {
          EXPECT_EQ(answer, truth_[i]) << kQueries[i];
        }
      } catch (const Error& error) {
        ++noticed;
        EXPECT_NE(std::string(error.what()).find("vec0: t: table is corrupt"), std::string::npos)
            << error.what();
        EXPECT_EQ(error.code(), SQLITE_CORRUPT_VTAB);
      }
    }
    for (const char* write : kWrites) {
      database_.rows("SAVEPOINT w");
      noticed += database_.error(write).empty() ? 0 : 1;
      database_.rows("ROLLBACK TO w; RELEASE w");
    }
    database_.rows("ROLLBACK");
    return noticed;
  }

  /// All values of `column`, as quote() writes them, with their rowids.
  std::vector<std::pair<std::string, std::string>> values(const std::string& table,
                                                          const std::string& column) {
    std::vector<std::pair<std::string, std::string>> found;
    sqlite::Statement read(database_, "SELECT rowid, hex(" + column + ") FROM " + table);
    while (read.step()) found.emplace_back(read.column_text(0), read.column_text(1));
    return found;
  }

  Database database_;
  std::vector<std::string> truth_;
};

struct BlobColumn {
  const char* table;
  const char* column;
};
constexpr BlobColumn kBlobs[] = {{"t_rows", "vector00"},
                                 {"t_blocks", "used"},
                                 {"t_blocks", "versions"},
                                 {"t_codes", "slots"},
                                 {"t_metadata", "content"}};

/// EDGEPACK_LONG_TESTS=1 damages every byte; otherwise it is every fifth, in each row another one,
/// so that every part of a row, a header and a slot has its turn.
TEST_P(Damage, OfEveryByteOfEveryBlob) {
  const std::size_t step = std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 5 : 1;
  std::size_t first = 0;
  int noticed = 0;
  for (const BlobColumn& blob : kBlobs) {
    for (const auto& [rowid, hex] : values(blob.table, blob.column)) {
      for (std::size_t byte = first++ % step; byte < hex.size() / 2; byte += step) {
        std::string changed = hex;
        changed[2 * byte + 1] = changed[2 * byte + 1] == '0' ? '1' : '0';
        noticed += noticed_after(std::string("UPDATE ") + blob.table + " SET " + blob.column +
                                 " = x'" + changed + "' WHERE rowid = " + rowid);
      }
    }
  }
  EXPECT_GT(noticed, 1000 / static_cast<int>(step));
}

TEST_P(Damage, OfLengthsAndTypes) {
  for (const BlobColumn& blob : kBlobs) {
    for (const auto& [rowid, hex] : values(blob.table, blob.column)) {
      for (const std::string& value :
           {std::string("x''"), std::string("''"), std::string("0"), std::string("1.5"),
            "x'" + hex.substr(2) + "'", "x'" + hex + "00'", std::string("zeroblob(100000)")}) {
        const int noticed = noticed_after(std::string("UPDATE ") + blob.table + " SET " +
                                          blob.column + " = " + value + " WHERE rowid = " + rowid);
        // A heap of text may be longer than it need be.
        if (std::string_view(blob.table) != "t_metadata") {
          EXPECT_GT(noticed, 0);
        }
      }
    }
  }
}

TEST_P(Damage, OfNumbers) {
  constexpr BlobColumn kNumbers[] = {
      {"t_rows", "checksum"},     {"t_rows", "vectors_checksum"},
      {"t_rows", "slot"},         {"t_rows", "metadata00"},
      {"t_rows", "metadata01"},   {"t_rows", "metadata02"},
      {"t_rows", "partition00"},  {"t_rows", "auxiliary00"},
      {"t_blocks", "list"},       {"t_blocks", "capacity"},
      {"t_blocks", "text_end"},   {"t_blocks", "has_free"},
      {"t_blocks", "checksum"},   {"t_lists", "checksum"},
      {"t_lists", "partition00"}, {"t_lists", "blocks"},
      {"t_info", "value"},
  };
  for (const BlobColumn& number : kNumbers) {
    for (const auto& [rowid, hex] : values(number.table, number.column)) {
      for (const char* value : {"%s + 1", "-1", "9223372036854775807", "-9223372036854775807 - 1",
                                "'text'", "x'00'", "1e300"}) {
        const std::string text(value);
        const std::string set = text == "%s + 1" ? number.column + std::string(" + 1") : text;
        // A number may be what it was, and what no query reads nobody notices.
        // A list that has other keys is not found by its own.
        const bool may_lose_rows = std::string_view(number.column) == "partition00";
        noticed_after(std::string("UPDATE ") + number.table + " SET " + number.column + " = " +
                          set + " WHERE rowid = " + rowid,
                      may_lose_rows);
      }
    }
  }
}

TEST_P(Damage, OfRowsThatAreGone) {
  EXPECT_GT(noticed_after("DELETE FROM t_codes"), 0);
  EXPECT_GT(noticed_after("DELETE FROM t_codes WHERE rowid = (SELECT max(rowid) FROM t_codes)"), 0);
  EXPECT_GT(noticed_after("DELETE FROM t_rows WHERE rowid = 1", true), 0);
  EXPECT_GT(noticed_after("DELETE FROM t_rows", true), 0);
  for (const char* which :
       {"", " WHERE block = 1", " WHERE block = (SELECT max(block) FROM t_blocks)"}) {
    EXPECT_GE(noticed_after(std::string("DELETE FROM t_blocks") + which), 5) << which;
  }
  EXPECT_GT(noticed_after("DELETE FROM t_metadata"), 0);
  EXPECT_GT(noticed_after("UPDATE t_codes SET code = 1000 - code"), 0);
  EXPECT_GT(
      noticed_after("UPDATE t_codes SET slots = (SELECT slots FROM t_codes WHERE rowid = 32)"), 0);
}

TEST_P(Damage, OfWholeTables) {
  for (const char* table : {"t_rows", "t_blocks", "t_codes", "t_metadata"}) {
    SCOPED_TRACE(table);
    database_.rows("BEGIN");
    database_.rows(std::string("DROP TABLE ") + table);
    for (const char* write : kWrites) {
      database_.rows("SAVEPOINT w");
      EXPECT_FALSE(database_.error(write).empty()) << write;
      database_.rows("ROLLBACK TO w; RELEASE w");
    }
    for (const char* query : kQueries) (void)database_.error(query);
    database_.rows("ROLLBACK");
  }
}

TEST_P(Damage, OfTheInfoTable) {
  const auto connect_error = [](const std::string& damage) {
    const std::string uri = "file:vec_info?mode=memory&cache=shared";
    Database keeper(register_vec, uri);
    keeper.rows("CREATE VIRTUAL TABLE t USING vec0(f float[2])");
    keeper.rows(damage);
    Database other(register_vec, uri);
    return other.error("SELECT * FROM t");
  };
  EXPECT_NE(connect_error("DELETE FROM t_info").find("does not say that vec0 made the table"),
            std::string::npos);
  EXPECT_NE(connect_error("DROP TABLE t_info").find("t_info is missing"), std::string::npos);
  EXPECT_NE(connect_error("UPDATE t_info SET value = 2 WHERE key = 'format_version'")
                .find("load a newer module"),
            std::string::npos);
  EXPECT_NE(connect_error("INSERT INTO t_info VALUES ('CREATE_VERSION', 'v0.1.9')")
                .find("made by sqlite-vec"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Cache, Damage, ::testing::Values(0, BlockCache::kDefaultBudget),
                         [](const auto& tested) { return tested.param == 0 ? "off" : "on"; });

}  // namespace
}  // namespace edgepack::vec
