#include "serve/segment.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <utility>

#include "replica/bytes.h"
#include "serve/position.h"
#include "serve/step.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

constexpr char kOperation[] = "edgepack-serve";
constexpr std::size_t kWriteSize = 262144;
constexpr std::size_t kStreamPiece = 262144;

[[noreturn]] void fail_checksum() {
  throw sqlite::Error({.operation = kOperation, .problem = "the log does not lead to its position"},
                      SQLITE_CORRUPT);
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::optional<Segment> look_at(const std::string& path) {
  const File file(path, File::Mode::kRead);
  Segment segment;
  segment.size = file.size();
  segment.path = path;
  std::array<std::byte, replica::kLtxHeaderSize> header;
  std::array<std::byte, replica::kLtxTrailerSize> trailer;
  if (segment.size < header.size() + trailer.size() || file.read(header, 0) != header.size() ||
      file.read(trailer, segment.size - trailer.size()) != trailer.size() ||
      !replica::decode(header, segment.header).empty()) {
    return std::nullopt;
  }
  segment.post_checksum = replica::read_be64(trailer.data());
  const replica::LtxTrailer read{.post_checksum = segment.post_checksum,
                                 .file_checksum = replica::read_be64(trailer.data() + 8)};
  if (!segment.header.is_tracked() || !replica::check(read, segment.header).empty() ||
      file_name(segment.header) != std::filesystem::path(path).filename()) {
    return std::nullopt;
  }
  return segment;
}

LogFiles list_log(const std::string& folder) {
  LogFiles files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (const auto segment = look_at(entry.path())) {
      (segment->header.is_snapshot() ? files.snapshots : files.changes).push_back(*segment);
    } else {
      files.others.push_back(entry.path());
    }
  }
  const auto by_max = [](const Segment& a, const Segment& b) {
    return a.max() != b.max() ? a.max() < b.max() : a.min() > b.min();
  };
  std::sort(files.snapshots.begin(), files.snapshots.end(), by_max);
  std::sort(files.changes.begin(), files.changes.end(), by_max);
  return files;
}

void pin(Segment& segment) {
  if (segment.changes != nullptr || segment.file != nullptr) return;
  segment.file = std::make_shared<const File>(segment.path, File::Mode::kRead);
}

std::unique_ptr<replica::PageStream> open_segment(const Segment& segment) {
  if (segment.changes != nullptr) return open(segment.changes);
  Segment pinned = segment;
  pin(pinned);
  const auto read = [file = pinned.file, at = std::uint64_t{0}](auto to) mutable {
    const std::size_t count = file->read(to, at);
    at += count;
    return count;
  };
  return std::make_unique<replica::LtxReader>(kOperation, segment.path, read);
}

std::string file_name(const replica::LtxHeader& header) {
  return to_hex(header.min_txid) + '-' + to_hex(header.max_txid) + ".ltx";
}

Spool::Spool(const replica::LtxHeader& header, std::string path)
    : header_(header),
      path_(std::move(path)),
      file_(path_, File::Mode::kCreate),
      writer_(header_, [this](std::span<const std::byte> bytes) { write(bytes); }) {}

Spool::~Spool() {
  if (moved_) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void Spool::write(std::span<const std::byte> bytes) {
  buffer_ += as_text(bytes);
  if (buffer_.size() >= kWriteSize) flush();
}

void Spool::flush() {
  file_.write(std::as_bytes(std::span(buffer_)), written_);
  written_ += buffer_.size();
  buffer_.clear();
}

Segment Spool::finish(std::uint64_t post_checksum) {
  writer_.finish(post_checksum);
  Segment segment;
  segment.header = header_;
  segment.post_checksum = post_checksum;
  segment.size = writer_.size();
  flush();
  reached(Step::kWriteFile);
  file_.sync();
  reached(Step::kSyncFile);
  return segment;
}

void Spool::move_to(Segment& segment, const std::string& folder) {
  segment.path = folder + '/' + file_name(header_);
  rename_file(path_, segment.path);
  moved_ = true;
  sync_folder(folder);
  reached(Step::kRenameFile);
}

replica::LtxMerge open_merge(const std::vector<Segment>& segments) {
  replica::LtxMerge::Streams streams;
  streams.reserve(segments.size());
  for (const Segment& segment : segments) streams.push_back(open_segment(segment));
  return replica::LtxMerge(std::move(streams));
}

Segment copy(replica::LtxMerge& merge, Spool& spool, std::uint64_t post_checksum) {
  std::vector<std::byte> bytes(merge.header().page_size);
  for (std::uint32_t page = 0; merge.next(page, bytes);) {
    spool.add(page, bytes, merge.block());
  }
  if (merge.post_checksum() != post_checksum) fail_checksum();
  return spool.finish(post_checksum);
}

LtxStream::LtxStream(const std::vector<Segment>& segments, std::uint64_t post_checksum)
    : merge_(open_merge(segments)), post_checksum_(post_checksum), header_(merge_.header()) {}

LtxStream::LtxStream(const std::vector<Segment>& segments, std::uint64_t post_checksum,
                     const replica::LtxHeader& header, Wanted wanted)
    : merge_(open_merge(segments)),
      post_checksum_(post_checksum),
      header_(header),
      wanted_(std::move(wanted)) {}

bool LtxStream::next(std::string& to) {
  to_ = &to;
  if (writer_ == nullptr) {
    page_.resize(header_.page_size);
    writer_ = std::make_unique<replica::LtxWriter>(
        header_, [this](std::span<const std::byte> bytes) { *to_ += as_text(bytes); });
  }
  const std::size_t enough = to.size() + kStreamPiece;
  std::uint32_t page = 0;
  // Pages that are not wanted make no bytes: the caller must not wait for long.
  for (int pages = 0; to.size() < enough && pages < 65536; ++pages) {
    if (!merge_.next(page, page_)) {
      if (merge_.post_checksum() != post_checksum_) fail_checksum();
      writer_->finish(post_checksum_);
      return false;
    }
    if (wanted_ == nullptr || wanted_(page, page_)) writer_->add(page, page_, merge_.block());
  }
  return true;
}

}  // namespace edgepack::serve
