#include "json/path.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

/// SQLite's newest versions limit the depth of paths; none refuses this.
constexpr std::size_t kMaxSteps = 100;

/// Takes a decimal number off the front of `*path`. False when there is none, or one so large
/// that versions differ.
bool take_number(std::string_view* path, std::uint32_t* number) {
  constexpr std::size_t kMaxDigits = 9;
  const auto digits = static_cast<std::size_t>(
      std::find_if_not(path->begin(), path->end(), is_digit) - path->begin());
  if (digits == 0 || digits > kMaxDigits) return false;
  std::from_chars(path->data(), path->data() + digits, *number);
  path->remove_prefix(digits);
  return true;
}

/// True when `label` means the same to all versions whether or not it stands in quotes.
bool is_plain_label(std::string_view label) {
  constexpr std::string_view kOdd("\"\\\0", 3);
  return label.find_first_of(kOdd) == std::string_view::npos;
}

/// Notes one step of some nanoseconds.
void spend_one(Patience* patience) {
  if (patience != nullptr) patience->spend();
}

Found find_member(const Document& document, Token object, const Step& step, Patience* patience) {
  constexpr std::uint32_t kMembersBetween = 256;
  if (document.kind(object) != '{') return {Found::Answer::kMissing};
  const char* const text = document.text().data();
  // Where a word can be read.
  const std::size_t words_end = document.text().size() - ShortLabel::kWordSize;
  const bool is_short =
      static_cast<bool>(step.short_in_text) && document.text().size() > ShortLabel::kWordSize;
  const std::size_t length = step.label_and_quote.size();
  const char first = step.label_and_quote.front();
  const bool has_escapes = document.has_escapes();
  std::uint32_t left = kMembersBetween;
  for (Token key = object + 1; document.kind(key) == '"'; key = document.after(key + 2) + 1) {
    if (--left == 0) {
      left = kMembersBetween;
      if (patience != nullptr) patience->spend(kMembersBetween);
    }
    const std::size_t start = document.start(key);
    const std::size_t room = document.start(key + 1) - start;
    // Most of the longer names differ in their length or their first byte.
    const bool is_equal =
        is_short && start <= words_end
            ? step.short_in_text.is_at(text + start)
            : room > length && text[start + length] == '"' && text[start + 1] == first &&
                  std::memcmp(text + start + 1, step.label_and_quote.data(), length) == 0;
    if (is_equal) return {Found::Answer::kValue, key + 2};
    // Older versions compare an escaped key as it stands in the text, newer ones what it means.
    if (has_escapes && std::memchr(text + start, '\\', room) != nullptr) {
      return {Found::Answer::kUndecided};
    }
  }
  return {Found::Answer::kMissing};
}

Found find_element(const Document& document, Token array, std::uint32_t index, Patience* patience) {
  Token element = array + 1;
  if (document.kind(element) == ']') return {Found::Answer::kMissing};
  for (; index > 0; --index) {
    spend_one(patience);
    const Token behind = document.after(element);
    if (document.kind(behind) == ']') return {Found::Answer::kMissing};
    element = behind + 1;
  }
  return {Found::Answer::kValue, element};
}

}  // namespace

std::uint32_t count_elements(const Document& document, Token array, Patience* patience) {
  Token element = array + 1;
  if (document.kind(element) == ']') return 0;
  std::uint32_t count = 1;
  for (Token behind; document.kind(behind = document.after(element)) == ','; ++count) {
    spend_one(patience);
    element = behind + 1;
  }
  return count;
}

Path Path::compile(sqlite::Value argument, Notation notation) {
  Path path;
  const int type = argument.type();
  if (type == SQLITE_TEXT) {
    const std::string_view text = argument.text();
    if (text.starts_with('$')) {
      path.decided_ = path.add_steps(text);
    } else if (notation == Notation::kOperator && !text.empty() && !is_digit(text.front()) &&
               text.find_first_of(".[") == std::string_view::npos && is_plain_label(text)) {
      path.add_member(text, 0);
      path.decided_ = true;
    }
  } else if (type == SQLITE_INTEGER && notation == Notation::kOperator) {
    constexpr sqlite3_int64 kLargest = 999'999'999;
    const sqlite3_int64 index = argument.integer();
    if (index >= 0 && index <= kLargest) {
      path.steps_.push_back(
          {.kind = Step::Kind::kIndex, .number = static_cast<std::uint32_t>(index)});
      path.decided_ = true;
    }
  }
  return path;
}

void Path::add_member(std::string_view label, std::size_t start) {
  steps_.push_back({.kind = Step::Kind::kMember,
                    .label_and_quote = std::string(label) + '"',
                    .short_in_text = ShortLabel::in_text(label),
                    .short_in_jsonb = ShortLabel::in_jsonb(label),
                    .start = start});
}

Path Path::compile(std::string_view text) {
  Path path;
  path.decided_ = text.starts_with('$') && path.add_steps(text);
  return path;
}

bool Path::add_steps(std::string_view text) {
  std::string_view path = text.substr(1);
  while (!path.empty()) {
    if (steps_.size() == kMaxSteps) return false;
    const std::size_t start = text.size() - path.size();
    if (path.starts_with(".\"")) {
      path.remove_prefix(2);
      const std::size_t end = path.find('"');
      if (end == std::string_view::npos || !is_plain_label(path.substr(0, end))) return false;
      add_member(path.substr(0, end), start);
      path.remove_prefix(end + 1);
    } else if (path.starts_with('.')) {
      path.remove_prefix(1);
      const std::string_view label = path.substr(0, path.find_first_of(".["));
      if (label.empty() || !is_plain_label(label)) return false;
      add_member(label, start);
      path.remove_prefix(label.size());
    } else if (path.starts_with('[')) {
      path.remove_prefix(1);
      Step step{.kind = Step::Kind::kIndex, .start = start};
      if (path.starts_with('#')) {
        step.kind = Step::Kind::kFromEnd;
        path.remove_prefix(1);
        if (path.starts_with('-')) {
          path.remove_prefix(1);
          if (!take_number(&path, &step.number)) return false;
        }
      } else if (!take_number(&path, &step.number)) {
        return false;
      }
      if (!path.starts_with(']')) return false;
      path.remove_prefix(1);
      steps_.push_back(std::move(step));
    } else {
      return false;
    }
  }
  return true;
}

Found Path::find(const Document& document, Patience* patience) const {
  if (!decided_) return {Found::Answer::kUndecided};
  Found found{Found::Answer::kValue, Document::root()};
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::kMember) {
      found = find_member(document, found.value, step, patience);
    } else if (document.kind(found.value) != '[') {
      found = {Found::Answer::kMissing};
    } else if (step.kind == Step::Kind::kIndex) {
      found = find_element(document, found.value, step.number, patience);
    } else {
      const std::uint32_t count = count_elements(document, found.value, patience);
      found = step.number == 0 || step.number > count
                  ? Found{Found::Answer::kMissing}
                  : find_element(document, found.value, count - step.number, patience);
    }
    if (found.answer != Found::Answer::kValue) break;
  }
  return found;
}

}  // namespace edgepack::json
