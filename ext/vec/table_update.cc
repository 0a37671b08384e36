// Writing to a vec0 table: INSERT, UPDATE, DELETE.

#include <string>

#include "vec/column_vector.h"
#include "vec/table.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Error;
using sqlite::Value;

/// The type of a value in sqlite-vec's words.
const char* given_type(Value value) noexcept {
  return value.type() == SQLITE_FLOAT ? "FLOAT" : value.type_name();
}

[[noreturn]] void refuse_metadata(const ValueColumn& column, const char* expected, Value value) {
  throw Error::verbatim(std::string("Expected ") + expected + " metadata column " + column.name +
                        ", received " + given_type(value));
}

void check_metadata(const ValueColumn& column, Value value) {
  const int type = value.type();
  if (type == SQLITE_NULL) return;
  switch (column.type) {
    case ValueType::kBoolean:
      if (type != SQLITE_INTEGER || (value.integer() != 0 && value.integer() != 1)) {
        throw Error::verbatim("Expected 0 or 1 for BOOLEAN metadata column " + column.name);
      }
      return;
    case ValueType::kInteger:
      if (type != SQLITE_INTEGER) refuse_metadata(column, "integer for INTEGER", value);
      return;
    case ValueType::kFloat:
      if (type != SQLITE_FLOAT) refuse_metadata(column, "float for FLOAT", value);
      return;
    case ValueType::kText:
    case ValueType::kBlob:
      if (type != SQLITE_TEXT) refuse_metadata(column, "text for TEXT", value);
  }
}

void check_partition_key(const ValueColumn& column, Value value) {
  const int type = value.type();
  const int wanted = column.type == ValueType::kText ? SQLITE_TEXT : SQLITE_INTEGER;
  if (type == SQLITE_NULL || type == wanted) return;
  throw Error::verbatim("Parition key type mismatch: The partition key column " + column.name +
                        " has type " + name_of(column.type) + ", but " + given_type(value) +
                        " was provided.");
}

void check_auxiliary(const ValueColumn& column, Value value) {
  const int type = value.type();
  bool fits = type == SQLITE_NULL;
  switch (column.type) {
    case ValueType::kInteger:
    case ValueType::kBoolean:
      fits |= type == SQLITE_INTEGER;
      break;
    case ValueType::kFloat:
      fits |= type == SQLITE_FLOAT || type == SQLITE_INTEGER;
      break;
    case ValueType::kText:
      fits |= type == SQLITE_TEXT;
      break;
    case ValueType::kBlob:
      fits |= type == SQLITE_BLOB;
      break;
  }
  if (!fits) {
    throw Error::verbatim("Auxiliary column type mismatch: The auxiliary column " + column.name +
                          " has type " + name_of(column.type) + ", but " + given_type(value) +
                          " was provided.");
  }
}

}  // namespace

void VecTable::check_value(ColumnKind kind, const ValueColumn& column, Value value) {
  if (kind == ColumnKind::kMetadata) {
    check_metadata(column, value);
  } else if (kind == ColumnKind::kPartitionKey) {
    check_partition_key(column, value);
  } else {
    check_auxiliary(column, value);
  }
}

void VecTable::update(Arguments arguments, sqlite3_int64& rowid) {
  const Value old_rowid = arguments[0];
  if (arguments.size() == 1) return store_.remove(old_rowid.integer());
  const Arguments columns = arguments.from(2);
  const Value command = columns[static_cast<std::size_t>(layout_.command)];
  if (old_rowid.is_null() && !command.is_null()) return run_command(command.text());
  refuse_hidden(columns);
  if (old_rowid.is_null()) {
    rowid = insert(columns, arguments[1]);
  } else {
    change(old_rowid.integer(), columns, arguments[1]);
  }
}

void VecTable::run_command(std::string_view command) {
  if (command != "optimize") {
    throw Error::verbatim("unknown vec0 command: '" + std::string(command) + "'");
  }
  store_.optimize(check_);
}

void VecTable::refuse_hidden(Arguments columns) const {
  const auto given = [&columns](int column) {
    const Value value = columns[static_cast<std::size_t>(column)];
    return !value.is_null() && !value.unchanged();
  };
  if (given(layout_.command)) {
    throw Error({.operation = "vec0",
                 .object = store_.name().table,
                 .problem = "the column named as the table takes commands, and only in INSERT"});
  }
  if (given(layout_.distance())) {
    throw Error::verbatim("A value was provided for the hidden \"distance\" column.");
  }
  if (given(layout_.k())) {
    throw Error::verbatim("A value was provided for the hidden \"k\" column.");
  }
}

sqlite3_int64 VecTable::insert(Arguments columns, Value rowid) {
  NewRow row;
  const Value key = columns[ColumnLayout::kKey];
  const std::string& table = store_.name().table;
  std::optional<sqlite3_int64> chosen;
  if (definition_.has_text_key()) {
    if (key.type() != SQLITE_TEXT) {
      throw Error::verbatim("The " + table +
                            " virtual table was declared with a TEXT primary key, but a non-TEXT "
                            "value was provided in an INSERT.");
    }
    row.id = key.text();
  } else {
    // `rowid` itself is given as the first column, except where the column has another name.
    const Value given = key.is_null() ? rowid : key;
    if (!given.is_null()) {
      if (given.type() != SQLITE_INTEGER) {
        throw Error::verbatim("Only integers are allows for primary key values on " + table);
      }
      chosen = given.integer();
    }
  }
  std::vector<Vector> vectors;
  vectors.reserve(definition_.vectors.size());
  row.vectors.reserve(definition_.vectors.size());
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    vectors.push_back(
        read_column_vector(definition_.vectors[i], vector_value(columns, i), VectorUse::kInserted));
    row.vectors.push_back(vectors.back().view());
  }
  row.values.assign(definition_.values(), Value(nullptr));
  for_each_value(columns, [&](std::size_t number, Value value) { row.values[number] = value; });
  return insert(row, chosen);
}

sqlite3_int64 VecTable::insert(NewRow& row, std::optional<sqlite3_int64> chosen) {
  const auto taken = [&]() -> std::optional<sqlite3_int64> {
    if (row.id) return store_.find(*row.id);
    return chosen && store_.contains(*chosen) ? chosen : std::nullopt;
  };
  // The row itself tells of a conflict. Where these are likely, it is worth asking first.
  if (sqlite3_vtab_on_conflict(store_.name().database) == SQLITE_IGNORE) {
    if (const auto rowid = taken()) resolve_conflict(*rowid);
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    row.rowid = chosen ? *chosen : store_.next_rowid();
    if (store_.insert(row)) return row.rowid;
    if (const auto rowid = taken()) resolve_conflict(*rowid);
  }
  refuse_taken_key();
}

void VecTable::resolve_conflict(sqlite3_int64 rowid) {
  if (sqlite3_vtab_on_conflict(store_.name().database) == SQLITE_REPLACE) {
    return store_.remove(rowid);
  }
  refuse_taken_key();
}

void VecTable::refuse_taken_key() const {
  // The plain code: with any other SQLite would not carry out IGNORE, FAIL and ROLLBACK.
  throw Error::verbatim("UNIQUE constraint failed on " + store_.name().table + " primary key",
                        SQLITE_CONSTRAINT);
}

Value VecTable::vector_value(Arguments columns, std::size_t index) const {
  for (std::size_t i = 0; i < definition_.columns.size(); ++i) {
    const ColumnReference reference = definition_.columns[i];
    if (reference.kind == ColumnKind::kVector && reference.index == index)
      return columns[i + ColumnLayout::kFirst];
  }
  throw Error({.operation = "vec0", .object = store_.name().table, .problem = "no such column"});
}

template <class Body>
void VecTable::for_each_value(Arguments columns, Body&& body) const {
  for (std::size_t i = 0; i < definition_.columns.size(); ++i) {
    const ColumnReference reference = definition_.columns[i];
    if (reference.kind == ColumnKind::kVector) continue;
    const Value value = columns[i + ColumnLayout::kFirst];
    const std::size_t number = definition_.value_number(reference);
    if (!value.unchanged()) {
      check_value(reference.kind, definition_.value_column(number), value);
    }
    body(number, value);
  }
}

void VecTable::change(sqlite3_int64 rowid, Arguments columns, Value new_rowid) {
  const Value key = columns[ColumnLayout::kKey];
  const bool key_changes = !key.unchanged() && !is_key_of(rowid, key);
  if (key_changes || new_rowid.type() != SQLITE_INTEGER || new_rowid.integer() != rowid) {
    throw Error::verbatim("UPDATEs on vec0 primary key values are not allowed.");
  }
  RowChange change;
  std::vector<Vector> vectors;
  vectors.reserve(definition_.vectors.size());
  change.vectors.resize(definition_.vectors.size());
  change.values.resize(definition_.values());
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    const Value value = vector_value(columns, i);
    if (value.unchanged()) continue;
    vectors.push_back(read_column_vector(definition_.vectors[i], value, VectorUse::kUpdated));
    change.vectors[i] = vectors.back().view();
  }
  for_each_value(columns, [&](std::size_t number, Value value) {
    if (!value.unchanged()) change.values[number] = value;
  });
  store_.update(rowid, change);
}

bool VecTable::is_key_of(sqlite3_int64 rowid, Value key) {
  if (!definition_.has_text_key()) return key.type() == SQLITE_INTEGER && key.integer() == rowid;
  return key.type() == SQLITE_TEXT && store_.find(key.text()) == rowid;
}

}  // namespace edgepack::vec
