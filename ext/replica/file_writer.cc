#include "replica/file_writer.h"

#include <cstring>

#include "replica/bytes.h"
#include "replica/step.h"

namespace edgepack::replica {
namespace {

// SQLite's own VFS for Unix takes less than 128 KiB a call.
constexpr std::size_t kMaxWrite = 64 * 1024;

/// True if readers see one page, however long the file is: the count in page 1 is there and holds.
bool tells_of_one_page(Snapshot& base) {
  constexpr std::size_t kChangeCounter = 24;
  constexpr std::size_t kPageCount = 28;
  constexpr std::size_t kVersionValidFor = 92;
  std::vector<std::byte> page(base.page_size());
  base.read(1, page);
  return read_be32(&page[kPageCount]) == 1 &&
         std::memcmp(&page[kChangeCounter], &page[kVersionValidFor], 4) == 0;
}

}  // namespace

std::unique_ptr<FileWriter> FileWriter::open(Snapshot& base) {
  if (!base.is_wal() || base.header().frames != 0 || base.page_count() != 1 ||
      !tells_of_one_page(base) || !base.index().try_lock_checkpoints()) {
    return nullptr;
  }
  try {
    return std::unique_ptr<FileWriter>(new FileWriter(base));
  } catch (...) {
    base.index().unlock_checkpoints();
    throw;
  }
}

FileWriter::FileWriter(Snapshot& base) : base_(base), file_(base.connection().database_file()) {
  buffer_.reserve(kMaxWrite);
}

FileWriter::~FileWriter() {
  // Gives a full disk its space back. If it fails, the next checkpoint does it.
  if (!finished_ && !keep_) file_->pMethods->xTruncate(file_, base_.page_size());
  base_.index().unlock_checkpoints();
}

void FileWriter::append(std::uint32_t page, std::span<const std::byte> bytes) {
  const std::int64_t offset = std::int64_t{page - 1} * base_.page_size();
  const bool follows = offset == buffer_offset_ + static_cast<std::int64_t>(buffer_.size());
  if (!follows || buffer_.size() + bytes.size() > kMaxWrite) flush();
  if (buffer_.empty()) buffer_offset_ = offset;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void FileWriter::flush() {
  if (buffer_.empty()) return;
  const int code = file_->pMethods->xWrite(file_, buffer_.data(), static_cast<int>(buffer_.size()),
                                           buffer_offset_);
  if (code != SQLITE_OK) {
    keep_ = false;
    base_.connection().fail("cannot write the database",
                            code == SQLITE_FULL ? "the disk is full" : "", code);
  }
  buffer_.clear();
  reached(Step::kWriteFile);
}

void FileWriter::finish() {
  flush();
  const int code = file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) base_.connection().fail("cannot sync the database", {}, code);
  finished_ = true;
  reached(Step::kSyncFile);
}

}  // namespace edgepack::replica
