// A pattern, a line end, and a text: no crash, time and memory within bounds, and answers that
// agree: a text that matches is found in itself, and the same pattern in brackets means the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/iregexp.h"
#include "sqlite/testing/database.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using edgepack::json::IRegexp;
  static const edgepack::testing::Database database;  // for the messages of errors
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = input.find('\n');
  const std::string pattern(input.substr(0, line_end));
  const std::string_view text =
      line_end == input.npos ? std::string_view() : input.substr(line_end + 1, 200);
  try {
    edgepack::json::Patience patience(nullptr);
    const auto regexp = IRegexp::compile(pattern);
    const auto in_brackets = IRegexp::compile("(" + pattern + ")");
    // A closing bracket too many may find its partner: `a)(b`.
    if (!regexp) return 0;
    if (!in_brackets) std::abort();
    const bool matches = regexp->matches(text, patience);
    if (matches && !regexp->is_found_in(text, patience)) std::abort();
    if (matches != in_brackets->matches(text, patience)) std::abort();
  } catch (const edgepack::sqlite::Error&) {  // too large
  }
  return 0;
}
