#include "serve/testing/stopped_server.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "serve/database.h"

namespace edgepack::serve::testing {

using replica::testing::read_whole;
using replica::testing::write_whole;

StoppedServer::StoppedServer() : path_(folder_ / "app.db") {
  GTEST_FLAG_SET(throw_on_failure, true);
  edgepack::testing::Database application(nullptr, path_);
  application.rows(
      "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);"
      "INSERT INTO t(a, b) VALUES (1, randomblob(2000)), (2, 'two'); PRAGMA wal_checkpoint(FULL)");
  {
    Database server("app.db", path_, server_folder(), Retention{});
    server.follow();
    server.stop();
    application.rows("INSERT INTO t(a, b) VALUES (3, randomblob(700))");
    replica_.sync(server);
    server.stop();
  }
  application.rows("UPDATE t SET a = a + 1; INSERT INTO t(b) VALUES (randomblob(400))");
  application.rows("DELETE FROM t WHERE id = 1");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server_folder())) {
    if (entry.is_regular_file()) files_[entry.path()] = read_whole(entry.path());
  }
  database_ = replica::testing::Image::of(path_);
}

void StoppedServer::restore() const {
  namespace fs = std::filesystem;
  database_.restore(path_);
  fs::remove_all(server_folder());
  for (const auto& [path, bytes] : files_) {
    fs::create_directories(fs::path(path).parent_path());
    write_whole(path, bytes);
  }
}

void StoppedServer::go_on() const {
  Database server("app.db", path_, server_folder(), Retention{});
  server.follow();
  const std::uint64_t shown = replica::testing::database_checksum(path_);
  EXPECT_EQ(server.info().position.checksum, shown);
  State newest;
  Model before = replica_;
  if (server.changes(before.position, UINT64_MAX, newest).standing == Standing::kBehind) {
    before.sync(server);
    EXPECT_EQ(before.checksum(), shown);
  }
  Model fresh;
  fresh.sync(server);
  EXPECT_EQ(fresh.checksum(), shown);
  server.stop();
}

}  // namespace edgepack::serve::testing
