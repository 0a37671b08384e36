// AVX2 with FMA and F16C: x86-64 processors since about 2013.

// A name of its own for what this file compiles of xsimd: see sets.h.
#define xsimd edgepack_xsimd_avx2
#include <xsimd/xsimd.hpp>

#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Isa {
  using Arch = xsimd::fma3<xsimd::avx2>;
  using Words = __m256i;
  using Sums = __m256i;
  using Counts = __m256i;
  static constexpr std::size_t kWords = 16;
  static constexpr std::size_t kBytes = 32;

  static __m128i load_quarter(const void* p) {
    return _mm_loadl_epi64(static_cast<const __m128i*>(p));
  }
  static __m128i load_half(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
  }
  static __m256i load(const char* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }

  static xsimd::batch<double, Arch> widen(const char* p) {
    return _mm256_cvtps_pd(_mm_castsi128_ps(load_half(p)));
  }
  static xsimd::batch<double, Arch> widen_float16(const char* p) {
    return _mm256_cvtps_pd(_mm_cvtph_ps(load_quarter(p)));
  }
  static xsimd::batch<double, Arch> widen_bfloat16(const char* p) {
    const __m128i wide = _mm_slli_epi32(_mm_cvtepu16_epi32(load_quarter(p)), 16);
    return _mm256_cvtps_pd(_mm_castsi128_ps(wide));
  }
  static xsimd::batch<double, Arch> widen_integers(const std::int32_t* p) {
    return _mm256_cvtepi32_pd(load_half(p));
  }
  static xsimd::batch<float, Arch> floats_of_codes(const char* p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(load_quarter(p)));
  }

  static Words words_of_bytes(const char* p) { return _mm256_cvtepi8_epi16(load_half(p)); }
  static Words words(const char* p) { return load(p); }
  static Words ones() { return _mm256_set1_epi16(1); }
  static Words subtract(Words a, Words b) { return _mm256_sub_epi16(a, b); }
  static Words absolute(Words a) { return _mm256_abs_epi16(a); }

  static __m128i codes_of_nibbles(__m128i upper, __m128i lower) {
    return _mm_xor_si128(_mm_or_si128(upper, lower), _mm_set1_epi8(-128));
  }
  static Words words_of_low_nibbles(const char* upper, const char* lower) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    const __m128i u = _mm_slli_epi16(_mm_and_si128(load_half(upper), nibble), 4);
    return _mm256_cvtepi8_epi16(codes_of_nibbles(u, _mm_and_si128(load_half(lower), nibble)));
  }
  static Words words_of_high_nibbles(const char* upper, const char* lower) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    const __m128i u = _mm_andnot_si128(nibble, load_half(upper));
    const __m128i l = _mm_and_si128(_mm_srli_epi16(load_half(lower), 4), nibble);
    return _mm256_cvtepi8_epi16(codes_of_nibbles(u, l));
  }

  static Sums zero() { return _mm256_setzero_si256(); }
  static Sums add(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
  static Sums add_products(Sums sums, Words a, Words b) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
  }
  static Sums add_nibble_products(Sums sums, const char* p, const char* low, const char* high) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i bytes = load(p);
    const __m256i l = _mm256_and_si256(bytes, nibble);
    const __m256i h = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
    // Four products of at most 15 * 127 fit into 16 bits.
    return add_products(
        sums,
        _mm256_add_epi16(_mm256_maddubs_epi16(l, load(low)), _mm256_maddubs_epi16(h, load(high))),
        ones());
  }
  static std::int32_t total(Sums sums) {
    const __m128i quarter =
        _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    const __m128i halves = _mm_add_epi32(quarter, _mm_srli_si128(quarter, 8));
    return _mm_cvtsi128_si32(_mm_add_epi32(halves, _mm_srli_si128(halves, 4)));
  }

  static Counts no_counts() { return _mm256_setzero_si256(); }
  static __m256i bits(const char* p) { return load(p); }
  static Counts add_count(Counts counts, __m256i bits) {
    const __m256i bits_of_nibble =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(bits, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble));
    return _mm256_add_epi64(counts,
                            _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256()));
  }
  static std::int32_t total_count(Counts counts) {
    const __m128i halves =
        _mm_add_epi64(_mm256_castsi256_si128(counts), _mm256_extracti128_si256(counts, 1));
    return _mm_cvtsi128_si32(_mm_add_epi64(halves, _mm_srli_si128(halves, 8)));
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/simd.h"

namespace edgepack::vec::kernels {
constinit const KernelSet kAvx2 = make_set("avx2");
}
