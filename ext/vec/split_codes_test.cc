// Codes whose lower halves lie apart: when they come to be, that they follow every write and every
// rollback, and that damage to either half is noticed.

#include <gtest/gtest.h>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/block_cache.h"
#include "vec/format.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

constexpr std::size_t kDimensions = 64;

/// A vector around one of a few centers, as an SQL expression.
std::string vector(std::mt19937& random) {
  const auto center = static_cast<int>(random() % 3);
  std::string text = "vec_f32('[";
  for (std::size_t i = 0; i < kDimensions; ++i) {
    const double element = center * 5 + static_cast<double>(random() % 1000) / 500;
    text += (i == 0 ? "" : ",") + std::to_string(element);
  }
  return text + "]')";
}

/// `wide` makes blocks of eight rows.
class SplitCodes : public ::testing::Test {
 protected:
  SplitCodes() : database_(register_vec), random_(11) {
    database_.rows(
        "CREATE VIRTUAL TABLE t USING vec0(f float[64], l float[64] distance_metric=l1, "
        "wide int8[16384])");
  }
  void TearDown() override { BlockCache::of_process().set_budget(BlockCache::kDefaultBudget); }

  void insert(sqlite3_int64 rowid) {
    const std::string value = vector(random_);
    database_.rows("INSERT OR REPLACE INTO t(rowid, f, l, wide) VALUES (" + std::to_string(rowid) +
                   ", " + value + ", " + value + ", vec_int8(zeroblob(16384)))");
  }
  void insert(sqlite3_int64 first, sqlite3_int64 last) {
    for (sqlite3_int64 rowid = first; rowid <= last; ++rowid) insert(rowid);
  }

  std::vector<std::string> nearest(const std::string& query, int k) {
    return database_.rows("SELECT rowid FROM t WHERE f MATCH " + query +
                          " AND k = " + std::to_string(k));
  }
  /// Without the codes.
  std::vector<std::string> truth(const std::string& query, int k) {
    return database_.rows("SELECT rowid FROM t ORDER BY vec_distance_l2(f, " + query +
                          "), rowid LIMIT " + std::to_string(k));
  }
  /// Asks twice, so that blocks are once new and once known.
  void expect_right_answers() {
    for (const int k : {1, 3, 40}) {
      const std::string query = vector(random_);
      const auto expected = truth(query, k);
      EXPECT_EQ(nearest(query, k), expected);
      EXPECT_EQ(nearest(query, k), expected);
    }
    EXPECT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
  }

  /// vec_check writes the open blocks first.
  std::string lower_halves() {
    EXPECT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
    return database_.row("SELECT count(*) FROM t_codes WHERE code % 32 >= 16");
  }

  Database database_;
  std::mt19937 random_;
};

TEST_F(SplitCodes, AreMadeWhenABlockIsFull) {
  insert(1, 7);
  EXPECT_EQ(lower_halves(), "0");
  expect_right_answers();
  database_.rows("BEGIN");
  insert(8);
  EXPECT_EQ(lower_halves(), "1");
  expect_right_answers();
  database_.rows("ROLLBACK");
  EXPECT_EQ(lower_halves(), "0");
  expect_right_answers();
  insert(8, 23);
  // Those of `l` have no coarse codes, `wide` no codes at all.
  EXPECT_EQ(
      database_.row("SELECT group_concat(DISTINCT code % 32) FROM t_codes WHERE code % 32 >= 16"),
      "'16'");
  EXPECT_EQ(lower_halves(), "2");
  expect_right_answers();
  database_.rows("DELETE FROM t WHERE rowid <= 8");
  EXPECT_EQ(lower_halves(), "1");
  expect_right_answers();
}

TEST_F(SplitCodes, StaySoWhenRowsComeAndGo) {
  insert(1, 8);
  database_.rows("DELETE FROM t WHERE rowid IN (2, 5, 6)");
  EXPECT_EQ(lower_halves(), "1");
  expect_right_answers();
  insert(9, 11);
  EXPECT_EQ(database_.row("SELECT count(*) FROM t_blocks"), "1");
  EXPECT_EQ(lower_halves(), "1");
  expect_right_answers();
  database_.rows("UPDATE t SET f = " + vector(random_) + " WHERE rowid = 10");
  expect_right_answers();
  database_.rows("ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t");
  expect_right_answers();
  insert(12, 40);
  database_.rows("DELETE FROM t WHERE rowid % 3 = 0; INSERT INTO t(t) VALUES ('optimize')");
  expect_right_answers();
}

TEST_F(SplitCodes, FollowRandomWritesAndRollbacks) {
  for (int run = 0; run < 40; ++run) {
    BlockCache::of_process().set_budget(run % 4 == 3 ? 0 : BlockCache::kDefaultBudget);
    database_.rows(run % 2 == 0 ? "BEGIN" : "SAVEPOINT s");
    for (auto left = random_() % 12; left > 0; --left) {
      const auto rowid = static_cast<sqlite3_int64>(random_() % 40 + 1);
      const std::string where = " WHERE rowid = " + std::to_string(rowid);
      switch (random_() % 4) {
        case 0:
          database_.rows("DELETE FROM t" + where);
          break;
        case 1:
          database_.rows("UPDATE t SET f = " + vector(random_) + where);
          break;
        default:
          insert(rowid);
      }
      if (random_() % 4 == 0) expect_right_answers();
    }
    if (run % 2 == 0) {
      database_.rows(random_() % 3 == 0 ? "ROLLBACK" : "COMMIT");
    } else {
      database_.rows(random_() % 3 == 0 ? "ROLLBACK TO s; RELEASE s" : "RELEASE s");
    }
    expect_right_answers();
  }
}

/// Runs a write with 0, 1, 2, ... steps allowed by `restrict` until it succeeds. Until then the
/// table stays as it was.
template <class Restrict>
void fail_at_each_step(Database& database, const std::string& sql, int stride,
                       Restrict&& restrict) {
  SCOPED_TRACE(sql);
  const auto contents = [&] {
    EXPECT_EQ(database.row("SELECT vec_check('t')"), "'ok'");
    return database.row("SELECT group_concat(rowid || hex(substr(f, 1, 8))) FROM t") +
           database.row("SELECT count(*) || ' ' || sum(length(slots)) FROM t_codes");
  };
  const std::string before = contents();
  database.rows("SAVEPOINT s");
  database.rows(sql);
  const std::string after = contents();
  database.rows("ROLLBACK TO s; RELEASE s");
  ASSERT_EQ(contents(), before);
  int failures = 0;
  for (int limit = 0;; limit += stride) {
    restrict(limit);
    const bool succeeded = database.error(sql).empty();
    restrict(1000000);
    ASSERT_EQ(database.row("SELECT vec_check('t')"), "'ok'") << limit;
    // SQLite may tell of an interrupt when all is done.
    if (succeeded || contents() == after) break;
    ++failures;
    ASSERT_EQ(contents(), before) << limit;
  }
  EXPECT_GT(failures, 0);
  EXPECT_EQ(contents(), after);
}

TEST_F(SplitCodes, FollowOrNotWhenAWriteFails) {
  const auto insert_sql = [this](int rowid) {
    const std::string value = vector(random_);
    return "INSERT INTO t(rowid, f, l, wide) VALUES (" + std::to_string(rowid) + ", " + value +
           ", " + value + ", vec_int8(zeroblob(16384)))";
  };
  static int steps;
  const auto interrupt = [this](int limit) {
    steps = limit;
    sqlite3_progress_handler(
        database_, 1, [](void*) { return steps-- > 0 ? 0 : 1; }, nullptr);
  };
  insert(1, 7);
  fail_at_each_step(database_, insert_sql(8), 5, interrupt);
  EXPECT_EQ(lower_halves(), "1");
  // Into and out of places of split codes.
  fail_at_each_step(database_, "DELETE FROM t WHERE rowid = 4", 5, interrupt);
  fail_at_each_step(database_, insert_sql(20), 5, interrupt);
  fail_at_each_step(database_, "UPDATE t SET f = " + vector(random_) + " WHERE rowid = 20", 5,
                    interrupt);
  EXPECT_EQ(database_.row("SELECT count(*) FROM t_blocks"), "1");
  expect_right_answers();
}

TEST_F(SplitCodes, AreNotMadeOnAFullDisk) {
  // A row of 16 pages, and blobs of many.
  const std::string insert =
      "INSERT INTO t(rowid, f) SELECT x, vec_f32(CAST(printf('%065536d', x) AS BLOB)) FROM c";
  database_.rows(
      "DROP TABLE t; CREATE VIRTUAL TABLE t USING vec0(f float[16384]);"
      "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 7)" +
      insert);
  const auto fill_disk = [this](int limit) {
    const int pages = std::stoi(database_.row("PRAGMA page_count")) -
                      std::stoi(database_.row("PRAGMA freelist_count"));
    database_.rows("VACUUM; PRAGMA max_page_count = " + std::to_string(pages + limit));
  };
  fail_at_each_step(database_, "WITH c(x) AS (VALUES (8)) " + insert, 1, fill_disk);
  EXPECT_EQ(lower_halves(), "1");
}

TEST_F(SplitCodes, NoticeEveryByteThatFlips) {
  insert(1, 8);
  BlockCache::of_process().set_budget(0);
  const std::string query = vector(random_);
  // Eight rows of one block: the lower halves are read.
  const auto expected = nearest(query, 8);
  for (const char* code : {"32", "48"}) {
    const std::string hex =
        database_.row(std::string("SELECT hex(slots) FROM t_codes WHERE code = ") + code).substr(1);
    const std::size_t bytes = (hex.size() - 1) / 2;
    EXPECT_EQ(bytes, 8 * (code == std::string("32") ? format::upper_slot_size(kDimensions)
                                                    : format::lower_slot_size(kDimensions)));
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      std::string changed = hex.substr(0, 2 * bytes);
      changed[2 * byte] = changed[2 * byte] == '0' ? '1' : '0';
      database_.rows("SAVEPOINT damage");
      database_.rows("UPDATE t_codes SET slots = x'" + changed + "' WHERE code = " + code);
      EXPECT_NE(database_.error("SELECT rowid FROM t WHERE f MATCH " + query + " AND k = 8")
                    .find("vec0: t: table is corrupt"),
                std::string::npos)
          << code << ", " << byte;
      EXPECT_NE(database_.row("SELECT vec_check('t')"), "'ok'");
      database_.rows("ROLLBACK TO damage; RELEASE damage");
    }
  }
  EXPECT_EQ(nearest(query, 8), expected);
}

TEST_F(SplitCodes, NoticeHalvesThatDoNotBelongTogether) {
  insert(1, 16);
  BlockCache::of_process().set_budget(0);
  const std::string query = vector(random_);
  database_.rows("CREATE TABLE old AS SELECT code, slots FROM t_codes");
  database_.rows("UPDATE t SET f = " + vector(random_) + " WHERE rowid = 3");
  const std::pair<const char*, const char*> kDamages[] = {
      {"DELETE FROM t_codes WHERE code = 48", "lower halves of codes are missing"},
      {"UPDATE t_codes SET slots = 1 WHERE code = 48", "lower halves of codes are missing"},
      {"UPDATE t_codes SET slots = x'' WHERE code = 48", "lower halves of codes of 0 bytes"},
      {"UPDATE t_codes SET slots = slots || x'00' WHERE code = 48", "lower halves of codes of"},
      {"UPDATE t_codes SET slots = (SELECT slots FROM old WHERE code = 48) WHERE code = 48",
       "position 2: the checksum of the lower half"},
      {"UPDATE t_codes SET slots = (SELECT slots FROM old WHERE code = 80) WHERE code = 48",
       "position 0: the checksum of the lower half"},
      {"UPDATE t_codes SET slots = x'' WHERE code = 32", "slots of 0 bytes"},
      {"DELETE FROM t_codes WHERE code = 32", "codes are missing"},
  };
  for (const auto& [damage, message] : kDamages) {
    database_.rows("SAVEPOINT damage");
    database_.rows(damage);
    const std::string error =
        database_.error("SELECT rowid FROM t WHERE f MATCH " + query + " AND k = 16");
    EXPECT_NE(error.find("vec0: t: table is corrupt"), std::string::npos) << damage << error;
    EXPECT_NE(error.find(message), std::string::npos) << damage << ": " << error;
    EXPECT_NE(database_.row("SELECT vec_check('t')").find(message), std::string::npos) << damage;
    database_.rows("ROLLBACK TO damage; RELEASE damage");
  }
  // Nobody reads these but the check.
  database_.rows("INSERT INTO t_codes VALUES (49, x'00')");
  EXPECT_NE(
      database_.row("SELECT vec_check('t')").find("lower halves for code 33, which is not split"),
      std::string::npos);
  // The block that is damaged is not written to.
  database_.rows("DELETE FROM t_codes WHERE code IN (48, 49)");
  EXPECT_NE(database_.error("UPDATE t SET f = " + query + " WHERE rowid = 3"), "");
}

/// A block that fills up is checked before its codes are written anew under new checksums.
TEST_F(SplitCodes, AreNotMadeOfDamagedSlots) {
  insert(1, 7);
  database_.rows(
      "UPDATE t_codes SET slots = CAST(substr(slots, 1, 50) || x'77' || substr(slots, 52) AS BLOB) "
      "WHERE code = 32");
  const std::string value = vector(random_);
  EXPECT_NE(database_
                .error("INSERT INTO t(rowid, f, l, wide) VALUES (8, " + value + ", " + value +
                       ", vec_int8(zeroblob(16384)))")
                .find("table is corrupt: block 1: position 0"),
            std::string::npos);
  EXPECT_EQ(database_.row("SELECT count(*) FROM t"), "7");
}

}  // namespace
}  // namespace edgepack::vec
