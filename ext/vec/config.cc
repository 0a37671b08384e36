// vec_config: settings of the process.

#include "vec/config.h"

#include <limits>
#include <memory>
#include <string>

#include "sqlite/error.h"
#include "sqlite/function.h"
#include "vec/block_cache.h"
#include "vec/parallel.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;
using sqlite::Error;

constexpr std::string_view kOperation = "vec_config";

/// A number from 0 on.
struct Setting {
  const char* name;
  const char* what_zero_does;
  std::size_t (*get)() noexcept;
  void (*set)(std::size_t value) noexcept;
};

constexpr Setting kSettings[] = {
    {.name = "cache_bytes",
     .what_zero_does = "0 keeps nothing in memory",
     .get = []() noexcept { return BlockCache::of_process().budget(); },
     .set = [](std::size_t value) noexcept { BlockCache::of_process().set_budget(value); }},
    {.name = "threads",
     .what_zero_does = "0 is one for each core",
     .get = threads,
     .set = set_threads},
};

/// Names are compared without case, as those of a PRAGMA.
const Setting& find_setting(const std::string& name) {
  for (const Setting& setting : kSettings) {
    if (sqlite3_stricmp(name.c_str(), setting.name) == 0) return setting;
  }
  throw Error({.operation = kOperation,
               .object = name,
               .problem = "no such setting",
               .hint = "there are cache_bytes and threads"});
}

std::size_t number_from_zero(const Setting& setting, sqlite::Value value) {
  const bool is_integer = value.type() == SQLITE_INTEGER;
  const sqlite3_int64 number = is_integer ? value.integer() : 0;
  if (!is_integer || number < 0) {
    const std::string got = is_integer ? std::to_string(number) : value.type_name();
    throw Error({.operation = kOperation,
                 .object = setting.name,
                 .problem = "must be an integer from 0 on (got " + got + ")",
                 .hint = setting.what_zero_does});
  }
  constexpr auto kMost = std::numeric_limits<std::size_t>::max() / 8;
  return static_cast<std::uint64_t>(number) > kMost ? kMost : static_cast<std::size_t>(number);
}

/// vec_config(name) -> the value; vec_config(name, value) -> the new value.
void vec_config(Context& context, Arguments arguments) {
  const Setting& setting = find_setting(std::string(arguments[0].text()));
  if (arguments.size() == 2) setting.set(number_from_zero(setting, arguments[1]));
  context.set_integer(static_cast<sqlite3_int64>(setting.get()));
}

constexpr sqlite::Function kFunctions[] = {
    {"vec_config", 1, sqlite::kDirectOnly, vec_config},
    {"vec_config", 2, sqlite::kDirectOnly, vec_config},
};

}  // namespace

void register_vec_config(sqlite3* database) {
  sqlite::register_functions(database, kFunctions,
                             std::make_shared<BlockCache::User>(BlockCache::of_process()));
}

}  // namespace edgepack::vec
