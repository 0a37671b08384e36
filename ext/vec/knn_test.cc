// KNN answers of vec0 against brute force in double precision, under every usable kernel set.

#include <cstdio>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <unistd.h>

#include "sqlite/testing/database.h"
#include "vec/kernels/kernels.h"
#include "vec/testing/reference.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Statement;
using testing::Bytes;

struct Case {
  ElementType type;
  Metric metric;
  std::size_t dimensions;
};

std::string column_type(const Case& c) {
  constexpr const char* kMetrics[] = {"l2", "cosine", "l1", "dot", "hamming", "jaccard"};
  return std::string(name_of(c.type)) + "[" + std::to_string(c.dimensions) +
         "] distance_metric=" + kMetrics[static_cast<std::size_t>(c.metric)];
}

std::string constructor(ElementType type) {
  constexpr const char* kFunctions[] = {"vec_f32", "vec_f16", "vec_bf16", "vec_int8", "vec_bit"};
  return std::string(kFunctions[static_cast<std::size_t>(type)]) + "(?1)";
}

/// A vec0 table and the map that it must equal.
class Mirror {
 public:
  Mirror(Database& database, const Case& c, unsigned seed)
      : database_(database), case_(c), source_(c.type, c.dimensions, seed) {}

  void create() {
    database_.rows("CREATE VIRTUAL TABLE t USING vec0(v " + column_type(case_) + ")");
  }

  void insert() {
    const Bytes vector = source_.next();
    Statement insert(database_, "INSERT INTO t(v) VALUES (" + constructor(case_.type) + ")");
    insert.bind(1, std::span<const std::byte>(vector)).run();
    rows[sqlite3_last_insert_rowid(database_)] = vector;
  }
  void insert_at(sqlite3_int64 rowid) {
    const Bytes vector = source_.next();
    Statement insert(database_, "INSERT OR REPLACE INTO t(rowid, v) VALUES (?2, " +
                                    constructor(case_.type) + ")");
    insert.bind(1, std::span<const std::byte>(vector)).bind(2, rowid).run();
    rows[rowid] = vector;
  }
  void update() {
    if (rows.empty()) return;
    const sqlite3_int64 rowid = any_rowid();
    const Bytes vector = source_.next();
    Statement update(database_,
                     "UPDATE t SET v = " + constructor(case_.type) + " WHERE rowid = ?2");
    update.bind(1, std::span<const std::byte>(vector)).bind(2, rowid).run();
    rows[rowid] = vector;
  }
  void remove() {
    if (rows.empty()) return;
    const sqlite3_int64 rowid = any_rowid();
    Statement(database_, "DELETE FROM t WHERE rowid = ?").bind(1, rowid).run();
    rows.erase(rowid);
  }
  sqlite3_int64 any_rowid() {
    auto row = rows.begin();
    std::advance(row, source_.random()() % rows.size());
    return row->first;
  }

  /// Compares the k nearest to a random query with brute force.
  void check(std::size_t k, const std::string& how = " AND k = ?2") {
    const Bytes query = source_.next();
    Statement find(database_,
                   "SELECT rowid, distance FROM t WHERE v MATCH " + constructor(case_.type) + how);
    find.bind(1, std::span<const std::byte>(query)).bind(2, static_cast<sqlite3_int64>(k));
    const auto expected = testing::brute_force(rows, case_.type, case_.metric, query, k);
    std::size_t i = 0;
    for (; find.step(); ++i) {
      ASSERT_LT(i, expected.size());
      const double distance = find.column_real(1);
      // SQL shows the distance as a float32.
      ASSERT_NEAR(distance, expected[i].distance, 1e-7 * (1 + std::fabs(expected[i].distance)));
      // Where two rows are closer than rounding, either order is right.
      if (find.column_integer(0) != expected[i].rowid) {
        const double other = testing::defined_distance(case_.type, case_.metric, query,
                                                       rows.at(find.column_integer(0)));
        ASSERT_NEAR(other, expected[i].distance, 1e-12 * (1 + std::fabs(other)));
      }
    }
    ASSERT_EQ(i, expected.size());
  }

  void check_contents() {
    Statement all(database_, "SELECT rowid, v FROM t ORDER BY rowid");
    auto row = rows.begin();
    for (; all.step(); ++row) {
      ASSERT_NE(row, rows.end());
      ASSERT_EQ(all.column_integer(0), row->first);
      const auto found = all.column_blob(1);
      ASSERT_EQ(Bytes(found.begin(), found.end()), row->second);
    }
    ASSERT_EQ(row, rows.end());
  }

  std::map<sqlite3_int64, Bytes> rows;
  std::mt19937& random() { return source_.random(); }

 private:
  Database& database_;
  Case case_;
  testing::VectorSource source_;
};

const Case kCases[] = {
    {ElementType::kFloat32, Metric::kL2, 1},     {ElementType::kFloat32, Metric::kL2, 3},
    {ElementType::kFloat32, Metric::kL2, 128},   {ElementType::kFloat32, Metric::kL2, 771},
    {ElementType::kFloat32, Metric::kCosine, 2}, {ElementType::kFloat32, Metric::kCosine, 384},
    {ElementType::kFloat32, Metric::kL1, 5},     {ElementType::kFloat32, Metric::kL1, 200},
    {ElementType::kInt8, Metric::kL2, 7},        {ElementType::kInt8, Metric::kL2, 256},
    {ElementType::kInt8, Metric::kCosine, 100},  {ElementType::kInt8, Metric::kL1, 65},
    {ElementType::kBit, Metric::kHamming, 8},    {ElementType::kBit, Metric::kHamming, 1024},
    {ElementType::kFloat32, Metric::kDot, 1},    {ElementType::kFloat32, Metric::kDot, 300},
    {ElementType::kFloat16, Metric::kL2, 33},    {ElementType::kFloat16, Metric::kCosine, 384},
    {ElementType::kFloat16, Metric::kL1, 17},    {ElementType::kFloat16, Metric::kDot, 128},
    {ElementType::kBFloat16, Metric::kL2, 256},  {ElementType::kBFloat16, Metric::kCosine, 5},
    {ElementType::kBFloat16, Metric::kL1, 64},   {ElementType::kBFloat16, Metric::kDot, 77},
    {ElementType::kInt8, Metric::kDot, 50},      {ElementType::kBit, Metric::kJaccard, 64},
    {ElementType::kBit, Metric::kJaccard, 256},
};

class EveryKernelSet : public ::testing::TestWithParam<const kernels::KernelSet*> {
 protected:
  void SetUp() override { kernels::force(GetParam()->name); }
  void TearDown() override { kernels::force(""); }
};

TEST_P(EveryKernelSet, AnswersAsBruteForce) {
  unsigned seed = 1;
  for (const Case& c : kCases) {
    SCOPED_TRACE(column_type(c));
    Database database(register_vec);
    Mirror mirror(database, c, seed++);
    mirror.create();
    database.rows("BEGIN");
    for (int i = 0; i < 1500; ++i) mirror.insert();
    database.rows("COMMIT");
    for (const std::size_t k : {1u, 2u, 10u, 100u, 1499u, 1500u, 5000u}) {
      ASSERT_NO_FATAL_FAILURE(mirror.check(k));
    }
    ASSERT_NO_FATAL_FAILURE(mirror.check(10, " LIMIT ?2"));
    ASSERT_NO_FATAL_FAILURE(mirror.check(700, " ORDER BY distance LIMIT ?2"));
    ASSERT_NO_FATAL_FAILURE(mirror.check(100000, " AND ?2"));
    ASSERT_NO_FATAL_FAILURE(mirror.check_contents());
  }
}

INSTANTIATE_TEST_SUITE_P(Knn, EveryKernelSet, ::testing::ValuesIn(kernels::usable()),
                         [](const auto& tested) { return std::string(tested.param->name); });

class EveryCase : public ::testing::TestWithParam<Case> {};

/// Random writes with transactions and savepoints that are kept or rolled back, now and then on a
/// reopened file.
TEST_P(EveryCase, FollowsRandomWrites) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("edgepack_knn_" + std::to_string(::getpid()) + ".db");
  std::filesystem::remove(path);
  const auto open = [&path] {
    auto opened = std::make_unique<Database>(register_vec, path.string());
    opened->rows("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    return opened;
  };
  auto database = open();
  auto mirror = std::make_unique<Mirror>(*database, GetParam(), 99);
  mirror->create();
  for (int round = 0; round < 40; ++round) {
    const bool transaction = mirror->random()() % 3 != 0;
    const auto before = mirror->rows;
    if (transaction) database->rows("BEGIN");
    std::optional<std::map<sqlite3_int64, Bytes>> savepoint;
    for (int step = 0; step < 25; ++step) {
      switch (mirror->random()() % 8) {
        case 0:
        case 1:
        case 2:
          mirror->insert();
          break;
        case 3:
          mirror->insert_at(static_cast<sqlite3_int64>(mirror->random()() % 500) - 20);
          break;
        case 4:
          mirror->update();
          break;
        case 5:
        case 6:
          mirror->remove();
          break;
        default:
          if (!transaction) break;
          if (!savepoint) {
            database->rows("SAVEPOINT s");
            savepoint = mirror->rows;
          } else if (mirror->random()() % 2 != 0) {
            database->rows("ROLLBACK TO s; RELEASE s");
            mirror->rows = *savepoint;
            savepoint.reset();
          } else {
            database->rows("RELEASE s");
            savepoint.reset();
          }
      }
    }
    ASSERT_NO_FATAL_FAILURE(mirror->check(7));
    if (transaction && mirror->random()() % 2 != 0) {
      database->rows("ROLLBACK");
      mirror->rows = before;
    } else if (transaction) {
      database->rows("COMMIT");
    }
    ASSERT_NO_FATAL_FAILURE(mirror->check(5));
    ASSERT_NO_FATAL_FAILURE(mirror->check(1000));
    ASSERT_NO_FATAL_FAILURE(mirror->check_contents());
    if (round % 10 == 9) {
      auto rows = std::move(mirror->rows);
      mirror.reset();
      database = open();
      mirror = std::make_unique<Mirror>(*database, GetParam(), static_cast<unsigned>(round));
      mirror->rows = std::move(rows);
    }
  }
  database->rows("DELETE FROM t");
  EXPECT_EQ(database->row("SELECT (SELECT count(*) FROM t_rows), (SELECT count(*) FROM t_blocks), "
                          "(SELECT count(*) FROM t_codes)"),
            "0|0|0");
  mirror.reset();
  database.reset();
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(Knn, EveryCase, ::testing::ValuesIn(kCases));

}  // namespace
}  // namespace edgepack::vec
