#pragma once
// What a vec0 table consists of, as its CREATE VIRTUAL TABLE says.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vec/vector.h"

namespace edgepack::vec {

inline constexpr std::size_t kMostVectorColumns = 16;
inline constexpr std::size_t kMostPartitionKeys = 4;
inline constexpr std::size_t kMostAuxiliaryColumns = 16;
inline constexpr std::size_t kMostMetadataColumns = 16;
inline constexpr long long kMostDimensions = 16384;

struct VectorColumn {
  std::string name;
  ElementType type;
  std::size_t dimensions;
  Metric metric;
};

/// What the values of a column that is no vector may be.
enum class ValueType { kBoolean, kInteger, kFloat, kText, kBlob };

/// "BOOLEAN", "INTEGER", "FLOAT", "TEXT" or "BLOB".
const char* name_of(ValueType type) noexcept;

/// A primary key (INTEGER or TEXT), a partition key, a metadata or an auxiliary column.
struct ValueColumn {
  std::string name;
  ValueType type;
};

enum class ColumnKind { kVector, kPartitionKey, kMetadata, kAuxiliary };

/// Which column stands at one place of the table: `index` counts within the kind.
struct ColumnReference {
  ColumnKind kind;
  std::size_t index;
};

struct Definition {
  std::vector<VectorColumn> vectors;
  std::optional<ValueColumn> primary_key;
  std::vector<ValueColumn> partition_keys;
  std::vector<ValueColumn> metadata;
  std::vector<ValueColumn> auxiliaries;
  /// The columns in the order in which they were declared, without the primary key.
  std::vector<ColumnReference> columns;

  /// Partition keys, metadata and auxiliary columns together, in this order.
  std::size_t values() const noexcept {
    return partition_keys.size() + metadata.size() + auxiliaries.size();
  }
  /// Where a column that is no vector stands among them.
  std::size_t value_number(ColumnReference column) const noexcept;
  const ValueColumn& value_column(std::size_t number) const noexcept;

  bool has_text_key() const noexcept {
    return primary_key && primary_key->type == ValueType::kText;
  }
  const std::string& name_of(ColumnReference column) const noexcept;
};

/// Reads the arguments of vec0(...) for the table named `table`. Throws sqlite::Error, with
/// sqlite-vec's text where it has one, for everything that is not understood: nothing is ignored.
Definition parse_definition(std::string_view table, std::span<const char* const> arguments);

/// Places of the hidden columns, and of the key before the declared ones.
struct ColumnLayout {
  explicit ColumnLayout(const Definition& definition)
      : command(1 + static_cast<int>(definition.columns.size())) {}

  static constexpr int kKey = 0;
  static constexpr int kFirst = 1;
  int command;
  int distance() const noexcept { return command + 1; }
  int k() const noexcept { return command + 2; }
};

/// The CREATE TABLE statement that tells SQLite the columns: the key (or `rowid`), the declared
/// columns, and hidden ones: one named as the table, `distance` and `k`.
std::string declared_schema(const Definition& definition, std::string_view table);

}  // namespace edgepack::vec
