#include "vec/row_table.h"

#include <limits>

#include "vec/checksum.h"

namespace edgepack::vec {
namespace {

using sqlite::Statement;

Corruption damaged(sqlite3_int64 rowid, const std::string& problem) {
  return Corruption("row " + std::to_string(rowid) + ": " + problem);
}

}  // namespace

RowColumns::RowColumns(const Definition& definition)
    : vectors_(definition.vectors.size()),
      auxiliaries_(definition.auxiliaries.size()),
      vector_columns_(vectors_, -1),
      count_(3 + static_cast<int>(vectors_ + auxiliaries_)),
      list_(definition.has_text_key() ? "rowid, id, checksum" : "rowid, NULL, checksum") {
  for (std::size_t i = 0; i < vectors_; ++i) list_ += ", slot" + two_digits(i);
  for (std::size_t i = 0; i < auxiliaries_; ++i) list_ += ", auxiliary" + two_digits(i);
  for (std::size_t i = 0; i < vectors_; ++i) {
    if (!format::has_codes(definition.vectors[i].type)) continue;
    vector_columns_[i] = count_++;
    list_ += ", vector" + two_digits(i);
  }
}

Statement& RowTable::prepared(Statement& statement, const std::string& sql) {
  if (!statement) statement = Statement(name_.database, sql, SQLITE_PREPARE_PERSISTENT);
  return statement;
}

bool RowTable::contains(sqlite3_int64 rowid) {
  Statement& find =
      prepared(contains_, "SELECT 1 FROM " + shadow_name(name_, "rows") + " WHERE rowid = ?");
  const bool found = find.bind(1, rowid).step();
  find.reset();
  return found;
}

std::optional<sqlite3_int64> RowTable::find(std::string_view id) {
  Statement& find =
      prepared(find_, "SELECT rowid FROM " + shadow_name(name_, "rows") + " WHERE id = ?");
  std::optional<sqlite3_int64> rowid;
  if (find.bind(1, id).step()) rowid = find.column_integer(0);
  find.reset();
  return rowid;
}

std::uint32_t RowTable::checksum(sqlite3_int64 rowid, const RowContents& contents) const {
  Checksum sum(static_cast<std::uint64_t>(rowid));
  for (const Place& place : contents.places) sum.add(static_cast<std::uint64_t>(place.encoded()));
  for (std::size_t i = 0; i < columns_.vectors(); ++i) {
    if (columns_.vector(i) >= 0) sum.add(contents.vectors[i]);
  }
  return sum.value();
}

int RowTable::bind_contents(Statement& statement, int parameter,
                            const RowContents& contents) const {
  for (const Place& place : contents.places) statement.bind(parameter++, place.encoded());
  for (const sqlite::Value value : contents.auxiliaries) statement.bind(parameter++, value);
  for (std::size_t i = 0; i < columns_.vectors(); ++i) {
    if (columns_.vector(i) >= 0) statement.bind(parameter++, contents.vectors[i]);
  }
  return parameter;
}

sqlite3_int64 RowTable::next_rowid() {
  Statement& last = prepared(last_, "SELECT max(rowid) FROM " + shadow_name(name_, "rows"));
  last.step();
  const sqlite3_int64 greatest = last.column_integer(0);
  last.reset();
  if (greatest == std::numeric_limits<sqlite3_int64>::max()) {
    throw sqlite::Error({.operation = "insert",
                         .object = name_.table,
                         .problem = "the greatest rowid is taken, so that none can be chosen",
                         .hint = "give the new row a rowid"});
  }
  return greatest < 0 ? 1 : greatest + 1;
}

void RowTable::insert(sqlite3_int64 rowid, const RowContents& contents) {
  const bool keyed = definition_.has_text_key();
  std::string sql = "INSERT INTO " + shadow_name(name_, "rows") + "(rowid, checksum";
  std::string values = ") VALUES (?, ?";
  const auto add = [&](const std::string& column) {
    sql += ", " + column;
    values += ", ?";
  };
  if (!insert_) {
    if (keyed) add("id");
    for (std::size_t i = 0; i < columns_.vectors(); ++i) add("slot" + two_digits(i));
    for (std::size_t i = 0; i < columns_.auxiliaries(); ++i) add("auxiliary" + two_digits(i));
    for (std::size_t i = 0; i < columns_.vectors(); ++i) {
      if (columns_.vector(i) >= 0) add("vector" + two_digits(i));
    }
  }
  Statement& statement = prepared(insert_, sql + values + ")");
  statement.bind(1, rowid).bind(2, sqlite3_int64{checksum(rowid, contents)});
  if (keyed) statement.bind(3, *contents.id);
  bind_contents(statement, keyed ? 4 : 3, contents);
  statement.run();
}

void RowTable::update(sqlite3_int64 rowid, const RowContents& contents) {
  std::string sql = "UPDATE " + shadow_name(name_, "rows") + " SET checksum = ?";
  if (!update_) {
    for (std::size_t i = 0; i < columns_.vectors(); ++i) sql += ", slot" + two_digits(i) + " = ?";
    for (std::size_t i = 0; i < columns_.auxiliaries(); ++i) {
      sql += ", auxiliary" + two_digits(i) + " = ?";
    }
    for (std::size_t i = 0; i < columns_.vectors(); ++i) {
      if (columns_.vector(i) >= 0) sql += ", vector" + two_digits(i) + " = ?";
    }
  }
  Statement& statement = prepared(update_, sql + " WHERE rowid = ?");
  statement.bind(1, sqlite3_int64{checksum(rowid, contents)});
  const int parameter = bind_contents(statement, 2, contents);
  statement.bind(parameter, rowid).run();
}

void RowTable::remove(sqlite3_int64 rowid) {
  prepared(remove_, "DELETE FROM " + shadow_name(name_, "rows") + " WHERE rowid = ?")
      .bind(1, rowid)
      .run();
}

std::vector<Place> RowTable::places(const Statement& row) const {
  std::vector<Place> places;
  for (std::size_t i = 0; i < columns_.vectors(); ++i) {
    places.push_back(Place::decoded(row.column_integer(columns_.slot(i))));
  }
  return places;
}

void RowTable::verify(const Statement& row) const {
  const sqlite3_int64 rowid = row.column_integer(RowColumns::kRowid);
  Checksum sum(static_cast<std::uint64_t>(rowid));
  for (std::size_t i = 0; i < columns_.vectors(); ++i) {
    sum.add(static_cast<std::uint64_t>(row.column_integer(columns_.slot(i))));
  }
  for (std::size_t i = 0; i < columns_.vectors(); ++i) {
    if (columns_.vector(i) < 0) continue;
    const VectorColumn& column = definition_.vectors[i];
    const auto bytes = row.column_blob(columns_.vector(i));
    if (bytes.size() != byte_size(column.type, column.dimensions)) {
      throw damaged(rowid, "vector of " + std::to_string(bytes.size()) + " bytes in column \"" +
                               column.name + "\"");
    }
    sum.add(bytes);
  }
  if (sqlite3_int64{sum.value()} != row.column_integer(RowColumns::kChecksum)) {
    throw damaged(rowid, "the checksum does not match");
  }
}

void RowTable::forget_statements() noexcept {
  for (Statement* statement : {&read_, &contains_, &find_, &last_, &insert_, &update_, &remove_}) {
    *statement = Statement();
  }
}

}  // namespace edgepack::vec
