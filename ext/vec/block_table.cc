#include "vec/block_table.h"

#include <algorithm>
#include <cstring>

namespace edgepack::vec {
namespace {

using sqlite::Reset;
using sqlite::Statement;

sqlite3_int64 random_version() noexcept {
  sqlite3_int64 version = 0;
  sqlite3_randomness(sizeof version, &version);
  return version;
}

std::span<const std::byte> bytes_of(const std::vector<sqlite3_int64>& versions) noexcept {
  return std::as_bytes(std::span(versions));
}

}  // namespace

void read_header(const Statement& row, const BlockLayout& layout, BlockHeader& header) {
  header.block = row.column_integer(0);
  header.list = row.column_integer(1);
  header.capacity = static_cast<std::size_t>(std::max<sqlite3_int64>(row.column_integer(2), 0));
  const auto versions = row.column_blob(3);
  header.versions.resize(versions.size() / sizeof(sqlite3_int64));
  if (versions.size() % sizeof(sqlite3_int64) != 0) header.versions.clear();
  if (!header.versions.empty()) {
    std::memcpy(header.versions.data(), versions.data(), versions.size());
  }
  const auto used = row.column_blob(4);
  header.used.assign(used.begin(), used.end());
  header.text_end = row.column_integer(5);
  header.verify(layout, row.column_integer(6) != 0, row.column_integer(7));
}

BlockTable::BlockTable(const TableName& name, const Definition& definition)
    : name_(name),
      definition_(definition),
      layout_(definition),
      codes_(name, definition),
      count_(name, definition) {
  if (layout_.has_metadata) metadata_.emplace(name, definition);
}

Statement& BlockTable::prepared(Statement& statement, const char* before, const char* after) {
  if (!statement) {
    statement = Statement(name_.database, before + shadow_name(name_, "blocks") + after,
                          SQLITE_PREPARE_PERSISTENT);
  }
  return statement;
}

bool BlockTable::find(Find what, sqlite3_int64 key, BlockHeader& header) {
  Statement* row = nullptr;
  switch (what) {
    case Find::kFree:
      row = &prepared(find_free_, kSelectHeader, " WHERE list = ?1 AND has_free LIMIT 1");
      break;
    case Find::kSmall:
      row = &prepared(find_small_, kSelectHeader,
                      " WHERE list = ?1 AND capacity < ?2 AND text_end <= ?3 LIMIT 1");
      row->bind(2, static_cast<sqlite3_int64>(layout_.largest_capacity));
      row->bind(3, static_cast<sqlite3_int64>(format::kMostTextBytes));
      break;
    case Find::kNumber:
      row = &prepared(find_number_, kSelectHeader, " WHERE block = ?1");
      break;
  }
  const Reset reset(*row);
  if (!row->bind(1, key).step()) return false;
  read_header(*row, layout_, header);
  return true;
}

BlockHeader BlockTable::header(sqlite3_int64 block) {
  BlockHeader header;
  if (!find(Find::kNumber, block, header)) throw damaged_block(block, "its header is missing");
  return header;
}

BlockHeader BlockTable::used_header(Place place) {
  BlockHeader header = this->header(place.block);
  if (!header.is_used(place.position)) throw damaged_place(place, "is not in use");
  return header;
}

bool BlockTable::has_blocks(sqlite3_int64 list) {
  Statement& any = prepared(find_any_, "SELECT 1 FROM ", " WHERE list = ? LIMIT 1");
  const Reset reset(any);
  return any.bind(1, list).step();
}

void BlockTable::insert_header(const BlockHeader& header) {
  prepared(insert_, "INSERT INTO ",
           "(block, list, capacity, has_free, versions, used, text_end, checksum) "
           "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(1, header.block)
      .bind(2, header.list)
      .bind(3, static_cast<sqlite3_int64>(header.capacity))
      .bind(4, header.takes_rows() ? 1 : 0)
      .bind(5, bytes_of(header.versions))
      .bind(6, std::span<const std::byte>(header.used))
      .bind(7, header.text_end)
      .bind(8, sqlite3_int64{header.checksum()})
      .run();
  count_.change(header.list, 1);
}

void BlockTable::renew_all(BlockHeader& header) const {
  for (sqlite3_int64& version : header.versions) version = random_version();
}

void BlockTable::save(const BlockHeader& header, bool same_index) {
  // Naming an indexed column writes the index, changed or not: most writes leave it alone.
  Statement& statement =
      same_index ? prepared(update_, "UPDATE ",
                            " SET versions = ?2, used = ?3, text_end = ?4, checksum = ?5 "
                            "WHERE block = ?1")
                 : prepared(update_indexed_, "UPDATE ",
                            " SET versions = ?2, used = ?3, text_end = ?4, checksum = ?5, "
                            "has_free = ?6, capacity = ?7 WHERE block = ?1");
  statement.bind(1, header.block).bind(2, bytes_of(header.versions));
  statement.bind(3, std::span<const std::byte>(header.used)).bind(4, header.text_end);
  statement.bind(5, sqlite3_int64{header.checksum()});
  if (!same_index) {
    statement.bind(6, header.takes_rows() ? 1 : 0)
        .bind(7, static_cast<sqlite3_int64>(header.capacity));
  }
  statement.run();
}

void BlockTable::update(Place place, sqlite3_int64 rowid, const BlockChange& change) {
  BlockHeader header = used_header(place);
  const bool took_rows = header.takes_rows();
  bool changes = false;
  for (std::size_t i = 0; i < change.vectors.size(); ++i) {
    if (!change.vectors[i]) continue;
    codes_.write(i, header, place, rowid, *change.vectors[i]);
    header.versions[i] = random_version();
    changes = true;
  }
  if (change.metadata) {
    metadata_->write(header, place, rowid, *change.metadata);
    header.versions.back() = random_version();
    changes = true;
  }
  if (changes) save(header, header.takes_rows() == took_rows);
}

bool BlockTable::overflows(Place place, std::span<const sqlite::Value> metadata) {
  return metadata_ && metadata_->layout().has_text() &&
         metadata_->overflows(used_header(place), place, metadata);
}

std::optional<sqlite3_int64> BlockTable::remove(Place place) {
  BlockHeader header = used_header(place);
  const bool took_rows = header.takes_rows();
  header.set_used(place.position, false);
  if (header.count_used() > 0) {
    // Only a block that its text has closed is worth the work of moving texts.
    if (header.text_end > static_cast<sqlite3_int64>(format::kMostTextBytes)) {
      metadata_->compact(header);
    }
    renew_all(header);
    save(header, header.takes_rows() == took_rows);
    return std::nullopt;
  }
  erase(header);
  if (has_blocks(header.list)) return std::nullopt;
  return header.list;
}

void BlockTable::erase(const BlockHeader& header) {
  prepared(delete_, "DELETE FROM ", " WHERE block = ?").bind(1, header.block).run();
  count_.change(header.list, -1);
  codes_.remove(header.block);
  if (metadata_) metadata_->remove(header.block);
}

std::vector<sqlite3_int64> BlockTable::rowids(const BlockHeader& header) {
  const VectorColumn& column = definition_.vectors.front();
  std::vector<std::byte> slots;
  CodeReader(name_, column, 0).read(header, slots);
  const DecodedBlock block(column, 0, header, slots);
  const auto found = block.rows().rowids;
  return {found.begin(), found.end()};
}

std::vector<BlockHeader> BlockTable::headers(sqlite3_int64 list) {
  Statement row(name_.database, kSelectHeader + shadow_name(name_, "blocks") + " WHERE list = ?");
  row.bind(1, list);
  std::vector<BlockHeader> found;
  while (row.step()) read_header(row, layout_, found.emplace_back());
  return found;
}

std::vector<sqlite3_int64> BlockTable::lists() {
  Statement list(name_.database, "SELECT DISTINCT list FROM " + shadow_name(name_, "blocks"));
  std::vector<sqlite3_int64> found;
  while (list.step()) found.push_back(list.column_integer(0));
  return found;
}

bool BlockTable::others_have_room(const BlockHeader& block, std::size_t rows) {
  Statement& other = prepared(find_others_, kSelectHeader, " WHERE list = ?1 AND block <> ?2");
  const Reset reset(other);
  other.bind(1, block.list).bind(2, block.block);
  bool is_alone = true;
  std::size_t room = 0;
  BlockHeader header;
  while (other.step()) {
    is_alone = false;
    if (other.column_integer(kHeaderHasFree) == 0) continue;
    read_header(other, layout_, header);
    room += header.capacity - header.count_used();
    if (room >= rows) return true;
  }
  return is_alone;
}

void BlockTable::verify(Place place, sqlite3_int64 rowid) {
  const BlockHeader header = used_header(place);
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    codes_.verify(i, header, place, rowid);
  }
  if (metadata_) metadata_->verify(header, place, rowid);
}

void BlockTable::read(std::size_t vector, Place place, sqlite3_int64 rowid,
                      std::vector<std::byte>& bytes) {
  codes_.read(vector, used_header(place), place, rowid, bytes);
}

void BlockTable::forget_statements() noexcept {
  for (Statement* statement : {&find_free_, &find_small_, &find_number_, &find_any_, &greatest_,
                               &find_others_, &insert_, &update_, &update_indexed_, &delete_}) {
    *statement = Statement();
  }
  codes_.forget_statements();
  count_.forget_statements();
  if (metadata_) metadata_->forget_statements();
}

}  // namespace edgepack::vec
