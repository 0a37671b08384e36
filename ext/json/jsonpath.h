#pragma once
// JSONPath queries (RFC 9535) as the parser makes them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/iregexp.h"

namespace edgepack::json::jsonpath {

struct Expression;

/// One selector of a segment.
struct Selector {
  enum class Kind { kName, kWildcard, kIndex, kSlice, kFilter };
  Kind kind;
  std::string name = {};                    ///< kName: UTF-8, without escapes
  std::int64_t index = 0;                   ///< kIndex; negative: from the end
  std::optional<std::int64_t> start = {};   ///< kSlice
  std::optional<std::int64_t> end = {};     ///< kSlice
  std::int64_t step = 1;                    ///< kSlice
  std::unique_ptr<Expression> filter = {};  ///< kFilter: a logical expression
  /// kFilter: what the filter says of a node is worth remembering, because it takes a search and is
  /// asked again and again; by the number, which no other filter or segment of the path has.
  bool is_remembered = false;
  std::uint32_t number = 0;
};

/// What a segment selects of each node that it gets: children of the node, or of the node and all
/// of its descendants.
struct Segment {
  bool is_descendant = false;
  std::vector<Selector> selectors = {};
  /// A node can come to this segment many times, because earlier ones select it by several ways:
  /// whether anything is selected from there on is worth remembering, by the number.
  bool meets_again = false;
  std::uint32_t number = 0;
};

/// A query from the root of the document (`$`) or from the node that a filter looks at (`@`).
struct Query {
  bool is_absolute = true;
  std::vector<Segment> segments = {};

  /// True when it cannot select more than one node, as its text shows.
  bool is_singular() const noexcept;
};

/// A number as JSON Path compares it: an integer of 64 bits where it is one.
struct Number {
  std::optional<std::int64_t> integer;
  double real;
};

/// A number token of JSON; those beyond all REALs are infinite.
Number to_number(std::string_view token) noexcept;

/// A literal of a comparison or an argument.
using Literal = std::variant<std::nullptr_t, bool, Number, std::string>;

enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

enum class FunctionName { kLength, kCount, kMatch, kSearch, kValue };

/// A part of a filter. Which members have a meaning depends on `kind`.
struct Expression {
  enum class Kind {
    kOr,          ///< one of `parts` holds
    kAnd,         ///< all of `parts` hold
    kNot,         ///< parts[0] does not hold
    kComparison,  ///< parts[0] `comparison` parts[1], which are values
    kLiteral,     ///< a value
    kQuery,       ///< a value (singular), or whether there are nodes
    kFunction,    ///< a value, or for match and search a truth
  };
  Kind kind;
  std::vector<Expression> parts = {};  ///< operands, arguments
  Comparison comparison = Comparison::kEqual;
  Literal literal = nullptr;
  Query query = {};
  FunctionName function = FunctionName::kLength;
  /// match and search with a literal pattern: the pattern compiled, nothing if it is no I-Regexp.
  std::optional<IRegexp> regexp = {};
};

/// Segments that one path has at most, those in its filters included.
inline constexpr int kMaxSegments = 1000;
/// How deep filters, parentheses and function calls may nest.
inline constexpr int kMaxNesting = 100;

/// Parses a path and checks that it is well-formed and well-typed. Throws sqlite::Error that says
/// at which character what was expected, and std::bad_alloc.
Query parse(std::string_view path);

}  // namespace edgepack::json::jsonpath
