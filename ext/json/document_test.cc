#include "json/document.h"

#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>

#include "json/lexical.h"
#include "json/navigate.h"
#include "json/path.h"

namespace edgepack::json {
namespace {

TEST(Document, ReadsWhatTheRfcAllowsOnly) {
  Document document;
  for (const char* text :
       {"{}", "[]", "0", "-1.5e+10", "\"\"", "true", " [ null , { \"a\" : [ ] } ] \r\n\t",
        R"({"a":{"b":[1,2,{"c":"\u00e9\\"}]}})", "\"\xF0\x9F\x98\x80\""}) {
    EXPECT_TRUE(document.read(text)) << text;
  }
  for (const char* text : {"",      " ",       "{",
                           "]",     "[1,]",    "{\"a\":1,}",
                           "{a:1}", "[01]",    "[1.]",
                           "[+1]",  "[.5]",    "[1e]",
                           "tru",   "truex",   "nul",
                           "\"a",   "'a'",     "[1] 2",
                           "[1}",   "{\"a\"}", "{1:2}",
                           "[1 2]", "\"\\x\"", "\"\\u12g4\"",
                           "\"\\",  "\"\n\"",  "\xEF\xBB\xBF[]",
                           "NaN",   "//x\n1",  "{\"a\":1 \"b\":2}",
                           ",",     ":",       "[,1]"}) {
    EXPECT_FALSE(document.read(text)) << text;
  }
  ASSERT_TRUE(document.read("\"\xFF\"")) << "SQLite does not ask for UTF-8";
  Patience patience(nullptr);
  EXPECT_FALSE(document.is_utf8(patience));
  ASSERT_TRUE(document.read("\"\xC3\xA9\""));
  EXPECT_TRUE(document.is_utf8(patience));
  EXPECT_FALSE(document.read(std::string_view("[1]\0", 4))) << "a NUL byte behind the document";
  EXPECT_FALSE(document.read(std::string_view("[1\0]", 4))) << "a NUL byte inside";
}

TEST(Document, FindsTokensAndClosers) {
  Document document;
  ASSERT_TRUE(document.read(R"( {"a" : [1, "x" ] ,"b":2.5 } )"));
  // Tokens: { "a" : [ 1 , "x" ] , "b" : 2.5 }
  EXPECT_EQ(document.kind(0), '{');
  EXPECT_EQ(document.after(0), 13U);
  EXPECT_EQ(document.after(3), 8U);
  EXPECT_EQ(document.after(4), 5U);
  EXPECT_EQ(document.bytes(4), "1");
  EXPECT_EQ(document.bytes(6), "\"x\"");
  EXPECT_EQ(document.bytes(11), "2.5");
  EXPECT_FALSE(document.has_escapes());
  ASSERT_TRUE(document.read(R"(["\n"])"));
  EXPECT_TRUE(document.has_escapes());
}

// Blanks behind a text make it one for the scanner.
TEST(Document, ReadsShortTextsAsTheScannerReadsLongOnes) {
  const std::string_view pieces[] = {"[",     "]",     "{",  "}",      ",",  ":",
                                     "\"",    "\"a\"", "-",  "0",      "17", "true",
                                     "false", "null",  " ",  "\"b\":", "tr", "\"\xFF\"",
                                     "\\",    ".5",    "e1", "\n",     "[]", "{\"c\":{}}"};
  const std::string_view wholes[] = {R"(["Grace","Ken"])",
                                     R"({"a": [1, {"b": null}], "c":-0})",
                                     "[[[[]]]]",
                                     "[[[[[1]]]]]",
                                     "[ 1]",
                                     "[1 ]",
                                     "[1,  2]",
                                     "\"\x7F\""};
  std::mt19937 random(17);
  Document as_short;
  Document as_long;
  int read = 0;
  const auto compare = [&](const std::string& text) {
    const std::string padded = text + std::string(64, ' ');
    const bool is_json = as_short.read(text);
    ASSERT_EQ(is_json, as_long.read(padded)) << text;
    if (!is_json) return;
    ++read;
    const Token end = as_short.after(Document::root());
    ASSERT_EQ(end, as_long.after(Document::root())) << text;
    EXPECT_EQ(as_short.kind(end), '\0') << text;
    EXPECT_EQ(as_short.has_escapes(), as_long.has_escapes()) << text;
    for (Token token = 0; token < end; ++token) {
      ASSERT_EQ(as_short.kind(token), as_long.kind(token)) << text;
      ASSERT_EQ(as_short.start(token), as_long.start(token)) << text;
      ASSERT_EQ(as_short.after(token), as_long.after(token)) << text;
      ASSERT_EQ(as_short.bytes(token), as_long.bytes(token)) << text;
    }
  };
  for (const std::string_view whole : wholes) {
    for (std::size_t size = 0; size <= whole.size(); ++size)
      compare(std::string(whole.substr(0, size)));
  }
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (auto count = random() % 9; count > 0; --count)
      text += pieces[random() % std::size(pieces)];
    // Some that have a chance to be JSON.
    if (i % 2 == 0) text = '[' + text + ']';
    if (i % 4 == 0) text.insert(1, "\"k\",");
    compare(text);
  }
  EXPECT_GT(read, 5000);
}

TEST(Document, LimitsTheDepth) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  Document document;
  EXPECT_TRUE(document.read(nested(Document::kMaxDepth)));
  EXPECT_FALSE(document.read(nested(Document::kMaxDepth + 1)));
}

TEST(Document, ReadsNothingBehindTheText) {
  // Each length around the blocks of the scanner, at the very end of an allocation.
  for (std::size_t size = 2; size < 200; ++size) {
    const std::string text = '"' + std::string(size - 2, 'x') + '"';
    const auto exact = std::make_unique<char[]>(size + 1);
    text.copy(exact.get(), size);
    exact[size] = '\0';
    Document document;
    EXPECT_TRUE(document.read({exact.get(), size}));
    EXPECT_EQ(document.bytes(0), text);
  }
}

TEST(Lexical, PlainRealsAreTheNearest) {
  double real = 0;
  for (const char* number :
       {"0.0", "0.1", "-2.5", "99.53", "123456.789", "3.14159265358979", "52.520008"}) {
    ASSERT_TRUE(convert_plain_real(number, &real)) << number;
    EXPECT_EQ(real, std::stod(number));
  }
  for (const char* number : {"1e5", "1.5e3", "-0.0", "0.1234567890123456", "1234567890123456.5"}) {
    EXPECT_FALSE(convert_plain_real(number, &real)) << number;
  }
}

TEST(Lexical, UnescapesWhatAllVersionsAgreeOn) {
  std::string out;
  ASSERT_TRUE(unescape(R"(a\"\\\/\b\f\n\r\t\u0041\u00e9\u4e2d\ud83d\ude00z)", &out));
  EXPECT_EQ(out, "a\"\\/\b\f\n\r\tA\u00e9\u4e2d\U0001F600z");
  for (const char* inside :
       {R"(\u0000)", R"(\ud800)", R"(\ud800x)", R"(\udc00)", R"(\ud800\u0041)"}) {
    EXPECT_FALSE(unescape(inside, &out)) << inside;
  }
}

TEST(Document, FindsMembersByPathAsByName) {
  std::mt19937_64 random(3);
  Patience patience(nullptr);
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = "{";
    for (std::size_t n = random() % 5; n > 0; --n) {
      std::string label(random() % 9, 'a');
      if (!label.empty()) label.back() = static_cast<char>('a' + random() % 3);
      text += (text.size() > 1 ? ",\"" : "\"") + label + (random() % 4 == 0 ? "\" :1" : "\":[]");
    }
    text += '}';
    // In memory of just this size, for the address sanitizer.
    const auto exact = std::make_unique<char[]>(text.size() + 1);
    text.copy(exact.get(), text.size());
    exact[text.size()] = '\0';
    Document document;
    ASSERT_TRUE(document.read({exact.get(), text.size()}));
    for (const std::string label : {"a", "ab", "aab", "aaaab", "aaaaaa", "aaaaaab", "aaaaaaab"}) {
      const Found by_path = Path::compile("$." + label).find(document);
      const auto by_name = find_member(document, Document::root(), label, patience);
      ASSERT_EQ(by_path.answer == Found::Answer::kValue, by_name.has_value()) << text << label;
      ASSERT_EQ(by_path.value, by_name.value_or(0)) << text << label;
      found += by_name ? 1 : 0;
    }
  }
  EXPECT_GT(found, 3000);
}

}  // namespace
}  // namespace edgepack::json
