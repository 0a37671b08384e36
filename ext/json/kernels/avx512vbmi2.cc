// AVX-512 with instructions that choose bytes: Intel processors since 2019, AMD since 2022.

#include <immintrin.h>

#include "json/kernels/sets.h"

namespace edgepack::json::kernels {
namespace {

struct Isa {
  class Bytes {
   public:
    explicit Bytes(const char* p) : bytes_(_mm512_loadu_si512(p)) {}
    Bytes(const char* p, std::size_t count)
        : bytes_(
              _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), (std::uint64_t{1} << count) - 1, p)) {}

    std::uint64_t equal(char c) const {
      return _mm512_cmpeq_epi8_mask(bytes_, _mm512_set1_epi8(c));
    }
    std::uint64_t equal_folded(char c) const {
      return _mm512_cmpeq_epi8_mask(folded(), _mm512_set1_epi8(c));
    }
    // Looked up by the low half of the byte: only the one that belongs there is equal.
    std::uint64_t spaces() const {
      return _mm512_cmpeq_epi8_mask(
          look_up(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0)),
          bytes_);
    }
    std::uint64_t marks() const {
      return _mm512_cmpeq_epi8_mask(
          look_up(_mm_setr_epi8(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0)), folded());
    }
    std::uint64_t controls() const {
      return _mm512_cmplt_epu8_mask(bytes_, _mm512_set1_epi8(0x20));
    }
    std::uint64_t hex_digits() const {
      const auto below = [](__m512i bytes, char first, char count) {
        return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(first)),
                                      _mm512_set1_epi8(count));
      };
      return below(bytes_, '0', 10) | below(folded(), 'a', 6);
    }
    std::uint64_t non_ascii() const { return _mm512_movepi8_mask(bytes_); }

    void store_chosen(std::uint64_t mask, std::uint32_t offset, std::uint32_t* positions,
                      char* chosen) const {
      _mm512_storeu_si512(chosen, _mm512_maskz_compress_epi8(mask, bytes_));
      const __m512i numbers = _mm512_maskz_compress_epi8(mask, all_numbers());
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

   private:
    __m512i folded() const { return _mm512_or_si512(bytes_, _mm512_set1_epi8(0x20)); }
    __m512i look_up(__m128i of_low_half) const {
      return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(of_low_half), bytes_);
    }
    static __m512i all_numbers() {
      alignas(64) static constexpr struct Numbers {
        constexpr Numbers() {
          for (int i = 0; i < 64; ++i) of[i] = static_cast<char>(i);
        }
        char of[64] = {};
      } kNumbers;
      return _mm512_load_si512(kNumbers.of);
    }

    __m512i bytes_;
  };

  static std::uint32_t digits(const char* p) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm256_cmplt_epu8_mask(_mm256_sub_epi8(bytes, _mm256_set1_epi8('0')),
                                  _mm256_set1_epi8(10));
  }
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
