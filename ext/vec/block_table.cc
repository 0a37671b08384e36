#include "vec/block_table.h"

#include <algorithm>
#include <optional>

#include "vec/block_cache.h"

namespace edgepack::vec {
namespace {

using sqlite::Blob;
using sqlite::Error;
using sqlite::Reset;
using sqlite::Statement;

constexpr const char* kHeaderColumns =
    "block, vector, list, capacity, version, used, has_free, checksum";

/// Reads the row of t_blocks that `row` stands on.
void read_header(const Statement& row, const VectorColumn& column, BlockHeader& header) {
  header.block = row.column_integer(0);
  header.vector = row.column_integer(1);
  header.list = row.column_integer(2);
  header.capacity = static_cast<std::size_t>(std::max<sqlite3_int64>(row.column_integer(3), 0));
  header.version = row.column_integer(4);
  const auto used = row.column_blob(5);
  header.used.assign(used.begin(), used.end());
  header.verify(column, row.column_integer(6) != 0, row.column_integer(7));
}

sqlite3_int64 random_version() noexcept {
  sqlite3_int64 version = 0;
  sqlite3_randomness(sizeof version, &version);
  return version;
}

std::string slots_table(const TableName& name) { return name.table + "_codes"; }

Blob open_blob(const TableName& name, sqlite3_int64 block, Blob::Mode mode) {
  try {
    return Blob(name.database, name.schema.c_str(), slots_table(name).c_str(), "slots", block,
                mode);
  } catch (const Error& error) {
    // SQLite's code for a row that is not there, and for a value that is no blob.
    if (error.code() != SQLITE_ERROR) throw;
    throw Corruption("block " + std::to_string(block) + ": its slots are missing");
  }
}

/// True on a connection that may see what another one is in the middle of writing (shared cache and
/// PRAGMA read_uncommitted), where a version and the slots may not belong together. Also true where
/// the host does not allow to ask.
bool may_read_uncommitted(sqlite3* database) {
  try {
    Statement flag(database, "PRAGMA read_uncommitted");
    return !flag.step() || flag.column_integer(0) != 0;
  } catch (const Error& error) {
    if (error.code() != SQLITE_AUTH) throw;
    return true;
  }
}

/// The headers come from the database each time; the slots only of blocks that are not in memory.
class ShadowBlockScan : public BlockScan {
 public:
  ShadowBlockScan(const TableName& name, const VectorColumn& column, std::size_t vector)
      : name_(name),
        column_(column),
        headers_(name.database, std::string("SELECT ") + kHeaderColumns + " FROM " +
                                    shadow_name(name, "blocks") +
                                    " NOT INDEXED WHERE vector = ? ORDER BY block") {
    headers_.bind(1, static_cast<sqlite3_int64>(vector));
  }

  bool next(ScannedBlock& block) override {
    return report_damage(name_.table, [&] { return read_next(block); });
  }

 private:
  bool read_next(ScannedBlock& next) {
    if (!headers_.step()) return false;
    read_header(headers_, column_, header_);
    const BlockKey key(header_, column_);
    next.wanted = {};
    next.block = cache_.find(key);
    next.is_resident = next.block != nullptr;
    if (!next.is_resident) {
      next.block = read_block();
      if (!may_share_) may_share_ = !may_read_uncommitted(name_.database);
      next.is_resident = *may_share_ && cache_.insert(key, next.block);
    }
    return true;
  }

  std::shared_ptr<const DecodedBlock> read_block() {
    if (is_open_) {
      reopen();
    } else {
      blob_ = open_blob(name_, header_.block, Blob::Mode::kRead);
      is_open_ = true;
    }
    header_.verify_slots(column_, blob_.size());
    slots_.resize(blob_.size());
    blob_.read(slots_, 0);
    return std::make_shared<const DecodedBlock>(column_, header_, slots_);
  }

  void reopen() {
    try {
      blob_.reopen(header_.block);
    } catch (const Error& error) {
      if (error.code() != SQLITE_ERROR) throw;
      throw Corruption("block " + std::to_string(header_.block) + ": its slots are missing");
    }
  }

  const TableName& name_;
  const VectorColumn& column_;
  BlockCache& cache_ = BlockCache::of_process();
  Statement headers_;
  BlockHeader header_;
  std::optional<bool> may_share_;
  Blob blob_;
  bool is_open_ = false;
  std::vector<std::byte> slots_;
};

}  // namespace

Statement& BlockTable::prepared(Statement& statement, const std::string& sql) {
  if (!statement) statement = Statement(name_.database, sql, SQLITE_PREPARE_PERSISTENT);
  return statement;
}

bool BlockTable::find(Find what, std::size_t vector, sqlite3_int64 key, BlockHeader& header) {
  const std::string select =
      std::string("SELECT ") + kHeaderColumns + " FROM " + shadow_name(name_, "blocks") + " WHERE ";
  Statement* row = nullptr;
  switch (what) {
    case Find::kFree:
      row = &prepared(find_free_, select + "vector = ?1 AND list = ?2 AND has_free LIMIT 1");
      break;
    case Find::kSmall:
      row = &prepared(find_small_, select + "vector = ?1 AND list = ?2 AND capacity < ?3 LIMIT 1");
      row->bind(3, static_cast<sqlite3_int64>(SlotCodec(column(vector)).largest_capacity()));
      break;
    case Find::kNumber:
      row = &prepared(find_number_, select + "vector = ?1 AND block = ?2");
      break;
  }
  const Reset reset(*row);
  if (!row->bind(1, static_cast<sqlite3_int64>(vector)).bind(2, key).step()) return false;
  read_header(*row, column(vector), header);
  return true;
}

BlockHeader BlockTable::header(std::size_t vector, sqlite3_int64 block) {
  BlockHeader header;
  if (!find(Find::kNumber, vector, block, header)) {
    throw Corruption("block " + std::to_string(block) + ": its header is missing");
  }
  return header;
}

BlockHeader BlockTable::used_header(std::size_t vector, Place place) {
  BlockHeader found = header(vector, place.block);
  if (!found.is_used(place.slot)) {
    throw Corruption("block " + std::to_string(place.block) + ": slot " +
                     std::to_string(place.slot) + " is not in use");
  }
  return found;
}

Place BlockTable::claim(std::size_t vector, sqlite3_int64 list) {
  BlockHeader header;
  if (!find(Find::kFree, vector, list, header)) {
    if (find(Find::kSmall, vector, list, header)) {
      grow(vector, header);
    } else {
      // A list that has blocks is past its small beginnings.
      const std::size_t largest = SlotCodec(column(vector)).largest_capacity();
      Statement& any = prepared(find_any_, "SELECT 1 FROM " + shadow_name(name_, "blocks") +
                                               " WHERE vector = ? AND list = ? LIMIT 1");
      const Reset reset(any);
      const bool first = !any.bind(1, static_cast<sqlite3_int64>(vector)).bind(2, list).step();
      any.reset();
      header = create(vector, list, first ? format::kCapacityUnit : largest);
    }
  }
  const Place place{header.block, header.first_free()};
  header.set_used(place.slot, true);
  save(header, true);
  return place;
}

BlockHeader BlockTable::create(std::size_t vector, sqlite3_int64 list, std::size_t capacity) {
  BlockHeader header;
  header.vector = static_cast<sqlite3_int64>(vector);
  header.list = list;
  header.capacity = capacity;
  header.used.assign(capacity / 8, std::byte{0});
  header.version = random_version();
  Statement& slots = prepared(
      insert_slots_, "INSERT INTO " + shadow_name(name_, "codes") + "(slots) VALUES (zeroblob(?))");
  slots.bind(1, static_cast<sqlite3_int64>(capacity * SlotCodec(column(vector)).slot_size())).run();
  header.block = sqlite3_last_insert_rowid(name_.database);
  Statement& insert = prepared(
      insert_header_, "INSERT INTO " + shadow_name(name_, "blocks") +
                          "(block, vector, list, capacity, has_free, version, used, checksum) "
                          "VALUES (?, ?, ?, ?, 1, ?, ?, ?)");
  insert.bind(1, header.block).bind(2, header.vector).bind(3, list);
  insert.bind(4, static_cast<sqlite3_int64>(capacity)).bind(5, header.version);
  insert.bind(6, std::span<const std::byte>(header.used));
  insert.bind(7, sqlite3_int64{header.checksum()}).run();
  return header;
}

void BlockTable::grow(std::size_t vector, BlockHeader& header) {
  const SlotCodec codec(column(vector));
  std::vector<std::byte> slots(std::min(header.capacity * 2, codec.largest_capacity()) *
                               codec.slot_size());
  {
    const Blob blob = open_slots(header.block, Blob::Mode::kRead);
    header.verify_slots(column(vector), blob.size());
    blob.read(std::span(slots).first(blob.size()), 0);
  }
  prepared(resize_slots_,
           "UPDATE " + shadow_name(name_, "codes") + " SET slots = ?2 WHERE block = ?1")
      .bind(1, header.block)
      .bind(2, std::span<const std::byte>(slots))
      .run();
  header.capacity = slots.size() / codec.slot_size();
  header.used.resize(header.capacity / 8, std::byte{0});
  save(header, false);
}

void BlockTable::save(BlockHeader& header, bool had_free) {
  header.version = random_version();
  const bool has_free = header.first_free() < header.capacity;
  const std::string update =
      "UPDATE " + shadow_name(name_, "blocks") + " SET version = ?2, used = ?3, checksum = ?4";
  // Naming an indexed column writes the index, changed or not: most writes leave it alone.
  Statement& statement = has_free == had_free
                             ? prepared(update_header_, update + " WHERE block = ?1")
                             : prepared(update_header_and_free_,
                                        update + ", has_free = ?5, capacity = ?6 WHERE block = ?1");
  statement.bind(1, header.block).bind(2, header.version);
  statement.bind(3, std::span<const std::byte>(header.used));
  statement.bind(4, sqlite3_int64{header.checksum()});
  if (has_free != had_free) {
    statement.bind(5, has_free ? 1 : 0).bind(6, static_cast<sqlite3_int64>(header.capacity));
  }
  statement.run();
}

void BlockTable::release(std::size_t vector, Place place) {
  BlockHeader header = used_header(vector, place);
  const bool had_free = header.first_free() < header.capacity;
  header.set_used(place.slot, false);
  if (header.count_used() > 0) return save(header, had_free);
  prepared(delete_header_, "DELETE FROM " + shadow_name(name_, "blocks") + " WHERE block = ?")
      .bind(1, place.block)
      .run();
  prepared(delete_slots_, "DELETE FROM " + shadow_name(name_, "codes") + " WHERE block = ?")
      .bind(1, place.block)
      .run();
}

void BlockTable::renew(std::size_t vector, Place place) {
  BlockHeader header = used_header(vector, place);
  save(header, header.first_free() < header.capacity);
}

Blob BlockTable::open_slots(sqlite3_int64 block, Blob::Mode mode) const {
  return open_blob(name_, block, mode);
}

void BlockTable::write(std::size_t vector, Place place, sqlite3_int64 rowid,
                       const VectorView& value) {
  const SlotCodec codec(column(vector));
  codec.encode(place, rowid, value, slot_);
  open_slots(place.block, Blob::Mode::kWrite).write(slot_, place.slot * codec.slot_size());
}

const std::vector<std::byte>& BlockTable::verify(std::size_t vector, Place place,
                                                 sqlite3_int64 rowid) {
  const SlotCodec codec(column(vector));
  const BlockHeader header = used_header(vector, place);
  const Blob blob = open_slots(place.block, Blob::Mode::kRead);
  header.verify_slots(column(vector), blob.size());
  slot_.resize(codec.slot_size());
  blob.read(slot_, place.slot * codec.slot_size());
  codec.verify(place, rowid, slot_);
  return slot_;
}

void BlockTable::read(std::size_t vector, Place place, sqlite3_int64 rowid,
                      std::vector<std::byte>& bytes) {
  const auto payload = SlotCodec(column(vector)).payload(verify(vector, place, rowid));
  bytes.assign(payload.begin(), payload.end());
}

std::unique_ptr<BlockScan> BlockTable::scan(std::size_t vector) {
  return std::make_unique<ShadowBlockScan>(name_, column(vector), vector);
}

void BlockTable::forget_statements() noexcept {
  for (Statement* statement : {&find_free_, &find_small_, &find_number_, &find_any_,
                               &insert_header_, &insert_slots_, &resize_slots_, &update_header_,
                               &update_header_and_free_, &delete_header_, &delete_slots_}) {
    *statement = Statement();
  }
}

}  // namespace edgepack::vec
