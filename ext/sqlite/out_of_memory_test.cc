// Every allocation of SQLite fails in turn: each call ends with an error or succeeds, and gives
// back all that it took. A program of its own, because the allocator is set before SQLite is first
// used.

#include "sqlite/testing/out_of_memory.h"

#include <gtest/gtest.h>

#include "sqlite/function.h"
#include "sqlite/statement.h"
#include "sqlite/table.h"
#include "sqlite/testing/database.h"
#include "sqlite/testing/host.h"

namespace edgepack::sqlite {
namespace {

void join(Context& context, Arguments arguments) {
  context.set_text(std::string(arguments[0].text()) + std::string(arguments[1].text()));
}
constexpr Function kFunctions[] = {{"join_texts", 2, kPure, join}};

TEST(OutOfMemory, RegistrationAndCallsFailCleanly) {
  testing::Database database;
  sqlite3_exec(database, "CREATE TABLE t(a, b)", nullptr, nullptr, nullptr);
  const long long before = testing::bytes_in_use();
  const int failures = testing::fail_each_allocation([] {
    testing::Database fresh([](sqlite3* opened) { register_functions(opened, kFunctions); });
    Statement statement(fresh, "SELECT join_texts(?1, 'b')");
    const std::string wide(5000, 'a');
    statement.bind(1, wide);
    statement.step();
    EXPECT_EQ(statement.column_text(0).size(), wide.size() + 1);
  });
  EXPECT_GT(failures, 20);
  EXPECT_EQ(testing::bytes_in_use(), before) << "a failed call kept memory";
}

TEST(OutOfMemory, BlobsAndStatementsFailCleanly) {
  testing::Database database;
  execute(database, "CREATE TABLE t(b); INSERT INTO t VALUES(zeroblob(20000))", {});
  const int failures = testing::fail_each_allocation([&database] {
    Blob blob(database, "main", "t", "b", 1, Blob::Mode::kWrite);
    const std::string text = format("%Q", "quoted");
    blob.write(std::as_bytes(std::span(text.data(), text.size())), 10000);
    Statement statement(database, "UPDATE t SET b = b WHERE b IS ?1");
    statement.bind(1, text).run();
  });
  EXPECT_GT(failures, 5);
  EXPECT_EQ(database.row("PRAGMA integrity_check"), "'ok'");
}

}  // namespace
}  // namespace edgepack::sqlite

int main(int count, char** arguments) {
  edgepack::testing::install_failing_allocator();
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
