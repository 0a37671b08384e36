// Every x86-64 processor.

// A name of its own for what this file compiles of xsimd: see sets.h.
#define xsimd edgepack_xsimd_sse2
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "vec/kernels/half.h"
#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Isa {
  using Arch = xsimd::sse2;
  using Words = __m128i;
  using Sums = __m128i;
  using Counts = __m128i;
  static constexpr std::size_t kWords = 8;
  static constexpr std::size_t kBytes = 16;

  static __m128i load(const char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static __m128i load_half(const void* p) {
    return _mm_loadl_epi64(static_cast<const __m128i*>(p));
  }

  static xsimd::batch<double, Arch> widen(const char* p) {
    return _mm_cvtps_pd(_mm_castsi128_ps(load_half(p)));
  }
  static xsimd::batch<double, Arch> widen_float16(const char* p) {
    std::uint16_t two[2];
    std::memcpy(two, p, sizeof two);
    return _mm_setr_pd(double{kernels::widen_float16(two[0])},
                       double{kernels::widen_float16(two[1])});
  }
  static xsimd::batch<double, Arch> widen_bfloat16(const char* p) {
    int two;
    std::memcpy(&two, p, sizeof two);
    const __m128i wide = _mm_unpacklo_epi16(_mm_setzero_si128(), _mm_cvtsi32_si128(two));
    return _mm_cvtps_pd(_mm_castsi128_ps(wide));
  }
  static xsimd::batch<double, Arch> widen_integers(const std::int32_t* p) {
    return _mm_cvtepi32_pd(load_half(p));
  }
  static xsimd::batch<float, Arch> floats_of_codes(const char* p) {
    int four;
    std::memcpy(&four, p, sizeof four);
    const __m128i bytes = _mm_cvtsi32_si128(four);
    const __m128i words = _mm_unpacklo_epi8(bytes, bytes);
    return _mm_cvtepi32_ps(_mm_srai_epi32(_mm_unpacklo_epi16(words, words), 24));
  }

  static Words words_of_bytes(const char* p) {
    const __m128i bytes = load_half(p);
    return _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
  }
  static Words words(const char* p) { return load(p); }
  static Words ones() { return _mm_set1_epi16(1); }
  static Words subtract(Words a, Words b) { return _mm_sub_epi16(a, b); }
  static Words absolute(Words a) { return _mm_max_epi16(a, _mm_sub_epi16(_mm_setzero_si128(), a)); }

  static Words words_of_nibbles(__m128i upper, __m128i lower) {
    const __m128i codes = _mm_xor_si128(_mm_or_si128(upper, lower), _mm_set1_epi8(-128));
    return _mm_srai_epi16(_mm_unpacklo_epi8(codes, codes), 8);
  }
  static Words words_of_low_nibbles(const char* upper, const char* lower) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    const __m128i u = _mm_slli_epi16(_mm_and_si128(load_half(upper), nibble), 4);
    return words_of_nibbles(u, _mm_and_si128(load_half(lower), nibble));
  }
  static Words words_of_high_nibbles(const char* upper, const char* lower) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    const __m128i u = _mm_andnot_si128(nibble, load_half(upper));
    const __m128i l = _mm_and_si128(_mm_srli_epi16(load_half(lower), 4), nibble);
    return words_of_nibbles(u, l);
  }

  static Sums zero() { return _mm_setzero_si128(); }
  static Sums add(Sums a, Sums b) { return _mm_add_epi32(a, b); }
  static Sums add_products(Sums sums, Words a, Words b) {
    return _mm_add_epi32(sums, _mm_madd_epi16(a, b));
  }
  static Sums add_nibble_products(Sums sums, const char* p, const char* low, const char* high) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    const __m128i zeros = _mm_setzero_si128();
    const __m128i bytes = load(p);
    const __m128i l = _mm_and_si128(bytes, nibble);
    const __m128i h = _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble);
    sums = add_products(sums, _mm_unpacklo_epi8(l, zeros), words_of_bytes(low));
    sums = add_products(sums, _mm_unpackhi_epi8(l, zeros), words_of_bytes(low + kWords));
    sums = add_products(sums, _mm_unpacklo_epi8(h, zeros), words_of_bytes(high));
    return add_products(sums, _mm_unpackhi_epi8(h, zeros), words_of_bytes(high + kWords));
  }
  static std::int32_t total(Sums sums) {
    const __m128i halves = _mm_add_epi32(sums, _mm_srli_si128(sums, 8));
    return _mm_cvtsi128_si32(_mm_add_epi32(halves, _mm_srli_si128(halves, 4)));
  }

  static Counts no_counts() { return _mm_setzero_si128(); }
  static __m128i bits(const char* p) { return load(p); }
  static Counts add_count(Counts counts, __m128i bits) {
    // Counts of 2, 4, then 8 bits side by side in each byte.
    const __m128i pairs = _mm_set1_epi8(0x55);
    const __m128i quads = _mm_set1_epi8(0x33);
    const __m128i nibble = _mm_set1_epi8(0x0F);
    bits = _mm_sub_epi8(bits, _mm_and_si128(_mm_srli_epi16(bits, 1), pairs));
    bits = _mm_add_epi8(_mm_and_si128(bits, quads), _mm_and_si128(_mm_srli_epi16(bits, 2), quads));
    bits = _mm_and_si128(_mm_add_epi8(bits, _mm_srli_epi16(bits, 4)), nibble);
    return _mm_add_epi64(counts, _mm_sad_epu8(bits, _mm_setzero_si128()));
  }
  static std::int32_t total_count(Counts counts) {
    return _mm_cvtsi128_si32(_mm_add_epi64(counts, _mm_srli_si128(counts, 8)));
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/simd.h"

namespace edgepack::vec::kernels {
constinit const KernelSet kSse2 = make_set("sse2");
}
