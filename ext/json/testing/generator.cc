#include "json/testing/generator.h"

namespace edgepack::json::testing {
namespace {

using namespace std::string_literals;

const std::string kNumbers[] = {"0",
                                "-0",
                                "1",
                                "-1",
                                "0.5",
                                "-0.0",
                                "1e5",
                                "1E+5",
                                "2.50e+1",
                                "1e-7",
                                "1e400",
                                "-1e400",
                                "1e-400",
                                "4.9e-324",
                                "9223372036854775807",
                                "-9223372036854775808",
                                "9223372036854775808",
                                "18446744073709551615",
                                "18446744073709551616",
                                "99999999999999999999999999",
                                "9007199254740993.0",
                                "179769313486231580793e289",
                                "100000000000000000000000e-23"};
const std::string kOddNumbers[] = {"+1",   "01",    "1.",  ".5",  "1e",       "-",
                                   "0x1F", "-0x1f", "NaN", "inf", "Infinity", "-Inf",
                                   "tru",  "nullx", "1-1", "00"};
const std::string kStrings[] = {"",
                                "a",
                                "abc",
                                "x y",
                                "\xC3\xA9",
                                "\xF0\x9F\x98\x80",
                                "\\u0041",
                                "\\ud83d\\ude00",
                                "\\n\\t\\/",
                                "\\\\",
                                "\\\"",
                                "it's",
                                "{\"a\":1}",
                                "$.a",
                                "\x7F",
                                "1",
                                "\\u001f\\uFFFF"};
const std::string kOddStrings[] = {"\\u0000", "\\ud800", "\\udc00", "\\u12", "\\x41",
                                   "\\v",     "\\'",     "\n",      "\t",    "\0"s,
                                   "\xFF",    "\xC3",    "\\",      "\\u",   "\\0"};
const std::string kKeys[] = {"a", "a",   "b",   "b",    "c",       "ab",       "", "_x",
                             "1", "x y", "a.b", "a[0]", "\\u0061", "\xC3\xA9", "$"};
const std::string kSpaces[] = {"", "", "", " ", "\n", "\t\r\n"};
const std::string kOddSpaces[] = {"/**/",         "//x\n", "\v", "\xC2\xA0",
                                  "\xEF\xBB\xBF", "\0"s,   "#",  "/*"};
const std::string kSteps[] = {".a",        ".a",     ".b",       ".c",    ".ab",
                              "[0]",       "[1]",    "[2]",      "[#-1]", "[#-2]",
                              "[#]",       ".\"a\"", ".\"a.b\"", ".\"\"", ".x y",
                              ".\xC3\xA9", "[007]",  ".\"x y\"", ".1"};
const std::string kOddSteps[] = {".",
                                 "[",
                                 "]",
                                 "[]",
                                 "[-1]",
                                 "[ 0]",
                                 "[0",
                                 "..a",
                                 "[#+1]",
                                 "[#-]",
                                 ".\"a",
                                 "\"",
                                 ".a\"",
                                 ".\"\\u0061\"",
                                 ".\\u0061",
                                 "a",
                                 "[4294967297]",
                                 "[99999999999999999999]",
                                 "\0"s,
                                 " ",
                                 ".\"a\"b",
                                 "[xx",
                                 "*",
                                 "[*]"};
const std::string kOddPaths[] = {"",  "a",   "b", "a.b",  "1",  "0",  "-1", "01", "[0]",
                                 "#", "x y", "'", "a\"b", "_x", "1a", "@",  ".a", " $"};

}  // namespace

std::string Generator::space() { return odd_ && chance(5) ? pick(kOddSpaces) : pick(kSpaces); }

std::string Generator::number() {
  if (chance(50)) return pick(kNumbers);
  std::string text = chance(30) ? "-" : "";
  text += std::to_string(random_() >> below(64));
  if (chance(60)) text += '.' + std::to_string(random_() >> below(64));
  if (chance(30)) text += (chance(50) ? "e-" : "E+") + std::to_string(below(330));
  return text;
}

std::string Generator::string() {
  std::string inside = odd_ && chance(15) ? pick(kOddStrings) : pick(kStrings);
  if (chance(20)) inside += pick(kStrings);
  return odd_ && chance(5) ? '\'' + inside + '\'' : '"' + inside + '"';
}

std::string Generator::key() { return odd_ && chance(5) ? pick(kKeys) : '"' + pick(kKeys) + '"'; }

std::string Generator::value(int depth) {
  if (depth == 0 || chance(25)) {
    switch (below(3)) {
      case 0:
        return odd_ && chance(20) ? pick(kOddNumbers) : number();
      case 1:
        return string();
      default:
        return chance(50) ? "null" : chance(50) ? "true" : "false";
    }
  }
  const bool object = chance(60);
  std::string text = object ? "{" : "[";
  for (std::size_t left = below(5); left > 0; --left) {
    if (object) text += space() + key() + space() + ':';
    text += space() + value(depth - 1) + space();
    if (left > 1 || (odd_ && chance(5))) text += ',';
  }
  return text + space() + (object ? '}' : ']');
}

void Generator::damage(std::string* text) {
  static constexpr char kBytes[] = "\0\x80\xC0\xFF{}[],:\"\\'/0123456789eE+-. \ntfnua";
  const std::size_t at = below(text->size());
  const char byte = kBytes[below(sizeof kBytes - 1)];
  switch (below(4)) {
    case 0:
      text->resize(at);
      break;
    case 1:
      (*text)[at] = byte;
      break;
    case 2:
      text->insert(at, 1, byte);
      break;
    default:
      text->erase(at, 1);
  }
}

std::string Generator::document() {
  odd_ = chance(20);
  std::string text = space() + value(static_cast<int>(below(6))) + space();
  if (chance(2)) {
    constexpr std::size_t kDepths[] = {255, 256, 257, 1000, 1001};
    const std::size_t depth = kDepths[below(5)];
    text = std::string(depth, '[') + text + std::string(depth, ']');
  }
  if (!text.empty() && chance(10)) damage(&text);
  return text;
}

std::string Generator::path() {
  if (chance(10)) return pick(kOddPaths);
  std::string text = "$";
  for (std::size_t left = below(4); left > 0; --left) {
    text += chance(10) ? pick(kOddSteps) : pick(kSteps);
  }
  return text;
}

}  // namespace edgepack::json::testing
