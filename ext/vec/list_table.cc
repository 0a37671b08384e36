#include "vec/list_table.h"

#include "vec/damage.h"
#include "vec/value_checksum.h"

namespace edgepack::vec {
namespace {

using sqlite::Reset;
using sqlite::Statement;

constexpr int kFirstKey = 2;

}  // namespace

std::string ListTable::columns() const {
  std::string names;
  for (std::size_t i = 0; i < definition_.partition_keys.size(); ++i) {
    names += ", partition" + two_digits(i);
  }
  return names;
}

std::string ListTable::select() const {
  return "SELECT list, checksum" + columns() + " FROM " + shadow_name(name_, "lists");
}

void ListTable::verify(const Statement& row) const {
  const sqlite3_int64 list = row.column_integer(0);
  Checksum sum(static_cast<std::uint64_t>(list));
  for (std::size_t i = 0; i < definition_.partition_keys.size(); ++i) {
    add_value(sum, row.column_value(kFirstKey + static_cast<int>(i)));
  }
  if (row.column_integer(1) != sqlite3_int64{sum.value()}) {
    throw Corruption("list " + std::to_string(list) + ": the checksum does not match");
  }
}

sqlite3_int64 ListTable::claim(std::span<const sqlite::Value> keys) {
  if (!find_) {
    std::string where;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      where += (i == 0 ? " WHERE partition" : " AND partition") + two_digits(i) + " IS ?";
    }
    find_ = Statement(name_.database, select() + where, SQLITE_PREPARE_PERSISTENT);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) find_.bind(static_cast<int>(i) + 1, keys[i]);
  {
    const Reset reset(find_);
    if (find_.step()) {
      verify(find_);
      return find_.column_integer(0);
    }
  }
  if (!insert_) {
    std::string values;
    for (std::size_t i = 0; i < keys.size(); ++i) values += ", ?";
    insert_ = Statement(name_.database,
                        "INSERT INTO " + shadow_name(name_, "lists") + "(checksum" + columns() +
                            ") VALUES (0" + values + ")",
                        SQLITE_PREPARE_PERSISTENT);
    seal_ =
        Statement(name_.database,
                  "UPDATE " + shadow_name(name_, "lists") + " SET checksum = ?2 WHERE list = ?1",
                  SQLITE_PREPARE_PERSISTENT);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) insert_.bind(static_cast<int>(i) + 1, keys[i]);
  insert_.run();
  const sqlite3_int64 list = sqlite3_last_insert_rowid(name_.database);
  Checksum sum(static_cast<std::uint64_t>(list));
  for (const sqlite::Value key : keys) add_value(sum, key);
  seal_.bind(1, list).bind(2, sqlite3_int64{sum.value()}).run();
  return list;
}

void ListTable::remove(sqlite3_int64 list) {
  if (!delete_) {
    delete_ =
        Statement(name_.database, "DELETE FROM " + shadow_name(name_, "lists") + " WHERE list = ?",
                  SQLITE_PREPARE_PERSISTENT);
  }
  delete_.bind(1, list).run();
}

void ListTable::forget_statements() noexcept {
  for (Statement* statement : {&find_, &insert_, &seal_, &delete_}) *statement = Statement();
}

}  // namespace edgepack::vec
