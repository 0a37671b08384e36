// AVX-512 F, CD, DQ and BW: Skylake-X and later.

// A name of its own for what this file compiles of xsimd: see sets.h.
#define xsimd edgepack_xsimd_avx512
#include <xsimd/xsimd.hpp>

#include "vec/kernels/avx512_isa.h"
#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Isa : Avx512 {
  static Sums add_products(Sums sums, Words a, Words b) {
    return _mm512_add_epi32(sums, _mm512_madd_epi16(a, b));
  }
  static Sums add_nibble_products(Sums sums, const char* p, const char* low, const char* high) {
    const __m512i bytes = load(p);
    // Four products of at most 15 * 127 fit into 16 bits.
    const __m512i products =
        _mm512_add_epi16(_mm512_maddubs_epi16(low_nibbles(bytes), load(low)),
                         _mm512_maddubs_epi16(high_nibbles(bytes), load(high)));
    return add_products(sums, products, ones());
  }
  static Counts add_count(Counts counts, __m512i bits) {
    const __m512i bits_of_nibble =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i low = _mm512_shuffle_epi8(bits_of_nibble, _mm512_and_si512(bits, nibble));
    const __m512i high =
        _mm512_shuffle_epi8(bits_of_nibble, _mm512_and_si512(_mm512_srli_epi16(bits, 4), nibble));
    return _mm512_add_epi64(counts,
                            _mm512_sad_epu8(_mm512_add_epi8(low, high), _mm512_setzero_si512()));
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/simd.h"

namespace edgepack::vec::kernels {
constinit const KernelSet kAvx512 = make_set("avx512");
}
