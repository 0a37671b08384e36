#pragma once
// A database that edgepack-serve serves as the primary (docs/http.md).

#include "replica/http_client.h"
#include "replica/source.h"

namespace edgepack::replica {

/// What the headers of an answer say.
struct HttpPlace {
  Position position;  // that the body leads to; without a body the newest
  Position newest;
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  std::optional<std::int64_t> committed_ms;  // of `position`, by this machine's clock
};

/// Trusts nothing that the server says until the checksums agree.
class HttpSource : public Source {
 public:
  /// `url`: of the database, `http(s)://HOST[:PORT][/PREFIX]/NAME`. Throws Error for a bad one, or
  /// for a token file that cannot be read.
  HttpSource(const std::string& url, const SourceUser& user);
  ~HttpSource() override;

  std::string name() const override { return url_; }
  std::uint32_t page_size() override;
  Position newest() override;
  void await(const Position& position, Clock::time_point until) override;
  void ask(const Position& position) override;
  std::unique_ptr<ChangeSet> changes_after(const Position& position, std::uint32_t pages) override;
  std::unique_ptr<ChangeSet> whole(Snapshot& base) override;
  std::optional<std::uint64_t> expected_checksum(const State& state) override;
  std::uint64_t retries() const override { return retries_; }

  /// The database as it was at `timestamp` or at `bookmark` (exactly one is not empty), whole.
  std::unique_ptr<ChangeSet> past(const std::string& timestamp, const std::string& bookmark);

 private:
  HttpRequest request_of(const std::string& path, int wait_ms = 0) const;
  /// Sends until an answer comes that is worth reading, at most timeout_ms after the first failure.
  /// `has_begun`: it was sent already.
  void request(const HttpRequest& request, bool has_begun = false);
  void request(const std::string& path) { request(request_of(path)); }
  void request_changes(const Position& position, int wait_ms);
  bool is_busy() const;
  HttpPlace place() const;
  /// Throws Error with what the server says about why not.
  [[noreturn]] void refuse();
  [[noreturn]] void fail(const std::string& problem, const std::string& hint = {},
                         int code = SQLITE_ERROR) const;
  std::unique_ptr<ChangeSet> change_set(const Position& from);

  std::string url_;
  SourceUser user_;
  std::string token_;
  HttpClient& http_;
  std::optional<Position> asked_;    // whose changes the client has asked for
  std::optional<Position> awaited_;  // whose changes the client's answer has
  std::uint64_t retries_ = 0;
};

}  // namespace edgepack::replica
