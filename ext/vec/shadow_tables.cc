#include "vec/shadow_tables.h"

#include <algorithm>
#include <array>

#include "pack/version.h"
#include "vec/format.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;
using sqlite::Statement;

constexpr std::array<std::string_view, 6> kSuffixes = {"info",  "rows",     "blocks",
                                                       "codes", "metadata", "lists"};
/// Names that only sqlite-vec's tables have.
constexpr std::array<std::string_view, 2> kForeignSuffixes = {"chunks", "rowids"};

bool exists(const TableName& name, std::string_view suffix) {
  Statement find(name.database,
                 sqlite::format("SELECT 1 FROM \"%w\".sqlite_schema WHERE name = ? COLLATE NOCASE",
                                name.schema.c_str()));
  const std::string shadow = name.table + "_" + std::string(suffix);
  return find.bind(1, shadow).step();
}

[[noreturn]] void refuse_foreign(const TableName& name) {
  throw Error(
      {.operation = "vec0",
       .object = name.table,
       .problem =
           "its shadow tables were made by sqlite-vec, whose layout this module does not read",
       .hint = "open it with sqlite-vec and copy its rows to a table with another name"});
}

void run(const TableName& name, const std::string& sql, std::string_view doing) {
  sqlite::execute(name.database, sql, {.operation = doing, .object = name.table});
}

std::string rows_table(const TableName& name, const Definition& definition) {
  std::string sql = "CREATE TABLE " + shadow_name(name, "rows") + "(rowid INTEGER PRIMARY KEY";
  if (definition.has_text_key()) sql += ", id TEXT UNIQUE NOT NULL";
  sql += ", checksum INTEGER NOT NULL, vectors_checksum INTEGER NOT NULL, slot INTEGER NOT NULL";
  for (std::size_t i = 0; i < definition.values(); ++i) sql += ", " + value_name(definition, i);
  for (std::size_t i = 0; i < definition.vectors.size(); ++i) {
    if (format::has_codes(definition.vectors[i].type)) {
      sql += ", vector" + two_digits(i) + " BLOB NOT NULL";
    }
  }
  return sql + ")";
}

void create_lists(const TableName& name, const Definition& definition) {
  std::string keys;
  for (std::size_t i = 0; i < definition.partition_keys.size(); ++i) {
    keys += (i == 0 ? "" : ", ") + value_name(definition, i);
  }
  run(name,
      "CREATE TABLE " + shadow_name(name, "lists") +
          "(list INTEGER PRIMARY KEY, blocks INTEGER NOT NULL, checksum INTEGER NOT NULL, " + keys +
          ")",
      "create shadow table");
  run(name,
      "CREATE INDEX " + shadow_name(name, "lists_keys") +
          sqlite::format(" ON \"%w_lists\"(", name.table.c_str()) + keys + ")",
      "create shadow index");
}

}  // namespace

std::string two_digits(std::size_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

std::string value_name(const Definition& definition, std::size_t number) {
  const std::size_t keys = definition.partition_keys.size();
  const std::size_t metadata = definition.metadata.size();
  if (number < keys) return "partition" + two_digits(number);
  if (number < keys + metadata) return "metadata" + two_digits(number - keys);
  return "auxiliary" + two_digits(number - keys - metadata);
}

std::string shadow_name(const TableName& name, std::string_view suffix) {
  return sqlite::format("\"%w\".\"%w_%w\"", name.schema.c_str(), name.table.c_str(),
                        std::string(suffix).c_str());
}

bool is_shadow_suffix(std::string_view suffix) noexcept {
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

void create_shadow_tables(const TableName& name, const Definition& definition) {
  for (const std::string_view suffix : kForeignSuffixes) {
    if (exists(name, suffix)) refuse_foreign(name);
  }
  run(name, "CREATE TABLE " + shadow_name(name, "info") + "(key TEXT PRIMARY KEY NOT NULL, value)",
      "create shadow table");
  run(name, rows_table(name, definition), "create shadow table");
  run(name,
      "CREATE TABLE " + shadow_name(name, "blocks") +
          "(block INTEGER PRIMARY KEY, list INTEGER NOT NULL, capacity INTEGER NOT NULL, "
          "has_free INTEGER NOT NULL, versions BLOB NOT NULL, used BLOB NOT NULL, "
          "text_end INTEGER NOT NULL, checksum INTEGER NOT NULL)",
      "create shadow table");
  run(name,
      "CREATE TABLE " + shadow_name(name, "codes") +
          "(code INTEGER PRIMARY KEY, slots BLOB NOT NULL)",
      "create shadow table");
  if (!definition.metadata.empty()) {
    run(name,
        "CREATE TABLE " + shadow_name(name, "metadata") +
            "(block INTEGER PRIMARY KEY, content BLOB NOT NULL)",
        "create shadow table");
  }
  if (!definition.partition_keys.empty()) create_lists(name, definition);
  const char* table = name.table.c_str();
  run(name,
      "CREATE INDEX " + shadow_name(name, "blocks_list") +
          sqlite::format(" ON \"%w_blocks\"(list, capacity)", table),
      "create shadow index");
  run(name,
      "CREATE INDEX " + shadow_name(name, "blocks_free") +
          sqlite::format(" ON \"%w_blocks\"(list) WHERE has_free", table),
      "create shadow index");
  run(name,
      "INSERT INTO " + shadow_name(name, "info") +
          sqlite::format("(key, value) VALUES ('format', %Q), ('format_version', %lld), "
                         "('created_by', %Q), ('blocks', 0)",
                         format::kName, static_cast<long long>(format::kVersion), EDGEPACK_VERSION),
      "fill shadow table");
}

void recognise_shadow_tables(const TableName& name) {
  if (!exists(name, "info")) {
    for (const std::string_view suffix : kForeignSuffixes) {
      if (exists(name, suffix)) refuse_foreign(name);
    }
    throw Error({.operation = "vec0",
                 .object = name.table,
                 .problem = "table is corrupt: " + name.table + "_info is missing",
                 .hint = "restore a backup"},
                SQLITE_CORRUPT_VTAB);
  }
  Statement read(name.database,
                 "SELECT (SELECT value FROM " + shadow_name(name, "info") +
                     " WHERE key = 'format'), (SELECT value FROM " + shadow_name(name, "info") +
                     " WHERE key = 'format_version'), EXISTS (SELECT 1 FROM " +
                     shadow_name(name, "info") + " WHERE key LIKE 'CREATE_VERSION%')");
  read.step();
  if (read.column_integer(2) != 0) refuse_foreign(name);
  if (read.column_text(0) != format::kName) {
    throw Error({.operation = "vec0",
                 .object = name.table,
                 .problem = name.table + "_info does not say that vec0 made the table",
                 .hint = "restore a backup"});
  }
  const sqlite3_int64 version = read.column_integer(1);
  if (version != format::kVersion) {
    throw Error({.operation = "vec0",
                 .object = name.table,
                 .problem = "format version " + std::to_string(version) + ", this module reads " +
                            std::to_string(format::kVersion),
                 .hint = "load a newer module"});
  }
}

void drop_shadow_tables(const TableName& name) {
  for (const std::string_view suffix : kSuffixes) {
    run(name, "DROP TABLE IF EXISTS " + shadow_name(name, suffix), "drop shadow table");
  }
}

void rename_shadow_tables(const TableName& name, const Definition& definition,
                          const char* new_table) {
  for (const std::string_view suffix : kSuffixes) {
    if (suffix == "metadata" && definition.metadata.empty()) continue;
    if (suffix == "lists" && definition.partition_keys.empty()) continue;
    run(name,
        "ALTER TABLE " + shadow_name(name, suffix) +
            sqlite::format(" RENAME TO \"%w_%w\"", new_table, std::string(suffix).c_str()),
        "rename shadow table");
  }
}

}  // namespace edgepack::vec
