// Every call that a sync makes to its VFS fails in turn: a clear error, one of the two states, and
// the next sync ends at the primary's.

#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "replica/sync.h"
#include "replica/testing/fake_curl.h"
#include "replica/testing/fake_primary.h"
#include "replica/testing/fault_vfs.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

std::string rows_of(int count) {
  return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
         "WHERE i < " +
         std::to_string(count) + ") SELECT i, randomblob(300) FROM n";
}

enum class Scenario { kFirst, kIncremental, kCheckpointing };
enum class Disk { kFailsOnce, kStaysBroken };
enum class From { kFile, kServer };

const char* kind_name(FileCall::Kind kind) {
  switch (kind) {
    case FileCall::Kind::kOpen:
      return "open";
    case FileCall::Kind::kWrite:
      return "write";
    case FileCall::Kind::kTruncate:
      return "truncate";
    case FileCall::Kind::kSync:
      return "sync";
    case FileCall::Kind::kDelete:
      return "delete";
    case FileCall::Kind::kShmMap:
      return "map shared memory";
  }
  return "";
}

int code_for(FileCall::Kind kind, int number) {
  switch (kind) {
    case FileCall::Kind::kOpen:
      return SQLITE_CANTOPEN;
    case FileCall::Kind::kWrite:
      return number % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    case FileCall::Kind::kTruncate:
      return SQLITE_IOERR_TRUNCATE;
    case FileCall::Kind::kSync:
      return SQLITE_IOERR_FSYNC;
    case FileCall::Kind::kDelete:
      return SQLITE_IOERR_DELETE;
    case FileCall::Kind::kShmMap:
      return SQLITE_IOERR_SHMMAP;
  }
  return SQLITE_IOERR;
}

class IoErrors : public ::testing::TestWithParam<std::tuple<Scenario, Disk, From>> {
 protected:
  static Scenario scenario() { return std::get<0>(GetParam()); }
  static Disk disk() { return std::get<1>(GetParam()); }
  static From from() { return std::get<2>(GetParam()); }
};

TEST_P(IoErrors, AtEveryCall) {
  const bool all = std::getenv("EDGEPACK_LONG_TESTS") != nullptr;
  Pair pair("WAL", 512);
  pair.replica.reset();
  Database host;
  SyncRequest request;
  request.host = host;
  request.path = pair.replica_path;
  request.source = from() == From::kFile ? "file:" + pair.primary_path : "http://server/app.db";
  FakePrimary served;
  const CurlLibrary& curl =
      fake_curl([&](const auto& asked) { return FakeAnswer{.bytes = served.answer(asked)}; });
  const auto sync_now = [&] {
    Session session(&curl);
    request.session = &session;
    return sync(request);
  };
  const auto commit = [&](const std::string& sql) {
    pair.primary->rows(sql);
    if (from() == From::kFile) return;
    pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    served.commit(pair.primary_path);
  };
  commit(rows_of(scenario() == Scenario::kCheckpointing ? 100 : 300));
  if (scenario() != Scenario::kFirst) {
    sync_now();  // with the default VFS
    const bool is_large = scenario() == Scenario::kCheckpointing;
    commit("UPDATE t SET a = -1 WHERE id < 50; " + rows_of(is_large ? 1100 : 1));
  }
  const Image before = Image::of(pair.replica_path);
  const std::uint64_t old_state = database_checksum(pair.replica_path);
  before.restore(pair.replica_path);
  const std::uint64_t new_state = database_checksum(pair.primary_path);

  // Once without a failure, to learn which calls there are.
  std::vector<std::string> calls;
  const auto name_of = [&](const FileCall& call) {
    return std::string(kind_name(call.kind)) + " " + call.path.substr(pair.replica_path.size());
  };
  {
    const FaultVfs vfs([&](const FileCall& call) {
      calls.push_back(name_of(call));
      return SQLITE_OK;
    });
    request.vfs = FaultVfs::kName;
    EXPECT_EQ(sync_now().checksum, new_state);
  }
  std::map<std::string, int> seen;
  std::map<std::string, int> failed;
  for (int number = 1; number <= static_cast<int>(calls.size()); ++number) {
    const std::string& call_name = calls[static_cast<std::size_t>(number - 1)];
    // A checkpoint writes page by page, each the same way.
    const int repeated = ++seen[call_name];
    if (!all && repeated > 5 && repeated % 100 != 0) continue;
    before.restore(pair.replica_path);
    int count = 0;
    std::string error;
    {
      const FaultVfs vfs([&](const FileCall& call) {
        ++count;
        if (count == number) {
          EXPECT_EQ(name_of(call), call_name);
        }
        const bool now = disk() == Disk::kStaysBroken ? count >= number : count == number;
        return now ? code_for(call.kind, number) : SQLITE_OK;
      });
      try {
        sync_now();
      } catch (const sqlite::Error& caught) {
        error = caught.what();
        EXPECT_NE(caught.code() & 0xff, SQLITE_CORRUPT) << error << " in " << call_name;
        EXPECT_NE(caught.code() & 0xff, SQLITE_ERROR) << error << " in " << call_name;
      }
    }
    SCOPED_TRACE("call " + std::to_string(number) + ": " + call_name + ": " + error);
    if (!error.empty()) ++failed[call_name];
    EXPECT_TRUE(error.empty() || error.starts_with("replica_sync: " + pair.replica_path))
        << error << " in " << call_name;
    EXPECT_EQ(integrity(pair.replica_path), "ok");
    const std::uint64_t now = database_checksum(pair.replica_path);
    EXPECT_TRUE(now == new_state || (now == old_state && !error.empty()));
    {
      const FaultVfs healthy([](const FileCall&) { return SQLITE_OK; });
      EXPECT_EQ(sync_now().checksum, new_state);
    }
    expect_same_pages(pair.primary_path, pair.replica_path);
    if (HasFailure()) return;
  }
  EXPECT_GT(failed["write -wal"], 0);
  EXPECT_GT(failed["sync -wal"], 0);
  EXPECT_GT(failed["write -replica"], 0);
  EXPECT_GT(failed["sync -replica"], 0);
  EXPECT_GT(failed["open -wal"], 0);
  EXPECT_GT(failed["map shared memory "], 0);
  if (scenario() == Scenario::kCheckpointing) {
    EXPECT_GT(seen["write "], 1000);
  }
}

INSTANTIATE_TEST_SUITE_P(Disks, IoErrors,
                         ::testing::Combine(::testing::Values(Scenario::kFirst,
                                                              Scenario::kIncremental,
                                                              Scenario::kCheckpointing),
                                            ::testing::Values(Disk::kFailsOnce, Disk::kStaysBroken),
                                            ::testing::Values(From::kFile, From::kServer)));

}  // namespace
}  // namespace edgepack::replica::testing
