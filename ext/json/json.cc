#include "json/json.h"

#include <memory>

#include "json/convert.h"
#include "json/cursor_buffers.h"
#include "json/describe.h"
#include "json/each.h"
#include "json/element_index.h"
#include "json/extract.h"
#include "json/json_table.h"
#include "json/jsonpath_each.h"
#include "json/jsonpath_functions.h"
#include "json/pointer.h"
#include "json/session.h"
#include "json/utf8.h"
#include "sqlite/function.h"

namespace edgepack::json {
namespace {

constexpr sqlite::Function kFunctions[] = {
    {"fjson_extract", -1, sqlite::kPureSubtype, extract},
    {"fjson_get", 2, sqlite::kPureSubtype, get},
    {"fjson_value", 2, sqlite::kPure, value},
    {"fjson_type", 1, sqlite::kPure, type},
    {"fjson_type", 2, sqlite::kPure, type},
    {"fjson_array_length", 1, sqlite::kPure, array_length},
    {"fjson_array_length", 2, sqlite::kPure, array_length},
    {"fjson_valid", 1, sqlite::kPure, valid},
    {"fjson_valid", 2, sqlite::kPure, valid},
    {"fjson_error_position", 1, sqlite::kPure, error_position},
    {"fjson", 1, sqlite::kPureSubtype, minify},
    {"fjson_quote", 1, sqlite::kPureSubtype | SQLITE_SUBTYPE, quote},
    {"fjson_index", 3, sqlite::kDirectOnly, create_element_index},
    {"fjson_index", 4, sqlite::kDirectOnly, create_element_index},
    {"fjson_drop_index", 1, sqlite::kDirectOnly, drop_element_index},
    {"json_pointer", 2, sqlite::kPure, json_pointer},
    {"jsonpath_query", 2, sqlite::kPureSubtype, jsonpath::query},
    {"jsonpath_first", 2, sqlite::kPure, jsonpath::first},
    {"jsonpath_exists", 2, sqlite::kPure, jsonpath::exists},
    {"jsonpath_count", 2, sqlite::kPure, jsonpath::count},
};

}  // namespace

void register_json(sqlite3* database) {
  choose_utf8_validator();
  sqlite::register_functions(database, kFunctions, std::make_shared<Session>(database));
  const sqlite::Module modules[] = {{"fjson_each", each_module()},
                                    {"fjson_tree", tree_module()},
                                    {"fjson_rows", rows_module()},
                                    {"fjson_table", table_module()},
                                    {"jsonpath_each", jsonpath::each_module()}};
  sqlite::register_modules(database, modules, std::make_shared<CursorBuffers>());
}

}  // namespace edgepack::json
