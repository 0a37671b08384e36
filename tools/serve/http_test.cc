#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <httplib.h>
#include <thread>

#include "replica/testing/image.h"
#include "replica/testing/pair.h"
#include "serve/http_server.h"
#include "serve/testing/model.h"
#include "serve/timestamp.h"
#include "sqlite/error.h"

namespace edgepack::serve::testing {
namespace {

using replica::testing::database_checksum;
using replica::testing::TemporaryFolder;
using Application = edgepack::testing::Database;

/// A server with two databases, in this process.
struct Http : ::testing::Test {
  Http() {
    app = make(path);
    make(folder / "other.db")->rows("INSERT INTO t VALUES (1, 2)");
  }
  ~Http() override { stop(); }
  static std::unique_ptr<Application> make(const std::string& file) {
    auto database = std::make_unique<Application>(nullptr, file);
    database->rows(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    return database;
  }
  void start(std::vector<std::string> paths) {
    CatalogOptions served;
    served.paths = std::move(paths);
    catalog = std::make_unique<Catalog>(std::move(served));
    api = std::make_unique<Api>(*catalog, options.max_request);
    options.port = 0;
    server = std::make_unique<HttpServer>(options, *catalog, *api, tokens.get());
    port = server->bind();
    listener = std::thread([this] { server->run(); });
  }
  void stop() {
    if (!listener.joinable()) return;
    api->stop();
    server->stop();
    listener.join();
    catalog->stop();
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", port);
    client.set_read_timeout(20);
    return client;
  }
  httplib::Response get(const std::string& target, const httplib::Headers& headers = {}) const {
    auto client = this->client();
    for (int attempt = 0; attempt < 100; ++attempt) {
      const auto result = client.Get(target.c_str(), headers);
      if (!result) throw std::runtime_error("no answer: " + httplib::to_string(result.error()));
      if (result->status != 503 || attempt == 99) return *result;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the first snapshot
    }
    throw std::logic_error("unreachable");
  }
  static Position position_of(const httplib::Response& response) {
    const auto position = parse_transaction_mark(response.get_header_value("Edgepack-Position"));
    EXPECT_TRUE(position.has_value());
    return position.value_or(Position{});
  }
  /// As docs/http.md has it.
  void sync(Model& model) const {
    if (model.position.log == 0) {
      const auto snapshot = get("/app.db/v1/snapshot");
      ASSERT_EQ(snapshot.status, 200);
      model.apply(snapshot.body, position_of(snapshot));
    }
    for (;;) {
      const auto changes = get("/app.db/v1/changes?after=" + to_text(model.position));
      if (changes.status == 204) return;
      ASSERT_EQ(changes.status, 200) << changes.body;
      model.apply(changes.body, position_of(changes));
    }
  }

  TemporaryFolder folder;
  std::string path = folder / "app.db";
  std::unique_ptr<Application> app;
  HttpOptions options;
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<Api> api;
  std::unique_ptr<HttpServer> server;
  std::thread listener;
  int port = 0;
};

TEST_F(Http, AReplicaFollows) {
  start({path, folder / "other.db"});
  Model model;
  for (int i = 1; i < 30; ++i) {
    app->rows("INSERT INTO t VALUES (" + std::to_string(i) + ", randomblob(3000))");
    if (i % 10 == 0) app->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    sync(model);
    ASSERT_EQ(model.checksum(), database_checksum(path));
  }
  EXPECT_EQ(get("/app.db/v1/bookmark").body, bookmark_of(model.position) + '\n');
  EXPECT_NE(get("/app.db/v1/position").body.find(to_text(model.position)), std::string::npos);
  EXPECT_NE(get("/v1/databases").body.find("\"other.db\""), std::string::npos);
  EXPECT_NE(get("/").body.find("1 connection, 0 transfers under way, "), std::string::npos);
  // As long as the server itself waits for the next request.
  httplib::Client client("127.0.0.1", port);
  client.set_keep_alive(true);
  EXPECT_EQ(client.Get("/health")->get_header_value("Keep-Alive"), "timeout=60, max=1000000");
}

TEST_F(Http, AWaitingReplicaIsWoken) {
  start({path});
  Model model;
  sync(model);
  const auto target = "/app.db/v1/changes?wait_ms=15000&after=" + to_text(model.position);
  std::thread writer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    app->rows("INSERT INTO t VALUES (1, 2)");
  });
  const auto changes = get(target);
  writer.join();
  ASSERT_EQ(changes.status, 200);
  model.apply(changes.body, position_of(changes));
  EXPECT_EQ(get("/app.db/v1/changes?wait_ms=1&after=" + to_text(model.position)).status, 204);
}

TEST_F(Http, StoppingSendsWaitingReplicasAway) {
  start({path});
  Model model;
  sync(model);
  std::thread replica([&] {
    EXPECT_EQ(get("/app.db/v1/changes?wait_ms=15000&after=" + to_text(model.position)).status, 204);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  stop();
  replica.join();
}

TEST_F(Http, StoppingDoesNotWaitForConnectionsWithoutARequest) {
  start({path});
  auto client = this->client();
  client.set_keep_alive(true);
  ASSERT_TRUE(client.Get("/health"));
  ASSERT_TRUE(client.is_socket_open());
  stop();  // the idle time is a minute, after which this test would fail by its time limit
  EXPECT_FALSE(client.Get("/health"));
}

TEST_F(Http, RequestsOfOneConnectionAreAnsweredInOrder) {
  start({path});
  get("/app.db/v1/position");
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  // Two and a half requests at once, and the rest a byte at a time.
  const std::string requests =
      "GET /app.db/v1/bookmark HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\n\r\n"
      "GET /v1/databases HTTP/1.1\r\nConnection: close\r\n\r\n";
  const std::size_t first = requests.size() - 40;
  ASSERT_EQ(::send(socket, requests.data(), first, 0), static_cast<ssize_t>(first));
  for (std::size_t i = first; i < requests.size(); ++i) ::send(socket, &requests[i], 1, 0);
  std::string answers;
  std::array<char, 1000> bytes;
  for (ssize_t count; (count = ::recv(socket, bytes.data(), bytes.size(), 0)) > 0;) {
    answers.append(bytes.data(), static_cast<std::size_t>(count));
  }
  ::close(socket);
  std::vector<std::string> statuses;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != answers.npos; at += 9) {
    statuses.push_back(answers.substr(at + 9, 3));
  }
  EXPECT_EQ(statuses, (std::vector<std::string>{"200", "404", "200"}));
  EXPECT_TRUE(answers.ends_with("}]\n")) << answers;
}

TEST_F(Http, ManyReplicasWait) {
  options.max_connections = 300;
  start({path});
  Model model;
  sync(model);
  std::vector<std::thread> replicas;
  std::atomic<int> woken = 0;
  for (int i = 0; i < 200; ++i) {
    replicas.emplace_back([&] {
      if (get("/app.db/v1/changes?wait_ms=15000&after=" + to_text(model.position)).status == 200) {
        ++woken;
      }
    });
  }
  while (catalog->find("app.db")->waiters() < 200) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  app->rows("INSERT INTO t VALUES (1, 2)");
  for (std::thread& replica : replicas) replica.join();
  EXPECT_EQ(woken, 200);
}

TEST_F(Http, DivergedAndGone) {
  start({path});
  Model model;
  sync(model);
  const Position here = model.position;
  const auto reason = [&](const Position& position) {
    const auto answer = get("/app.db/v1/changes?after=" + to_text(position));
    return std::to_string(answer.status) + answer.body;
  };
  EXPECT_NE(reason({here.log + 1, here.txid, 1}).find("409{\"error\":\"diverged\""),
            std::string::npos);
  EXPECT_NE(reason({here.log + 1, here.txid, 1}).find("\"reason\":\"log\""), std::string::npos);
  EXPECT_NE(reason({here.log, here.txid + 1, 1}).find("\"reason\":\"ahead\""), std::string::npos);
  EXPECT_NE(reason({here.log, here.txid, 1}).find("\"reason\":\"checksum\""), std::string::npos);
  EXPECT_NE(reason({here.log, 1, 1}).find("410{\"error\":\"gone\""), std::string::npos);
}

TEST_F(Http, TheDifferenceRepairs) {
  app->rows(
      "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE "
      "i < 500) SELECT i, randomblob(500) FROM n");
  start({path});
  Model model;
  sync(model);
  model.pages[7][100] ^= 1;
  model.pages[9] = std::string(4096, 'x');
  model.pages.erase(11);
  model.pages[1000] = std::string(4096, 'y');
  app->rows("UPDATE t SET a = 1 WHERE id = 300");
  auto client = this->client();
  const auto answer =
      client.Post("/app.db/v1/difference", model.checksums(), "application/octet-stream");
  ASSERT_TRUE(answer && answer->status == 200);
  EXPECT_LT(answer->body.size(), 40000u);
  model.position = {};  // it shows no state of the history
  model.apply(answer->body, position_of(*answer));
  EXPECT_EQ(model.checksum(), database_checksum(path));
  Model empty;
  const auto all = client.Post("/app.db/v1/difference", "", "application/octet-stream");
  ASSERT_TRUE(all && all->status == 200);
  empty.apply(all->body, position_of(*all));
  EXPECT_EQ(client.Post("/app.db/v1/difference", "123", "application/octet-stream")->status, 400);
}

TEST_F(Http, ASnapshotGoesOnWhereItBrokeOff) {
  app->rows("INSERT INTO t VALUES (1, randomblob(100000))");
  start({path});
  const auto whole = get("/app.db/v1/snapshot");
  const std::string etag = whole.get_header_value("ETag");
  app->rows("INSERT INTO t VALUES (2, 3)");
  const auto rest = get("/app.db/v1/snapshot", {{"Range", "bytes=50000-"}, {"If-Range", etag}});
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(rest.body, whole.body.substr(50000));
  const auto other = get("/app.db/v1/snapshot", {{"Range", "bytes=50000-"}, {"If-Range", "\"x\""}});
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(other.body, whole.body);
}

TEST_F(Http, RestoresByTimeAndBookmark) {
  start({path});
  app->rows("INSERT INTO t VALUES (1, 'one')");
  const auto then = get("/app.db/v1/position");
  const std::uint64_t checksum = database_checksum(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::int64_t time = now_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  app->rows("DELETE FROM t");
  get("/app.db/v1/position");
  for (const std::string& query :
       {"timestamp=" + std::to_string(time), "timestamp=" + format_timestamp(time),
        "bookmark=" + bookmark_of(position_of(then))}) {
    const auto answer = get("/app.db/v1/restore?" + query);
    ASSERT_EQ(answer.status, 200) << query;
    Model past;
    past.apply(answer.body, position_of(answer));
    EXPECT_EQ(past.checksum(), checksum);
  }
  EXPECT_EQ(get("/app.db/v1/restore?timestamp=1000").status, 410);
  EXPECT_EQ(get("/app.db/v1/restore?timestamp=yesterday").status, 400);
  EXPECT_EQ(get("/app.db/v1/restore").status, 400);
}

TEST_F(Http, Garbage) {
  start({path});
  EXPECT_EQ(get("/app.db/v1/changes").status, 400);
  EXPECT_EQ(get("/app.db/v1/changes?after=x").status, 400);
  EXPECT_EQ(get("/app.db/v1/changes?after=" + replica::to_text({1, 2, 3}) + "&wait_ms=soon").status,
            400);
  EXPECT_EQ(get("/app.db/v1/changes?after=" + std::string(51, '0')).status, 400);
  EXPECT_EQ(get("/nothing.db/v1/changes?after=" + replica::to_text({1, 2, 3})).status, 404);
  EXPECT_EQ(get("/..%2f..%2fetc/v1/snapshot").status, 404);
  EXPECT_EQ(get("/app.db/v2/changes").status, 404);
  EXPECT_EQ(get("/app.db/v1/position?" + std::string(9000, 'x')).status, 414);
  EXPECT_EQ(client().Delete("/app.db/v1/position")->status, 405);
  EXPECT_EQ(get("/app.db/v1/snapshot", {{"Range", "bytes=99999999-"}}).status, 416);
}

TEST_F(Http, Tokens) {
  const std::string file = folder / "tokens";
  std::ofstream(file) << "# two\nfirst\n  second token \n";
  tokens = std::make_unique<serve::Tokens>(file);
  start({path});
  const auto status = [&](const std::string& authorization) {
    return get("/app.db/v1/position", {{"Authorization", authorization}}).status;
  };
  EXPECT_EQ(get("/app.db/v1/position").status, 401);
  EXPECT_EQ(get("/").status, 401);
  EXPECT_EQ(get("/health").status, 200);
  EXPECT_EQ(status("Bearer first"), 200);
  EXPECT_EQ(status("bearer second token"), 200);
  EXPECT_EQ(status("Basic YW55Ym9keTpmaXJzdA=="), 200);  // anybody:first
  for (const char* wrong : {"Bearer firs", "Bearer first2", "Bearer", "Bearer ", "first", "Basic !",
                            "Basic YW55Ym9keTo=", "Bearer # two"}) {
    EXPECT_EQ(status(wrong), 401) << wrong;
  }
  std::ofstream(file) << "third\n";
  tokens->reload();
  EXPECT_EQ(status("Bearer first"), 401);
  EXPECT_EQ(status("Bearer third"), 200);
  std::ofstream(file) << "# none\n";
  EXPECT_THROW(tokens->reload(), sqlite::Error);
  EXPECT_EQ(status("Bearer third"), 200);
}

TEST_F(Http, TooManyConnections) {
  options.max_connections = 1;
  start({path});
  Model model;
  sync(model);
  std::thread replica(
      [&] { get("/app.db/v1/changes?wait_ms=15000&after=" + to_text(model.position)); });
  while (catalog->find("app.db")->waiters() < 1) std::this_thread::yield();
  const auto answer = client().Get("/health");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "1");
  app->rows("INSERT INTO t VALUES (1, 2)");
  replica.join();
}

TEST_F(Http, AFolderIsWatched) {
  start({folder / "."});
  EXPECT_EQ(get("/app.db/v1/position").status, 200);
  make(folder / "<new>.sqlite");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  httplib::Response answer;
  for (int i = 0; i < 100 && answer.status != 200; ++i) {
    answer = get("/%3Cnew%3E.sqlite/v1/position");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(answer.status, 200);
  const std::string page = get("/").body;
  EXPECT_NE(page.find("&lt;new&gt;.sqlite"), std::string::npos);
  EXPECT_EQ(page.find("<new>"), std::string::npos);
  std::filesystem::remove(folder / "other.db");
  for (int i = 0; i < 100 && catalog->find("other.db") != nullptr; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(get("/other.db/v1/position").status, 404);
  EXPECT_NE(get("/metrics").body.find("litefs_db_txid{db=\"app.db\"} 1048576"), std::string::npos);
}

TEST_F(Http, RefusesWhatCannotBeServed) {
  const auto error = [this](std::vector<std::string> paths) -> std::string {
    try {
      start(std::move(paths));
    } catch (const sqlite::Error& refused) {
      return refused.what();
    }
    return {};
  };
  EXPECT_NE(error({folder / "nothing.db"}).find("there is no such database"), std::string::npos);
  EXPECT_NE(error({path, "app.db=" + (folder / "other.db")}).find("another database is called"),
            std::string::npos);
  EXPECT_NE(error({"v1=" + path}).find("cannot be the name"), std::string::npos);
}

}  // namespace
}  // namespace edgepack::serve::testing
