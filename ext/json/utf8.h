#pragma once
// Code points of UTF-8 text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/patience.h"

namespace edgepack::json {

/// No code point: the end of a text, or bytes that are none.
inline constexpr std::uint32_t kNoCodePoint = UINT32_MAX;

/// True when `text` is valid UTF-8. Throws what `patience` throws.
bool is_valid_utf8(std::string_view text, Patience& patience);

/// Has simdjson choose the code behind is_valid_utf8() for this processor, which it does once in a
/// process. It ends the process if it runs out of memory there, so this tries first whether there
/// is some, and throws std::bad_alloc. Called at registration, not in the middle of a statement.
/// Any thread.
void choose_utf8_validator();

/// Takes the first code point off the front of `*text`. kNoCodePoint, with nothing taken, when the
/// text is empty or does not start with one in its shortest form. Halves of surrogate pairs in
/// three bytes are taken when `lenient`.
std::uint32_t take_code_point(std::string_view* text, bool lenient = false) noexcept;

/// Number of characters of `text`, which is valid UTF-8.
std::size_t count_characters(std::string_view text) noexcept;

/// The number, from 1, of the character at byte `byte` of `text`, for messages.
std::size_t position_of(std::string_view text, std::size_t byte) noexcept;

/// `text` for a message: cut short where it is long, never inside a character, and with control
/// characters as escapes.
std::string excerpt(std::string_view text);

}  // namespace edgepack::json
