#include "json/override.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "json/convert.h"
#include "json/cursor_buffers.h"
#include "json/describe.h"
#include "json/each.h"
#include "json/extract.h"
#include "json/session.h"
#include "json/utf8.h"
#include "sqlite/table.h"

namespace edgepack::json {
namespace {

/// Calls with more paths stay with the built-in json_extract().
constexpr int kMostExtractArguments = 32;

/// The name of a function as a template argument.
struct Name {
  template <std::size_t kSize>
  constexpr Name(const char (&name)[kSize]) {  // NOLINT(google-explicit-constructor)
    std::copy_n(name, kSize, text);
  }
  char text[24] = {};
};

/// A function of any arity that has the arities of the built-in one.
template <Name kName, auto kBody, std::size_t kLeast, std::size_t kMost = kLeast>
void checked(sqlite::Context& context, sqlite::Arguments arguments) {
  if (arguments.size() < kLeast || arguments.size() > kMost) {
    throw sqlite::Error::verbatim(std::string("wrong number of arguments to function ") +
                                  kName.text + "()");
  }
  kBody(context, arguments);
}

template <Name kName, auto kBody, std::size_t kLeast, std::size_t kMost = kLeast>
constexpr sqlite::Function override_of(int flags) {
  return {kName.text, -1, flags, checked<kName, kBody, kLeast, kMost>};
}

/// Arities that no built-in function has. `safety` is SQLITE_INNOCUOUS where the built-in functions
/// are: a schema must not come to depend on the override.
template <int kSafety>
constexpr auto make_functions() {
  constexpr int kPlain = SQLITE_UTF8 | SQLITE_DETERMINISTIC | kSafety;
  constexpr int kJson = kPlain | SQLITE_RESULT_SUBTYPE;
  std::array<sqlite::Function, 7 + kMostExtractArguments - 1> functions = {
      override_of<"->", get, 2>(kJson),
      override_of<"->>", value, 2>(kPlain),
      override_of<"json_type", type, 1, 2>(kPlain),
      override_of<"json_array_length", array_length, 1, 2>(kPlain),
      override_of<"json_valid", valid, 1, 2>(kPlain),
      override_of<"json", minify, 1>(kJson),
      override_of<"json_quote", quote, 1>(kJson | SQLITE_SUBTYPE),
  };
  for (int arity = 2; arity <= kMostExtractArguments; ++arity) {
    functions[static_cast<std::size_t>(7 + arity - 2)] = {"json_extract", arity, kJson, extract};
  }
  return functions;
}

constexpr auto kFunctions = make_functions<SQLITE_INNOCUOUS>();
constexpr auto kFunctionsBefore341 = make_functions<0>();
constexpr sqlite::Function kFunctionsSince342[] = {
    override_of<"json_error_position", error_position, 1>(sqlite::kPure)};

}  // namespace

void register_override(sqlite3* database) {
  // The module may be loaded into every connection of the process (sqlite3_auto_extension()), but
  // not into the one on which the twins ask the built-in functions.
  if (Host::is_opening()) return;
  choose_utf8_validator();
  const int version = sqlite3_libversion_number();
  const auto session = std::make_shared<Session>(database);
  if (version >= 3041000) {
    sqlite::register_functions(database, kFunctions, session);
  } else {
    sqlite::register_functions(database, kFunctionsBefore341, session);
  }
  if (version >= 3042000) sqlite::register_functions(database, kFunctionsSince342, session);
  const sqlite::Module modules[] = {{"json_each", each_module()}, {"json_tree", tree_module()}};
  sqlite::register_modules(database, modules, std::make_shared<CursorBuffers>());
}

}  // namespace edgepack::json
