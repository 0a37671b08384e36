// SSE2: every x86-64 processor.

#include <cstring>
#include <emmintrin.h>

#include "json/kernels/sets.h"
#include "json/kernels/store_chosen.h"

namespace edgepack::json::kernels {
namespace {

struct Isa {
  class Bytes {
   public:
    Bytes() : start_(nullptr) {
      for (auto& part : quarters_) part = _mm_setzero_si128();
    }
    explicit Bytes(const char* p) : start_(p) {
      for (int i = 0; i < 4; ++i) {
        quarters_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
      }
    }
    Bytes(const char* p, std::size_t count) {
      alignas(16) char padded[kBlock];
      std::memset(padded, ' ', kBlock);
      std::memcpy(padded, p, count);
      *this = Bytes(padded);
      start_ = p;
    }

    void unite(const Bytes& more) {
      for (int i = 0; i < 4; ++i) quarters_[i] = _mm_or_si128(quarters_[i], more.quarters_[i]);
    }
    std::uint64_t equal(char c) const {
      const __m128i wanted = _mm_set1_epi8(c);
      return join([&](__m128i quarter) { return _mm_cmpeq_epi8(quarter, wanted); });
    }
    std::uint64_t equal_folded(char c) const {
      const __m128i wanted = _mm_set1_epi8(c);
      const __m128i fold = _mm_set1_epi8(0x20);
      return join(
          [&](__m128i quarter) { return _mm_cmpeq_epi8(_mm_or_si128(quarter, fold), wanted); });
    }
    std::uint64_t spaces() const {
      return join([](__m128i quarter) {
        const auto is = [&](char c) { return _mm_cmpeq_epi8(quarter, _mm_set1_epi8(c)); };
        return _mm_or_si128(_mm_or_si128(is(' '), is('\n')), _mm_or_si128(is('\t'), is('\r')));
      });
    }
    std::uint64_t marks() const {
      return equal_folded('{') | equal_folded('}') | equal(':') | equal(',');
    }
    std::uint64_t escape_letters() const {
      return join([](__m128i quarter) {
        const auto is = [&](char c) { return _mm_cmpeq_epi8(quarter, _mm_set1_epi8(c)); };
        const __m128i rest = _mm_or_si128(is('n'), _mm_or_si128(is('r'), is('t')));
        return _mm_or_si128(
            _mm_or_si128(_mm_or_si128(is('"'), is('/')), _mm_or_si128(is('b'), is('f'))), rest);
      });
    }
    std::uint64_t controls() const {
      return join([](__m128i quarter) { return is_in(quarter, 0, 0x20); });
    }
    std::uint64_t hex_digits() const {
      return join([](__m128i quarter) {
        const __m128i folded = _mm_or_si128(quarter, _mm_set1_epi8(0x20));
        return _mm_or_si128(is_in(quarter, '0', 10), is_in(folded, 'a', 6));
      });
    }
    std::uint64_t digits() const {
      return join([](__m128i quarter) { return is_in(quarter, '0', 10); });
    }
    std::uint64_t lower_case() const {
      return join([](__m128i quarter) { return _mm_slli_epi16(quarter, 2); });
    }
    std::uint64_t non_ascii() const {
      return join([](__m128i quarter) { return quarter; });
    }

    void store_chosen(std::uint64_t mask, std::uint32_t offset, std::uint32_t* positions,
                      char* chosen) const {
      store_chosen_bytes(start_, mask, offset, positions, chosen);
    }
    void store_runs(std::uint64_t mask, bool has_room, char* chosen) const {
      store_runs_of_bytes(start_, mask, has_room, chosen);
    }

   private:
    template <class Test>
    std::uint64_t join(Test test) const {
      std::uint64_t mask = 0;
      for (int i = 3; i >= 0; --i) {
        mask = mask << 16 | static_cast<std::uint32_t>(_mm_movemask_epi8(test(quarters_[i])));
      }
      return mask;
    }

    const char* start_;
    __m128i quarters_[4];
  };

  /// All ones in the bytes that are one of the `count` from `first` on.
  static __m128i is_in(__m128i bytes, char first, char count) {
    const __m128i distance = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(distance, _mm_set1_epi8(static_cast<char>(count - 1))),
                          distance);
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
constinit const Scanner kSse2 = {.name = "sse2", .scan = scan_piece};
}
