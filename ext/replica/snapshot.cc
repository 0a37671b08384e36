#include "replica/snapshot.h"

#include <algorithm>
#include <cstring>

#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

// Offsets in page 1.
constexpr std::size_t kPageSizeOffset = 16;
constexpr std::size_t kChangeCounterOffset = 24;
constexpr std::size_t kPageCountOffset = 28;
constexpr std::size_t kVersionValidForOffset = 92;
constexpr std::size_t kDatabaseHeaderSize = 100;

/// A busy writer moves on between two looks; as many tries would need as many commits.
constexpr int kBeginAttempts = 1000;

}  // namespace

Snapshot::Snapshot(const Connection& connection, Writers writers)
    : Snapshot(connection, writers, published(connection)) {}

Snapshot::Snapshot(const Connection& connection, Writers writers,
                   const std::optional<WalIndexHeader>& before)
    : connection_(connection), transaction_(connection), file_(connection.database_file()) {
  if (connection_.is_wal()) begin_wal(writers, before);
  find_size();
  frame_.resize(kFrameHeaderSize + page_size_);
}

std::optional<WalIndexHeader> Snapshot::published(const Connection& connection) {
  if (!connection.is_wal()) return std::nullopt;
  return WalIndex(connection).header();
}

void Snapshot::begin_wal(Writers writers, std::optional<WalIndexHeader> before) {
  log_ = connection_.log_file();
  index_ = std::make_unique<WalIndex>(connection_);
  // SQLite keeps to itself which state a transaction shows. It is the published one if that was
  // the same before and after the beginning: each commit changes a counter in the header.
  if (writers == Writers::kLockedOut) before = index_->header();
  for (int attempt = 0; attempt < kBeginAttempts; ++attempt) {
    const std::optional<WalIndexHeader> after = index_->header();
    if (before && after && std::memcmp(&*before, &*after, sizeof *before) == 0) {
      header_ = *after;
      // Once the log is restarted under this transaction (which SQLite permits when all of it is in
      // the database file) the count starts again; the header is replaced before the count.
      const std::uint32_t backfilled = index_->backfilled();
      const std::optional<WalIndexHeader> now = index_->header();
      const bool same_log = now && now->salt == header_.salt;
      first_frame_ = (same_log ? std::min(backfilled, header_.frames) : header_.frames) + 1;
      return;
    }
    before = index_->header();
    transaction_.restart();
  }
  connection_.fail("its wal-index keeps changing", "try again", SQLITE_BUSY);
}

void Snapshot::find_size() {
  if (is_wal() && header_.pages != 0 && is_page_size(header_.bytes_per_page())) {
    page_size_ = header_.bytes_per_page();
    page_count_ = header_.pages;
    return;
  }
  std::array<std::byte, kDatabaseHeaderSize> start{};
  sqlite3_int64 bytes = 0;
  if (file_->pMethods->xFileSize(file_, &bytes) != SQLITE_OK)
    connection_.fail("cannot be measured");
  if (is_wal()) page_size_ = header_.bytes_per_page();
  const std::uint32_t frame =
      is_wal() && is_page_size(page_size_) ? index_->find(1, first_frame_, header_.frames) : 0;
  if (frame != 0) {
    read_file(connection_, log_, start,
              frame_offset(frame, page_size_) + static_cast<std::int64_t>(kFrameHeaderSize));
  } else {
    if (bytes == 0) return void(page_size_ = 0);
    read_file(connection_, file_, start, 0);
  }
  const std::uint32_t stored = read_be16(start.data() + kPageSizeOffset);
  page_size_ = stored == 1 ? 65536 : stored;
  if (!is_page_size(page_size_)) {
    connection_.fail("file is not a database", {}, SQLITE_NOTADB);
  }
  if (is_wal() && header_.pages != 0) {
    page_count_ = header_.pages;
    return;
  }
  // As SQLite does: the count in the file is good only if the last writer knew of the field.
  const std::uint32_t written = read_be32(start.data() + kPageCountOffset);
  const bool valid = std::memcmp(start.data() + kChangeCounterOffset,
                                 start.data() + kVersionValidForOffset, 4) == 0;
  const auto in_file = static_cast<std::uint32_t>((bytes + page_size_ - 1) / page_size_);
  page_count_ = written != 0 && valid ? written : in_file;
}

void Snapshot::read(std::uint32_t page, std::span<std::byte> bytes) {
  const std::uint32_t frame = is_wal() ? index_->find(page, first_frame_, header_.frames) : 0;
  if (frame == 0) {
    read_file(connection_, file_, bytes, std::int64_t{page - 1} * page_size_);
    return;
  }
  // Header and page in one read. The salts prove nothing here: some versions of SQLite leave them
  // zero in committed frames after some rollbacks to a savepoint, and readers go by the wal-index
  // alone.
  const bool whole = read_file(connection_, log_, frame_, frame_offset(frame, page_size_));
  if (!whole || read_be32(frame_.data()) != page) {
    connection_.fail("frame " + std::to_string(frame) + " of its write-ahead log is damaged", {},
                     SQLITE_CORRUPT);
  }
  std::copy_n(frame_.begin() + kFrameHeaderSize, bytes.size(), bytes.begin());
}

std::uint32_t Snapshot::schema_version() const {
  return static_cast<std::uint32_t>(std::stoll("0" + connection_.text("PRAGMA schema_version")));
}

std::string Snapshot::schema() const {
  try {
    return connection_.text(
        "SELECT group_concat(quote(type) || quote(name) || quote(tbl_name) || rootpage || "
        "quote(sql))"
        " FROM sqlite_schema");
  } catch (const sqlite::Error&) {
    return {};
  }
}

}  // namespace edgepack::replica
