#include "vec/list_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "vec/damage.h"
#include "vec/value_checksum.h"

namespace edgepack::vec {
namespace {

using sqlite::Reset;
using sqlite::Statement;

constexpr int kFirstKey = 2;

/// Partition keys are integers, texts, or NULL.
bool same_key(sqlite::Value a, sqlite::Value b) {
  if (a.type() != b.type()) return false;
  return a.type() == SQLITE_INTEGER ? a.integer() == b.integer() : a.text() == b.text();
}

}  // namespace

std::string ListTable::columns() const {
  std::string names;
  for (std::size_t i = 0; i < definition_.partition_keys.size(); ++i) {
    names += ", partition" + two_digits(i);
  }
  return names;
}

std::string ListTable::select_columns() const {
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

std::vector<sqlite3_int64> ListTable::select(std::span<const ColumnCondition> conditions) const {
  // An equality is looked up in the index; what it finds is tested like the rest.
  const auto is_equality = [](const ColumnCondition& condition) {
    const Comparison comparison = condition.test.comparison();
    return comparison == Comparison::kEqual || comparison == Comparison::kIs ||
           comparison == Comparison::kIn;
  };
  const ColumnCondition* equality = nullptr;
  for (const ColumnCondition& condition : conditions) {
    if (is_equality(condition) && (equality == nullptr || condition.column < equality->column)) {
      equality = &condition;
    }
  }
  std::vector<sqlite3_int64> lists;
  const auto add_found = [&](Statement& rows) {
    while (rows.step()) {
      verify(rows);
      const bool matches =
          std::all_of(conditions.begin(), conditions.end(), [&](const ColumnCondition& condition) {
            const int column = kFirstKey + static_cast<int>(condition.column);
            return condition.test.matches(Scalar::of(rows.column_value(column)));
          });
      if (matches) lists.push_back(rows.column_integer(0));
    }
  };
  if (equality == nullptr) {
    Statement all(name_.database, select_columns());
    add_found(all);
  } else {
    Statement some(name_.database,
                   select_columns() + " WHERE partition" + two_digits(equality->column) + " = ?");
    for (const Operand& operand : equality->test.operands()) {
      bind_scalar(some, 1, operand.scalar());
      add_found(some);
      some.reset();
    }
  }
  std::sort(lists.begin(), lists.end());
  return lists;
}

bool ListTable::is_known(std::span<const sqlite::Value> keys) const {
  return known_ && std::equal(keys.begin(), keys.end(), known_->keys.begin(), known_->keys.end(),
                              [](sqlite::Value a, const sqlite::OwnedValue& b) {
                                return same_key(a, b.value());
                              });
}

std::optional<sqlite3_int64> ListTable::find(std::span<const sqlite::Value> keys) {
  if (is_known(keys)) return known_->list;
  if (!find_) {
    std::string where;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      where += (i == 0 ? " WHERE partition" : " AND partition") + two_digits(i) + " IS ?";
    }
    find_ = Statement(name_.database, select_columns() + where, SQLITE_PREPARE_PERSISTENT);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) find_.bind(static_cast<int>(i) + 1, keys[i]);
  const Reset reset(find_);
  if (!find_.step()) return std::nullopt;
  verify(find_);
  Known found{find_.column_integer(0), {}};
  for (const sqlite::Value key : keys) found.keys.emplace_back(key);
  known_ = std::move(found);
  return known_->list;
}

sqlite3_int64 ListTable::next_number() {
  if (!greatest_) {
    greatest_ = Statement(name_.database, "SELECT max(list) FROM " + shadow_name(name_, "lists"),
                          SQLITE_PREPARE_PERSISTENT);
  }
  const Reset reset(greatest_);
  greatest_.step();
  const sqlite3_int64 greatest = greatest_.column_integer(0);
  if (greatest == std::numeric_limits<sqlite3_int64>::max()) {
    throw Corruption("list " + std::to_string(greatest) + ": no list can follow it");
  }
  return std::max<sqlite3_int64>(greatest, 0) + 1;
}

void ListTable::insert(sqlite3_int64 list, std::span<const sqlite::Value> keys) {
  if (!insert_) {
    std::string values;
    for (std::size_t i = 0; i < keys.size(); ++i) values += ", ?";
    insert_ = Statement(name_.database,
                        "INSERT INTO " + shadow_name(name_, "lists") + "(list, blocks, checksum" +
                            columns() + ") VALUES (?, 0, ?" + values + ")",
                        SQLITE_PREPARE_PERSISTENT);
  }
  Checksum sum(static_cast<std::uint64_t>(list));
  for (const sqlite::Value key : keys) add_value(sum, key);
  insert_.bind(1, list).bind(2, sqlite3_int64{sum.value()});
  for (std::size_t i = 0; i < keys.size(); ++i) insert_.bind(static_cast<int>(i) + 3, keys[i]);
  insert_.run();
}

void ListTable::remove(sqlite3_int64 list) {
  forget_known();
  if (!delete_) {
    delete_ =
        Statement(name_.database, "DELETE FROM " + shadow_name(name_, "lists") + " WHERE list = ?",
                  SQLITE_PREPARE_PERSISTENT);
  }
  delete_.bind(1, list).run();
}

void ListTable::forget_statements() noexcept {
  for (Statement* statement : {&find_, &greatest_, &insert_, &delete_}) *statement = Statement();
}

}  // namespace edgepack::vec
