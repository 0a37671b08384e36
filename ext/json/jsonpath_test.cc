// JSONPath where SQL alone cannot show it: traps, interrupts, the tables of RFC 9535.

#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include "json/json.h"
#include "sqlite/testing/database.h"

namespace edgepack::json {
namespace {

std::string quoted(const std::string& text) { return sqlite::format("%Q", text.c_str()); }

struct Example {
  const char* path;
  const char* nodes;
};

void expect_nodes(const char* document, std::initializer_list<Example> examples) {
  testing::Database database(register_json);
  for (const Example& example : examples) {
    EXPECT_EQ(database.row("SELECT jsonpath_query(" + quoted(document) + "," +
                           quoted(example.path) + ")"),
              quoted(example.nodes))
        << example.path;
  }
}

TEST(JsonPath, RootNamesAndWildcards) {
  expect_nodes(R"({"k": "v"})", {{"$", R"([{"k":"v"}])"}});
  expect_nodes(R"({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}})", {{"$.o['j j']", R"([{"k.k":3}])"},
                                                                {"$.o['j j']['k.k']", "[3]"},
                                                                {R"($.o["j j"]["k.k"])", "[3]"},
                                                                {R"($["'"]["@"])", "[2]"}});
  expect_nodes(R"({"o": {"j": 1, "k": 2}, "a": [5, 3]})", {{"$[*]", R"([{"j":1,"k":2},[5,3]])"},
                                                           {"$.o[*]", "[1,2]"},
                                                           {"$.o[*, *]", "[1,2,1,2]"},
                                                           {"$.a[*]", "[5,3]"}});
}

TEST(JsonPath, IndexesAndSlices) {
  expect_nodes(R"(["a","b"])", {{"$[1]", R"(["b"])"}, {"$[-2]", R"(["a"])"}, {"$[-3]", "[]"}});
  expect_nodes(R"(["a", "b", "c", "d", "e", "f", "g"])",
               {{"$[1:3]", R"(["b","c"])"},
                {"$[5:]", R"(["f","g"])"},
                {"$[1:5:2]", R"(["b","d"])"},
                {"$[5:1:-2]", R"(["f","d"])"},
                {"$[::-1]", R"(["g","f","e","d","c","b","a"])"},
                {"$[::0]", "[]"},
                {"$[-2:]", R"(["f","g"])"},
                {"$[:-5]", R"(["a","b"])"},
                {"$[9:-9:-3]", R"(["g","d","a"])"},
                {"$[9007199254740991:-9007199254740991:-9007199254740991]", R"(["g"])"},
                {"$[0, 3]", R"(["a","d"])"},
                {"$[0:2, 5]", R"(["a","b","f"])"},
                {"$[0, 0]", R"(["a","a"])"}});
}

TEST(JsonPath, Comparisons) {
  // RFC 9535, table 11: `$.absent1 == $.absent2` and so on, asked of the root by a filter.
  constexpr const char* kDocument = R"([{"obj": {"x": "y"}, "arr": [2, 3]}])";
  struct {
    const char* comparison;
    bool holds;
  } const kTable[] = {
      {"@.absent1 == @.absent2", true},
      {"@.absent1 <= @.absent2", true},
      {"@.absent == 'g'", false},
      {"@.absent1 != @.absent2", false},
      {"@.absent != 'g'", true},
      {"1 <= 2", true},
      {"1 > 2", false},
      {"13 == '13'", false},
      {"'a' <= 'b'", true},
      {"'a' > 'b'", false},
      {"@.obj == @.arr", false},
      {"@.obj != @.arr", true},
      {"@.obj == @.obj", true},
      {"@.obj != @.obj", false},
      {"@.arr == @.arr", true},
      {"@.arr != @.arr", false},
      {"@.obj == 17", false},
      {"@.obj != 17", true},
      {"@.obj <= @.arr", false},
      {"@.obj < @.arr", false},
      {"@.obj <= @.obj", true},
      {"@.arr <= @.arr", true},
      {"1 <= @.arr", false},
      {"1 >= @.arr", false},
      {"1 > @.arr", false},
      {"1 < @.arr", false},
      {"true <= true", true},
      {"true > true", false},
      {"1.0 == 1", true},
      {"-0 == 0", true},
      {"1e2 == 100", true},
      {"1e400 > 1e308", true},
      {"0.1e-400 == 0", true},
      {"'\\uD83D\\uDE00' > '\\uFFFF'", true},
  };
  testing::Database database(register_json);
  for (const auto& row : kTable) {
    EXPECT_EQ(database.row("SELECT jsonpath_exists(" + quoted(kDocument) + "," +
                           quoted(std::string("$[?") + row.comparison + "]") + ")"),
              row.holds ? "1" : "0")
        << row.comparison;
  }
}

TEST(JsonPath, Filters) {
  expect_nodes(
      R"({"a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
          "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}}, "e": "f"})",
      {{"$.a[?@.b == 'kilo']", R"([{"b":"kilo"}])"},
       {"$.a[?(@.b == 'kilo')]", R"([{"b":"kilo"}])"},
       {"$.a[?@>3.5]", "[5,4,6]"},
       {"$.a[?@.b]", R"([{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}])"},
       {"$[?@[?@.b]]", R"([[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]])"},
       {"$.o[?@<3, ?@<3]", "[1,2,1,2]"},
       {"$.a[?@<2 || @.b == \"k\"]", R"([1,{"b":"k"}])"},
       {"$.a[?match(@.b, \"[jk]\")]", R"([{"b":"j"},{"b":"k"}])"},
       {"$.a[?search(@.b, \"[jk]\")]", R"([{"b":"j"},{"b":"k"},{"b":"kilo"}])"},
       {"$.o[?@>1 && @<4]", "[2,3]"},
       {"$.o[?@.u || @.x]", R"([{"u":6}])"},
       {"$.a[?@.b == $.x]", "[3,5,1,2,4,6]"},
       {"$.a[?@ == @]", R"([3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}])"}});
}

TEST(JsonPath, EqualityOfContainers) {
  testing::Database database(register_json);
  const auto equal = [&](const char* left, const char* right) {
    return database.row("SELECT jsonpath_exists('[{\"l\":' || " + quoted(left) +
                        " || ',\"r\":' || " + quoted(right) + " || '}]', '$[?@.l == @.r]')") == "1";
  };
  EXPECT_TRUE(equal(R"({"a":1,"b":[2,{"c":null}]})", R"({"b":[2.0,{"\u0063":null}],"a":1e0})"));
  EXPECT_FALSE(equal(R"({"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(equal(R"({"a":1,"c":2})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(equal("[1,2]", "[2,1]"));
  EXPECT_FALSE(equal("[1,2]", "[1,2,3]"));
  EXPECT_FALSE(equal("[]", "{}"));
  EXPECT_TRUE(equal(R"({"a":1,"a":2})", R"({"a":1})"));  // of equal names the first counts
}

TEST(JsonPath, Descendants) {
  expect_nodes(R"({"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]})",
               {{"$..j", "[1,4]"},
                {"$..[0]", R"([5,{"j":4}])"},
                {"$.o..[*, *]", "[1,2,1,2]"},
                {"$.a..[0, 1]", R"([5,3,{"j":4},{"k":6}])"}});
}

TEST(JsonPath, NullIsAValue) {
  expect_nodes(R"({"a": null, "b": [null], "c": [{}], "null": 1})", {{"$.a", "[null]"},
                                                                     {"$.a[0]", "[]"},
                                                                     {"$.a.d", "[]"},
                                                                     {"$.b[0]", "[null]"},
                                                                     {"$.b[?@]", "[null]"},
                                                                     {"$.b[?@==null]", "[null]"},
                                                                     {"$.c[?@.d==null]", "[]"},
                                                                     {"$.null", "[1]"}});
}

/// Runs `sql`, interrupts it after a moment, and answers how long it went on after that.
std::chrono::milliseconds time_to_stop(const std::string& sql) {
  using Clock = std::chrono::steady_clock;
  testing::Database database(register_json);
  Clock::time_point asked;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    asked = Clock::now();
    sqlite3_interrupt(database.get());
  });
  int code = SQLITE_OK;
  try {
    database.rows(sql);
  } catch (const sqlite::Error& error) {
    code = error.code();
  }
  const Clock::time_point stopped = Clock::now();
  other.join();
  EXPECT_EQ(code, SQLITE_INTERRUPT) << sql;
  return std::chrono::duration_cast<std::chrono::milliseconds>(stopped - asked);
}

TEST(JsonPath, TrapsCanBeInterrupted) {
  // 200 arrays in one another: seven wildcards of descendants select some 10^12 nodes.
  const std::string nested =
      "replace(hex(zeroblob(200)),'00','[') || replace(hex(zeroblob(200)),'00',']')";
  const std::string flat = "'[' || replace(hex(zeroblob(200000)),'00','[1],') || '1]'";
  const std::string text = "'[\"' || replace(hex(zeroblob(3000000)),'00','a') || '\"]'";
  constexpr std::chrono::milliseconds kPatient(1000);  // the machine may be busy
  EXPECT_LT(time_to_stop("SELECT jsonpath_count(" + nested + ", '$..*..*..*..*..*..*..*')"),
            kPatient);
  EXPECT_LT(
      time_to_stop("SELECT count(*) FROM jsonpath_each(" + nested + ", '$..*..*..*..*..*..*..*')"),
      kPatient);
  EXPECT_LT(
      time_to_stop("SELECT jsonpath_count(" + flat + ", '$[?count($[?count($[?@[0]==1])>0])>0]')"),
      kPatient);
  EXPECT_LT(time_to_stop("SELECT jsonpath_count(" + text + ", '$[?search(@, \"((a|a)*){50}b\")]')"),
            kPatient);
}

/// An array in an array and so on, `depth` of them, as SQL.
std::string nested_arrays(int depth) {
  const std::string many = "hex(zeroblob(" + std::to_string(depth) + "))";
  return "(replace(" + many + ",'00','[') || replace(" + many + ",'00',']'))";
}

// Each of these would take longer than the universe has existed if it went all ways one by one.
TEST(JsonPath, WaysThatLeadNowhereAreGoneOnce) {
  testing::Database database(register_json);
  const auto count = [&database](const std::string& document, const std::string& path) {
    return database.row("SELECT jsonpath_count(" + document + ", " + quoted(path) + ")");
  };
  const auto repeated = [](const char* text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  const std::string nested = nested_arrays(200);
  EXPECT_EQ(count(nested, "$" + repeated("..*", 30) + ".x"), "0");
  EXPECT_EQ(count(nested, "$" + repeated("[0,0]", 100) + ".x"), "0");
  EXPECT_EQ(count(nested, "$" + repeated("..[?@..[0]", 30) + repeated("]", 30) + ".x"), "0");
  EXPECT_EQ(count(nested, "$" + repeated("..[?!@..[?@.x]", 40) + repeated("]", 40)), "199");
  EXPECT_EQ(count(nested, "$..[?@" + repeated("..*", 30) + ".x]"), "0");
  EXPECT_EQ(count(nested, "$" + repeated("..[?$", 60) + ".x" + repeated("]", 60)), "0");
  EXPECT_EQ(count(nested, "$" + repeated("..[?count(@..[?@.x]", 30) + repeated(")==0]", 30)),
            "199");
}

// So many ways lead from the outermost of n arrays to others: n over the number of steps.
TEST(JsonPath, EveryWayToANodeCounts) {
  testing::Database database(register_json);
  const auto count = [&database](const char* path) {
    return database.row("SELECT jsonpath_count(" + nested_arrays(21) + ", " + quoted(path) + ")");
  };
  EXPECT_EQ(count("$..*..*"), "190");
  EXPECT_EQ(count("$..*..*..*..*"), "4845");
  EXPECT_EQ(count("$..*..*..[?@..*]"), "969");  // the innermost has none
  EXPECT_EQ(count("$..*..*..[?!@..*]"), "171");
  EXPECT_EQ(count("$..*..*..[?@..[?@..*]]"), "816");
  EXPECT_EQ(count("$..[0,0]..[0,0]"), "760");
  EXPECT_EQ(count("$..[?$..*,?$..x]..[?$..x,?$..*]"), "190");
}

TEST(JsonPath, AnswersStopAtTheLimitOfLength) {
  testing::Database database(register_json);
  sqlite3_limit(database.get(), SQLITE_LIMIT_LENGTH, 100'000);
  EXPECT_EQ(database.error("SELECT jsonpath_query(replace(hex(zeroblob(200)),'00','[') || "
                           "replace(hex(zeroblob(200)),'00',']'), '$..*..*..*..*')"),
            "string or blob too big");
}

TEST(JsonPath, NodesAreFoundWithoutAllBeingKept) {
  testing::Database database(register_json);
  EXPECT_EQ(
      database.row("SELECT jsonpath_exists(d, p), jsonpath_first(d, p) FROM (SELECT "
                   "replace(hex(zeroblob(200)),'00','[') || replace(hex(zeroblob(200)),'00',']') "
                   "AS d, '$..*..*..*..*..*..*..[?!@.*]' AS p)"),
      "1|'[]'");
}

}  // namespace
}  // namespace edgepack::json
