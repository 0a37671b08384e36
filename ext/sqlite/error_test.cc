#include "sqlite/error.h"

#include <gtest/gtest.h>

#include "sqlite/testing/database.h"

namespace edgepack::sqlite {
namespace {

TEST(Error, JoinsThePartsThatAreThere) {
  EXPECT_STREQ(Error({.operation = "vec_f32",
                      .object = "argument 1",
                      .problem = "is NULL",
                      .hint = "pass a blob"})
                   .what(),
               "vec_f32: argument 1: is NULL; pass a blob");
  EXPECT_STREQ(Error({.operation = "interrupted"}, SQLITE_INTERRUPT).what(), "interrupted");
}

TEST(Error, KeepsTheDatabasesWordsAndCode) {
  testing::Database database;
  try {
    execute(database, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES(1),(1)",
            {.operation = "fill", .object = "t"});
    FAIL() << "the second row violates the constraint";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "fill: t: UNIQUE constraint failed: t.a");
    EXPECT_EQ(error.code(), SQLITE_CONSTRAINT_UNIQUE);
  }
}

}  // namespace
}  // namespace edgepack::sqlite
