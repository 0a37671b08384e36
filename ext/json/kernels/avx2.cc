// AVX2: x86-64 processors since about 2013.

#include <cstring>
#include <immintrin.h>

#include "json/kernels/sets.h"
#include "json/kernels/store_chosen.h"

namespace edgepack::json::kernels {
namespace {

struct Isa {
  class Bytes {
   public:
    Bytes() : start_(nullptr) {
      for (auto& part : halves_) part = _mm256_setzero_si256();
    }
    explicit Bytes(const char* p)
        : start_(p),
          halves_{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
                  _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))} {}
    Bytes(const char* p, std::size_t count) {
      alignas(32) char padded[kBlock];
      std::memset(padded, ' ', kBlock);
      std::memcpy(padded, p, count);
      *this = Bytes(padded);
      start_ = p;
    }

    void unite(const Bytes& more) {
      for (int i = 0; i < 2; ++i) halves_[i] = _mm256_or_si256(halves_[i], more.halves_[i]);
    }
    std::uint64_t equal(char c) const {
      const __m256i wanted = _mm256_set1_epi8(c);
      return join([&](__m256i half) { return _mm256_cmpeq_epi8(half, wanted); });
    }
    std::uint64_t equal_folded(char c) const {
      const __m256i wanted = _mm256_set1_epi8(c);
      const __m256i fold = _mm256_set1_epi8(0x20);
      return join(
          [&](__m256i half) { return _mm256_cmpeq_epi8(_mm256_or_si256(half, fold), wanted); });
    }
    // Looked up by the low half of the byte: only the one that belongs there is equal.
    std::uint64_t spaces() const {
      const __m256i of_low_half = _mm256_broadcastsi128_si256(
          _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0));
      return join([&](__m256i half) {
        return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(of_low_half, half), half);
      });
    }
    std::uint64_t marks() const {
      const __m256i of_low_half = _mm256_broadcastsi128_si256(
          _mm_setr_epi8(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
      const __m256i fold = _mm256_set1_epi8(0x20);
      return join([&](__m256i half) {
        return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(of_low_half, half),
                                 _mm256_or_si256(half, fold));
      });
    }
    // '"' and 'r' have the low half of 'b'.
    std::uint64_t escape_letters() const {
      const __m256i of_low_half = _mm256_broadcastsi128_si256(
          _mm_setr_epi8(1, 0, 'b', 0, 't', 0, 'f', 0, 0, 0, 0, 0, 0, 0, 'n', '/'));
      return equal('"') | equal('r') | join([&](__m256i half) {
               return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(of_low_half, half), half);
             });
    }
    std::uint64_t controls() const {
      return join([](__m256i half) { return is_in(half, 0, 0x20); });
    }
    std::uint64_t hex_digits() const {
      return join([](__m256i half) {
        const __m256i folded = _mm256_or_si256(half, _mm256_set1_epi8(0x20));
        return _mm256_or_si256(is_in(half, '0', 10), is_in(folded, 'a', 6));
      });
    }
    std::uint64_t digits() const {
      return join([](__m256i half) { return is_in(half, '0', 10); });
    }
    std::uint64_t lower_case() const {
      return join([](__m256i half) { return _mm256_slli_epi16(half, 2); });
    }
    std::uint64_t non_ascii() const {
      return join([](__m256i half) { return half; });
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
      const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(test(halves_[0])));
      const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(test(halves_[1])));
      return std::uint64_t{high} << 32 | low;
    }

    const char* start_;
    __m256i halves_[2];
  };

  /// All ones in the bytes that are one of the `count` from `first` on.
  static __m256i is_in(__m256i bytes, char first, char count) {
    const __m256i distance = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(
        _mm256_min_epu8(distance, _mm256_set1_epi8(static_cast<char>(count - 1))), distance);
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
constinit const Scanner kAvx2 = {.name = "avx2", .scan = scan_piece};
}
