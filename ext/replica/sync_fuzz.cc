// Any bytes as a primary's log beside a real database file: the sync fails with an error, or ends
// at what SQLite itself shows; the replica stays sound if the primary is.

#include <cstdlib>
#include <cstring>
#include <memory>

#include "replica/sync.h"
#include "replica/testing/pair.h"

using namespace edgepack::replica;
using namespace edgepack::replica::testing;

namespace {

/// A database and the log of what came after it, as a killed process leaves them.
struct Files {
  Files() {
    Pair pair("WAL", 512);
    pair.primary->rows("INSERT INTO t(a) VALUES (1), (2); PRAGMA wal_checkpoint(TRUNCATE)");
    database = read_whole(pair.primary_path);
    pair.primary->rows("INSERT INTO t(a, b) VALUES (3, zeroblob(700)); UPDATE t SET a = 7");
    log = read_whole(pair.primary_path + "-wal");
  }
  std::string database;
  std::string log;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TemporaryFolder folder;
  static const Files files;
  const std::string primary = folder / "primary.db";
  const std::string replica = folder / "replica.db";
  for (const char* suffix : {"", "-wal", "-shm", "-replica"}) {
    std::filesystem::remove(primary + suffix);
    std::filesystem::remove(replica + suffix);
  }
  // The first byte says what the rest damages, the next two where.
  if (size < 4) return 0;
  std::string database = files.database;
  std::string log = files.log;
  std::string& target = (data[0] & 1) != 0 ? database : log;
  const std::size_t at = (data[1] * std::size_t{256} + data[2]) % target.size();
  target.replace(at, std::min(size - 3, target.size() - at),
                 reinterpret_cast<const char*>(data + 3), size - 3);
  write_whole(primary, database);
  write_whole(primary + "-wal", log);
  Database host(register_replica);
  const std::string error =
      host.error("SELECT replica_sync('file:" + primary + "', '{\"path\":\"" + replica + "\"}')");
  if (!error.empty()) return 0;
  // What the log shows to SQLite is what the replica must have.
  Database one(nullptr, primary);
  Database two(nullptr, replica);
  const std::string all = "SELECT id, a, quote(b) FROM t";
  if (one.error("PRAGMA integrity_check") != two.error("PRAGMA integrity_check")) std::abort();
  const std::string left = one.error(all);
  if (left != two.error(all)) std::abort();
  if (left.empty() && one.rows(all) != two.rows(all)) std::abort();
  return 0;
}
