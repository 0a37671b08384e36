// What the two AVX-512 sets share. Included once by each, after defining `xsimd`: see simd.h.

namespace edgepack::vec::kernels {
namespace {

/// AVX-512 F and BW, as far as they do not differ in the newer set.
struct Avx512 {
  using Arch = xsimd::avx512bw;
  using Words = __m512i;
  using Sums = __m512i;
  using Counts = __m512i;
  static constexpr std::size_t kWords = 32;
  static constexpr std::size_t kBytes = 64;

  static __m128i load_quarter(const void* p) {
    return _mm_loadu_si128(static_cast<const __m128i*>(p));
  }
  static __m256i load_half(const void* p) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(p));
  }
  static __m512i load(const char* p) { return _mm512_loadu_si512(p); }

  static xsimd::batch<double, Arch> widen(const char* p) {
    return _mm512_cvtps_pd(_mm256_castsi256_ps(load_half(p)));
  }
  static xsimd::batch<double, Arch> widen_float16(const char* p) {
    return _mm512_cvtps_pd(_mm256_cvtph_ps(load_quarter(p)));
  }
  static xsimd::batch<double, Arch> widen_bfloat16(const char* p) {
    const __m256i wide = _mm256_slli_epi32(_mm256_cvtepu16_epi32(load_quarter(p)), 16);
    return _mm512_cvtps_pd(_mm256_castsi256_ps(wide));
  }
  static xsimd::batch<double, Arch> widen_integers(const std::int32_t* p) {
    return _mm512_cvtepi32_pd(load_half(p));
  }
  static xsimd::batch<float, Arch> floats_of_codes(const char* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load_quarter(p)));
  }

  static Words words_of_bytes(const char* p) { return _mm512_cvtepi8_epi16(load_half(p)); }
  static Words words(const char* p) { return load(p); }
  static Words ones() { return _mm512_set1_epi16(1); }
  static Words subtract(Words a, Words b) { return _mm512_sub_epi16(a, b); }
  static Words absolute(Words a) { return _mm512_abs_epi16(a); }

  static __m256i codes_of_nibbles(__m256i upper, __m256i lower) {
    const __m256i code = _mm256_or_si256(upper, lower);
    return _mm256_xor_si256(code, _mm256_set1_epi8(-128));
  }
  static Words words_of_low_nibbles(const char* upper, const char* lower) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i u = _mm256_slli_epi16(_mm256_and_si256(load_half(upper), nibble), 4);
    return _mm512_cvtepi8_epi16(codes_of_nibbles(u, _mm256_and_si256(load_half(lower), nibble)));
  }
  static Words words_of_high_nibbles(const char* upper, const char* lower) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i u = _mm256_andnot_si256(nibble, load_half(upper));
    const __m256i l = _mm256_and_si256(_mm256_srli_epi16(load_half(lower), 4), nibble);
    return _mm512_cvtepi8_epi16(codes_of_nibbles(u, l));
  }
  static __m512i low_nibbles(__m512i bytes) {
    return _mm512_and_si512(bytes, _mm512_set1_epi8(0x0F));
  }
  static __m512i high_nibbles(__m512i bytes) { return low_nibbles(_mm512_srli_epi16(bytes, 4)); }

  static Sums zero() { return _mm512_setzero_si512(); }
  static Sums add(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
  static std::int32_t total(Sums sums) { return _mm512_reduce_add_epi32(sums); }

  static __m512i bits(const char* p) { return load(p); }
  static Counts no_counts() { return _mm512_setzero_si512(); }
  static std::int32_t total_count(Counts counts) {
    return static_cast<std::int32_t>(_mm512_reduce_add_epi64(counts));
  }
  /// Adds neighbouring lanes of two registers, then neighbouring quarters: a third of the work of
  /// eight sums of their own.
  static void total_counts(const Counts (&counts)[8], std::int32_t* out) {
    const auto add_lanes = [](Counts a, Counts b) {
      return _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    };
    const auto add_quarters = [](Counts a, Counts b) {
      return _mm512_add_epi64(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xDD));
    };
    const Counts first =
        add_quarters(add_lanes(counts[0], counts[1]), add_lanes(counts[2], counts[3]));
    const Counts second =
        add_quarters(add_lanes(counts[4], counts[5]), add_lanes(counts[6], counts[7]));
    const __m256i totals = _mm512_cvtepi64_epi32(add_quarters(first, second));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), totals);
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels
