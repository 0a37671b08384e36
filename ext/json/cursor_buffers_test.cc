// What one cursor leaves for the next, and that cursors do not disturb each other.

#include "json/cursor_buffers.h"

#include <gtest/gtest.h>

#include "json/json.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

std::string array_of_ones(std::size_t count) {
  std::string text = "[1";
  for (std::size_t i = 1; i < count; ++i) text += ",1";
  return text + ']';
}

/// Memory that a cursor has which reads such an array.
std::size_t read_array(CursorBuffers& spare, std::size_t count) {
  LentBuffers buffers(spare);
  buffers.text = array_of_ones(count);
  EXPECT_TRUE(buffers.document.read(buffers.text));
  return buffers.bytes_kept();
}

TEST(CursorBuffers, GoFromOneCursorToTheNext) {
  CursorBuffers spare;
  const std::size_t bytes = read_array(spare, 1000);
  EXPECT_GT(bytes, 9000U);
  EXPECT_EQ(spare.bytes_kept(), bytes);
  {
    const LentBuffers buffers(spare);
    EXPECT_EQ(buffers.bytes_kept(), bytes);
    EXPECT_LT(spare.bytes_kept(), bytes);
  }
  EXPECT_EQ(read_array(spare, 10), bytes);
}

TEST(CursorBuffers, TheLargestOfCursorsThatAreOpenAtOnceStay) {
  CursorBuffers spare;
  std::size_t bytes = 0;
  {
    LentBuffers outer(spare);
    outer.text = "[1]";
    ASSERT_TRUE(outer.document.read(outer.text));
    bytes = read_array(spare, 1000);
    EXPECT_EQ(outer.document.after(Document::root()), 3U);
  }
  EXPECT_EQ(spare.bytes_kept(), bytes);
}

TEST(CursorBuffers, ThoseOfGiantsAreGivenBack) {
  CursorBuffers spare;
  EXPECT_GT(read_array(spare, 1000000), Document::kMostKeptBytes);
  EXPECT_LT(spare.bytes_kept(), 100U);
}

TEST(CursorBuffers, TablesInOneStatement) {
  testing::Database database(register_json);
  const std::string twins =
      "SELECT group_concat(a.value || b.value || c.fullkey || coalesce(c.atom, '')) FROM "
      "%_each('[[1,2],[3,[4,5]]]') a, %_each(a.value) b, %_tree(a.value, '$[1]') c";
  const auto named = [&twins](std::string_view prefix) {
    std::string sql;
    for (const char c : twins) c == '%' ? sql += prefix : sql += c;
    return sql;
  };
  const std::string rows = database.row(named("json"));
  EXPECT_EQ(database.row(named("fjson")), rows);
  EXPECT_EQ(
      database.row("SELECT group_concat(c1 || value) FROM fjson_rows('[{\"a\":1},{\"a\":2}]', "
                   "'$[*]', '$.a') JOIN jsonpath_each('[7,[8]]', '$..*')"),
      "'17,1[8],18,27,2[8],28'");
  EXPECT_EQ(database.row(named("fjson")), rows);
}

}  // namespace
}  // namespace edgepack::json
