#pragma once
// Finding and judging the tokens of JSON text by masks of 64 bits, chosen at run time for the
// processor. Knows nothing of SQLite.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace edgepack::json::kernels {

/// Containers nested deeper than this end a scan.
inline constexpr std::uint32_t kMaxDepth = 256;

/// A mask has one bit for each byte of a block of text, or for each token of a block of tokens.
inline constexpr std::size_t kBlock = 64;

/// The most bytes of text that are scanned at once: their tokens stay in the nearest caches until
/// they are judged.
inline constexpr std::size_t kMaxPiece = std::size_t{16} << 10;

/// How many elements behind the tokens that it finds a scan may write.
inline constexpr std::size_t kSlack = 2 * kBlock;

/// What one block of text leaves for the next.
struct TextCarry {
  std::uint64_t in_string = 0;  ///< all ones inside a string, otherwise zero
  std::uint64_t in_scalar = 0;  ///< 1 inside a number or a name
  /// Bit 0 behind a backslash that escapes; above it a bit for each of the first bytes that must
  /// be a hexadecimal digit.
  std::uint64_t escape = 0;
};

/// One scan of one text, from the first piece to the last. The caller owns what the pointers point
/// to, and keeps room for one token for each byte of a piece and kSlack more.
struct Scan {
  const char* text;  ///< followed by a NUL byte
  std::size_t size;  ///< less than 2^31

  /// out: the tokens are brackets, colons, commas, strings, numbers and names.
  std::uint32_t* starts;   ///< offset of the first byte of each token
  char* kinds;             ///< and that byte; in front of the first the caller has put a colon
  std::uint32_t* closers;  ///< for opening brackets: number of the token that closes it
  std::uint32_t count = 0;

  /// out: not zero when the text has a backslash; a byte that is not ASCII; white space outside
  /// strings.
  std::uint64_t escapes = 0;
  std::uint64_t non_ascii = 0;
  std::uint64_t spaces = 0;
  /// Not zero when an escape sequence is none, or a control character is no white space.
  std::uint64_t faults = 0;

  TextCarry text_carry = {};
  std::uint32_t judged = 0;     ///< tokens
  std::uint64_t in_object = 0;  ///< 1 if the next of them is directly in an object
  std::uint32_t depth = 0;
  std::uint32_t open[kMaxDepth];  ///< twice the bracket of each open container, plus 1 in an object

  /// Numbers and names that were not judged yet, each with the byte behind it.
  std::uint32_t scalar_bytes = 0;
  bool has_wrong_scalar = false;
  bool has_long_scalar = false;  ///< of more bytes than a block: they are judged at the end
  char scalars[kMaxPiece + 3 * kBlock];
};

/// Scans the bytes from `begin`, where the last piece ended, to `end`; both are multiples of
/// kBlock, but for an `end` that is the size of the text, and at most kMaxPiece apart. False when
/// the text is not JSON by RFC 8259 or nested more than kMaxDepth deep; then the scan is over.
/// UTF-8 is not judged: strings may have any bytes from 0x80 on. Reads at most the byte behind the
/// text.
using ScanPiece = bool (*)(Scan& scan, std::size_t begin, std::size_t end);

/// The scanner of one instruction set. All of them find the same.
struct Scanner {
  const char* name;  ///< scalar, sse2, avx2, avx512vbmi2 or neon
  ScanPiece scan;
};

/// The one in use: what EDGEPACK_KERNELS names, if it names one that this processor runs, otherwise
/// the fastest that it does. Any thread.
inline const Scanner& scanner() noexcept;

/// Those that this processor runs, slowest first.
std::vector<const Scanner*> usable_scanners();

/// Makes `scanner` the one in use, for tests; null ends that.
void force_scanner(const Scanner* scanner) noexcept;

/// For scanner(): the one in use, or null before it is chosen.
extern std::atomic<const Scanner*> in_use;
const Scanner& choose_scanner() noexcept;

const Scanner& scanner() noexcept {
  const Scanner* const chosen = in_use.load(std::memory_order_relaxed);
  return chosen != nullptr ? *chosen : choose_scanner();
}

}  // namespace edgepack::json::kernels
