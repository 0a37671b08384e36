// NEON: every 64-bit ARM processor.

#include <arm_neon.h>
#include <cstring>

#include "json/kernels/sets.h"
#include "json/kernels/store_chosen.h"

namespace edgepack::json::kernels {
namespace {

struct Isa {
  class Bytes {
   public:
    Bytes() : start_(nullptr) {
      for (auto& part : quarters_) part = vdupq_n_u8(0);
    }
    explicit Bytes(const char* p) : start_(p) {
      for (int i = 0; i < 4; ++i) {
        quarters_[i] = vld1q_u8(reinterpret_cast<const std::uint8_t*>(p) + 16 * i);
      }
    }
    Bytes(const char* p, std::size_t count) {
      char padded[kBlock];
      std::memset(padded, ' ', kBlock);
      std::memcpy(padded, p, count);
      *this = Bytes(padded);
      start_ = p;
    }

    void unite(const Bytes& more) {
      for (int i = 0; i < 4; ++i) quarters_[i] = vorrq_u8(quarters_[i], more.quarters_[i]);
    }
    std::uint64_t equal(char c) const {
      const uint8x16_t wanted = vdupq_n_u8(static_cast<std::uint8_t>(c));
      return join([&](uint8x16_t quarter) { return vceqq_u8(quarter, wanted); });
    }
    std::uint64_t equal_folded(char c) const {
      const uint8x16_t wanted = vdupq_n_u8(static_cast<std::uint8_t>(c));
      const uint8x16_t fold = vdupq_n_u8(0x20);
      return join([&](uint8x16_t quarter) { return vceqq_u8(vorrq_u8(quarter, fold), wanted); });
    }
    std::uint64_t spaces() const {
      return join([](uint8x16_t quarter) {
        const auto is = [&](std::uint8_t c) { return vceqq_u8(quarter, vdupq_n_u8(c)); };
        return vorrq_u8(vorrq_u8(is(' '), is('\n')), vorrq_u8(is('\t'), is('\r')));
      });
    }
    std::uint64_t marks() const {
      return equal_folded('{') | equal_folded('}') | equal(':') | equal(',');
    }
    std::uint64_t escape_letters() const {
      return join([](uint8x16_t quarter) {
        const auto is = [&](std::uint8_t c) { return vceqq_u8(quarter, vdupq_n_u8(c)); };
        const uint8x16_t rest = vorrq_u8(is('n'), vorrq_u8(is('r'), is('t')));
        return vorrq_u8(vorrq_u8(vorrq_u8(is('"'), is('/')), vorrq_u8(is('b'), is('f'))), rest);
      });
    }
    std::uint64_t controls() const {
      return join([](uint8x16_t quarter) { return is_in(quarter, 0, 0x20); });
    }
    std::uint64_t hex_digits() const {
      return join([](uint8x16_t quarter) {
        return vorrq_u8(is_in(quarter, '0', 10),
                        is_in(vorrq_u8(quarter, vdupq_n_u8(0x20)), 'a', 6));
      });
    }
    std::uint64_t digits() const {
      return join([](uint8x16_t quarter) { return is_in(quarter, '0', 10); });
    }
    std::uint64_t lower_case() const {
      return join([](uint8x16_t quarter) { return vtstq_u8(quarter, vdupq_n_u8(0x20)); });
    }
    std::uint64_t non_ascii() const {
      return join([](uint8x16_t quarter) { return vcgeq_u8(quarter, vdupq_n_u8(0x80)); });
    }

    void store_chosen(std::uint64_t mask, std::uint32_t offset, std::uint32_t* positions,
                      char* chosen) const {
      store_chosen_bytes(start_, mask, offset, positions, chosen);
    }
    void store_runs(std::uint64_t mask, bool has_room, char* chosen) const {
      store_runs_of_bytes(start_, mask, has_room, chosen);
    }

    /// One bit of each byte, added up pairwise until eight bytes are one.
    template <class Test>
    std::uint64_t join(Test test) const {
      const std::uint8_t kBits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
      const uint8x16_t bits = vld1q_u8(kBits);
      uint8x16_t parts[4];
      for (int i = 0; i < 4; ++i) parts[i] = vandq_u8(test(quarters_[i]), bits);
      const uint8x16_t low = vpaddq_u8(parts[0], parts[1]);
      const uint8x16_t high = vpaddq_u8(parts[2], parts[3]);
      const uint8x16_t both = vpaddq_u8(low, high);
      return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(both, both)), 0);
    }

   private:
    const char* start_;
    uint8x16_t quarters_[4];
  };

  /// All ones in the bytes that are one of the `count` from `first` on.
  static uint8x16_t is_in(uint8x16_t bytes, std::uint8_t first, std::uint8_t count) {
    return vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(count));
  }
  static std::uint64_t prefix_xor(std::uint64_t mask) {
    for (int width = 1; width < 64; width *= 2) mask ^= mask << width;
    return mask;
  }
};

}  // namespace
}  // namespace edgepack::json::kernels

#include "json/kernels/scanner_of_isa.h"

namespace edgepack::json::kernels {
constinit const Scanner kNeon = {.name = "neon", .scan = scan_piece};
}
