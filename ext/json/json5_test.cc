#include "json/json5.h"

#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "json/document.h"
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

/// Without white space, or "?": what `text` becomes when nothing but its last commas is looked at.
std::string without_last_commas(const std::string& text) {
  Document document;
  if (document.read(text)) return "JSON";
  const auto copy = std::make_unique<char[]>(text.size() + 1);
  if (!document.read_without_last_commas(copy.get())) return "?";
  std::string json;
  append_json(document, Document::root(), &json);
  return json;
}

TEST(Json5, MayHaveCommasBehindLastChildren) {
  EXPECT_EQ(without_last_commas("[1,]"), "[1]");
  EXPECT_EQ(without_last_commas(R"( {"a" : [1, {"b":",]",},] , } )"), R"({"a":[1,{"b":",]"}]})");
  EXPECT_EQ(without_last_commas("[[],{},]"), "[[],{}]");
  for (const char* text : {"[,]", "{,}", "[1,,]", "[[,],]", R"({"a":,})", R"({"a",})", "[1,",
                           "[1,}", "[1],", "[1,/**/]", "['a',]", "[1,]]", "", ","}) {
    EXPECT_EQ(without_last_commas(text), "?") << text;
  }
  const std::string longer = "[" + std::string(kernels::kMaxPiece, ' ') + "1,]";
  EXPECT_EQ(without_last_commas(longer), "?") << "too long to be tried";
}

TEST(Json5, MeansTheSameWithoutLastCommas) {
  std::mt19937_64 random(5);
  static constexpr std::string_view kParts[] = {
      "[", "]", "{", "}", ",", ",]", ",}", "1", "\"a\":", "\",]\"", "true", "[1,]", "{\"b\":2,}"};
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text = "[";
    for (std::size_t n = random() % 6; n > 0; --n) text += kParts[random() % std::size(kParts)];
    text += ",]";
    const std::string json = without_last_commas(text);
    if (json == "?") continue;
    ASSERT_EQ(json, translated(text)) << text;
    ++read;
  }
  EXPECT_GT(read, 1000);
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
