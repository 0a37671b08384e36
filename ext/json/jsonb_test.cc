#include "json/jsonb.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "json/document.h"
#include "json/jsonb_render.h"
#include "json/jsonb_validity.h"

namespace edgepack::json {
namespace {

using namespace std::string_literals;

/// {"a":[1,"x\n"],"b":2.5}
const std::string kObject =
    "\xCC\x0F\x17"
    "a\x6B\x13"
    "1\x38x\\n\x17"
    "b\x35"
    "2.5"s;

std::string text_of(const std::string& bytes) {
  const Jsonb jsonb = Jsonb::recognize(bytes);
  std::string text;
  if (!jsonb || !append_json(jsonb, Jsonb::root(), &text)) return "?";
  return text;
}

TEST(Jsonb, Renders) {
  EXPECT_EQ(text_of(kObject), R"({"a":[1,"x\n"],"b":2.5})");
  EXPECT_EQ(text_of("\x00"s), "null");
  EXPECT_EQ(text_of("\x44"
                    "0x1F"s),
            "31");
  EXPECT_EQ(text_of("\x26"
                    ".5"s),
            "0.5");
  EXPECT_EQ(text_of("\x49"
                    "\\x41"s),
            R"("\u0041")");
  EXPECT_EQ(text_of("\x3A"
                    "a\"b"s),
            R"("a\"b")");
  EXPECT_EQ(text_of("\xDB\x00\x01\x00"s), "[null]")
      << "a header that is longer than it needs to be";
}

TEST(Jsonb, LeavesDamageToTheHost) {
  EXPECT_FALSE(Jsonb::recognize(""));
  EXPECT_FALSE(Jsonb::recognize("[1,2]"s)) << "text in a BLOB";
  EXPECT_FALSE(Jsonb::recognize("\x0D"s)) << "no such type";
  for (std::size_t size = 0; size < kObject.size(); ++size) {
    EXPECT_FALSE(Jsonb::recognize(kObject.substr(0, size))) << size;
  }
  EXPECT_EQ(text_of("\x2B\x23"
                    "1"s),
            "?")
      << "an element that is longer than its array";
  EXPECT_EQ(text_of("\x2C\x17"
                    "a"s),
            "?")
      << "a key without a value";
  EXPECT_EQ(text_of("\x2C\x01\x01"s), "?") << "a key that is no string";
}

TEST(Jsonb, FollowsPaths) {
  const Jsonb jsonb = Jsonb::recognize(kObject);
  ASSERT_TRUE(static_cast<bool>(jsonb));
  const auto find = [&](const char* path) { return jsonb.find(Path::compile(path)); };
  EXPECT_EQ(find("$.a[1]").value, 7U);
  EXPECT_EQ(find("$.a[#-2]").value, 5U);
  EXPECT_EQ(find("$.b").head, 11U);
  EXPECT_FALSE(find("$.b").is_first);
  EXPECT_TRUE(find("$.a").is_first);
  EXPECT_EQ(find("$.c").answer, Found::Answer::kMissing);
  EXPECT_EQ(find("$.a[2]").answer, Found::Answer::kMissing);
  EXPECT_EQ(find("$.a.b").answer, Found::Answer::kMissing);
}

/// Header and payload, of fewer than 256 bytes.
std::string element(int type, const std::string& payload) {
  const std::size_t size = payload.size();
  std::string header(
      1, static_cast<char>((size > 11 ? 12 : size) << 4 | static_cast<std::size_t>(type)));
  if (size > 11) header += static_cast<char>(size);
  return header + payload;
}

TEST(Jsonb, FindsMembersAmongOthersOfAllSizes) {
  constexpr int kText = 7;
  constexpr int kTextRaw = 10;
  constexpr int kObjectType = 12;
  std::mt19937_64 random(11);
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string members;
    std::vector<std::string> labels;
    std::vector<std::size_t> values;
    for (std::size_t n = random() % 6; n > 0; --n) {
      std::string label(random() % 9, 'a');
      if (!label.empty()) label.back() = static_cast<char>('a' + random() % 3);
      members += element(random() % 2 == 0 ? kText : kTextRaw, label);
      labels.push_back(std::move(label));
      values.push_back(members.size());
      members +=
          element(kText, std::string(random() % 4 == 0 ? random() % 130 : random() % 14, 'v'));
    }
    if (members.size() > 255) continue;
    const std::string bytes = element(kObjectType, members);
    const Jsonb jsonb = Jsonb::recognize(bytes);
    if (!jsonb) continue;  // so short that it may be text
    const std::size_t first = bytes.size() - members.size();
    for (const std::string label :
         {"a", "b", "aab", "aaaab", "aaaaaa", "aaaaaab", "aaaaaaab", "ab"}) {
      const Jsonb::Place place = jsonb.find(Path::compile("$." + label));
      const auto at = std::find(labels.begin(), labels.end(), label);
      if (at == labels.end()) {
        ASSERT_EQ(place.answer, Found::Answer::kMissing);
        continue;
      }
      ASSERT_EQ(place.answer, Found::Answer::kValue);
      ASSERT_EQ(place.value, first + values[static_cast<std::size_t>(at - labels.begin())]);
      ASSERT_EQ(place.is_first, at == labels.begin());
      ++found;
    }
    // Cut off or with another byte: nothing outside may be read, which sanitizers see.
    std::string damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto exact = std::make_unique<char[]>(damaged.size());
    damaged.copy(exact.get(), damaged.size());
    if (const Jsonb odd = Jsonb::recognize({exact.get(), damaged.size()})) {
      static_cast<void>(odd.find(Path::compile("$.aab")));
    }
  }
  EXPECT_GT(found, 3000);
}

TEST(Jsonb, KnowsWhereTextComesFrom) {
  JsonbText text;
  Patience patience(nullptr);
  ASSERT_TRUE(text.read(Jsonb::recognize(kObject), Jsonb::root(), &patience));
  EXPECT_TRUE(text.keeps_scalars);
  Document document;
  ASSERT_TRUE(document.read(text.text));
  ASSERT_EQ(text.origins.size(), document.after(Document::root()));
  EXPECT_EQ(text.origins[1], 2U) << "the key a";
  EXPECT_EQ(text.origins[3], 4U) << "its array";
}

TEST(Jsonb, IsValid) {
  EXPECT_TRUE(is_valid(Jsonb::recognize(kObject), nullptr));
  EXPECT_FALSE(is_valid(Jsonb::recognize("\x23"
                                         "01"s),
                        nullptr));
  EXPECT_FALSE(is_valid(Jsonb::recognize("\x2C\x17"
                                         "a"s),
                        nullptr));
  EXPECT_FALSE(is_valid(Jsonb::recognize("\x28\\q"s), nullptr));
}

}  // namespace
}  // namespace edgepack::json
