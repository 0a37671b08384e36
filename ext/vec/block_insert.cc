// Inserting into blocks: open blocks take the rows in memory, and are written together.
// docs/vec-format.md, "Open blocks".

#include <algorithm>
#include <limits>
#include <utility>

#include "vec/block_table.h"
#include "vec/bytes.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;
using sqlite::Reset;
using sqlite::Statement;

/// What all open blocks of a table may take in memory. A block that is written has to be found
/// again: this is enough that rows of some hundred partitions in turn share that work.
constexpr std::size_t kMostOpenBytes = std::size_t{384} << 10;
/// What an open block takes beside its rows.
constexpr std::size_t kOpenBlockBytes = std::size_t{1} << 10;

/// Statements that run inside another one set this number anew.
class KeepsLastRowid {
 public:
  explicit KeepsLastRowid(sqlite3* database) noexcept
      : database_(database), rowid_(sqlite3_last_insert_rowid(database)) {}
  KeepsLastRowid(const KeepsLastRowid&) = delete;
  KeepsLastRowid& operator=(const KeepsLastRowid&) = delete;
  ~KeepsLastRowid() { sqlite3_set_last_insert_rowid(database_, rowid_); }

 private:
  sqlite3* database_;
  sqlite3_int64 rowid_;
};

/// True while the scope lasts.
class Raised {
 public:
  explicit Raised(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;
  ~Raised() { flag_ = false; }

 private:
  bool& flag_;
};

/// Lifts `PRAGMA query_only` while the scope lasts, for rows that were inserted before it was set.
class LiftsQueryOnly {
 public:
  explicit LiftsQueryOnly(sqlite3* database) : database_(database) {
    Statement query(database_, "PRAGMA query_only");
    is_lifted_ = query.step() && query.column_integer(0) != 0;
    query.reset();
    if (is_lifted_) sqlite3_exec(database_, "PRAGMA query_only = 0", nullptr, nullptr, nullptr);
  }
  LiftsQueryOnly(const LiftsQueryOnly&) = delete;
  LiftsQueryOnly& operator=(const LiftsQueryOnly&) = delete;
  ~LiftsQueryOnly() {
    if (is_lifted_) sqlite3_exec(database_, "PRAGMA query_only = 1", nullptr, nullptr, nullptr);
  }

  /// False: it was not what kept the connection from writing.
  bool is_lifted() const noexcept { return is_lifted_; }

 private:
  sqlite3* database_;
  bool is_lifted_ = false;
};

/// A statement did nothing at all. After other errors it may have: SQLite tells of an interrupt
/// when all is done, too.
bool was_refused(const Error& error) noexcept {
  const int code = error.code() & 0xff;
  return code == SQLITE_READONLY || code == SQLITE_LOCKED || code == SQLITE_AUTH;
}

}  // namespace

Place BlockTable::insert(sqlite3_int64 list, const BlockRow& row) {
  if (open_bytes_ > kMostOpenBytes) write_open();
  return add(open(list), row);
}

std::optional<Place> BlockTable::insert_into(sqlite3_int64 block, const BlockRow& row) {
  for (auto& [list, one] : open_) {
    if (one.header().block != block) continue;
    if (!one.takes_rows()) return std::nullopt;
    return add(one, row);
  }
  BlockHeader header = this->header(block);
  if (!header.takes_rows()) return std::nullopt;
  if (const auto other = open_.find(header.list); other != open_.end()) write_open();
  return add(keep_open(opened(std::move(header), false)), row);
}

OpenBlock& BlockTable::keep_open(OpenBlock&& block) {
  const sqlite3_int64 list = block.header().list;
  OpenBlock& kept = open_.insert_or_assign(list, std::move(block)).first->second;
  open_bytes_ += kOpenBlockBytes;
  return kept;
}

OpenBlock& BlockTable::open(sqlite3_int64 list) {
  if (const auto found = open_.find(list); found != open_.end()) {
    OpenBlock& block = found->second;
    if (block.takes_rows()) return block;
    // No other block of the list took rows when this one was made or grew.
    if (block.is_grown() && block.header().capacity < layout_.largest_capacity &&
        block.header().text_end <= static_cast<sqlite3_int64>(format::kMostTextBytes)) {
      grow(block);
      return block;
    }
    OpenBlocks full;
    full.insert(open_.extract(found));
    write(std::move(full));
  }
  BlockHeader header;
  if (find(Find::kFree, list, header)) return keep_open(opened(std::move(header), false));
  if (find(Find::kSmall, list, header)) return keep_open(opened(std::move(header), true));
  return keep_open(made(list));
}

OpenBlock BlockTable::opened(BlockHeader&& header, bool grows) {
  // Outside of a transaction the statement itself fails when the block is written.
  if (grows || sqlite3_get_autocommit(name_.database) == 0) codes_.verify_sizes(header, grows);
  const std::size_t heap = metadata_ ? metadata_->heap_size(header) : 0;
  OpenBlock block = OpenBlock::stored(std::move(header), heap);
  if (grows) grow(block);
  return block;
}

OpenBlock BlockTable::made(sqlite3_int64 list) {
  BlockHeader header;
  header.list = list;
  // A list that has blocks is past its small beginnings.
  header.capacity = has_blocks(list) ? layout_.largest_capacity : format::kCapacityUnit;
  header.used.assign(header.capacity / 8, std::byte{0});
  header.versions.resize(layout_.versions());
  Statement& greatest = prepared(greatest_, "SELECT max(block) FROM ", "");
  const Reset reset(greatest);
  greatest.step();
  header.block = greatest.column_integer(0);
  for (const auto& [other, block] : open_) {
    header.block = std::max(header.block, block.header().block);
  }
  if (header.block >= std::numeric_limits<sqlite3_int64>::max() / format::kPositionsPerBlock) {
    throw damaged_block(header.block, "no block can follow it");
  }
  header.block = std::max<sqlite3_int64>(header.block, 0) + 1;
  return OpenBlock::made(std::move(header));
}

void BlockTable::grow(OpenBlock& block) const {
  block.grow(std::min(block.header().capacity * 2, layout_.largest_capacity));
}

Place BlockTable::add(OpenBlock& block, const BlockRow& row) {
  if (is_broken_) write_open();
  const Place place{block.header().block, block.next_position()};
  codes_.encode(place, row.rowid, row.vectors, row_.codes);
  if (metadata_) metadata_->encode(block.header(), place, row.rowid, row.metadata, row_);
  if (block.is_stored()) verify_before(block, row_);
  const std::size_t before = block.bytes();
  block.add(row_);
  open_bytes_ += block.bytes() - before;
  return place;
}

void BlockTable::verify_before(OpenBlock& block, const EncodedRow& row) {
  const BlockHeader& header = block.header();
  const auto text_end = static_cast<std::size_t>(header.text_end);
  const std::size_t heap = block.stored_heap();
  // Each once: by the row that needs it first.
  if (text_end <= heap && text_end + row.texts.size() > heap) {
    metadata_->verify_all(block.stored_header());
  }
  if (header.capacity == layout_.largest_capacity && block.free() == 1) {
    codes_.verify_unsplit(block.stored_header());
  }
}

void BlockTable::take_back(sqlite3_int64 list, Place place) noexcept {
  const auto found = open_.find(list);
  if (found == open_.end() || found->second.header().block != place.block) return;
  OpenBlock& block = found->second;
  if (block.positions().empty() || block.positions().back() != place.position) return;
  const std::size_t before = block.bytes();
  block.take_back();
  open_bytes_ -= before - block.bytes();
  // The list may be one that there is not.
  if (!block.positions().empty() || block.is_stored()) return;
  open_bytes_ -= kOpenBlockBytes + block.bytes();
  open_.erase(found);
}

std::optional<BlockTable::OpenRow> BlockTable::open_row() const noexcept {
  for (const auto& [list, block] : open_) {
    if (block.positions().empty()) continue;
    return OpenRow{load<sqlite3_int64>(block.codes(0).data() + format::kSlotRowid),
                   {block.header().block, block.positions().front()}};
  }
  return std::nullopt;
}

bool BlockTable::is_written(Place place) {
  BlockHeader header;
  return find(Find::kNumber, place.block, header) && header.is_used(place.position);
}

void BlockTable::forget_open() noexcept {
  open_.clear();
  open_bytes_ = 0;
  is_broken_ = false;
  ++forgotten_;
}

void BlockTable::write_open() {
  if (is_writing_) return;
  if (is_broken_) {
    // With this code SQLite rolls back what the statements before it did.
    throw Error({.operation = "vec0",
                 .object = name_.table,
                 .problem = "rows that were inserted earlier could not be written",
                 .hint = "roll the transaction back"},
                SQLITE_IOERR);
  }
  if (open_.empty()) return;
  try {
    write(std::exchange(open_, {}));
  } catch (const Error& error) {
    if ((error.code() & 0xff) != SQLITE_READONLY || is_broken_ || open_.empty()) throw;
    const LiftsQueryOnly lifts(name_.database);
    if (!lifts.is_lifted()) throw;
    write(std::exchange(open_, {}));
  }
}

void BlockTable::write(OpenBlocks&& blocks) {
  const KeepsLastRowid keeps_last_rowid(name_.database);
  const Raised writing(is_writing_);
  const std::uint64_t forgotten = forgotten_;
  bool is_changed = false;
  const auto keep = [&](bool is_whole) noexcept {
    // SQLite may have rolled back meanwhile.
    if (forgotten != forgotten_) return;
    is_broken_ = !is_whole;
    open_.merge(blocks);
  };
  try {
    for (auto& [list, block] : blocks) {
      if (!block.positions().empty()) write(block, is_changed);
    }
  } catch (const Error& error) {
    keep(!is_changed && was_refused(error));
    throw;
  } catch (...) {
    keep(false);
    throw;
  }
  for (const auto& [list, block] : blocks) open_bytes_ -= kOpenBlockBytes + block.bytes();
}

void BlockTable::write(OpenBlock& block, bool& is_changed) {
  const bool is_full = block.header().capacity == layout_.largest_capacity && block.free() == 0;
  for (std::size_t i = 0; i < definition_.vectors.size(); ++i) {
    codes_.write(i, block, is_full);
    is_changed = true;
  }
  if (metadata_) metadata_->write(block);
  BlockHeader& header = block.header();
  renew_all(header);
  if (!block.is_stored()) return insert_header(header);
  save(header, !block.is_grown() && block.takes_rows() == block.stored_header().takes_rows());
}

}  // namespace edgepack::vec
