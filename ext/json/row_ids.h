#pragma once
// The numbers in the columns `id` and `parent` of json_each() and json_tree().

#include <cstddef>
#include <cstdint>
#include <vector>

#include "json/document.h"
#include "json/patience.h"

namespace edgepack::json {

/// How a version of SQLite numbers the values of a document.
enum class RowNumbering {
  kNodes,         ///< before 3.45: keys and values are counted, from 0
  kJsonbOffsets,  ///< from 3.45 on: where the value, or its key, starts in the document's JSONB
};

/// The numbering of the host.
RowNumbering host_row_numbering() noexcept;

/// The number of every value of a document. Its buffer is kept from document to document. Used by
/// one thread at a time.
class RowIds {
 public:
  /// Throws sqlite::Error with SQLITE_INTERRUPT, and std::bad_alloc.
  void number(const Document& document, RowNumbering numbering, Patience& patience);
  /// For a document that was made of JSONB: `origins` says where each of its tokens was there.
  void number(const Document& document, std::vector<std::uint32_t> origins, Patience& patience);

  /// Memory that the buffer takes.
  std::size_t bytes_kept() const noexcept { return numbers_.capacity() * sizeof numbers_[0]; }

  /// The document must be as it was. A member has the number of its key.
  std::uint32_t of(const Document& document, Token value) const noexcept {
    const bool is_member = is_by_key_ && value > 0 && document.kind(value - 1) == ':';
    const std::uint32_t number = numbers_[is_member ? value - 2 : value];
    return is_from_end_ ? total_ - number : number;
  }

 private:
  void count_nodes(const Document& document, Patience& patience);
  template <bool kHasSpaces>
  void measure_from_end(const Document& document, Patience& patience);

  std::vector<std::uint32_t> numbers_;  // by token
  bool is_by_key_ = false;
  bool is_from_end_ = false;
  std::uint32_t total_ = 0;
};

}  // namespace edgepack::json
