// The kernels that make codes and compare packed numbers: every set gives the bits of the scalar
// one.

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "vec/kernels/kernels.h"

namespace edgepack::vec::kernels {
namespace {

class EverySetOfKernels : public ::testing::TestWithParam<const KernelSet*> {
 protected:
  const KernelSet& set() const { return *GetParam(); }
  static const KernelSet& scalar() { return *usable().front(); }
};

INSTANTIATE_TEST_SUITE_P(Kernels, EverySetOfKernels, ::testing::ValuesIn(usable()),
                         [](const auto& set) { return std::string(set.param->name); });

TEST_P(EverySetOfKernels, CodesAreTheBitsOfTheScalarSet) {
  std::mt19937_64 generator(11);
  std::normal_distribution<double> normal;
  for (const std::size_t count : {1U, 2U, 3U, 4U, 7U, 8U, 9U, 16U, 31U, 32U, 33U, 64U, 100U, 128U,
                                  384U, 768U, 1000U, 4096U}) {
    std::vector<double> elements(count);
    for (double& element : elements) element = normal(generator);
    elements[count / 2] = count % 3 == 0 ? 0.0 : -3.5;
    elements.front() = count % 2 == 0 ? -0.0 : 1.0;
    const auto check = [&](auto kernel) { EXPECT_EQ(kernel(set()), kernel(scalar())) << count; };
    if (std::has_single_bit(count)) {
      std::vector<std::uint64_t> signs((count + 63) / 64);
      for (std::uint64_t& word : signs) word = generator();
      check([&](const KernelSet& kernels) {
        std::vector<double> rotated = elements;
        kernels.hadamard(rotated.data(), count, signs.data());
        std::vector<std::uint64_t> bits;
        for (const double element : rotated) bits.push_back(std::bit_cast<std::uint64_t>(element));
        return bits;
      });
    }
    check([&](const KernelSet& kernels) {
      const Extent extent = kernels.extent(elements.data(), count);
      return std::pair(extent.largest, extent.norm_squared);
    });
    for (const double inverse : {0.0, 1.0, 40.0, 1e6}) {
      // Nothing is written behind the last element.
      std::vector<std::int8_t> code(count + 1, 99);
      check([&](const KernelSet& kernels) {
        const QuantizedSums sums = kernels.quantize(elements.data(), count, inverse, code.data());
        return std::tuple(sums.norm_squared, sums.along, code);
      });
      EXPECT_EQ(code.back(), 99);
      check([&](const KernelSet& kernels) {
        return kernels.dropped_squared(elements.data(), code.data(), count, 0.025);
      });
    }
  }
}

template <class T>
void check_between(const KernelSet& set) {
  std::mt19937 random(7);
  constexpr T kGreatest = std::numeric_limits<T>::max();
  constexpr T kHalf = kGreatest / 2;
  for (std::size_t count = 0; count <= 200; count += count % 3 + 1) {
    std::vector<T> values(count);
    for (T& value : values) {
      const T near[] = {0, kHalf, kHalf + 1, kGreatest};
      value = static_cast<T>(near[random() % 4] + random() % 5 - 2);
    }
    const T ends[] = {0, 1, 3, kHalf - 1, kHalf, kHalf + 2, kGreatest - 1, kGreatest};
    for (const T from : ends) {
      for (const T to : ends) {
        if (to < from) continue;
        std::vector<std::uint64_t> expected((count + 63) / 64, 0x8000000000000001);
        std::vector<std::uint64_t> found = expected;
        for (std::size_t i = 0; i < count; ++i) {
          if (from <= values[i] && values[i] <= to) {
            expected[i / 64] |= std::uint64_t{1} << (i % 64);
          }
        }
        set.between({values.data(), sizeof(T), count}, from, to, found.data());
        ASSERT_EQ(found, expected) << sizeof(T) << ' ' << count;
      }
    }
  }
}

TEST_P(EverySetOfKernels, BetweenFindsTheSameValues) {
  check_between<std::uint8_t>(set());
  check_between<std::uint16_t>(set());
  check_between<std::uint32_t>(set());
  check_between<std::uint64_t>(set());
}

}  // namespace
}  // namespace edgepack::vec::kernels
