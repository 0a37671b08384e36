#include "replica/options.h"

#include "sqlite/statement.h"

namespace edgepack::replica {
namespace {

[[noreturn]] void fail(const char* operation, const std::string& object, const std::string& problem,
                       const std::string& hint = {}, int code = SQLITE_ERROR) {
  throw sqlite::Error({.operation = operation, .object = object, .problem = problem, .hint = hint},
                      code);
}

constexpr char kHint[] = R"(write for example '{"repair":true}')";

}  // namespace

Options parse_options(sqlite3* database, const char* operation, sqlite::Value json, bool for_sync) {
  Options options;
  if (json.is_null()) return options;
  const std::string object = "options";
  if (json.type() != SQLITE_TEXT) {
    fail(operation, object, std::string("got ") + json.type_name() + ", expected a JSON object",
         kHint);
  }
  sqlite::Statement valid(database, "SELECT iif(json_valid(?1), json_type(?1), 'no valid JSON')");
  valid.bind(1, json.text()).step();
  if (valid.column_text(0) != "object") {
    fail(operation, object, "got " + std::string(valid.column_text(0)) + ", expected a JSON object",
         kHint);
  }
  sqlite::Statement each(database, "SELECT key, type, atom FROM json_each(?1)");
  each.bind(1, json.text());
  while (each.step()) {
    const std::string key(each.column_text(0));
    const std::string type(each.column_text(1));
    const auto expect = [&](bool good, const char* expected) {
      if (!good) fail(operation, object + "." + key, "got " + type + ", expected " + expected);
    };
    if (key == "schema") {
      expect(type == "text", "the name of an attached database");
      options.schema = each.column_text(2);
    } else if (key == "path") {
      expect(type == "text" && !each.column_text(2).empty(), "the path of a file");
      options.path = each.column_text(2);
    } else if (for_sync && key == "timeout_ms") {
      constexpr sqlite3_int64 kDay = 24 * 60 * 60 * 1000;
      const sqlite3_int64 value = each.column_integer(2);
      expect(type == "integer" && value >= 0 && value <= kDay, "an integer from 0 to 86400000");
      options.timeout_ms = static_cast<int>(value);
    } else if (for_sync && key == "repair") {
      expect(type == "true" || type == "false", "true or false");
      options.repair = type == "true";
    } else {
      fail(operation, object + "." + key, "unknown option",
           for_sync ? "known are schema, path, timeout_ms, repair" : "known are schema, path");
    }
  }
  return options;
}

Target find_target(sqlite3* database, const char* operation, const Options& options) {
  if (!options.path.empty()) {
    if (options.path.find('\0') != std::string::npos) {
      fail(operation, "options.path", "a path cannot hold a NUL character");
    }
    // An empty or special name would be a temporary database.
    if (options.path == ":memory:") fail(operation, options.path, "a replica must be a file");
    return {options.path, nullptr};
  }
  const char* schema = options.schema.c_str();
  const char* path = sqlite3_db_filename(database, schema);
  if (path == nullptr || *path == '\0') {
    if (sqlite3_db_readonly(database, schema) < 0 && options.schema != "temp") {
      fail(operation, options.schema, "no such database is attached to this connection");
    }
    fail(operation, options.schema, "the database is in memory or temporary",
         "a replica must be a file: open one, or name it with the option path");
  }
  if (sqlite3_txn_state(database, schema) == SQLITE_TXN_WRITE) {
    fail(operation, path, "this connection is writing to the replica", "commit or roll back first",
         SQLITE_BUSY);
  }
  sqlite3_vfs* vfs = nullptr;
  if (sqlite3_file_control(database, schema, SQLITE_FCNTL_VFS_POINTER, &vfs) != SQLITE_OK ||
      vfs == nullptr) {
    return {path, nullptr};
  }
  return {path, vfs->zName};
}

}  // namespace edgepack::replica
