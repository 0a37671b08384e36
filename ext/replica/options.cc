#include "replica/options.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "sqlite/statement.h"

namespace edgepack::replica {
namespace {

[[noreturn]] void fail(const char* operation, const std::string& object, const std::string& problem,
                       const std::string& hint = {}, int code = SQLITE_ERROR) {
  throw sqlite::Error({.operation = operation, .object = object, .problem = problem, .hint = hint},
                      code);
}

/// One member of the object, at the row of a statement over json_each().
class Member {
 public:
  Member(const char* operation, sqlite::Statement& row)
      : operation_(operation), row_(row), key_(row.column_text(0)), type_(row.column_text(1)) {}

  const std::string& key() const noexcept { return key_; }

  std::string text(const char* expected) const {
    expect(type_ == "text" && !row_.column_text(2).empty(), expected);
    std::string value(row_.column_text(2));
    expect(value.find('\0') == value.npos, "text without a NUL character");
    return value;
  }
  sqlite3_int64 integer(sqlite3_int64 most) const {
    const sqlite3_int64 value = row_.column_integer(2);
    expect(type_ == "integer" && value >= 0 && value <= most,
           ("an integer from 0 to " + std::to_string(most)).c_str());
    return value;
  }
  bool boolean() const {
    expect(type_ == "true" || type_ == "false", "true or false");
    return type_ == "true";
  }

 private:
  void expect(bool good, const char* expected) const {
    if (!good) fail(operation_, "options." + key_, "got " + type_ + ", expected " + expected);
  }

  const char* operation_;
  sqlite::Statement& row_;
  std::string key_;
  std::string type_;
};

/// It is remembered, and later calls may come from another folder.
std::string absolute(const std::string& path) { return std::filesystem::absolute(path).string(); }

void take(const Member& member, Options& options) {
  constexpr sqlite3_int64 kDay = 24 * 60 * 60 * 1000;
  const auto access = [&options]() -> Access& {
    return options.access ? *options.access : options.access.emplace();
  };
  const std::string& key = member.key();
  if (key == "schema") options.schema = member.text("the name of an attached database");
  if (key == "path") options.path = member.text("the path of a file");
  if (key == "wait_ms") options.wait_ms = static_cast<int>(member.integer(kDay));
  if (key == "timeout_ms") options.timeout_ms = static_cast<int>(member.integer(kDay));
  if (key == "max_bytes") {
    options.max_bytes =
        static_cast<std::uint64_t>(member.integer(std::numeric_limits<sqlite3_int64>::max()));
  }
  if (key == "repair") options.repair = member.boolean();
  if (key == "verify") options.verify = member.boolean();
  if (key == "token_file") access().token_file = absolute(member.text("the path of a file"));
  if (key == "ca_file") access().ca_file = absolute(member.text("the path of a file"));
  if (key == "timestamp") options.timestamp = member.text("a time as text");
  if (key == "bookmark") options.bookmark = member.text("a bookmark");
}

std::string list(std::span<const char* const> names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

Options parse_options(sqlite3* database, const char* operation, sqlite::Value json,
                      std::span<const char* const> known) {
  Options options;
  if (json.is_null()) return options;
  const auto expect_object = [operation](bool good, const std::string& got) {
    if (good) return;
    fail(operation, "options", "got " + got + ", expected a JSON object",
         R"(write for example '{"timeout_ms":1000}')");
  };
  expect_object(json.type() == SQLITE_TEXT, json.type_name());
  sqlite::Statement valid(database, "SELECT iif(json_valid(?1), json_type(?1), 'no valid JSON')");
  valid.bind(1, json.text()).step();
  expect_object(valid.column_text(0) == "object", std::string(valid.column_text(0)));
  sqlite::Statement each(database, "SELECT key, type, atom FROM json_each(?1)");
  each.bind(1, json.text());
  while (each.step()) {
    const Member member(operation, each);
    const bool is_known =
        std::ranges::any_of(known, [&](const char* name) { return member.key() == name; });
    if (!is_known) {
      fail(operation, "options." + member.key(), "unknown option", "known are " + list(known));
    }
    take(member, options);
  }
  const std::size_t access_size =
      options.access ? options.access->token_file.size() + options.access->ca_file.size() : 0;
  if (access_size > kMaxAccess) {
    fail(operation, "options", "token_file and ca_file are too long to be remembered",
         "at most " + std::to_string(kMaxAccess) + " bytes together");
  }
  return options;
}

std::string text_argument(const char* operation, const char* name, sqlite::Value value,
                          const char* example) {
  if (value.type() != SQLITE_TEXT) {
    fail(operation, name,
         std::string("got ") + value.type_name() + ", expected text such as " + example);
  }
  return std::string(value.text());
}

const char* vfs_of(sqlite3* database, const char* schema) noexcept {
  sqlite3_vfs* vfs = nullptr;
  const int code = sqlite3_file_control(database, schema, SQLITE_FCNTL_VFS_POINTER, &vfs);
  return code == SQLITE_OK && vfs != nullptr ? vfs->zName : nullptr;
}

Target find_target(sqlite3* database, const char* operation, const Options& options) {
  if (!options.path.empty()) {
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
  return {path, vfs_of(database, schema)};
}

void refuse_own_transaction(sqlite3* database, const char* operation, const Options& options) {
  if (!options.path.empty()) return;
  const char* schema = options.schema.c_str();
  if (sqlite3_txn_state(database, schema) == SQLITE_TXN_WRITE) {
    const char* path = sqlite3_db_filename(database, schema);
    fail(operation, path != nullptr ? path : schema, "this connection is writing to the replica",
         "commit or roll back first", SQLITE_BUSY);
  }
}

}  // namespace edgepack::replica
