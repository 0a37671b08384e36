#pragma once
// Decoding of the blocks that a scan reads from the database.

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "vec/block.h"
#include "vec/row_set.h"

namespace edgepack::vec {

/// A block on its way from the database to memory.
struct BlockReading {
  BlockHeader header;
  /// The caller's number of it.
  std::size_t index = 0;
  /// The blob of the block.
  std::vector<std::byte> slots;
  /// The rows that the filters of the query keep, as far as they were looked at.
  RowSet wanted;
  /// Null until it is decoded.
  std::shared_ptr<const DecodedBlock> block;
};

/// A few blocks at a time are decoded on a second thread, while the caller, on whose thread alone
/// SQLite is used, reads the next. They come back in the order in which they were handed over. Used
/// by one thread; the second one ends with the object.
class BlockDecoder {
 public:
  /// `column` must outlive it. `may_help` allows the second thread, which starts when it pays.
  BlockDecoder(const VectorColumn& column, std::size_t vector, bool may_help) noexcept
      : column_(column), vector_(vector), may_help_(may_help) {}
  BlockDecoder(const BlockDecoder&) = delete;
  BlockDecoder& operator=(const BlockDecoder&) = delete;
  ~BlockDecoder();

  /// True while submit() must wait for a take(): as many blocks are on their way as may be.
  bool is_full() const noexcept { return submitted_ - taken_ == (has_helper() ? kMost : 1); }
  bool is_empty() const noexcept { return submitted_ == taken_; }
  /// What the caller fills in and then submits; buffers of earlier blocks are still there. Not
  /// while is_full().
  BlockReading& next_reading() noexcept { return job(submitted_).reading; }
  void submit();
  /// The first of those that were handed over, decoded; its place is used again by the next
  /// submit(). Not while is_empty(). Throws Corruption and std::bad_alloc for the block, which is
  /// then out of the way.
  BlockReading& take();

 private:
  static constexpr std::size_t kMost = 4;
  /// Blocks that are not worth a thread.
  static constexpr std::size_t kAlone = 2;

  struct Job {
    BlockReading reading;
    std::exception_ptr error;
    bool is_done = false;
  };

  bool has_helper() const noexcept { return helper_.joinable(); }
  Job& job(std::size_t number) noexcept { return jobs_[number % kMost]; }
  void decode(Job& job) const noexcept;
  void help();

  const VectorColumn& column_;
  const std::size_t vector_;
  const bool may_help_;
  std::array<Job, kMost> jobs_;
  /// Numbers of jobs: those below were taken, begun, submitted. mutex_ guards them and is_done;
  /// what only the caller writes it reads without.
  std::size_t taken_ = 0;
  std::size_t begun_ = 0;
  std::size_t submitted_ = 0;
  bool stop_ = false;
  std::mutex mutex_;
  std::condition_variable submitted_one_;
  std::condition_variable finished_one_;
  std::thread helper_;
};

}  // namespace edgepack::vec
