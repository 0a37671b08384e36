#include "vec/codec.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "vec/coarse_codes.h"
#include "vec/distance.h"
#include "vec/rotation.h"
#include "vec/testing/difficult_vectors.h"

namespace edgepack::vec {
namespace {

using testing::DifficultVectors;
using testing::Floats;

constexpr Metric kMetrics[] = {Metric::kL2, Metric::kCosine, Metric::kL1, Metric::kDot};

VectorView view_of(const Floats& elements) {
  return {ElementType::kFloat32, elements.size(), std::as_bytes(std::span(elements))};
}

/// The distance in long double, by the definition.
double truth(Metric metric, const Floats& q, const Floats& x) {
  long double sum = 0;
  long double dot = 0;
  long double norm_q = 0;
  long double norm_x = 0;
  for (std::size_t i = 0; i < q.size(); ++i) {
    const long double a = q[i];
    const long double b = x[i];
    sum += metric == Metric::kL1 ? std::fabs(a - b) : (a - b) * (a - b);
    dot += a * b;
    norm_q += a * a;
    norm_x += b * b;
  }
  switch (metric) {
    case Metric::kL1:
      return static_cast<double>(sum);
    case Metric::kDot:
      return static_cast<double>(-dot);
    case Metric::kCosine:
      return static_cast<double>(1 - dot / (std::sqrt(norm_q) * std::sqrt(norm_x)));
    default:
      return static_cast<double>(std::sqrt(sum));
  }
}

std::vector<Vector> in_type(ElementType type, const std::vector<Floats>& rows) {
  std::vector<Vector> vectors;
  for (const Floats& row : rows) vectors.push_back(testing::in_type(type, row));
  return vectors;
}

/// Codes of rows as a block holds them.
struct Coded {
  Coded(Metric metric, const std::vector<Vector>& rows) {
    dimensions = rows.front().dimensions();
    codes.resize(rows.size() * dimensions);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const CodeScalars scalars = encode(metric, rows[r].view(), codes.data() + r * dimensions);
      scales.push_back(scalars.scale);
      residuals.push_back(scalars.residual);
      norms_squared.push_back(scalars.norm_squared);
    }
  }
  CodeRows view() const {
    return {{codes.data(), dimensions, scales.size()},
            scales.data(),
            residuals.data(),
            norms_squared.data()};
  }

  std::size_t dimensions;
  std::vector<std::int8_t> codes;
  std::vector<float> scales;
  std::vector<float> residuals;
  std::vector<std::int32_t> norms_squared;
};

/// The same codes in two planes.
struct Split {
  Split(Metric metric, const Coded& coded)
      : whole(coded),
        plane(plane_size(coded.dimensions)),
        upper(coded.scales.size() * plane),
        lower(upper.size()) {
    for (std::size_t r = 0; r < coded.scales.size(); ++r) {
      const CoarseScalars scalars = coarse_scalars(
          metric, {coded.scales[r], coded.residuals[r], coded.norms_squared[r]},
          kernels::active().split_code(coded.codes.data() + r * coded.dimensions, coded.dimensions,
                                       upper.data() + r * plane, lower.data() + r * plane));
      scales.push_back(scalars.scale);
      residuals.push_back(scalars.residual);
      norms.push_back(scalars.norm);
    }
  }
  CodeRows codes() const {
    CodeRows rows = whole.view();
    rows.codes = {upper.data(), plane, scales.size()};
    rows.lower_nibbles = {lower.data(), plane, scales.size()};
    return rows;
  }
  CoarseRows coarse() const {
    return {{upper.data(), plane, scales.size()},
            scales.data(),
            residuals.data(),
            norms.data(),
            whole.residuals.data()};
  }

  const Coded& whole;
  std::size_t plane;
  std::vector<std::uint8_t> upper;
  std::vector<std::uint8_t> lower;
  std::vector<float> scales;
  std::vector<float> residuals;
  std::vector<float> norms;
};

class Bounds : public ::testing::TestWithParam<const kernels::KernelSet*> {
 protected:
  void SetUp() override { kernels::force(GetParam()->name); }
  void TearDown() override { kernels::force(""); }
};

/// Bounds of every row for every seventh as the query, against the truth and what distance() says.
int check_bounds(Metric metric, const std::vector<Vector>& rows) {
  int checked = 0;
  const Coded coded(metric, rows);
  std::vector<Floats> elements;
  for (const Vector& row : rows) elements.push_back(widened(row.view()));
  std::vector<double> lower(rows.size());
  std::vector<double> upper(rows.size());
  for (std::size_t q = 0; q < rows.size(); q += 7) {
    CodeQuery(metric, rows[q].view()).bounds(coded.view(), lower.data(), upper.data());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      SCOPED_TRACE(std::to_string(q) + " against " + std::to_string(r));
      EXPECT_FALSE(std::isnan(lower[r]));
      EXPECT_FALSE(std::isnan(upper[r]));
      double expected = truth(metric, elements[q], elements[r]);
      if (metric != Metric::kDot) {
        EXPECT_GE(lower[r], 0);
        expected = std::max(expected, 0.0);
      }
      const double found = distance(metric, rows[q].view(), rows[r].view());
      EXPECT_EQ(std::isnan(expected), std::isnan(found));
      if (std::isnan(expected)) continue;
      for (const double d : {expected, found}) {
        EXPECT_LE(lower[r], d);
        EXPECT_GE(upper[r], d);
      }
      if (::testing::Test::HasFailure()) return checked;
      ++checked;
    }
  }
  return checked;
}

/// Whole codes that were split say the same; their upper bits hold the distances that are known.
void check_coarse(Metric metric, const Vector& query, const Split& rows,
                  const std::vector<double>& distances) {
  const std::size_t count = distances.size();
  std::vector<double> lower(count), upper(count), split_lower(count), split_upper(count);
  const CodeQuery fine(metric, query.view());
  fine.bounds(rows.whole.view(), lower.data(), upper.data());
  fine.bounds(rows.codes(), split_lower.data(), split_upper.data());
  EXPECT_EQ(lower, split_lower);
  EXPECT_EQ(upper, split_upper);
  const CoarseQuery coarse(metric, query.view());
  if (!coarse.says_something()) return;
  std::vector<std::int32_t> dots(count);
  std::vector<std::uint32_t> admitted(count);
  coarse.dots(rows.coarse(), dots.data());
  for (std::size_t r = 0; r < count; ++r) {
    SCOPED_TRACE("against " + std::to_string(r));
    const DistanceBounds bounds = coarse.bounds(rows.coarse(), r, dots[r]);
    EXPECT_FALSE(std::isnan(bounds.lower));
    EXPECT_FALSE(std::isnan(bounds.upper));
    if (std::isnan(distances[r])) continue;
    EXPECT_LE(bounds.lower, distances[r]);
    EXPECT_GE(bounds.upper, distances[r]);
    // With its own distance as the limit, the row and all nearer ones are admitted.
    const std::size_t found =
        coarse.admitted(distances[r], rows.coarse(), dots.data(), admitted.data());
    std::size_t next = 0;
    for (std::size_t other = 0; other < count; ++other) {
      const bool is_in = next < found && admitted[next] == other;
      next += is_in ? 1 : 0;
      EXPECT_TRUE(is_in || !(distances[other] <= distances[r])) << "row " << other;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

TEST_P(Bounds, OfUpperBitsHoldTheTrueDistance) {
  for (const std::size_t dimensions : {1U, 2U, 3U, 15U, 64U, 101U, 384U, 768U}) {
    testing::DifficultVectors generator(dimensions, 7);
    std::vector<Floats> rows(120);
    for (Floats& row : rows) row = generator.next();
    const std::vector<Vector> vectors = in_type(ElementType::kFloat32, rows);
    for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kDot}) {
      const Coded coded(metric, vectors);
      const Split split(metric, coded);
      for (std::size_t q = 0; q < rows.size(); q += 5) {
        SCOPED_TRACE(std::to_string(dimensions) + " dimensions, metric " +
                     std::to_string(static_cast<int>(metric)) + ", query " + std::to_string(q));
        std::vector<double> distances;
        for (const Vector& row : vectors) {
          distances.push_back(distance(metric, vectors[q].view(), row.view()));
        }
        check_coarse(metric, vectors[q], split, distances);
        ASSERT_FALSE(HasFailure());
      }
    }
  }
}

/// Ordinary vectors far from the query are ruled out by half of their bits.
TEST_P(Bounds, OfUpperBitsRuleOutWhatIsFar) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  std::vector<Floats> rows(200, Floats(768));
  for (Floats& row : rows) std::generate(row.begin(), row.end(), [&] { return normal(random); });
  const std::vector<Vector> vectors = in_type(ElementType::kFloat32, rows);
  for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kDot}) {
    const Coded coded(metric, vectors);
    const Split split(metric, coded);
    const CoarseQuery query(metric, vectors[0].view());
    std::vector<std::int32_t> dots(rows.size());
    std::vector<std::uint32_t> admitted(rows.size());
    query.dots(split.coarse(), dots.data());
    const double far = distance(metric, vectors[0].view(), vectors[1].view());
    const double limit = metric == Metric::kDot ? -0.5 * 768 : far * 0.5;
    EXPECT_EQ(query.admitted(limit, split.coarse(), dots.data(), admitted.data()), 1u);
    const DistanceBounds bounds = query.bounds(split.coarse(), 1, dots[1]);
    EXPECT_GT(bounds.lower, metric == Metric::kDot ? -300 : far * 0.7);
    EXPECT_LT(bounds.upper, metric == Metric::kDot ? 300 : far * 1.3);
  }
}

TEST_P(Bounds, HoldTheTrueDistance) {
  int checked = 0;
  for (const std::size_t dimensions : {1U, 2U, 3U, 8U, 15U, 31U, 64U, 100U, 384U, 768U, 1000U}) {
    DifficultVectors generator(dimensions, 7);
    std::vector<Floats> rows(150);
    for (Floats& row : rows) row = generator.next();
    for (const ElementType type :
         {ElementType::kFloat32, ElementType::kFloat16, ElementType::kBFloat16}) {
      for (const Metric metric : kMetrics) {
        SCOPED_TRACE(std::to_string(dimensions) + " dimensions of " + name_of(type) + ", metric " +
                     std::to_string(static_cast<int>(metric)));
        checked += check_bounds(metric, in_type(type, rows));
        ASSERT_FALSE(HasFailure());
      }
    }
  }
  EXPECT_GT(checked, 300000);
}

TEST_P(Bounds, HoldAtTheMostDimensions) {
  DifficultVectors generator(16384, 7);
  std::vector<Floats> rows(24);
  for (Floats& row : rows) row = generator.next();
  for (const Metric metric : kMetrics) {
    EXPECT_GT(check_bounds(metric, in_type(ElementType::kFloat32, rows)), 50);
    ASSERT_FALSE(HasFailure()) << static_cast<int>(metric);
  }
}

TEST_P(Bounds, AreTightForOrdinaryVectors) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<Floats> rows(100, Floats(768));
  for (Floats& row : rows) std::generate(row.begin(), row.end(), [&] { return normal(random); });
  for (const Metric metric : kMetrics) {
    const Coded coded(metric, in_type(ElementType::kFloat32, rows));
    std::vector<double> lower(rows.size());
    std::vector<double> upper(rows.size());
    CodeQuery(metric, view_of(rows[0])).bounds(coded.view(), lower.data(), upper.data());
    if (metric == Metric::kDot) {
      // Against the product of the lengths; a vector and its own code lie in one direction.
      EXPECT_LT((upper[0] - lower[0]) / -lower[0], 1e-3);
      for (std::size_t r = 1; r < rows.size(); ++r) EXPECT_LT((upper[r] - lower[r]) / 768, 0.03);
      continue;
    }
    EXPECT_LT(upper[0], metric == Metric::kL1 ? 15 : 0.6);
    for (std::size_t r = 1; r < rows.size(); ++r) {
      const double width =
          (upper[r] - lower[r]) / distance(metric, view_of(rows[0]), view_of(rows[r]));
      EXPECT_LT(width, 0.04);
    }
  }
}

TEST_P(Bounds, SayNothingOfZeroVectorsUnderCosine) {
  const std::vector<Floats> rows = {Floats(5, 0.0F), Floats(5, 1.0F)};
  const Coded coded(Metric::kCosine, in_type(ElementType::kFloat32, rows));
  double lower[2];
  double upper[2];
  CodeQuery(Metric::kCosine, view_of(rows[1])).bounds(coded.view(), lower, upper);
  EXPECT_EQ(lower[0], 0);
  EXPECT_EQ(upper[0], std::numeric_limits<double>::infinity());
  EXPECT_LT(upper[1], 1e-3);
  CodeQuery(Metric::kCosine, view_of(rows[0])).bounds(coded.view(), lower, upper);
  for (int r = 0; r < 2; ++r) {
    EXPECT_EQ(lower[r], 0);
    EXPECT_EQ(upper[r], std::numeric_limits<double>::infinity());
  }
}

TEST_P(Bounds, OfTheInnerProductOfZeroVectorsAreZero) {
  const std::vector<Floats> rows = {Floats(5, 0.0F), Floats(5, 1.0F)};
  const Coded coded(Metric::kDot, in_type(ElementType::kFloat32, rows));
  double lower[2];
  double upper[2];
  for (int q = 0; q < 2; ++q) {
    CodeQuery(Metric::kDot, view_of(rows[static_cast<std::size_t>(q)]))
        .bounds(coded.view(), lower, upper);
    for (int r = 0; r < 2; ++r) {
      if (q == 1 && r == 1) continue;
      EXPECT_NEAR(lower[r], 0, 1e-100);
      EXPECT_NEAR(upper[r], 0, 1e-100);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Codec, Bounds, ::testing::ValuesIn(kernels::usable()),
                         [](const auto& set) { return std::string(set.param->name); });

TEST(Encode, DescribesItsCode) {
  const Floats elements = {0.5F, -1.0F, 0.25F, 1.0F, 0.0F};
  std::int8_t code[5];
  const CodeScalars scalars = encode(Metric::kL2, view_of(elements), code);
  std::vector<double> rotated(elements.begin(), elements.end());
  rotate(rotated);
  std::int32_t norm = 0;
  int largest = 0;
  double dropped = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    norm += code[i] * code[i];
    largest = std::max(largest, std::abs(code[i]));
    const double difference = rotated[i] - double{scalars.scale} * code[i];
    dropped += difference * difference;
  }
  EXPECT_EQ(largest, 127);
  EXPECT_EQ(scalars.norm_squared, norm);
  EXPECT_GE(double{scalars.residual}, std::sqrt(dropped));
  EXPECT_NEAR(double{scalars.residual}, std::sqrt(dropped), 1e-9);
}

}  // namespace
}  // namespace edgepack::vec
