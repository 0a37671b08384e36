#include "sqlite/function.h"

#include <gtest/gtest.h>
#include <stdexcept>

#include "sqlite/testing/database.h"

namespace edgepack::sqlite {
namespace {

void add(Context& context, Arguments arguments) {
  context.set_integer(arguments[0].integer() + arguments[1].integer());
}
void echo_text(Context& context, Arguments arguments) { context.set_text(arguments[0].text()); }
void echo_blob(Context& context, Arguments arguments) { context.set_blob(arguments[0].blob()); }
void as_json(Context& context, Arguments arguments) { context.set_json(arguments[0].text()); }
void count(Context& context, Arguments arguments) {
  context.set_integer(static_cast<sqlite3_int64>(arguments.size()));
}
void type_name(Context& context, Arguments arguments) {
  context.set_text(arguments[0].type_name());
}
void say_nothing(Context&, Arguments) {}

void fail_with_error(Context&, Arguments) {
  throw Error({.operation = "fail", .object = "argument 1", .problem = "is odd"}, SQLITE_RANGE);
}
void fail_with_standard_exception(Context&, Arguments) { throw std::runtime_error("standard"); }
void fail_with_number(Context&, Arguments) { throw 42; }
void fail_with_bad_alloc(Context&, Arguments) { throw std::bad_alloc(); }

struct Counter {
  int calls = 0;
  bool* released = nullptr;
  ~Counter() {
    if (released != nullptr) *released = true;
  }
};
void next_number(Context& context, Arguments) {
  context.set_integer(++context.state<Counter>().calls);
}

struct Kept {
  int uses = 0;
};
void uses_of_constant(Context& context, Arguments) {
  auto* kept = context.auxiliary<Kept>(0);
  if (kept == nullptr) kept = context.store_auxiliary(0, std::make_unique<Kept>());
  context.set_integer(kept == nullptr ? -1 : ++kept->uses);
}

constexpr Function kFunctions[] = {
    {"add_two", 2, kPure, add},
    {"echo_text", 1, kPure, echo_text},
    {"echo_blob", 1, kPure, echo_blob},
    {"as_json", 1, kPureSubtype, as_json},
    {"count_arguments", -1, kPure, count},
    {"type_name", 1, kPure, type_name},
    {"say_nothing", 0, kPure, say_nothing},
    {"fail_with_error", 0, kPure, fail_with_error},
    {"fail_with_standard_exception", 0, kPure, fail_with_standard_exception},
    {"fail_with_number", 0, kPure, fail_with_number},
    {"fail_with_bad_alloc", 0, kPure, fail_with_bad_alloc},
    {"uses_of_constant", 1, kPure, uses_of_constant},
    {"touch_file", 1, kDirectOnly, echo_text},
};
constexpr Function kStateful[] = {{"next_number", 0, SQLITE_UTF8, next_number},
                                  {"next_number", 1, SQLITE_UTF8, next_number}};

void register_all(sqlite3* database) { register_functions(database, kFunctions); }

TEST(Function, AnswersEveryType) {
  testing::Database database(register_all);
  EXPECT_EQ(database.row("SELECT add_two(2, 40)"), "42");
  EXPECT_EQ(database.row("SELECT echo_text('naïve'), echo_text(''), echo_text(NULL)"),
            "'naïve'|''|''");
  EXPECT_EQ(database.row("SELECT echo_blob(x'0001ff'), echo_blob(x''), echo_blob('ab')"),
            "X'0001FF'|X''|X'6162'");
  EXPECT_EQ(database.row("SELECT count_arguments(), count_arguments(1, NULL, x'')"), "0|3");
  EXPECT_EQ(database.row("SELECT type_name(1), type_name(1.5), type_name('a'), type_name(x''), "
                         "type_name(NULL)"),
            "'INTEGER'|'REAL'|'TEXT'|'BLOB'|'NULL'");
  EXPECT_EQ(database.row("SELECT say_nothing()"), "NULL");
}

TEST(Function, KeepsTextBehindANulByte) {
  testing::Database database(register_all);
  EXPECT_EQ(database.row("SELECT hex(echo_text('a' || char(0) || 'b'))"), "'610062'");
}

TEST(Function, MarksJson) {
  testing::Database database(register_all);
  EXPECT_EQ(database.row("SELECT json_array(as_json('[1,2]'), '[1,2]')"), "'[[1,2],\"[1,2]\"]'");
}

TEST(Function, TurnsEveryExceptionIntoAnError) {
  testing::Database database(register_all);
  EXPECT_EQ(database.error("SELECT fail_with_error()"), "fail: argument 1: is odd");
  EXPECT_EQ(sqlite3_extended_errcode(database), SQLITE_RANGE);
  EXPECT_EQ(database.error("SELECT fail_with_standard_exception()"), "standard");
  EXPECT_EQ(database.error("SELECT fail_with_number()"), "edgepack: unknown failure");
  EXPECT_EQ(database.error("SELECT fail_with_bad_alloc()"), "out of memory");
  EXPECT_EQ(sqlite3_errcode(database), SQLITE_NOMEM);
  EXPECT_EQ(database.row("SELECT add_two(1, 1)"), "2") << "the connection goes on working";
}

TEST(Function, SharesAndReleasesItsState) {
  bool released = false;
  {
    testing::Database database(nullptr);
    auto counter = std::make_shared<Counter>();
    counter->released = &released;
    register_functions(database, kStateful, std::move(counter));
    EXPECT_EQ(database.row("SELECT next_number()"), "1");
    EXPECT_EQ(database.row("SELECT next_number(0)"), "2") << "both rows share one state";
    EXPECT_FALSE(released);
  }
  EXPECT_TRUE(released);
}

TEST(Function, KeepsAuxiliaryDataWithAConstantArgument) {
  testing::Database database(register_all);
  EXPECT_EQ(database.row("WITH n(i) AS (VALUES(1),(2),(3)) "
                         "SELECT max(uses_of_constant('path')) FROM n WHERE i > 0"),
            "1")
      << "a pure function of constants is called once";
  EXPECT_EQ(database.rows("WITH n(i) AS (VALUES(1),(2),(3)) SELECT uses_of_constant(i) FROM n"),
            (std::vector<std::string>{"1", "1", "1"}))
      << "an argument that varies keeps nothing";
}

TEST(Function, DirectOnlyIsRefusedInASchema) {
  testing::Database database(register_all);
  database.rows("CREATE VIEW v AS SELECT touch_file('x') AS y");
  EXPECT_EQ(database.error("SELECT * FROM v"), "unsafe use of touch_file()");
}

TEST(Function, NamesTheFunctionThatCannotBeRegistered) {
  static constexpr Function kTooManyArguments[] = {{"wrong", 5000, kPure, add}};
  testing::Database database(nullptr);
  EXPECT_THROW(
      {
        try {
          register_functions(database, kTooManyArguments);
        } catch (const Error& error) {
          EXPECT_NE(std::string(error.what()).find("register function: wrong"), std::string::npos);
          throw;
        }
      },
      Error);
}

}  // namespace
}  // namespace edgepack::sqlite
