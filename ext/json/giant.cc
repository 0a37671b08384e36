#include "json/giant.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace edgepack::json {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kBytesPerStep = 64;

/// Calls `take(piece, begin)` for one piece of `text` after the other, until it answers false.
template <class Take>
bool take_pieces(std::string_view text, Patience* patience, Take take) {
  for (std::size_t begin = 0; begin < text.size(); begin += kPieceBytes) {
    const std::string_view piece = text.substr(begin, kPieceBytes);
    if (!take(piece, begin)) return false;
    if (patience != nullptr) patience->spend(piece.size() / kBytesPerStep);
  }
  return true;
}

}  // namespace

void use_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef MADV_HUGEPAGE
  if (bytes < kGiantBytes) return;
  // From the page on that the memory starts in: most such memory has a mapping of its own.
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = start / page * page;
  madvise(reinterpret_cast<void*>(first), start + bytes - first, MADV_HUGEPAGE);
#endif
}

void append_giant_text(std::string_view more, std::string* text, Patience* patience) {
  const std::size_t size = text->size() + more.size();
  if (size > text->capacity()) {
    std::string moved;
    reserve_giant(&moved, std::max(size + size / 2, 2 * text->capacity()));
    append_text(*text, &moved, patience);
    text->swap(moved);
  }
  take_pieces(more, patience, [text](std::string_view piece, std::size_t) {
    text->append(piece);
    return true;
  });
}

void copy_text(std::string_view text, std::string* copy, Patience& patience) {
  if (text.size() < kGiantBytes) {
    copy->assign(text);
    return;
  }
  copy->clear();
  reserve_giant(copy, text.size());
  append_text(text, copy, &patience);
}

bool are_equal(std::string_view a, std::string_view b, Patience& patience) {
  if (a.size() < kPieceBytes) return a == b;
  return a.size() == b.size() &&
         take_pieces(a, &patience, [b](std::string_view piece, std::size_t begin) {
           return piece == b.substr(begin, piece.size());
         });
}

void set_giant_text(sqlite::Context& context, std::string_view text, Patience* patience) {
  const auto limit =
      static_cast<std::size_t>(sqlite3_limit(context.database(), SQLITE_LIMIT_LENGTH, -1));
  if (text.size() > limit) return context.set_text(text);
  // SQLite takes the copy as its own, and has room behind it for its NULs.
  constexpr std::size_t kTerminator = 3;
  struct Free {
    void operator()(char* memory) const noexcept { sqlite3_free(memory); }
  };
  std::unique_ptr<char, Free> copy(static_cast<char*>(sqlite3_malloc64(text.size() + kTerminator)));
  if (copy == nullptr) throw std::bad_alloc();
  use_large_pages(copy.get(), text.size());
  take_pieces(text, patience, [&copy](std::string_view piece, std::size_t begin) {
    std::memcpy(copy.get() + begin, piece.data(), piece.size());
    return true;
  });
  sqlite3_result_text64(context.get(), copy.release(), text.size(), sqlite3_free, SQLITE_UTF8);
}

void set_json(sqlite::Context& context, std::string_view text, Patience* patience) {
  set_text(context, text, patience);
  context.set_subtype(sqlite::kJsonSubtype);
}

}  // namespace edgepack::json
