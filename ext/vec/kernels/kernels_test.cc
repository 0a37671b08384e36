#include "vec/kernels/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "vec/kernels/half.h"

namespace edgepack::vec::kernels {
namespace {

/// Memory whose last byte is followed by a page that cannot be read.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t pages = (size + page - 1) / page;
    length_ = (pages + 1) * page;
    base_ = static_cast<char*>(
        mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(base_ + pages * page, page, PROT_NONE) != 0) throw std::bad_alloc();
    data_ = base_ + pages * page - size;
  }
  ~GuardedBytes() { munmap(base_, length_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  char* data() const { return data_; }

 private:
  char* base_ = nullptr;
  char* data_ = nullptr;
  std::size_t length_ = 0;
};

template <class T>
T get(const char* base, std::size_t index) {
  T value;
  std::memcpy(&value, base + index * sizeof value, sizeof value);
  return value;
}

constexpr std::size_t kCount = 5;

/// A query and rows of random elements, of any alignment, with gaps between the rows that hold
/// garbage, and both ending where memory ends.
template <class Query, class Element>
struct Case {
  Case(std::mt19937& random, std::size_t size, auto query_element, auto row_element)
      : dimensions(size),
        stride(dimensions * sizeof(Element) + random() % 7),
        query_bytes(dimensions * sizeof(Query)),
        row_bytes(stride * (kCount - 1) + dimensions * sizeof(Element)) {
    for (std::size_t i = 0; i < stride * (kCount - 1) + dimensions * sizeof(Element); ++i) {
      row_bytes.data()[i] = static_cast<char>(random());
    }
    for (std::size_t i = 0; i < dimensions; ++i) {
      const Query value = query_element();
      std::memcpy(query_bytes.data() + i * sizeof value, &value, sizeof value);
      for (std::size_t r = 0; r < kCount; ++r) {
        const Element element = row_element();
        std::memcpy(row_bytes.data() + r * stride + i * sizeof element, &element, sizeof element);
      }
    }
  }

  const char* query() const { return query_bytes.data(); }
  const char* row(std::size_t r) const { return row_bytes.data() + r * stride; }
  Rows rows() const { return {row_bytes.data(), stride, kCount}; }

  std::size_t dimensions;
  std::size_t stride;
  GuardedBytes query_bytes;
  GuardedBytes row_bytes;
};

class EverySet : public ::testing::TestWithParam<const KernelSet*> {
 protected:
  const KernelSet& set() const { return *GetParam(); }
  const KernelSet& scalar() const { return *usable().front(); }

  /// Every size up to 260, then random ones up to 2049.
  std::vector<std::size_t> sizes() {
    std::vector<std::size_t> all;
    for (std::size_t size = 1; size <= 260; ++size) all.push_back(size);
    for (int i = 0; i < 100; ++i) all.push_back(1 + random() % 2049);
    all.push_back(16384);
    return all;
  }

  float random_float() {
    // Over many magnitudes, so that the order of additions shows.
    return std::ldexp(std::normal_distribution<float>()(random), static_cast<int>(random() % 20));
  }
  std::int8_t random_int8() { return static_cast<std::int8_t>(random()); }

  std::mt19937 random{20240229};
};

/// The sums of one float type: `element` makes the bits of a random one, `value` is what they mean.
template <class Bits>
void check_float_sums(std::mt19937& random, const std::vector<std::size_t>& sizes, auto element,
                      auto value, const FloatKernels& reference, const FloatKernels& set) {
  for (const std::size_t size : sizes) {
    const Case<Bits, Bits> data(random, size, element, element);
    const auto check = [&](const char* what, auto kernel, auto term) {
      double expected[kCount];
      double found[kCount];
      kernel(reference, expected);
      kernel(set, found);
      for (std::size_t r = 0; r < kCount; ++r) {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(found[r]), std::bit_cast<std::uint64_t>(expected[r]))
            << what << " of " << size;
        long double sum = 0;
        long double magnitude = 0;
        for (std::size_t i = 0; i < size; ++i) {
          const long double one =
              term(value(get<Bits>(data.query(), i)), value(get<Bits>(data.row(r), i)));
          sum += one;
          magnitude += std::fabs(one);
        }
        ASSERT_NEAR(found[r], static_cast<double>(sum), static_cast<double>(magnitude) * 1e-13)
            << what << " of " << size;
      }
    };
    check(
        "l2", [&](auto& s, double* out) { s.l2_squared(data.query(), data.rows(), size, out); },
        [](long double q, long double x) { return (q - x) * (q - x); });
    check(
        "l1", [&](auto& s, double* out) { s.l1(data.query(), data.rows(), size, out); },
        [](long double q, long double x) { return std::fabs(q - x); });
    check(
        "dot", [&](auto& s, double* out) { s.dot(data.query(), data.rows(), size, out); },
        [](long double q, long double x) { return q * x; });
    check(
        "norm", [&](auto& s, double* out) { s.norm_squared(data.rows(), size, out); },
        [](long double, long double x) { return x * x; });
  }
}

TEST_P(EverySet, Float32SumsAreTheBitsOfTheScalarSetAndRight) {
  check_float_sums<float>(
      random, sizes(), [this] { return random_float(); }, [](float x) { return double{x}; },
      scalar().float32, set().float32);
}

/// What the bits of a float type mean, from the definition of IEEE 754.
double meaning(std::uint16_t bits, int fraction_bits, int bias) {
  const int exponent = (bits & 0x7FFF) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}
double meaning_of_float16(std::uint16_t bits) { return meaning(bits, 10, 15); }
double meaning_of_bfloat16(std::uint16_t bits) { return meaning(bits, 7, 127); }

TEST_P(EverySet, Float16SumsAreTheBitsOfTheScalarSetAndRight) {
  // Of every magnitude, denormals too, but finite.
  const auto element = [this] {
    std::uint16_t bits = 0;
    do bits = static_cast<std::uint16_t>(random());
    while ((bits & 0x7C00) == 0x7C00);
    return bits;
  };
  check_float_sums<std::uint16_t>(random, sizes(), element, meaning_of_float16, scalar().float16,
                                  set().float16);
}

TEST_P(EverySet, BFloat16SumsAreTheBitsOfTheScalarSetAndRight) {
  const auto element = [this] { return narrow_bfloat16(double{random_float()}); };
  check_float_sums<std::uint16_t>(random, sizes(), element, meaning_of_bfloat16, scalar().bfloat16,
                                  set().bfloat16);
}

TEST_P(EverySet, HalvesHaveEveryValueTheyMean) {
  const auto check = [](const FloatKernels& kernels, auto meaning_of, std::uint16_t infinity) {
    for (unsigned bits = 0; bits <= 0xFFFF; ++bits) {
      const auto element = static_cast<std::uint16_t>(bits);
      const std::uint16_t zero = 0;
      double distance = 0;
      kernels.l1(&element, {&zero, 0, 1}, 1, &distance);
      const std::uint16_t magnitude = element & 0x7FFF;
      if (magnitude > infinity) {
        ASSERT_TRUE(std::isnan(distance)) << bits;
      } else if (magnitude == infinity) {
        ASSERT_EQ(distance, std::numeric_limits<double>::infinity()) << bits;
      } else {
        ASSERT_EQ(distance, std::fabs(meaning_of(element))) << bits;
      }
    }
  };
  check(set().float16, meaning_of_float16, 0x7C00);
  check(set().bfloat16, meaning_of_bfloat16, 0x7F80);
}

TEST_P(EverySet, Float32KeepsInfinitiesAndHugeValues) {
  const float largest = std::numeric_limits<float>::max();
  const float query[3] = {largest, 0, 0};
  const float row[3] = {-largest, 0, 0};
  double out = 0;
  set().float32.l2_squared(query, {row, 0, 1}, 3, &out);
  EXPECT_EQ(out, 4 * double{largest} * double{largest});
  const float infinite[3] = {std::numeric_limits<float>::infinity(), 0, 0};
  set().float32.l1(query, {infinite, 0, 1}, 3, &out);
  EXPECT_EQ(out, std::numeric_limits<double>::infinity());
}

TEST_P(EverySet, Int8SumsAreExact) {
  const auto element = [this] { return random_int8(); };
  const auto lowest = [] { return std::int8_t{-128}; };
  const auto highest = [] { return std::int8_t{127}; };
  const auto check_case = [&](const Case<std::int8_t, std::int8_t>& data) {
    const auto check = [&](const char* what, auto kernel, auto term) {
      std::int32_t found[kCount];
      kernel(found);
      for (std::size_t r = 0; r < kCount; ++r) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < data.dimensions; ++i) {
          sum +=
              term(int{get<std::int8_t>(data.query(), i)}, int{get<std::int8_t>(data.row(r), i)});
        }
        ASSERT_EQ(found[r], sum) << what << " of " << data.dimensions;
      }
    };
    check(
        "l2",
        [&](auto* out) { set().l2_squared_i8(data.query(), data.rows(), data.dimensions, out); },
        [](int q, int x) { return (q - x) * (q - x); });
    check(
        "l1", [&](auto* out) { set().l1_i8(data.query(), data.rows(), data.dimensions, out); },
        [](int q, int x) { return std::abs(q - x); });
    check(
        "dot", [&](auto* out) { set().dot_i8(data.query(), data.rows(), data.dimensions, out); },
        [](int q, int x) { return q * x; });
    check(
        "norm", [&](auto* out) { set().norm_squared_i8(data.rows(), data.dimensions, out); },
        [](int, int x) { return x * x; });
  };
  for (const std::size_t size : sizes()) check_case({random, size, element, element});
  check_case({random, 16384, lowest, highest});
  check_case({random, 16384, highest, lowest});
  check_case({random, 16384, lowest, lowest});
}

TEST_P(EverySet, CountsOfBitsAreExact) {
  const auto element = [this] { return static_cast<std::uint8_t>(random()); };
  for (const std::size_t size : sizes()) {
    const Case<std::uint8_t, std::uint8_t> data(random, size, element, element);
    std::int32_t differing[kCount];
    std::int32_t both[kCount];
    std::int32_t either[kCount];
    set().hamming(data.query(), data.rows(), size, differing);
    set().jaccard(data.query(), data.rows(), size, both, either);
    for (std::size_t r = 0; r < kCount; ++r) {
      int expected_differing = 0;
      int expected_both = 0;
      int expected_either = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const unsigned q = get<std::uint8_t>(data.query(), i);
        const unsigned x = get<std::uint8_t>(data.row(r), i);
        expected_differing += std::popcount(q ^ x);
        expected_both += std::popcount(q & x);
        expected_either += std::popcount(q | x);
      }
      ASSERT_EQ(differing[r], expected_differing) << size;
      ASSERT_EQ(both[r], expected_both) << size;
      ASSERT_EQ(either[r], expected_either) << size;
    }
  }
}

TEST_P(EverySet, DotOfInt16IsExactUpToItsLimit) {
  for (const std::size_t size : sizes()) {
    // As large as the contract allows: the absolute values sum to less than 2^24.
    const int limit = std::min(32767, 16777215 / static_cast<int>(size));
    const Case<std::int16_t, std::int8_t> data(
        random, size,
        [&] {
          return static_cast<std::int16_t>(
              std::uniform_int_distribution<int>(-limit, limit)(random));
        },
        [this] { return random_int8(); });
    std::int32_t found[kCount];
    set().dot_i16_i8(data.query(), data.rows(), size, found);
    for (std::size_t r = 0; r < kCount; ++r) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < size; ++i) {
        sum += get<std::int16_t>(data.query(), i) * get<std::int8_t>(data.row(r), i);
      }
      ASSERT_EQ(found[r], sum) << size;
    }
  }
}

TEST_P(EverySet, SplitCodesHoldWhatTheWholeOnesDo) {
  for (const std::size_t size : sizes()) {
    const std::size_t bytes = (size + 1) / 2;
    const int limit = std::min(32767, 16777215 / static_cast<int>(size));
    std::vector<std::int16_t> query(2 * bytes, 0);
    std::vector<std::int8_t> coarse_query(2 * bytes, 0);
    for (std::size_t i = 0; i < size; ++i) {
      query[i] =
          static_cast<std::int16_t>(std::uniform_int_distribution<int>(-limit, limit)(random));
      coarse_query[i] =
          static_cast<std::int8_t>(std::uniform_int_distribution<int>(-127, 127)(random));
    }
    const GuardedBytes words(query.size() * sizeof(std::int16_t));
    const GuardedBytes octets(coarse_query.size());
    const GuardedBytes upper(kCount * bytes);
    const GuardedBytes lower(kCount * bytes);
    std::memcpy(words.data(), query.data(), query.size() * sizeof(std::int16_t));
    std::memcpy(octets.data(), coarse_query.data(), coarse_query.size());
    std::int64_t expected[kCount] = {};
    std::int64_t expected_upper[kCount] = {};
    for (std::size_t r = 0; r < kCount; ++r) {
      std::vector<std::int8_t> code(size);
      for (std::int8_t& c : code) {
        c = static_cast<std::int8_t>(std::uniform_int_distribution<int>(-127, 127)(random));
      }
      CoarseSums sums = {0, 0};
      for (std::size_t i = 0; i < size; ++i) {
        const int nibble = (code[i] + 128) / 16;
        sums.along += code[i] * (2 * nibble - 15);
        sums.norm_squared += (2 * nibble - 15) * (2 * nibble - 15);
        expected[r] += query[i] * code[i];
        expected_upper[r] += coarse_query[i] * nibble;
      }
      const CoarseSums found = set().split_code(
          code.data(), size, reinterpret_cast<std::uint8_t*>(upper.data() + r * bytes),
          reinterpret_cast<std::uint8_t*>(lower.data() + r * bytes));
      ASSERT_EQ(found.along, sums.along) << size;
      ASSERT_EQ(found.norm_squared, sums.norm_squared) << size;
    }
    std::int32_t dots[kCount];
    set().dot_i16_split(words.data(), {upper.data(), bytes, kCount}, {lower.data(), bytes, kCount},
                        bytes, dots);
    for (std::size_t r = 0; r < kCount; ++r) ASSERT_EQ(dots[r], expected[r]) << size;
    set().dot_i8_upper(octets.data(), {upper.data(), bytes, kCount}, bytes, dots);
    for (std::size_t r = 0; r < kCount; ++r) ASSERT_EQ(dots[r], expected_upper[r]) << size;
  }
}

TEST_P(EverySet, ReachingFindsTheRowsOfTheScalarSet) {
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<float> scales(count), residuals(count), norms(count);
    std::vector<std::int32_t> dots(count);
    for (std::size_t r = 0; r < count; ++r) {
      scales[r] = std::fabs(random_float());
      residuals[r] =
          r % 9 == 8 ? std::numeric_limits<float>::infinity() : std::fabs(random_float());
      norms[r] = std::fabs(random_float());
      dots[r] = static_cast<std::int32_t>(random() % 2000) - 1000;
    }
    const CoarseColumns rows = {scales.data(), residuals.data(), norms.data(), count};
    for (const double residual : {0.0, 3.0}) {
      const Reach reach = {
          .dot = 0.25, .offset = 17.5, .residual = residual, .norm_squared = -1, .least = 40};
      std::vector<std::uint32_t> found(count), expected(count);
      found.resize(set().reaching(reach, dots.data(), rows, found.data()));
      expected.resize(scalar().reaching(reach, dots.data(), rows, expected.data()));
      EXPECT_EQ(found, expected);
      // Nothing is known of a row whose residual is infinite.
      for (std::uint32_t r = 8; r < count; r += 9) {
        EXPECT_TRUE(std::count(found.begin(), found.end(), r) == 1);
      }
    }
  }
}

TEST_P(EverySet, L1OfCodesRoundsNoMoreThanAllowed) {
  for (const std::size_t size : sizes()) {
    const Case<float, std::int8_t> data(
        random, size, [this] { return random_float(); }, [this] { return random_int8(); });
    float scales[kCount];
    for (float& scale : scales) scale = std::fabs(random_float()) / 64;
    float found[kCount];
    set().l1_f32_i8(data.query(), data.rows(), scales, size, found);
    for (std::size_t r = 0; r < kCount; ++r) {
      double sum = 0;
      double magnitude = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const double q = double{get<float>(data.query(), i)};
        const double x = double{scales[r]} * get<std::int8_t>(data.row(r), i);
        sum += std::fabs(q - x);
        magnitude += std::fabs(q) + std::fabs(x);
      }
      ASSERT_NEAR(double{found[r]}, sum,
                  std::ldexp(static_cast<double>(size) + 3, -24) * (sum + magnitude))
          << size;
    }
  }
}

TEST_P(EverySet, AtMostFindsTheSamePlaces) {
  constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kGreatest = std::numeric_limits<std::int32_t>::max();
  for (std::size_t count = 0; count <= 70; ++count) {
    std::vector<std::int32_t> values(count);
    for (std::int32_t& value : values) value = static_cast<std::int32_t>(random() % 9) - 4;
    if (count > 2) values[count - 1] = kGreatest;
    if (count > 2) values[count - 2] = kLeast;
    for (const std::int32_t limit : {kLeast, -5, -1, 0, 3, 4, kGreatest}) {
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (values[i] <= limit) expected.push_back(i);
      }
      std::vector<std::uint32_t> found(count);
      found.resize(set().at_most(limit, values.data(), count, found.data()));
      EXPECT_EQ(found, expected);
    }
  }
}

TEST_P(EverySet, BoundsAreTheBitsOfTheScalarSet) {
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<float> scales(count);
    std::vector<float> residuals(count);
    std::vector<std::int32_t> norms(count);
    std::vector<std::int32_t> dots(count);
    for (std::size_t r = 0; r < count; ++r) {
      scales[r] = std::fabs(random_float());
      residuals[r] =
          r % 9 == 8 ? std::numeric_limits<float>::infinity() : std::fabs(random_float());
      norms[r] = static_cast<std::int32_t>(random() % 100000000);
      dots[r] = static_cast<std::int32_t>(random());
    }
    const CodedQuery query = {
        .scale = 0.37, .norm_squared = 1e12, .residual = 0.01, .norm = 1e6, .rounding = 1e-12};
    const CodedRows rows = {scales.data(), residuals.data(), norms.data(), count};
    const auto check = [&](auto kernel) {
      std::vector<double> lower(count);
      std::vector<double> upper(count);
      std::vector<double> expected_lower(count);
      std::vector<double> expected_upper(count);
      kernel(set(), lower.data(), upper.data());
      kernel(scalar(), expected_lower.data(), expected_upper.data());
      EXPECT_EQ(lower, expected_lower);
      EXPECT_EQ(upper, expected_upper);
      return std::pair(lower, upper);
    };
    const auto [lower, upper] = check([&](const KernelSet& kernels, double* low, double* high) {
      kernels.l2_bounds(query, dots.data(), rows, low, high);
    });
    for (std::size_t r = 8; r < count; r += 9) {
      EXPECT_EQ(lower[r], 0);
      EXPECT_EQ(upper[r], std::numeric_limits<double>::infinity());
    }
    for (std::size_t r = 4; r < count; r += 9) norms[r] = dots[r] = 0;  // a zero code
    const auto [low_dot, high_dot] =
        check([&](const KernelSet& kernels, double* low, double* high) {
          kernels.dot_bounds(query, dots.data(), rows, low, high);
        });
    for (std::size_t r = 8; r < count; r += 9) {
      EXPECT_EQ(low_dot[r], -std::numeric_limits<double>::infinity());
      EXPECT_EQ(high_dot[r], std::numeric_limits<double>::infinity());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, EverySet, ::testing::ValuesIn(usable()),
                         [](const auto& set) { return std::string(set.param->name); });

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  const auto check = [](auto narrow, auto meaning_of, std::uint16_t infinity) {
    for (std::uint16_t bits = 0; bits < infinity; ++bits) {
      const double value = meaning_of(bits);
      ASSERT_EQ(narrow(value), bits);
      ASSERT_EQ(narrow(-value), bits | 0x8000);
      // The value after the largest would be the one from which on all is infinity.
      const auto next = static_cast<std::uint16_t>(bits + 1);
      const double middle = (value + meaning_of(next)) / 2;
      ASSERT_EQ(narrow(middle), bits % 2 == 0 ? bits : next);
      ASSERT_EQ(narrow(std::nextafter(middle, 0.0)), bits);
      ASSERT_EQ(narrow(std::nextafter(middle, 1e300)), next);
    }
    ASSERT_EQ(narrow(1e300), infinity);
    ASSERT_EQ(narrow(-std::numeric_limits<double>::infinity()), infinity | 0x8000);
    ASSERT_GT(narrow(std::nan("")) & 0x7FFF, infinity);
    ASSERT_EQ(narrow(5e-324), 0);
  };
  check(narrow_float16, meaning_of_float16, 0x7C00);
  check(narrow_bfloat16, meaning_of_bfloat16, 0x7F80);
}

}  // namespace
}  // namespace edgepack::vec::kernels
