#include "replica/wal_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "replica/bytes.h"
#include "replica/step.h"

namespace edgepack::replica {
namespace {

// SQLite's own VFS for Unix takes less than 128 KiB a call.
constexpr std::size_t kMaxWrite = 64 * 1024;

}  // namespace

WalWriter::WalWriter(Snapshot& base)
    : base_(base),
      log_(base.connection().log_file()),
      header_(base.header()),
      frame_(header_.frames),
      last_(kFrameHeaderSize + base.page_size()) {
  buffer_offset_ = frame_offset(frame_ + 1, base_.page_size());
}

WalWriter::~WalWriter() {
  if (committed_ || empty()) return;
  try {
    base_.index().forget_after(base_.header().frames);
  } catch (...) {
    // The next writer does it.
  }
}

void WalWriter::write(std::span<const std::byte> bytes, std::int64_t offset) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kMaxWrite));
    const int code =
        log_->pMethods->xWrite(log_, piece.data(), static_cast<int>(piece.size()), offset);
    if (code != SQLITE_OK) {
      base_.connection().fail("cannot write its write-ahead log",
                              code == SQLITE_FULL ? "the disk is full" : "", code);
    }
    bytes = bytes.subspan(piece.size());
    offset += static_cast<std::int64_t>(piece.size());
  }
}

void WalWriter::sync() {
  const int code = log_->pMethods->xSync(log_, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) base_.connection().fail("cannot sync its write-ahead log", {}, code);
}

void WalWriter::start_log() {
  std::array<std::byte, kWalHeaderSize> bytes{};
  // The old header's count of checkpoints, if there is one, goes on.
  read_file(base_.connection(), log_, bytes, 0);
  const std::uint32_t checkpoints = read_be32(&bytes[12]) + 1;
  // New salts: whatever lies behind our frames can never pass for a continuation of them.
  write_be32(header_.salt.data(), read_be32(header_.salt.data()) + 1);
  const WalMark old = base_.mark();
  if (!old.known()) sqlite3_randomness(4, header_.salt.data());
  sqlite3_randomness(4, header_.salt.data() + 4);
  header_.big_endian_checksum = std::endian::native == std::endian::big ? 1 : 0;
  header_.set_bytes_per_page(base_.page_size());
  header_.version = kWalVersion;
  header_.is_initialized = 1;

  write_be32(&bytes[0], kWalMagic | header_.big_endian_checksum);
  write_be32(&bytes[4], kWalVersion);
  write_be32(&bytes[8], base_.page_size());
  write_be32(&bytes[12], checkpoints);
  std::copy(header_.salt.begin(), header_.salt.end(), &bytes[16]);
  header_.frame_checksum =
      wal_checksum(std::span(bytes).first(24), {}, header_.big_endian_checksum != 0);
  write_be32(&bytes[24], header_.frame_checksum[0]);
  write_be32(&bytes[28], header_.frame_checksum[1]);
  write(bytes, 0);
  // Frames must not reach the disk under an older header.
  sync();
  reached(Step::kWriteHeader);
}

void WalWriter::append(std::uint32_t page, std::span<const std::byte> bytes) {
  if (frame_ == 0 && header_.frames == 0) start_log();
  if (!empty()) encode_last(0);
  ++frame_;
  last_page_ = page;
  std::copy(bytes.begin(), bytes.end(), last_.begin() + kFrameHeaderSize);
}

void WalWriter::encode_last(std::uint32_t pages) {
  const bool big_endian = header_.big_endian_checksum != 0;
  write_be32(&last_[0], last_page_);
  write_be32(&last_[4], pages);
  std::copy(header_.salt.begin(), header_.salt.end(), &last_[8]);
  WalChecksum sum = wal_checksum(std::span(last_).first(8), header_.frame_checksum, big_endian);
  sum = wal_checksum(std::span(last_).subspan(kFrameHeaderSize), sum, big_endian);
  header_.frame_checksum = sum;
  write_be32(&last_[16], sum[0]);
  write_be32(&last_[20], sum[1]);
  if (!buffer_.empty() && buffer_.size() + last_.size() > kMaxWrite) flush();
  if (pages != 0) flush();
  buffer_.insert(buffer_.end(), last_.begin(), last_.end());
  base_.index().insert(frame_, last_page_);
}

void WalWriter::flush() {
  write(buffer_, buffer_offset_);
  buffer_offset_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
}

WalMark WalWriter::prepare(std::uint32_t pages) {
  encode_last(pages);
  header_.frames = frame_;
  header_.pages = pages;
  ++header_.change;
  reached(Step::kWriteFrames);
  return header_.mark();
}

void WalWriter::commit(Durable durable) {
  flush();
  reached(Step::kWriteCommit);
  if (durable == Durable::kYes) sync();
  reached(Step::kSyncWal);
  base_.index().publish(header_);
  committed_ = true;
  reached(Step::kPublish);
}

}  // namespace edgepack::replica
