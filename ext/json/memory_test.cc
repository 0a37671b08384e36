// Running out of memory at every allocation: SQLITE_NOMEM, no crash, no leak.

#include <gtest/gtest.h>

#include "json/json.h"
#include "json/override.h"
#include "sqlite/testing/allocator.h"
#include "sqlite/testing/database.h"
#include "sqlite/testing/host.h"

namespace edgepack::json {
namespace {

/// Before any test uses SQLite.
const bool kInstalled = (testing::install_failing_allocator(), true);

/// Runs `body` with the first allocation refused, then the second, and so on until none is. Each
/// failure must be SQLITE_NOMEM.
template <class Body>
void fail_at_every_allocation(Body body) {
  ASSERT_TRUE(kInstalled);
  for (long count = 0;; ++count) {
    bool succeeded = false;
    int code = SQLITE_OK;
    testing::fail_allocations_after(count);
    try {
      body();
      succeeded = true;
    } catch (const sqlite::Error& error) {
      code = error.code();
    } catch (const std::bad_alloc&) {
      code = SQLITE_NOMEM;
    }
    const bool refused = testing::stop_failing();
    if (!refused) {
      EXPECT_TRUE(succeeded);
      EXPECT_GT(count, 0) << "nothing was allocated";
      return;
    }
    // SQLite itself gets by without some of its allocations.
    if (succeeded) continue;
    ASSERT_EQ(code & 0xFF, SQLITE_NOMEM) << "after " << count << " allocations";
  }
}

void run(sqlite3* database, const char* sql) {
  sqlite::Statement statement(database, sql);
  statement.run();
}

TEST(OutOfMemory, Registration) {
  testing::Database outer(register_json);  // does what is done once in a process
  const long long before = testing::bytes_in_use();
  fail_at_every_allocation([] { const testing::Database database(register_json); });
  EXPECT_EQ(testing::bytes_in_use(), before);
}

TEST(OutOfMemory, Override) {
  testing::Database outer(register_override);
  const long long before = testing::bytes_in_use();
  fail_at_every_allocation([] {
    const testing::Database database(register_override);
    run(database, "SELECT json_extract('[1]','$[0]','$'), value FROM json_each('[2]')");
  });
  EXPECT_EQ(testing::bytes_in_use(), before);
}

TEST(OutOfMemory, DeclaredTable) {
  testing::Database outer(register_json);
  const long long before = testing::bytes_in_use();
  fail_at_every_allocation([] {
    const testing::Database database(register_json);
    run(database,
        "CREATE VIRTUAL TABLE temp.t USING fjson_table('$.rows[*]', n FOR ORDINALITY, "
        "name VARCHAR(40) PATH '$..name' DEFAULT 'a text that is too long' ON EMPTY, total REAL, "
        "NESTED PATH '$.items[*]' COLUMNS (sku JSON))");
    run(database, R"(SELECT group_concat(n || name || coalesce(total, sku)) FROM t('{"rows":[
        {"name":"a text that is too long","total":"0.1","items":[{"sku":["another long text"]}]},{}]}'))");
  });
  EXPECT_EQ(testing::bytes_in_use(), before);
}

TEST(OutOfMemory, ElementIndex) {
  testing::Database outer(register_json);
  const long long before = testing::bytes_in_use();
  fail_at_every_allocation([] {
    const testing::Database database(register_json);
    run(database, "CREATE TABLE t(id INTEGER PRIMARY KEY, d)");
    run(database, R"(INSERT INTO t VALUES (1, '{"a":[{"b":"a text that is too long"}]}'))");
    run(database, "SELECT fjson_index('t', 'd', '$.a[*].b')");
    run(database, R"(INSERT INTO t VALUES (2, '{"a":[{"b":1}]}'))");
    run(database, "SELECT fjson_drop_index('t_a_b')");
  });
  EXPECT_EQ(testing::bytes_in_use(), before);
}

class OutOfMemoryIn : public ::testing::TestWithParam<const char*> {};

TEST_P(OutOfMemoryIn, Call) {
  testing::Database outer(register_json);
  const long long before = testing::bytes_in_use();
  fail_at_every_allocation([] {
    const testing::Database database(register_json);
    run(database, GetParam());
  });
  EXPECT_EQ(testing::bytes_in_use(), before);
}

TEST_P(OutOfMemoryIn, CallAfterOneThatFailed) {
  // The connection must still work when memory is back.
  testing::Database database(register_json);
  fail_at_every_allocation([&] { run(database, GetParam()); });
  EXPECT_EQ(database.row(R"(SELECT fjson_extract('{"a":[1,0.5]}','$.a', '$.b'))"),
            "'[[1,0.5],null]'");
}

INSTANTIATE_TEST_SUITE_P(
    Calls, OutOfMemoryIn,
    ::testing::Values(
        R"(SELECT fjson_extract('{"a":[1,"a text that is too long for the small string buffer"]}','$.a'))",
        R"(SELECT fjson_extract('{"a":1,"b":[true]}','$.a','$."b"[0]','$.c[#-1]'))",
        R"(SELECT fjson_value('{"a":"\u00e9 and enough text behind it to need a buffer"}','$.a'))",
        R"(SELECT fjson_get('["x",{"k":null}]',1))", R"(SELECT fjson_value('[0.25]',0))",
        R"(SELECT json_pointer('{"a~b":["\u00e9 and enough text behind it to need a buffer"]}','/a~0b/0'))",
        R"(SELECT jsonpath_query('{"a":[{"b":1,"c":{"d":[2,3]}},{"b":4}]}','$..[?@.b > 0 && match("x\u00e9", "[\\p{L}]{2,3}") || @.c == @["c"]]["b",0:2,*]'))",
        R"(SELECT jsonpath_first('["a",2]','$[?length(@) == 1 || search(@, $[0])]'), jsonpath_count('[1]','$..*'))",
        R"(SELECT group_concat(path || pointer || value) FROM jsonpath_each('{"a":[{"b":"a text that is too long for the small buffer"}]}','$..*'))",
        R"(SELECT group_concat(key || value || fullkey || path || id || coalesce(parent, '')) FROM fjson_tree('{"a":[{"a key that is too long":"a text that is too long"}]}','$.a[0]'))",
        R"(SELECT json_group_array(value) FROM fjson_each('[["\u0000"],"\u0000"]'))",
        R"(SELECT group_concat(number || c1 || coalesce(c2, '')) FROM fjson_rows('[{"a":"a text that is too long","b":[1]},{"a":2}]','$[*]','$.a','$..b[0]'))",
        // These go to the host's own function.
        "SELECT group_concat(fullkey) FROM fjson_tree(12)",
        "SELECT fjson_extract(CAST(x'5b22ff225d' AS TEXT),'$[0]')", "SELECT fjson_get(12,'$')",
        R"(SELECT fjson_extract('["\u0000"]','$','$[0]'))",
        "SELECT fjson_extract('[' || replace(hex(zeroblob(3000)), '0', '1,') || '1]','$[#-1]')"));

}  // namespace
}  // namespace edgepack::json
