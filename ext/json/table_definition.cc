#include "json/table_definition.h"

#include <algorithm>
#include <charconv>

#include "json/lexical.h"
#include "sqlite/error.h"

namespace edgepack::json {
namespace {

constexpr int kMostNesting = 16;

struct Word {
  enum class Kind { kName, kQuoted, kString, kNumber, kSign, kEnd };
  Kind kind;
  std::string text;  // without quotes
};

bool is_name_byte(char c) noexcept {
  const auto lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : +c; };
    return upper(x) == upper(y);
  });
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  RowSource parse() {
    RowSource source{.path = path("the row path as a string")};
    while (take(",")) parse_column(source, 0);
    if (word_.kind != Word::Kind::kEnd) fail("',' or the end");
    return source;
  }

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    const std::string got = word_.kind == Word::Kind::kEnd ? "the end" : '\'' + word_.text + '\'';
    throw sqlite::Error({.operation = "fjson_table",
                         .problem = "expected " + std::string(expected) + ", got " + got});
  }

  void skip_blanks() {
    while (!text_.empty()) {
      std::size_t size = 0;
      if (is_space(text_.front()) || text_.front() == '\f') {
        size = 1;
      } else if (text_.starts_with("--")) {
        size = text_.find('\n');
      } else if (text_.starts_with("/*")) {
        const std::size_t end = text_.find("*/", 2);
        size = end == std::string_view::npos ? end : end + 2;
      }
      if (size == 0) return;
      text_.remove_prefix(std::min(size, text_.size()));
    }
  }

  void advance() {
    skip_blanks();
    word_ = {Word::Kind::kEnd, {}};
    if (text_.empty()) return;
    const char first = text_.front();
    std::size_t size = 1;
    if (first == '\'' || first == '"' || first == '`' || first == '[') return read_quoted();
    const bool is_negative = first == '-' && text_.size() > 1 && is_digit(text_[1]);
    if (is_digit(first) || is_negative) {
      word_.kind = Word::Kind::kNumber;
      while (size < text_.size() &&
             (is_name_byte(text_[size]) || text_[size] == '.' ||
              ((text_[size] == '-' || text_[size] == '+') && (text_[size - 1] | 0x20) == 'e'))) {
        ++size;
      }
    } else if (is_name_byte(first)) {
      word_.kind = Word::Kind::kName;
      while (size < text_.size() && is_name_byte(text_[size])) ++size;
    } else {
      word_.kind = Word::Kind::kSign;
    }
    word_.text = text_.substr(0, size);
    text_.remove_prefix(size);
  }

  void read_quoted() {
    const char close = text_.front() == '[' ? ']' : text_.front();
    word_.kind = close == '\'' ? Word::Kind::kString : Word::Kind::kQuoted;
    std::size_t at = 1;
    for (;; ++at) {
      if (at >= text_.size()) fail("a closing quote");
      if (text_[at] == close) {
        const bool is_doubled = close != ']' && at + 1 < text_.size() && text_[at + 1] == close;
        if (!is_doubled) break;
        ++at;
      }
      word_.text += text_[at];
    }
    text_.remove_prefix(at + 1);
  }

  bool at(std::string_view keyword) const {
    return (word_.kind == Word::Kind::kName || word_.kind == Word::Kind::kSign) &&
           equal_ignoring_case(word_.text, keyword);
  }
  bool take(std::string_view keyword) {
    if (!at(keyword)) return false;
    advance();
    return true;
  }
  void expect(std::string_view keyword) {
    if (!take(keyword)) fail(keyword);
  }

  jsonpath::Query path(std::string_view expected) {
    if (word_.kind != Word::Kind::kString) fail(expected);
    jsonpath::Query query = parse_relative_path(word_.text);
    advance();
    return query;
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as kMostNesting
  void parse_column(RowSource& source, int depth) {
    if (word_.kind == Word::Kind::kName && at("NESTED")) {
      advance();
      take("PATH");
      if (depth == kMostNesting) fail("fewer nested paths");
      RowSource& nested =
          source.nested.emplace_back(RowSource{.path = path("the nested path as a string")});
      expect("COLUMNS");
      expect("(");
      do {
        parse_column(nested, depth + 1);
      } while (take(","));
      return expect(")");
    }
    if (word_.kind != Word::Kind::kName && word_.kind != Word::Kind::kQuoted) fail("a column");
    TableColumn column{.name = word_.text};
    advance();
    if (take("FOR")) {
      expect("ORDINALITY");
      column.kind = TableColumn::Kind::kOrdinality;
      column.declared_type = "INTEGER";
    } else {
      parse_type(column);
      if (take("EXISTS")) column.kind = TableColumn::Kind::kExists;
      if (take("PATH")) {
        column.path = path("the column's path as a string");
      } else {
        column.path = member_path(column.name);
      }
      parse_fallbacks(column);
    }
    source.columns.push_back(std::move(column));
  }

  /// A column without a path is the member of its name.
  static jsonpath::Query member_path(const std::string& name) {
    jsonpath::Query query{.is_absolute = false};
    query.segments.emplace_back();
    query.segments.back().selectors.push_back(
        {.kind = jsonpath::Selector::Kind::kName, .name = name});
    return query;
  }

  bool ends_type() const {
    static constexpr std::string_view kWords[] = {"EXISTS",  "PATH", "NULL", "ERROR",
                                                  "DEFAULT", ",",    ")"};
    return word_.kind == Word::Kind::kEnd || word_.kind == Word::Kind::kString ||
           std::any_of(std::begin(kWords), std::end(kWords),
                       [this](auto word) { return at(word); });
  }

  void parse_type(TableColumn& column) {
    std::string first;
    while (!ends_type()) {
      if (first.empty()) first = word_.text;
      if (take("(")) {  // VARCHAR(20)
        column.declared_type += '(';
        while (!at(")") && word_.kind != Word::Kind::kEnd) {
          column.declared_type += word_.text;
          advance();
        }
        expect(")");
        column.declared_type += ')';
        continue;
      }
      if (word_.kind != Word::Kind::kName) fail("a type");
      if (!column.declared_type.empty()) column.declared_type += ' ';
      column.declared_type += word_.text;
      advance();
    }
    column.type = type_of(column, first);
  }

  static TableColumn::Type type_of(const TableColumn& column, std::string_view word) {
    using Type = TableColumn::Type;
    static constexpr struct {
      std::string_view name;
      Type type;
    } kTypes[] = {{"", Type::kAny},
                  {"ANY", Type::kAny},
                  {"JSON", Type::kJson},
                  {"TEXT", Type::kText},
                  {"VARCHAR", Type::kText},
                  {"CHAR", Type::kText},
                  {"INTEGER", Type::kInteger},
                  {"INT", Type::kInteger},
                  {"BIGINT", Type::kInteger},
                  {"BOOLEAN", Type::kInteger},
                  {"REAL", Type::kReal},
                  {"DOUBLE", Type::kReal},
                  {"FLOAT", Type::kReal},
                  {"NUMERIC", Type::kReal}};
    for (const auto& type : kTypes) {
      if (equal_ignoring_case(type.name, word)) return type.type;
    }
    throw sqlite::Error({.operation = "fjson_table",
                         .object = column.name,
                         .problem = "unknown type " + column.declared_type,
                         .hint = "types are INTEGER, REAL, TEXT, JSON and ANY"});
  }

  void parse_fallbacks(TableColumn& column) {
    while (at("NULL") || at("ERROR") || at("DEFAULT")) {
      Fallback fallback;
      if (take("NULL")) {
        fallback.kind = Fallback::Kind::kNull;
      } else if (take("ERROR")) {
        fallback.kind = Fallback::Kind::kError;
      } else {
        advance();
        fallback = parse_default();
      }
      expect("ON");
      if (take("EMPTY")) {
        column.on_empty = std::move(fallback);
      } else {
        expect("ERROR");
        column.on_error = std::move(fallback);
      }
    }
  }

  Fallback parse_default() {
    Fallback fallback{.kind = Fallback::Kind::kDefault};
    if (word_.kind == Word::Kind::kString) {
      fallback.value = word_.text;
    } else if (word_.kind == Word::Kind::kNumber &&
               skip_number(word_.text.c_str()) == word_.text.c_str() + word_.text.size()) {
      const jsonpath::Number number = jsonpath::to_number(word_.text);
      if (number.integer) {
        fallback.value = *number.integer;
      } else {
        fallback.value = number.real;
      }
    } else {
      fail("a number or a string");
    }
    advance();
    return fallback;
  }

  std::string_view text_;
  Word word_;
};

}  // namespace

jsonpath::Query parse_relative_path(std::string_view path) {
  jsonpath::Query query = jsonpath::parse(path);
  query.is_absolute = false;
  return query;
}

RowSource parse_table_definition(std::string_view definition) { return Parser(definition).parse(); }

}  // namespace edgepack::json
