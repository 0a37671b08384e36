// Kernels over codes in two planes of four bits. Included by simd.h, which explains Isa. Beside
// what is named there, Isa gives:
//   add_nibble_products(sums, p, low, high)   adds, over kBytes bytes at p, the lower nibbles times
//                                             the int8 at low and the upper nibbles times those at
//                                             high
//   words_of_low_nibbles(upper, lower)        the codes in the lower nibbles of kWords bytes of
//   both
//                                             planes, as int16
//   words_of_high_nibbles(upper, lower)       the same of the upper nibbles

namespace edgepack::vec::kernels {
namespace {

CoarseSums split_code(const std::int8_t* code, std::size_t dimensions, std::uint8_t* upper,
                      std::uint8_t* lower) {
  const std::size_t bytes = (dimensions + 1) / 2;
  const std::size_t pairs = dimensions / 2;
  std::int32_t along = 0;
  std::int32_t norm_squared = 0;
  const auto add = [&](int element, int biased) {
    const int coarse = 2 * (biased >> 4) - 15;
    along += element * coarse;
    norm_squared += coarse * coarse;
  };
  for (std::size_t i = 0; i < pairs; ++i) {
    const int first = code[i] + 128;
    const int second = code[bytes + i] + 128;
    upper[i] = static_cast<std::uint8_t>((first >> 4) | (second & 0xF0));
    lower[i] = static_cast<std::uint8_t>((first & 0x0F) | ((second & 0x0F) << 4));
    add(code[i], first);
    add(code[bytes + i], second);
  }
  if (pairs < bytes) {
    const int last = code[pairs] + 128;
    upper[pairs] = static_cast<std::uint8_t>(last >> 4);
    lower[pairs] = static_cast<std::uint8_t>(last & 0x0F);
    add(code[pairs], last);
  }
  return {along, norm_squared};
}

void dot_i8_upper(const void* query, Rows upper, std::size_t bytes, std::int32_t* out) {
  const char* low = static_cast<const char*>(query);
  const char* high = low + bytes;
  const std::size_t whole = bytes / Isa::kBytes * Isa::kBytes;
  ReadAhead ahead(upper);
  for (std::size_t r = 0; r < upper.count; ++r) {
    ahead.pass(upper.stride);
    const char* row = row_at(upper, r);
    auto first = Isa::zero();
    auto second = Isa::zero();
    const auto add = [&](typename Isa::Sums sums, std::size_t at) {
      return Isa::add_nibble_products(sums, row + at, low + at, high + at);
    };
    std::size_t i = 0;
    for (; i + 2 * Isa::kBytes <= whole; i += 2 * Isa::kBytes) {
      first = add(first, i);
      second = add(second, i + Isa::kBytes);
    }
    if (i < whole) first = add(first, i);
    if (whole < bytes) {
      const Tail<Isa::kBytes> tail(row + bytes, bytes - whole);
      const Tail<Isa::kBytes> low_tail(low + bytes, bytes - whole);
      const Tail<Isa::kBytes> high_tail(high + bytes, bytes - whole);
      second = Isa::add_nibble_products(second, tail.bytes, low_tail.bytes, high_tail.bytes);
    }
    out[r] = Isa::total(Isa::add(first, second));
  }
}

void dot_i16_split(const void* query, Rows upper, Rows lower, std::size_t bytes,
                   std::int32_t* out) {
  const char* low = static_cast<const char*>(query);
  const char* high = low + bytes * sizeof(std::int16_t);
  ReadAhead ahead(upper);
  ReadAhead ahead_of_lower(lower);
  for (std::size_t r = 0; r < upper.count; ++r) {
    ahead.pass(upper.stride);
    ahead_of_lower.pass(lower.stride);
    const char* upper_row = row_at(upper, r);
    const char* lower_row = row_at(lower, r);
    typename Isa::Sums sums[2] = {Isa::zero(), Isa::zero()};
    const auto add_step = [&sums](const char* u, const char* l, const char* q, const char* p) {
      sums[0] = Isa::add_products(sums[0], Isa::words(q), Isa::words_of_low_nibbles(u, l));
      sums[1] = Isa::add_products(sums[1], Isa::words(p), Isa::words_of_high_nibbles(u, l));
    };
    std::size_t i = 0;
    for (; i + Isa::kWords <= bytes; i += Isa::kWords) {
      add_step(upper_row + i, lower_row + i, low + i * sizeof(std::int16_t),
               high + i * sizeof(std::int16_t));
    }
    if (i < bytes) {
      const std::size_t left = bytes - i;
      const std::size_t left_words = left * sizeof(std::int16_t);
      const Tail<Isa::kWords> upper_tail(upper_row + bytes, left);
      const Tail<Isa::kWords> lower_tail(lower_row + bytes, left);
      const Tail<2 * Isa::kWords> low_tail(low + bytes * sizeof(std::int16_t), left_words);
      const Tail<2 * Isa::kWords> high_tail(high + bytes * sizeof(std::int16_t), left_words);
      add_step(upper_tail.bytes, lower_tail.bytes, low_tail.bytes, high_tail.bytes);
    }
    out[r] = Isa::total(Isa::add(sums[0], sums[1]));
  }
}

std::size_t reaching(const Reach& reach, const std::int32_t* dots, CoarseColumns rows,
                     std::uint32_t* out) {
  constexpr std::size_t kStep = Doubles::size;
  const Doubles offset(reach.offset);
  const Doubles dot(reach.dot);
  const Doubles residual(reach.residual);
  const Doubles norm_squared(reach.norm_squared);
  const Doubles least(reach.least);
  std::size_t found = 0;
  std::size_t r = 0;
  for (; r + kStep <= rows.count; r += kStep) {
    const auto widen = [r](const float* column) {
      return Isa::widen(reinterpret_cast<const char*>(column + r));
    };
    const Doubles norm = widen(rows.norms);
    const Doubles value = dot * (widen(rows.scales) * (Isa::widen_integers(dots + r) - offset)) +
                          (residual * widen(rows.residuals) + norm_squared * norm * norm);
    const auto below = value < least;
    if (xsimd::all(below)) continue;
    double values[kStep];
    value.store_unaligned(values);
    for (std::size_t i = 0; i < kStep; ++i) {
      if (!(values[i] < reach.least)) out[found++] = static_cast<std::uint32_t>(r + i);
    }
  }
  for (; r < rows.count; ++r) {
    const double norm = rows.norms[r];
    const double value =
        reach.dot * (double{rows.scales[r]} * (dots[r] - reach.offset)) +
        (reach.residual * double{rows.residuals[r]} + reach.norm_squared * norm * norm);
    if (!(value < reach.least)) out[found++] = static_cast<std::uint32_t>(r);
  }
  return found;
}

}  // namespace
}  // namespace edgepack::vec::kernels
