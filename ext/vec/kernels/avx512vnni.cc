// AVX-512 with VNNI and VPOPCNTDQ: Ice Lake, Zen 4 and later.

// A name of its own for what this file compiles of xsimd: see sets.h.
#define xsimd edgepack_xsimd_avx512vnni
#include <xsimd/xsimd.hpp>

#include "vec/kernels/avx512_isa.h"
#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Isa : Avx512 {
  static Sums add_products(Sums sums, Words a, Words b) { return _mm512_dpwssd_epi32(sums, a, b); }
  static Sums add_nibble_products(Sums sums, const char* p, const char* low, const char* high) {
    const __m512i bytes = load(p);
    sums = _mm512_dpbusd_epi32(sums, low_nibbles(bytes), load(low));
    return _mm512_dpbusd_epi32(sums, high_nibbles(bytes), load(high));
  }
  static Counts add_count(Counts counts, __m512i bits) {
    return _mm512_add_epi64(counts, _mm512_popcnt_epi64(bits));
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/simd.h"

namespace edgepack::vec::kernels {
constinit const KernelSet kAvx512Vnni = make_set("avx512vnni");
}
