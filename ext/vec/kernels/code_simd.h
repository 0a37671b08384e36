// Making codes, in double precision, in the compiler's own vectors of eight, which become the
// registers that there are. No include guard: see simd.h, which includes this.

namespace edgepack::vec::kernels {
namespace {

// By reference everywhere: how such vectors are passed depends on the instruction set.
using Eight = double __attribute__((vector_size(64)));
using EightWords = std::int64_t __attribute__((vector_size(64)));
using EightIntegers = std::int32_t __attribute__((vector_size(32)));

constexpr std::int64_t kSign = std::numeric_limits<std::int64_t>::min();

void load(const double* p, Eight& to) { std::memcpy(&to, p, sizeof to); }
void store(const Eight& from, double* p) { std::memcpy(p, &from, sizeof from); }

void flip(Eight& values, const EightWords& signs) {
  EightWords bits;
  std::memcpy(&bits, &values, sizeof bits);
  bits ^= signs;
  std::memcpy(&values, &bits, sizeof bits);
}

/// Sums and differences of elements that lie 1, 2 and 4 apart.
void add_pairs(Eight& v) {
  Eight other = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
  flip(v, EightWords{0, kSign, 0, kSign, 0, kSign, 0, kSign});
  v = other + v;
  other = __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
  flip(v, EightWords{0, 0, kSign, kSign, 0, 0, kSign, kSign});
  v = other + v;
  other = __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  flip(v, EightWords{0, 0, 0, 0, kSign, kSign, kSign, kSign});
  v = other + v;
}

/// Elements that lie `half` apart, and then those that lie twice as far.
void add_pairs_twice(double* elements, std::size_t count, std::size_t half) {
  for (std::size_t first = 0; first < count; first += 4 * half) {
    for (std::size_t i = first; i < first + half; i += 8) {
      Eight a, b, c, d;
      load(elements + i, a);
      load(elements + i + half, b);
      load(elements + i + 2 * half, c);
      load(elements + i + 3 * half, d);
      const Eight ab = a + b, a_b = a - b, cd = c + d, c_d = c - d;
      store(ab + cd, elements + i);
      store(a_b + c_d, elements + i + half);
      store(ab - cd, elements + i + 2 * half);
      store(a_b - c_d, elements + i + 3 * half);
    }
  }
}

void add_halves(double* elements, std::size_t count) {
  const std::size_t half = count / 2;
  for (std::size_t i = 0; i < half; i += 8) {
    Eight a, b;
    load(elements + i, a);
    load(elements + i + half, b);
    store(a + b, elements + i);
    store(a - b, elements + i + half);
  }
}

void hadamard_of_few(double* elements, std::size_t count, std::uint64_t signs) {
  for (std::size_t i = 0; i < count; ++i) {
    if ((signs >> i & 1) != 0) elements[i] = -elements[i];
  }
  for (std::size_t half = 1; half < count; half *= 2) {
    for (std::size_t i = 0; i < count; ++i) {
      if ((i & half) != 0) continue;
      const double low = elements[i];
      elements[i] = low + elements[i + half];
      elements[i + half] = low - elements[i + half];
    }
  }
  const double scale = 1 / std::sqrt(static_cast<double>(count));
  for (std::size_t i = 0; i < count; ++i) elements[i] *= scale;
}

void hadamard(double* elements, std::size_t count, const std::uint64_t* signs) {
  if (count < 8) return hadamard_of_few(elements, count, *signs);
  for (std::size_t i = 0; i < count; i += 8) {
    const auto bits = static_cast<std::int64_t>(signs[i / 64] >> (i % 64));
    EightWords flipped = EightWords{bits, bits, bits, bits, bits, bits, bits, bits};
    flipped = flipped << EightWords{63, 62, 61, 60, 59, 58, 57, 56};
    flipped &= EightWords{kSign, kSign, kSign, kSign, kSign, kSign, kSign, kSign};
    Eight v;
    load(elements + i, v);
    flip(v, flipped);
    add_pairs(v);
    store(v, elements + i);
  }
  std::size_t half = 8;
  for (; 4 * half <= count; half *= 4) add_pairs_twice(elements, count, half);
  if (2 * half <= count) add_halves(elements, count);
  const double scale = 1 / std::sqrt(static_cast<double>(count));
  for (std::size_t i = 0; i < count; i += 8) {
    Eight v;
    load(elements + i, v);
    store(v * scale, elements + i);
  }
}

double total_of(const Eight& sums) {
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/// The elements from `i` on; zeros behind the last.
void load_some(const double* elements, std::size_t count, std::size_t i, Eight& to) {
  if (i + 8 <= count) return load(elements + i, to);
  to = Eight{};
  std::memcpy(&to, elements + i, (count - i) * sizeof(double));
}

Extent extent(const double* elements, std::size_t count) {
  Eight squares = {};
  Doubles largest(0.0);
  for (std::size_t i = 0; i < count; i += 8) {
    Eight v;
    load_some(elements, count, i, v);
    squares += v * v;
    double eight[8];
    store(v, eight);
    for (std::size_t j = 0; j < 8; j += Doubles::size) {
      largest = xsimd::max(largest, xsimd::abs(Doubles::load_unaligned(eight + j)));
    }
  }
  double lanes[Doubles::size];
  largest.store_unaligned(lanes);
  double most = 0;
  for (const double lane : lanes) most = most < lane ? lane : most;
  return {most, total_of(squares)};
}

/// Codes are narrowed and widened so many at a time, in loops that compilers make vectors of.
constexpr std::size_t kCodesAtOnce = 64;

/// x * inverse, rounded half away from zero.
void round_steps(const Eight& v, double inverse, EightIntegers& to) {
  EightWords bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits &= EightWords{kSign, kSign, kSign, kSign, kSign, kSign, kSign, kSign};
  Eight half = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  flip(half, bits);
  // A conversion drops the fraction.
  to = __builtin_convertvector(v * inverse + half, EightIntegers);
}

QuantizedSums quantize(const double* elements, std::size_t count, double inverse,
                       std::int8_t* code) {
  Eight squares = {};
  Eight along = {};
  std::int32_t steps[kCodesAtOnce];
  for (std::size_t first = 0; first < count; first += kCodesAtOnce) {
    const std::size_t some = count - first < kCodesAtOnce ? count - first : kCodesAtOnce;
    for (std::size_t i = 0; i < some; i += 8) {
      Eight v;
      load_some(elements, count, first + i, v);
      EightIntegers rounded;
      round_steps(v, inverse, rounded);
      std::memcpy(steps + i, &rounded, sizeof rounded);
    }
    for (std::int32_t& step : steps) step = step < -127 ? -127 : step > 127 ? 127 : step;
    if (some == kCodesAtOnce) {
      for (std::size_t i = 0; i < kCodesAtOnce; ++i) {
        code[first + i] = static_cast<std::int8_t>(steps[i]);
      }
    } else {
      for (std::size_t i = 0; i < some; ++i) code[first + i] = static_cast<std::int8_t>(steps[i]);
    }
    for (std::size_t i = 0; i < some; i += 8) {
      Eight v;
      load_some(elements, count, first + i, v);
      EightIntegers integers;
      std::memcpy(&integers, steps + i, sizeof integers);
      const Eight step = __builtin_convertvector(integers, Eight);
      squares += step * step;
      along += v * step;
    }
  }
  return {total_of(squares), total_of(along)};
}

double dropped_squared(const double* elements, const std::int8_t* code, std::size_t count,
                       double scale) {
  Eight squares = {};
  std::int32_t steps[kCodesAtOnce] = {};
  for (std::size_t first = 0; first < count; first += kCodesAtOnce) {
    const std::size_t some = count - first < kCodesAtOnce ? count - first : kCodesAtOnce;
    if (some == kCodesAtOnce) {
      for (std::size_t i = 0; i < kCodesAtOnce; ++i) steps[i] = code[first + i];
    } else {
      for (std::size_t i = 0; i < kCodesAtOnce; ++i) steps[i] = i < some ? code[first + i] : 0;
    }
    for (std::size_t i = 0; i < some; i += 8) {
      Eight v;
      load_some(elements, count, first + i, v);
      EightIntegers integers;
      std::memcpy(&integers, steps + i, sizeof integers);
      const Eight dropped = v - __builtin_convertvector(integers, Eight) * scale;
      squares += dropped * dropped;
    }
  }
  return total_of(squares);
}

}  // namespace
}  // namespace edgepack::vec::kernels
