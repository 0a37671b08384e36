// Documents so long that they are handled piece by piece.

#include "json/giant.h"

#include <gtest/gtest.h>
#include <utility>

#include "json/document.h"
#include "json/json.h"
#include "json/json5.h"
#include "json/utf8.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + part.size());
  while (text.size() < bytes) text += part;
  return text;
}

TEST(Giant, Utf8IsJudgedAcrossPieces) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  Patience patience(nullptr);
  for (const std::string_view character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    for (std::size_t shift = 0; shift < character.size(); ++shift) {
      std::string text = std::string(shift, 'a') + repeated(character, 2 * kPiece);
      EXPECT_TRUE(is_valid_utf8(text, patience)) << character << ' ' << shift;
      for (std::size_t at = kPiece - 4; at < kPiece + 4; ++at) {
        const char kept = std::exchange(text[at], '\xFF');
        EXPECT_FALSE(is_valid_utf8(text, patience)) << character << ' ' << shift << ' ' << at;
        text[at] = kept;
      }
      text.pop_back();
      EXPECT_FALSE(is_valid_utf8(text, patience)) << "cut";
    }
  }
  EXPECT_FALSE(is_valid_utf8(repeated("\x80", kPiece + 8), patience)) << "no character begins";
}

TEST(Giant, AnswersAreThoseOfTheBuiltInFunctions) {
  testing::Database database(register_json);
  const std::string documents[] = {
      "[" + repeated(R"({"id": 7, "tags": ["a", "\u00e9"]} , )", kGiantBytes + 1000) + "0]",
      "[" + repeated(R"({"id":7,"tags":["a","é"]},)", kGiantBytes + 1000) + "0]",
      R"([")" + repeated("\\n\\u00e9 ", kGiantBytes + 1000) + R"("])",
      R"([")" + repeated("long ", kGiantBytes + 1000) + R"("])"};
  for (const std::string& document : documents) {
    for (const char* call :
         {"json_extract(?1,'$')", "json_extract(?1,'$[0]')", "json_extract(?1,'$','$','$[0]')",
          "json(?1)", "json_type(?1,'$[#-1]')", "json_array_length(?1)", "json_quote(?1)"}) {
      const std::string built_in(call);
      sqlite::Statement statement(database, "SELECT " + built_in + " IS f" + built_in);
      statement.bind(1, document);
      ASSERT_TRUE(statement.step());
      EXPECT_EQ(statement.column_integer(0), 1) << call << " of " << document.substr(0, 40);
    }
  }
}

TEST(Giant, AnswersBeyondTheLimitOfTheHostAreRefused) {
  testing::Database database(register_json);
  sqlite3_limit(database.get(), SQLITE_LIMIT_LENGTH, static_cast<int>(2 * kGiantBytes));
  const std::string document = R"([")" + repeated("text", kGiantBytes + 1) + R"("])";
  sqlite::Statement statement(database, "SELECT fjson_extract(?1,'$[0]','$','$')");
  statement.bind(1, document);
  EXPECT_THROW(statement.step(), sqlite::Error);
}

TEST(Giant, TokensAreTheSameAsOfTwoHalves) {
  // Of each kind of buffer many pages, at their most tokens for a byte and at few.
  Patience patience(nullptr);
  for (const std::string_view part : {"[],", "1,", R"({"a":[],"b":"a longer text"},)"}) {
    const std::string half = repeated(part, kGiantBytes);
    const std::string children = half + half.substr(0, half.size() - 1);
    Document of_half;
    Document document;
    const std::string half_text = '[' + half.substr(0, half.size() - 1) + ']';
    ASSERT_TRUE(of_half.read(half_text));
    const auto expect_twice = [&](const Document& whole, Token first) {
      const Token count = of_half.after(Document::root()) - 1;  // with a comma for the last bracket
      ASSERT_EQ(whole.after(first), first + 2 * count + 1);
      const std::size_t shift = whole.start(first) - of_half.start(Document::root());
      for (Token token = 1; token < count; ++token) {
        for (const Token other : {first + token, first + token + count}) {
          const std::size_t expected =
              of_half.start(token) + shift + (other == first + token ? 0 : half.size());
          ASSERT_EQ(whole.kind(other), of_half.kind(token)) << token;
          ASSERT_EQ(whole.start(other), expected) << token;
          ASSERT_EQ(whole.after(other) - other, of_half.after(token) - token) << token;
        }
      }
    };
    const std::string json = '[' + children + ']';
    ASSERT_TRUE(document.read(json, &patience));
    expect_twice(document, Document::root());
    Json5Translation translation;
    ASSERT_TRUE(translation.translate("{a:[" + children + "]}", &document, &patience));
    expect_twice(document, 3);
  }
}

TEST(Giant, TextGrowsWithoutLosingAByte) {
  Patience patience(nullptr);
  std::string text;
  std::string expected;
  const std::string part = repeated("0123456789", kGiantBytes / 3);
  for (int i = 0; i < 10; ++i) {
    append_text(part, &text, &patience);
    expected += part;
  }
  EXPECT_EQ(text, expected);
}

}  // namespace
}  // namespace edgepack::json
