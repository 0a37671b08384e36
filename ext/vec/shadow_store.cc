#include "vec/shadow_store.h"

#include <utility>

namespace edgepack::vec {
namespace {

using sqlite::OwnedValue;
using sqlite::Reset;

/// Flat tables have one list.
constexpr sqlite3_int64 kFlatList = 0;

}  // namespace

ShadowStore::ShadowStore(TableName name, const Definition& definition)
    : name_(std::move(name)),
      definition_(definition),
      rows_(name_, definition),
      blocks_(name_, definition) {}

void ShadowStore::insert(const NewRow& row) {
  report_damage(name_.table, [&] {
    RowContents contents{.id = row.id, .places = {}, .auxiliaries = row.auxiliaries, .vectors = {}};
    for (std::size_t i = 0; i < row.vectors.size(); ++i) {
      const Place place = blocks_.claim(i, kFlatList);
      blocks_.write(i, place, row.rowid, row.vectors[i]);
      contents.places.push_back(place);
      contents.vectors.push_back(row.vectors[i].bytes);
    }
    rows_.insert(row.rowid, contents);
  });
}

sqlite::Statement& ShadowStore::row_at(sqlite3_int64 rowid) {
  sqlite::Statement& row = rows_.reader();
  if (!row.bind(1, rowid).step()) {
    throw Corruption("row " + std::to_string(rowid) + " is missing");
  }
  return row;
}

void ShadowStore::update(sqlite3_int64 rowid, const RowChange& change) {
  report_damage(name_.table, [&] {
    sqlite::Statement& row = row_at(rowid);
    const Reset reset(row);
    rows_.verify(row);
    RowContents contents{.id = {}, .places = rows_.places(row), .auxiliaries = {}, .vectors = {}};
    // The old values must outlive the statement that reads them.
    std::vector<std::vector<std::byte>> old_vectors(definition_.vectors.size());
    std::vector<OwnedValue> old_auxiliaries;
    old_auxiliaries.reserve(definition_.auxiliaries.size());
    for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
      if (change.vectors[i]) {
        blocks_.verify(i, contents.places[i], rowid);
        contents.vectors.push_back(change.vectors[i]->bytes);
      } else {
        if (const int column = columns().vector(i); column >= 0) {
          const auto bytes = row.column_blob(column);
          old_vectors[i].assign(bytes.begin(), bytes.end());
        }
        contents.vectors.push_back(old_vectors[i]);
      }
    }
    for (std::size_t i = 0; i < definition_.auxiliaries.size(); ++i) {
      if (change.auxiliaries[i]) {
        contents.auxiliaries.push_back(*change.auxiliaries[i]);
      } else {
        old_auxiliaries.emplace_back(row.column_value(columns().auxiliary(i)));
        contents.auxiliaries.push_back(old_auxiliaries.back().value());
      }
    }
    row.reset();
    for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
      if (!change.vectors[i]) continue;
      blocks_.renew(i, contents.places[i]);
      blocks_.write(i, contents.places[i], rowid, *change.vectors[i]);
    }
    rows_.update(rowid, contents);
  });
}

void ShadowStore::remove(sqlite3_int64 rowid) {
  report_damage(name_.table, [&] {
    std::vector<Place> places;
    {
      sqlite::Statement& row = row_at(rowid);
      const Reset reset(row);
      places = rows_.places(row);
    }
    for (std::size_t i = 0; i < places.size(); ++i) blocks_.verify(i, places[i], rowid);
    for (std::size_t i = 0; i < places.size(); ++i) blocks_.release(i, places[i]);
    rows_.remove(rowid);
  });
}

void ShadowStore::read_vector(std::size_t vector, sqlite3_int64 rowid,
                              std::vector<std::byte>& bytes) {
  report_damage(name_.table, [&] {
    sqlite::Statement& row = row_at(rowid);
    const Reset reset(row);
    read_vector(row, vector, bytes);
  });
}

void ShadowStore::read_vector(const sqlite::Statement& row, std::size_t vector,
                              std::vector<std::byte>& bytes) {
  report_damage(name_.table, [&] {
    if (const int column = columns().vector(vector); column >= 0) {
      rows_.verify(row);
      const auto read = row.column_blob(column);
      bytes.assign(read.begin(), read.end());
    } else {
      blocks_.read(vector, Place::decoded(row.column_integer(columns().slot(vector))),
                   row.column_integer(RowColumns::kRowid), bytes);
    }
  });
}

sqlite::Statement ShadowStore::select_rows(std::string_view clauses) const {
  return sqlite::Statement(name_.database, rows_.select() + std::string(clauses));
}

void ShadowStore::forget_statements() noexcept {
  rows_.forget_statements();
  blocks_.forget_statements();
}

void ShadowStore::rename(const char* new_table) {
  forget_statements();
  rename_shadow_tables(name_, new_table);
  name_.table = new_table;
}

void ShadowStore::drop() {
  forget_statements();
  drop_shadow_tables(name_);
}

}  // namespace edgepack::vec
