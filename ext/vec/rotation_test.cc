#include "vec/rotation.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace edgepack::vec {
namespace {

using Elements = std::vector<double>;

long double dot(const Elements& a, const Elements& b) {
  long double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<long double>(a[i]) * static_cast<long double>(b[i]);
  }
  return sum;
}

Elements rotated(Elements elements) {
  rotate(elements);
  return elements;
}

TEST(Rotation, KeepsLengthsAndInnerProducts) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  for (const std::size_t dimensions :
       {1U, 2U, 3U, 5U, 8U, 63U, 64U, 65U, 100U, 384U, 768U, 1024U, 1536U, 3072U, 16384U}) {
    for (int round = 0; round < 5; ++round) {
      Elements a(dimensions);
      Elements b(dimensions);
      for (double& element : a)
        element = std::ldexp(normal(random), static_cast<int>(random() % 60));
      for (double& element : b) element = normal(random);
      const long double scale = std::sqrt(dot(a, a) * dot(b, b));
      const auto allowed = scale * std::ldexp(static_cast<double>(dimensions) + 32, -52);
      EXPECT_LE(std::fabs(dot(rotated(a), rotated(b)) - dot(a, b)), allowed) << dimensions;
      EXPECT_LE(std::fabs(dot(rotated(a), rotated(a)) / dot(a, a) - 1), allowed / scale)
          << dimensions;
    }
  }
}

TEST(Rotation, SpreadsOneGiantElementOverTheVector) {
  for (const std::size_t dimensions : {64U, 100U, 384U, 768U, 1000U, 1024U, 1536U}) {
    for (const std::size_t giant : {std::size_t{0}, dimensions / 2, dimensions - 1}) {
      Elements elements(dimensions);
      elements[giant] = 1;
      rotate(elements);
      double largest = 0;
      for (const double element : elements) largest = std::max(largest, std::fabs(element));
      EXPECT_LT(largest * std::sqrt(static_cast<double>(dimensions)), 4.5)
          << giant << " of " << dimensions;
    }
  }
}

// Codes on disk depend on it: another rotation needs another format version.
TEST(Rotation, IsWhatTheFormatSays) {
  Elements elements = {1, 2, 3, 4, 5};
  rotate(elements);
  const Elements expected = {-5, 4, -3, -1, 2};
  EXPECT_EQ(elements, expected);
}

}  // namespace
}  // namespace edgepack::vec
