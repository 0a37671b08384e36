// What is kept between calls, and what is given back.

#include <gtest/gtest.h>

#include "json/json.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

TEST(Session, CallsOfOneRowAndOfMixedRowsAgree) {
  testing::Database database(register_json);
  // Equal lengths, beginnings, middles and ends; only the digit differs, and rows repeat.
  database.rows(R"(CREATE TABLE t(d);
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
    INSERT INTO t SELECT '{"head":"................","v":' || (i / 3 % 10) || ',"middle":"................................","tail":0}' FROM n;
    INSERT INTO t VALUES ('{'), ('{"v":1'), ('[1]'))");
  EXPECT_EQ(database.row("SELECT count(*), sum(fjson_extract(d,'$.v')), "
                         "sum(fjson_extract(d,'$.v')*0 + fjson_value(d,'v') IS d ->> 'v') "
                         "FROM t WHERE d LIKE '%tail%'"),
            "300|1350|300");
  EXPECT_EQ(database.row("SELECT sum(fjson_value(a.d,'v') + fjson_value(b.d,'v') + "
                         "fjson_value(a.d,'v')) FROM t a, t b "
                         "WHERE a.rowid <= 30 AND b.rowid <= 30"),
            database.row("SELECT sum((a.d ->> 'v') + (b.d ->> 'v') + (a.d ->> 'v')) FROM t a, t b "
                         "WHERE a.rowid <= 30 AND b.rowid <= 30"));
  EXPECT_EQ(database.error("SELECT fjson_extract(d,'$.v'), fjson_extract(d,'$.v') FROM t"),
            "malformed JSON");
}

TEST(Session, DocumentsFromOneBufferAreTold) {
  // SQLite reuses the buffer of a bound parameter; the second text is as long as the first.
  testing::Database database(register_json);
  sqlite::Statement statement(database, "SELECT fjson_value(?1,'$.a'), fjson_value(?1,'$.a')");
  char text[] = R"({"a":1,"padding":"..................................."})";
  for (char digit = '0'; digit <= '9'; ++digit) {
    text[5] = digit;
    statement.bind(1, std::string_view(text));
    ASSERT_TRUE(statement.step());
    EXPECT_EQ(statement.column_integer(0), digit - '0');
    EXPECT_EQ(statement.column_integer(1), digit - '0');
    statement.reset();
  }
}

TEST(Session, PathsThatChangeFromRowToRow) {
  testing::Database database(register_json);
  EXPECT_EQ(database.row(R"(SELECT group_concat(fjson_value('{"a":1,"b":[2,3]}', column1), ';') FROM
                            (VALUES ('$.a'), ('$.b[1]'), ('$.c'), ('b'), (NULL), ('$')))"),
            R"('1;3;[2,3];{"a":1,"b":[2,3]}')");
}

TEST(Session, GiantDocumentsAreSharedInARow) {
  testing::Database database(register_json);
  database.rows(
      "CREATE TABLE t(d); INSERT INTO t SELECT '[' || replace(hex(zeroblob(1500000)), '00', '1,') "
      "|| '7]'");
  EXPECT_EQ(
      database.row(
          "SELECT fjson_value(d,'$[#-1]'), fjson_value(d,'$[0]'), fjson_array_length(d) FROM t"),
      "7|1|1500001");
  EXPECT_EQ(database.row("SELECT fjson_value('[5]', 0)"), "5");
}

TEST(Session, AGiantDocumentIsLeftWhenInterrupted) {
  // What stands behind the call in the row is not reached, so it was the call that stopped.
  testing::Database database(register_json);
  static bool reached;
  sqlite3_create_function_v2(
      database, "stop_now", 0, SQLITE_UTF8, nullptr,
      [](sqlite3_context* context, int, sqlite3_value**) {
        sqlite3_interrupt(sqlite3_context_db_handle(context));
      },
      nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(
      database, "reach", 0, SQLITE_UTF8, nullptr,
      [](sqlite3_context*, int, sqlite3_value**) { reached = true; }, nullptr, nullptr, nullptr);
  database.rows(
      "CREATE TABLE t(d); INSERT INTO t SELECT '[' || replace(hex(zeroblob(1500000)), '00', '1,') "
      "|| '7]'");
  for (const char* call :
       {"fjson_valid(d)", "fjson_value(d,'$[#-1]')", "fjson_extract(d,'$','$[0]')",
        "jsonpath_count(d,'$[*]')", "json_pointer(d,'/9')"}) {
    reached = false;
    const std::string sql = std::string("SELECT stop_now(), ") + call + ", reach() FROM t";
    EXPECT_NE(database.error(sql), "") << call;
    EXPECT_FALSE(reached) << call;
  }
  EXPECT_EQ(database.row("SELECT fjson_value(d,'$[#-1]') FROM t"), "7");
}

TEST(Session, TheHostsLimitHolds) {
  testing::Database database(register_json);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, 1000);
  // 600 bytes of document make 1200 bytes of answer, once decided here and once by the host.
  const std::string document = "'[\"' || replace(hex(zeroblob(150)),'0','xx') || '\"]'";
  EXPECT_EQ(database.error("SELECT fjson_extract(" + document + ",'$','$')"),
            "string or blob too big");
  EXPECT_EQ(database.error("SELECT fjson_extract(" + document + ",'$','$','$[\"')"),
            database.error("SELECT json_extract(" + document + ",'$','$','$[\"')"));
}

}  // namespace
}  // namespace edgepack::json
