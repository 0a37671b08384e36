// The kernels as templates over one instruction set. No include guard: each file that is compiled
// for an instruction set includes this once, after defining `xsimd` as a name of its own and `Isa`.
//
// Isa names an xsimd architecture and gives what xsimd has no word for:
//   Arch                                        the xsimd architecture
//   widen(p)            batch<double, Arch>     that many float32 at p
//   widen_float16(p), widen_bfloat16(p)         that many of these at p
//   widen_integers(p)   batch<double, Arch>     that many int32 at p
//   floats_of_codes(p)  batch<float, Arch>      that many int8 at p
//   Words, kWords                               a register of int16, and how many it holds
//   words_of_bytes(p), words(p)                 kWords int8, kWords int16 at p
//   subtract(a, b), absolute(a), ones()         of int16
//   Sums, zero(), add(a, b), total(a)           a register of int32 and the sum of its lanes
//   add_products(sums, a, b)                    adds the products of int16 to the lanes
//   kBytes, bits(p)                             a register of bits, with & | ^, and its bytes
//   Counts, no_counts(), total_count(counts)    the same for counting bits
//   add_count(counts, bits)                     adds the number of bits that are set
// and may give
//   total_counts(counts, out)                   total_count() of eight, where that is faster

#include <cmath>
#include <cstring>
#include <limits>

#include "vec/kernels/read_ahead.h"

namespace edgepack::vec::kernels {
namespace {

using Doubles = xsimd::batch<double, Isa::Arch>;
using Floats = xsimd::batch<float, Isa::Arch>;

const char* row_at(const Rows& rows, std::size_t index) {
  return static_cast<const char*>(rows.data) + index * rows.stride;
}

/// The last `size` bytes of a vector, with zeros behind them up to a whole step.
template <std::size_t step>
struct Tail {
  Tail(const void* end, std::size_t size) {
    std::memcpy(bytes, static_cast<const char*>(end) - size, size);
  }
  alignas(64) char bytes[step] = {};
};

// Floating point, summed in double.

struct Float32 {
  static constexpr std::size_t kBytes = 4;
  static Doubles widen(const char* p) { return Isa::widen(p); }
};
struct Float16 {
  static constexpr std::size_t kBytes = 2;
  static Doubles widen(const char* p) { return Isa::widen_float16(p); }
};
struct BFloat16 {
  static constexpr std::size_t kBytes = 2;
  static Doubles widen(const char* p) { return Isa::widen_bfloat16(p); }
};

template <class Element, class Term>
double sum_floats(const char* query, const char* row, std::size_t dimensions, Term term) {
  constexpr std::size_t kRegisters = kLanes / Doubles::size;
  constexpr std::size_t kStep = kLanes * Element::kBytes;
  Doubles sums[kRegisters];
  for (Doubles& sum : sums) sum = Doubles(0.0);
  const auto add_step = [&sums, term](const char* q, const char* x) {
    for (std::size_t i = 0; i < kRegisters; ++i) {
      const std::size_t offset = i * Doubles::size * Element::kBytes;
      sums[i] += term(Element::widen(q + offset), Element::widen(x + offset));
    }
  };
  const std::size_t bytes = dimensions * Element::kBytes;
  std::size_t offset = 0;
  for (; offset + kStep <= bytes; offset += kStep) add_step(query + offset, row + offset);
  if (offset < bytes) {
    // Zeros on both sides add a zero, whatever the term.
    const Tail<kStep> query_tail(query + bytes, bytes - offset);
    const Tail<kStep> row_tail(row + bytes, bytes - offset);
    add_step(query_tail.bytes, row_tail.bytes);
  }
  double lanes[kLanes];
  for (std::size_t i = 0; i < kRegisters; ++i) sums[i].store_unaligned(lanes + i * Doubles::size);
  return sum_lanes(lanes);
}

template <class Element, class Term>
void sum_rows_of_floats(const void* query, const Rows& rows, std::size_t dimensions, double* out,
                        Term term) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    out[r] =
        sum_floats<Element>(static_cast<const char*>(query), row_at(rows, r), dimensions, term);
  }
}

template <class Element>
void l2_squared(const void* query, Rows rows, std::size_t dimensions, double* out) {
  sum_rows_of_floats<Element>(query, rows, dimensions, out, [](Doubles q, Doubles x) {
    const Doubles difference = q - x;
    return difference * difference;
  });
}

template <class Element>
void l1(const void* query, Rows rows, std::size_t dimensions, double* out) {
  sum_rows_of_floats<Element>(query, rows, dimensions, out,
                              [](Doubles q, Doubles x) { return xsimd::abs(q - x); });
}

template <class Element>
void dot(const void* query, Rows rows, std::size_t dimensions, double* out) {
  sum_rows_of_floats<Element>(query, rows, dimensions, out,
                              [](Doubles q, Doubles x) { return q * x; });
}

template <class Element>
void norm_squared(Rows rows, std::size_t dimensions, double* out) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const char* row = row_at(rows, r);
    out[r] = sum_floats<Element>(row, row, dimensions, [](Doubles x, Doubles) { return x * x; });
  }
}

template <class Element>
constexpr FloatKernels make_float_kernels() {
  return {l2_squared<Element>, l1<Element>, dot<Element>, norm_squared<Element>};
}

// int8, exact in 32 bits.

/// Sums over one row. `add_step(sums, q, x)` takes pointers to kWords elements of each side; four
/// sums run side by side to hide the latency of an addition.
template <class Query, class AddStep>
std::int32_t sum_i8(const char* query, const char* row, std::size_t dimensions, AddStep add_step) {
  // Not a list: compilers may keep one in memory.
  auto first = Isa::zero();
  auto second = Isa::zero();
  auto third = Isa::zero();
  auto fourth = Isa::zero();
  const auto add = [&](typename Isa::Sums sums, std::size_t at) {
    return add_step(sums, query + at * sizeof(Query), row + at);
  };
  std::size_t i = 0;
  for (; i + 4 * Isa::kWords <= dimensions; i += 4 * Isa::kWords) {
    first = add(first, i);
    second = add(second, i + Isa::kWords);
    third = add(third, i + 2 * Isa::kWords);
    fourth = add(fourth, i + 3 * Isa::kWords);
  }
  for (; i + Isa::kWords <= dimensions; i += Isa::kWords) first = add(first, i);
  if (i < dimensions) {
    const std::size_t left = dimensions - i;
    const Tail<Isa::kWords * sizeof(Query)> query_tail(query + dimensions * sizeof(Query),
                                                       left * sizeof(Query));
    const Tail<Isa::kWords> row_tail(row + dimensions, left);
    second = add_step(second, query_tail.bytes, row_tail.bytes);
  }
  return Isa::total(Isa::add(Isa::add(first, second), Isa::add(third, fourth)));
}

template <class Query, class AddStep>
void sum_rows_i8(const void* query, const Rows& rows, std::size_t dimensions, std::int32_t* out,
                 AddStep add_step) {
  ReadAhead ahead(rows);
  for (std::size_t r = 0; r < rows.count; ++r) {
    ahead.pass(rows.stride);
    out[r] = sum_i8<Query>(static_cast<const char*>(query), row_at(rows, r), dimensions, add_step);
  }
}

void l2_squared_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_rows_i8<std::int8_t>(
      query, rows, dimensions, out, [](typename Isa::Sums sums, const char* q, const char* x) {
        const auto difference = Isa::subtract(Isa::words_of_bytes(q), Isa::words_of_bytes(x));
        return Isa::add_products(sums, difference, difference);
      });
}

void l1_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  const auto ones = Isa::ones();
  sum_rows_i8<std::int8_t>(
      query, rows, dimensions, out, [ones](typename Isa::Sums sums, const char* q, const char* x) {
        const auto difference = Isa::subtract(Isa::words_of_bytes(q), Isa::words_of_bytes(x));
        return Isa::add_products(sums, Isa::absolute(difference), ones);
      });
}

void dot_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_rows_i8<std::int8_t>(
      query, rows, dimensions, out, [](typename Isa::Sums sums, const char* q, const char* x) {
        return Isa::add_products(sums, Isa::words_of_bytes(q), Isa::words_of_bytes(x));
      });
}

void norm_squared_i8(Rows rows, std::size_t dimensions, std::int32_t* out) {
  for (std::size_t r = 0; r < rows.count; ++r) {
    const char* row = row_at(rows, r);
    out[r] = sum_i8<std::int8_t>(row, row, dimensions,
                                 [](typename Isa::Sums sums, const char*, const char* x) {
                                   const auto words = Isa::words_of_bytes(x);
                                   return Isa::add_products(sums, words, words);
                                 });
  }
}

void dot_i16_i8(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out) {
  sum_rows_i8<std::int16_t>(query, rows, dimensions, out,
                            [](typename Isa::Sums sums, const char* q, const char* x) {
                              return Isa::add_products(sums, Isa::words(q), Isa::words_of_bytes(x));
                            });
}

// Bits.

/// Shows `step` the query and the row in pieces of kBytes, the last filled up with zeros.
template <class Step>
void for_each_piece(const char* query, const char* row, std::size_t bytes, Step step) {
  const std::size_t whole = bytes / Isa::kBytes * Isa::kBytes;
  for (std::size_t i = 0; i < whole; i += Isa::kBytes) {
    step(Isa::bits(query + i), Isa::bits(row + i));
  }
  if (whole == bytes) return;
  const Tail<Isa::kBytes> query_tail(query + bytes, bytes - whole);
  const Tail<Isa::kBytes> row_tail(row + bytes, bytes - whole);
  step(Isa::bits(query_tail.bytes), Isa::bits(row_tail.bytes));
}

typename Isa::Counts count_different(const char* query, const char* row, std::size_t bytes) {
  auto counts = Isa::no_counts();
  for_each_piece(query, row, bytes,
                 [&counts](auto q, auto x) { counts = Isa::add_count(counts, q ^ x); });
  return counts;
}

template <class Set>
void store_totals(const typename Set::Counts (&counts)[8], std::int32_t* out) {
  if constexpr (requires { Set::total_counts(counts, out); }) {
    Set::total_counts(counts, out);
  } else {
    for (std::size_t i = 0; i < 8; ++i) out[i] = Set::total_count(counts[i]);
  }
}

void hamming(const void* query, Rows rows, std::size_t bytes, std::int32_t* out) {
  const char* q = static_cast<const char*>(query);
  const std::size_t whole = bytes / Isa::kBytes * Isa::kBytes;
  const Tail<Isa::kBytes> query_tail(q + bytes, bytes - whole);
  ReadAhead ahead(rows);
  std::size_t r = 0;
  for (; r + 8 <= rows.count; r += 8) {
    ahead.pass(8 * rows.stride);
    typename Isa::Counts counts[8];
    for (auto& count : counts) count = Isa::no_counts();
    for (std::size_t i = 0; i < whole; i += Isa::kBytes) {
      const auto piece = Isa::bits(q + i);
      for (std::size_t j = 0; j < 8; ++j) {
        counts[j] = Isa::add_count(counts[j], piece ^ Isa::bits(row_at(rows, r + j) + i));
      }
    }
    for (std::size_t j = 0; j < 8 && whole < bytes; ++j) {
      const Tail<Isa::kBytes> tail(row_at(rows, r + j) + bytes, bytes - whole);
      counts[j] = Isa::add_count(counts[j], Isa::bits(query_tail.bytes) ^ Isa::bits(tail.bytes));
    }
    store_totals<Isa>(counts, out + r);
  }
  for (; r < rows.count; ++r) out[r] = Isa::total_count(count_different(q, row_at(rows, r), bytes));
}

void jaccard(const void* query, Rows rows, std::size_t bytes, std::int32_t* both,
             std::int32_t* either) {
  ReadAhead ahead(rows);
  for (std::size_t r = 0; r < rows.count; ++r) {
    ahead.pass(rows.stride);
    auto in_both = Isa::no_counts();
    auto in_either = Isa::no_counts();
    for_each_piece(static_cast<const char*>(query), row_at(rows, r), bytes,
                   [&in_both, &in_either](auto q, auto x) {
                     in_both = Isa::add_count(in_both, q & x);
                     in_either = Isa::add_count(in_either, q | x);
                   });
    both[r] = Isa::total_count(in_both);
    either[r] = Isa::total_count(in_either);
  }
}

// Codes against a float32 query.

void l1_f32_i8(const void* query, Rows rows, const float* scales, std::size_t dimensions,
               float* out) {
  constexpr std::size_t kAtOnce = 4;
  const char* q = static_cast<const char*>(query);
  ReadAhead ahead(rows);
  for (std::size_t r = 0; r < rows.count; ++r) {
    ahead.pass(rows.stride);
    const char* row = row_at(rows, r);
    const Floats scale(scales[r]);
    Floats sums[kAtOnce];
    for (Floats& sum : sums) sum = Floats(0.0F);
    const auto add_step = [scale](Floats& sum, const char* elements, const char* codes) {
      const Floats element = Floats::load_unaligned(reinterpret_cast<const float*>(elements));
      sum += xsimd::abs(xsimd::fnma(scale, Isa::floats_of_codes(codes), element));
    };
    std::size_t i = 0;
    for (; i + kAtOnce * Floats::size <= dimensions; i += kAtOnce * Floats::size) {
      for (std::size_t s = 0; s < kAtOnce; ++s) {
        const std::size_t at = i + s * Floats::size;
        add_step(sums[s], q + at * sizeof(float), row + at);
      }
    }
    for (; i + Floats::size <= dimensions; i += Floats::size) {
      add_step(sums[0], q + i * sizeof(float), row + i);
    }
    if (i < dimensions) {
      const std::size_t left = dimensions - i;
      const Tail<Floats::size * sizeof(float)> query_tail(q + dimensions * sizeof(float),
                                                          left * sizeof(float));
      const Tail<Floats::size> row_tail(row + dimensions, left);
      add_step(sums[1], query_tail.bytes, row_tail.bytes);
    }
    float lanes[Floats::size];
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).store_unaligned(lanes);
    float sum = 0;
    for (const float lane : lanes) sum += lane;
    out[r] = sum;
  }
}

std::size_t at_most(std::int32_t limit, const std::int32_t* values, std::size_t count,
                    std::uint32_t* out) {
  using Integers = xsimd::batch<std::int32_t, Isa::Arch>;
  constexpr std::size_t kStep = Integers::size;
  const Integers most(limit);
  std::size_t found = 0;
  const auto add = [&](std::size_t i) {
    if (values[i] <= limit) out[found++] = static_cast<std::uint32_t>(i);
  };
  std::size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    if (xsimd::none(Integers::load_unaligned(values + i) <= most)) continue;
    for (std::size_t lane = 0; lane < kStep; ++lane) add(i + lane);
  }
  for (; i < count; ++i) add(i);
  return found;
}

// Bounds from codes.

/// What the bounds of every metric are made of, for as many rows as there are lanes.
struct CodedTerms {
  CodedTerms(const CodedQuery& query, const std::int32_t* dots, const CodedRows& rows)
      : residual(Isa::widen(reinterpret_cast<const char*>(rows.residuals))) {
    const Doubles scale = Isa::widen(reinterpret_cast<const char*>(rows.scales));
    norm_squared = scale * scale * Isa::widen_integers(rows.norms_squared);
    dot = Doubles(query.scale) * scale * Isa::widen_integers(dots);
  }

  Doubles residual;
  Doubles norm_squared;
  Doubles dot;
};

struct Bounds {
  Doubles lower;
  Doubles upper;
};

Bounds l2_bounds_of(const CodedQuery& query, const CodedTerms& row) {
  const Doubles zero(0.0);
  const Doubles squared = (Doubles(query.norm_squared) - Doubles(2.0) * row.dot) + row.norm_squared;
  const Doubles slack = Doubles(query.rounding) * (Doubles(query.norm_squared) + row.norm_squared);
  const Doubles margin = (Doubles(query.residual) + row.residual) * Doubles(1 + query.rounding);
  const Doubles low =
      xsimd::sqrt(xsimd::max(squared - slack, zero)) * Doubles(1 - query.rounding) - margin;
  const Doubles high =
      xsimd::sqrt(xsimd::max(squared, zero) + slack) * Doubles(1 + query.rounding) + margin;
  return {xsimd::max(low, zero) * Doubles(1 - query.rounding), high * Doubles(1 + query.rounding)};
}

Bounds dot_bounds_of(const CodedQuery& query, const CodedTerms& row) {
  const Doubles tiny(kTiny);
  const Doubles along_squared = row.dot * row.dot / xsimd::max(row.norm_squared, tiny);
  const Doubles across_squared =
      xsimd::max(Doubles(query.norm_squared) - along_squared, Doubles(0.0)) +
      Doubles(query.rounding * query.norm_squared);
  const Doubles length = xsimd::sqrt(row.norm_squared) + row.residual;
  const Doubles margin = ((xsimd::sqrt(across_squared) + tiny) * row.residual +
                          Doubles(kScaleRounding) * xsimd::abs(row.dot)) +
                         (Doubles(query.residual + query.rounding * query.norm) + tiny) * length;
  const Doubles widened = margin * Doubles(1 + query.rounding);
  return {Doubles(0.0) - row.dot - widened, widened - row.dot};
}

/// Writes bounds_of(query, terms) of all rows, the last ones filled up with zeros.
template <class BoundsOf>
void bounds_of_rows(const CodedQuery& query, const std::int32_t* dots, const CodedRows& rows,
                    double* lower, double* upper, BoundsOf bounds_of) {
  constexpr std::size_t kStep = Doubles::size;
  std::size_t r = 0;
  for (; r + kStep <= rows.count; r += kStep) {
    const CodedRows some = {rows.scales + r, rows.residuals + r, rows.norms_squared + r, kStep};
    const Bounds bounds = bounds_of(CodedTerms(query, dots + r, some));
    bounds.lower.store_unaligned(lower + r);
    bounds.upper.store_unaligned(upper + r);
  }
  const std::size_t left = rows.count - r;
  if (left == 0) return;
  float scales[kStep] = {};
  float residuals[kStep] = {};
  std::int32_t norms_squared[kStep] = {};
  std::int32_t some_dots[kStep] = {};
  std::memcpy(scales, rows.scales + r, left * sizeof(float));
  std::memcpy(residuals, rows.residuals + r, left * sizeof(float));
  std::memcpy(norms_squared, rows.norms_squared + r, left * sizeof(std::int32_t));
  std::memcpy(some_dots, dots + r, left * sizeof(std::int32_t));
  const Bounds bounds =
      bounds_of(CodedTerms(query, some_dots, {scales, residuals, norms_squared, kStep}));
  double some_lower[kStep];
  double some_upper[kStep];
  bounds.lower.store_unaligned(some_lower);
  bounds.upper.store_unaligned(some_upper);
  std::memcpy(lower + r, some_lower, left * sizeof(double));
  std::memcpy(upper + r, some_upper, left * sizeof(double));
}

void l2_bounds(const CodedQuery& query, const std::int32_t* dots, CodedRows rows, double* lower,
               double* upper) {
  bounds_of_rows(query, dots, rows, lower, upper,
                 [&query](const CodedTerms& row) { return l2_bounds_of(query, row); });
}

void dot_bounds(const CodedQuery& query, const std::int32_t* dots, CodedRows rows, double* lower,
                double* upper) {
  bounds_of_rows(query, dots, rows, lower, upper,
                 [&query](const CodedTerms& row) { return dot_bounds_of(query, row); });
}

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/between_simd.h"
#include "vec/kernels/code_simd.h"
#include "vec/kernels/split_simd.h"

namespace edgepack::vec::kernels {
namespace {

constexpr KernelSet make_set(const char* name) {
  return {
      .name = name,
      .float32 = make_float_kernels<Float32>(),
      .float16 = make_float_kernels<Float16>(),
      .bfloat16 = make_float_kernels<BFloat16>(),
      .l2_squared_i8 = l2_squared_i8,
      .l1_i8 = l1_i8,
      .dot_i8 = dot_i8,
      .norm_squared_i8 = norm_squared_i8,
      .hamming = hamming,
      .jaccard = jaccard,
      .dot_i16_i8 = dot_i16_i8,
      .l1_f32_i8 = l1_f32_i8,
      .l2_bounds = l2_bounds,
      .dot_bounds = dot_bounds,
      .hadamard = hadamard,
      .extent = extent,
      .quantize = quantize,
      .dropped_squared = dropped_squared,
      .split_code = split_code,
      .dot_i8_upper = dot_i8_upper,
      .dot_i16_split = dot_i16_split,
      .reaching = reaching,
      .at_most = at_most,
      .between = between,
  };
}

}  // namespace
}  // namespace edgepack::vec::kernels
