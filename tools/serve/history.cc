#include "serve/history.h"

#include <algorithm>
#include <filesystem>
#include <sys/file.h>
#include <utility>

#include "replica/checksum.h"
#include "serve/step.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

using replica::kChecksumFlag;
using replica::LtxHeader;

/// Changes that are more go to disk at once.
constexpr std::size_t kMostInMemory = 32 << 20;
/// Segments are kept in memory for replicas that are not far behind, although they are on disk.
constexpr std::size_t kMostMemory = 4 << 20;

/// Ids are counted within an epoch; a jump ends it.
std::uint64_t epoch(std::uint64_t txid) { return txid / kFirstTxid; }

/// Whether two states are found in the same way.
bool is_same_place(const State& a, const State& b) {
  return a.mark == b.mark && a.inode == b.inode && a.change_counter == b.change_counter;
}

}  // namespace

History::~History() = default;

PageChecksums& History::checksums() {
  if (checksums_ == nullptr) {
    checksums_ = std::make_unique<PageChecksums>(folder_ + "/checksums");
  }
  return *checksums_;
}

std::uint64_t History::checksum_of(std::uint32_t page) {
  if (page > state_->page_count) return 0;
  if (const auto found = new_checksums_.find(page); found != new_checksums_.end()) {
    return found->second;
  }
  return page <= checksums().pages() ? checksums().get(page) : 0;
}

void History::begin(State state, const Pages& pages) {
  const std::vector<std::uint64_t> earlier = logs();
  state.position.log = new_log(earlier.empty() ? 0 : earlier.front());
  state.position.txid = kFirstTxid;
  const std::string log_folder = folder_ + '/' + to_hex(state.position.log);
  std::filesystem::create_directory(log_folder);
  sync_folder(folder_);
  reached(Step::kMakeFolder);
  Spool spool({.page_size = state.page_size,
               .commit = state.page_count,
               .min_txid = 1,
               .max_txid = state.position.txid,
               .timestamp = state.timestamp},
              temporary());
  std::vector<std::byte> bytes(state.page_size);
  Checksums sums;
  std::uint64_t checksum = kChecksumFlag;
  for (std::uint32_t page = 0; pages.next(page);) {
    pages.read(page, bytes);
    spool.add(page, bytes);
    sums.emplace_back(page, replica::page_checksum(page, bytes));
    checksum = (checksum ^ sums.back().second) | kChecksumFlag;
  }
  state.position.checksum = checksum;
  Segment segment = spool.finish(checksum);
  spool.move_to(segment, log_folder);
  state_ = state;
  snapshots_ = {segment};
  files_.clear();
  recent_.clear();
  open_.reset();
  memory_ = 0;
  new_checksums_.clear();
  must_jump_ = false;
  flushed_ = state.position.txid;
  write_newest(false);
  write_checksums(sums, state_->page_count);
}

void History::refresh(const State& state) {
  dirty_ = dirty_ || !is_same_place(state, *state_);
  state_->mark = state.mark;
  state_->inode = state.inode;
  state_->change_counter = state.change_counter;
  announce_new_log();
}

bool History::append(State state, const Pages& pages) {
  const State& before = *state_;
  state.position.log = before.position.log;
  state.timestamp = std::max(state.timestamp, before.timestamp);
  if (must_jump_)
    state.position.txid = std::max(state.position.txid, jump_from(before.position.txid));
  const LtxHeader header{.page_size = state.page_size,
                         .commit = state.page_count,
                         .min_txid = before.position.txid + 1,
                         .max_txid = std::max(state.position.txid, before.position.txid + 1),
                         .timestamp = state.timestamp,
                         .pre_checksum = before.position.checksum};
  auto changes = std::make_shared<ChangeSet>(header);
  std::optional<Spool> file;  // takes what is too much for memory
  ChangeSet::Bytes space;
  Checksums sums;
  std::uint64_t checksum = before.position.checksum;
  for (std::uint32_t page = 0; pages.next(page);) {
    if (space == nullptr) space = std::make_unique_for_overwrite<std::byte[]>(state.page_size);
    const std::span bytes(space.get(), state.page_size);
    pages.read(page, bytes);
    const std::uint64_t sum = replica::page_checksum(page, bytes);
    const std::uint64_t old = checksum_of(page);
    // A jump must be announced even if nothing differs, and a file has at least one page.
    if (pages.compared && sum == old && !(must_jump_ && page == 1)) continue;
    sums.emplace_back(page, sum);
    checksum = (checksum ^ old ^ sum) | kChecksumFlag;
    if (file) {
      file->add(page, bytes);
      continue;
    }
    changes->add(page, std::move(space));
    if (changes->size() > kMostInMemory) {
      file.emplace(header, temporary());
      file->add(*changes);
      changes.reset();
    }
  }
  for (std::uint32_t page = state.page_count + 1; page <= before.page_count; ++page) {
    checksum = (checksum ^ checksum_of(page)) | kChecksumFlag;
  }
  if (sums.empty() && state.page_count == before.page_count) {
    refresh(state);
    return false;
  }
  state.position = {state.position.log, header.max_txid, checksum};
  if (pages.compared && !file) {
    file.emplace(header, temporary());
    file->add(*changes);
  }
  if (file) {
    Segment segment = file->finish(checksum);
    flush();
    file->move_to(segment, log_folder());
    files_.push_back(segment);
    state_ = state;
    flushed_ = state.position.txid;
    must_jump_ = false;
    trim_memory(0);  // what is in memory leads on from segment to segment
    write_newest(false);
    write_checksums(sums, state_->page_count);
    return true;
  }
  if (clean_on_disk_) write_newest(false);
  changes->set_post_checksum(checksum);
  if (open_ == nullptr) {
    open_ = std::move(changes);
  } else {
    open_->append(std::move(*changes));
  }
  for (const auto& [page, sum] : sums) new_checksums_[page] = sum;
  state_ = state;
  announce_new_log();
  trim_memory(kMostMemory);
  return true;
}

/// Whoever is handed the changes so far has something that stays as it is.
void History::seal() {
  if (open_ == nullptr) return;
  recent_.push_back({.header = open_->header(),
                     .post_checksum = open_->post_checksum(),
                     .size = open_->size(),
                     .path = {},
                     .changes = open_,
                     .file = nullptr});
  memory_ += open_->size();
  open_.reset();
}

void History::flush(bool clean) {
  if (!needs_flush() && clean_on_disk_ == clean) return;
  seal();
  Flush flush;
  {
    const std::lock_guard guard(disk_mutex_);
    flush = describe_flush(clean);
    write_to_disk(flush);
  }
  end_flush(flush);
}

History::Flush History::begin_flush() {
  seal();
  const std::lock_guard guard(disk_mutex_);
  return describe_flush(false);
}

void History::write(Flush& flush) {
  const std::lock_guard guard(disk_mutex_);
  if (flush.generation == generation_) write_to_disk(flush);
}

History::Flush History::describe_flush(bool clean) const {
  Flush flush;
  for (const Segment& segment : recent_) {
    if (segment.max() > flushed_) flush.pending.push_back(segment);
  }
  flush.state = *state_;
  flush.state.clean = clean;
  flush.sums.assign(new_checksums_.begin(), new_checksums_.end());
  flush.log_folder = log_folder();
  flush.generation = generation_;
  return flush;
}

void History::write_to_disk(Flush& flush) {
  if (!flush.pending.empty()) {
    replica::LtxMerge merge = open_merge(flush.pending);
    // Not temporary(): append() may be on its way with that.
    Spool spool(merge.header(), folder_ + "/recent.tmp");
    Segment merged = copy(merge, spool, flush.state.position.checksum);
    spool.move_to(merged, flush.log_folder);
    flush.file = std::move(merged);
  }
  write_state(flush.state);
  flush.generation = generation_;
}

void History::end_flush(const Flush& flush) {
  {
    const std::lock_guard guard(disk_mutex_);
    if (flush.generation != generation_) {
      // Its file is a part of another by now, or of an earlier log.
      const auto is_it = [&flush](const Segment& file) { return file.path == flush.file->path; };
      if (flush.file && std::ranges::none_of(files_, is_it)) remove_file(flush.file->path);
      return;
    }
  }
  if (flush.file) files_.push_back(*flush.file);
  flushed_ = flush.state.position.txid;
  clean_on_disk_ = flush.state.clean;
  dirty_ = !is_same_place(flush.state, *state_);
  trim_memory(kMostMemory);
  if (flush.sums.empty() && checksums().pages() == flush.state.page_count) return;
  write_checksums(flush.sums, flush.state.page_count);
  for (const auto& [page, sum] : flush.sums) {
    const auto newest = new_checksums_.find(page);
    if (newest == new_checksums_.end()) continue;
    // A page behind the end of what was written may be there again by now.
    const bool is_written = page <= flush.state.page_count && newest->second == sum;
    if (is_written || page > state_->page_count) new_checksums_.erase(newest);
  }
}

void History::write_state(const State& state) {
  State written = state;
  written.boot = boot_;
  state_file_.write(written);
  ++generation_;
  reached(Step::kWriteState);
}

void History::write_newest(bool clean) {
  state_->clean = clean;
  const std::lock_guard guard(disk_mutex_);
  write_state(*state_);
  clean_on_disk_ = clean;
  dirty_ = false;
  told_salt_ = state_->mark.salt;
}

/// Who counts on from a durable state needs the log that it was in.
void History::announce_new_log() {
  if (told_salt_ == state_->mark.salt) return;
  state_file_.announce(*state_);
  told_salt_ = state_->mark.salt;
}

void History::write_checksums(const Checksums& sums, std::uint32_t pages) {
  checksums().resize(pages);
  for (const auto& [page, sum] : sums) {
    if (page <= pages) checksums().set(page, sum);
  }
  reached(Step::kWriteChecksums);
}

void History::trim_memory(std::size_t most) {
  while (memory_ > most && !recent_.empty() && recent_.front().max() <= flushed_) {
    memory_ -= recent_.front().size;
    recent_.pop_front();
  }
}

namespace {

/// The first of `segments`, oldest first, that leads beyond `txid`. There may be thousands.
template <class Segments>
auto first_behind(const Segments& segments, std::uint64_t txid) {
  return std::partition_point(segments.begin(), segments.end(),
                              [txid](const Segment& segment) { return segment.max() <= txid; });
}

}  // namespace

Range History::changes(const Position& after, std::uint64_t max_bytes) {
  const Position& newest = state_->position;
  if (after.log != newest.log) return {.standing = Standing::kOtherLog, .segments = {}};
  if (after.txid > newest.txid) return {.standing = Standing::kAhead, .segments = {}};
  if (after.txid == newest.txid) {
    return {
        .standing = after.checksum == newest.checksum ? Standing::kCurrent : Standing::kOtherState,
        .segments = {}};
  }
  seal();
  // What is in memory is cut finer; so it is taken if it goes back far enough.
  std::vector<const Segment*> path;
  if (recent_.empty() || recent_.front().min() > after.txid + 1) {
    for (auto segment = first_behind(files_, after.txid); segment != files_.end(); ++segment) {
      path.push_back(&*segment);
    }
  }
  const std::uint64_t reached = path.empty() ? after.txid : path.back()->max();
  for (auto segment = first_behind(recent_, reached); segment != recent_.end(); ++segment) {
    if (path.empty() || segment->min() > reached) path.push_back(&*segment);
  }
  if (path.empty() || path.front()->min() > after.txid + 1) {
    return {.standing = Standing::kGone, .segments = {}};
  }
  const Segment& first = *path.front();
  if (first.min() == after.txid + 1) {
    if (first.header.pre_checksum != after.checksum) {
      return {.standing = Standing::kOtherState, .segments = {}};
    }
  } else if (epoch(first.max()) != epoch(after.txid)) {
    // It may be a state that the server lost before it compared pages.
    return {.standing = Standing::kGone, .segments = {}};
  }
  Range range{.standing = Standing::kBehind, .segments = {}};
  std::uint64_t bytes = 0;
  constexpr std::size_t kMostSegments = 512;  // each is an open file
  for (const Segment* segment : path) {
    bytes += segment->size;
    if (!range.segments.empty() && (bytes > max_bytes || range.segments.size() == kMostSegments)) {
      break;
    }
    range.segments.push_back(*segment);
  }
  return range;
}

namespace {

/// The newest of `snapshots` within the limits, and what of `changes` leads on from it. All are
/// oldest first.
std::vector<Segment> select(const std::vector<Segment>& snapshots,
                            const std::vector<Segment>& changes, std::uint64_t max_txid,
                            std::int64_t max_timestamp) {
  const auto is_wanted = [&](const Segment& segment) {
    return segment.max() <= max_txid && segment.header.timestamp <= max_timestamp;
  };
  const auto snapshot = std::find_if(snapshots.rbegin(), snapshots.rend(), is_wanted);
  if (snapshot == snapshots.rend()) return {};
  std::vector<Segment> path{*snapshot};
  for (const Segment& segment : changes) {
    if (segment.max() > path.back().max() && segment.min() <= path.back().max() + 1 &&
        is_wanted(segment)) {
      path.push_back(segment);
    }
  }
  return path;
}

}  // namespace

std::vector<Segment> History::past(std::uint64_t max_txid, std::int64_t max_timestamp) {
  seal();
  std::vector<Segment> changes = files_;
  changes.insert(changes.end(), recent_.begin(), recent_.end());
  return select(snapshots_, changes, max_txid, max_timestamp);
}

std::vector<Segment> History::past_of(std::uint64_t log, std::uint64_t max_txid,
                                      std::int64_t max_timestamp) const {
  const LogFiles files = list_log(folder_ + '/' + to_hex(log));
  return select(files.snapshots, files.changes, max_txid, max_timestamp);
}

History::Unused History::replace(const Segment& merged) {
  const auto add = [](std::vector<Segment>& to, const Segment& segment) {
    const auto place =
        std::upper_bound(to.begin(), to.end(), segment,
                         [](const Segment& a, const Segment& b) { return a.max() < b.max(); });
    to.insert(place, segment);
  };
  if (merged.header.is_snapshot()) {
    add(snapshots_, merged);
    return {};
  }
  Unused unused;
  for (auto file = files_.begin(); file != files_.end();) {
    if (file->min() < merged.min() || file->max() > merged.max()) {
      ++file;
      continue;
    }
    if (file->path != merged.path) unused.push_back(file->path);
    file = files_.erase(file);
  }
  add(files_, merged);
  return unused;
}

History::Unused History::drop_before(std::size_t first) {
  Unused unused;
  const std::uint64_t max = snapshots_[first].max();
  for (std::size_t i = 0; i < first; ++i) unused.push_back(snapshots_[i].path);
  snapshots_.erase(snapshots_.begin(), snapshots_.begin() + static_cast<std::ptrdiff_t>(first));
  const auto is_older = [max](const Segment& file) { return file.max() <= max; };
  const auto end = std::find_if_not(files_.begin(), files_.end(), is_older);
  std::for_each(files_.begin(), end,
                [&unused](const Segment& file) { unused.push_back(file.path); });
  files_.erase(files_.begin(), end);
  return unused;
}

std::uint64_t History::bytes_on_disk() const noexcept {
  std::uint64_t bytes = 0;
  for (const Segment& segment : snapshots_) bytes += segment.size;
  for (const Segment& segment : files_) bytes += segment.size;
  return bytes;
}

}  // namespace edgepack::serve
