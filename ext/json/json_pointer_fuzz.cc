// A line as a JSON Pointer, the bytes behind it as a document: no crash, an error that names a
// position, or the value that jsonpath_each() says is at that pointer.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json.h"
#include "sqlite/testing/database.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using edgepack::sqlite::Error;
  using edgepack::sqlite::Statement;
  constexpr std::size_t kLongest = 400;  // the number of nodes times their depth is looked at
  static edgepack::testing::Database database(edgepack::json::register_json);
  // Where no name comes twice, a pointer is that of one node only.
  static Statement same(database.get(),
                        "SELECT count(*) > count(DISTINCT pointer) OR json_pointer(?1, ?2) IS "
                        "(SELECT value FROM jsonpath_each(?1, '$..*') WHERE pointer = ?2) "
                        "FROM jsonpath_each(?1, '$..*')");
  if (size > kLongest) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view pointer = input.substr(0, input.find('\n'));
  const std::string_view document = input.substr(std::min(size, pointer.size() + 1));
  if (pointer.empty()) return 0;  // the root, which is no descendant
  try {
    same.bind(1, document).bind(2, pointer);
    same.step();
    if (same.column_integer(0) != 1) std::abort();
    same.reset();
  } catch (const Error& error) {
    same.reset();
    const std::string_view message = error.what();
    if (message.find(": position ") == message.npos && !message.starts_with("malformed JSON")) {
      std::abort();
    }
  }
  return 0;
}
