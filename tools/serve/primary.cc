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
using replica::WalMark;

constexpr char kOperation[] = "edgepack-serve";
constexpr std::size_t kFormatOffset = 18;  // for writing, then for reading
constexpr std::byte kWalFormat{2};
constexpr std::size_t kChangeCounterOffset = 24;
constexpr int kBusyMs = 1000;
/// More between two looks are not believed: a log that was deleted and made again has random salts.
constexpr std::uint32_t kMostRestarts = 64;
/// Changes up to this size are copied, so that the database is not read while they are worked on.
constexpr std::size_t kMostCopied = 32 << 20;
/// How often the log may be begun anew while it is copied, before a transaction prevents that.
constexpr int kMostAttempts = 2;
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
void force_wal_format(std::span<std::byte> page_1) {
  page_1[kFormatOffset] = page_1[kFormatOffset + 1] = kWalFormat;
}

void read_page(Snapshot& snapshot, std::uint32_t page, std::span<std::byte> bytes) {
  snapshot.read(page, bytes);
  if (page == 1) force_wal_format(bytes);
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

/// Pages that were copied from a log.
Pages pages_of(const replica::LogCopy& copy) {
  const auto at = std::make_shared<std::size_t>(0);
  return {.next =
              [&copy, at, done = std::size_t{0}](std::uint32_t& next) mutable {
                if (done == copy.pages.size()) return false;
                *at = done++;
                next = copy.pages[*at];
                return true;
              },
          .read =
              [&copy, at](std::uint32_t page, auto bytes) {
                std::ranges::copy(copy.bytes(*at), bytes.begin());
                if (page == 1) force_wal_format(bytes);
              }};
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

/// `pages`, which end `snapshot` once all were read if it holds up writers: what follows may wait
/// for the disk. In WAL mode it only keeps SQLite from beginning its log anew, which is wanted.
Pages ending(Pages pages, std::optional<Snapshot>& snapshot) {
  if (snapshot->is_wal()) return pages;
  pages.next = [next = std::move(pages.next), &snapshot](std::uint32_t& page) {
    const bool more = next(page);
    if (!more) snapshot.reset();
    return more;
  };
  return pages;
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

void Primary::disconnect() noexcept {
  index_.reset();
  connection_.reset();
}

void Primary::close() noexcept {
  try {
    if (index_ != nullptr) {
      // The files first: whatever is committed behind this changes them.
      const Files files = look();
      if (!may_have_changed()) read_files_ = files;
    }
  } catch (const std::exception&) {
    // Without knowing the files, may_have_changed() has them read.
  }
  disconnect();
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
  if (is_open() && look_at_database().inode != inode_) {
    disconnect();
    read_files_.reset();
  }
  if (index_ != nullptr) {
    const auto header = index_->header();
    return !header || !read_header_ || !is_same(*header, *read_header_);
  }
  if (!read_files_) return true;
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

/// What changed in the log of `now`, a published state. Nothing: a transaction is needed to tell.
std::optional<bool> Primary::read_log(History& history, const WalIndexHeader& now) {
  if (!history.begun() || history.must_jump()) return std::nullopt;
  const State& before = history.state();
  if (before.inode != inode_ || now.pages == 0 || now.bytes_per_page() != before.page_size) {
    return std::nullopt;
  }
  const replica::LogReader log(*connection_, *index_, now, before.page_size, now.pages);
  const auto copy = changes(now, before, [&log](const WalMark& mark, std::uint32_t pages) {
    return log.copy_since(mark, pages, kMostCopied);
  });
  if (!copy || copy->pages.empty()) return std::nullopt;
  const bool has_page_1 = copy->pages.front() == 1;
  State state = before;
  state.position.txid += copy->transactions;
  state.timestamp = now_ms();
  state.page_count = now.pages;
  state.mark = now.mark();
  state.clean = false;
  if (has_page_1) state.change_counter = replica::read_be32(&copy->bytes(0)[kChangeCounterOffset]);
  const bool changed = history.append(state, pages_of(*copy));
  read_header_ = now;
  return changed;
}

bool Primary::read(History& history) {
  compared_ = false;
  std::optional<WalIndexHeader> tried;
  for (int i = 0; i < kMostAttempts && index_ != nullptr; ++i) {
    const auto header = index_->header();
    // Only a log that was begun anew meanwhile tells more the second time.
    if (tried && header && header->salt == tried->salt) break;
    tried = header;
    const auto changed = header ? read_log(history, *header) : std::nullopt;
    if (changed) return *changed;
  }
  std::optional<Files> files;
  if (index_ == nullptr) {
    files = look();
    if (is_open() && files->database.inode != inode_) disconnect();
  }
  if (!is_open()) open(files->database);
  std::optional<Snapshot> snapshot(std::in_place, *connection_);
  if (snapshot->page_count() == 0) {
    connection_->fail("the database is empty", "create a table in it first");
  }
  const bool is_wal = snapshot->is_wal();
  journal_mode_ = is_wal ? "wal" : connection_->text("PRAGMA journal_mode");
  const WalIndexHeader header = snapshot->header();
  bool changed = append(history, snapshot, describe(*snapshot));
  read_header_.reset();
  read_files_.reset();
  if (is_wal) {
    read_header_ = header;
    if (index_ == nullptr) index_ = std::make_unique<replica::WalIndex>(*connection_);
    // After all that time SQLite would begin its log anew as soon as it could: what was committed
    // meanwhile is read while it cannot.
    const auto now = snapshot ? index_->header() : std::nullopt;
    if (now && read_log(history, *now).value_or(false)) changed = true;
  } else {
    read_files_ = files;
    index_.reset();
  }
  return changed;
}

bool Primary::append(History& history, std::optional<Snapshot>& snapshot, State state) {
  if (!history.begun() || history.state().page_size != state.page_size) {
    state.change_counter = change_counter(*snapshot);
    history.begin(state, ending(all_pages(*snapshot), snapshot));
    return true;
  }
  const State& before = history.state();
  const auto count = [&](const replica::LogChanges& log) {
    const bool same_page_1 = !log.pages.empty() && log.pages.front() != 1;
    state.change_counter = same_page_1 ? before.change_counter : change_counter(*snapshot);
    state.position.txid = before.position.txid + log.transactions;
  };
  const auto copy = [&](const WalMark& mark, std::uint32_t pages) {
    return snapshot->copy_since(mark, pages, kMostCopied);
  };
  const auto list = [&](const WalMark& mark, std::uint32_t pages) {
    return snapshot->changes_since(mark, pages);
  };
  if (snapshot->is_wal() && !history.must_jump()) {
    if (const auto log = changes(snapshot->header(), before, copy)) {
      count(*log);
      snapshot.reset();
      return history.append(state, pages_of(*log));
    }
    if (const auto log = changes(snapshot->header(), before, list)) {
      count(*log);
      return history.append(state, ending(pages_of(*snapshot, *log), snapshot));
    }
  }
  compared_ = true;
  state.change_counter = change_counter(*snapshot);
  if (is_replaced(*snapshot, before, state)) {
    history.begin(state, ending(all_pages(*snapshot), snapshot));
    return true;
  }
  // Outside of WAL mode each commit counts on in the file; elsewhere nobody knows how many there
  // were.
  const std::uint32_t commits = state.change_counter - before.change_counter;
  const bool counted = !snapshot->is_wal() && !before.mark.known() && commits < kFirstTxid;
  state.position.txid = counted ? before.position.txid + commits : jump_from(before.position.txid);
  return history.append(state, ending(all_pages(*snapshot), snapshot));
}

template <class Since>
auto Primary::changes(const WalIndexHeader& now, const State& before, const Since& since) const
    -> decltype(since(before.mark, before.page_count)) {
  if (before.inode != inode_) return std::nullopt;
  if (auto changes = since(before.mark, before.page_count)) return changes;
  // The log was restarted. SQLite counts commits in the wal-index and goes on counting across a
  // restart, and adds 1 to the first salt each time: if all commits since are in the new log, none
  // was missed.
  if (!read_header_) return std::nullopt;
  const WalMark start{.salt = now.mark().salt, .frame = 0, .checksum = {}};
  const std::uint32_t restarts = start.salt[0] - before.mark.salt[0];
  const bool next_log = !before.mark.known() || (restarts > 0 && restarts < kMostRestarts);
  if (!start.known() || !next_log) return std::nullopt;
  auto changes = since(start, before.page_count);
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
