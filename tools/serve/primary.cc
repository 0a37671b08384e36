#include "serve/primary.h"

#include <chrono>
#include <cstring>
#include <ctime>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "serve/position.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

using replica::Snapshot;
using replica::WalIndexHeader;

constexpr char kOperation[] = "edgepack-serve";
constexpr std::size_t kFormatOffset = 18;  // for writing, then for reading
constexpr std::byte kWalFormat{2};
constexpr std::size_t kChangeCounterOffset = 24;
constexpr int kBusyMs = 1000;
/// More between two looks are not believed: a log that was deleted and made again has random salts.
constexpr std::uint32_t kMostRestarts = 64;
/// Two writes within one tick of the system's clock leave the same time.
constexpr std::int64_t kClockTickNs = 1'000'000'000;

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

bool is_same(const WalIndexHeader& a, const WalIndexHeader& b) {
  return a.salt == b.salt && a.frames == b.frames && a.change == b.change &&
         a.frame_checksum == b.frame_checksum;
}

/// Page 1 says which journal mode the file is in, and a replica is always in WAL mode.
void read_page(Snapshot& snapshot, std::uint32_t page, std::span<std::byte> bytes) {
  snapshot.read(page, bytes);
  if (page == 1) bytes[kFormatOffset] = bytes[kFormatOffset + 1] = kWalFormat;
}

/// All pages of a snapshot.
Pages all_pages(Snapshot& snapshot) {
  return {.next =
              [&snapshot, page = std::uint32_t{0}](std::uint32_t& next) mutable {
                if (++page == replica::lock_page(snapshot.page_size())) ++page;
                next = page;
                return page <= snapshot.page_count();
              },
          .read = [&snapshot](std::uint32_t page, auto bytes) { read_page(snapshot, page, bytes); },
          .compared = true};
}

/// The pages that a log names.
Pages pages_of(Snapshot& snapshot, const replica::LogChanges& changes) {
  return {
      .next =
          [&changes, done = std::size_t{0}](std::uint32_t& next) mutable {
            if (done == changes.pages.size()) return false;
            next = changes.pages[done++];
            return true;
          },
      .read = [&snapshot](std::uint32_t page, auto bytes) { read_page(snapshot, page, bytes); }};
}

}  // namespace

Primary::FileStatus Primary::look_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return {
      .inode = status.st_ino,
      .size = status.st_size,
      .changed_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Primary::FileStatus Primary::look_at_database() const {
  const FileStatus status = look_at(path_);
  if (status.inode == 0) {
    throw sqlite::Error({.operation = kOperation,
                         .object = path_,
                         .problem = "the database file is missing or cannot be read"},
                        SQLITE_CANTOPEN);
  }
  return status;
}

Primary::Files Primary::look() const {
  return {.database = look_at_database(), .log = look_at(path_ + "-wal")};
}

void Primary::close() noexcept {
  index_.reset();
  connection_.reset();
}

void Primary::open(const FileStatus& database) {
  connection_ = std::make_unique<replica::Connection>(kOperation, path_,
                                                      replica::Connection::Missing::kFail, nullptr);
  sqlite3_db_config(connection_->get(), SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
  sqlite3_busy_timeout(connection_->get(), kBusyMs);
  connection_->execute("PRAGMA query_only = 1");
  inode_ = database.inode;
}

bool Primary::may_have_changed() {
  if (is_open() && look_at_database().inode != inode_) close();
  if (!read_files_) return true;
  if (index_ != nullptr) {
    const auto header = index_->header();
    return !header || !read_header_ || !is_same(*header, *read_header_);
  }
  const Files files = look();
  const std::int64_t newest = std::max(files.database.changed_ns, files.log.changed_ns);
  return files != *read_files_ || now_ns() - newest < kClockTickNs;
}

State Primary::describe(Snapshot& snapshot) const {
  State state;
  state.timestamp = now_ms();
  state.page_size = snapshot.page_size();
  state.page_count = snapshot.page_count();
  state.mark = snapshot.mark();
  state.inode = inode_;
  return state;
}

std::uint32_t Primary::change_counter(Snapshot& snapshot) {
  std::vector<std::byte> page(snapshot.page_size());
  snapshot.read(1, page);
  return replica::read_be32(&page[kChangeCounterOffset]);
}

bool Primary::read(History& history) {
  const Files files = look();
  if (is_open() && files.database.inode != inode_) close();
  if (!is_open()) open(files.database);
  Snapshot snapshot(*connection_);
  if (snapshot.page_count() == 0) {
    connection_->fail("the database is empty", "create a table in it first");
  }
  journal_mode_ = snapshot.is_wal() ? "wal" : connection_->text("PRAGMA journal_mode");
  const bool changed = append(history, snapshot, describe(snapshot));
  read_files_ = files;
  if (snapshot.is_wal()) {
    read_header_ = snapshot.header();
    if (index_ == nullptr) index_ = std::make_unique<replica::WalIndex>(*connection_);
  } else {
    read_header_.reset();
    index_.reset();
  }
  return changed;
}

bool Primary::append(History& history, Snapshot& snapshot, State state) {
  if (!history.begun() || history.state().page_size != state.page_size) {
    state.change_counter = change_counter(snapshot);
    history.begin(state, all_pages(snapshot));
    return true;
  }
  const State& before = history.state();
  const auto log = history.must_jump() ? std::nullopt : changes(snapshot, before);
  compared_ = !log;
  const bool same_page_1 = log && !log->pages.empty() && log->pages.front() != 1;
  state.change_counter = same_page_1 ? before.change_counter : change_counter(snapshot);
  if (log) {
    state.position.txid = before.position.txid + log->transactions;
    return history.append(state, pages_of(snapshot, *log));
  }
  if (is_replaced(snapshot, before, state)) {
    history.begin(state, all_pages(snapshot));
    return true;
  }
  // Outside of WAL mode each commit counts on in the file; elsewhere nobody knows how many there
  // were.
  const std::uint32_t commits = state.change_counter - before.change_counter;
  const bool counted = !snapshot.is_wal() && !before.mark.known() && commits < kFirstTxid;
  state.position.txid = counted ? before.position.txid + commits : jump_from(before.position.txid);
  return history.append(state, all_pages(snapshot));
}

std::optional<replica::LogChanges> Primary::changes(Snapshot& snapshot, const State& before) const {
  if (!snapshot.is_wal() || before.inode != inode_) return std::nullopt;
  if (auto changes = snapshot.changes_since(before.mark, before.page_count)) return changes;
  // The log was restarted. SQLite counts commits in the wal-index and goes on counting across a
  // restart, and adds 1 to the first salt each time: if all commits since are in the new log, none
  // was missed.
  if (!read_header_) return std::nullopt;
  const WalIndexHeader& now = snapshot.header();
  const replica::WalMark start{.salt = now.mark().salt, .frame = 0, .checksum = {}};
  const std::uint32_t restarts = start.salt[0] - before.mark.salt[0];
  const bool next_log = !before.mark.known() || (restarts > 0 && restarts < kMostRestarts);
  if (!start.known() || !next_log) return std::nullopt;
  auto changes = snapshot.changes_since(start, before.page_count);
  if (!changes || changes->transactions != now.change - read_header_->change) return std::nullopt;
  return changes;
}

/// Whether the file is another database than the one of the log, or an older copy of it.
bool Primary::is_replaced(Snapshot& snapshot, const State& before, const State& now) const {
  const auto is_older = static_cast<std::int32_t>(now.change_counter - before.change_counter) < 0;
  if (before.inode == now.inode && !is_older) return false;
  replica::DatabaseChecksum sum;
  const Pages pages = all_pages(snapshot);
  std::vector<std::byte> bytes(snapshot.page_size());
  for (std::uint32_t page = 0; pages.next(page);) {
    pages.read(page, bytes);
    sum.toggle(page, bytes);
  }
  return sum.value() != before.position.checksum;
}

}  // namespace edgepack::serve
