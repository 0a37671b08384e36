#include "vec/code_table.h"

#include <memory>

#include "vec/shadow_blob.h"

namespace edgepack::vec {
namespace {

using sqlite::Blob;
using sqlite::Statement;

/// `part` is the number of the vector column, plus kLowerHalves for the lower halves of its codes.
sqlite3_int64 code_number(sqlite3_int64 block, std::size_t part) noexcept {
  // Unsigned, because a damaged header may hold any number.
  return static_cast<sqlite3_int64>(static_cast<std::uint64_t>(block) * format::kCodesPerBlock +
                                    part);
}

constexpr std::size_t lower_halves(std::size_t vector) noexcept {
  return vector + format::kLowerHalves;
}

const char* what_is(std::size_t part) noexcept {
  return part < format::kLowerHalves ? "codes" : "lower halves of codes";
}

Blob open_slots(const TableName& name, sqlite3_int64 block, std::size_t part, Blob::Mode mode) {
  return open_or_report(block, what_is(part), [&] {
    return Blob(name.database, name.schema.c_str(), (name.table + "_codes").c_str(), "slots",
                code_number(block, part), mode);
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
    prepared(create_, "INSERT INTO ", "(code, slots) VALUES (?, zeroblob(?))")
        .bind(1, code_number(header.block, i))
        .bind(2, static_cast<sqlite3_int64>(header.capacity * codec(i).slot_size()))
        .run();
  }
}

void CodeTable::insert(sqlite3_int64 code, std::span<const std::byte> slots) {
  prepared(insert_, "INSERT INTO ", "(code, slots) VALUES (?, ?)")
      .bind(1, code)
      .bind(2, slots)
      .run();
}

void CodeTable::replace(sqlite3_int64 code, std::span<const std::byte> slots) {
  prepared(replace_, "UPDATE ", " SET slots = ?2 WHERE code = ?1")
      .bind(1, code)
      .bind(2, slots)
      .run();
}

void CodeTable::grow(const BlockHeader& header, std::size_t capacity) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    std::vector<std::byte> slots(capacity * codec(i).slot_size());
    {
      const Blob blob = open_slots(name_, header.block, i, Blob::Mode::kRead);
      // Only blocks of the largest capacity, which do not grow, are split.
      if (codec(i).form(header, blob.size()) != SlotForm::kWhole) {
        throw damaged_block(header.block, "its codes are split too early");
      }
      blob.read(std::span(slots).first(blob.size()), 0);
    }
    replace(code_number(header.block, i), slots);
  }
}

void CodeTable::split(const BlockHeader& header) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (codec(i).can_split()) split(i, header);
  }
}

void CodeTable::split(std::size_t vector, const BlockHeader& header) {
  const SlotCodec codec = this->codec(vector);
  std::vector<std::byte> slots;
  {
    const Blob blob = open_slots(name_, header.block, vector, Blob::Mode::kRead);
    if (codec.form(header, blob.size()) == SlotForm::kUpper) return;
    slots.resize(blob.size());
    blob.read(slots, 0);
  }
  const std::size_t whole = codec.slot_size();
  const std::size_t upper = codec.slot_size(SlotForm::kUpper);
  const std::size_t lower = codec.lower_slot_size();
  std::vector<std::byte> uppers(header.capacity * upper);
  std::vector<std::byte> lowers(header.capacity * lower);
  for (std::size_t i = 0; i < header.capacity; ++i) {
    const Place place{header.block, i};
    const auto slot = std::span(slots).subspan(i * whole, whole);
    codec.verify(place, slot);
    codec.split(place, slot, std::span(uppers).subspan(i * upper, upper),
                std::span(lowers).subspan(i * lower, lower));
  }
  replace(code_number(header.block, vector), uppers);
  insert(code_number(header.block, lower_halves(vector)), lowers);
}

void CodeTable::remove(sqlite3_int64 block) {
  prepared(delete_, "DELETE FROM ", " WHERE code BETWEEN ?1 AND ?2")
      .bind(1, code_number(block, 0))
      .bind(2, code_number(block, format::kCodesPerBlock - 1))
      .run();
}

void CodeTable::write(std::size_t vector, const BlockHeader& header, Place place,
                      sqlite3_int64 rowid, const VectorView& value) {
  const SlotCodec slots = codec(vector);
  slots.encode(place, rowid, value, slot_);
  Blob blob = open_slots(name_, place.block, vector, Blob::Mode::kWrite);
  if (slots.form(header, blob.size()) == SlotForm::kWhole) {
    blob.write(slot_, place.position * slot_.size());
    return;
  }
  Blob lower = open_slots(name_, place.block, lower_halves(vector), Blob::Mode::kWrite);
  slots.verify_lower_size(header, lower.size());
  upper_.resize(slots.slot_size(SlotForm::kUpper));
  lower_.resize(slots.lower_slot_size());
  slots.split(place, slot_, upper_, lower_);
  blob.write(upper_, place.position * upper_.size());
  lower.write(lower_, place.position * lower_.size());
}

const std::vector<std::byte>& CodeTable::verify(std::size_t vector, const BlockHeader& header,
                                                Place place, sqlite3_int64 rowid) {
  const SlotCodec slots = codec(vector);
  const Blob blob = open_slots(name_, place.block, vector, Blob::Mode::kRead);
  slot_.resize(slots.slot_size(slots.form(header, blob.size())));
  blob.read(slot_, place.position * slot_.size());
  slots.verify(place, rowid, slot_);
  return slot_;
}

void CodeTable::read(std::size_t vector, const BlockHeader& header, Place place,
                     sqlite3_int64 rowid, std::vector<std::byte>& bytes) {
  const auto payload = codec(vector).payload(verify(vector, header, place, rowid));
  bytes.assign(payload.begin(), payload.end());
}

void CodeTable::forget_statements() noexcept {
  for (Statement* statement : {&create_, &insert_, &replace_, &delete_}) *statement = Statement();
}

void CodeReader::read(const BlockHeader& header, std::vector<std::byte>& slots) {
  open(header.block, vector_);
  codec_.form(header, blob_.size());
  read_all(slots);
}

void CodeReader::read_lower_halves(const BlockHeader& header, std::vector<std::byte>& slots) {
  open(header.block, lower_halves(vector_));
  codec_.verify_lower_size(header, blob_.size());
  read_all(slots);
}

void CodeReader::open(sqlite3_int64 block, std::size_t part) {
  if (is_open_) {
    open_or_report(block, what_is(part), [&] { blob_.reopen(code_number(block, part)); });
  } else {
    blob_ = open_slots(name_, block, part, Blob::Mode::kRead);
    is_open_ = true;
  }
}

void CodeReader::read_all(std::vector<std::byte>& slots) const {
  slots.resize(blob_.size());
  blob_.read(slots, 0);
}

}  // namespace edgepack::vec
