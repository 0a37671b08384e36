#pragma once
// What the log of a database says about the changes between two of its states.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "replica/wal_index.h"

namespace edgepack::replica {

/// What happened between two states of a log.
struct LogChanges {
  std::vector<std::uint32_t> pages;  // ascending, each once, none beyond the newer state's size
  std::uint64_t transactions = 0;
};

/// The same with what the pages are in the newer state, of use after the snapshot has ended.
class LogCopy : public LogChanges {
 public:
  /// The page `pages[i]`.
  std::span<const std::byte> bytes(std::size_t i) const noexcept {
    return {frames_.get() + frame_of_[i] * frame_size_ + kFrameHeaderSize,
            frame_size_ - kFrameHeaderSize};
  }

 private:
  friend class LogReader;
  std::size_t frame_size_ = 0;
  std::unique_ptr<std::byte[]> frames_;
  std::vector<std::size_t> frame_of_;  // of each page, in frames_
};

/// The log of `connection`, which is in WAL mode, up to a published state. It needs no transaction:
/// committed frames stay as they are until the log is begun anew, and the published header has
/// other salts before any frame is written over, which is looked at behind each reading. One
/// thread.
class LogReader {
 public:
  /// `header`: that was published; `page_size` and `page_count`: of its state. The references must
  /// outlive this.
  LogReader(const Connection& connection, const WalIndex& index, const WalIndexHeader& header,
            std::uint32_t page_size, std::uint32_t page_count)
      : connection_(connection),
        index_(index),
        header_(header),
        page_size_(page_size),
        page_count_(page_count) {}

  /// What changed since `mark`, a state of `pages` pages. Nothing if the log no longer tells.
  std::optional<LogChanges> changes_since(const WalMark& mark, std::uint32_t pages) const;
  /// The same with the pages. Nothing also if they are more than `most` bytes, or if the database
  /// grew by pages that are not in the log.
  std::optional<LogCopy> copy_since(const WalMark& mark, std::uint32_t pages,
                                    std::size_t most) const;

 private:
  /// The frames behind a mark.
  struct Frames {
    std::vector<std::uint32_t> pages;  // of each frame
    std::uint64_t transactions = 0;
    std::uint32_t smallest;  // of the sizes that the database had, in pages

    void add(std::span<const std::byte> header);
  };
  /// The same by their headers alone. Nothing if they are no longer there.
  std::optional<Frames> list(const WalMark& mark, std::uint32_t pages) const;
  bool read_frames(std::span<std::byte> bytes, std::uint32_t first) const;
  /// Answers false when the log no longer has this frame.
  bool read(std::span<std::byte> bytes, std::uint32_t frame, std::size_t offset = 0) const;
  /// Whether the log is still the one of `mark`, and goes on behind it.
  bool goes_on_from(const WalMark& mark) const;
  /// Whether the log was not begun anew, so that what was read of it is right.
  bool is_same_log() const;
  /// Makes `pages` of frames what LogChanges promises, for a state that was `smallest` pages large
  /// at least once. Answers false if the log is damaged.
  bool tidy(std::vector<std::uint32_t>& pages, std::uint32_t smallest) const;

  const Connection& connection_;
  const WalIndex& index_;
  const WalIndexHeader& header_;
  std::uint32_t page_size_;
  std::uint32_t page_count_;
};

}  // namespace edgepack::replica
