// Every allocation of a sync fails in turn. A program of its own, because the allocator is set
// before SQLite is first used.

#include "sqlite/testing/out_of_memory.h"

#include <gtest/gtest.h>

#include "replica/status.h"
#include "replica/sync.h"
#include "replica/testing/fake_curl.h"
#include "replica/testing/fake_primary.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"
#include "sqlite/testing/host.h"

namespace edgepack::replica::testing {
namespace {

using edgepack::testing::bytes_in_use;
using edgepack::testing::fail_each_allocation;

TEST(OutOfMemory, FirstSync) {
  Pair pair;
  pair.primary->rows("INSERT INTO t(a, b) VALUES (1, randomblob(20000))");
  const long long before = bytes_in_use();
  const int failures = fail_each_allocation([&] {
    SyncRequest request;
    request.host = *pair.replica;
    request.path = pair.replica_path;
    request.source = "file:" + pair.primary_path;
    sync(request);
  });
  EXPECT_GT(failures, 50);
  // What the host's connection keeps for itself (a statement's cache, say) is small.
  EXPECT_LT(bytes_in_use() - before, 20000);
  pair.expect_sound();
  pair.expect_identical();
}

TEST(OutOfMemory, LaterSyncs) {
  Pair pair;
  pair.sync();
  int allowed = 0;
  for (bool refused = true; refused; ++allowed) {
    // Each attempt has something to do.
    pair.primary->rows("INSERT INTO t(a, b) VALUES (" + std::to_string(allowed) +
                       ", randomblob(5000))");
    edgepack::testing::fail_allocations_after(allowed);
    const int code =
        sqlite3_exec(*pair.replica, "SELECT replica_sync()", nullptr, nullptr, nullptr);
    refused = edgepack::testing::stop_failing();
    EXPECT_TRUE(code == SQLITE_OK || (refused && (code & 0xff) == SQLITE_NOMEM))
        << allowed << ": " << sqlite3_errmsg(*pair.replica);
  }
  EXPECT_GT(allowed, 50);
  pair.expect_sound();
  pair.expect_identical();
}

/// A primary behind a server, whose answers need memory as well.
struct Served {
  void commit(const std::string& sql) {
    pair.primary->rows(sql);
    pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    primary.commit(pair.primary_path);
  }
  void sync_once() {
    Session session(&fake_curl(
        [this](const auto& request) { return FakeAnswer{.bytes = primary.answer(request)}; }));
    SyncRequest request;
    request.host = host;
    request.session = &session;
    request.path = pair.replica_path;
    request.source = "http://server/app.db";
    sync(request);
  }
  std::uint64_t checksum() const { return database_checksum(pair.replica_path); }

  Database host;
  Pair pair;
  FakePrimary primary;
};

TEST(OutOfMemory, FirstSyncFromAServer) {
  Served served;
  served.commit("INSERT INTO t(a, b) VALUES (1, randomblob(20000))");
  EXPECT_GT(fail_each_allocation([&] { served.sync_once(); }), 100);
  served.pair.expect_sound();
  EXPECT_EQ(served.checksum(), served.primary.newest().checksum);
}

TEST(OutOfMemory, LaterSyncFromAServer) {
  Served served;
  served.commit("INSERT INTO t(a, b) VALUES (1, randomblob(20000))");
  served.sync_once();
  const Image image = Image::of(served.pair.replica_path);
  const std::uint64_t before = served.checksum();
  served.commit("UPDATE t SET a = a + 1, b = randomblob(5000)");
  const std::uint64_t after = served.primary.newest().checksum;
  int allowed = 0;
  for (bool refused = true; refused; ++allowed) {
    image.restore(served.pair.replica_path);
    edgepack::testing::fail_allocations_after(allowed);
    bool succeeded = false;
    try {
      served.sync_once();
      succeeded = true;
    } catch (const std::bad_alloc&) {
    } catch (const sqlite::Error& error) {
      EXPECT_EQ(error.code() & 0xff, SQLITE_NOMEM) << error.what();
    }
    refused = edgepack::testing::stop_failing();
    EXPECT_TRUE(succeeded || refused);
    const std::uint64_t now = served.checksum();
    EXPECT_TRUE(now == after || (now == before && !succeeded)) << allowed;
  }
  EXPECT_GT(allowed, 100);
  EXPECT_EQ(served.checksum(), after);
}

TEST(OutOfMemory, Status) {
  Pair pair;
  pair.sync();
  const int failures = fail_each_allocation([&] {
    const Status now = status(pair.replica_path, nullptr);
    if (now.standing != Status::Standing::kReplica) throw std::bad_alloc();
  });
  EXPECT_GT(failures, 10);
}

}  // namespace
}  // namespace edgepack::replica::testing

int main(int count, char** arguments) {
  edgepack::testing::install_failing_allocator();
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
