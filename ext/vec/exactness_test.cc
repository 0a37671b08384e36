// Attacks on the exactness of searches: vectors that make arithmetic difficult, of every type,
// under every metric and kernel set. Each answer is compared with the distance of every row, which
// codec_test and kernels_test compare with the definition.

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/distance.h"
#include "vec/kernels/kernels.h"
#include "vec/search.h"
#include "vec/testing/difficult_vectors.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using edgepack::testing::Database;
using sqlite::Statement;

struct Case {
  ElementType type;
  Metric metric;
};

constexpr Case kCases[] = {
    {ElementType::kFloat32, Metric::kL2},  {ElementType::kFloat32, Metric::kCosine},
    {ElementType::kFloat32, Metric::kL1},  {ElementType::kFloat32, Metric::kDot},
    {ElementType::kFloat16, Metric::kL2},  {ElementType::kFloat16, Metric::kCosine},
    {ElementType::kFloat16, Metric::kL1},  {ElementType::kFloat16, Metric::kDot},
    {ElementType::kBFloat16, Metric::kL2}, {ElementType::kBFloat16, Metric::kCosine},
    {ElementType::kBFloat16, Metric::kL1}, {ElementType::kBFloat16, Metric::kDot},
    {ElementType::kInt8, Metric::kL2},     {ElementType::kInt8, Metric::kCosine},
    {ElementType::kInt8, Metric::kL1},     {ElementType::kInt8, Metric::kDot},
    {ElementType::kBit, Metric::kHamming}, {ElementType::kBit, Metric::kJaccard},
};

constexpr const char* kMetricNames[] = {"l2", "cosine", "l1", "dot", "hamming", "jaccard"};
constexpr const char* kConstructors[] = {"vec_f32", "vec_f16", "vec_bf16", "vec_int8", "vec_bit"};

/// Difficult vectors of one type, every one or among clusters of ordinary ones; of int8 and bits
/// few different ones, so that distances repeat.
class Source {
 public:
  Source(ElementType type, std::size_t dimensions, bool among_clusters, unsigned seed)
      : type_(type),
        dimensions_(dimensions),
        among_clusters_(among_clusters),
        floats_(dimensions, seed),
        random_(seed) {
    for (testing::Floats& center : centers_) center = normals(1);
  }

  Vector next() {
    if (is_float(type_)) {
      const bool is_difficult = !among_clusters_ || random_() % 20 == 0;
      return testing::in_type(type_, is_difficult ? floats_.next() : clustered());
    }
    std::vector<std::byte> bytes(byte_size(type_, dimensions_));
    const auto kind = random_() % 4;
    for (std::byte& byte : bytes) {
      const auto bits = kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? 0x80 : random_();
      byte = static_cast<std::byte>(random_() % 5 == 0 ? 0 : bits);
    }
    return Vector::owned(type_, std::move(bytes));
  }

 private:
  testing::Floats normals(float deviation) {
    std::normal_distribution<float> normal(0, deviation);
    testing::Floats elements(dimensions_);
    for (float& element : elements) element = normal(random_);
    return elements;
  }
  testing::Floats clustered() {
    testing::Floats elements = normals(0.3F);
    const testing::Floats& center = centers_[random_() % std::size(centers_)];
    for (std::size_t i = 0; i < dimensions_; ++i) elements[i] += center[i];
    return elements;
  }

  ElementType type_;
  std::size_t dimensions_;
  bool among_clusters_;
  testing::DifficultVectors floats_;
  std::mt19937 random_;
  testing::Floats centers_[50];
};

/// Asks for the k nearest and compares with the distances of all rows. Rowids count from 1.
void check(Database& database, const Case& c, const std::vector<Vector>& rows, const Vector& query,
           std::size_t k) {
  std::vector<Neighbor> expected;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    expected.push_back(
        {distance(c.metric, query.view(), rows[r].view()), static_cast<sqlite3_int64>(r) + 1});
  }
  std::sort(expected.begin(), expected.end(), comes_before);
  if (expected.size() > k) expected.resize(k);
  Statement find(database, std::string("SELECT rowid, distance FROM t WHERE v MATCH ") +
                               kConstructors[static_cast<std::size_t>(c.type)] + "(?) AND k = ?");
  find.bind(1, query.bytes()).bind(2, static_cast<sqlite3_int64>(k));
  std::size_t i = 0;
  for (; find.step(); ++i) {
    ASSERT_LT(i, expected.size());
    ASSERT_EQ(find.column_integer(0), expected[i].rowid) << "place " << i;
    if (std::isnan(expected[i].distance)) {
      ASSERT_EQ(find.column_type(1), SQLITE_NULL);
    } else {
      ASSERT_EQ(find.column_real(1), reported(expected[i].distance));
    }
  }
  ASSERT_EQ(i, expected.size());
}

class Exactness : public ::testing::TestWithParam<Case> {
 protected:
  void TearDown() override { kernels::force(""); }
};

/// Fills a table with `count` rows of a source and asks for what is near to `queries` more of them,
/// under every kernel set.
void attack(const Case& c, std::size_t size, bool among_clusters, std::size_t count, int queries) {
  const std::size_t dimensions = c.type == ElementType::kBit ? (size + 7) / 8 * 8 : size;
  Source source(c.type, dimensions, among_clusters, static_cast<unsigned>(size));
  Database database(register_vec);
  database.rows(std::string("CREATE VIRTUAL TABLE t USING vec0(v ") + name_of(c.type) + "[" +
                std::to_string(dimensions) + "] distance_metric=" +
                kMetricNames[static_cast<std::size_t>(c.metric)] + "); BEGIN");
  std::vector<Vector> rows;
  Statement insert(database, std::string("INSERT INTO t(v) VALUES (") +
                                 kConstructors[static_cast<std::size_t>(c.type)] + "(?))");
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(source.next());
    insert.bind(1, rows.back().bytes()).run();
  }
  database.rows("COMMIT");
  if (std::getenv("EDGEPACK_LONG_TESTS") != nullptr) queries *= 20;
  for (const kernels::KernelSet* set : kernels::usable()) {
    kernels::force(set->name);
    for (int q = 0; q < queries; ++q) {
      SCOPED_TRACE(std::to_string(dimensions) + " dimensions, query " + std::to_string(q) +
                   " under " + set->name);
      const Vector query = source.next();
      const std::size_t k = q % 5 == 0 ? 1 : q % 5 == 1 ? count / 3 : 10;
      ASSERT_NO_FATAL_FAILURE(check(database, c, rows, query, k));
    }
  }
}

TEST_P(Exactness, HoldsForDifficultVectors) {
  for (const std::size_t size : {1U, 2U, 5U, 16U, 67U, 256U}) {
    ASSERT_NO_FATAL_FAILURE(attack(GetParam(), size, false, 400, 12));
  }
}

TEST_P(Exactness, HoldsAtTheMostDimensions) { attack(GetParam(), 16384, false, 40, 2); }

TEST_P(Exactness, HoldsForDifficultVectorsAmongOrdinaryOnes) {
  for (const std::size_t size : {65U, 384U}) {
    ASSERT_NO_FATAL_FAILURE(attack(GetParam(), size, true, 2000, 6));
  }
}

INSTANTIATE_TEST_SUITE_P(Vec, Exactness, ::testing::ValuesIn(kCases), [](const auto& tested) {
  return std::string(name_of(tested.param.type)) + "_" +
         kMetricNames[static_cast<std::size_t>(tested.param.metric)];
});

}  // namespace
}  // namespace edgepack::vec
