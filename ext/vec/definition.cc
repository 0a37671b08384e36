#include "vec/definition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sqlite/statement.h"
#include "vec/tokens.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;

[[noreturn]] void fail(const std::string& text) {
  throw Error::verbatim("vec0 constructor error: " + text);
}

struct VectorTypeName {
  std::string_view name;
  ElementType type;
};

constexpr std::array kVectorTypes = {
    VectorTypeName{"float", ElementType::kFloat32},
    VectorTypeName{"float32", ElementType::kFloat32},
    VectorTypeName{"f32", ElementType::kFloat32},
    VectorTypeName{"float8", ElementType::kFloat32},
    VectorTypeName{"float16", ElementType::kFloat16},
    VectorTypeName{"f16", ElementType::kFloat16},
    VectorTypeName{"bfloat16", ElementType::kBFloat16},
    VectorTypeName{"bf16", ElementType::kBFloat16},
    VectorTypeName{"int8", ElementType::kInt8},
    VectorTypeName{"i8", ElementType::kInt8},
    VectorTypeName{"bit", ElementType::kBit},
};

struct MetricName {
  std::string_view name;
  Metric metric;
  bool of_bits;
};

constexpr std::array kMetrics = {
    MetricName{"l2", Metric::kL2, false},          MetricName{"cosine", Metric::kCosine, false},
    MetricName{"l1", Metric::kL1, false},          MetricName{"dot", Metric::kDot, false},
    MetricName{"hamming", Metric::kHamming, true}, MetricName{"jaccard", Metric::kJaccard, true},
};

struct ValueTypeName {
  std::string_view name;
  ValueType type;
};

constexpr std::array kMetadataTypes = {
    ValueTypeName{"boolean", ValueType::kBoolean}, ValueTypeName{"bool", ValueType::kBoolean},
    ValueTypeName{"integer", ValueType::kInteger}, ValueTypeName{"int", ValueType::kInteger},
    ValueTypeName{"int64", ValueType::kInteger},   ValueTypeName{"integer64", ValueType::kInteger},
    ValueTypeName{"float", ValueType::kFloat},     ValueTypeName{"double", ValueType::kFloat},
    ValueTypeName{"float64", ValueType::kFloat},   ValueTypeName{"f64", ValueType::kFloat},
    ValueTypeName{"text", ValueType::kText},
};

constexpr std::array kAuxiliaryTypes = {
    ValueTypeName{"text", ValueType::kText},    ValueTypeName{"integer", ValueType::kInteger},
    ValueTypeName{"int", ValueType::kInteger},  ValueTypeName{"float", ValueType::kFloat},
    ValueTypeName{"double", ValueType::kFloat}, ValueTypeName{"blob", ValueType::kBlob},
};

constexpr std::array kKeyTypes = {
    ValueTypeName{"text", ValueType::kText},
    ValueTypeName{"integer", ValueType::kInteger},
    ValueTypeName{"int", ValueType::kInteger},
};

template <class Names>
auto find_type(const Names& names, const Token& token) {
  return std::find_if(names.begin(), names.end(), [&](const auto& known) {
    return token.kind == Token::Kind::kWord && same_word(token.text, known.name);
  });
}

/// Reads one argument after the other into a definition.
class Parser {
 public:
  explicit Parser(std::string_view table) : table_(table) {}

  void argument(std::string_view text) {
    text_ = text;
    Tokens tokens(text);
    if (tokens.take_symbol('+')) return auxiliary(tokens);
    Token name = tokens.take();
    if (!name.is_name()) fail_to_parse();
    if (tokens.take_symbol('=')) return option(name, tokens);
    const Token type = tokens.take();
    if (tokens.peek().is_symbol('[')) return vector(std::move(name.text), type, tokens);
    value(std::move(name.text), type, tokens);
  }

  Definition finish() {
    if (definition_.vectors.empty()) fail("At least one vector column is required");
    return std::move(definition_);
  }

 private:
  [[noreturn]] void fail_to_parse() const { fail("Could not parse '" + std::string(text_) + "'"); }

  [[noreturn]] void fail_at(const Token& token, const std::string& expected) const {
    fail("Could not parse '" + std::string(text_) + "': unexpected " +
         (token.kind == Token::Kind::kEnd ? "end" : "'" + token.text + "'") + "; expected " +
         expected);
  }

  void vector(std::string name, const Token& type_name, Tokens& tokens) {
    const auto refuse = [this] {
      fail("could not parse vector column '" + std::string(text_) + "'");
    };
    const auto type = find_type(kVectorTypes, type_name);
    if (type == kVectorTypes.end()) refuse();
    tokens.take_symbol('[');
    const auto dimensions = tokens.take_integer();
    if (!dimensions || !tokens.take_symbol(']') || *dimensions < 1) refuse();
    if (*dimensions > kMostDimensions) {
      fail("Dimension on vector column too large, provided " + std::to_string(*dimensions) +
           ", maximum " + std::to_string(kMostDimensions));
    }
    VectorColumn column{std::move(name), type->type, static_cast<std::size_t>(*dimensions),
                        type->type == ElementType::kBit ? Metric::kHamming : Metric::kL2};
    if (column.type == ElementType::kBit && column.dimensions % 8 != 0) {
      fail("could not parse vector column '" + std::string(text_) +
           "': the dimensions of a bit vector must be divisible by 8");
    }
    while (!tokens.at_end()) {
      if (tokens.take_word("distance_metric")) {
        if (!tokens.take_symbol('=')) refuse();
        column.metric = metric(column.type, tokens.take());
      } else if (tokens.take_word("indexed")) {
        index(tokens);
      } else {
        refuse();
      }
    }
    if (definition_.vectors.size() == kMostVectorColumns) {
      fail("Too many provided vector columns, maximum " + std::to_string(kMostVectorColumns));
    }
    append(ColumnKind::kVector, definition_.vectors, std::move(column));
  }

  Metric metric(ElementType type, const Token& name) const {
    const auto metric = std::find_if(kMetrics.begin(), kMetrics.end(), [&](const auto& known) {
      return same_word(name.text, known.name) && known.of_bits == (type == ElementType::kBit);
    });
    if (metric == kMetrics.end())
      fail("could not parse vector column '" + std::string(text_) + "'");
    return metric->metric;
  }

  void index(Tokens& tokens) const {
    if (!tokens.take_word("by")) fail_at(tokens.peek(), "BY");
    const bool flat =
        tokens.take_word("flat") && tokens.take_symbol('(') && tokens.take_symbol(')');
    if (!flat) {
      fail("could not parse vector column '" + std::string(text_) +
           "': only INDEXED BY flat() is supported, which is exact");
    }
  }

  void value(std::string name, const Token& type_name, Tokens& tokens) {
    const auto key_type = find_type(kKeyTypes, type_name);
    if (tokens.take_word("partition")) {
      if (key_type == kKeyTypes.end() || !tokens.take_word("key")) fail_to_parse();
      expect_end(tokens);
      if (definition_.partition_keys.size() == kMostPartitionKeys) {
        fail("More than " + std::to_string(kMostPartitionKeys) +
             " partition key columns were provided");
      }
      return append(ColumnKind::kPartitionKey, definition_.partition_keys,
                    ValueColumn{std::move(name), key_type->type});
    }
    if (tokens.take_word("primary")) {
      if (key_type == kKeyTypes.end() || !tokens.take_word("key")) fail_to_parse();
      expect_end(tokens);
      if (definition_.primary_key) {
        fail(
            "More than one primary key definition was provided, vec0 only suports a single "
            "primary key column");
      }
      refuse_name(name, true);
      definition_.primary_key = ValueColumn{std::move(name), key_type->type};
      return;
    }
    const auto type = find_type(kMetadataTypes, type_name);
    if (type == kMetadataTypes.end()) fail_to_parse();
    expect_end(tokens);
    if (definition_.metadata.size() == kMostMetadataColumns) {
      fail("More than " + std::to_string(kMostMetadataColumns) + " metadata columns were provided");
    }
    append(ColumnKind::kMetadata, definition_.metadata, ValueColumn{std::move(name), type->type});
  }

  void auxiliary(Tokens& tokens) {
    Token name = tokens.take();
    const auto type = find_type(kAuxiliaryTypes, tokens.take());
    if (!name.is_name() || type == kAuxiliaryTypes.end()) fail_to_parse();
    expect_end(tokens);
    if (definition_.auxiliaries.size() == kMostAuxiliaryColumns) {
      fail("More than " + std::to_string(kMostAuxiliaryColumns) +
           " auxiliary columns were provided");
    }
    append(ColumnKind::kAuxiliary, definition_.auxiliaries,
           ValueColumn{std::move(name.text), type->type});
  }

  /// chunk_size is checked as sqlite-vec does, so that its DDL works; blocks choose their own size.
  void option(const Token& name, Tokens& tokens) {
    if (!same_word(name.text, "chunk_size")) fail("Unknown table option: " + name.text);
    const auto size = tokens.take_integer();
    if (!size || !tokens.at_end()) {
      fail("could not parse table option '" + std::string(text_) + "'");
    }
    if (*size == 0) fail("chunk_size must be a non-zero positive integer");
    if (*size % 8 != 0) fail("chunk_size must be divisible by 8");
    if (*size > 4096) fail("chunk_size too large");
  }

  void expect_end(const Tokens& tokens) const {
    if (!tokens.at_end()) fail_at(tokens.peek(), "the end of the column: vec0 has no constraints");
  }

  template <class Column>
  void append(ColumnKind kind, std::vector<Column>& columns, Column column) {
    refuse_name(column.name, false);
    definition_.columns.push_back({kind, columns.size()});
    columns.push_back(std::move(column));
  }

  void refuse_name(const std::string& name, bool primary_key) const {
    if (same_word(name, table_)) {
      fail("column name '" + name + "' conflicts with table name (reserved for command column)");
    }
    const bool reserved = same_word(name, "distance") || same_word(name, "k") ||
                          (!primary_key && same_word(name, "rowid"));
    if (name.empty() || reserved) {
      fail("column name '" + name + "' is reserved; choose another name");
    }
    const auto& columns = definition_.columns;
    const bool taken =
        (definition_.primary_key && same_word(name, definition_.primary_key->name)) ||
        std::any_of(columns.begin(), columns.end(), [&](ColumnReference column) {
          return same_word(name, definition_.name_of(column));
        });
    if (taken) fail("could not declare virtual table, 'duplicate column name: " + name + "'");
  }

  std::string_view table_;
  std::string_view text_;
  Definition definition_;
};

}  // namespace

const char* name_of(ValueType type) noexcept {
  switch (type) {
    case ValueType::kBoolean:
      return "BOOLEAN";
    case ValueType::kInteger:
      return "INTEGER";
    case ValueType::kFloat:
      return "FLOAT";
    case ValueType::kText:
      return "TEXT";
    case ValueType::kBlob:
      return "BLOB";
  }
  return "";
}

std::size_t Definition::value_number(ColumnReference column) const noexcept {
  switch (column.kind) {
    case ColumnKind::kMetadata:
      return partition_keys.size() + column.index;
    case ColumnKind::kAuxiliary:
      return partition_keys.size() + metadata.size() + column.index;
    default:
      return column.index;
  }
}

const ValueColumn& Definition::value_column(std::size_t number) const noexcept {
  if (number < partition_keys.size()) return partition_keys[number];
  number -= partition_keys.size();
  return number < metadata.size() ? metadata[number] : auxiliaries[number - metadata.size()];
}

const std::string& Definition::name_of(ColumnReference column) const noexcept {
  switch (column.kind) {
    case ColumnKind::kVector:
      return vectors[column.index].name;
    case ColumnKind::kPartitionKey:
      return partition_keys[column.index].name;
    case ColumnKind::kMetadata:
      return metadata[column.index].name;
    case ColumnKind::kAuxiliary:
      break;
  }
  return auxiliaries[column.index].name;
}

Definition parse_definition(std::string_view table, std::span<const char* const> arguments) {
  Parser parser(table);
  for (const char* argument : arguments) parser.argument(argument);
  return parser.finish();
}

namespace {

/// The declared type, which gives a column its affinity.
const char* declared_type(const Definition& definition, ColumnReference column) noexcept {
  if (column.kind == ColumnKind::kVector) return "";
  return name_of(definition.value_column(definition.value_number(column)).type);
}

}  // namespace

std::string declared_schema(const Definition& definition, std::string_view table) {
  const std::string key = definition.primary_key ? definition.primary_key->name : "rowid";
  std::string sql = sqlite::format("CREATE TABLE x(\"%w\" %s", key.c_str(),
                                   definition.has_text_key() ? "TEXT" : "INTEGER");
  for (const ColumnReference column : definition.columns) {
    sql += sqlite::format(", \"%w\" %s", definition.name_of(column).c_str(),
                          declared_type(definition, column));
  }
  sql += sqlite::format(", \"%w\" hidden, distance hidden, k hidden)", std::string(table).c_str());
  return sql;
}

}  // namespace edgepack::vec
