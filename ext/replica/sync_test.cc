#include "replica/sync.h"

#include <gtest/gtest.h>

#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

std::string fill(const std::string& table, int from, int to, int size = 60) {
  return "INSERT INTO " + table + " WITH RECURSIVE n(i) AS (VALUES (" + std::to_string(from) +
         ") UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(to) +
         ") SELECT i, i * 7, randomblob(" + std::to_string(size) + ") FROM n";
}

TEST(Sync, FirstThenIncremental) {
  Pair pair;
  pair.primary->rows(fill("t", 1, 2000));
  EXPECT_EQ(pair.sync_field("state"), "'updated'");
  pair.expect_sound();
  pair.primary->rows("UPDATE t SET b = 'changed' WHERE id = 1000");
  const std::string answer = pair.sync();
  EXPECT_EQ(pair.replica->row("SELECT json_extract('" + answer +
                              "', '$.snapshot', '$.pages', "
                              "'$.transactions')"),
            "'[false,1,1]'")
      << answer;
  pair.expect_sound();
  EXPECT_EQ(pair.sync_field("state"), "'current'");
  pair.expect_identical();
}

struct Shape {
  const char* journal_mode;
  int page_size;
  const char* auto_vacuum;
};

class Shapes : public ::testing::TestWithParam<Shape> {};

TEST_P(Shapes, GrowthShrinkageAndSchema) {
  const Shape& shape = GetParam();
  Pair pair(shape.journal_mode, shape.page_size, shape.auto_vacuum);
  const auto step = [&](const std::string& sql) {
    SCOPED_TRACE(sql);
    pair.primary->rows(sql);
    EXPECT_EQ(pair.sync_field("state"), "'updated'");
    pair.expect_sound();
  };
  step(fill("t", 1, 300));
  step(fill("t", 301, 3000, 200));
  step("CREATE INDEX i ON t(a); CREATE TABLE u(id INTEGER PRIMARY KEY, a, b)");
  step(fill("u", 1, 3, 100000));
  step("DELETE FROM t WHERE id % 3 = 0");
  step("PRAGMA incremental_vacuum(20); DELETE FROM u");
  step("DROP TABLE u; DROP INDEX i");
  step("VACUUM");
  step("UPDATE t SET b = zeroblob(10)");
  step(fill("t", 4000, 6000));
  pair.expect_identical();
  step("DELETE FROM t");
  step("VACUUM");
  step(fill("t", 1, 10));
  pair.expect_identical();
}

INSTANTIATE_TEST_SUITE_P(All, Shapes,
                         ::testing::Values(Shape{"WAL", 512, "NONE"}, Shape{"WAL", 1024, "FULL"},
                                           Shape{"WAL", 4096, "INCREMENTAL"},
                                           Shape{"WAL", 65536, "NONE"}, Shape{"WAL", 32768, "FULL"},
                                           Shape{"DELETE", 512, "FULL"},
                                           Shape{"DELETE", 4096, "NONE"},
                                           Shape{"TRUNCATE", 8192, "INCREMENTAL"},
                                           Shape{"PERSIST", 65536, "NONE"}),
                         [](const auto& shape) {
                           return std::string(shape.param.journal_mode) +
                                  std::to_string(shape.param.page_size) + shape.param.auto_vacuum;
                         });

}  // namespace
}  // namespace edgepack::replica::testing
