#include "pack/pack.h"

#include <array>
#include <simdjson/simdjson_version.h>
#include <string>
#include <xsimd/config/xsimd_config.hpp>

#include "pack/version.h"
#include "sqlite/function.h"
#include "sqlite/statement.h"
#include "vec/kernels/kernels.h"

namespace edgepack::pack {
namespace {

/// `words` as a JSON array of strings. Words are identifiers: nothing in them needs an escape.
template <class Words>
std::string json_array(const Words& words) {
  std::string array;
  for (const std::string_view word : words) {
    array += array.empty() ? "[\"" : ",\"";
    array += word;
    array += '"';
  }
  return array.empty() ? "[]" : array + ']';
}

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

/// edgepack_version() -> TEXT
void version(sqlite::Context& context, sqlite::Arguments) { context.set_text(EDGEPACK_VERSION); }

/// edgepack_info() -> JSON object
void info(sqlite::Context& context, sqlite::Arguments) {
  const std::string parts = json_array(std::array<std::string_view, 3>{"vec", "json", "replica"});
  const std::string compiled = json_array(vec::kernels::compiled_names());
  const std::string simdjson =
      dotted(simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
             simdjson::SIMDJSON_VERSION_REVISION);
  const std::string xsimd = dotted(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH);
  sqlite::Statement object(context.database(),
                           "SELECT json_object('version', ?1, 'commit', ?2, 'parts', json(?3),"
                           " 'sqlite', sqlite_version(),"
                           " 'kernels', json_object('chosen', ?4, 'compiled', json(?5)),"
                           " 'simdjson', ?6, 'xsimd', ?7)");
  object.bind(1, EDGEPACK_VERSION).bind(2, EDGEPACK_COMMIT).bind(3, parts);
  object.bind(4, vec::kernels::active().name).bind(5, compiled);
  object.bind(6, simdjson).bind(7, xsimd);
  object.step();
  context.set_json(object.column_text(0));
}

constexpr sqlite::Function kFunctions[] = {
    {"edgepack_version", 0, sqlite::kPure, version},
    {"edgepack_info", 0, sqlite::kPureSubtype, info},
};

}  // namespace

void register_pack(sqlite3* database) { sqlite::register_functions(database, kFunctions); }

}  // namespace edgepack::pack
