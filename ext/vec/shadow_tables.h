#pragma once
// The shadow tables of docs/vec-format.md as SQL objects: names, creation, recognition, removal.

#include <string>
#include <string_view>

#include "sqlite/statement.h"
#include "vec/definition.h"

namespace edgepack::vec {

/// Which vec0 table, on which connection.
struct TableName {
  sqlite3* database;
  std::string schema;
  std::string table;
};

/// "00" to "99", the NN of a column in the format.
std::string two_digits(std::size_t number);

/// The name in t_rows of partition key, metadata or auxiliary column `number` (of
/// Definition::values()).
std::string value_name(const Definition& definition, std::size_t number);

/// `"schema"."table_suffix"`, quoted.
std::string shadow_name(const TableName& name, std::string_view suffix);

/// True for the suffixes that vec0 uses; SQLITE_DBCONFIG_DEFENSIVE protects them.
bool is_shadow_suffix(std::string_view suffix) noexcept;

/// Makes the shadow tables. Throws sqlite::Error, also when one of those names, or one of
/// sqlite-vec's, is taken.
void create_shadow_tables(const TableName& name, const Definition& definition);

/// Throws sqlite::Error unless t_info says that this module can read the table.
void recognise_shadow_tables(const TableName& name);

void drop_shadow_tables(const TableName& name);

void rename_shadow_tables(const TableName& name, const Definition& definition,
                          const char* new_table);

}  // namespace edgepack::vec
