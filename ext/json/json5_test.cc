#include "json/json5.h"

#include <gtest/gtest.h>
#include <string>

#include "json/document.h"
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

}  // namespace
}  // namespace edgepack::json
