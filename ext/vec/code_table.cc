#include "vec/code_table.h"

#include <cstring>

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

/// Checks the slots in use of a whole blob.
void verify_slots(const SlotCodec& codec, const BlockHeader& header,
                  std::span<const std::byte> slots) {
  const std::size_t size = codec.slot_size();
  for (std::size_t i = 0; i < header.capacity; ++i) {
    if (header.is_used(i)) codec.verify({header.block, i}, slots.subspan(i * size, size));
  }
}

}  // namespace

Statement& CodeTable::prepared(Statement& statement, const char* sql, const char* rest) {
  if (!statement) {
    statement = Statement(name_.database, sql + shadow_name(name_, "codes") + rest,
                          SQLITE_PREPARE_PERSISTENT);
  }
  return statement;
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

void CodeTable::encode(Place place, sqlite3_int64 rowid, std::span<const VectorView> vectors,
                       std::vector<std::vector<std::byte>>& slots) const {
  slots.resize(vectors.size());
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    codec(i).encode(place, rowid, vectors[i], slots[i]);
  }
}

std::size_t CodeTable::size(sqlite3_int64 block, std::size_t part) {
  Statement& size =
      prepared(size_, "SELECT length(slots), typeof(slots) = 'blob' FROM ", " WHERE code = ?");
  const sqlite::Reset reset(size);
  if (!size.bind(1, code_number(block, part)).step() || size.column_integer(1) == 0) {
    throw damaged_block(block, std::string("its ") + what_is(part) + " are missing");
  }
  return static_cast<std::size_t>(size.column_integer(0));
}

SlotForm CodeTable::form(std::size_t vector, const BlockHeader& header) {
  return codec(vector).form(header, size(header.block, vector));
}

std::vector<std::byte> CodeTable::read_whole(std::size_t vector, const BlockHeader& header) const {
  std::vector<std::byte> slots;
  CodeReader(name_, definition_.vectors[vector], vector).read(header, slots);
  return slots;
}

void CodeTable::verify_sizes(const BlockHeader& header, bool grows) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (form(i, header) == SlotForm::kWhole) continue;
    // Only blocks of the largest capacity, which do not grow, are split.
    if (grows) throw damaged_block(header.block, "its codes are split too early");
    codec(i).verify_lower_size(header, size(header.block, lower_halves(i)));
  }
}

void CodeTable::verify_unsplit(const BlockHeader& header) {
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    if (!codec(i).can_split() || form(i, header) != SlotForm::kWhole) continue;
    verify_slots(codec(i), header, read_whole(i, header));
  }
}

void CodeTable::write(std::size_t vector, const OpenBlock& block, bool is_full) {
  const bool may_split = is_full && codec(vector).can_split();
  const BlockHeader& stored = block.stored_header();
  const bool splits = may_split && (!block.is_stored() || form(vector, stored) == SlotForm::kWhole);
  if (!block.is_grown() && !splits) return write_runs(vector, block);
  std::vector<std::byte> slots;
  if (block.is_stored()) slots = read_whole(vector, stored);
  if (!splits) return write_whole(vector, block, slots);
  if (block.is_stored()) verify_slots(codec(vector), stored, slots);
  write_split(vector, block, slots);
}

void CodeTable::write_runs(std::size_t vector, const OpenBlock& block) {
  const SlotCodec slots = codec(vector);
  const auto rows = block.codes(vector);
  const std::size_t size = slots.slot_size();
  const sqlite3_int64 number = block.header().block;
  Blob blob = open_slots(name_, number, vector, Blob::Mode::kWrite);
  if (slots.form(block.header(), blob.size()) == SlotForm::kWhole) {
    block.for_each_run([&](std::size_t first, std::size_t position, std::size_t count) {
      blob.write(rows.subspan(first * size, count * size), position * size);
    });
    return;
  }
  Blob lower = open_slots(name_, number, lower_halves(vector), Blob::Mode::kWrite);
  slots.verify_lower_size(block.header(), lower.size());
  upper_.resize(slots.slot_size(SlotForm::kUpper));
  lower_.resize(slots.lower_slot_size());
  for (std::size_t i = 0; i < block.positions().size(); ++i) {
    const Place place{number, block.positions()[i]};
    slots.split(place, rows.subspan(i * size, size), upper_, lower_);
    blob.write(upper_, place.position * upper_.size());
    lower.write(lower_, place.position * lower_.size());
  }
}

void CodeTable::write_whole(std::size_t vector, const OpenBlock& block,
                            std::vector<std::byte>& slots) {
  const std::size_t size = codec(vector).slot_size();
  const auto rows = block.codes(vector);
  slots.resize(block.header().capacity * size);
  block.for_each_run([&](std::size_t first, std::size_t position, std::size_t count) {
    std::memcpy(slots.data() + position * size, rows.data() + first * size, count * size);
  });
  const sqlite3_int64 code = code_number(block.header().block, vector);
  block.is_stored() ? replace(code, slots) : insert(code, slots);
}

void CodeTable::write_split(std::size_t vector, const OpenBlock& block,
                            std::span<const std::byte> slots) {
  const SlotCodec codec = this->codec(vector);
  const BlockHeader& header = block.header();
  const std::size_t whole = codec.slot_size();
  const std::size_t upper = codec.slot_size(SlotForm::kUpper);
  const std::size_t lower = codec.lower_slot_size();
  std::vector<std::byte> uppers(header.capacity * upper);
  std::vector<std::byte> lowers(header.capacity * lower);
  const auto split = [&](std::size_t position, std::span<const std::byte> slot) {
    codec.split({header.block, position}, slot, std::span(uppers).subspan(position * upper, upper),
                std::span(lowers).subspan(position * lower, lower));
  };
  for (std::size_t i = 0; i < block.stored_header().capacity; ++i) {
    if (block.stored_header().is_used(i)) split(i, slots.subspan(i * whole, whole));
  }
  for (std::size_t i = 0; i < block.positions().size(); ++i) {
    split(block.positions()[i], block.codes(vector).subspan(i * whole, whole));
  }
  const sqlite3_int64 code = code_number(header.block, vector);
  insert(code_number(header.block, lower_halves(vector)), lowers);
  block.is_stored() ? replace(code, uppers) : insert(code, uppers);
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
  for (Statement* statement : {&size_, &insert_, &replace_, &delete_}) *statement = Statement();
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
