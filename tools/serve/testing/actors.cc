#include "serve/testing/actors.h"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include "serve/http_server.h"

namespace edgepack::serve::testing {
namespace {

using edgepack::testing::Database;

std::optional<FatalStep<Step>> fatal_server_step;
std::optional<FatalStep<replica::Step>> fatal_replica_step;
std::atomic<int> times_reached = 0;

constexpr char kPatient[] = "PRAGMA busy_timeout = 60000";

std::string rows_of(unsigned count, unsigned size) {
  return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
         "WHERE i < " +
         std::to_string(count) + ") SELECT i, randomblob(" + std::to_string(size) + ") FROM n; ";
}

std::string transaction(Random& random) {
  std::string sql = "BEGIN IMMEDIATE; UPDATE counter SET n = n + 1; ";
  switch (random.below(8)) {
    case 0:
      sql += rows_of(1 + random.below(30), 2000);
      break;
    case 1:
      sql += rows_of(3, 60000);
      break;
    case 2:
      sql += "DELETE FROM t WHERE id % 3 = " + std::to_string(random.below(3)) + "; ";
      break;
    case 3:
      sql += "DELETE FROM t WHERE length(b) > 10000; ";
      break;
    default:
      sql += "UPDATE t SET a = a + 1 WHERE id % 20 = " + std::to_string(random.below(20)) + "; ";
  }
  return sql + "COMMIT";
}

std::string upkeep(Random& random) {
  switch (random.below(40)) {
    case 0:
      return "PRAGMA wal_checkpoint(TRUNCATE)";
    case 1:
      return "PRAGMA wal_checkpoint(RESTART)";
    case 2:
      return "PRAGMA wal_checkpoint(PASSIVE)";
    case 3:
      return "VACUUM";
    default:
      return {};
  }
}

/// The server is away, or somebody looks at the replica at the moment of its first sync.
bool may_pass(const std::string& error) {
  if (error.find("diverged") != error.npos) return false;
  for (const char* part : {"is the server running", "does not answer in time", "try again later",
                           "try again, or", "the server says", "while somebody reads it"}) {
    if (error.find(part) != error.npos) return true;
  }
  return false;
}

constexpr char kCounter[] = "SELECT max(n), min(n) = max(n) AND count(*) = 20 FROM counter";

}  // namespace

Actors::Actors(const std::string& journal_mode) {
  Database application(nullptr, primary_path());
  application.rows("PRAGMA journal_mode = " + journal_mode +
                   "; PRAGMA synchronous = OFF; CREATE TABLE counter(n, filler);"
                   "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)");
  // On several pages, so that a torn state shows.
  application.rows(
      "INSERT INTO counter WITH RECURSIVE i(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM i WHERE "
      "x < 20) SELECT 1, randomblob(1500) FROM i; " +
      rows_of(200, 300));
}

std::unique_ptr<Process> Actors::start_application(unsigned seed) const {
  return std::make_unique<Process>([path = primary_path(), seed](const Process::Tell&) {
    Random random(seed);
    Database application(nullptr, path);
    application.rows(std::string(kPatient) + "; PRAGMA synchronous = OFF");
    while (!Process::stopping()) {
      application.rows(transaction(random));
      application.rows(upkeep(random));
      std::this_thread::sleep_for(std::chrono::milliseconds(random.below(3)));
    }
  });
}

std::unique_ptr<Process> Actors::start_server(std::optional<FatalStep<Step>> fatal) {
  auto server = std::make_unique<Process>([&](const Process::Tell& tell) {
    if (fatal) {
      fatal_server_step = fatal;
      on_step = [](Step reached) {
        if (reached == fatal_server_step->step && ++times_reached == fatal_server_step->count) {
          ::kill(::getpid(), SIGKILL);
        }
      };
    }
    const Database binding;  // of SQLite to this program
    CatalogOptions served;
    served.paths = {primary_path()};
    served.retention.bytes = 1;
    Catalog catalog(std::move(served));
    HttpOptions options;
    options.port = port_;
    Api api(catalog, options.max_request);
    HttpServer http(options, catalog, api, nullptr);
    tell(std::to_string(http.bind()));
    std::thread listener([&] { http.run(); });
    while (!Process::stopping()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    catalog.stop();
    ::_exit(0);  // without waiting for replicas to close their connections
  });
  const std::string port = server->line();
  if (!port.empty()) port_ = std::stoi(port);
  return server;
}

std::unique_ptr<Process> Actors::start_replica(std::optional<FatalStep<replica::Step>> fatal,
                                               int most) const {
  return std::make_unique<Process>([&](const Process::Tell&) {
    if (fatal) {
      fatal_replica_step = fatal;
      replica::on_step = [](replica::Step reached) {
        if (reached == fatal_replica_step->step && ++times_reached == fatal_replica_step->count) {
          ::kill(::getpid(), SIGKILL);
        }
      };
    }
    Database host(replica::register_replica, replica_path());
    const std::string sync =
        "SELECT replica_sync('" + url() + R"(', '{"wait_ms":50,"timeout_ms":2000}') ->> 'state')";
    for (int states = 0; !Process::stopping() && states != most;) {
      try {
        states += host.row(sync) == "'updated'" ? 1 : 0;
      } catch (const sqlite::Error& error) {
        if (!may_pass(error.what())) throw;
      }
    }
  });
}

std::unique_ptr<Process> Actors::start_reader(int hold_ms) const {
  return std::make_unique<Process>([path = replica_path(), hold_ms](const Process::Tell& tell) {
    Database reader(nullptr, path);  // no busy timeout: readers never wait
    long long last = 0;
    for (bool first = true; !Process::stopping(); first = false) {
      reader.rows("BEGIN");
      const std::string state = reader.row(kCounter);
      const std::string all = reader.row("SELECT count(*), sum(a), sum(length(b)) FROM t");
      if (first) tell("reading");
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(hold_ms);
      do {
        if (reader.row(kCounter) != state ||
            reader.row("SELECT count(*), sum(a), sum(length(b)) FROM t") != all) {
          throw std::runtime_error("a snapshot changed");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } while (!Process::stopping() && std::chrono::steady_clock::now() < until);
      reader.rows("COMMIT");
      const long long now = std::stoll(state);
      if (now < last || !state.ends_with("|1")) throw std::runtime_error("torn or back: " + state);
      last = now;
    }
  });
}

bool Actors::sync_once() const {
  Process sync([&](const Process::Tell&) {
    Database host(replica::register_replica, replica_path());
    host.row("SELECT replica_sync('" + url() + R"(', '{"timeout_ms":60000}'))");
  });
  return sync.wait();
}

void Actors::forget_replica() const {
  for (const char* suffix : {"", "-wal", "-shm", "-replica"}) {
    std::filesystem::remove(replica_path() + suffix);
  }
  std::filesystem::remove_all(primary_path() + "-serve");
}

long long Actors::expect_sound(const std::string& path) {
  Database database(nullptr, path);
  database.rows(kPatient);
  EXPECT_EQ(database.row("PRAGMA integrity_check"), "'ok'");
  if (database.row("SELECT count(*) FROM sqlite_schema") == "0") return 0;
  const std::string counter = database.row(kCounter);
  EXPECT_TRUE(counter.ends_with("|1")) << "a torn state: " << counter;
  return std::stoll(counter);
}

}  // namespace edgepack::serve::testing
