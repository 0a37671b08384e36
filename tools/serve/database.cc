#include "serve/database.h"

#include <algorithm>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

using namespace std::chrono_literals;

/// Commits of so much time become one file, or of more: the disk is at work for one part in so
/// many, because the writer's checkpoints wait for the same disk.
constexpr auto kFlushAfter = 500ms;
constexpr auto kFlushAfterAtMost = 5s;
constexpr int kFlushShare = 50;
/// Then the connection is closed: whoever wants to change the journal mode has to be alone.
constexpr auto kIdleAfter = 5s;
constexpr auto kOften = 5ms;
constexpr std::size_t kMuchMemory = 32 << 20;
constexpr std::size_t kMostMemory = 64 << 20;

}  // namespace

Database::Database(std::string name, const std::string& path, std::string folder,
                   Retention retention)
    : name_(std::move(name)),
      path_(path),
      folder_(std::move(folder)),
      retention_(retention),
      primary_(path),
      flush_after_(kFlushAfter) {}

void Database::set_error(const std::string& error) {
  const std::lock_guard guard(info_mutex_);
  info_.error = error;
}

bool Database::follow() {
  std::unique_lock guard(mutex_);
  try {
    // While the disk is slow or full, what is in memory must not grow for ever.
    if (history_ != nullptr && history_->memory() > kMostMemory) {
      if (!flushing_) flush(guard);
      flushed_.wait(guard, [this] { return !flushing_; });
    }
    return follow_locked();
  } catch (const sqlite::Error& error) {
    set_error(error.what());
    throw;
  }
}

bool Database::follow_locked() {
  if (history_ == nullptr) {
    history_ = std::make_unique<History>(folder_);
    // What is in the log can be restored even if the file is gone.
    if (history_->begun()) publish(false);
  }
  const bool may_have_changed = primary_.may_have_changed();
  if (history_->begun() && !history_->must_jump() && !may_have_changed) return false;
  const bool changed = primary_.read(*history_);
  if (changed) {
    changed_ = Clock::now();
    if (history_->needs_flush() && unflushed_since_ == Clock::time_point{}) {
      unflushed_since_ = changed_;
    }
  }
  publish(changed);
  return changed;
}

void Database::publish(bool changed) {
  const State& state = history_->state();
  const std::lock_guard guard(info_mutex_);
  info_.ready = true;
  info_.error.clear();
  info_.position = state.position;
  info_.timestamp = state.timestamp;
  info_.page_size = state.page_size;
  info_.page_count = state.page_count;
  info_.journal_mode = primary_.journal_mode();
  info_.bytes_on_disk = history_->bytes_on_disk();
  info_.files = history_->files().size() + history_->snapshots().size();
  const Segment& oldest = history_->snapshots().front();
  info_.oldest_timestamp = oldest.header.timestamp;
  info_.oldest = {state.position.log, oldest.max(), oldest.post_checksum};
  if (!changed) return;
  ++info_.commits;
  if (primary_.compared()) ++info_.compared;
  news_at_ = Clock::now();
  news_.notify_all();
}

bool Database::is_flush_due() const {
  if (flushing_ || unflushed_since_ == Clock::time_point{}) return false;
  return Clock::now() - unflushed_since_ >= flush_after_ || history_->memory() > kMuchMemory;
}

bool Database::is_idle() const {
  if (flushing_ || unflushed_since_ != Clock::time_point{}) return false;
  return Clock::now() - changed_ >= kIdleAfter && (primary_.is_open() || history_->memory() > 0);
}

bool Database::must_settle() {
  const std::lock_guard guard(mutex_);
  return history_ != nullptr && history_->begun() && (is_flush_due() || is_idle());
}

bool Database::settle() {
  std::unique_lock guard(mutex_);
  if (history_ == nullptr || !history_->begun()) return false;
  if (is_flush_due()) flush(guard);
  if (!is_idle()) return false;
  history_->flush();
  history_->forget_memory();
  history_->close();
  primary_.close();
  return true;
}

/// Lets others in while the disk is at work.
void Database::flush(std::unique_lock<std::mutex>& guard) {
  unflushed_since_ = {};
  History::Flush flush = history_->begin_flush();
  flushing_ = true;
  const Clock::time_point began = Clock::now();
  try {
    guard.unlock();
    history_->write(flush);
    guard.lock();
    history_->end_flush(flush);
  } catch (const std::exception& error) {
    if (!guard.owns_lock()) guard.lock();
    flushing_ = false;
    flushed_.notify_all();
    unflushed_since_ = Clock::now();
    set_error(error.what());
    throw;
  }
  flushing_ = false;
  flushed_.notify_all();
  flush_after_ = std::clamp<Clock::duration>((Clock::now() - began) * kFlushShare, kFlushAfter,
                                             kFlushAfterAtMost);
  publish(false);
  // To free many pages takes a while.
  guard.unlock();
  flush = {};
  guard.lock();
}

void Database::stop() noexcept {
  const std::lock_guard guard(mutex_);
  try {
    if (history_ != nullptr && history_->begun()) history_->flush(true);
  } catch (const std::exception&) {
    // The log is as a crash would leave it, which the next start deals with.
  }
}

Info Database::info() const {
  const std::lock_guard guard(info_mutex_);
  return info_;
}

bool Database::changes_often() const {
  const std::lock_guard guard(info_mutex_);
  return Clock::now() - news_at_ < kOften;
}

void Database::wait(const Position& position, Clock::time_point until) {
  std::unique_lock guard(info_mutex_);
  ++waiters_;
  const std::uint64_t interrupts = interrupts_;
  news_.wait_until(guard, until, [&] {
    return interrupts_ != interrupts || (info_.ready && info_.position != position);
  });
  --waiters_;
}

void Database::interrupt_waiters() {
  const std::lock_guard guard(info_mutex_);
  ++interrupts_;
  news_.notify_all();
}

void Database::require_history() const {
  if (history_ != nullptr && history_->begun()) return;
  throw sqlite::Error({.operation = "edgepack-serve",
                       .object = path_,
                       .problem = "its first snapshot is being made",
                       .hint = "try again"},
                      SQLITE_BUSY);
}

State Database::newest() {
  const std::lock_guard guard(mutex_);
  require_history();
  history_->seal();
  return history_->state();
}

Range Database::changes(const Position& after, std::uint64_t max_bytes, State& newest) {
  const std::lock_guard guard(mutex_);
  require_history();
  newest = history_->state();
  Range range = history_->changes(after, max_bytes);
  for (Segment& segment : range.segments) pin(segment);
  return range;
}

Segment Database::snapshot(std::optional<std::uint64_t> txid) {
  const std::lock_guard guard(mutex_);
  require_history();
  Segment segment = history_->snapshot();
  for (const Segment& snapshot : history_->snapshots()) {
    if (txid && snapshot.max() == *txid) segment = snapshot;
  }
  pin(segment);
  return segment;
}

std::vector<Segment> Database::whole(State& newest) {
  const std::lock_guard guard(mutex_);
  require_history();
  newest = history_->state();
  return past_locked(newest.position.log, newest.position.txid, INT64_MAX).segments;
}

Database::Past Database::past_at(const Position& bookmark) {
  const std::lock_guard guard(mutex_);
  require_history();
  return past_locked(bookmark.log, bookmark.txid, INT64_MAX);
}

Database::Past Database::past_at(std::int64_t timestamp) {
  const std::lock_guard guard(mutex_);
  require_history();
  for (const std::uint64_t log : history_->logs()) {
    Past past = past_locked(log, UINT64_MAX, timestamp);
    if (!past.segments.empty()) return past;
  }
  return {};
}

Database::Past Database::past_locked(std::uint64_t log, std::uint64_t max_txid,
                                     std::int64_t max_timestamp) {
  Past past{.log = log, .segments = {}};
  past.segments = log == history_->state().position.log
                      ? history_->past(max_txid, max_timestamp)
                      : history_->past_of(log, max_txid, max_timestamp);
  for (Segment& segment : past.segments) pin(segment);
  return past;
}

}  // namespace edgepack::serve
