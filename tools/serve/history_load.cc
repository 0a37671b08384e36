// What a History finds in its folder when the server starts.

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/file.h>

#include "replica/checksum.h"
#include "serve/history.h"
#include "serve/step.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

namespace fs = std::filesystem;

void remove_temporary_files(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".tmp") remove_file(entry.path());
  }
}

}  // namespace

History::History(std::string folder) : folder_(std::move(folder)), state_file_(folder_ + "/state") {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    errno = error.value();
    fail(folder_, "the folder of the log cannot be made");
  }
  lock();
  remove_temporary_files(folder_);
  load();
}

void History::lock() {
  lock_.emplace(folder_ + "/lock", File::Mode::kReadWrite);
  if (::flock(lock_->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    throw sqlite::Error({.operation = "edgepack-serve",
                         .object = folder_,
                         .problem = "another edgepack-serve uses this folder",
                         .hint = "stop it first, or give this one another --log-dir"},
                        SQLITE_BUSY);
  }
}

void History::load() {
  const std::optional<State> state = state_file_.read();
  if (!state) return;
  try {
    load_files(*state);
    if (snapshots_.empty()) return;
    state_ = state;
    flushed_ = state->position.txid;
    make_checksums(*state);
  } catch (const sqlite::Error& error) {
    if (error.code() != SQLITE_CORRUPT) throw;
    state_.reset();
    return;
  }
  clean_on_disk_ = state->clean;
  told_salt_ = state->mark.salt;
  must_jump_ = !state->clean && state->boot != boot_;
}

/// Keeps the files that lead to `state`, and removes those that nothing refers to.
void History::load_files(const State& state) {
  LogFiles found = list_log(folder_ + '/' + to_hex(state.position.log));
  for (const std::string& path : found.others) remove_file(path);
  for (auto* const segments : {&found.snapshots, &found.changes}) {
    std::erase_if(*segments, [&state](const Segment& segment) {
      // Behind the state: renamed, but the process ended before it was announced.
      const bool is_behind = segment.max() > state.position.txid;
      if (is_behind) remove_file(segment.path);
      return is_behind;
    });
  }
  snapshots_ = std::move(found.snapshots);
  const std::vector<Segment>& files = found.changes;
  // Backwards, because what is behind a gap is of use and what is before it is not. Files whose
  // checksums do not meet are a gap: one of them is damaged.
  std::uint64_t min = state.position.txid + 1;
  std::uint64_t pre_checksum = state.position.checksum;
  const auto meets = [&min, &pre_checksum](const Segment& segment) {
    return segment.max() + 1 > min ||
           (segment.max() + 1 == min && segment.post_checksum == pre_checksum);
  };
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (file->min() >= min) {  // merged into a larger one, which was to remove it
      remove_file(file->path);
      continue;
    }
    if (!meets(*file)) break;
    min = file->min();
    pre_checksum = file->header.pre_checksum;
    files_.insert(files_.begin(), *file);
  }
  std::erase_if(snapshots_, [&meets](const Segment& segment) { return !meets(segment); });
  const auto leads_to_state = [&state](const std::vector<Segment>& segments) {
    if (segments.empty()) return false;
    const Segment& last = segments.back();
    return last.max() == state.position.txid && last.post_checksum == state.position.checksum &&
           last.header.commit == state.page_count && last.header.page_size == state.page_size;
  };
  if (!leads_to_state(files_.empty() ? snapshots_ : files_)) snapshots_.clear();
}

std::vector<std::uint64_t> History::logs() const {
  std::vector<std::uint64_t> logs;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (const auto log = parse_hex(entry.path().filename().string())) logs.push_back(*log);
  }
  std::sort(logs.rbegin(), logs.rend());
  return logs;
}

void History::drop_old_logs(std::int64_t timestamp) {
  for (const std::uint64_t log : logs()) {
    if (log >= state_->position.log) continue;
    const std::string folder = folder_ + '/' + to_hex(log);
    const LogFiles files = list_log(folder);
    const auto is_kept = [timestamp](const Segment& segment) {
      return segment.header.timestamp >= timestamp;
    };
    if (std::none_of(files.changes.begin(), files.changes.end(), is_kept) &&
        std::none_of(files.snapshots.begin(), files.snapshots.end(), is_kept)) {
      fs::remove_all(folder);
    }
  }
}

void History::make_checksums(const State& state) {
  if (checksums().pages() == state.page_count &&
      checksums().database() == state.position.checksum) {
    return;
  }
  checksums().resize(0);
  checksums().resize(state.page_count);
  const std::vector<Segment> path = past(state.position.txid, INT64_MAX);
  replica::LtxMerge merge = open_merge(path);
  std::vector<std::byte> bytes(state.page_size);
  for (std::uint32_t page = 0; merge.next(page, bytes);) {
    checksums().set(page, replica::page_checksum(page, bytes));
  }
  if (checksums().database() != state.position.checksum) {
    throw sqlite::Error({.operation = "edgepack-serve",
                         .object = folder_,
                         .problem = "the log does not lead to its position"},
                        SQLITE_CORRUPT);
  }
}

}  // namespace edgepack::serve
