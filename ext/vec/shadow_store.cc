#include "vec/shadow_store.h"

#include <algorithm>
#include <utility>

#include "vec/block_scan.h"

namespace edgepack::vec {
namespace {

using sqlite::OwnedValue;
using sqlite::Reset;
using sqlite::Value;

/// The list of tables without partition keys.
constexpr sqlite3_int64 kFlatList = 0;

/// Rows that are looked up one by one, so that only their blocks are read.
constexpr std::size_t kFewRowids = 1000;
/// One row in so many is as dear to look up as all are to go through.
constexpr std::size_t kWorthAllRows = 4;
/// Rows that are looked up, so that the list of them stays within 4 MiB.
constexpr std::size_t kMostChosenRows = std::size_t{1} << 19;
/// More lists than this are found among all headers, not one by one.
constexpr std::size_t kFewLists = 256;

}  // namespace

ShadowStore::ShadowStore(TableName name, const Definition& definition)
    : name_(std::move(name)),
      definition_(definition),
      rows_(name_, definition),
      blocks_(name_, definition),
      directories_(name_, blocks_),
      lists_(name_, definition),
      writer_(writer_of(name_)) {}

ShadowStore::~ShadowStore() {
  if (writer_->last == this) writer_->last = nullptr;
}

std::span<const Value> ShadowStore::partition_keys(const std::vector<Value>& values) const {
  return std::span(values).first(definition_.partition_keys.size());
}

std::span<const Value> ShadowStore::metadata(const std::vector<Value>& values) const {
  return std::span(values).subspan(definition_.partition_keys.size(), definition_.metadata.size());
}

std::optional<sqlite3_int64> ShadowStore::find_list(const std::vector<Value>& values) {
  if (definition_.partition_keys.empty()) return kFlatList;
  return lists_.find(partition_keys(values));
}

sqlite3_int64 ShadowStore::claim_list(const std::vector<Value>& values) {
  if (const auto found = find_list(values)) return *found;
  const sqlite3_int64 list = lists_.next_number();
  lists_.insert(list, partition_keys(values));
  return list;
}

void ShadowStore::become_writer() {
  if (writer_->last == this) return;
  if (writer_->last != nullptr) writer_->last->write();
  greatest_rowid_.reset();
  lists_.forget_known();
  writer_->last = this;
}

bool ShadowStore::has_open_rows() {
  const auto row = blocks_.open_row();
  if (!row) return true;
  try {
    // One stands for all: they came after the last savepoint that write() was called for.
    return rows_.place_of(row->rowid) == row->place && !blocks_.is_written(row->place);
  } catch (const Corruption&) {
    return false;  // another table has the name
  } catch (const sqlite::Error& error) {
    if (error.code() != SQLITE_ERROR) throw;
    return false;  // or none
  }
}

void ShadowStore::write() {
  report_damage(name_.table, [&] {
    if (!is_told_ && !has_open_rows()) return forget();
    blocks_.write_open();
  });
}

void ShadowStore::write_all() {
  if (writer_->last != nullptr) writer_->last->write();
}

void ShadowStore::forget() noexcept {
  blocks_.forget_open();
  greatest_rowid_.reset();
  lists_.forget_known();
}

void ShadowStore::end_transaction() noexcept {
  is_told_ = false;
  forget();
}

sqlite3_int64 ShadowStore::next_rowid() {
  become_writer();
  if (!greatest_rowid_) greatest_rowid_ = rows_.greatest_rowid();
  return rows_.rowid_after(*greatest_rowid_);
}

bool ShadowStore::insert(const NewRow& row) {
  become_writer();
  bool inserted = false;
  report_damage(name_.table, [&] {
    RowContents contents;
    contents.id = row.id;
    contents.values = row.values;
    contents.vectors.reserve(row.vectors.size());
    for (const VectorView& vector : row.vectors) contents.vectors.push_back(vector.bytes);
    const auto found = find_list(row.values);
    const sqlite3_int64 list = found ? *found : lists_.next_number();
    contents.place = blocks_.insert(list, {row.rowid, row.vectors, metadata(row.values)});
    try {
      inserted = rows_.insert(row.rowid, contents);
    } catch (...) {
      blocks_.take_back(list, contents.place);
      throw;
    }
    if (!inserted) {
      blocks_.take_back(list, contents.place);
      return;
    }
    if (!found) lists_.insert(list, partition_keys(row.values));
  });
  if (!inserted) {
    greatest_rowid_.reset();
  } else if (greatest_rowid_) {
    greatest_rowid_ = std::max(*greatest_rowid_, row.rowid);
  }
  return inserted;
}

sqlite::Statement& ShadowStore::row_at(sqlite3_int64 rowid) {
  sqlite::Statement& row = rows_.reader();
  if (!row.bind(1, rowid).step()) {
    throw Corruption("row " + std::to_string(rowid) + " is missing");
  }
  return row;
}

bool ShadowStore::changes(const RowChange& change, std::size_t first, std::size_t count) {
  const auto begin = change.values.begin() + static_cast<std::ptrdiff_t>(first);
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                     [](const auto& value) { return value.has_value(); });
}

void ShadowStore::update(sqlite3_int64 rowid, const RowChange& change) {
  become_writer();
  write();
  report_damage(name_.table, [&] {
    sqlite::Statement& row = row_at(rowid);
    const Reset reset(row);
    rows_.verify_values(row);
    rows_.verify_vectors(row);
    RowContents contents;
    contents.place = Place::decoded(row.column_integer(RowColumns::kSlot));
    blocks_.verify(contents.place, rowid);
    // The old values must outlive the statement that reads them.
    std::string id;
    if (definition_.has_text_key()) {
      id = row.column_text(RowColumns::kId);
      contents.id = id;
    }
    std::vector<std::vector<std::byte>> old_vectors(definition_.vectors.size());
    std::vector<VectorView> vectors;
    for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
      const VectorColumn& column = definition_.vectors[i];
      if (!change.vectors[i]) read_vector(row, i, old_vectors[i]);
      vectors.push_back(change.vectors[i]
                            ? *change.vectors[i]
                            : VectorView{column.type, column.dimensions, old_vectors[i]});
      contents.vectors.push_back(vectors.back().bytes);
    }
    std::vector<OwnedValue> old_values;
    old_values.reserve(definition_.values());
    for (std::size_t i = 0; i < definition_.values(); ++i) {
      if (!change.values[i]) old_values.emplace_back(row.column_value(columns().value(i)));
      contents.values.push_back(change.values[i] ? *change.values[i] : old_values.back().value());
    }
    row.reset();

    const std::size_t keys = definition_.partition_keys.size();
    const bool new_metadata = changes(change, keys, definition_.metadata.size());
    const auto metadata = this->metadata(contents.values);
    if (changes(change, 0, keys) || (new_metadata && blocks_.overflows(contents.place, metadata))) {
      remove_from_blocks(contents.place);
      contents.place = blocks_.insert(claim_list(contents.values), {rowid, vectors, metadata});
    } else {
      BlockChange in_block{.vectors = change.vectors, .metadata = {}};
      if (new_metadata) in_block.metadata = metadata;
      blocks_.update(contents.place, rowid, in_block);
    }
    rows_.update(rowid, contents);
  });
}

void ShadowStore::remove_from_blocks(Place place) {
  const auto emptied = blocks_.remove(place);
  if (emptied && !definition_.partition_keys.empty()) lists_.remove(*emptied);
}

void ShadowStore::remove(sqlite3_int64 rowid) {
  become_writer();
  write();
  greatest_rowid_.reset();
  report_damage(name_.table, [&] {
    Place place{};
    {
      sqlite::Statement& row = row_at(rowid);
      const Reset reset(row);
      place = Place::decoded(row.column_integer(RowColumns::kSlot));
    }
    blocks_.verify(place, rowid);
    const std::vector<OwnedRow> moved = stragglers(place, rowid);
    if (moved.empty()) {
      remove_from_blocks(place);
    } else {
      const BlockHeader emptied = blocks_.header(place.block);
      blocks_.erase(emptied);
      std::vector<sqlite3_int64> anywhere;
      for (const OwnedRow& row : moved) place_row(emptied.list, row, anywhere);
    }
    rows_.remove(rowid);
  });
}

std::shared_ptr<BlockDirectory> ShadowStore::directory_of(const RowFilter* filter) {
  return report_damage(name_.table, [&] {
    if (filter != nullptr && filter->rowids && filter->rowids->size() <= kFewRowids) {
      return directories_.with_numbers(rows_.blocks_of(*filter->rowids));
    }
    if (filter != nullptr && filter->lists && filter->lists->size() <= kFewLists) {
      return directories_.with_lists(*filter->lists);
    }
    return directories_.all();
  });
}

std::unique_ptr<BlockScan> ShadowStore::scan(std::size_t vector, const RowFilter* filter) {
  write_all();
  return scan_blocks(name_, definition_, blocks_, directory_of(filter), vector, filter);
}

std::optional<std::vector<sqlite3_int64>> ShadowStore::choose_rows(const RowFilter& filter,
                                                                   const Check& check) {
  write_all();
  auto directory = directory_of(&filter);
  std::size_t rows = 0;
  for (const BlockHeader& header : directory->headers) rows += header.count_used();
  return vec::choose_rows(name_, definition_, blocks_, std::move(directory), filter,
                          std::min(rows / kWorthAllRows, kMostChosenRows), check);
}

std::vector<sqlite3_int64> ShadowStore::lists(std::span<const ColumnCondition> partition_keys) {
  return report_damage(name_.table, [&] { return lists_.select(partition_keys); });
}

void ShadowStore::verify_values(const sqlite::Statement& row) const {
  report_damage(name_.table, [&] { rows_.verify_values(row); });
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
      rows_.verify_vectors(row);
      const auto read = row.column_blob(column);
      bytes.assign(read.begin(), read.end());
    } else {
      write_all();
      blocks_.read(vector, Place::decoded(row.column_integer(RowColumns::kSlot)),
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
  directories_.forget();
  lists_.forget_statements();
}

void ShadowStore::rename(const char* new_table) {
  write_all();
  forget_statements();
  rename_shadow_tables(name_, definition_, new_table);
  name_.table = new_table;
  if (writer_->last == this) writer_->last = nullptr;
  writer_ = writer_of(name_);
}

void ShadowStore::drop() {
  write_all();
  forget_statements();
  drop_shadow_tables(name_);
}

}  // namespace edgepack::vec
