// No vector instructions: the reference for the others, and for processors that no other file is
// for. Eight bytes at a time in one integer.

#include <bit>
#include <cstring>

#include "json/kernels/sets.h"
#include "json/kernels/store_chosen.h"

namespace edgepack::json::kernels {
namespace {

struct Isa {
  class Bytes {
   public:
    Bytes() : start_(nullptr) {
      for (auto& part : words_) part = 0;
    }
    explicit Bytes(const char* p) : start_(p) {
      std::memcpy(words_, p, kBlock);
      if constexpr (std::endian::native == std::endian::big) {
        for (std::uint64_t& word : words_) word = __builtin_bswap64(word);
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
      for (int i = 0; i < 8; ++i) words_[i] = words_[i] | more.words_[i];
    }
    std::uint64_t equal(char c) const {
      return join([&](std::uint64_t word) { return zeros(word ^ repeat(c)); });
    }
    std::uint64_t equal_folded(char c) const {
      return join([&](std::uint64_t word) { return zeros((word | repeat(0x20)) ^ repeat(c)); });
    }
    std::uint64_t spaces() const { return equal(' ') | equal('\n') | equal('\t') | equal('\r'); }
    std::uint64_t marks() const {
      return equal_folded('{') | equal_folded('}') | equal(':') | equal(',');
    }
    std::uint64_t escape_letters() const {
      return equal('"') | equal('/') | equal('b') | equal('f') | equal('n') | equal('r') |
             equal('t');
    }
    std::uint64_t controls() const {
      return join([](std::uint64_t word) { return below(word, 0x20); });
    }
    std::uint64_t hex_digits() const {
      return join([](std::uint64_t word) {
        const std::uint64_t folded = word | repeat(0x20);
        return (below(word, '9' + 1) & ~below(word, '0')) |
               (below(folded, 'f' + 1) & ~below(folded, 'a'));
      });
    }
    std::uint64_t digits() const {
      return join([](std::uint64_t word) { return below(word, '9' + 1) & ~below(word, '0'); });
    }
    std::uint64_t lower_case() const {
      return join([](std::uint64_t word) { return word << 2 & kHigh; });
    }
    std::uint64_t non_ascii() const {
      return join([](std::uint64_t word) { return word & kHigh; });
    }

    void store_chosen(std::uint64_t mask, std::uint32_t offset, std::uint32_t* positions,
                      char* chosen) const {
      store_chosen_bytes(start_, mask, offset, positions, chosen);
    }
    void store_runs(std::uint64_t mask, bool has_room, char* chosen) const {
      store_runs_of_bytes(start_, mask, has_room, chosen);
    }

   private:
    static constexpr std::uint64_t kHigh = 0x8080808080808080;

    static constexpr std::uint64_t repeat(char c) {
      return 0x0101010101010101 * static_cast<unsigned char>(c);
    }
    /// The highest bit of each byte that is zero.
    static std::uint64_t zeros(std::uint64_t word) {
      return ~(((word & ~kHigh) + ~kHigh) | word | ~kHigh);
    }
    /// ... that is below `limit`, which is ASCII.
    static std::uint64_t below(std::uint64_t word, char limit) {
      return ~(((word & ~kHigh) + repeat(static_cast<char>(0x80 - limit))) | word) & kHigh;
    }
    template <class Test>
    std::uint64_t join(Test test) const {
      std::uint64_t mask = 0;
      for (int i = 7; i >= 0; --i) {
        // The product brings the eight bits side by side into the highest byte.
        mask = mask << 8 | (test(words_[i]) >> 7) * 0x0102040810204080 >> 56;
      }
      return mask;
    }

    const char* start_;
    std::uint64_t words_[kBlock / 8];
  };

  static std::uint64_t prefix_xor(std::uint64_t mask) {
    for (int width = 1; width < 64; width *= 2) mask ^= mask << width;
    return mask;
  }
};

}  // namespace
}  // namespace edgepack::json::kernels

#include "json/kernels/scanner_of_isa.h"

namespace edgepack::json::kernels {
constinit const Scanner kScalar = {.name = "scalar", .scan = scan_piece};
}
