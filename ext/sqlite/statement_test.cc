#include "sqlite/statement.h"

#include <array>
#include <gtest/gtest.h>

#include "sqlite/function.h"
#include "sqlite/interrupt.h"
#include "sqlite/testing/database.h"

namespace edgepack::sqlite {
namespace {

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Statement, BindsAndReadsEveryType) {
  testing::Database database;
  Statement statement(database, "SELECT ?1, ?2, ?3, ?4, ?5, ?6");
  const std::array bytes = {std::byte{0}, std::byte{255}};
  statement.bind(1, sqlite3_int64{1} << 40).bind(2, 1.5).bind(3, "text");
  statement.bind(4, std::span<const std::byte>(bytes)).bind(5, nullptr);
  statement.bind(6, std::string_view());
  ASSERT_TRUE(statement.step());
  EXPECT_EQ(statement.column_integer(0), sqlite3_int64{1} << 40);
  EXPECT_EQ(statement.column_real(1), 1.5);
  EXPECT_EQ(statement.column_text(2), "text");
  ASSERT_EQ(statement.column_blob(3).size(), 2U);
  EXPECT_EQ(statement.column_blob(3)[1], std::byte{255});
  EXPECT_EQ(statement.column_type(4), SQLITE_NULL);
  EXPECT_EQ(statement.column_type(5), SQLITE_TEXT) << "an empty text is not NULL";
  EXPECT_FALSE(statement.step());
}

TEST(Statement, EmptyBlobStaysABlob) {
  testing::Database database;
  Statement statement(database, "SELECT typeof(?1)");
  statement.bind(1, std::span<const std::byte>());
  ASSERT_TRUE(statement.step());
  EXPECT_EQ(statement.column_text(0), "blob");
}

TEST(Statement, CanBeRunAgainAfterAFailure) {
  testing::Database database;
  execute(database, "CREATE TABLE t(a PRIMARY KEY)", {});
  Statement insert(database, "INSERT INTO t VALUES(?1)");
  insert.bind(1, 1).run();
  EXPECT_EQ(message_of([&] { insert.bind(1, 1).run(); }), "UNIQUE constraint failed: t.a");
  insert.bind(1, 2).run();
  EXPECT_EQ(database.row("SELECT count(*) FROM t"), "2");
}

TEST(Statement, MovesItsHandle) {
  testing::Database database;
  Statement first(database, "SELECT 1");
  Statement second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): the moved-from state is what is tested
  ASSERT_TRUE(second.step());
  first = std::move(second);
  EXPECT_EQ(first.column_integer(0), 1);
}

TEST(Statement, SaysWhatIsWrong) {
  testing::Database database;
  EXPECT_EQ(message_of([&] { Statement(database, "SELEC 1"); }),
            "prepare: near \"SELEC\": syntax error");
  EXPECT_EQ(message_of([&] { Statement(database, "SELECT 1").bind(2, 1); }),
            "bind: column index out of range");
}

TEST(Reset, EndsTheReadTransactionOfAStatementThatStandsOnARow) {
  testing::Database database;
  execute(database, "CREATE TABLE t(a); INSERT INTO t VALUES(1),(2)", {});
  Statement statement(database, "SELECT a FROM t");
  {
    const Reset reset(statement);
    ASSERT_TRUE(statement.step());
    EXPECT_TRUE(sqlite3_stmt_busy(statement.get()));
  }
  EXPECT_FALSE(sqlite3_stmt_busy(statement.get()));
  EXPECT_NE(message_of([&] {
              const Reset reset(statement);
              ASSERT_TRUE(statement.step());
              throw Error({.operation = "stopped on the way"});
            }),
            "");
  EXPECT_FALSE(sqlite3_stmt_busy(statement.get()));
}

TEST(OwnedValue, OutlivesTheStatementThatGaveIt) {
  testing::Database database;
  Statement statement(database, "SELECT 'text that is long enough to be allocated', x'00ff', 1.5");
  ASSERT_TRUE(statement.step());
  OwnedValue text(statement.column_value(0));
  OwnedValue blob(statement.column_value(1));
  OwnedValue real(statement.column_value(2));
  statement = Statement();
  EXPECT_EQ(text.value().text(), "text that is long enough to be allocated");
  ASSERT_EQ(blob.value().blob().size(), 2U);
  EXPECT_EQ(blob.value().blob()[1], std::byte{255});
  EXPECT_EQ(real.value().real(), 1.5);
  OwnedValue moved(std::move(text));
  real = std::move(moved);
  EXPECT_EQ(real.value().type(), SQLITE_TEXT);
}

TEST(Format, QuotesAsSqliteDoes) {
  testing::Database database;
  EXPECT_EQ(format("SELECT \"%w\", %Q, %Q", "a\"b", "it's", nullptr),
            "SELECT \"a\"\"b\", 'it''s', NULL");
}

class BlobTest : public ::testing::Test {
 protected:
  void SetUp() override {
    execute(database_, "CREATE TABLE t(b); INSERT INTO t VALUES(x'00010203'),(x'0a0b')", {});
  }
  testing::Database database_;
};

TEST_F(BlobTest, ReadsAndWritesInPlace) {
  Blob blob(database_, "main", "t", "b", 1, Blob::Mode::kWrite);
  EXPECT_EQ(blob.size(), 4U);
  const std::array replacement = {std::byte{0xee}, std::byte{0xff}};
  blob.write(replacement, 1);
  std::array<std::byte, 4> bytes{};
  blob.read(bytes, 0);
  EXPECT_EQ(bytes[1], std::byte{0xee});
  blob.reopen(2);
  EXPECT_EQ(blob.size(), 2U);
  blob = Blob();
  EXPECT_EQ(database_.rows("SELECT b FROM t"),
            (std::vector<std::string>{"X'00EEFF03'", "X'0A0B'"}));
}

TEST_F(BlobTest, RefusesToLeaveTheBlob) {
  Blob blob(database_, "main", "t", "b", 2, Blob::Mode::kWrite);
  std::array<std::byte, 3> bytes{};
  EXPECT_NE(message_of([&] { blob.read(bytes, 0); }), "");
  EXPECT_NE(message_of([&] { blob.write(bytes, 1); }), "");
  EXPECT_NE(message_of([&] { blob.reopen(99); }), "");
}

TEST_F(BlobTest, NoticesThatTheRowChangedUnderneath) {
  Blob blob(database_, "main", "t", "b", 1, Blob::Mode::kRead);
  execute(database_, "UPDATE t SET b = x'ffffffff' WHERE rowid = 1", {});
  std::array<std::byte, 1> byte{};
  EXPECT_NE(message_of([&] { blob.read(byte, 0); }), "");
}

void wait_for_interrupt(Context& context, Arguments) {
  Interrupt interrupt(context.database());
  sqlite3_interrupt(context.database());
  interrupt.check();
  context.set_text("not noticed");
}
void check_without_interrupt(Context& context, Arguments) {
  Interrupt interrupt(context.database());
  for (int i = 0; i < 3; ++i) interrupt.check();
  context.set_text("goes on");
}
constexpr Function kInterrupted[] = {
    {"wait_for_interrupt", 0, SQLITE_UTF8, wait_for_interrupt},
    {"check_without_interrupt", 0, SQLITE_UTF8, check_without_interrupt}};

TEST(Interrupt, IsNoticedInsideARunningFunction) {
  testing::Database database([](sqlite3* opened) { register_functions(opened, kInterrupted); });
  EXPECT_EQ(database.row("SELECT check_without_interrupt()"), "'goes on'");
  EXPECT_EQ(database.error("SELECT wait_for_interrupt()"), "interrupted");
  EXPECT_EQ(sqlite3_errcode(database), SQLITE_INTERRUPT);
  EXPECT_EQ(database.row("SELECT check_without_interrupt()"), "'goes on'");
}

}  // namespace
}  // namespace edgepack::sqlite
