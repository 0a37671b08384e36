// Host of SQL tests with the pack linked in, so that sanitizers see all of it.
// The protocol is in ../../README.md.

#include "sqlite/testing/host.h"

#include <cstdio>
#include <iostream>
#include <iterator>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "sqlite/testing/database.h"

extern "C" int sqlite3_edgepack_init(sqlite3*, char**, const sqlite3_api_routines*);

namespace edgepack::testing {
namespace {

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += sqlite::format("\\u%04x", c);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string digits;
  for (const std::byte b : bytes) digits += sqlite::format("%02x", std::to_integer<int>(b));
  return digits;
}

std::string value_json(const sqlite::Statement& statement, int column) {
  switch (statement.column_type(column)) {
    case SQLITE_INTEGER:
      return sqlite::format("[\"integer\",\"%lld\"]", statement.column_integer(column));
    case SQLITE_FLOAT:
      return sqlite::format("[\"real\",\"%!.17g\"]", statement.column_real(column));
    case SQLITE_TEXT:
      return "[\"text\"," + json_text(statement.column_text(column)) + "]";
    case SQLITE_BLOB:
      return "[\"blob\",\"" + hexadecimal(statement.column_blob(column)) + "\"]";
    default:
      return "[\"null\",\"\"]";
  }
}

std::string rows_json(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) !=
      SQLITE_OK) {
    throw sqlite::Error::from(database, {});  // the message as any other host sees it
  }
  auto statement = sqlite::Statement::adopt(prepared);
  std::string rows;
  while (statement.step()) {
    std::string row;
    for (int column = 0; column < sqlite3_column_count(statement.get()); ++column) {
      if (column > 0) row += ',';
      row += value_json(statement, column);
    }
    if (!rows.empty()) rows += ',';
    rows += '[' + row + ']';
  }
  return "{\"rows\":[" + rows + "]}";
}

void load_pack(sqlite3* database) {
  char* message = nullptr;
  if (sqlite3_edgepack_init(database, &message, host_routines()) != SQLITE_OK) {
    throw sqlite::Error({.operation = "load", .object = "edgepack", .problem = message});
  }
}

void run(std::string_view task_json) {
  simdjson::dom::parser parser;
  const simdjson::dom::element task = parser.parse(task_json.data(), task_json.size());
  const Database database(load_pack, std::string(std::string_view(task["database"])));
  std::string results;
  for (const std::string_view sql : task["statements"].get_array()) {
    if (!results.empty()) results += ",\n";
    try {
      results += rows_json(database, sql);
    } catch (const sqlite::Error& error) {
      results += "{\"error\":" + json_text(error.what()) + "}";
    }
  }
  std::printf("{\"sqlite\":\"%s\",\"results\":[%s]}\n", sqlite3_libversion(), results.c_str());
}

}  // namespace
}  // namespace edgepack::testing

int main() {
  try {
    edgepack::testing::run(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
