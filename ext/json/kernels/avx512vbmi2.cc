// AVX-512 with instructions that choose bytes: Intel processors since 2019, AMD since 2022.

#include <immintrin.h>

#include "json/kernels/sets.h"

namespace edgepack::json::kernels {
namespace {

/// Compilers keep masks where they are made and do arithmetic on them there, which is slow.
std::uint64_t in_general_register(std::uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

/// 64 bytes, where one instruction finds them.
struct alignas(64) Table {
  __m512i load() const { return _mm512_load_si512(of); }
  char of[64] = {};
};

/// `of_low_half` four times.
constexpr Table look_up_table(const char (&of_low_half)[17]) {
  Table table;
  for (int i = 0; i < 64; ++i) table.of[i] = of_low_half[i % 16];
  return table;
}
constexpr Table numbers_table() {
  Table table;
  for (int i = 0; i < 64; ++i) table.of[i] = static_cast<char>(i);
  return table;
}

constexpr Table kSpaces = look_up_table(" \0\0\0\0\0\0\0\0\t\n\0\0\r\0\0");
constexpr Table kMarks = look_up_table("\1\0\0\0\0\0\0\0\0\0:{,}\0\0");
constexpr Table kEscapeLetters = look_up_table("\1\0b\0t\0f\0\0\0\0\0\0\0n/");
constexpr Table kNumbers = numbers_table();

struct Isa {
  class Bytes {
   public:
    Bytes() : bytes_(_mm512_setzero_si512()) {}
    explicit Bytes(const char* p) : bytes_(_mm512_loadu_si512(p)) {}
    Bytes(const char* p, std::size_t count)
        : bytes_(
              _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), (std::uint64_t{1} << count) - 1, p)) {}

    void unite(const Bytes& more) { bytes_ = _mm512_or_si512(bytes_, more.bytes_); }
    std::uint64_t equal(char c) const { return equal(bytes_, _mm512_set1_epi8(c)); }
    std::uint64_t equal_folded(char c) const { return equal(folded(), _mm512_set1_epi8(c)); }
    // Looked up by the low half of the byte: only the one that belongs there is equal.
    std::uint64_t spaces() const {
      return equal(_mm512_shuffle_epi8(kSpaces.load(), bytes_), bytes_);
    }
    std::uint64_t marks() const {
      return equal(_mm512_shuffle_epi8(kMarks.load(), bytes_), folded());
    }
    // '"' and 'r' have the low half of 'b'.
    std::uint64_t escape_letters() const {
      return equal(_mm512_shuffle_epi8(kEscapeLetters.load(), bytes_), bytes_) | equal('"') |
             equal('r');
    }
    std::uint64_t controls() const { return below(bytes_, 0, 0x20); }
    std::uint64_t hex_digits() const { return digits() | below(folded(), 'a', 6); }
    std::uint64_t digits() const { return below(bytes_, '0', 10); }
    std::uint64_t lower_case() const {
      return in_general_register(_mm512_test_epi8_mask(bytes_, _mm512_set1_epi8(0x20)));
    }
    std::uint64_t non_ascii() const { return in_general_register(_mm512_movepi8_mask(bytes_)); }

    void store_chosen(std::uint64_t mask, std::uint32_t offset, std::uint32_t* positions,
                      char* chosen) const {
      const __m512i numbers = _mm512_maskz_compress_epi8(mask, kNumbers.load());
      store_narrow(mask, _mm512_permutexvar_epi8(numbers, bytes_), chosen);
      const __m512i base = _mm512_set1_epi32(static_cast<int>(offset));
      const auto store = [&](int part, __m128i sixteen) {
        _mm512_storeu_si512(positions + 16 * part,
                            _mm512_add_epi32(_mm512_cvtepu8_epi32(sixteen), base));
      };
      const int count = __builtin_popcountll(mask);
      store(0, _mm512_castsi512_si128(numbers));
      if (count > 16) store(1, _mm512_extracti32x4_epi32(numbers, 1));
      if (count > 32) store(2, _mm512_extracti32x4_epi32(numbers, 2));
      if (count > 48) store(3, _mm512_extracti32x4_epi32(numbers, 3));
    }

    void store_runs(std::uint64_t mask, bool, char* chosen) const {
      store_narrow(mask, _mm512_maskz_compress_epi8(mask, bytes_), chosen);
    }

   private:
    __m512i folded() const { return _mm512_or_si512(bytes_, _mm512_set1_epi8(0x20)); }
    /// There are rarely more than 32, and half a vector is stored in half the time.
    static void store_narrow(std::uint64_t mask, __m512i chosen, char* to) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_castsi512_si256(chosen));
      if (__builtin_popcountll(mask) > 32) _mm512_storeu_si512(to, chosen);
    }
    static std::uint64_t equal(__m512i a, __m512i b) {
      return in_general_register(_mm512_cmpeq_epi8_mask(a, b));
    }
    /// The bytes that are one of the `count` from `first` on.
    static std::uint64_t below(__m512i bytes, char first, char count) {
      const __m512i distance = first == 0 ? bytes : _mm512_sub_epi8(bytes, _mm512_set1_epi8(first));
      return in_general_register(_mm512_cmplt_epu8_mask(distance, _mm512_set1_epi8(count)));
    }

    __m512i bytes_;
  };

  static std::uint64_t prefix_xor(std::uint64_t mask) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(
        _mm_cvtsi64_si128(static_cast<long long>(mask)), _mm_set1_epi8(-1), 0)));
  }
};

}  // namespace
}  // namespace edgepack::json::kernels

#include "json/kernels/scanner_of_isa.h"

namespace edgepack::json::kernels {
constinit const Scanner kAvx512Vbmi2 = {.name = "avx512vbmi2", .scan = scan_piece};
}
