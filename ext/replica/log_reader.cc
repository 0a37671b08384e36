#include "replica/log_reader.h"

#include <algorithm>

#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

// SQLite's own VFS for Unix takes less than 128 KiB a call.
constexpr std::size_t kMostRead = 64 * 1024;
/// So many bytes of frames are read in few calls; of more, the pages that matter.
constexpr std::size_t kMostWhole = 8 << 20;

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

void LogReader::Frames::add(std::span<const std::byte> header) {
  pages.push_back(read_be32(&header[0]));
  if (const std::uint32_t commit = read_be32(&header[4]); commit != 0) {
    ++transactions;
    smallest = std::min(smallest, commit);
  }
}

std::optional<LogReader::Frames> LogReader::list(const WalMark& mark, std::uint32_t pages) const {
  Frames frames{.pages = {}, .smallest = pages};
  std::array<std::byte, kFrameHeaderSize> header{};
  for (std::uint32_t frame = mark.frame + 1; frame <= header_.frames; ++frame) {
    if (!read(header, frame)) return std::nullopt;
    frames.add(header);
  }
  return frames;
}

std::optional<LogChanges> LogReader::changes_since(const WalMark& mark, std::uint32_t pages) const {
  if (!goes_on_from(mark)) return std::nullopt;
  auto frames = list(mark, pages);
  if (!frames || !is_same_log() || !tidy(frames->pages, frames->smallest)) return std::nullopt;
  LogChanges changes;
  changes.pages = std::move(frames->pages);
  changes.transactions = frames->transactions;
  return changes;
}

bool LogReader::read_frames(std::span<std::byte> bytes, std::uint32_t first) const {
  for (std::size_t at = 0; at < bytes.size(); at += kMostRead) {
    const auto piece = bytes.subspan(at, std::min(kMostRead, bytes.size() - at));
    if (!read(piece, first, at)) return false;
  }
  return true;
}

std::optional<LogCopy> LogReader::copy_since(const WalMark& mark, std::uint32_t pages,
                                             std::size_t most) const {
  if (!goes_on_from(mark)) return std::nullopt;
  LogCopy copy;
  const std::size_t frame_size = copy.frame_size_ = kFrameHeaderSize + page_size_;
  const std::size_t count = header_.frames - mark.frame;
  const bool whole = count <= std::min(most, kMostWhole) / frame_size;
  std::optional<Frames> frames;
  if (whole) {
    copy.frames_ = std::make_unique_for_overwrite<std::byte[]>(count * frame_size);
    const std::span bytes(copy.frames_.get(), count * frame_size);
    if (!read_frames(bytes, mark.frame + 1)) return std::nullopt;
    frames.emplace(Frames{.pages = {}, .smallest = pages});
    for (std::size_t i = 0; i < count; ++i) {
      frames->add(bytes.subspan(i * frame_size, kFrameHeaderSize));
    }
  } else {
    frames = list(mark, pages);
  }
  // What was read since the mark may be of another log by now; then it is no list of pages.
  if (!frames || !is_same_log()) return std::nullopt;
  std::vector<std::pair<std::uint32_t, std::size_t>> newest;  // of each page, its last frame
  newest.reserve(count);
  for (const std::uint32_t page : frames->pages) newest.emplace_back(page, newest.size());
  std::sort(newest.begin(), newest.end());
  copy.transactions = frames->transactions;
  copy.pages = std::move(frames->pages);
  if (!tidy(copy.pages, frames->smallest)) return std::nullopt;
  if (copy.pages.size() > most / frame_size) return std::nullopt;
  copy.frame_of_.reserve(copy.pages.size());
  for (const std::uint32_t page : copy.pages) {
    const auto behind = std::upper_bound(newest.begin(), newest.end(), std::pair(page, count));
    if (behind == newest.begin() || std::prev(behind)->first != page) return std::nullopt;
    copy.frame_of_.push_back(std::prev(behind)->second);
  }
  if (whole) return copy;
  copy.frames_ = std::make_unique_for_overwrite<std::byte[]>(copy.pages.size() * frame_size);
  std::span left(copy.frames_.get(), copy.pages.size() * frame_size);
  for (std::size_t& frame : copy.frame_of_) {
    const auto number = mark.frame + 1 + static_cast<std::uint32_t>(frame);
    if (!read_frames(left.first(frame_size), number)) return std::nullopt;
    frame = static_cast<std::size_t>(&frame - copy.frame_of_.data());
    left = left.subspan(frame_size);
  }
  if (!is_same_log()) return std::nullopt;
  return copy;
}

}  // namespace edgepack::replica
