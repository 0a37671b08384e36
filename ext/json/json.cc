#include "json/json.h"

#include <memory>

#include "json/extract.h"
#include "json/session.h"
#include "sqlite/function.h"

namespace edgepack::json {
namespace {

constexpr sqlite::Function kFunctions[] = {
    {"fjson_extract", -1, sqlite::kPureSubtype, extract},
    {"fjson_get", 2, sqlite::kPureSubtype, get},
    {"fjson_value", 2, sqlite::kPure, value},
};

}  // namespace

void register_json(sqlite3* database) {
  Document::choose_scanner();
  sqlite::register_functions(database, kFunctions, std::make_shared<Session>());
}

}  // namespace edgepack::json
