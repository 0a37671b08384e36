#include "vec/code_table.h"

#include <memory>

#include "vec/shadow_blob.h"

namespace edgepack::vec {
namespace {

using sqlite::Blob;
using sqlite::Statement;

sqlite3_int64 code_number(sqlite3_int64 block, std::size_t vector) noexcept {
  // Unsigned, because a damaged header may hold any number.
  return static_cast<sqlite3_int64>(static_cast<std::uint64_t>(block) * format::kCodesPerBlock +
                                    vector);
}

Blob open_slots(const TableName& name, sqlite3_int64 block, std::size_t vector, Blob::Mode mode) {
  return open_or_report(block, "codes", [&] {
    return Blob(name.database, name.schema.c_str(), (name.table + "_codes").c_str(), "slots",
                code_number(block, vector), mode);
  });
}

}  // namespace

Statement& CodeTable::prepared(Statement& statement, const char* sql, const char* rest) {
  if (!statement) {
    statement = Statement(name_.database, sql + shadow_name(name_, "codes") + rest,
                          SQLITE_PREPARE_PERSISTENT);
  }
  return statement;
}

void CodeTable::create(const BlockHeader& header) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    prepared(insert_, "INSERT INTO ", "(code, slots) VALUES (?, zeroblob(?))")
        .bind(1, code_number(header.block, i))
        .bind(2, static_cast<sqlite3_int64>(header.capacity * codec(i).slot_size()))
        .run();
  }
}

void CodeTable::grow(const BlockHeader& header, std::size_t capacity) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    std::vector<std::byte> slots(capacity * codec(i).slot_size());
    {
      const Blob blob = open_slots(name_, header.block, i, Blob::Mode::kRead);
      codec(i).verify_size(header, blob.size());
      blob.read(std::span(slots).first(blob.size()), 0);
    }
    prepared(resize_, "UPDATE ", " SET slots = ?2 WHERE code = ?1")
        .bind(1, code_number(header.block, i))
        .bind(2, std::span<const std::byte>(slots))
        .run();
  }
}

void CodeTable::remove(sqlite3_int64 block) {
  prepared(delete_, "DELETE FROM ", " WHERE code BETWEEN ?1 AND ?2")
      .bind(1, code_number(block, 0))
      .bind(2, code_number(block, format::kCodesPerBlock - 1))
      .run();
}

void CodeTable::write(std::size_t vector, Place place, sqlite3_int64 rowid,
                      const VectorView& value) {
  codec(vector).encode(place, rowid, value, slot_);
  open_slots(name_, place.block, vector, Blob::Mode::kWrite)
      .write(slot_, place.position * slot_.size());
}

const std::vector<std::byte>& CodeTable::verify(std::size_t vector, const BlockHeader& header,
                                                Place place, sqlite3_int64 rowid) {
  const SlotCodec slots = codec(vector);
  const Blob blob = open_slots(name_, place.block, vector, Blob::Mode::kRead);
  slots.verify_size(header, blob.size());
  slot_.resize(slots.slot_size());
  blob.read(slot_, place.position * slots.slot_size());
  slots.verify(place, rowid, slot_);
  return slot_;
}

void CodeTable::read(std::size_t vector, const BlockHeader& header, Place place,
                     sqlite3_int64 rowid, std::vector<std::byte>& bytes) {
  const auto payload = codec(vector).payload(verify(vector, header, place, rowid));
  bytes.assign(payload.begin(), payload.end());
}

void CodeTable::forget_statements() noexcept {
  for (Statement* statement : {&insert_, &resize_, &delete_}) *statement = Statement();
}

void CodeReader::read(const BlockHeader& header, std::vector<std::byte>& slots) {
  if (is_open_) {
    open_or_report(header.block, "codes",
                   [&] { blob_.reopen(code_number(header.block, vector_)); });
  } else {
    blob_ = open_slots(name_, header.block, vector_, Blob::Mode::kRead);
    is_open_ = true;
  }
  SlotCodec(column_, vector_).verify_size(header, blob_.size());
  slots.resize(blob_.size());
  blob_.read(slots, 0);
}

}  // namespace edgepack::vec
