#pragma once
// A database that an application writes to, and that is served.

#include <gtest/gtest.h>

#include "replica/testing/image.h"
#include "replica/testing/pair.h"
#include "serve/testing/model.h"

namespace edgepack::serve::testing {

using edgepack::testing::Database;
using replica::testing::database_checksum;
using replica::testing::TemporaryFolder;

/// A statement that adds so many rows of about 330 bytes.
inline std::string fill(int rows) {
  return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
         "WHERE i < " +
         std::to_string(rows) + ") SELECT i, randomblob(300) FROM n";
}

/// What is more than the server keeps in memory.
inline const std::string kFillMuch = fill(120000);

/// An application's database, and the server's view of it.
struct Served : ::testing::Test {
  Served() {
    application = std::make_unique<Database>(nullptr, path);
    application->rows(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)");
    application->rows(fill(500));
    start();
  }
  void start(Retention retention = {}) {
    served.reset();
    served = std::make_unique<serve::Database>("app.db", path, path + "-serve", retention);
  }
  /// The server's process ends without warning.
  void crash() { start(); }
  void stop_and_start() {
    served->stop();
    start();
  }
  /// The newest position is what the file shows, and a replica gets there.
  void expect_current() {
    served->follow();
    EXPECT_EQ(served->info().position.checksum, database_checksum(path));
    model.sync(*served);
    EXPECT_EQ(model.position, served->info().position);
  }
  std::uint64_t log() const { return served->info().position.log; }
  std::uint64_t txid() const { return served->info().position.txid; }
  Standing standing(const Position& position) {
    State newest;
    return served->changes(position, UINT64_MAX, newest).standing;
  }

  TemporaryFolder folder;
  std::string path = folder / "app.db";
  std::unique_ptr<Database> application;
  std::unique_ptr<serve::Database> served;
  Model model;
};

}  // namespace edgepack::serve::testing
