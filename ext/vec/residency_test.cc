// Blocks in memory against everything that can change a table behind them: several processes with
// several threads each write, roll back, keep old snapshots open and change the budget at random.
// Every answer is compared with brute force over the rows of the same snapshot.

#include <atomic>
#include <cmath>
#include <exception>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/block_cache.h"
#include "vec/testing/reference.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Statement;
using testing::Bytes;
using Rows = std::map<sqlite3_int64, Bytes>;

/// So long that a block of f holds 64 rows; those of i hold a thousand.
constexpr std::size_t kFloats = 4000;
constexpr std::size_t kIntegers = 16;
constexpr int kMostRows = 160;

/// What one snapshot holds.
struct Contents {
  Rows floats;
  Rows integers;
};

Bytes bytes_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

/// Reads without any block in memory: float vectors from their rows, the others from their slots.
Contents read_contents(Database& database) {
  Contents contents;
  Statement all(database, "SELECT rowid, f, i FROM t");
  while (all.step()) {
    contents.floats[all.column_integer(0)] = bytes_of(all.column_blob(1));
    contents.integers[all.column_integer(0)] = bytes_of(all.column_blob(2));
  }
  return contents;
}

/// One thread with a connection that writes and one that holds snapshots.
class Actor {
 public:
  Actor(const std::string& path, unsigned seed)
      : writer_(register_vec, path),
        reader_(register_vec, path),
        floats_(ElementType::kFloat32, kFloats, seed),
        integers_(ElementType::kInt8, kIntegers, seed),
        random_(seed) {
    sqlite3_busy_timeout(writer_, 120000);
    sqlite3_busy_timeout(reader_, 120000);
    keeps_snapshots_ = writer_.row("PRAGMA journal_mode") == "'wal'";
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      switch (random_() % 8) {
        case 0:
        case 1:
          write_in_transaction();
          break;
        case 2:
          write();
          break;
        case 3:
          if (!keeps_snapshots_) {
            check(reader_);
          } else if (snapshot_) {
            reader_.rows("COMMIT");
            snapshot_.reset();
          } else {
            reader_.rows("BEGIN");
            snapshot_ = read_contents(reader_);
          }
          break;
        case 4:
          BlockCache::of_process().set_budget(random_() % 4 == 0 ? random_() % 2000000
                                                                 : BlockCache::kDefaultBudget);
          break;
        default:
          if (snapshot_) check(reader_, *snapshot_);
          check(writer_);
      }
    }
    if (snapshot_) check(reader_, *snapshot_);
  }

 private:
  void write_in_transaction() {
    writer_.rows("BEGIN IMMEDIATE");
    bool savepoint = false;
    for (auto left = random_() % 8; left > 0; --left) {
      write();
      if (random_() % 3 == 0) check(writer_, read_contents(writer_));
      if (!savepoint && random_() % 3 == 0) {
        writer_.rows("SAVEPOINT s");
        savepoint = true;
      } else if (savepoint && random_() % 2 == 0) {
        writer_.rows(random_() % 3 == 0 ? "RELEASE s" : "ROLLBACK TO s; RELEASE s");
        savepoint = false;
        check(writer_, read_contents(writer_));
      }
    }
    writer_.rows(random_() % 2 == 0 ? "COMMIT" : "ROLLBACK");
    check(writer_);
  }

  void write() {
    const Bytes f = floats_.next();
    const Bytes i = integers_.next();
    const auto rowid = static_cast<sqlite3_int64>(random_() % kMostRows);
    const char* sql = nullptr;
    switch (random_() % 8) {
      case 0:
      case 1:
        sql = "INSERT OR REPLACE INTO t(rowid, f, i) VALUES (?1, ?2, vec_int8(?3))";
        break;
      case 2:
      case 3:
        sql = "DELETE FROM t WHERE rowid = ?1 AND ?2 <> ?3";
        break;
      case 4:
        sql = "UPDATE t SET i = vec_int8(?3) WHERE rowid = ?1 AND ?2 <> ?3";
        break;
      default:
        sql = "UPDATE t SET f = ?2, i = vec_int8(?3) WHERE rowid = ?1";
    }
    Statement(writer_, sql)
        .bind(1, rowid)
        .bind(2, std::span<const std::byte>(f))
        .bind(3, std::span<const std::byte>(i))
        .run();
  }

  void check(Database& database) {
    database.rows("BEGIN");
    check(database, read_contents(database));
    database.rows("COMMIT");
  }

  void check(Database& database, const Contents& truth) {
    compare(database, "f", ElementType::kFloat32, truth.floats, floats_, 3);
    compare(database, "i", ElementType::kInt8, truth.integers, integers_, kMostRows);
  }

  /// Asks for the nearest to a row that is there, so that a stale code of it is missed.
  void compare(Database& database, const std::string& column, ElementType type, const Rows& rows,
               testing::VectorSource& source, std::size_t k) {
    Bytes query = source.next();
    if (!rows.empty()) {
      auto row = rows.begin();
      std::advance(row, random_() % rows.size());
      query = row->second;
    }
    const auto expected = testing::brute_force(rows, type, Metric::kL2, query, k);
    Statement find(database, "SELECT rowid, distance FROM t WHERE " + column + " MATCH " +
                                 (type == ElementType::kInt8 ? "vec_int8(?1)" : "?1") +
                                 " AND k = ?2");
    find.bind(1, std::span<const std::byte>(query)).bind(2, static_cast<sqlite3_int64>(k));
    std::size_t i = 0;
    for (; find.step(); ++i) {
      const sqlite3_int64 rowid = find.column_integer(0);
      if (i >= expected.size() || rows.count(rowid) == 0) {
        throw std::runtime_error(column + ": a row that is not there: " + std::to_string(rowid));
      }
      const double distance =
          testing::defined_distance(type, Metric::kL2, query, rows.find(rowid)->second);
      if (std::fabs(distance - expected[i].distance) > 1e-9 * (1 + distance) ||
          std::fabs(distance - find.column_real(1)) > 1e-6 * (1 + distance)) {
        throw std::runtime_error(
            column + ": row " + std::to_string(rowid) + " at place " + std::to_string(i) +
            " with distance " + std::to_string(find.column_real(1)) + " instead of row " +
            std::to_string(expected[i].rowid) + " with " + std::to_string(expected[i].distance));
      }
    }
    if (i != expected.size()) throw std::runtime_error(column + ": too few rows");
  }

  Database writer_;
  Database reader_;
  /// Otherwise a reader that waits holds up the writers.
  bool keeps_snapshots_ = true;
  std::optional<Contents> snapshot_;
  testing::VectorSource floats_;
  testing::VectorSource integers_;
  std::mt19937 random_;
};

/// Runs actors in threads; answers how many found something wrong.
int run_actors(const std::string& path, unsigned first_seed, unsigned threads, int steps) {
  std::vector<std::thread> running;
  std::atomic<int> failed = 0;
  for (unsigned thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, seed = first_seed + thread] {
      try {
        Actor(path, seed).run(steps);
      } catch (const std::exception& error) {
        std::cerr << "seed " << seed << ": " << error.what() << '\n';
        ++failed;
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  return failed;
}

class Residency : public ::testing::Test {
 protected:
  Residency()
      : folder_(std::filesystem::temp_directory_path() /
                ("edgepack_residency_" + std::to_string(::getpid()))),
        path_((folder_ / "t.db").string()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~Residency() override {
    BlockCache::of_process().set_budget(BlockCache::kDefaultBudget);
    std::filesystem::remove_all(folder_);
  }

  void create(const std::string& journal_mode = "WAL") {
    Database database(register_vec, path_);
    database.rows("PRAGMA journal_mode = " + journal_mode);
    database.rows("CREATE VIRTUAL TABLE t USING vec0(f float[" + std::to_string(kFloats) +
                  "], i int8[" + std::to_string(kIntegers) + "])");
    database.rows("BEGIN");
    testing::VectorSource floats(ElementType::kFloat32, kFloats, 1);
    testing::VectorSource integers(ElementType::kInt8, kIntegers, 1);
    for (int row = 0; row < kMostRows; ++row) {
      const Bytes f = floats.next();
      const Bytes i = integers.next();
      Statement(database, "INSERT INTO t(rowid, f, i) VALUES (?1, ?2, vec_int8(?3))")
          .bind(1, row)
          .bind(2, std::span<const std::byte>(f))
          .bind(3, std::span<const std::byte>(i))
          .run();
    }
    database.rows("COMMIT");
  }

  pid_t start_process(unsigned first_seed, unsigned threads, int steps) {
    const std::vector<std::string> words = {
        "/proc/self/exe",        "--actors",           path_, std::to_string(first_seed),
        std::to_string(threads), std::to_string(steps)};
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    return child;
  }

  void expect_right_answers_in_processes(int steps) {
    std::vector<pid_t> processes;
    for (const unsigned seed : {30u, 40u}) processes.push_back(start_process(seed, 2, steps));
    EXPECT_EQ(run_actors(path_, 50, 2, steps), 0);
    for (const pid_t process : processes) {
      int status = 0;
      ASSERT_EQ(::waitpid(process, &status, 0), process);
      EXPECT_EQ(status, 0);
    }
  }

  const std::filesystem::path folder_;
  const std::string path_;
};

TEST_F(Residency, OneConnection) {
  create();
  EXPECT_EQ(run_actors(path_, 10, 1, 150), 0);
}

TEST_F(Residency, ThreadsOfOneProcess) {
  create();
  EXPECT_EQ(run_actors(path_, 20, 3, 60), 0);
}

TEST_F(Residency, ThreadsOfSeveralProcesses) {
  create();
  expect_right_answers_in_processes(50);
}

TEST_F(Residency, ProcessesThatShareARollbackJournal) {
  create("DELETE");
  expect_right_answers_in_processes(15);
}

/// A file that goes back to what it was: by a copy of it, under the same name.
TEST_F(Residency, AFileThatIsRestored) {
  create();
  const std::string backup = path_ + ".backup";
  std::filesystem::copy_file(path_, backup);
  const Database keeps_the_blocks(register_vec);
  for (unsigned seed = 60; seed < 66; ++seed) {
    EXPECT_EQ(run_actors(path_, seed, 1, 12), 0);
    std::filesystem::copy_file(backup, path_, std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(run_actors(path_, seed + 100, 1, 12), 0);
  }
}

}  // namespace
}  // namespace edgepack::vec

int main(int count, char** arguments) {
  if (count == 6 && std::string(arguments[1]) == "--actors") {
    return edgepack::vec::run_actors(arguments[2], static_cast<unsigned>(std::stoul(arguments[3])),
                                     static_cast<unsigned>(std::stoul(arguments[4])),
                                     std::stoi(arguments[5]));
  }
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
