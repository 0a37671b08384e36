// Every 64-bit ARM processor.

// A name of its own for what this file compiles of xsimd: see sets.h.
#define xsimd edgepack_xsimd_neon
#include <cstring>
#include <xsimd/xsimd.hpp>

#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Isa {
  using Arch = xsimd::neon64;
  using Words = int16x8_t;
  using Sums = int32x4_t;
  using Counts = uint32x4_t;
  static constexpr std::size_t kWords = 8;
  static constexpr std::size_t kBytes = 16;

  // Loads of bytes: the others expect the alignment of their elements.
  static uint8x16_t load(const char* p) { return vld1q_u8(reinterpret_cast<const uint8_t*>(p)); }
  static uint8x8_t load_half(const void* p) { return vld1_u8(static_cast<const uint8_t*>(p)); }

  static std::uint32_t load_two(const char* p) {
    std::uint32_t two;
    std::memcpy(&two, p, sizeof two);
    return two;
  }

  static xsimd::batch<double, Arch> widen(const char* p) {
    return vcvt_f64_f32(vreinterpret_f32_u8(load_half(p)));
  }
  static xsimd::batch<double, Arch> widen_float16(const char* p) {
    const float32x4_t wide = vcvt_f32_f16(vreinterpret_f16_u32(vdup_n_u32(load_two(p))));
    return vcvt_f64_f32(vget_low_f32(wide));
  }
  static xsimd::batch<double, Arch> widen_bfloat16(const char* p) {
    const uint16x4_t halves = vreinterpret_u16_u32(vdup_n_u32(load_two(p)));
    const uint32x4_t wide = vshll_n_u16(halves, 16);
    return vcvt_f64_f32(vget_low_f32(vreinterpretq_f32_u32(wide)));
  }
  static xsimd::batch<double, Arch> widen_integers(const std::int32_t* p) {
    return vcvtq_f64_s64(vmovl_s32(vreinterpret_s32_u8(load_half(p))));
  }
  static xsimd::batch<float, Arch> floats_of_codes(const char* p) {
    std::uint32_t four;
    std::memcpy(&four, p, sizeof four);
    const int16x8_t words = vmovl_s8(vcreate_s8(four));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)));
  }

  static Words words_of_bytes(const char* p) { return vmovl_s8(vreinterpret_s8_u8(load_half(p))); }
  static Words words(const char* p) { return vreinterpretq_s16_u8(load(p)); }
  static Words ones() { return vdupq_n_s16(1); }
  static Words subtract(Words a, Words b) { return vsubq_s16(a, b); }
  static Words absolute(Words a) { return vabsq_s16(a); }

  static Words words_of_low_nibbles(const char* upper, const char* lower) {
    const uint8x8_t u = vshl_n_u8(load_half(upper), 4);
    const uint8x8_t l = vand_u8(load_half(lower), vdup_n_u8(0x0F));
    return vmovl_s8(vreinterpret_s8_u8(veor_u8(vorr_u8(u, l), vdup_n_u8(0x80))));
  }
  static Words words_of_high_nibbles(const char* upper, const char* lower) {
    const uint8x8_t u = vand_u8(load_half(upper), vdup_n_u8(0xF0));
    const uint8x8_t l = vshr_n_u8(load_half(lower), 4);
    return vmovl_s8(vreinterpret_s8_u8(veor_u8(vorr_u8(u, l), vdup_n_u8(0x80))));
  }

  static Sums zero() { return vdupq_n_s32(0); }
  static Sums add(Sums a, Sums b) { return vaddq_s32(a, b); }
  static Sums add_products(Sums sums, Words a, Words b) {
    return vmlal_high_s16(vmlal_s16(sums, vget_low_s16(a), vget_low_s16(b)), a, b);
  }
  static Sums add_nibble_products(Sums sums, const char* p, const char* low, const char* high) {
    const uint8x16_t bytes = load(p);
    const int8x16_t l = vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(0x0F)));
    const int8x16_t h = vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4));
    const int8x16_t q = vreinterpretq_s8_u8(load(low));
    const int8x16_t r = vreinterpretq_s8_u8(load(high));
    // Four products of at most 15 * 127 fit into 16 bits.
    int16x8_t products = vmull_s8(vget_low_s8(l), vget_low_s8(q));
    products = vmlal_high_s8(products, l, q);
    products = vmlal_s8(products, vget_low_s8(h), vget_low_s8(r));
    return vpadalq_s16(sums, vmlal_high_s8(products, h, r));
  }
  static std::int32_t total(Sums sums) { return vaddvq_s32(sums); }

  static Counts no_counts() { return vdupq_n_u32(0); }
  static uint8x16_t bits(const char* p) { return load(p); }
  static Counts add_count(Counts counts, uint8x16_t bits) {
    return vpadalq_u16(counts, vpaddlq_u8(vcntq_u8(bits)));
  }
  static std::int32_t total_count(Counts counts) {
    return static_cast<std::int32_t>(vaddvq_u32(counts));
  }
};

}  // namespace
}  // namespace edgepack::vec::kernels

#include "vec/kernels/simd.h"

namespace edgepack::vec::kernels {
constinit const KernelSet kNeon = make_set("neon");
}
