// The power is cut at any point of a replica's first syncs: what was not synced is lost, or there
// in part and in any order. The database opens, shows a state that a sync announced, none older
// than the last one that was made durable, and the next sync ends at the primary's.

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <random>
#include <tuple>
#include <vector>

#include "replica/checksum.h"
#include "replica/sync.h"
#include "replica/testing/fault_vfs.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

constexpr std::size_t kSector = 512;

/// A call that changed a file, or made its changes durable.
struct Event {
  FileCall::Kind kind;
  std::string suffix;
  std::size_t offset;
  std::string bytes;
  bool syncs_folder;
};

/// What happens to the sectors of one write that was not synced.
enum class Fate { kLost, kWritten, kTorn };

/// A file at the time of the power cut.
class Disk {
 public:
  explicit Disk(std::mt19937& random) : random_(random) {}

  void apply(const Event& event) {
    if (event.kind == FileCall::Kind::kSync) {
      for (const Event& each : pending_) change(each, Fate::kWritten);
      pending_.clear();
    } else {
      pending_.push_back(event);
    }
  }

  /// The folder was synced: a file that was deleted stays so.
  void sync_folder() {
    for (std::size_t i = pending_.size(); i-- > 0;) {
      if (pending_[i].kind != FileCall::Kind::kDelete) continue;
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      exists_ = false;
      return bytes_.clear();
    }
  }

  /// Settles what was pending.
  void cut() {
    const unsigned mood = random_() % 4;  // all lost, all there but torn at the end, or any mix
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      Fate fate = Fate::kLost;
      if (mood == 1) fate = i + 1 == pending_.size() ? Fate::kTorn : Fate::kWritten;
      if (mood >= 2) fate = static_cast<Fate>(random_() % 3);
      change(pending_[i], fate);
    }
  }

  bool exists() const { return exists_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void change(const Event& event, Fate fate) {
    if (fate == Fate::kLost) return;
    if (event.kind == FileCall::Kind::kDelete) {
      exists_ = false;
      bytes_.clear();
      return;
    }
    exists_ = true;
    if (event.kind == FileCall::Kind::kTruncate) return bytes_.resize(event.offset);
    for (std::size_t at = 0; at < event.bytes.size();) {
      const std::size_t to = event.offset + at;
      const std::size_t size = std::min(kSector - to % kSector, event.bytes.size() - at);
      if (fate == Fate::kWritten || random_() % 2 == 0) {
        if (bytes_.size() < to + size) bytes_.resize(to + size);
        bytes_.replace(to, size, event.bytes, at, size);
      }
      at += size;
    }
  }

  std::mt19937& random_;
  std::vector<Event> pending_;
  std::string bytes_;
  bool exists_ = false;
};

/// A state that a sync announced, and how many events there were when it did.
struct Announcement {
  std::size_t events;
  std::uint64_t checksum;
};

struct Recording {
  std::vector<Event> events;
  std::vector<Announcement> announced;
  std::optional<std::uint64_t> may_show;  // of a sync that failed in its commit
};

std::string rows_of(int count, int size) {
  return "INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
         "WHERE i < " +
         std::to_string(count) + ") SELECT i, randomblob(" + std::to_string(size) + ") FROM n";
}

/// Syncs `pair` again and again, while the primary grows, shrinks and checkpoints.
/// `fail_first`: the commit of a sync before the first one fails, while another connection keeps
/// its frame from being recovered.
Recording record(Pair& pair, const SyncRequest& request, bool fail_first) {
  Recording recording;
  recording.announced.push_back({0, kChecksumFlag});
  std::unique_ptr<Database> reader;
  int syncs_of_log = 0;
  const FaultVfs vfs([&](const FileCall& call) {
    if (fail_first && call.kind == FileCall::Kind::kSync && call.path.ends_with("-wal") &&
        ++syncs_of_log == 2) {
      reader = std::make_unique<Database>(nullptr, pair.replica_path);
      EXPECT_EQ(reader->row("SELECT count(*) FROM sqlite_schema"), "0");
      return SQLITE_IOERR_FSYNC;
    }
    if (call.kind == FileCall::Kind::kOpen || call.kind == FileCall::Kind::kShmMap) {
      return SQLITE_OK;
    }
    recording.events.push_back(
        {call.kind, call.path.substr(pair.replica_path.size()),
         static_cast<std::size_t>(call.offset),
         std::string(reinterpret_cast<const char*>(call.bytes.data()), call.bytes.size()),
         call.syncs_folder});
    return SQLITE_OK;
  });
  const std::string changes[] = {
      rows_of(60, 300),
      "UPDATE t SET a = -1 WHERE id % 7 = 0",
      "UPDATE t SET a = -2 WHERE id % 7 = 0",
      rows_of(700, 700),
      "PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET a = -3 WHERE id % 9 = 0",
      "DELETE FROM t WHERE id % 2 = 0; VACUUM",
      "CREATE INDEX i ON t(a); UPDATE t SET b = randomblob(900)",
      "UPDATE t SET a = -4 WHERE id = 1",
  };
  if (fail_first) {
    pair.primary->rows(rows_of(40, 500));
    const std::uint64_t checksum = database_checksum(pair.primary_path);
    EXPECT_THROW(sync(request), sqlite::Error);
    EXPECT_EQ(reader->row("SELECT count(*) FROM sqlite_schema"), "0");
    recording.may_show = checksum;
  }
  for (const std::string& change : changes) {
    pair.primary->rows(change);
    const std::uint64_t checksum = sync(request).checksum;
    recording.announced.push_back({recording.events.size(), checksum});
  }
  return recording;
}

/// The newest state that is there after a power cut at `cut` for certain: whoever synced the log,
/// synced what had been published by then.
std::size_t last_durable(const Recording& recording, std::size_t cut) {
  std::size_t durable = 0;
  for (std::size_t at = 0; at < cut; ++at) {
    const Event& event = recording.events[at];
    if (event.kind != FileCall::Kind::kSync || event.suffix != "-wal") continue;
    while (durable + 1 < recording.announced.size() &&
           recording.announced[durable + 1].events <= at) {
      ++durable;
    }
  }
  return durable;
}

BootId boot_of(unsigned seed) {
  BootId id{};
  std::memcpy(id.data(), &++seed, sizeof seed);
  return id;
}

/// Cuts the power `cuts` times in syncs with pages of `page_size`.
void cut_power(int page_size, bool fail_first, unsigned cuts) {
  Pair pair("WAL", page_size);
  pair.replica.reset();
  Database host;
  SyncRequest request;
  request.host = host;
  request.path = pair.replica_path;
  request.source = "file:" + pair.primary_path;
  request.vfs = FaultVfs::kName;
  const BootId this_boot = boot_id();
  const Recording recording = record(pair, request, fail_first);
  const std::uint64_t newest = recording.announced.back().checksum;

  std::vector<int> seen(recording.announced.size());
  for (unsigned seed = 0; seed < cuts; ++seed) {
    std::mt19937 random(seed);
    // Every sync is cut equally often, half of the times around one of its xSync calls.
    const std::size_t chosen = 1 + seed % (recording.announced.size() - 1);
    const std::size_t begin = recording.announced[chosen - 1].events;
    const std::size_t end = recording.announced[chosen].events;
    std::size_t cut = begin + random() % (end - begin + 1);
    if (random() % 2 == 0) {
      while (cut > begin && recording.events[cut - 1].kind != FileCall::Kind::kSync) --cut;
      cut = std::min(end, cut + random() % 4);
    }
    SCOPED_TRACE("seed " + std::to_string(seed) + ", cut after call " + std::to_string(cut));
    std::map<std::string, Disk> disks;
    for (std::size_t i = 0; i < cut; ++i) {
      disks.try_emplace(recording.events[i].suffix, random)
          .first->second.apply(recording.events[i]);
      if (!recording.events[i].syncs_folder) continue;
      for (auto& [suffix, disk] : disks) disk.sync_folder();
    }
    Image image;
    for (auto& [suffix, disk] : disks) {
      disk.cut();
      if (disk.exists()) image.files[suffix] = disk.bytes();
    }
    image.restore(pair.replica_path);

    EXPECT_EQ(integrity(pair.replica_path), "ok");
    // The sync that was running, and the last one before whose frames were synced with the log.
    std::size_t running = 1;
    while (running + 1 < recording.announced.size() && recording.announced[running].events < cut) {
      ++running;
    }
    const std::size_t newest_possible =
        recording.announced[running].events <= cut || cut > begin ? running : running - 1;
    const std::size_t oldest_possible = last_durable(recording, cut);
    const std::uint64_t now = database_checksum(pair.replica_path);
    std::optional<std::size_t> shown;
    for (std::size_t i = oldest_possible; i <= newest_possible; ++i) {
      if (now == recording.announced[i].checksum) shown = i;
    }
    EXPECT_TRUE(shown || (oldest_possible == 0 && now == recording.may_show))
        << "between " << oldest_possible << " and " << newest_possible;
    ++seen[shown.value_or(0)];
    {
      // The machine starts anew.
      pretend_boot(boot_of(seed));
      const FaultVfs healthy([](const FileCall&) { return SQLITE_OK; });
      EXPECT_EQ(sync(request).checksum, newest);
    }
    EXPECT_EQ(integrity(pair.replica_path), "ok");
    expect_same_pages(pair.primary_path, pair.replica_path);
    if (::testing::Test::HasFailure()) break;
  }
  pretend_boot(this_boot);
  for (std::size_t i = 0; i + 1 < seen.size(); ++i) EXPECT_GT(seen[i], 0) << "state " << i;
}

class PowerLoss : public ::testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(PowerLoss, LeavesAnAnnouncedState) {
  const auto [page_size, fail_first] = GetParam();
  cut_power(page_size, fail_first, std::getenv("EDGEPACK_LONG_TESTS") == nullptr ? 120 : 10000);
}

INSTANTIATE_TEST_SUITE_P(PageSizes, PowerLoss,
                         ::testing::Combine(::testing::Values(512, 1024, 4096), ::testing::Bool()));

}  // namespace
}  // namespace edgepack::replica::testing
