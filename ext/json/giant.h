#pragma once
// Memory and answers of giant documents: what would take so long as one step that an interrupt had
// to wait for it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/patience.h"
#include "sqlite/function.h"

namespace edgepack::json {

/// What is larger is handled as here; for the rest these functions do no more than the usual.
inline constexpr std::size_t kGiantBytes = std::size_t{4} << 20;

/// Asks the system for large pages (2 MB, say) for memory of a giant. They are made and
/// given back in a small part of the time: 100 MB in small pages take 15 ms to be freed. Does
/// nothing where the system has none.
void use_large_pages(void* memory, std::size_t bytes) noexcept;

/// Makes room for that many items, if it is for a giant: what is not used of it costs nothing, and
/// nothing need be moved later.
template <class Items>
void reserve_giant(Items* items, std::size_t count) {
  const std::size_t bytes = count * sizeof(*items->data());
  if (bytes < kGiantBytes || count <= items->capacity()) return;
  items->reserve(count);
  use_large_pages(items->data(), bytes);
}

/// For memory that is about to be written from `first` to `last`, in several buffers at once: if it
/// reaches into the next large page, has that made now, and asks. The system takes up to some
/// milliseconds for one, so that no two may come at once. `*last` is overwritten. Throws what
/// `patience` throws.
template <class T>
void meet_page(T* first, T* last, Patience& patience) {
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
  constexpr std::uint64_t kManySteps = 8192;
  const auto differing =
      reinterpret_cast<std::uintptr_t>(first) ^ reinterpret_cast<std::uintptr_t>(last);
  if (differing < kLargePage) return;
  *last = T{};
  patience.spend(kManySteps);
}

/// For append_text().
void append_giant_text(std::string_view more, std::string* text, Patience* patience);

/// Appends `more`. Throws what `patience`, if any, throws, and std::bad_alloc.
inline void append_text(std::string_view more, std::string* text, Patience* patience) {
  if (text->size() + more.size() < kGiantBytes) {
    text->append(more);
  } else {
    append_giant_text(more, text, patience);
  }
}

/// Makes `*copy` a copy of `text`. Throws what `patience` throws, and std::bad_alloc.
void copy_text(std::string_view text, std::string* copy, Patience& patience);

/// Throws what `patience` throws.
bool are_equal(std::string_view a, std::string_view b, Patience& patience);

/// Makes `*items` longer, to `size` of them. Throws what `patience` throws, and std::bad_alloc.
template <class T>
void extend(std::vector<T>* items, std::size_t size, Patience& patience) {
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  constexpr std::size_t kPerStep = 16;
  items->reserve(size);
  use_large_pages(items->data(), size * sizeof(T));
  while (items->size() < size) {
    items->resize(std::min(size, items->size() + kPiece));
    patience.spend(kPiece / kPerStep);
  }
}

/// For set_text().
void set_giant_text(sqlite::Context& context, std::string_view text, Patience* patience);

/// Answers with a copy of `text`, as Context::set_text() does. Throws what `patience`, if any,
/// throws, and std::bad_alloc.
inline void set_text(sqlite::Context& context, std::string_view text, Patience* patience) {
  if (text.size() < kGiantBytes) {
    context.set_text(text);
  } else {
    set_giant_text(context, text, patience);
  }
}
/// As set_text(), marked as JSON.
void set_json(sqlite::Context& context, std::string_view text, Patience* patience);

}  // namespace edgepack::json
