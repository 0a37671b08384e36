// Merging blocks that deletes have all but emptied: docs/vec-format.md, "How a block grows, and
// goes".

#include <algorithm>

#include "vec/shadow_store.h"

namespace edgepack::vec {

using sqlite::Reset;

ShadowStore::OwnedRow ShadowStore::read_row(sqlite3_int64 rowid) {
  sqlite::Statement& row = row_at(rowid);
  const Reset reset(row);
  rows_.verify_values(row);
  rows_.verify_vectors(row);
  const Place place = Place::decoded(row.column_integer(RowColumns::kSlot));
  blocks_.verify(place, rowid);
  OwnedRow owned{rowid, std::string(row.column_text(RowColumns::kId)), {}, {}};
  owned.vectors.resize(definition_.vectors.size());
  for (std::size_t i = 0; i < owned.vectors.size(); ++i) read_vector(row, i, owned.vectors[i]);
  for (std::size_t i = 0; i < definition_.values(); ++i) {
    owned.values.emplace_back(row.column_value(columns().value(i)));
  }
  return owned;
}

std::vector<ShadowStore::OwnedRow> ShadowStore::read_block(const BlockHeader& header,
                                                           std::optional<sqlite3_int64> except) {
  std::vector<OwnedRow> rows;
  for (const sqlite3_int64 rowid : blocks_.rowids(header)) {
    if (rowid != except) rows.push_back(read_row(rowid));
  }
  return rows;
}

std::vector<ShadowStore::OwnedRow> ShadowStore::stragglers(Place place, sqlite3_int64 rowid) {
  const BlockHeader header = blocks_.header(place.block);
  const std::size_t left = header.count_used() - 1;
  if (left == 0 || header.capacity <= format::kCapacityUnit ||
      left > header.capacity / format::kSparseShare || !blocks_.others_have_room(header, left)) {
    return {};
  }
  try {
    return read_block(header, rowid);
  } catch (const Corruption&) {
    return {};  // damage to other rows is not this statement's matter
  }
}

void ShadowStore::place_row(sqlite3_int64 list, const OwnedRow& row,
                            std::vector<sqlite3_int64>& preferred) {
  RowContents contents;
  if (definition_.has_text_key()) contents.id = row.id;
  std::vector<VectorView> vectors;
  for (std::size_t i = 0; i < row.vectors.size(); ++i) {
    const VectorColumn& column = definition_.vectors[i];
    vectors.push_back({column.type, column.dimensions, row.vectors[i]});
    contents.vectors.push_back(row.vectors[i]);
  }
  for (const sqlite::OwnedValue& value : row.values) contents.values.push_back(value.value());
  const BlockRow in_block{row.rowid, vectors, metadata(contents.values)};
  std::optional<Place> place;
  while (!place && !preferred.empty()) {
    place = blocks_.insert_into(preferred.back(), in_block);
    if (!place) preferred.pop_back();
  }
  contents.place = place ? *place : blocks_.insert(list, in_block);
  rows_.update(row.rowid, contents);
}

void ShadowStore::optimize_list(sqlite3_int64 list, const std::function<void()>& check_interrupt) {
  std::vector<BlockHeader> blocks = blocks_.headers(list);
  std::sort(blocks.begin(), blocks.end(), [](const BlockHeader& a, const BlockHeader& b) {
    return a.count_used() > b.count_used();
  });
  std::size_t rows = 0;
  for (const BlockHeader& block : blocks) rows += block.count_used();
  // The fullest blocks stay, as many as hold all rows.
  std::vector<sqlite3_int64> staying;
  std::size_t stay = 0;
  for (std::size_t held = 0; held < rows; ++stay) {
    const BlockHeader& block = blocks[stay];
    held += block.takes_rows() ? block.capacity : block.count_used();
    if (block.takes_rows()) staying.push_back(block.block);
  }
  // A single block that is too large is made anew, and grows as far as it must.
  const bool is_too_large = stay == 1 && rows * 4 <= blocks.front().capacity &&
                            blocks.front().capacity > format::kCapacityUnit;
  if (is_too_large) {
    stay = 0;
    staying.clear();
  }
  std::vector<OwnedRow> moved;
  for (std::size_t i = blocks.size(); i-- > stay;) {
    blocks_.write_open();
    // Its list may have had no other block for a row with long texts.
    const BlockHeader emptied = blocks_.header(blocks[i].block);
    moved = read_block(emptied);
    blocks_.erase(emptied);
    for (const OwnedRow& row : moved) {
      check_interrupt();
      place_row(list, row, staying);
    }
  }
}

void ShadowStore::optimize(const std::function<void()>& check_interrupt) {
  become_writer();
  report_damage(name_.table, [&] {
    blocks_.write_open();
    for (const sqlite3_int64 list : blocks_.lists()) {
      optimize_list(list, check_interrupt);
      blocks_.write_open();
    }
  });
}

}  // namespace edgepack::vec
