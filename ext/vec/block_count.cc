#include "vec/block_count.h"

#include <string>

#include "vec/damage.h"

namespace edgepack::vec {
namespace {

using sqlite::Reset;
using sqlite::Statement;

void compare(const std::string& object, Statement& count, sqlite3_int64 found) {
  const Reset reset(count);
  if (!count.step()) throw Corruption(object + "the number of blocks is missing");
  const sqlite3_int64 expected = count.column_integer(0);
  if (expected == found) return;
  throw Corruption(object + std::to_string(found) + " headers of blocks, expected " +
                   std::to_string(expected));
}

}  // namespace

Statement& BlockCount::prepared(Statement& statement, const char* before, const char* suffix,
                                const char* after) {
  if (!statement) {
    statement = Statement(name_.database, before + shadow_name(name_, suffix) + after,
                          SQLITE_PREPARE_PERSISTENT);
  }
  return statement;
}

void BlockCount::change(sqlite3_int64 list, int change) {
  prepared(change_, "UPDATE ", "info", " SET value = value + ? WHERE key = 'blocks'")
      .bind(1, change)
      .run();
  if (definition_.partition_keys.empty()) return;
  prepared(change_list_, "UPDATE ", "lists", " SET blocks = blocks + ?2 WHERE list = ?1")
      .bind(1, list)
      .bind(2, change)
      .run();
}

void BlockCount::verify(sqlite3_int64 found) {
  compare("", prepared(read_, "SELECT value FROM ", "info", " WHERE key = 'blocks'"), found);
}

void BlockCount::verify_list(sqlite3_int64 list, sqlite3_int64 found) {
  compare("list " + std::to_string(list) + ": ",
          prepared(read_list_, "SELECT blocks FROM ", "lists", " WHERE list = ?").bind(1, list),
          found);
}

void BlockCount::forget_statements() noexcept {
  for (Statement* statement : {&change_, &change_list_, &read_, &read_list_}) {
    *statement = Statement();
  }
}

}  // namespace edgepack::vec
