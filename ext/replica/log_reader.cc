#include "replica/log_reader.h"

#include <algorithm>

#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

// SQLite's own VFS for Unix takes less than 128 KiB a call.
constexpr std::size_t kMostRead = 64 * 1024;

}  // namespace

bool LogReader::read(std::span<std::byte> bytes, std::uint32_t frame, std::size_t offset) const {
  return read_file(connection_, connection_.log_file(), bytes,
                   frame_offset(frame, page_size_) + static_cast<std::int64_t>(offset));
}

bool LogReader::goes_on_from(const WalMark& mark) const {
  if (!mark.known() || mark.salt != header_.mark().salt || mark.frame > header_.frames) {
    return false;
  }
  if (mark.frame == 0) return true;
  std::array<std::byte, kFrameHeaderSize> header{};
  return read(header, mark.frame) &&
         mark.checksum == WalChecksum{read_be32(&header[16]), read_be32(&header[20])};
}

bool LogReader::is_same_log() const {
  // The header says that the log is restarted before any frame does.
  const std::optional<WalIndexHeader> now = index_.header();
  return now && now->salt == header_.salt;
}

bool LogReader::tidy(std::vector<std::uint32_t>& pages, std::uint32_t smallest) const {
  // SQLite may grow a database without a frame for every new page.
  for (std::uint32_t page = smallest + 1; page <= page_count_; ++page) pages.push_back(page);
  std::sort(pages.begin(), pages.end());
  pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
  while (!pages.empty() && pages.back() > page_count_) pages.pop_back();
  const auto lock = std::lower_bound(pages.begin(), pages.end(), lock_page(page_size_));
  if (lock != pages.end() && *lock == lock_page(page_size_)) pages.erase(lock);
  return pages.empty() || pages.front() != 0;
}

std::optional<LogChanges> LogReader::changes_since(const WalMark& mark, std::uint32_t pages) const {
  if (!goes_on_from(mark)) return std::nullopt;
  LogChanges changes;
  std::uint32_t smallest = pages;
  std::array<std::byte, kFrameHeaderSize> header{};
  for (std::uint32_t frame = mark.frame + 1; frame <= header_.frames; ++frame) {
    if (!read(header, frame)) return std::nullopt;
    changes.pages.push_back(read_be32(&header[0]));
    if (const std::uint32_t commit = read_be32(&header[4]); commit != 0) {
      ++changes.transactions;
      smallest = std::min(smallest, commit);
    }
  }
  if (!is_same_log() || !tidy(changes.pages, smallest)) return std::nullopt;
  return changes;
}

std::optional<LogCopy> LogReader::copy_since(const WalMark& mark, std::uint32_t pages,
                                             std::size_t most) const {
  if (!goes_on_from(mark)) return std::nullopt;
  LogCopy copy;
  copy.frame_size_ = kFrameHeaderSize + page_size_;
  const std::size_t count = header_.frames - mark.frame;
  if (count > most / copy.frame_size_) return std::nullopt;
  copy.frames_ = std::make_unique_for_overwrite<std::byte[]>(count * copy.frame_size_);
  const std::span bytes(copy.frames_.get(), count * copy.frame_size_);
  for (std::size_t at = 0; at < bytes.size(); at += kMostRead) {
    const auto piece = bytes.subspan(at, std::min(kMostRead, bytes.size() - at));
    if (!read(piece, mark.frame + 1, at)) return std::nullopt;
  }
  if (!is_same_log()) return std::nullopt;
  std::uint32_t smallest = pages;
  std::vector<std::pair<std::uint32_t, std::size_t>> newest;  // of each page, its last frame
  newest.reserve(count);
  for (std::size_t frame = 0; frame < count; ++frame) {
    const std::byte* const header = bytes.data() + frame * copy.frame_size_;
    newest.emplace_back(read_be32(header), frame);
    copy.pages.push_back(newest.back().first);
    if (const std::uint32_t commit = read_be32(header + 4); commit != 0) {
      ++copy.transactions;
      smallest = std::min(smallest, commit);
    }
  }
  if (!tidy(copy.pages, smallest)) return std::nullopt;
  std::sort(newest.begin(), newest.end());
  copy.frame_of_.reserve(copy.pages.size());
  for (const std::uint32_t page : copy.pages) {
    const auto behind = std::upper_bound(newest.begin(), newest.end(), std::pair(page, count));
    if (behind == newest.begin() || std::prev(behind)->first != page) return std::nullopt;
    copy.frame_of_.push_back(std::prev(behind)->second);
  }
  return copy;
}

}  // namespace edgepack::replica
