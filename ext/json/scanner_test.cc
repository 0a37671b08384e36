// Every scanner that this processor runs, against a reader that takes one character at a time.

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "json/document.h"
#include "json/kernels/scan.h"
#include "json/testing/generator.h"

namespace edgepack::json {
namespace {

/// The grammar of RFC 8259, written down as it stands there.
class Grammar {
 public:
  static bool accepts(std::string_view text) {
    Grammar grammar(text);
    grammar.space();
    if (!grammar.value(0)) return false;
    grammar.space();
    return grammar.text_.empty();
  }

 private:
  explicit Grammar(std::string_view text) : text_(text) {}

  bool take(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool take_one_of(std::string_view set) {
    if (text_.empty() || set.find(text_[0]) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  void space() {
    while (take_one_of(" \t\r\n")) {
    }
  }
  bool digits() {
    if (!take_one_of("0123456789")) return false;
    while (take_one_of("0123456789")) {
    }
    return true;
  }
  bool number() {
    take("-");
    if (!take("0") && !digits()) return false;
    if (take(".") && !digits()) return false;
    if (take_one_of("eE")) {
      take_one_of("+-");
      return digits();
    }
    return true;
  }
  bool string() {
    if (!take("\"")) return false;
    while (!take("\"")) {
      if (take("\\")) {
        if (take("u")) {
          for (int i = 0; i < 4; ++i) {
            if (!take_one_of("0123456789abcdefABCDEF")) return false;
          }
        } else if (!take_one_of("\"\\/bfnrt")) {
          return false;
        }
      } else {
        if (text_.empty() || static_cast<unsigned char>(text_[0]) < 0x20) return false;
        text_.remove_prefix(1);
      }
    }
    return true;
  }
  bool value(int depth) {
    if (text_.empty()) return false;
    if (text_[0] == '"') return string();
    if (take("true") || take("false") || take("null")) return true;
    const bool is_object = text_[0] == '{';
    if (!take_one_of("{[")) return number();
    if (depth == Document::kMaxDepth) return false;
    const std::string_view closer = is_object ? "}" : "]";
    space();
    if (take(closer)) return true;
    do {
      space();
      if (is_object) {
        if (!string()) return false;
        space();
        if (!take(":")) return false;
        space();
      }
      if (!value(depth + 1)) return false;
      space();
    } while (take(","));
    return take(closer);
  }

  std::string_view text_;
};

class Scanner : public ::testing::TestWithParam<const kernels::Scanner*> {
 protected:
  void SetUp() override { kernels::force_scanner(GetParam()); }
  void TearDown() override { kernels::force_scanner(nullptr); }

  /// Expects the scanner to accept what the grammar accepts. In a buffer of its own size, so that
  /// sanitizers see what is read behind it.
  void expect_judged(const std::string& text) {
    const auto exact = std::make_unique<char[]>(text.size() + 1);
    text.copy(exact.get(), text.size());
    exact[text.size()] = '\0';
    const bool accepted = Grammar::accepts(text);
    ASSERT_EQ(document_.read({exact.get(), text.size()}), accepted) << '<' << text << '>';
    (accepted ? accepted_ : refused_) += 1;
  }

  Document document_;
  int accepted_ = 0;
  int refused_ = 0;
};

TEST_P(Scanner, JudgesGeneratedTexts) {
  testing::Generator generator(31);
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i) expect_judged(generator.document());
  EXPECT_GT(accepted_, 5000);
  EXPECT_GT(refused_, 2000);
}

TEST_P(Scanner, JudgesTextsOfFewBytesInEveryOrder) {
  // What the grammar is made of, in random order: most texts are wrong in one place only.
  static constexpr std::string_view kParts[] = {
      "{",    "}",   "[",   "]",      ":",    ",",    "\"a\"",    "\"\"", "0",      "1",
      "-",    "12",  ".5",  "e3",     "E+4",  "true", "false",    "null", " ",      "\n",
      "\\",   "\"",  "\t",  "\x1f",   "\x7f", "\xff", "01",       "-0",   "\"\\\"", "\\u00e9",
      "1e-2", "tru", "nan", "\"x\":", "[1",   "]]",   "{\"a\":1}"};
  std::mt19937_64 random(7);
  for (int i = 0; i < 60000 && !HasFatalFailure(); ++i) {
    std::string text = i % 2 == 0 ? "" : "[";
    for (std::size_t n = random() % 7; n > 0; --n) text += kParts[random() % std::size(kParts)];
    if (i % 2 != 0) text += ']';
    expect_judged(text);
  }
  EXPECT_GT(accepted_, 300);
}

TEST_P(Scanner, JudgesEveryByteEverywhere) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string odd(1, static_cast<char>(byte));
    for (const char* text : {"[1,\"a\",true]", "{\"a\" : {} }", "[0.5e1 , null]", "12"}) {
      const std::string whole(text);
      for (std::size_t at = 0; at <= whole.size() && !HasFatalFailure(); ++at) {
        expect_judged(whole.substr(0, at) + odd + whole.substr(at));
        expect_judged(std::string(60, ' ') + whole.substr(0, at) + odd + whole.substr(at));
      }
    }
  }
}

TEST_P(Scanner, JudgesScalarsAcrossBlocksOfText) {
  // Each at every place around the border of two blocks, and at the very end of the text.
  for (const char* scalar : {"0",
                             "-0",
                             "01",
                             "-",
                             "1.",
                             "1.5",
                             ".5",
                             "1e",
                             "1e5",
                             "1E+5",
                             "1e-",
                             "123456789012",
                             "12345678901234567890123456789012345",
                             "0.12345678901234567890123456789012345678901",
                             "1234567890123456789012345678901.5",
                             "12345678901234567890123456789012.",
                             "1.5e10",
                             "-12.50E-07",
                             "1-1",
                             "1.2.3",
                             "true",
                             "false",
                             "null",
                             "tru",
                             "falsy",
                             "nulll",
                             "truefalse",
                             R"("\u00e9")",
                             R"("\u00g9")",
                             R"("\\\\\"")",
                             R"("\\\")",
                             R"("\u12)",
                             R"("\x")",
                             "\"\x01\"",
                             "1\t",
                             "\"\t\"",
                             "\x0c",
                             "1\x1a"
                             "2"}) {
    for (std::size_t before = 50; before <= 66; ++before) {
      for (const char* after : {"", "]", ",1]", " ]", "\"a\"]", "[]]"}) {
        expect_judged('[' + std::string(before, ' ') + scalar + after);
        expect_judged("[\"" + std::string(before, '\\') + "\"," + scalar + after);
      }
      expect_judged(std::string(before, ' ') + scalar);
    }
  }
}

TEST_P(Scanner, JudgesListsOfScalars) {
  // They are judged side by side: of all lengths, some longer than a block, up to two pieces of
  // text, with one byte changed.
  std::mt19937_64 random(9);
  const auto digits = [&random](std::size_t most) {
    std::string all(1 + random() % most, '1');
    for (char& digit : all) digit = static_cast<char>('1' + random() % 9);
    return all;
  };
  const auto scalar = [&]() -> std::string {
    static constexpr const char* kSigns[] = {"e", "E+", "e-"};
    const std::size_t most = random() % 50 == 0 ? 150 : 6;
    switch (random() % 8) {
      case 0:
        return "true";
      case 1:
        return "false";
      case 2:
        return "null";
      case 3:
        return "-0";
      case 4:
        return digits(most) + kSigns[random() % 3] + digits(3);
      case 5:
        return '-' + digits(most) + '.' + digits(most) + "e" + digits(3);
      case 6:
        return "0." + digits(most);
      default:
        return digits(most);
    }
  };
  for (int i = 0; i < 1500 && !HasFatalFailure(); ++i) {
    std::string text = "[";
    const std::size_t size = i % 40 == 0 ? kernels::kMaxPiece + random() % 20000 : random() % 300;
    while (text.size() < size) text += scalar() + (random() % 4 == 0 ? " , " : ",");
    text += scalar() + ']';
    expect_judged(text);
    static constexpr std::string_view kBytes = "0123456789.eE+-truefalsn, x";
    text[1 + random() % (text.size() - 2)] = kBytes[random() % kBytes.size()];
    expect_judged(text);
  }
  EXPECT_GT(accepted_, 1600);
  EXPECT_GT(refused_, 400);
}

TEST_P(Scanner, JudgesTokensAcrossBlocksOfTokens) {
  // 64 tokens are judged at once: break the text at each of the first 140.
  std::string text = "[";
  for (int i = 0; i < 20; ++i) text += R"({"k":[1,{}],"l":null},)";
  text.back() = ']';
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : std::string_view("{}[]:,\"1 n")) {
      std::string changed = text;
      changed[at] = byte;
      expect_judged(changed);
    }
    expect_judged(text.substr(0, at));
    expect_judged(text.substr(0, at) + text.substr(at + 1));
  }
}

/// Appends a value of at most about `tokens` tokens, nested at most `depth` deep.
void append_nested(std::mt19937_64& random, int tokens, int depth, std::string* text) {
  const bool is_object = random() % 2 == 0;
  if (tokens < 3 || depth == 0) {
    text->append(random() % 3 == 0 ? "\"s\"" : "1");
    return;
  }
  *text += is_object ? '{' : '[';
  for (int left = tokens - 2; left > 0;) {
    const int part = random() % 3 == 0 ? left : 1 + static_cast<int>(random() % 20);
    if (is_object) text->append("\"k\":");
    append_nested(random, std::min(part, left) - 2, depth - 1, text);
    left -= part + 2;
    if (left > 0) *text += ',';
  }
  *text += is_object ? '}' : ']';
}

TEST_P(Scanner, JoinsBrackets) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 3000 && !HasFatalFailure(); ++i) {
    std::string text;
    const int depth = i % 10 == 0 ? 255 : 1 + static_cast<int>(random() % 12);
    append_nested(random, static_cast<int>(random() % 400), depth, &text);
    expect_judged(text);
    ASSERT_TRUE(document_.read(text)) << text;
    std::vector<Token> open;
    for (Token token = 0; document_.kind(token) != '\0'; ++token) {
      const char kind = document_.kind(token);
      if (kind == '{' || kind == '[') open.push_back(token);
      if (kind != '}' && kind != ']') continue;
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(document_.after(open.back()), token + 1) << text;
      open.pop_back();
    }
    // One token changed, taken away or doubled.
    const std::size_t at = random() % text.size();
    static constexpr std::string_view kMarks = "{}[]:,1";
    std::string changed = text;
    changed[at] = kMarks[random() % kMarks.size()];
    expect_judged(changed);
    expect_judged(text.substr(0, at) + text.substr(at + 1));
    expect_judged(text.substr(0, at) + text.substr(at, 1) + text.substr(at));
  }
  // The deepest that is read, and one deeper.
  for (const std::size_t depth : {255U, 256U, 257U, 300U, 600U}) {
    for (const std::size_t before : {0U, 1U, 30U, 63U, 64U, 200U}) {
      std::string text = "[";
      for (std::size_t n = 0; n < before; ++n) text += "[],";
      text += std::string(depth - 1, '[') + std::string(depth, ']');
      expect_judged(text);
    }
  }
}

TEST_P(Scanner, FindsTheSameTokens) {
  testing::Generator generator(32);
  const auto tokens_of = [](std::string_view text) {
    std::string tokens;
    Document document;
    Patience patience(nullptr);
    if (!document.read(text)) return tokens;
    for (Token token = 0; token < document.after(Document::root()); ++token) {
      tokens += std::to_string(document.start(token)) + document.kind(token);
      if (document.is_container(token)) tokens += std::to_string(document.after(token));
      tokens += ' ';
    }
    return tokens + (document.has_escapes() ? "\\" : "") + (document.has_spaces() ? "_" : "") +
           (document.is_utf8(patience) ? "8" : "");
  };
  for (int i = 0; i < 3000; ++i) {
    // Long enough for several pieces, now and then.
    std::string text = generator.document();
    if (i % 100 == 0) {
      std::string list = "[" + text;
      for (int n = 0; n < 2000; ++n) list += "," + text;
      text = list + "]";
    }
    kernels::force_scanner(kernels::usable_scanners().front());
    const std::string expected = tokens_of(text);
    kernels::force_scanner(GetParam());
    ASSERT_EQ(tokens_of(text), expected) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, Scanner, ::testing::ValuesIn(kernels::usable_scanners()),
                         [](const auto& set) { return std::string(set.param->name); });

}  // namespace
}  // namespace edgepack::json
