// Any bytes as the declaration of an fjson_table, and its rows of a document.

#include <cstdint>
#include <string>

#include "json/json.h"
#include "json/table_definition.h"
#include "sqlite/testing/database.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static edgepack::testing::Database database(edgepack::json::register_json);
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    edgepack::json::parse_table_definition(text);
  } catch (const edgepack::sqlite::Error&) {
    return 0;
  }
  try {
    database.rows("DROP TABLE IF EXISTS t; CREATE VIRTUAL TABLE temp.t USING fjson_table(" + text +
                  ")");
    database.rows(
        R"(SELECT * FROM t('{"a":[{"b":1,"c":[2,"3",{"d":null}]},{"b":"x"}],"b":1.5e3,"c":true}'))");
  } catch (const edgepack::sqlite::Error&) {
    return 0;  // what SQLite splits in another way, values that a column refuses
  }
  return 0;
}
