#include "vec/column_test.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <optional>

#include "vec/kernels/kernels.h"

namespace edgepack::vec {
namespace {

constexpr std::int64_t kLeastKey = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kGreatestKey = std::numeric_limits<std::int64_t>::max();

/// The opposite of ordered_key().
double value_of_key(std::int64_t key) noexcept {
  return std::bit_cast<double>(key ^ ((key >> 63) & std::int64_t{0x7fffffffffffffff}));
}

/// The comparison of a value that is not NULL, given how it compares with the operand.
bool holds(Comparison comparison, int order) noexcept {
  switch (comparison) {
    case Comparison::kEqual:
    case Comparison::kIs:
      return order == 0;
    case Comparison::kNotEqual:
    case Comparison::kIsNot:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kAtMost:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kAtLeast:
      return order >= 0;
    default:
      return false;
  }
}

/// Both texts end in a zero byte; as SQLite's own, this stops at the first.
bool is_like(Comparison comparison, const Operand& pattern, const char* text) noexcept {
  const char* const glob = pattern.scalar().bytes.data();
  return (comparison == Comparison::kLike ? sqlite3_strlike(glob, text, 0)
                                          : sqlite3_strglob(glob, text)) == 0;
}

bool is_less(const Operand& a, const Operand& b) noexcept {
  return compare(a.scalar(), b.scalar()) < 0;
}

}  // namespace

ColumnTest::ColumnTest(ValueType type, Comparison comparison, std::vector<Operand> operands)
    : type_(type), comparison_(comparison), operands_(std::move(operands)) {
  if (comparison_ == Comparison::kIn) {
    // NULL is in no list.
    std::erase_if(operands_, [](const Operand& operand) { return operand.scalar().is_null(); });
    // SQLite gives them in order, but for numbers among texts.
    if (!std::is_sorted(operands_.begin(), operands_.end(), is_less)) {
      std::sort(operands_.begin(), operands_.end(), is_less);
    }
    const auto same = [](const Operand& a, const Operand& b) { return !is_less(a, b); };
    operands_.erase(std::unique(operands_.begin(), operands_.end(), same), operands_.end());
  } else if (operands_.front().scalar().is_null()) {
    if (comparison_ == Comparison::kIs) comparison_ = Comparison::kIsNull;
    if (comparison_ == Comparison::kIsNot) comparison_ = Comparison::kIsNotNull;
  }
  accepts_null_ = comparison_ == Comparison::kIsNull || comparison_ == Comparison::kIsNot;
  if (type_ == ValueType::kText) {
    compile_texts();
  } else if (type_ != ValueType::kBlob) {
    compile_numbers();
  }
}

bool ColumnTest::matches(const Scalar& value) const noexcept {
  if (value.is_null()) return accepts_null_;
  switch (comparison_) {
    case Comparison::kIsNull:
      return false;
    case Comparison::kIsNotNull:
      return true;
    case Comparison::kLike:
    case Comparison::kGlob:
      return !operands_.front().scalar().is_null() &&
             is_like(comparison_, operands_.front(), value.bytes.data());
    case Comparison::kIn: {
      const auto found = std::lower_bound(
          operands_.begin(), operands_.end(), value,
          [](const Operand& a, const Scalar& b) { return compare(a.scalar(), b) < 0; });
      return found != operands_.end() && compare(found->scalar(), value) == 0;
    }
    default: {
      const Scalar operand = operands_.front().scalar();
      return !operand.is_null() && holds(comparison_, compare(value, operand));
    }
  }
}

Scalar ColumnTest::value_of(std::int64_t key) const noexcept {
  return type_ == ValueType::kFloat ? Scalar::of(value_of_key(key)) : Scalar::of(key);
}

void ColumnTest::add_interval(std::int64_t first, std::int64_t last) {
  if (first > last) return;
  if (!intervals_.empty() && intervals_.back().last >= first - 1) {
    intervals_.back().last = last;
  } else {
    intervals_.push_back({first, last});
  }
}

void ColumnTest::compile_numbers() {
  const bool is_float = type_ == ValueType::kFloat;
  const double infinity = std::numeric_limits<double>::infinity();
  const std::int64_t least = is_float ? ordered_key(-infinity) : kLeastKey;
  const std::int64_t greatest = is_float ? ordered_key(infinity) : kGreatestKey;
  /// The first key that compares with `operand` in a way for which `is_past` holds.
  const auto first_key = [&](const Scalar& operand, auto is_past) -> std::optional<std::int64_t> {
    if (!is_past(compare(value_of(greatest), operand))) return std::nullopt;
    std::int64_t low = least;
    std::int64_t high = greatest;
    while (low < high) {
      const auto middle = std::midpoint(low, high);
      // midpoint() rounds to its first argument.
      if (is_past(compare(value_of(middle), operand))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
  /// The keys that are equal to `operand`: [first, second).
  const auto range = [&](const Scalar& operand) {
    return std::pair(first_key(operand, [](int order) { return order >= 0; }),
                     first_key(operand, [](int order) { return order > 0; }));
  };
  const auto add_below = [&](std::optional<std::int64_t> end) {
    if (!end) return add_interval(least, greatest);
    if (*end > least) add_interval(least, *end - 1);
  };
  const auto add_from = [&](std::optional<std::int64_t> begin) {
    if (begin) add_interval(*begin, greatest);
  };
  const auto add_equal = [&](const Scalar& operand) {
    const auto [begin, end] = range(operand);
    if (!begin) return;
    if (!end) return add_interval(*begin, greatest);
    if (*end > *begin) add_interval(*begin, *end - 1);
  };

  if (comparison_ == Comparison::kIsNull) return;
  if (comparison_ == Comparison::kIsNotNull) return add_interval(least, greatest);
  if (comparison_ == Comparison::kIn) {
    for (const Operand& operand : operands_) {
      const Scalar scalar = operand.scalar();
      // What is no number is after all numbers.
      if (scalar.type != SQLITE_INTEGER && scalar.type != SQLITE_FLOAT) break;
      if (!is_float && scalar.type == SQLITE_INTEGER) {
        add_interval(scalar.integer, scalar.integer);
      } else {
        add_equal(scalar);
      }
    }
    return;
  }
  const Scalar operand = operands_.front().scalar();
  if (operand.is_null()) return;
  const auto [begin, end] = range(operand);
  switch (comparison_) {
    case Comparison::kEqual:
    case Comparison::kIs:
      return add_equal(operand);
    case Comparison::kNotEqual:
    case Comparison::kIsNot:
      add_below(begin);
      return add_from(end);
    case Comparison::kLess:
      return add_below(begin);
    case Comparison::kAtMost:
      return add_below(end);
    case Comparison::kGreater:
      return add_from(end);
    case Comparison::kAtLeast:
      return add_from(begin);
    default:
      return;
  }
}

void ColumnTest::compile_texts() {
  switch (comparison_) {
    case Comparison::kIsNull:
      texts_ = Texts::kNone;
      return;
    case Comparison::kIsNotNull:
      texts_ = Texts::kAll;
      return;
    case Comparison::kIn:
      std::erase_if(operands_, [](const Operand& o) { return o.scalar().type != SQLITE_TEXT; });
      break;
    default: {
      const Scalar operand = operands_.front().scalar();
      if (operand.is_null()) {
        texts_ = Texts::kNone;
      } else if (operand.type != SQLITE_TEXT) {
        // Every text is below every blob.
        texts_ = holds(comparison_, -1) ? Texts::kAll : Texts::kNone;
      }
    }
  }
  for (const Operand& operand : operands_) {
    prefixes_.push_back(text_prefix(operand.scalar().bytes));
  }
}

bool ColumnTest::has_number(std::int64_t key) const noexcept {
  const auto found =
      std::lower_bound(intervals_.begin(), intervals_.end(), key,
                       [](const Interval& interval, std::int64_t k) { return interval.last < k; });
  return found != intervals_.end() && found->first <= key;
}

bool ColumnTest::has_text(const MetadataColumn& column, std::size_t row) const noexcept {
  switch (comparison_) {
    case Comparison::kIn: {
      const std::uint64_t prefix = column.prefixes[row];
      auto found = std::lower_bound(prefixes_.begin(), prefixes_.end(), prefix);
      for (; found != prefixes_.end() && *found == prefix; ++found) {
        const auto number = static_cast<std::size_t>(found - prefixes_.begin());
        if (operands_[number].scalar().bytes == column.text(row)) return true;
      }
      return false;
    }
    case Comparison::kLike:
    case Comparison::kGlob:
      return is_like(comparison_, operands_.front(), column.text(row).data());
    default: {
      const std::uint64_t prefix = column.prefixes[row];
      if (prefix != prefixes_.front()) {
        return holds(comparison_, prefix < prefixes_.front() ? -1 : 1);
      }
      const std::string_view text = column.text(row);
      const std::string_view operand = operands_.front().scalar().bytes;
      const int order = text.compare(operand);
      return holds(comparison_, order);
    }
  }
}

namespace {

std::size_t words_of(std::size_t rows) noexcept { return (rows + 63) / 64; }

/// Sets the bits of the rows that are wanted and for which `holds_for(row)` is true.
template <class Condition>
void add_among(const std::uint64_t* wanted, std::size_t words, std::uint64_t* held,
               Condition holds_for) noexcept {
  for (std::size_t i = 0; i < words; ++i) {
    for (std::uint64_t left = wanted[i]; left != 0; left &= left - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(left));
      held[i] |= std::uint64_t{holds_for(i * 64 + bit)} << bit;
    }
  }
}

/// So many intervals or texts are gone through one after the other, more are searched.
constexpr std::size_t kFew = 8;

/// Bits of the rows of a block.
using RowBits = std::array<std::uint64_t, format::kLargestCapacity / 64>;

}  // namespace

void ColumnTest::select_numbers(const PackedKeys& keys, const std::uint64_t* wanted,
                                std::uint64_t* held) const noexcept {
  if (intervals_.size() > kFew) {
    return add_among(wanted, words_of(keys.count()), held,
                     [&](std::size_t row) { return has_number(keys[row]); });
  }
  for (const Interval& interval : intervals_) {
    keys.add_between(interval.first, interval.last, held);
  }
}

void ColumnTest::select_texts(const MetadataColumn& column, std::size_t rows,
                              const std::uint64_t* wanted, std::uint64_t* held) const noexcept {
  const std::size_t words = words_of(rows);
  if (texts_ != Texts::kSome) {
    if (texts_ == Texts::kAll) std::fill_n(held, words, ~std::uint64_t{0});
    return;
  }
  const auto decide = [&](std::size_t row) { return has_text(column, row); };
  const bool is_pattern = comparison_ == Comparison::kLike || comparison_ == Comparison::kGlob;
  if (is_pattern || prefixes_.size() > kFew) return add_among(wanted, words, held, decide);
  // Prefixes decide on most rows; where they are the same, the whole text does.
  const kernels::Packed prefixes = {column.prefixes.data(), sizeof(std::uint64_t), rows};
  const kernels::KernelSet& set = kernels::active();
  RowBits same{};
  for (const std::uint64_t prefix : prefixes_) set.between(prefixes, prefix, prefix, same.data());
  if (comparison_ != Comparison::kIn) {
    const std::uint64_t prefix = prefixes_.front();
    constexpr std::uint64_t kGreatest = std::numeric_limits<std::uint64_t>::max();
    if (holds(comparison_, -1) && prefix > 0) set.between(prefixes, 0, prefix - 1, held);
    if (holds(comparison_, 1) && prefix < kGreatest) {
      set.between(prefixes, prefix + 1, kGreatest, held);
    }
  }
  for (std::size_t i = 0; i < words; ++i) same[i] &= wanted[i];
  add_among(same.data(), words, held, decide);
}

void ColumnTest::select(const MetadataColumn& column, std::size_t rows,
                        std::uint64_t* words) const {
  if (rows % 64 != 0) words[rows / 64] &= (std::uint64_t{1} << (rows % 64)) - 1;
  RowBits held{};
  if (type_ == ValueType::kText) {
    select_texts(column, rows, words, held.data());
  } else {
    select_numbers(*column.keys, words, held.data());
  }
  for (std::size_t i = 0; i < words_of(rows); ++i) {
    const std::uint64_t nulls = column.nulls.empty() ? 0 : column.nulls[i];
    words[i] &= (held[i] & ~nulls) | (accepts_null_ ? nulls : 0);
  }
}

}  // namespace edgepack::vec
