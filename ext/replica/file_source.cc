#include "replica/file_source.h"

#include <sys/stat.h>
#include <utility>

namespace edgepack::replica {
namespace {

/// Pages of a snapshot of the primary: those that the log names, or all.
class FileChanges : public ChangeSet {
 public:
  FileChanges(std::unique_ptr<Snapshot> read, std::optional<LogChanges> log)
      : read_(std::move(read)), log_(std::move(log)) {
    page_size = read_->page_size();
    commit = read_->page_count();
    snapshot = !log_;
    position = Position::of(read_->mark());
    if (log_) transactions = log_->transactions;
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

constexpr char kOperation[] = "replica_sync";

}  // namespace

FileSource::FileSource(const std::string& path, int wait_ms)
    : connection_(kOperation, path, Connection::Missing::kFail, nullptr) {
  sqlite3_busy_timeout(connection_.get(), wait_ms);
  connection_.execute("PRAGMA query_only = 1");
}

std::unique_ptr<Snapshot> FileSource::read() {
  auto read = std::make_unique<Snapshot>(connection_);
  if (read->page_count() == 0) {
    connection_.fail("the source is an empty file", "create a table in it first");
  }
  return read;
}

std::unique_ptr<ChangeSet> FileSource::changes_after(const Position& position,
                                                     std::uint32_t pages) {
  if (position.kind != Position::Kind::kWal) return nullptr;
  auto read = this->read();
  auto log = read->changes_since(position.mark, pages);
  if (!log) return nullptr;
  return std::make_unique<FileChanges>(std::move(read), std::move(log));
}

std::unique_ptr<ChangeSet> FileSource::snapshot() {
  return std::make_unique<FileChanges>(read(), std::nullopt);
}

Position FileSource::newest() { return Position::of(Snapshot(connection_).mark()); }

}  // namespace edgepack::replica
