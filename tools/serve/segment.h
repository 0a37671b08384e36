#pragma once
// Pieces of a log: LTX files on disk, and change sets in memory.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replica/ltx_merge.h"
#include "replica/ltx_reader.h"
#include "replica/ltx_writer.h"
#include "serve/change_set.h"
#include "serve/file.h"

namespace edgepack::serve {

/// What leads from one state to a later one. Immutable; copies share its bytes.
struct Segment {
  replica::LtxHeader header;
  std::uint64_t post_checksum = 0;
  std::uint64_t size = 0;                    // bytes, of the file or of memory
  std::string path;                          // empty: it is in memory
  std::shared_ptr<const ChangeSet> changes;  // null: it is on disk
  std::shared_ptr<const File> file;          // open: then its name may go

  std::uint64_t min() const noexcept { return header.min_txid; }
  std::uint64_t max() const noexcept { return header.max_txid; }
};

/// Reads the header and the trailer of the file `path`. Nothing if it cannot be an LTX file.
std::optional<Segment> look_at(const std::string& path);

/// The LTX files of a log, each kind by its last id. What is no LTX file is among `others`.
struct LogFiles {
  std::vector<Segment> snapshots;
  std::vector<Segment> changes;
  std::vector<std::string> others;
};

/// Looks at the files of a folder; nothing if there is no such folder.
LogFiles list_log(const std::string& folder);

/// Opens the file of a segment on disk, so that it can be read after it was removed. Throws
/// sqlite::Error.
void pin(Segment& segment);

/// Reads a segment from its beginning. Throws sqlite::Error.
std::unique_ptr<replica::PageStream> open_segment(const Segment& segment);

/// `MIN-MAX.ltx`.
std::string file_name(const replica::LtxHeader& header);

/// A new LTX file while it is written.
class Spool {
 public:
  /// `path` is the file's temporary name.
  Spool(const replica::LtxHeader& header, std::string path);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// As LtxWriter::add().
  void add(std::uint32_t page, std::span<const std::byte> bytes,
           std::span<const std::byte> block = {}) {
    writer_.add(page, bytes, block);
  }
  void add(const ChangeSet& changes) {
    for (const auto& [page, bytes] : changes.pages()) add(page, changes.bytes(bytes));
  }

  /// Ends the file. It is synced, but still has its temporary name, and is removed with this object
  /// unless it was moved.
  Segment finish(std::uint64_t post_checksum);
  /// Gives a finished file its name in its folder, durably.
  void move_to(Segment& segment, const std::string& folder);

 private:
  void write(std::span<const std::byte> bytes);
  void flush();

  replica::LtxHeader header_;
  std::string path_;
  File file_;
  std::string buffer_;
  std::uint64_t written_ = 0;
  bool moved_ = false;
  replica::LtxWriter writer_;
};

/// Opens segments to be read as one (LtxMerge says which fit).
replica::LtxMerge open_merge(const std::vector<Segment>& segments);

/// Writes all of `merge` into `spool` and ends it. Throws sqlite::Error if it does not lead to
/// `post_checksum`.
Segment copy(replica::LtxMerge& merge, Spool& spool, std::uint64_t post_checksum);

/// Merged segments as the bytes of one LTX file.
class LtxStream {
 public:
  /// Which pages are wanted, by number and content. Null: all.
  using Wanted = std::function<bool(std::uint32_t, std::span<const std::byte>)>;

  /// Opens the segments (LtxMerge says which fit). `post_checksum` is what they must lead to.
  LtxStream(const std::vector<Segment>& segments, std::uint64_t post_checksum);
  /// The same with another header and some of the pages.
  LtxStream(const std::vector<Segment>& segments, std::uint64_t post_checksum,
            const replica::LtxHeader& header, Wanted wanted);

  const replica::LtxHeader& header() const noexcept { return header_; }
  /// Appends more of the file to `to`. False: that was the end. Throws sqlite::Error when a segment
  /// is damaged; what was handed out is then of no use.
  bool next(std::string& to);

 private:
  replica::LtxMerge merge_;
  std::uint64_t post_checksum_;
  replica::LtxHeader header_;
  Wanted wanted_;
  std::vector<std::byte> page_;
  std::string* to_ = nullptr;
  std::unique_ptr<replica::LtxWriter> writer_;
};

}  // namespace edgepack::serve
