#include "serve/api.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <httplib.h>
#include <limits>
#include <string_view>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "serve/http_error.h"
#include "serve/timestamp.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

constexpr char kLtx[] = "application/x-ltx";
constexpr std::uint64_t kMostWaitMs = 60000;
/// Merged changes up to this size are made once and shared.
constexpr std::uint64_t kMostShared = 1 << 20;
constexpr std::size_t kMostCached = 16;
constexpr std::size_t kSendSize = 262144;

/// A request under way.
class Count {
 public:
  explicit Count(std::atomic<std::uint64_t>& counter) : counter_(counter) { ++counter_; }
  ~Count() { --counter_; }
  Count(const Count&) = delete;
  Count& operator=(const Count&) = delete;

 private:
  std::atomic<std::uint64_t>& counter_;
};

std::uint64_t number(const httplib::Request& request, const char* name, std::uint64_t otherwise) {
  if (!request.has_param(name)) return otherwise;
  const std::string text = request.get_param_value(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw HttpError(400, "bad_request", std::string(name) + " must be a whole number");
  }
  return value;
}

void put_headers(httplib::Response& response, const Position& position, std::int64_t timestamp,
                 std::uint32_t page_size, std::uint32_t page_count) {
  response.set_header("Edgepack-Position", to_text(position));
  response.set_header("Edgepack-Timestamp", std::to_string(timestamp));
  response.set_header("Edgepack-Page-Size", std::to_string(page_size));
  response.set_header("Edgepack-Page-Count", std::to_string(page_count));
}

void put_newest(httplib::Response& response, const Position& newest) {
  response.set_header("Edgepack-Newest", to_text(newest));
  response.set_header("Edgepack-Time", std::to_string(now_ms()));
}

void put_state(httplib::Response& response, const State& state) {
  put_headers(response, state.position, state.timestamp, state.page_size, state.page_count);
  put_newest(response, state.position);
}

void put_segment(httplib::Response& response, std::uint64_t log, const Segment& last) {
  put_headers(response, {log, last.max(), last.post_checksum}, last.header.timestamp,
              last.header.page_size, last.header.commit);
}

/// Brings the log up to date for a request, or tells why that cannot be.
void follow(Database& database) {
  try {
    database.follow();
  } catch (const sqlite::Error& error) {
    throw HttpError(503, "unavailable", error.what());
  }
}

/// The same where the log alone will do.
void follow_if_possible(Database& database) {
  try {
    database.follow();
  } catch (const sqlite::Error& error) {
    if (!database.info().ready) throw HttpError(503, "unavailable", error.what());
  }
}

[[noreturn]] void fail(Standing standing, const Position& after) {
  const auto diverged = [](const char* reason, const std::string& message) {
    throw HttpError(409, "diverged", message).with("reason", reason);
  };
  switch (standing) {
    case Standing::kOtherLog:
      diverged("log",
               "log " + to_hex(after.log) + " is another history than that of this database");
      break;
    case Standing::kAhead:
      diverged("ahead", "transaction " + to_hex(after.txid) + " is still to come");
      break;
    case Standing::kOtherState:
      diverged("checksum", "transaction " + to_hex(after.txid) + " led to another state");
      break;
    default:
      break;
  }
  throw HttpError(410, "gone", "the changes after this position are no longer kept");
}

/// Lets `response` be the bytes of `bytes`.
void send_bytes(const std::shared_ptr<const std::string>& bytes, httplib::Response& response) {
  const std::size_t size = bytes->size();
  response.set_content_provider(
      size, kLtx, [bytes](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(bytes->data() + offset, length);
      });
}

}  // namespace

void Api::install(httplib::Server& server) {
  server.Post("/([^/]+)/v1/difference",
              [this](const httplib::Request& request, httplib::Response& response,
                     const httplib::ContentReader& read) { difference(request, response, read); });
}

bool Api::answer(const httplib::Request& request, httplib::Response& response) {
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"changes", &Api::changes},   {"position", &Api::position}, {"bookmark", &Api::bookmark},
      {"snapshot", &Api::snapshot}, {"restore", &Api::restore},
  };
  if (request.method != "GET" && request.method != "HEAD") return false;
  const std::string_view path = request.path;
  if (path == "/v1/databases") {
    databases(response);
    return true;
  }
  constexpr std::string_view kVersion = "/v1/";
  const std::size_t end = path.find('/', 1);
  if (end == path.npos || end == 1 || !path.substr(end).starts_with(kVersion)) return false;
  for (const auto& [name, handler] : kHandlers) {
    if (path.substr(end + kVersion.size()) != name) continue;
    answer(request.path.substr(1, end - 1), request, response, handler);
    return true;
  }
  return false;
}

void Api::stop() {
  stopping_ = true;
  catalog_.interrupt_waiters();
}

void Api::answer(const std::string& name, const httplib::Request& request,
                 httplib::Response& response, Handler handler) {
  ++traffic_.requests;
  try {
    const auto database = catalog_.find(name);
    if (database == nullptr) {
      throw HttpError(404, "not_found", "there is no such database; see /v1/databases");
    }
    (this->*handler)(*database, request, response);
  } catch (const HttpError& error) {
    ++traffic_.errors;
    error.write(response);
  } catch (const std::exception& error) {
    ++traffic_.errors;
    HttpError(500, "internal", error.what()).write(response);
  }
}

void Api::position(Database& database, const httplib::Request&, httplib::Response& response) {
  follow(database);
  const State state = database.newest();
  put_state(response, state);
  response.set_content("{\"name\":" + json_string(database.name()) +
                           ",\"position\":" + json_string(to_text(state.position)) +
                           ",\"bookmark\":" + json_string(bookmark_of(state.position)) +
                           ",\"timestamp\":" + std::to_string(state.timestamp) +
                           ",\"page_size\":" + std::to_string(state.page_size) +
                           ",\"page_count\":" + std::to_string(state.page_count) + "}\n",
                       "application/json");
}

void Api::bookmark(Database& database, const httplib::Request&, httplib::Response& response) {
  follow(database);
  const State state = database.newest();
  put_state(response, state);
  response.set_content(bookmark_of(state.position) + '\n', "text/plain");
}

void Api::changes(Database& database, const httplib::Request& request,
                  httplib::Response& response) {
  const auto after = parse_transaction_mark(request.get_param_value("after"));
  if (!after) {
    throw HttpError(400, "bad_request", "after must be a position: LOG-TXID-CHECKSUM");
  }
  const std::uint64_t wait_ms = std::min(number(request, "wait_ms", 0), kMostWaitMs);
  const std::uint64_t max_bytes =
      number(request, "max_bytes", std::numeric_limits<std::uint64_t>::max());
  const auto until = Clock::now() + std::chrono::milliseconds(wait_ms);
  if (wait_ms > 0 && database.changes_often()) database.wait(*after, until);
  for (;;) {
    follow(database);
    State newest;
    Range range = database.changes(*after, max_bytes, newest);
    if (range.standing == Standing::kBehind) {
      ++traffic_.change_sets;
      put_newest(response, newest.position);
      put_segment(response, newest.position.log, range.segments.back());
      return send(database, std::move(range.segments), response);
    }
    const bool is_current = range.standing == Standing::kCurrent;
    if (!is_current || Clock::now() >= until || stopping_) {
      put_state(response, newest);
      if (!is_current) fail(range.standing, *after);
      break;
    }
    database.wait(*after, until);
  }
  response.status = 204;
}

void Api::send(Database& database, std::vector<Segment> segments, httplib::Response& response) {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.size;
  const std::uint64_t post = segments.back().post_checksum;
  if (bytes > kMostShared) return send(std::make_shared<LtxStream>(segments, post), response);
  const std::string key = database.name() + '/' + to_hex(segments.front().min()) +
                          to_hex(segments.back().max()) + to_hex(post);
  std::shared_ptr<const std::string> merged;
  {
    const std::lock_guard guard(cache_mutex_);
    if (const auto found = cache_.find(key); found != cache_.end()) merged = found->second;
  }
  if (merged == nullptr) {
    LtxStream stream(segments, post);
    std::string text;
    while (stream.next(text)) {
    }
    merged = std::make_shared<const std::string>(std::move(text));
    const std::lock_guard guard(cache_mutex_);
    if (cache_.size() >= kMostCached) cache_.clear();
    cache_[key] = merged;
  }
  traffic_.bytes += merged->size();
  send_bytes(merged, response);
}

void Api::send(const std::shared_ptr<LtxStream>& stream, httplib::Response& response) {
  const auto count = std::make_shared<Count>(traffic_.streams);
  response.set_chunked_content_provider(kLtx, [this, stream, count, text = std::string()](
                                                  std::size_t, httplib::DataSink& sink) mutable {
    try {
      text.clear();
      const bool more = stream->next(text);
      traffic_.bytes += text.size();
      if (!text.empty() && !sink.write(text.data(), text.size())) return false;
      if (!more) sink.done();
      return true;
    } catch (const std::exception&) {
      return false;  // the connection is closed without the last chunk
    }
  });
}

void Api::snapshot(Database& database, const httplib::Request& request,
                   httplib::Response& response) {
  follow_if_possible(database);
  const Info info = database.info();
  std::optional<std::uint64_t> wanted;
  const std::string if_range = request.get_header_value("If-Range");
  if (if_range.size() > 2 && if_range.front() == '"' && if_range.back() == '"') {
    const auto position = parse_transaction_mark(if_range.substr(1, if_range.size() - 2));
    if (position && position->log == info.position.log) wanted = position->txid;
  }
  Segment segment = database.snapshot(wanted);
  const Position position{info.position.log, segment.max(), segment.post_checksum};
  const std::string etag = '"' + to_text(position) + '"';
  // RFC 9110, 13.1.5: the range counts only for the file that its beginning came from. And httplib
  // neither refuses a range behind the end nor sends several of a body that is made piece by piece.
  auto& ranges = const_cast<httplib::Request&>(request).ranges;
  const bool is_other = request.has_header("If-Range") && if_range != etag;
  if (is_other || ranges.size() > 1) ranges.clear();
  if (!ranges.empty() && ranges.front().first >= static_cast<ssize_t>(segment.size)) {
    ranges.clear();
    throw HttpError(416, "bad_range", "the snapshot has no such part");
  }
  ++traffic_.snapshots;
  put_newest(response, info.position);
  put_segment(response, info.position.log, segment);
  response.set_header("ETag", etag);
  response.set_header("Accept-Ranges", "bytes");
  const auto count = std::make_shared<Count>(traffic_.streams);
  response.set_content_provider(
      segment.size, kLtx,
      [this, file = segment.file, count, bytes = std::string(kSendSize, '\0')](
          std::size_t offset, std::size_t length, httplib::DataSink& sink) mutable {
        try {
          const std::size_t size = file->read(
              std::as_writable_bytes(std::span(bytes)).first(std::min(length, kSendSize)), offset);
          traffic_.bytes += size;
          return size > 0 && sink.write(bytes.data(), size);
        } catch (const std::exception&) {
          return false;
        }
      });
}

void Api::restore(Database& database, const httplib::Request& request,
                  httplib::Response& response) {
  follow_if_possible(database);
  const Info info = database.info();
  put_newest(response, info.position);
  Database::Past past;
  if (request.has_param("bookmark")) {
    const auto bookmark = parse_bookmark(request.get_param_value("bookmark"));
    if (!bookmark) throw HttpError(400, "bad_request", "bookmark must be LOG-TXID");
    past = database.past_at(*bookmark);
  } else if (const auto time = parse_timestamp(request.get_param_value("timestamp"))) {
    past = database.past_at(*time);
  } else {
    throw HttpError(400, "bad_request",
                    "it takes bookmark=LOG-TXID, or timestamp=MS or YYYY-MM-DDTHH:MM:SSZ");
  }
  if (past.segments.empty()) {
    throw HttpError(410, "gone", "no such state is kept")
        .with("oldest", bookmark_of(info.oldest))
        .with("oldest_timestamp", std::to_string(info.oldest_timestamp));
  }
  ++traffic_.restores;
  const Segment& last = past.segments.back();
  put_segment(response, past.log, last);
  send(std::make_shared<LtxStream>(past.segments, last.post_checksum), response);
}

void Api::difference(const httplib::Request& request, httplib::Response& response,
                     const httplib::ContentReader& read) {
  std::string body;
  const bool complete = read([&](const char* data, std::size_t size) {
    if (body.size() + size > max_request_) return false;
    body.append(data, size);
    return true;
  });
  const auto handle = [&](Database& database) {
    if (!complete) throw HttpError(413, "too_large", "the request is too large (--max-request)");
    if (body.size() % 8 != 0) {
      throw HttpError(400, "bad_request", "the body must be 8 bytes a page");
    }
    follow(database);
    State newest;
    const std::vector<Segment> segments = database.whole(newest);
    if (segments.empty()) throw HttpError(503, "unavailable", "no snapshot is ready");
    const auto sums = std::make_shared<std::string>(std::move(body));
    const auto sum_of = [sums](std::uint32_t page) -> std::uint64_t {
      const std::size_t at = std::size_t{page - 1} * 8;
      if (at >= sums->size()) return 0;
      return replica::read_be64(reinterpret_cast<const std::byte*>(sums->data() + at));
    };
    replica::LtxHeader header{.page_size = newest.page_size,
                              .commit = newest.page_count,
                              .min_txid = newest.position.txid,
                              .max_txid = newest.position.txid,
                              .timestamp = newest.timestamp};
    for (std::uint32_t page = 1; page <= sums->size() / 8; ++page) {
      header.pre_checksum ^= sum_of(page);
    }
    header.pre_checksum |= replica::kChecksumFlag;
    ++traffic_.differences;
    put_state(response, newest);
    send(
        std::make_shared<LtxStream>(segments, newest.position.checksum, header,
                                    [sum_of](std::uint32_t page, std::span<const std::byte> bytes) {
                                      return sum_of(page) != replica::page_checksum(page, bytes);
                                    }),
        response);
  };
  ++traffic_.requests;
  try {
    const auto database = catalog_.find(request.matches[1]);
    if (database == nullptr) {
      throw HttpError(404, "not_found", "there is no such database; see /v1/databases");
    }
    handle(*database);
  } catch (const HttpError& error) {
    ++traffic_.errors;
    error.write(response);
  } catch (const std::exception& error) {
    ++traffic_.errors;
    HttpError(500, "internal", error.what()).write(response);
  }
}

void Api::databases(httplib::Response& response) {
  ++traffic_.requests;
  std::string body;
  for (const auto& database : catalog_.all()) {
    const Info info = database->info();
    body += std::string(body.empty() ? "[" : ",\n ") +
            "{\"name\":" + json_string(database->name()) +
            ",\"position\":" + (info.ready ? json_string(to_text(info.position)) : "null") +
            ",\"error\":" + (info.error.empty() ? "null" : json_string(info.error)) + "}";
  }
  response.set_content((body.empty() ? "[" : body) + "]\n", "application/json");
}

}  // namespace edgepack::serve
