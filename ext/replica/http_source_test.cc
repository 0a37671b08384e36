// Syncs over HTTP: from a primary that answers well, and from everything else that can answer.

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

#include "replica/testing/fake_primary.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

#define EXPECT_CONTAINS(text, part) \
  EXPECT_NE(std::string(text).find(part), std::string::npos) << "in: " << (text)

/// What answers in the place of the primary. A test sets it while the server's thread may still be
/// busy with the one before: setting it waits for that.
class Replacement {
 public:
  Replacement& operator=(HttpServer::Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
    return *this;
  }
  /// Null when nothing is set.
  std::optional<bool> answer(const HttpServer::Request& request, const HttpServer::Write& write) {
    const std::lock_guard lock(mutex_);
    if (!handler_) return std::nullopt;
    return handler_(request, write);
  }
  void wait_until_idle() { const std::lock_guard lock(mutex_); }

 private:
  std::mutex mutex_;
  HttpServer::Handler handler_;
};

/// A primary, the server before it, and a replica that syncs from there.
struct Http : ::testing::Test {
  Http() {
    pair.primary->rows(rows_of(600));
    commit();
    server = std::make_unique<HttpServer>(
        [this](const HttpServer::Request& request, const HttpServer::Write& write) {
          const std::optional<bool> replaced = handler.answer(request, write);
          return replaced ? *replaced : write(primary.answer(request));
        });
    url = server->url("/app.db");
  }

  static constexpr const char* kPatient = R"({"timeout_ms":30000})";

  static std::string rows_of(int count) {
    return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
           "WHERE i < " +
           std::to_string(count) + ") SELECT i, randomblob(400) FROM n";
  }
  void change(const std::string& sql) {
    pair.primary->rows(sql);
    commit();
  }
  void commit() {
    pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    primary.commit(pair.primary_path);
  }
  std::string call(const std::string& options = "{\"timeout_ms\":300}") const {
    return "SELECT replica_sync('" + url + "', '" + options + "')";
  }
  /// Time enough for a build with sanitizers on a busy machine.
  std::string sync(const std::string& options = kPatient) {
    std::string result = pair.replica->row(call(options));
    handler.wait_until_idle();
    return result;
  }
  std::string sync_error(const std::string& options = "{\"timeout_ms\":300}") {
    std::string error = pair.replica->error(call(options));
    handler.wait_until_idle();
    return error;
  }
  void expect_unchanged(std::uint64_t checksum) const {
    EXPECT_EQ(database_checksum(pair.replica_path), checksum);
    EXPECT_EQ(integrity(pair.replica_path), "ok");
  }

  Pair pair;
  FakePrimary primary{7};
  Replacement handler;
  std::unique_ptr<HttpServer> server;
  std::string url;
};

TEST_F(Http, FollowsThePrimaryOverOneConnection) {
  EXPECT_CONTAINS(sync(), R"("snapshot":true)");
  pair.expect_sound();
  EXPECT_CONTAINS(sync(), R"("state":"current")");
  for (const char* sql :
       {"UPDATE t SET a = -1 WHERE id = 5", "DELETE FROM t WHERE id > 100; VACUUM",
        "CREATE TABLE u(x); INSERT INTO u VALUES (zeroblob(90000))"}) {
    change(sql);
    const std::string result = sync();
    EXPECT_CONTAINS(result, R"("state":"updated")");
    EXPECT_CONTAINS(result, R"("transactions":1)");
    EXPECT_CONTAINS(result, R"("snapshot":false)");
    EXPECT_CONTAINS(result, R"("lag_ms":)");
    pair.expect_sound();
  }
  EXPECT_EQ(pair.replica->row("SELECT replica_bookmark()"), "'0000000000000007-0000000000000067'");
  EXPECT_CONTAINS(pair.replica->row("SELECT replica_verify()"), R"("equal":true,"intact":true)");
  EXPECT_EQ(server->connections(), 1);
  pair.expect_identical();
}

TEST_F(Http, CatchesUpByDifferenceWhenTheServerForgot) {
  sync();
  change("UPDATE t SET a = -1 WHERE id = 5");
  change("UPDATE t SET a = -2 WHERE id = 500");
  primary.forget_before(1);
  const std::string result = sync();
  EXPECT_CONTAINS(result, R"("state":"updated")");
  EXPECT_CONTAINS(server->request_lines().back(), "/v1/difference");
  pair.expect_sound();
  pair.expect_identical();
}

TEST_F(Http, DivergenceIsRefusedAndRepaired) {
  sync();
  pair.replica->rows("UPDATE t SET a = 'mine' WHERE id = 9");
  EXPECT_CONTAINS(sync_error(), "it has diverged: it is in no state that a sync left");
  EXPECT_EQ(pair.replica->row("SELECT a FROM t WHERE id = 9"), "'mine'");
  const std::string result = sync(R"({"repair":true})");
  EXPECT_CONTAINS(result, R"("pages":1,)");
  pair.expect_sound();
  pair.expect_identical();
}

TEST_F(Http, AnotherHistoryIsRefusedAndTaken) {
  sync();
  const std::uint64_t before = database_checksum(pair.replica_path);
  primary = FakePrimary(8);
  change("UPDATE t SET a = -1 WHERE id = 5");
  EXPECT_CONTAINS(sync_error(), "it has diverged: the server's history has no such state");
  expect_unchanged(before);
  sync(R"({"repair":true})");
  pair.expect_sound();
  EXPECT_CONTAINS(sync(), R"("state":"current")");
}

TEST_F(Http, DataOfItsOwnIsRefusedAndReplaced) {
  pair.replica->rows(
      "PRAGMA journal_mode = WAL; CREATE TABLE mine(a); INSERT INTO mine VALUES (1)");
  EXPECT_CONTAINS(sync_error(), "it holds data of its own");
  EXPECT_EQ(pair.replica->row("SELECT * FROM mine"), "1");
  sync(R"({"repair":true})");
  pair.expect_sound();
  pair.expect_identical_but_schema_version();
}

TEST_F(Http, RestoresIntoANewFileOnly) {
  const std::string target = pair.folder / "past.db";
  const std::string restore = "SELECT replica_restore('" + url + "', '" + target +
                              "', '{\"timestamp\":\"2026-01-31T12:00:00Z\"}')";
  EXPECT_CONTAINS(pair.replica->row(restore), R"("timestamp_ms":5000)");
  EXPECT_CONTAINS(server->request_lines().back(), "timestamp=2026-01-31T12%3A00%3A00Z");
  EXPECT_EQ(integrity(target), "ok");
  EXPECT_EQ(database_checksum(target), primary.newest().checksum);
  EXPECT_CONTAINS(pair.replica->error(restore), "the file exists; restore into a new file");
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    std::string answer = primary.answer(request);
    answer[answer.size() - 20] = static_cast<char>(answer[answer.size() - 20] ^ 1);
    return write(answer);
  };
  const std::string other = pair.folder / "other.db";
  EXPECT_NE(pair.replica->error("SELECT replica_restore('" + url + "', '" + other +
                                "', '{\"bookmark\":\"x\"}')"),
            "");
  for (const auto& entry : std::filesystem::directory_iterator(pair.folder / "")) {
    EXPECT_EQ(entry.path().string().find("other.db"), std::string::npos) << entry.path();
  }
}

TEST_F(Http, LongPollingReturnsWhenSomethingNewComes) {
  sync();
  handler = [&, asked = 0](const auto& request, const auto& write) mutable {
    if (request.line.find("wait_ms=") != std::string::npos && asked++ == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return write(primary.answer(request));
  };
  EXPECT_CONTAINS(sync(R"({"wait_ms":5000,"timeout_ms":30000})"), R"("state":"current")");
  change("UPDATE t SET a = -1 WHERE id = 5");
  EXPECT_CONTAINS(sync(R"({"wait_ms":5000,"timeout_ms":30000})"), R"("state":"updated")");
  pair.expect_sound();
}

TEST_F(Http, TheReplicaIsNotLockedForASlowAnswer) {
  sync();
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Database(nullptr, pair.replica_path).rows("PRAGMA busy_timeout = 20000; BEGIN IMMEDIATE");
    return write(primary.answer(request));
  };
  EXPECT_CONTAINS(sync(), R"("state":"current")");
}

TEST_F(Http, AnInterruptEndsTheWait) {
  sync();
  handler = [&](const HttpServer::Request&, const HttpServer::Write&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return false;
  };
  std::thread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    sqlite3_interrupt(*pair.replica);
  });
  const std::string error = sync_error(R"({"wait_ms":20000,"timeout_ms":20000})");
  user.join();
  EXPECT_CONTAINS(error, "interrupt");
}

TEST_F(Http, TokensComeFromFilesOrTheEnvironmentAndAreNeverShown) {
  std::string head;
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    head = request.head;
    return write(plain_answer(401, ""));
  };
  const std::string file = pair.folder / "token";
  write_whole(file, "very-secret\n");
  std::string error = sync_error(R"({"timeout_ms":300,"token_file":")" + file + "\"}");
  EXPECT_CONTAINS(head, "Authorization: Bearer very-secret");
  EXPECT_CONTAINS(error, "the server wants a token, or another one");
  EXPECT_EQ(error.find("very-secret"), std::string::npos);
  ::setenv("EDGEPACK_REPLICA_TOKEN", "from-environment", 1);
  error = sync_error();
  ::unsetenv("EDGEPACK_REPLICA_TOKEN");
  EXPECT_CONTAINS(head, "Authorization: Bearer from-environment");
  EXPECT_EQ(error.find("from-environment"), std::string::npos);
  write_whole(file, "two words\n");
  EXPECT_CONTAINS(sync_error(R"({"token_file":")" + file + "\"}"), "this is no token");
  url = "http://user:secret@127.0.0.1/app.db";
  error = sync_error();
  EXPECT_CONTAINS(error, "secrets do not belong into a URL");
  EXPECT_EQ(error.find("secret@"), std::string::npos);
  // A remembered token file goes to the source that it was given for.
  handler = nullptr;
  url = server->url("/app.db");
  write_whole(file, "again\n");
  sync(R"({"timeout_ms":30000,"token_file":")" + file + "\"}");
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    head = request.head;
    return write(primary.answer(request));
  };
  pair.replica->row("SELECT replica_sync()");
  handler.wait_until_idle();
  EXPECT_CONTAINS(head, "Authorization: Bearer again");
  url = server->url("/other.db");
  sync();
  EXPECT_EQ(head.find("Authorization"), std::string::npos);
  handler = nullptr;
}

TEST_F(Http, TriesAgainWhileThereIsTime) {
  handler = [&, count = 0](const HttpServer::Request& request,
                           const HttpServer::Write& write) mutable {
    if (++count <= 3) return count == 1 ? false : write(plain_answer(503, "{}"));
    return write(primary.answer(request));
  };
  sync();
  pair.expect_sound();
  EXPECT_EQ(pair.replica->row("SELECT retries >= 3 FROM replica_status"), "1");
}

TEST_F(Http, ServersThatAreNone) {
  struct Case {
    std::string answer;
    std::string error;
  };
  const Case cases[] = {
      {plain_answer(200, "hello"), "this is no answer of edgepack-serve"},
      {plain_answer(404, R"({"message":"no such \"thing\""})"),
       "the server says: no such \"thing\"; is the URL that of a served database?"},
      {plain_answer(500, ""), "the server answered with status 500; try again later"},
      {plain_answer(503, R"({"message":"soon"})"), "the server says: soon"},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
       "the server redirects, which is not followed"},
      {"SSH-2.0-OpenSSH\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\n" + std::string(200000, 'h'), ""},
      {"", ""},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.answer.substr(0, 80));
    handler = [answer = each.answer](const HttpServer::Request&, const HttpServer::Write& write) {
      write(answer);
      return false;
    };
    const std::string error = sync_error();
    EXPECT_CONTAINS(error, "replica_sync: " + url);
    EXPECT_CONTAINS(error, each.error);
    EXPECT_EQ(pair.replica->row("SELECT count(*) FROM sqlite_schema"), "0");
  }
  server.reset();
  EXPECT_CONTAINS(sync_error(), "is the server running? Nothing was changed");
  for (const char* bad : {"http://", "http://h", "https:///x", "http://h/x?y=1", "http://h/x y"}) {
    url = bad;
    EXPECT_NE(sync_error(), "") << bad;
  }
  url = "http://127.0.0.1:1/";
  EXPECT_CONTAINS(sync_error(), "no database");
}

/// What a server can say in its head that is not so.
TEST_F(Http, WrongHeadsChangeNothing) {
  sync();
  const std::uint64_t before = database_checksum(pair.replica_path);
  change("UPDATE t SET a = -1 WHERE id = 5");
  const std::string position = to_text(Position::of(primary.newest()));
  const std::pair<std::string, std::string> replaced[] = {
      {"Edgepack-Page-Size: 4096", "Edgepack-Page-Size: 8192"},
      {"Edgepack-Page-Size: 4096", "Edgepack-Page-Size: 4097"},
      {"Edgepack-Page-Size: 4096", "Edgepack-Page-Size: -1"},
      {"Edgepack-Page-Count: ", "Edgepack-Page-Count: 99999999999999999999"},
      {"Edgepack-Page-Count: ", "Edgepack-Page-Count: 1"},
      {"Edgepack-Page-Count: ", "X: "},
      {"Edgepack-Position: " + position, "Edgepack-Position: " + position.substr(0, 49)},
      {"Edgepack-Position: 0000000000000007", "Edgepack-Position: 0000000000000008"},
      {"Edgepack-Position: " + position.substr(0, 32),
       "Edgepack-Position: " + position.substr(0, 31) + "f"},
      {"Edgepack-Position: " + position.substr(0, 49),
       "Edgepack-Position: " + position.substr(0, 48) + (position[48] == '0' ? "1" : "0")},
      {"Content-Length: ", "Content-Length: 1"},
      {"Content-Length: ", "Content-Length: 99999999999999"},
      {"Content-Length: ", "Content-Length: -"},
  };
  for (const auto& replacement : replaced) {
    const std::string good = replacement.first;
    const std::string bad = replacement.second;
    SCOPED_TRACE(bad);
    handler = [this, good, bad](const HttpServer::Request& request,
                                const HttpServer::Write& write) {
      std::string answer = primary.answer(request);
      const std::size_t at = answer.find(good);
      EXPECT_NE(at, answer.npos);
      answer.replace(at, good.size(), bad);
      write(answer);
      return false;
    };
    EXPECT_NE(sync_error(R"({"timeout_ms":100})"), "");
    expect_unchanged(before);
  }
  handler = nullptr;
  sync();
  pair.expect_sound();
  pair.expect_identical();
}

/// The pages of another database behind a head and trailer that fit each other.
TEST_F(Http, PagesOfAnotherDatabaseChangeNothing) {
  sync();
  const std::uint64_t before = database_checksum(pair.replica_path);
  Pair other;
  other.primary->rows(rows_of(600));
  other.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  FakePrimary liar(7);
  liar.commit(other.primary_path);
  other.primary->rows("UPDATE t SET a = -1 WHERE id = 5; PRAGMA wal_checkpoint(TRUNCATE)");
  liar.commit(other.primary_path);
  HttpServer::Request request;
  TransactionMark first = liar.newest();
  // What the liar sends after its own first state.
  FakePrimary start(7);
  handler = [&](const HttpServer::Request& asked, const HttpServer::Write& write) {
    HttpServer::Request changed = asked;
    if (const std::size_t at = asked.line.find("after="); at != std::string::npos) {
      std::string own = to_text(Position::of(first));
      own.replace(17, 16, "0000000000000064");
      changed.line.replace(at + 6, 50, own);
      // 409 for an unknown checksum is no lie; the whole difference is.
      changed.line = "POST /app.db/v1/difference HTTP/1.1";
    }
    return write(liar.answer(changed));
  };
  EXPECT_NE(sync_error(), "");
  handler = nullptr;
  expect_unchanged(before);
}

/// Every class of byte of an answer is damaged or is the last one that comes.
TEST_F(Http, DamagedAndCutAnswersChangeNothing) {
  sync();
  const std::uint64_t before = database_checksum(pair.replica_path);
  change("UPDATE t SET a = -1 WHERE id % 150 = 5");
  const std::uint64_t after = primary.newest().checksum;
  HttpServer::Request ask;
  std::string answer;
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    answer = primary.answer(request);
    write(answer.substr(0, 10));
    return false;
  };
  EXPECT_NE(sync_error(), "");
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  const std::size_t size = answer.size();
  ASSERT_GT(size, body + 300);
  const bool all = std::getenv("EDGEPACK_LONG_TESTS") != nullptr;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < size; at += all ? 1 : 997) places.push_back(at);
  for (std::size_t at = body; at < body + 120; at += all ? 1 : 11) places.push_back(at);
  for (std::size_t back = 1; back < 60; back += all ? 1 : 5) places.push_back(size - back);
  for (const std::size_t at : places) {
    for (const bool cut : {true, false}) {
      SCOPED_TRACE((cut ? "cut at " : "damaged at ") + std::to_string(at));
      handler = [this, at, cut](const HttpServer::Request& request,
                                const HttpServer::Write& write) {
        std::string bad = primary.answer(request);
        if (at >= bad.size()) return false;
        if (cut) bad.resize(at);
        if (!cut) bad[at] = static_cast<char>(bad[at] ^ 0x15);
        write(bad);
        return false;
      };
      const std::string error = sync_error(R"({"timeout_ms":5})");
      const std::uint64_t now = database_checksum(pair.replica_path);
      // A byte of the head that means nothing (a reason, a time) may be any.
      EXPECT_TRUE(now == before || (error.empty() && at < body && now == after)) << error;
      EXPECT_TRUE(at < body || !error.empty());
      if (HasFailure()) return;
      if (now != before) return;
    }
  }
  expect_unchanged(before);
  handler = nullptr;
  sync();
  pair.expect_sound();
  pair.expect_identical();
}

/// A first sync that breaks off goes on where it was, from another state of the primary.
TEST_F(Http, AFirstSyncThatBrokeOffGoesOn) {
  pair.primary->rows(rows_of(5000));
  commit();
  const std::size_t whole =
      primary.answer({.line = "GET /v1/snapshot", .head = {}, .body = {}}).size();
  handler = [&](const HttpServer::Request& request, const HttpServer::Write& write) {
    const std::string answer = primary.answer(request);
    if (request.line.find("/v1/difference") != request.line.npos) {
      return write(plain_answer(404, "{}"));
    }
    const bool is_snapshot = request.line.find("/v1/snapshot") != request.line.npos;
    return write(is_snapshot ? answer.substr(0, whole * 2 / 3) : answer) && !is_snapshot;
  };
  EXPECT_CONTAINS(sync_error(kPatient), "status 404");
  EXPECT_GT(std::filesystem::file_size(pair.replica_path), whole / 2);
  handler = nullptr;
  EXPECT_EQ(pair.replica->row("SELECT count(*) FROM sqlite_schema"), "0");
  EXPECT_GT(std::filesystem::file_size(pair.replica_path), whole / 2);
  change("DELETE FROM t WHERE id % 500 = 0");
  const std::string result = sync();
  EXPECT_CONTAINS(server->request_lines().back(), "/v1/difference");
  const std::string bytes = pair.replica->row("SELECT bytes FROM replica_status");
  EXPECT_LT(std::stoul(bytes), whole / 2) << result;
  pair.expect_sound();
  pair.expect_identical();
}

TEST_F(Http, ConnectionsThatAreCutOrFedGarbage) {
  sync();
  std::mt19937 random(1);
  const int rounds = std::getenv("EDGEPACK_LONG_TESTS") != nullptr ? 300 : 10;
  const std::string direct = url;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    change("UPDATE t SET a = " + std::to_string(round) +
           " WHERE id % 20 = " + std::to_string(round % 20));
    const std::uint64_t before = database_checksum(pair.replica_path);
    const std::size_t size = 200 + random() % 40000;
    {
      CuttingProxy proxy(server->port(), size, round % 2 == 1);
      url = "http://127.0.0.1:" + std::to_string(proxy.port()) + "/app.db";
      // Another name is another source: all of it is compared.
      sync_error(R"({"timeout_ms":1})");
    }
    const std::uint64_t now = database_checksum(pair.replica_path);
    EXPECT_TRUE(now == before || now == primary.newest().checksum);
    EXPECT_EQ(integrity(pair.replica_path), "ok");
    url = direct;
    // The server has one thread, and may not know yet that the proxy's connection is gone: the
    // first try may be in vain.
    EXPECT_EQ(sync_error(R"({"timeout_ms":1500})"), "");
    if (HasFailure()) return;
  }
  pair.expect_sound();
  pair.expect_identical();
}

}  // namespace
}  // namespace edgepack::replica::testing
