// Any text as the arguments of CREATE VIRTUAL TABLE ... USING vec0(...), one argument a line.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/definition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Binds the routines that the parser formats its answer with.
  static edgepack::testing::Database database;
  std::vector<std::string> lines;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    // SQLite passes C strings.
    lines.emplace_back(rest.substr(0, std::min(end, rest.substr(0, end).find('\0'))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::vector<const char*> arguments;
  for (const std::string& line : lines) arguments.push_back(line.c_str());
  try {
    const auto definition = edgepack::vec::parse_definition("table", arguments);
    // What was understood must be a schema that SQLite understands.
    const std::string schema = edgepack::vec::declared_schema(definition, "table");
    edgepack::sqlite::execute(database, "SAVEPOINT s; " + schema + "; ROLLBACK TO s; RELEASE s",
                              {});
  } catch (const edgepack::sqlite::Error& error) {
    if (std::string_view(error.what()).substr(0, 5) != "vec0 ") __builtin_trap();
  }
  return 0;
}
