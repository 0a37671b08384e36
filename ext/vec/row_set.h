#pragma once
// Which rows of a block a query is about.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace edgepack::vec {

/// A set of rows of one block, by their places in the lists of the block. A new one holds all rows.
class RowSet {
 public:
  RowSet() = default;
  /// None of `rows` rows.
  static RowSet none_of(std::size_t rows) {
    RowSet set;
    set.is_all_ = false;
    set.words_.assign((rows + kBits - 1) / kBits, 0);
    return set;
  }

  /// Bit i % 64 of word i / 64 is row i; bits beyond the last row are 0.
  static RowSet of_words(std::vector<std::uint64_t> words) noexcept {
    RowSet set;
    set.is_all_ = false;
    set.words_ = std::move(words);
    for (const std::uint64_t word : set.words_) {
      set.count_ += static_cast<std::size_t>(std::popcount(word));
    }
    return set;
  }

  bool is_all() const noexcept { return is_all_; }
  bool is_empty() const noexcept { return !is_all_ && count_ == 0; }
  bool contains(std::size_t row) const noexcept {
    return is_all_ || (words_[row / kBits] >> (row % kBits) & 1) != 0;
  }
  /// How many of the block's `rows` rows are in the set.
  std::size_t count(std::size_t rows) const noexcept { return is_all_ ? rows : count_; }
  /// True where it is faster to go through all of the block's `rows` rows and leave some out than
  /// to go from run to run.
  bool is_dense(std::size_t rows) const noexcept { return is_all_ || count(rows) * 8 >= rows; }
  /// Not for a set of all rows, nor for a row that is in the set.
  void add(std::size_t row) noexcept {
    words_[row / kBits] |= std::uint64_t{1} << (row % kBits);
    ++count_;
  }

  /// Calls visit(first, count) for runs of rows in order, which hold all rows of the set, and
  /// others as well where the set is dense.
  template <class Visit>
  void for_each_stretch(std::size_t rows, Visit visit) const {
    if (is_dense(rows)) return visit(std::size_t{0}, rows);
    for_each_run(rows, visit);
  }

  /// Calls visit(first, count) for each run of rows that follow one another, in order.
  template <class Visit>
  void for_each_run(std::size_t rows, Visit visit) const {
    if (is_all_) return visit(std::size_t{0}, rows);
    for (std::size_t row = next(0, rows, true); row < rows;) {
      const std::size_t end = next(row, rows, false);
      visit(row, end - row);
      row = next(end, rows, true);
    }
  }

 private:
  static constexpr std::size_t kBits = 64;

  /// The first row from `row` on that is in the set, or is not; `rows` when there is none.
  std::size_t next(std::size_t row, std::size_t rows, bool in_set) const noexcept {
    while (row < rows) {
      const std::uint64_t word = in_set ? words_[row / kBits] : ~words_[row / kBits];
      const std::uint64_t rest = word >> (row % kBits);
      if (rest != 0) {
        row += static_cast<std::size_t>(std::countr_zero(rest));
        return row < rows ? row : rows;
      }
      row = (row / kBits + 1) * kBits;
    }
    return rows;
  }

  bool is_all_ = true;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace edgepack::vec
