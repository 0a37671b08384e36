// The override where SQL alone cannot show it.

#include "json/override.h"

#include <gtest/gtest.h>

#include "json/json.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

int initialize(sqlite3* database, char**, const sqlite3_api_routines*) {
  register_override(database);
  return SQLITE_OK;
}

// The connections on which the twins ask the host are connections as well.
TEST(Override, MayBeLoadedIntoEveryConnection) {
  const edgepack::testing::Database outer(register_json);  // binds the routine table
  const auto entry = reinterpret_cast<void (*)()>(&initialize);
  ASSERT_EQ(sqlite3_auto_extension(entry), SQLITE_OK);
  edgepack::testing::Database database(register_json);
  // Documents that only the host can read.
  EXPECT_EQ(database.row("SELECT json_extract(12, '$'), fjson_extract(12, '$')"), "12|12");
  EXPECT_EQ(database.row("SELECT count(*) FROM json_tree(x'5b315d')"), "2");
  EXPECT_EQ(database.error("SELECT json_extract('[1', '$')"), "malformed JSON");
  EXPECT_EQ(database.row("SELECT count(*) > 0 FROM pragma_function_list "
                         "WHERE name = 'json_extract' AND NOT builtin"),
            "1");
  sqlite3_cancel_auto_extension(entry);
}

}  // namespace
}  // namespace edgepack::json
