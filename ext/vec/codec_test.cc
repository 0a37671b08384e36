#include "vec/codec.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "vec/distance.h"

namespace edgepack::vec {
namespace {

using Floats = std::vector<float>;

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
    case Metric::kCosine:
      return static_cast<double>(1 - dot / (std::sqrt(norm_q) * std::sqrt(norm_x)));
    default:
      return static_cast<double>(std::sqrt(sum));
  }
}

/// Codes of rows as a block holds them.
struct Coded {
  Coded(Metric metric, const std::vector<Floats>& rows) {
    dimensions = rows.front().size();
    codes.resize(rows.size() * dimensions);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const CodeScalars scalars = encode(metric, view_of(rows[r]), codes.data() + r * dimensions);
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

/// Vectors that make arithmetic difficult.
class Generator {
 public:
  explicit Generator(std::size_t dimensions) : dimensions_(dimensions) {}

  Floats next() {
    switch (random_() % 12) {
      case 0:
        return filled([] { return 0.0F; });
      case 1: {  // one giant component
        Floats v = filled([this] { return normal(); });
        v[random_() % dimensions_] = std::ldexp(1.0F, static_cast<int>(random_() % 120));
        return v;
      }
      case 2:  // huge
        return filled([this] { return std::copysign(3e38F, normal()); });
      case 3:  // denormal
        return filled([this] { return static_cast<float>(random_() % 300) * 1.4e-45F; });
      case 4:  // tiny
        return filled([this] { return normal() * 1e-35F; });
      case 5: {  // all equal
        const float value = normal();
        return filled([value] { return value; });
      }
      case 6:  // of every magnitude
        return filled(
            [this] { return std::ldexp(normal(), static_cast<int>(random_() % 240) - 120); });
      case 7:  // sparse
        return filled([this] { return random_() % 20 == 0 ? normal() : 0.0F; });
      case 8: {  // very near to the last one
        Floats v = last_.empty() ? filled([this] { return normal(); }) : last_;
        float& element = v[random_() % dimensions_];
        element = std::nextafter(element, 1e30F);
        return v;
      }
      case 9:  // the last one again
        if (!last_.empty()) return last_;
        [[fallthrough]];
      case 10: {  // a multiple of the last one: cosine near zero
        Floats v = last_;
        if (v.empty()) v = filled([this] { return normal(); });
        for (float& element : v) element *= 0.37F;
        return v;
      }
      default:
        last_ = filled([this] { return normal(); });
        return last_;
    }
  }

 private:
  float normal() { return distribution_(random_); }
  Floats filled(auto element) {
    Floats v(dimensions_);
    std::generate(v.begin(), v.end(), element);
    return v;
  }

  std::size_t dimensions_;
  std::mt19937 random_{7};
  std::normal_distribution<float> distribution_;
  Floats last_;
};

class Bounds : public ::testing::TestWithParam<const kernels::KernelSet*> {
 protected:
  void SetUp() override { kernels::force(GetParam()->name); }
  void TearDown() override { kernels::force(""); }
};

TEST_P(Bounds, HoldTheTrueDistance) {
  int checked = 0;
  for (const std::size_t dimensions : {1U, 2U, 3U, 8U, 15U, 31U, 64U, 100U, 384U, 768U, 1000U}) {
    Generator generator(dimensions);
    std::vector<Floats> rows(150);
    for (Floats& row : rows) row = generator.next();
    for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kL1}) {
      const Coded coded(metric, rows);
      std::vector<double> lower(rows.size());
      std::vector<double> upper(rows.size());
      for (std::size_t q = 0; q < rows.size(); q += 7) {
        const CodeQuery query(metric, view_of(rows[q]));
        query.bounds(coded.view(), lower.data(), upper.data());
        for (std::size_t r = 0; r < rows.size(); ++r) {
          ASSERT_GE(lower[r], 0);
          ASSERT_FALSE(std::isnan(upper[r]));
          const double expected = std::max(truth(metric, rows[q], rows[r]), 0.0);
          const double found = distance(metric, view_of(rows[q]), view_of(rows[r]));
          ASSERT_EQ(std::isnan(expected), std::isnan(found));
          if (std::isnan(expected)) continue;
          for (const double d : {expected, found}) {
            ASSERT_LE(lower[r], d) << dimensions << " dimensions, metric "
                                   << static_cast<int>(metric) << ", " << q << " against " << r;
            ASSERT_GE(upper[r], d) << dimensions << " dimensions, metric "
                                   << static_cast<int>(metric) << ", " << q << " against " << r;
          }
          ++checked;
        }
      }
    }
  }
  EXPECT_GT(checked, 60000);
}

TEST_P(Bounds, AreTightForOrdinaryVectors) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<Floats> rows(100, Floats(768));
  for (Floats& row : rows) std::generate(row.begin(), row.end(), [&] { return normal(random); });
  for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kL1}) {
    const Coded coded(metric, rows);
    std::vector<double> lower(rows.size());
    std::vector<double> upper(rows.size());
    CodeQuery(metric, view_of(rows[0])).bounds(coded.view(), lower.data(), upper.data());
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
  const Coded coded(Metric::kCosine, rows);
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

INSTANTIATE_TEST_SUITE_P(Codec, Bounds, ::testing::ValuesIn(kernels::usable()),
                         [](const auto& set) { return std::string(set.param->name); });

TEST(Encode, DescribesItsCode) {
  const Floats elements = {0.5F, -1.0F, 0.25F, 1.0F, 0.0F};
  std::int8_t code[5];
  const CodeScalars scalars = encode(Metric::kL2, view_of(elements), code);
  EXPECT_EQ(code[1], -127);
  EXPECT_EQ(code[3], 127);
  EXPECT_EQ(code[4], 0);
  std::int32_t norm = 0;
  double dropped = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    norm += code[i] * code[i];
    const double difference = double{elements[i]} - double{scalars.scale} * code[i];
    dropped += difference * difference;
  }
  EXPECT_EQ(scalars.norm_squared, norm);
  EXPECT_GE(double{scalars.residual}, std::sqrt(dropped));
  EXPECT_NEAR(double{scalars.residual}, std::sqrt(dropped), 1e-9);
}

}  // namespace
}  // namespace edgepack::vec
