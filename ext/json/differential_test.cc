// The twins against the functions of the SQLite that the tests are linked with.

#include <algorithm>
#include <gtest/gtest.h>

#include "json/testing/generator.h"
#include "json/testing/twins.h"

namespace edgepack::json {
namespace {

class Differential : public ::testing::Test {
 protected:
  /// Expects the same answer of each twin, with as many of `paths` as it takes.
  void expect_equal(std::string_view document, const std::vector<std::string_view>& paths) {
    const bool is_deep = std::count(document.begin(), document.end(), '[') > 300;
    for (const testing::Twin& twin : testing::all_twins()) {
      if (twin.is_table && is_deep) continue;
      const auto answers = comparison_.run(twin, document, paths);
      ++compared_;
      failed_ += answers.built_in.starts_with("error ") ? 1 : 0;
      ASSERT_EQ(answers.built_in, answers.twin)
          << twin.twin << " of <" << document << "> at <" << paths.front() << '>';
    }
  }

  testing::Comparison comparison_;
  int compared_ = 0;
  int failed_ = 0;
};

TEST_F(Differential, GeneratedDocumentsAndPaths) {
  testing::Generator generator(20240607);
  for (int i = 0; i < 10000 && !HasFatalFailure(); ++i) {
    const std::string document = generator.document();
    const std::string paths[] = {generator.path(), generator.path(), generator.path()};
    expect_equal(document, {paths[0], paths[1], paths[2]});
  }
  // The generator must keep making both: what is accepted and what is refused.
  EXPECT_GT(failed_, compared_ / 20);
  EXPECT_LT(failed_, compared_ / 2);
}

TEST_F(Differential, DocumentsCutAndChangedAtEveryByte) {
  const std::string documents[] = {
      R"({"a":[1,-2.5e3,"x\u0041\n",true,false,null,{"b":{}}],"é":"😀","c":[]})",
      R"( [ "a" , { "a" : 0.1 } ] )", R"("\ud83d\ude00\\")", "-12.50E+07",
      // A string across the blocks of 64 bytes that the scanner works on.
      R"({"a":")" + std::string(60, 'x') + R"(\\\"é","b":[[]]})"};
  constexpr std::string_view kBytes("\0\x1F \"'\\,:[]{}0-+.eEtn/\x7F\x80\xC3\xED\xFF", 26);
  for (const std::string& document : documents) {
    for (std::size_t at = 0; at <= document.size() && !HasFatalFailure(); ++at) {
      expect_equal(document.substr(0, at), {"$.a", "$.a[2]", "$"});
      if (at == document.size()) break;
      for (const char byte : kBytes) {
        std::string changed = document;
        changed[at] = byte;
        expect_equal(changed, {"$.a[2]", "$", "$[1].a"});
      }
    }
  }
}

TEST_F(Differential, DepthAroundTheLimits) {
  for (const std::size_t depth : {1U, 255U, 256U, 257U, 999U, 1000U, 1001U, 2000U, 3000U}) {
    expect_equal(std::string(depth, '[') + std::string(depth, ']'), {"$[0][0]", "$", "$.a"});
    std::string objects;
    for (std::size_t i = 0; i < depth; ++i) objects += R"({"a":)";
    expect_equal(objects + '1' + std::string(depth, '}'), {"$.a.a", "$", "$.b"});
  }
}

TEST_F(Differential, RowsOfDeepAndOfLongDocuments) {
  edgepack::testing::Database& database = comparison_.database();
  const std::string documents[] = {
      "replace(hex(zeroblob(100)),'0','[')||replace(hex(zeroblob(100)),'0',']')",
      "replace(hex(zeroblob(130)),'0','[')||replace(hex(zeroblob(130)),'0',']')",
      "'['||replace(hex(zeroblob(9000)),'00','{\"a\": [1, {\"b\":null}]},')||'1]'"};
  for (const std::string& document : documents) {
    const auto rows = [&](const std::string& table) {
      return "SELECT rowid,key,value,type,atom,id,parent,fullkey,path FROM " + table + "(" +
             document + ")";
    };
    for (const std::string name : {"json_each", "json_tree"}) {
      EXPECT_EQ(
          database.row("SELECT count(*) FROM (" + rows(name) + " EXCEPT " + rows("f" + name) + ")"),
          "0");
      EXPECT_EQ(
          database.row("SELECT count(*) FROM (" + rows("f" + name) + " EXCEPT " + rows(name) + ")"),
          "0");
    }
  }
}

TEST_F(Differential, NumbersAndNamesStuckToWhatFollows) {
  for (const char* document : {"[1\"a\"]",
                               "[\"a\"1]",
                               "[true\"a\"]",
                               "[truefalse]",
                               "[1 2]",
                               "[\"a\"\"b\"]",
                               "{\"a\"\"b\":1}",
                               "[1]2",
                               "[1]]",
                               "{\"a\":1}}",
                               "[1,]",
                               "{\"a\":1,}",
                               "[,1]",
                               "{,}",
                               "[1:2]",
                               "{\"a\",1}",
                               "{1:2}",
                               "{\"a\":1 \"b\":2}",
                               "[}",
                               "{]",
                               "[",
                               "{",
                               "\"",
                               "",
                               " ",
                               "\\",
                               "[\\]",
                               "[1\\n]",
                               "[tru\\u0065]"}) {
    expect_equal(document, {"$", "$.a", "$[0]"});
  }
}

TEST_F(Differential, LongDocuments) {
  testing::Generator generator(7);
  for (const std::size_t count : {100U, 5000U, 60000U}) {
    std::string document = "[";
    for (std::size_t i = 0; i < count; ++i) {
      document += R"({"a": [1, 2.5, "text \u00e9"], "b": {"c": null}} ,)";
    }
    document.back() = ']';
    expect_equal(document, {"$[#-1].a[2]", "$[50]", "$[#-50].b.c"});
    document.back() = ',';
    expect_equal(document, {"$[#-1].a[2]", "$[50]", "$[#-50].b.c"});
  }
}

}  // namespace
}  // namespace edgepack::json
