// vec_config: settings of the process.

#include "vec/config.h"

#include <limits>
#include <memory>
#include <string>

#include "sqlite/error.h"
#include "sqlite/function.h"
#include "vec/block_cache.h"

namespace edgepack::vec {
namespace {

using sqlite::Arguments;
using sqlite::Context;
using sqlite::Error;

constexpr std::string_view kOperation = "vec_config";
constexpr std::string_view kCacheBytes = "cache_bytes";

/// `value` as a number of bytes.
std::size_t byte_count(sqlite::Value value) {
  const bool is_integer = value.type() == SQLITE_INTEGER;
  const sqlite3_int64 bytes = is_integer ? value.integer() : 0;
  if (!is_integer || bytes < 0) {
    const std::string got = is_integer ? std::to_string(bytes) : value.type_name();
    throw Error({.operation = kOperation,
                 .object = kCacheBytes,
                 .problem = "must be an integer from 0 on (got " + got + ")",
                 .hint = "0 keeps nothing in memory"});
  }
  constexpr auto kMost = std::numeric_limits<std::size_t>::max() / 8;
  return static_cast<std::uint64_t>(bytes) > kMost ? kMost : static_cast<std::size_t>(bytes);
}

/// vec_config(name) -> the value; vec_config(name, value) -> the new value. Names are compared
/// without case, as those of a PRAGMA.
void vec_config(Context& context, Arguments arguments) {
  const std::string name(arguments[0].text());
  if (sqlite3_stricmp(name.c_str(), kCacheBytes.data()) != 0) {
    throw Error({.operation = kOperation,
                 .object = name,
                 .problem = "no such setting",
                 .hint = "there is cache_bytes"});
  }
  BlockCache& cache = BlockCache::of_process();
  if (arguments.size() == 2) cache.set_budget(byte_count(arguments[1]));
  context.set_integer(static_cast<sqlite3_int64>(cache.budget()));
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
