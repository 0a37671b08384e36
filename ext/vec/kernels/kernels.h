#pragma once
// Distance arithmetic of one query against many rows, chosen at run time for the processor.
// Pure arithmetic: knows nothing of SQLite, SQL values or storage.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace edgepack::vec::kernels {

/// `count` vectors that lie `stride` bytes apart, the first at `data`. Borrowed. No alignment is
/// required of `data` or `stride`; nothing is read beyond the last element of the last row.
struct Rows {
  const void* data;
  std::size_t stride;
  std::size_t count;
  /// What the caller reads next, if it is known: kernels that keep up with the memory ask for its
  /// first kilobytes before they end. Any address; no answer depends on it.
  const void* after = nullptr;
};

/// What l2_bounds and dot_bounds have to know of a query that was coded as scale * (int16 codes).
struct CodedQuery {
  double scale;
  /// scale^2 * sum of the squared codes.
  double norm_squared;
  /// At least the length of what the code dropped.
  double residual;
  /// At least the length of the query, and of its code. Not looked at by l2_bounds.
  double norm;
  /// At least the relative rounding of everything that is computed in double, bounds and distances.
  double rounding;
};

/// What lies beside the int8 codes of `count` rows, in columns. Borrowed.
struct CodedRows {
  const float* scales;
  const float* residuals;
  const std::int32_t* norms_squared;
  std::size_t count;
};

/// Of the elements of a vector.
struct Extent {
  /// The greatest absolute value.
  double largest;
  double norm_squared;
};

/// Sums over a vector x and its code c.
struct QuantizedSums {
  /// Of c^2: a whole number.
  double norm_squared;
  /// Of x * c.
  double along;
};

/// Sums over one code c and its coarse code w = 2 * upper nibble - 15.
struct CoarseSums {
  /// Of c * w.
  std::int32_t along;
  /// Of w^2.
  std::int32_t norm_squared;
};

/// What lies beside the upper nibbles of `count` rows, in columns. Borrowed.
struct CoarseColumns {
  const float* scales;
  const float* residuals;
  const float* norms;
  std::size_t count;
};

/// A condition on a row with the dot product d, scale s, residual e and norm n:
/// dot * s * (d - offset) + residual * e + norm_squared * n * n >= least.
struct Reach {
  double dot;
  double offset;
  double residual;
  double norm_squared;
  double least;
};

/// `count` unsigned integers of `width` (1, 2, 4 or 8) bytes, aligned to it. Borrowed.
struct Packed {
  const void* data;
  std::size_t width;
  std::size_t count;
};

/// Sums over vectors of one floating-point type: each element is widened to double and the sums are
/// made in double, in one order of additions that is the same for every set: every set gives the
/// same bits. NaN and infinities follow IEEE 754.
struct FloatKernels {
  /// sum of (q - x)^2, of |q - x|, of q * x, of x^2.
  void (*l2_squared)(const void* query, Rows rows, std::size_t dimensions, double* out);
  void (*l1)(const void* query, Rows rows, std::size_t dimensions, double* out);
  void (*dot)(const void* query, Rows rows, std::size_t dimensions, double* out);
  void (*norm_squared)(Rows rows, std::size_t dimensions, double* out);
};

/// The kernels of one instruction set. Each writes `rows.count` values to `out`. `query` and the
/// rows hold `dimensions` elements and need no alignment. All of them are pure and safe from any
/// thread. int8 and bits are exact, for up to 16,384 elements or bytes: no 32-bit sum overflows.
struct KernelSet {
  /// The name that EDGEPACK_KERNELS takes: scalar, sse2, avx2, avx512, avx512vnni, neon.
  const char* name;

  FloatKernels float32;
  FloatKernels float16;
  FloatKernels bfloat16;

  /// The same sums over int8 elements.
  void (*l2_squared_i8)(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out);
  void (*l1_i8)(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out);
  void (*dot_i8)(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out);
  void (*norm_squared_i8)(Rows rows, std::size_t dimensions, std::int32_t* out);

  /// Number of bits that differ, over `bytes` bytes a row.
  void (*hamming)(const void* query, Rows rows, std::size_t bytes, std::int32_t* out);
  /// Number of bits that are set in both and in at least one of the two, over `bytes` bytes a row.
  void (*jaccard)(const void* query, Rows rows, std::size_t bytes, std::int32_t* both,
                  std::int32_t* either);

  /// sum of q * x for an int16 query against int8 rows. The sum of |q| must not exceed
  /// 2^31 / 128 - 1: no partial sum then leaves 32 bits.
  void (*dot_i16_i8)(const void* query, Rows rows, std::size_t dimensions, std::int32_t* out);
  /// sum of |q - scale * x| for a float32 query against int8 rows with one scale each, in float32
  /// arithmetic: at most dimensions + 2 roundings deep, in any order.
  void (*l1_f32_i8)(const void* query, Rows rows, const float* scales, std::size_t dimensions,
                    float* out);
  /// Bounds of the L2 distance from the `dots` of dot_i16_i8; see docs/vec.md, "Why the answers are
  /// exact". The same bits in every set. 0 and +infinity for a residual of +infinity.
  void (*l2_bounds)(const CodedQuery& query, const std::int32_t* dots, CodedRows rows,
                    double* lower, double* upper);
  /// The same for the negative inner product, for scales that make the code as near to the vector
  /// as it can be. -infinity and +infinity for a residual of +infinity.
  void (*dot_bounds)(const CodedQuery& query, const std::int32_t* dots, CodedRows rows,
                     double* lower, double* upper);

  // Making codes. Elements are finite doubles, `count` of them; every set gives the same bits.

  /// Negates the elements whose sign (bit i % 64 of word i / 64) is 1, then multiplies them by the
  /// Walsh-Hadamard matrix in natural order over the square root of `count`, a power of two.
  void (*hadamard)(double* elements, std::size_t count, const std::uint64_t* signs);
  Extent (*extent)(const double* elements, std::size_t count);
  /// Writes x * inverse of each element x, rounded, in -127..127. Products are below 2^30.
  QuantizedSums (*quantize)(const double* elements, std::size_t count, double inverse,
                            std::int8_t* code);
  /// sum of (x - scale * c)^2.
  double (*dropped_squared)(const double* elements, const std::int8_t* code, std::size_t count,
                            double scale);

  // Split codes: a code c in -127..127 is kept as c + 128 = 16 * u + l, u and l in two planes of
  // `bytes` = half the dimensions, rounded up, bytes a row. Byte i holds the nibble of element i in
  // its lower half and that of element `bytes` + i in its upper half. Queries have 2 * bytes
  // elements; the last is zero when the dimensions are odd.

  /// Writes the two planes of one code.
  CoarseSums (*split_code)(const std::int8_t* code, std::size_t dimensions, std::uint8_t* upper,
                           std::uint8_t* lower);
  /// sum of q * u for an int8 query in -127..127.
  void (*dot_i8_upper)(const void* query, Rows upper, std::size_t bytes, std::int32_t* out);
  /// sum of q * c, as dot_i16_i8.
  void (*dot_i16_split)(const void* query, Rows upper, Rows lower, std::size_t bytes,
                        std::int32_t* out);
  /// Writes the numbers of the rows that reach what is asked, in order, and answers how many there
  /// are; `out` has room for all. A row whose value is not a number does. The same in every set.
  std::size_t (*reaching)(const Reach& reach, const std::int32_t* dots, CoarseColumns rows,
                          std::uint32_t* out);

  /// Writes the places of the values that are not above `limit`, in order, and answers how many
  /// there are; `out` has room for all.
  std::size_t (*at_most)(std::int32_t limit, const std::int32_t* values, std::size_t count,
                         std::uint32_t* out);

  /// Sets bit i % 64 of word i / 64 of `bits` for each value i in `from` to `to`, both included and
  /// no wider than the values; leaves the other bits.
  void (*between)(Packed values, std::uint64_t from, std::uint64_t to, std::uint64_t* bits);
};

/// The set in use: what EDGEPACK_KERNELS names, read once, and otherwise the fastest that this
/// processor runs. Throws std::runtime_error, on every call, if the variable names a set that is
/// not compiled in or that the processor cannot run. Safe from any thread.
const KernelSet& active();

/// Every set that is compiled in and that this processor runs, slowest first.
std::vector<const KernelSet*> usable();

/// Names of the sets compiled in, slowest first.
std::vector<std::string_view> compiled_names();

/// For tests and benchmarks: makes active() answer the set `name` from now on in all threads; an
/// empty name goes back to the default choice. Throws std::runtime_error as active() does.
void force(std::string_view name);

}  // namespace edgepack::vec::kernels
