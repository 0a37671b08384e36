// Any bytes as a JSONPath query: no crash, an error that names a position, or answers that agree
// with one another: each node's normalized path finds that node again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json.h"
#include "json/jsonpath.h"
#include "sqlite/testing/database.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using edgepack::sqlite::Error;
  using edgepack::sqlite::Statement;
  // Deep enough for all kinds of selectors, small enough for many descendants.
  constexpr const char* kDocument =
      R"({"a":[1,{"b":[[],{"":2,"a b":"x","\u0061":3}]},"y"],"b":null,"1":{"a":4.5},"é":[true,"ab"]})";
  constexpr std::size_t kLongest = 60;  // more could take its time: paths multiply
  static edgepack::testing::Database database(edgepack::json::register_json);
  static Statement same(database.get(),
                        "SELECT count(*), total(jsonpath_first(?1, path) IS value), "
                        "total(json_pointer(?1, pointer) IS value) "
                        "FROM (SELECT * FROM jsonpath_each(?1, ?2) LIMIT 50)");
  static Statement counts(
      database.get(),
      "SELECT json_array_length(jsonpath_query(?1, ?2)) = jsonpath_count(?1, ?2), "
      "jsonpath_exists(?1, ?2) = (jsonpath_count(?1, ?2) > 0)");
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  if (size > kLongest) {
    try {
      edgepack::json::jsonpath::parse(path);
    } catch (const Error&) {
    }
    return 0;
  }
  try {
    same.bind(1, kDocument).bind(2, path);
    same.step();
    const double rows = same.column_real(0);
    if (same.column_real(1) != rows || same.column_real(2) != rows) std::abort();
    same.reset();
    if (rows == 50) return 0;
    counts.bind(1, kDocument).bind(2, path);
    counts.step();
    if (counts.column_integer(0) != 1 || counts.column_integer(1) != 1) std::abort();
    counts.reset();
  } catch (const Error& error) {
    same.reset();
    counts.reset();
    const std::string_view message = error.what();
    if (message.find(": position ") == message.npos &&
        message.find("regular expression") == message.npos) {
      std::abort();
    }
  }
  return 0;
}
