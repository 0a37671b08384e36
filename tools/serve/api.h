#pragma once
// The requests about databases (docs/http.md).

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "serve/catalog.h"

namespace httplib {
class Server;
struct Request;
struct Response;
class ContentReader;
}  // namespace httplib

namespace edgepack::serve {

/// What requests have cost so far.
struct Traffic {
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> errors = 0;
  std::atomic<std::uint64_t> streams = 0;  // under way
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> snapshots = 0;
  std::atomic<std::uint64_t> change_sets = 0;
  std::atomic<std::uint64_t> differences = 0;
  std::atomic<std::uint64_t> restores = 0;
};

/// Answers requests. Must outlive the server that it is installed in. Any thread.
class Api {
 public:
  Api(Catalog& catalog, std::size_t max_request) : catalog_(catalog), max_request_(max_request) {}

  /// The requests that httplib has to route, because they have a body.
  void install(httplib::Server& server);
  /// Answers a GET or HEAD about databases. False: it is about something else, and nothing was
  /// done.
  bool answer(const httplib::Request& request, httplib::Response& response);
  /// Waiting requests are answered, and no more wait.
  void stop();

  const Traffic& traffic() const noexcept { return traffic_; }

 private:
  using Handler = void (Api::*)(Database&, const httplib::Request&, httplib::Response&);
  void answer(const std::string& name, const httplib::Request& request, httplib::Response& response,
              Handler handler);

  void position(Database& database, const httplib::Request&, httplib::Response& response);
  void bookmark(Database& database, const httplib::Request&, httplib::Response& response);
  void changes(Database& database, const httplib::Request&, httplib::Response& response);
  void snapshot(Database& database, const httplib::Request&, httplib::Response& response);
  void restore(Database& database, const httplib::Request&, httplib::Response& response);
  void difference(const httplib::Request& request, httplib::Response& response,
                  const httplib::ContentReader& read);
  void databases(httplib::Response& response);

  void send(Database& database, std::vector<Segment> segments, httplib::Response& response);
  void send(const std::shared_ptr<LtxStream>& stream, httplib::Response& response);

  Catalog& catalog_;
  std::size_t max_request_;
  Traffic traffic_;
  std::atomic<bool> stopping_ = false;
  // Merged changes that many replicas ask for at the same time.
  std::mutex cache_mutex_;
  std::map<std::string, std::shared_ptr<const std::string>> cache_;
};

}  // namespace edgepack::serve
