#pragma once
// Appends one transaction to a replica's log, beside SQLite's own writers and under their lock.

#include <optional>
#include <vector>

#include "replica/snapshot.h"

namespace edgepack::replica {

/// Frames that become one commit, or nothing. Needs the WRITE lock of `base`'s database from before
/// `base` was read until after commit() or destruction. An object that was not committed leaves
/// nothing that anybody can see. One thread.
class WalWriter {
 public:
  /// `base`: the newest state, in WAL mode, with pages of `page_size`. Must outlive this.
  explicit WalWriter(Snapshot& base);
  ~WalWriter();
  WalWriter(const WalWriter&) = delete;
  WalWriter& operator=(const WalWriter&) = delete;

  bool empty() const noexcept { return frame_ == base_.header().frames; }
  /// Page `page` of the new state.
  void append(std::uint32_t page, std::span<const std::byte> bytes);
  /// Writes all frames but the last, which will carry `pages`, the size of the new state, and
  /// answers the mark that the log will have once commit() is through.
  WalMark prepare(std::uint32_t pages);
  /// What commit() publishes; meaningful after prepare().
  const WalIndexHeader& header() const noexcept { return header_; }
  enum class Durable { kNo, kYes };
  /// Writes the last frame, syncs the log if the state must outlive a power cut from now on, and
  /// publishes.
  void commit(Durable durable);
  /// Makes what is in the log durable.
  void sync();

 private:
  void start_log();
  void encode_last(std::uint32_t pages);
  void flush();
  void write(std::span<const std::byte> bytes, std::int64_t offset);

  Snapshot& base_;
  sqlite3_file* log_;
  WalIndexHeader header_;           // of the new state
  std::uint32_t frame_;             // the last one appended
  std::uint32_t last_page_ = 0;     // its page
  std::vector<std::byte> last_;     // its bytes, not yet encoded
  std::vector<std::byte> buffer_;   // encoded frames, not yet written
  std::int64_t buffer_offset_ = 0;  // where they belong
  bool committed_ = false;
};

}  // namespace edgepack::replica
