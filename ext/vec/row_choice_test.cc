// Statements without MATCH whose conditions are answered on the blocks, against the same statements
// in which SQLite alone decides: a unary plus hides a column from xBestIndex.

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;

constexpr int kRows = 3000;

class RowChoice : public ::testing::TestWithParam<const char*> {
 protected:
  RowChoice() : database_(register_vec) {
    database_.rows(std::string("CREATE VIRTUAL TABLE t USING vec0(") + GetParam() +
                   "f float[4], i integer, r float, s text, b boolean, +n integer)");
    database_.rows(
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < " +
        std::to_string(kRows) + ") INSERT INTO t(rowid, f, i, r, s, b, n" +
        (has_partitions() ? ", p" : "") +
        ") SELECT x * 7 % 30011, vec_f32(json_array(x, 1, 2, 3)), iif(x % 19, x % 97 - 40, NULL), "
        "iif(x % 23, x % 31 / 4.0, NULL), iif(x % 29, 'text ' || (x % 50), NULL), x % 61 = 0, x" +
        (has_partitions() ? ", x % 5" : "") + " FROM c");
  }

  bool has_partitions() const { return *GetParam() != '\0'; }

  /// A condition; `hide` is put in front of each column.
  std::string condition(std::mt19937& random, const std::string& hide) const {
    const std::string number = std::to_string(static_cast<int>(random() % 110) - 50);
    const std::string text = "'text " + std::to_string(random() % 60) + "'";
    const char* const operators[] = {"=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT"};
    const std::string compared = operators[random() % 8];
    switch (random() % (has_partitions() ? 10 : 9)) {
      case 0:
        return hide + "i " + compared + " " + number;
      case 1:
        return hide + "i IN (" + number + ", 3, -7, NULL)";
      case 2:
        return hide + "i BETWEEN " + number + " AND " + number + " + 9";
      case 3:
        return hide + "r " + compared + " " + number + " / 8.0";
      case 4:
        return hide + "s " + compared + " " + text;
      case 5:
        return hide + "s IN (" + text + ", 'text 1')";
      case 6:
        return hide + "s LIKE 'TEXT _" + std::to_string(random() % 10) + "'";
      case 7:
        return hide + "b = " + std::to_string(random() % 2);
      case 8:
        return hide + (random() % 2 == 0 ? "i IS NULL" : "s IS NOT NULL");
      default:
        return hide + "p = " + std::to_string(random() % 6);
    }
  }

  /// Two conditions, the same in both forms.
  std::pair<std::string, std::string> conditions(std::mt19937& random) const {
    std::pair<std::string, std::string> both;
    std::mt19937 again = random;
    both.first = condition(random, "") + " AND " + condition(random, "");
    both.second = condition(again, "+") + " AND " + condition(again, "+");
    return both;
  }

  Database database_;
};

INSTANTIATE_TEST_SUITE_P(Tables, RowChoice, ::testing::Values("", "p integer partition key, "));

TEST_P(RowChoice, ReadsTheSameRows) {
  std::mt19937 random(1);
  std::size_t found = 0;
  for (int round = 0; round < 300; ++round) {
    const auto [chosen, hidden] = conditions(random);
    const std::string select = "SELECT rowid, i, r, s, b, n FROM t WHERE ";
    const auto rows = database_.rows(select + chosen);
    ASSERT_EQ(rows, database_.rows(select + hidden)) << chosen;
    const std::string by_rowid = select + chosen + " ORDER BY rowid";
    ASSERT_EQ(database_.rows(by_rowid), rows) << chosen;
    found += rows.empty() ? 0 : 1;
  }
  EXPECT_GT(found, 50u);
}

TEST_P(RowChoice, LeavesMatchAlone) {
  const std::string nearest = "SELECT rowid FROM t WHERE f MATCH '[9,1,2,3]' AND ";
  const std::string expected = "SELECT rowid FROM t WHERE ";
  const std::string either = "(i = 3 OR s IS NULL)";
  const std::string order = " ORDER BY vec_distance_l2(f, '[9,1,2,3]'), rowid LIMIT 5";
  EXPECT_EQ(database_.rows(nearest + either + " ORDER BY distance LIMIT 5"),
            database_.rows(expected + either + order));
  EXPECT_EQ(database_.rows(nearest + either + " LIMIT 5"),
            database_.rows(expected + either + order));
  EXPECT_EQ(database_.rows(nearest + "k = 3000 AND " + either + " LIMIT 5"),
            database_.rows(expected + either + order));
}

TEST_P(RowChoice, ChangesAndDeletesTheSameRows) {
  std::mt19937 random(2);
  const auto left_after = [&](const std::string& sql) {
    database_.rows("SAVEPOINT s; " + sql);
    auto rows = database_.rows("SELECT rowid, i, r, s, b, n FROM t ORDER BY +rowid");
    EXPECT_EQ(database_.row("SELECT vec_check('t')"), "'ok'");
    database_.rows("ROLLBACK TO s; RELEASE s");
    return rows;
  };
  for (int round = 0; round < 12; ++round) {
    const auto [chosen, hidden] = conditions(random);
    ASSERT_EQ(left_after("DELETE FROM t WHERE " + chosen),
              left_after("DELETE FROM t WHERE " + hidden));
    // Changes of what the condition looks at.
    const std::string update = "UPDATE t SET i = i + 1, s = s || '!' WHERE ";
    ASSERT_EQ(left_after(update + chosen), left_after(update + hidden)) << chosen;
  }
}

TEST_P(RowChoice, InAJoinWithATableOfConditions) {
  // A plus would take the type away, by which SQLite converts what is compared.
  database_.rows(
      "CREATE TABLE o(i INTEGER, r REAL, s TEXT, n INTEGER); "
      "INSERT INTO o SELECT i, r, s, n FROM t; CREATE TABLE wanted(x, y); "
      "INSERT INTO wanted VALUES (3, 'text 7'), (-9, NULL), (NULL, 'text 1'), ('3', 5)");
  for (const char* const condition :
       {"i = x", "s = y", "i = x OR s = y", "i > x AND s < y", "r < x AND i = 4", "i IN (x, 5)"}) {
    const auto answer = [&](const std::string& table) {
      return database_.rows("SELECT count(*), sum(n) FROM wanted, " + table + " WHERE " +
                            condition);
    };
    EXPECT_EQ(answer("t"), answer("o")) << condition;
  }
}

}  // namespace
}  // namespace edgepack::vec
