#include "replica/file_source.h"

#include <chrono>
#include <sys/stat.h>
#include <utility>

#include "replica/apply.h"
#include "replica/bytes.h"
#include "replica/checksum.h"

namespace edgepack::replica {
namespace {

std::uint64_t nanoseconds(const struct timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// When the content of the file `path` was last written, and when anything about it was; ns since
/// 1970. Both 0 if the system does not say.
struct FileTimes {
  std::uint64_t written = 0;
  std::uint64_t changed = 0;
};
FileTimes times_of(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
#if defined(__APPLE__)
  return {nanoseconds(file.st_mtimespec), nanoseconds(file.st_ctimespec)};
#else
  return {nanoseconds(file.st_mtim), nanoseconds(file.st_ctim)};
#endif
}

/// When the newest state of `read` was committed: a commit writes the log, or else the file.
std::optional<std::int64_t> commit_ms(const Snapshot& read) {
  const bool in_log = read.is_wal() && read.header().frames > 0;
  const auto written = times_of(read.connection().path() + (in_log ? "-wal" : "")).written;
  if (written == 0) return std::nullopt;
  return static_cast<std::int64_t>(written / 1'000'000);
}

/// Pages of a snapshot of the primary: those that the log names, or all.
class FileChanges : public ChangeSet {
 public:
  FileChanges(std::unique_ptr<Snapshot> read, std::optional<LogChanges> log)
      : read_(std::move(read)), log_(std::move(log)) {
    page_size = read_->page_size();
    commit = read_->page_count();
    snapshot = !log_;
    position = position_of(*read_);
    if (log_) transactions = log_->transactions;
    committed_ms = commit_ms(*read_);
  }

  std::uint32_t schema_version() override { return read_->schema_version(); }
  std::string schema() override { return read_->schema(); }

  bool next(std::uint32_t& page, std::span<std::byte> bytes) override {
    if (log_) {
      if (done_ == log_->pages.size()) return false;
      page = log_->pages[done_++];
    } else {
      if (++done_ == lock_page(page_size)) ++done_;
      if (done_ > commit) return false;
      page = static_cast<std::uint32_t>(done_);
    }
    read_->read(page, bytes);
    return true;
  }

 private:
  std::unique_ptr<Snapshot> read_;
  std::optional<LogChanges> log_;
  std::size_t done_ = 0;
};

/// A look at a log is a few reads of memory; at a file without a log, a read of its first page.
constexpr int kLogPauseMs = 1;
constexpr int kFilePauseMs = 10;

}  // namespace

Position position_of(Snapshot& read) {
  const WalMark mark = read.mark();
  if (mark.known()) return Position::of(mark);
  if (read.page_count() == 0) return {};
  // In WAL mode commits may leave the counter alone; they reach a file without a log by a
  // checkpoint, which changes the time of the file, unless another write had the same time.
  constexpr std::uint64_t kCoarsestClock = 2'000'000'000;
  const std::uint64_t changed = times_of(read.connection().path()).changed;
  const auto now = static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
  const bool is_young = read.is_wal() && changed + kCoarsestClock > now;
  std::vector<std::byte> page(read.page_size());
  read.read(1, page);
  constexpr std::size_t kChangeCounter = 24;
  return Position::of(FileMark{.change_counter = read_be32(&page[kChangeCounter]),
                               .page_count = read.page_count(),
                               .changed_ns = is_young ? 0 : changed,
                               .is_wal = read.is_wal()});
}

FileSource::FileSource(const std::string& path, const SourceUser& user)
    : interrupt_(*user.interrupt),
      connection_(user.operation, path, Connection::Missing::kFail, nullptr) {
  sqlite3_busy_timeout(connection_.get(), user.timeout_ms);
  connection_.execute("PRAGMA query_only = 1");
}

std::unique_ptr<Snapshot> FileSource::read() {
  auto read = std::make_unique<Snapshot>(connection_);
  if (read->page_count() == 0) {
    connection_.fail("the source is an empty file", "create a table in it first");
  }
  return read;
}

std::uint32_t FileSource::page_size() { return read()->page_size(); }

Position FileSource::newest() {
  Snapshot now(connection_);
  return position_of(now);
}

void FileSource::await(const Position& position, Clock::time_point until) {
  if (Clock::now() >= until) return;
  std::optional<WalIndex> index;
  {
    Snapshot now(connection_);
    if (position_of(now) != position) return;
    if (now.is_wal()) index.emplace(connection_);
  }
  while (Clock::now() < until) {
    interrupt_.check();
    const auto header = index ? index->header() : std::nullopt;
    const bool has_log = header && header->mark().known();
    if ((has_log ? Position::of(header->mark()) : newest()) != position) return;
    sqlite3_sleep(has_log ? kLogPauseMs : kFilePauseMs);
  }
}

std::unique_ptr<ChangeSet> FileSource::changes_after(const Position& position,
                                                     std::uint32_t pages) {
  if (position.kind == Position::Kind::kFile) {
    auto read = this->read();
    if (position.file.changed_ns == 0 || position_of(*read) != position) return nullptr;
    return std::make_unique<FileChanges>(std::move(read), LogChanges{});
  }
  if (position.kind != Position::Kind::kWal) return nullptr;
  auto read = this->read();
  auto log = read->changes_since(position.mark, pages);
  if (!log) return nullptr;
  return std::make_unique<FileChanges>(std::move(read), std::move(log));
}

std::unique_ptr<ChangeSet> FileSource::whole(Snapshot&) {
  return std::make_unique<FileChanges>(read(), std::nullopt);
}

std::optional<std::uint64_t> FileSource::expected_checksum(const State& state) {
  const std::unique_ptr<Snapshot> read = this->read();
  if (state.position.kind == Position::Kind::kNone || position_of(*read) != state.position) {
    return std::nullopt;
  }
  std::vector<std::byte> page(read->page_size());
  read->read(1, page);
  std::uint64_t difference = page_checksum(1, page);
  make_replica_page_1(page, state.schema_offset);
  difference ^= page_checksum(1, page);
  return (checksum_of(*read, interrupt_) ^ difference) | kChecksumFlag;
}

}  // namespace edgepack::replica
