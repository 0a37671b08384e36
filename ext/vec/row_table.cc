#include "vec/row_table.h"

#include <algorithm>
#include <limits>

#include "vec/value_checksum.h"

namespace edgepack::vec {
namespace {

using sqlite::Statement;

Corruption damaged(sqlite3_int64 rowid, const std::string& problem) {
  return Corruption("row " + std::to_string(rowid) + ": " + problem);
}

}  // namespace

RowColumns::RowColumns(const Definition& definition)
    : vector_columns_(definition.vectors.size(), -1),
      list_(std::string(definition.has_text_key() ? "rowid, id" : "rowid, NULL") +
            ", checksum, vectors_checksum, slot") {
  for (std::size_t i = 0; i < definition.values(); ++i) list_ += ", " + value_name(definition, i);
  int next = value(definition.values());
  for (std::size_t i = 0; i < definition.vectors.size(); ++i) {
    if (!format::has_codes(definition.vectors[i].type)) continue;
    vector_columns_[i] = next++;
    list_ += ", vector" + two_digits(i);
  }
}

bool RowTable::contains(sqlite3_int64 rowid) {
  Statement& find = prepared(contains_, "SELECT 1 FROM ", " WHERE rowid = ?");
  const bool found = find.bind(1, rowid).step();
  find.reset();
  return found;
}

std::optional<sqlite3_int64> RowTable::find(std::string_view id) {
  Statement& find = prepared(find_, "SELECT rowid FROM ", " WHERE id = ?");
  std::optional<sqlite3_int64> rowid;
  if (find.bind(1, id).step()) rowid = find.column_integer(0);
  find.reset();
  return rowid;
}

std::uint32_t RowTable::checksum(sqlite3_int64 rowid, const RowContents& contents) const {
  Checksum sum(static_cast<std::uint64_t>(rowid));
  sum.add(static_cast<std::uint64_t>(contents.place.encoded()));
  if (contents.id) add_text(sum, *contents.id);
  for (const sqlite::Value value : contents.values) add_value(sum, value);
  return sum.value();
}

std::uint32_t RowTable::vectors_checksum(sqlite3_int64 rowid, const RowContents& contents) const {
  Checksum sum(static_cast<std::uint64_t>(rowid));
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (columns_.vector(i) >= 0) sum.add(contents.vectors[i]);
  }
  return sum.value();
}

template <class Body>
void RowTable::for_each_bound(Body&& body) const {
  for (const char* name : {"checksum", "vectors_checksum", "slot"}) body(std::string(name));
  for (std::size_t i = 0; i < definition_.values(); ++i) body(value_name(definition_, i));
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (columns_.vector(i) >= 0) body("vector" + two_digits(i));
  }
}

int RowTable::bind_contents(Statement& statement, int parameter, sqlite3_int64 rowid,
                            const RowContents& contents) const {
  statement.bind(parameter++, sqlite3_int64{checksum(rowid, contents)});
  statement.bind(parameter++, sqlite3_int64{vectors_checksum(rowid, contents)});
  statement.bind(parameter++, contents.place.encoded());
  for (const sqlite::Value value : contents.values) statement.bind(parameter++, value);
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (columns_.vector(i) >= 0) statement.bind(parameter++, contents.vectors[i]);
  }
  return parameter;
}

sqlite3_int64 RowTable::greatest_rowid() {
  Statement& last = prepared(last_, "SELECT max(rowid) FROM ", "");
  const sqlite::Reset reset(last);
  last.step();
  return last.column_integer(0);
}

sqlite3_int64 RowTable::rowid_after(sqlite3_int64 greatest) const {
  if (greatest == std::numeric_limits<sqlite3_int64>::max()) {
    throw sqlite::Error({.operation = "insert",
                         .object = name_.table,
                         .problem = "the greatest rowid is taken, so that none can be chosen",
                         .hint = "give the new row a rowid"});
  }
  return greatest < 0 ? 1 : greatest + 1;
}

std::optional<Place> RowTable::place_of(sqlite3_int64 rowid) {
  Statement& find = prepared(place_, "SELECT slot FROM ", " WHERE rowid = ?");
  const sqlite::Reset reset(find);
  if (!find.bind(1, rowid).step()) return std::nullopt;
  return Place::decoded(find.column_integer(0));
}

std::vector<sqlite3_int64> RowTable::blocks_of(std::span<const sqlite3_int64> rowids) {
  std::vector<sqlite3_int64> blocks;
  for (const sqlite3_int64 rowid : rowids) {
    if (const auto place = place_of(rowid)) blocks.push_back(place->block);
  }
  std::sort(blocks.begin(), blocks.end());
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  return blocks;
}

bool RowTable::insert(sqlite3_int64 rowid, const RowContents& contents) {
  const bool keyed = definition_.has_text_key();
  if (!insert_) {
    std::string sql = "INSERT OR IGNORE INTO " + shadow_name(name_, "rows") + "(rowid";
    std::string values = ") VALUES (?";
    const auto add = [&](const std::string& column) {
      sql += ", " + column;
      values += ", ?";
    };
    if (keyed) add("id");
    for_each_bound(add);
    prepared(insert_, [&] { return sql + values + ")"; });
  }
  insert_.bind(1, rowid);
  if (keyed) insert_.bind(2, *contents.id);
  bind_contents(insert_, keyed ? 3 : 2, rowid, contents);
  insert_.run();
  return sqlite3_changes(name_.database) != 0;
}

void RowTable::update(sqlite3_int64 rowid, const RowContents& contents) {
  if (!update_) {
    std::string assignments;
    for_each_bound([&](const std::string& column) {
      assignments += (assignments.empty() ? " SET " : ", ") + column + " = ?";
    });
    prepared(update_, "UPDATE ", (assignments + " WHERE rowid = ?").c_str());
  }
  const int parameter = bind_contents(update_, 1, rowid, contents);
  update_.bind(parameter, rowid).run();
}

void RowTable::remove(sqlite3_int64 rowid) {
  prepared(remove_, "DELETE FROM ", " WHERE rowid = ?").bind(1, rowid).run();
}

void RowTable::verify_values(const Statement& row) const {
  const sqlite3_int64 rowid = row.column_integer(RowColumns::kRowid);
  Checksum sum(static_cast<std::uint64_t>(rowid));
  sum.add(static_cast<std::uint64_t>(row.column_integer(RowColumns::kSlot)));
  if (definition_.has_text_key()) add_value(sum, row.column_value(RowColumns::kId));
  for (std::size_t i = 0; i < definition_.values(); ++i) {
    add_value(sum, row.column_value(columns_.value(i)));
  }
  if (sqlite3_int64{sum.value()} != row.column_integer(RowColumns::kChecksum)) {
    throw damaged(rowid, "the checksum does not match");
  }
}

void RowTable::verify_vectors(const Statement& row) const {
  const sqlite3_int64 rowid = row.column_integer(RowColumns::kRowid);
  Checksum sum(static_cast<std::uint64_t>(rowid));
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (columns_.vector(i) < 0) continue;
    const VectorColumn& column = definition_.vectors[i];
    const auto bytes = row.column_blob(columns_.vector(i));
    if (bytes.size() != byte_size(column.type, column.dimensions)) {
      throw damaged(rowid, "vector of " + std::to_string(bytes.size()) + " bytes in column \"" +
                               column.name + "\"");
    }
    sum.add(bytes);
  }
  if (sqlite3_int64{sum.value()} != row.column_integer(RowColumns::kVectorsChecksum)) {
    throw damaged(rowid, "the checksum of the vectors does not match");
  }
}

void RowTable::forget_statements() noexcept {
  for (Statement* statement :
       {&read_, &contains_, &find_, &place_, &last_, &insert_, &update_, &remove_}) {
    *statement = Statement();
  }
}

}  // namespace edgepack::vec
