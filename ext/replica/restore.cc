#include "replica/restore.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

#include "replica/checksum.h"
#include "replica/http_source.h"

namespace edgepack::replica {
namespace {

constexpr char kOperation[] = "replica_restore";
constexpr std::size_t kWriteSize = 256 * 1024;

[[noreturn]] void fail(const std::string& object, const std::string& problem,
                       const std::string& hint = {}, int code = SQLITE_ERROR) {
  throw sqlite::Error({.operation = kOperation, .object = object, .problem = problem, .hint = hint},
                      code);
}

/// A file that goes unless it got its name. SQLite does not know it, so it may be opened and closed
/// here.
class NewFile {
 public:
  explicit NewFile(const std::string& target)
      : target_(target), path_(target + "-restore-" + std::to_string(::getpid())) {
    constexpr mode_t kMode = 0644;
    file_ = ::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kMode);
    if (file_ < 0) fail_by_system("cannot create a file beside it");
    buffer_.reserve(kWriteSize);
  }
  ~NewFile() {
    ::close(file_);
    ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::span<const std::byte> bytes, std::int64_t offset) {
    const bool follows = offset == offset_ + static_cast<std::int64_t>(buffer_.size());
    if (!follows || buffer_.size() + bytes.size() > kWriteSize) flush();
    if (buffer_.empty()) offset_ = offset;
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }

  /// Durable, under its name, and only if that is free.
  void finish(std::int64_t size) {
    flush();
    if (::ftruncate(file_, size) != 0 || ::fsync(file_) != 0) fail_by_system("cannot write it");
    if (::link(path_.c_str(), target_.c_str()) != 0) {
      if (errno == EEXIST) fail(target_, "the file exists", "restore into a new file");
      fail_by_system("cannot name it");
    }
    const std::filesystem::path folder = std::filesystem::absolute(target_).parent_path();
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);
    ::close(directory);
  }

 private:
  [[noreturn]] void fail_by_system(const std::string& problem) const {
    const int error = errno;
    fail(target_, problem + ": " + std::strerror(error),
         error == ENOSPC ? "" : "its folder must exist and be writable",
         error == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN);
  }

  void flush() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
      const ssize_t written = ::pwrite(file_, buffer_.data() + done, buffer_.size() - done,
                                       offset_ + static_cast<std::int64_t>(done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail_by_system("cannot write it");
      done += static_cast<std::size_t>(written);
    }
    offset_ += static_cast<std::int64_t>(buffer_.size());
    buffer_.clear();
  }

  const std::string& target_;
  std::string path_;
  int file_ = -1;
  std::vector<std::byte> buffer_;
  std::int64_t offset_ = 0;
};

}  // namespace

RestoreResult restore(const RestoreRequest& request, HttpClient& http,
                      sqlite::Interrupt& interrupt) {
  if (request.timestamp.empty() == request.bookmark.empty()) {
    fail("options", "a timestamp or a bookmark is needed, not both",
         R"(write for example '{"timestamp":"2026-01-31T12:00:00Z"}')");
  }
  if (request.target.empty() || request.target.find('\0') != std::string::npos) {
    fail("target", "no path", "name the file to restore into");
  }
  for (const char* suffix : {"", "-wal", "-journal"}) {
    const std::string path = request.target + suffix;
    if (::access(path.c_str(), F_OK) == 0) fail(path, "the file exists", "restore into a new file");
  }
  if (!request.source.starts_with("http://") && !request.source.starts_with("https://")) {
    fail(request.source, "only edgepack-serve keeps a history", "write https://HOST/NAME");
  }
  HttpSource source(request.source, {.operation = kOperation,
                                     .replica_path = {},
                                     .timeout_ms = request.timeout_ms,
                                     .access = request.access,
                                     .http = &http,
                                     .interrupt = &interrupt});
  const std::unique_ptr<ChangeSet> state = source.past(request.timestamp, request.bookmark);
  NewFile file(request.target);
  DatabaseChecksum checksum;
  std::vector<std::byte> bytes(state->page_size);
  std::uint32_t page = 0;
  while (state->next(page, bytes)) {
    checksum.toggle(page, bytes);
    file.write(bytes, std::int64_t{page - 1} * state->page_size);
    if (page % 64 == 0) interrupt.check();
  }
  if (checksum.value() != state->checksum) {
    fail(request.source, "what the server sent does not have the checksum that it announced",
         "try again", SQLITE_CORRUPT);
  }
  file.finish(std::int64_t{state->commit} * state->page_size);
  return {.position = state->position,
          .timestamp_ms = state->timestamp_ms.value_or(0),
          .page_count = state->commit,
          .checksum = checksum.value(),
          .bytes = state->received.value_or(0)};
}

}  // namespace edgepack::replica
