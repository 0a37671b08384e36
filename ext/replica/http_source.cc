#include "replica/http_source.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/ltx_reader.h"
#include "replica/standing.h"

namespace edgepack::replica {
namespace {

constexpr char kTokenVariable[] = "EDGEPACK_REPLICA_TOKEN";
constexpr std::size_t kMostToken = 4096;
constexpr std::size_t kMostMessage = 2000;
/// How long the replica is locked for an answer that was asked for before.
constexpr int kSoonMs = 20;
constexpr int kFirstPauseMs = 50;
constexpr int kLongestPauseMs = 2000;
/// A server that missed changes raises the id by at least this much.
constexpr std::uint64_t kJump = std::uint64_t{1} << 20;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The whole of `text` as a number, or nothing.
template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// A position that a server can have, or nothing.
std::optional<Position> parse_position(std::string_view text) {
  const auto mark = parse_transaction_mark(text);
  if (!mark || mark->txid == 0 || (mark->checksum & kChecksumFlag) == 0) return std::nullopt;
  return Position::of(*mark);
}

/// The text of the member `name` of the JSON object `json`, as far as it is plain; for messages.
std::string member(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\"";
  std::size_t at = json.find(key);
  if (at == json.npos) return {};
  at = json.find('"', json.find(':', at + key.size()));
  if (at == json.npos) return {};
  std::string text;
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\' && at + 1 < json.size()) ++at;
    text += static_cast<unsigned char>(json[at]) < 0x20 ? ' ' : json[at];
  }
  return text;
}

/// The pages of an LTX file that is being received.
class HttpChanges : public ChangeSet {
 public:
  HttpChanges(HttpClient& http, sqlite::Interrupt& interrupt, const std::string& operation,
              const std::string& url, HttpPlace place)
      : http_(http),
        interrupt_(interrupt),
        operation_(operation),
        url_(url),
        place_(place),
        reader_(operation, url,
                [this](std::span<std::byte> bytes) { return http_.read(bytes, interrupt_); }) {
    const LtxHeader& header = reader_.header();
    page_size = header.page_size;
    commit = header.commit;
    snapshot = header.is_snapshot();
    position = place_.position;
    newest = place_.newest;
    committed_ms = place_.committed_ms;
    timestamp_ms = header.timestamp;
    received = 0;
    resumable = true;
    if (commit == 0) fail("the database was deleted at the server");
    if (header.max_txid != position.transaction.txid || page_size != place_.page_size ||
        commit != place_.page_count) {
      fail("the server's answer contradicts its own header");
    }
  }
  ~HttpChanges() override { http_.cancel(); }

  const LtxHeader& header() const noexcept { return reader_.header(); }

  // A set from a server is never written over an unrelated database without being compared first.
  std::uint32_t schema_version() override { return 0; }
  std::string schema() override { return {}; }

  bool next(std::uint32_t& page, std::span<std::byte> bytes) override {
    const bool more = reader_.next(page, bytes);
    received = reader_.offset();
    if (more) return true;
    checksum = reader_.trailer().post_checksum;
    if (*checksum != position.transaction.checksum) {
      fail("the server's answer leads to another checksum than it announced");
    }
    // The connection can be used again once the end of the answer was seen.
    std::array<std::byte, 1> rest{};
    if (http_.read(rest, interrupt_) != 0) fail("the server's answer goes on behind its end");
    return false;
  }

 private:
  [[noreturn]] void fail(const char* problem) const {
    throw sqlite::Error({.operation = operation_, .object = url_, .problem = problem},
                        SQLITE_CORRUPT);
  }

  HttpClient& http_;
  sqlite::Interrupt& interrupt_;
  const std::string& operation_;
  const std::string& url_;
  HttpPlace place_;
  LtxReader reader_;
};

/// Nothing new.
class NoChanges : public ChangeSet {
 public:
  std::uint32_t schema_version() override { return 0; }
  std::string schema() override { return {}; }
  bool next(std::uint32_t&, std::span<std::byte>) override { return false; }
};

/// The checksums of all pages of `base` and of those that lie in its file behind its end, as the
/// server wants them, and what they add up to.
struct PageChecksums {
  std::vector<std::byte> bytes;
  std::uint64_t sum = kChecksumFlag;
  std::vector<std::uint64_t> arrived;
};

PageChecksums checksums_of(Snapshot& base, bool with_arrived, sqlite::Interrupt& interrupt) {
  PageChecksums checksums;
  std::vector<std::byte> page_bytes(base.page_size());
  const std::uint32_t lock = lock_page(base.page_size());
  const auto add = [&](std::uint32_t page) {
    if (page % 64 == 0) interrupt.check();
    std::uint64_t checksum = 0;
    if (page != lock) {
      checksum = page_checksum(page, page_bytes);
      checksums.sum = (checksums.sum ^ checksum) | kChecksumFlag;
    }
    std::array<std::byte, 8> bytes{};
    write_be64(bytes.data(), checksum);
    checksums.bytes.insert(checksums.bytes.end(), bytes.begin(), bytes.end());
    return checksum;
  };
  for (std::uint32_t page = 1; page <= base.page_count(); ++page) {
    if (page != lock) base.read(page, page_bytes);
    add(page);
  }
  if (!with_arrived) return checksums;
  sqlite3_file* const file = base.connection().database_file();
  sqlite3_int64 size = 0;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return checksums;
  const auto last = static_cast<std::uint32_t>(size / base.page_size());
  for (std::uint32_t page = base.page_count() + 1; page <= last; ++page) {
    read_file(base.connection(), file, page_bytes, std::int64_t{page - 1} * base.page_size());
    checksums.arrived.push_back(add(page));
  }
  return checksums;
}

std::string read_token(const SourceUser& user) {
  std::string token;
  if (!user.access.token_file.empty()) {
    std::ifstream file(user.access.token_file, std::ios::binary);
    if (!file || !std::getline(file, token)) {
      throw sqlite::Error({.operation = user.operation,
                           .object = user.access.token_file,
                           .problem = "cannot read a token from this file",
                           .hint = "the first line of token_file is the token"});
    }
  } else if (const char* value = std::getenv(kTokenVariable)) {
    token = value;
  }
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.pop_back();
  for (const char c : token) {
    if (static_cast<unsigned char>(c) > ' ' && c != 0x7f && token.size() <= kMostToken) continue;
    throw sqlite::Error(
        {.operation = user.operation,
         .object = user.access.token_file.empty() ? kTokenVariable : user.access.token_file,
         .problem = "this is no token",
         .hint = "a token has no spaces and at most 4096 characters"});
  }
  return token;
}

}  // namespace

HttpSource::HttpSource(const std::string& url, const SourceUser& user)
    : url_(url), user_(user), http_(*user.http) {
  while (url_.ends_with('/')) url_.pop_back();
  const std::size_t host = url_.find("//") + 2;
  const std::size_t path = url_.find('/', host);
  const std::string authority = url_.substr(host, path == url_.npos ? path : path - host);
  if (authority.find('@') != authority.npos) {
    url_ = url_.substr(0, host) + "...";  // never shown or remembered
    fail("secrets do not belong into a URL",
         std::string("put the token into a file and name it with token_file, or into the "
                     "environment variable ") +
             kTokenVariable);
  }
  if (authority.empty() || path == url_.npos) fail("no database", "write https://HOST/NAME");
  if (url_.find_first_of("?#") != url_.npos) {
    fail("a source has no parameters", "write https://HOST/NAME, with % escapes where needed");
  }
  const auto is_out_of_place = [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\'; };
  if (std::ranges::any_of(url_, is_out_of_place)) {
    fail("a URL has no blanks, control characters or backslashes",
         "write https://HOST/NAME, with % escapes where needed");
  }
  if (url_.size() > kMaxSource) fail("the URL is too long to be remembered", "at most 2048 bytes");
  token_ = read_token(user_);
}

HttpSource::~HttpSource() { http_.cancel(); }

void HttpSource::fail(const std::string& problem, const std::string& hint, int code) const {
  throw sqlite::Error(
      {.operation = user_.operation, .object = url_, .problem = problem, .hint = hint}, code);
}

HttpRequest HttpSource::request_of(const std::string& path, int wait_ms) const {
  return {.operation = user_.operation,
          .url = url_ + path,
          .body = std::nullopt,
          .token = token_,
          .ca_file = user_.access.ca_file,
          .timeout_ms = user_.timeout_ms,
          .wait_ms = wait_ms};
}

bool HttpSource::is_busy() const {
  return http_.status() == 503 || http_.status() == 502 || http_.status() == 504;
}

void HttpSource::request(const HttpRequest& request, bool has_begun) {
  asked_.reset();
  awaited_.reset();
  std::optional<Clock::time_point> give_up;
  for (int pause_ms = kFirstPauseMs;; pause_ms = std::min(2 * pause_ms, kLongestPauseMs)) {
    std::optional<Unreachable> problem;
    try {
      if (!std::exchange(has_begun, false)) http_.begin(request);
      http_.await_head(*user_.interrupt);
      if (!is_busy()) return;
    } catch (const Unreachable& unreachable) {
      problem = unreachable;
    }
    if (!give_up) give_up = Clock::now() + std::chrono::milliseconds(user_.timeout_ms);
    if (Clock::now() + std::chrono::milliseconds(pause_ms) > *give_up) {
      if (problem) throw *problem;
      refuse();
    }
    ++retries_;
    const auto until = Clock::now() + std::chrono::milliseconds(pause_ms);
    while (Clock::now() < until) {
      user_.interrupt->check();
      sqlite3_sleep(std::min(pause_ms, 20));
    }
  }
}

void HttpSource::refuse() {
  const int status = http_.status();
  const std::string body = http_.read_text(kMostMessage, *user_.interrupt);
  const std::string said = member(body, "message");
  const std::string problem = said.empty()
                                  ? "the server answered with status " + std::to_string(status)
                                  : "the server says: " + said;
  switch (status) {
    case 401:
    case 403:
      fail("the server wants a token, or another one",
           std::string("put it into a file and name it with token_file, or into the environment "
                       "variable ") +
               kTokenVariable,
           SQLITE_AUTH);
    case 404:
      fail(problem, "is the URL that of a served database? The server's page / lists them");
    default:
      if (status >= 300 && status < 400) {
        fail("the server redirects, which is not followed", "name the URL that it redirects to");
      }
      fail(problem, status >= 500 ? "try again later" : "");
  }
}

HttpPlace HttpSource::place() const {
  HttpPlace place;
  const auto position = parse_position(http_.header("edgepack-position"));
  const auto newest = parse_position(http_.header("edgepack-newest"));
  const auto page_size = number<std::uint32_t>(http_.header("edgepack-page-size"));
  const auto page_count = number<std::uint32_t>(http_.header("edgepack-page-count"));
  if (!position || !newest || !page_size || !is_page_size(*page_size) || !page_count) {
    fail("this is no answer of edgepack-serve", "is the URL right, and is there a proxy between?");
  }
  place = {*position, *newest, *page_size, *page_count, std::nullopt};
  const auto committed = number<std::int64_t>(http_.header("edgepack-timestamp"));
  const auto server_time = number<std::int64_t>(http_.header("edgepack-time"));
  // The difference of two times of one clock is right, whatever that clock shows.
  if (committed && server_time) place.committed_ms = now_ms() - (*server_time - *committed);
  return place;
}

std::uint32_t HttpSource::page_size() {
  request("/v1/position");
  if (http_.status() != 200) refuse();
  const HttpPlace now = place();
  http_.read_text(kMostMessage, *user_.interrupt);
  return now.page_size;
}

Position HttpSource::newest() {
  request("/v1/position");
  if (http_.status() != 200) refuse();
  const HttpPlace now = place();
  http_.read_text(kMostMessage, *user_.interrupt);
  return now.newest;
}

void HttpSource::request_changes(const Position& position, int wait_ms) {
  std::string path = "/v1/changes?after=" + to_text(position);
  if (wait_ms > 0) path += "&wait_ms=" + std::to_string(wait_ms);
  request(request_of(path, wait_ms), asked_ == position);
}

void HttpSource::ask(const Position& position) {
  if (position.kind != Position::Kind::kTransaction) return;
  http_.begin(request_of("/v1/changes?after=" + to_text(position)));
  awaited_.reset();
  asked_ = position;
}

void HttpSource::await(const Position& position, Clock::time_point until) {
  constexpr std::int64_t kMostMs = 60000;
  if (position.kind != Position::Kind::kTransaction) return;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    request_changes(position, static_cast<int>(std::clamp<std::int64_t>(left, 0, kMostMs)));
    if (http_.status() != 204 || left <= kMostMs) break;
    http_.read_text(kMostMessage, *user_.interrupt);
  }
  awaited_ = position;
}

std::unique_ptr<ChangeSet> HttpSource::change_set(const Position& from) {
  auto changes =
      std::make_unique<HttpChanges>(http_, *user_.interrupt, user_.operation, url_, place());
  const TransactionMark& to = changes->position.transaction;
  const bool counts = from.kind == Position::Kind::kTransaction && from.transaction.log == to.log &&
                      to.txid >= from.transaction.txid && to.txid - from.transaction.txid < kJump;
  if (counts) changes->transactions = to.txid - from.transaction.txid;
  return changes;
}

std::unique_ptr<ChangeSet> HttpSource::changes_after(const Position& position,
                                                     std::uint32_t pages) {
  if (position.kind != Position::Kind::kTransaction) return nullptr;
  // Trying again takes its time, too.
  if (asked_ == position && (!http_.await_head_for(kSoonMs, *user_.interrupt) || is_busy())) {
    throw Late();
  }
  if (awaited_ == position) {
    awaited_.reset();
  } else {
    request_changes(position, 0);
  }
  switch (http_.status()) {
    case 200: {
      auto changes = change_set(position);
      const LtxHeader& header = static_cast<const HttpChanges&>(*changes).header();
      const TransactionMark& to = changes->position.transaction;
      const bool is_next = header.min_txid == position.transaction.txid + 1;
      if (header.min_txid > position.transaction.txid + 1 || to.txid <= position.transaction.txid ||
          to.log != position.transaction.log ||
          (is_next && header.pre_checksum != position.transaction.checksum)) {
        fail("the server sent changes of other transactions", {}, SQLITE_CORRUPT);
      }
      // Made for an earlier state it holds more than is needed; a whole state replaces all.
      return changes;
    }
    case 204: {
      const HttpPlace now = place();
      http_.read_text(kMostMessage, *user_.interrupt);
      if (now.newest != position)
        fail("the server takes this replica for another", {}, SQLITE_CORRUPT);
      auto none = std::make_unique<NoChanges>();
      none->page_size = now.page_size;
      none->commit = pages;
      none->position = position;
      none->transactions = 0;
      none->received = 0;
      return none;
    }
    case 409: {
      const std::string reason = member(http_.read_text(kMostMessage, *user_.interrupt), "reason");
      if (user_.repair) return nullptr;
      fail("it has diverged: the server's history has no such state" +
               (reason.empty() ? std::string() : " (" + reason + ")") +
               "; was the primary replaced or set back to an older copy?",
           "take the server's state: replica_sync(source, '{\"repair\":true}')");
    }
    case 410:
      http_.read_text(kMostMessage, *user_.interrupt);
      return nullptr;
    default:
      refuse();
  }
}

std::unique_ptr<ChangeSet> HttpSource::whole(Snapshot& base) {
  const bool is_first = is_empty(base);
  PageChecksums checksums = checksums_of(base, is_first, *user_.interrupt);
  if (is_first && checksums.arrived.empty()) {
    request("/v1/snapshot");
    if (http_.status() != 200) refuse();
    return change_set({});
  }
  HttpRequest difference = request_of("/v1/difference");
  difference.body = std::move(checksums.bytes);
  request(difference);
  if (http_.status() != 200) refuse();
  auto changes = change_set({});
  if (changes->snapshot) return changes;
  changes->base_checksum = checksums.sum;
  changes->arrived = std::move(checksums.arrived);
  return changes;
}

std::unique_ptr<ChangeSet> HttpSource::past(const std::string& timestamp,
                                            const std::string& bookmark) {
  std::string escaped;
  for (const char c : timestamp.empty() ? bookmark : timestamp) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
    escaped += plain
                   ? std::string(1, c)
                   : sqlite::format("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  request((timestamp.empty() ? "/v1/restore?bookmark=" : "/v1/restore?timestamp=") + escaped);
  if (http_.status() == 410) {
    const std::string body = http_.read_text(kMostMessage, *user_.interrupt);
    fail("the server keeps nothing so old: its oldest is " + member(body, "oldest"),
         "raise the server's retention for the next time");
  }
  if (http_.status() != 200) refuse();
  auto changes = change_set({});
  if (!changes->snapshot) fail("the server sent no whole state", {}, SQLITE_CORRUPT);
  return changes;
}

std::optional<std::uint64_t> HttpSource::expected_checksum(const State& state) {
  if (state.position.kind != Position::Kind::kTransaction) return std::nullopt;
  request("/v1/changes?after=" + to_text(state.position) + "&max_bytes=1");
  const int status = http_.status();
  if (status != 200 && status != 204 && status != 409 && status != 410) refuse();
  http_.cancel();
  // The server knows the state by this checksum, or it does not.
  if (status == 409) return state.checksum ^ 1;
  return state.checksum;
}

}  // namespace edgepack::replica
