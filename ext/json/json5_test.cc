#include "json/json5.h"

#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "json/document.h"
#include "json/json5_patch.h"
#include "json/json5_text.h"
#include "json/kernels/scan.h"
#include "json/render.h"
#include "json/testing/tokens.h"

namespace edgepack::json {
namespace {

/// What `text` becomes, or "?".
std::string translated(const std::string& text) {
  Json5Translation translation;
  Document document;
  if (!translation.translate(text, &document, nullptr)) return "?";
  Document reread;
  EXPECT_TRUE(reread.read(translation.text()));
  EXPECT_TRUE(testing::have_same_tokens(document, reread)) << text;
  EXPECT_TRUE(document.has_escapes() || !reread.has_escapes()) << text;
  return std::string(translation.text());
}

TEST(Json5, BecomesJson) {
  EXPECT_EQ(translated("{a:1,}"), R"({"a":1})");
  EXPECT_EQ(translated(" [ 1 , /* c */ 'x' , // d\n ] "), R"([1,"x"])");
  EXPECT_EQ(translated(R"({$_1:'it\'s','a"b':"\x41"})"), R"({"$_1":"it's","a\"b":"\u0041"})");
  EXPECT_EQ(translated("[+1,.5,-5.,0x1F,-0XfF]"), "[1,0.5,-5.0,31,-255]");
  EXPECT_EQ(translated("[NaN,Infinity,-Infinity,+Infinity]"), "[null,9e999,-9e999,9e999]");
  EXPECT_EQ(translated("\xEF\xBB\xBF[\xC2\xA0\xE2\x80\x83]"), "[]");
  EXPECT_EQ(translated("'a\tb'"), R"("a\tb")");
  EXPECT_EQ(translated("{}"), "{}");
}

TEST(Json5, LeavesWhatIsNoneOrStrangeToTheHost) {
  for (const char* text :
       {"",         "{",         "[1,,]", "[,]",   "{,}",          "{a 1}",
        "{true:1}", "{inf_x:1}", "'a",    "'\\v'", "'\\0'",        "'\\\n'",
        "01",       "+",         ".",     "1.e5",  "0x",           "0x1234567890abcdef1",
        "nan",      "inf",       "/*",    "[1]2",  "{\xC3\xA9:1}", "123456789012345678.",
        "'\x01'",   "- 1",       "+-1"}) {
    EXPECT_EQ(translated(text), "?") << text;
  }
  EXPECT_EQ(translated(std::string("[1]\0", 4)), "?");
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(translated(nested(Document::kMaxDepth)), nested(Document::kMaxDepth));
  EXPECT_EQ(translated(nested(Document::kMaxDepth + 1)), "?");
}

TEST(Json5, SaysWhetherScalarsStayAsTheyAre) {
  Json5Translation translation;
  Document document;
  ASSERT_TRUE(translation.translate("{a:'x',b:+1,c:NaN}", &document, nullptr));
  EXPECT_TRUE(translation.keeps_scalars());
  ASSERT_TRUE(translation.translate("{a:'x\"y'}", &document, nullptr));
  EXPECT_FALSE(translation.keeps_scalars());
  ASSERT_TRUE(translation.translate("[.5]", &document, nullptr));
  EXPECT_FALSE(translation.keeps_scalars());
}

/// Without white space, what `text` becomes when it is patched; "JSON", or "?" when it does not
/// become JSON.
std::string patched(const std::string& text, bool* keeps_scalars = nullptr) {
  Document document;
  if (document.read(text)) return "JSON";
  const auto copy = std::make_unique<char[]>(2 * text.size() + Json5Text::kMoreRoom);
  const auto made = patch_json5(&document, copy.get());
  if (!made || !document.read(made->text)) return "?";
  if (keeps_scalars != nullptr) *keeps_scalars = made->keeps_scalars;
  std::string json;
  append_json(document, Document::root(), &json);
  return json;
}

TEST(Json5, IsPatchedWhereItIsNoJson) {
  EXPECT_EQ(patched("[1,]"), "[1]");
  EXPECT_EQ(patched(R"( {"a" : [1, {"b":",]",},] , } )"), R"({"a":[1,{"b":",]"}]})");
  EXPECT_EQ(patched("[[],{},]"), "[[],{}]");
  EXPECT_EQ(patched(R"({"a":1,b:2})"), R"({"a":1,"b":2})");
  EXPECT_EQ(patched(R"({"a":1,'b, {c':'x:y'})"), R"({"a":1,"b, {c":"x:y"})");
  EXPECT_EQ(patched(R"({"a":"it\'s","b":'it\'s'})"), R"({"a":"it's","b":"it's"})");
  EXPECT_EQ(patched("{\"a\":\"\t\",\"b\":+1}"), R"({"a":"\t","b":1})");
  EXPECT_EQ(patched("[1, // it's, [a] comment\n/* another, */ ]"), "[1]");
  EXPECT_EQ(patched("[1,//,\n/*,*/]"), "[1]");
  EXPECT_EQ(patched("{\"a\":1,/* no name */b\xC2\xA0: .5}"), R"({"a":1,"b":0.5})");
  EXPECT_EQ(patched("[NaN,-Infinity,0x1F]"), "?") << "more to change than to copy";
  EXPECT_EQ(patched("[" + std::string(100, '[') + std::string(100, ']') + ",NaN,-Infinity,0x1F]"),
            "[" + std::string(100, '[') + std::string(100, ']') + ",null,-9e999,31]");
}

TEST(Json5, IsNotPatchedWhereTheTokensAreOthers) {
  for (const char* text : {"[,]",
                           "{,}",
                           "[1,,]",
                           "[[,],]",
                           R"({"a":,})",
                           R"({"a",})",
                           "[1,",
                           "[1,}",
                           "[1],",
                           "[/**/,]",
                           "[,/**/]",
                           "[1/**/2]",
                           "[1,]]",
                           "",
                           ",",
                           "['\"']",
                           R"(["a",/*"*/])",
                           "['a'b]",
                           R"({"a":'b"c',d:"e'f"})",
                           R"({"a":1 b:2})",
                           R"({"a":1,null:2})",
                           R"(["a" 'b'])",
                           "[1 /*]",
                           "[0x11+1,]",
                           "a//:",
                           "[a/*:*/]"}) {
    EXPECT_EQ(patched(text), "?") << text;
  }
  const std::string longer = "[" + std::string(kernels::kMaxPiece, ' ') + "1,]";
  EXPECT_EQ(patched(longer), "?") << "too long to be tried";
}

TEST(Json5, MeansTheSameWhenPatched) {
  std::mt19937_64 random(5);
  static constexpr std::string_view kParts[] = {
      "[",      "]",      "{",    "}",       ",",          ",]",       ",}",           "1",
      "\"a\":", "\",]\"", "true", "[1,]",    "{\"b\":2,}", "'",        "\"",           "/*",
      "*/",     "//",     "\n",   " ",       "a:",         "'b'",      "'c,'",         ":",
      "+1",     "0x1",    "\\'",  "\\u0041", "\t",         "\xC2\xA0", "\x0C",         "/*,*/",
      "//]\n",  "NaN",    "a",    "//:\n",   "/*:*/",      "\"d\":1,", "\"e\":[2,3],", "4,",
      "5,"};
  int read = 0;
  for (int i = 0; i < 1000000; ++i) {
    std::string text = random() % 2 == 0 ? "[" : "{\"x\":0,";
    const char* const end = text[0] == '[' ? "]" : "}";
    for (std::size_t n = random() % 8; n > 0; --n) text += kParts[random() % std::size(kParts)];
    text += end;
    bool keeps_scalars = false;
    const std::string json = patched(text, &keeps_scalars);
    if (json == "?" || json == "JSON") continue;
    ASSERT_EQ(json, translated(text)) << text;
    Json5Translation translation;
    Document document;
    ASSERT_TRUE(translation.translate(text, &document, nullptr));
    ASSERT_EQ(keeps_scalars, translation.keeps_scalars()) << text;
    ++read;
  }
  EXPECT_GT(read, 10000);
}

TEST(Json5, TakesEscapesThatStandSideBySide) {
  const std::string units = R"(\u00e9\uD83D\uDE00\n\\\u0041)";
  EXPECT_EQ(translated("['" + units + "x" + units + "']"), "[\"" + units + "x" + units + "\"]");
  EXPECT_EQ(translated("['" + units + R"(\x41']))"), "?") << "one bracket too many";
  EXPECT_EQ(translated("['" + units + R"(\x41'])"), "[\"" + units + R"(\u0041"])");
  for (const char* text : {R"('\u00g0')", R"('\u00)", R"('\)", R"("\u123")", R"('\q')"}) {
    EXPECT_EQ(translated(text), "?") << text;
  }
}

TEST(Json5, HasStringsOfEveryLength) {
  for (std::size_t size = 0; size < 5000; size += size < 40 ? 1 : 61) {
    for (const std::string_view end : {"", "'", "\t", "\"", "\\n", "\xC3\xA9"}) {
      const std::string plain(size, 'a');
      std::string quoted = plain;
      for (const char c : end) {
        if (c == '"') quoted += '\\';
        quoted += c == '\t' ? std::string("\\t") : std::string(1, c);
      }
      quoted += plain;
      if (end != "\"") {
        EXPECT_EQ(translated("{a:\"" + plain + std::string(end) + plain + "\"}"),
                  "{\"a\":\"" + quoted + "\"}");
      }
      if (end != "'") {
        EXPECT_EQ(translated("{a:'" + plain + std::string(end) + plain + "'}"),
                  "{\"a\":\"" + quoted + "\"}");
      }
    }
  }
}

}  // namespace
}  // namespace edgepack::json
