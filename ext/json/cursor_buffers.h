#pragma once
// Memory of the cursors that make rows of documents.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "json/document.h"
#include "json/row_ids.h"

namespace edgepack::json {

/// What a cursor reads a document into.
struct CursorBuffers {
  std::string text;  ///< a copy: SQLite may reuse its own while rows are read
  Document document;
  RowIds ids;

  /// The largest of them.
  std::size_t bytes_kept() const noexcept {
    return std::max({text.capacity(), document.bytes_kept(), ids.bytes_kept()});
  }
};

/// The buffers of a cursor. Cursors live for one statement; their buffers go from one to the next,
/// since memory that is new to the process takes several times as long to be written as a document
/// of some ten KB takes to be read.
class LentBuffers : public CursorBuffers {
 public:
  /// `spare`: those of a cursor that was closed; gets these back. Must outlive this. The cursors of
  /// one connection share it.
  explicit LentBuffers(CursorBuffers& spare) noexcept
      : CursorBuffers(std::exchange(spare, CursorBuffers())), spare_(spare) {}
  ~LentBuffers() {
    if (bytes_kept() > Document::kMostKeptBytes) return;
    if (bytes_kept() > spare_.bytes_kept()) spare_ = std::move(*this);
  }
  LentBuffers(const LentBuffers&) = delete;
  LentBuffers& operator=(const LentBuffers&) = delete;

 private:
  CursorBuffers& spare_;
};

}  // namespace edgepack::json
