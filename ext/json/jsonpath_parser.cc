// The grammar of RFC 9535 by recursive descent; its rules are named in the comments.

#include <array>
#include <utility>

#include "json/jsonpath.h"
#include "json/jsonpath_lexer.h"
#include "sqlite/error.h"

namespace edgepack::json::jsonpath {
namespace {

/// The types of RFC 9535, section 2.4.1.
enum class Type { kValue, kLogical, kNodes };

struct Signature {
  std::string_view name;
  FunctionName function;
  Type result;
  std::array<Type, 2> parameters;
  std::size_t arity;
};

constexpr Signature kFunctions[] = {
    {"length", FunctionName::kLength, Type::kValue, {Type::kValue}, 1},
    {"count", FunctionName::kCount, Type::kValue, {Type::kNodes}, 1},
    {"match", FunctionName::kMatch, Type::kLogical, {Type::kValue, Type::kValue}, 2},
    {"search", FunctionName::kSearch, Type::kLogical, {Type::kValue, Type::kValue}, 2},
    {"value", FunctionName::kValue, Type::kValue, {Type::kNodes}, 1},
};

const Signature* find_function(std::string_view name) noexcept {
  for (const Signature& signature : kFunctions) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

Type result_of(FunctionName function) noexcept {
  return kFunctions[static_cast<std::size_t>(function)].result;
}

class Parser {
 public:
  explicit Parser(std::string_view path) noexcept : lexer_(path) {}

  // jsonpath-query = "$" segments
  Query whole() {
    lexer_.require("$");
    Query query{.is_absolute = true, .segments = segments(0)};
    if (!lexer_.at_end()) lexer_.fail_expected("'.', '..', '[' or the end");
    return query;
  }

 private:
  /// Guards the stack of the processor.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMaxNesting) {
        parser_.lexer_.fail(parser_.lexer_.offset(),
                            "nested deeper than " + std::to_string(kMaxNesting));
      }
    }
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  // segments = *( S segment )
  /// `ways`: 1 if the query starts at nodes that may lie one below the other, 0 if at one node.
  std::vector<Segment> segments(int ways) {
    std::vector<Segment> segments;
    for (;;) {
      const std::size_t before_blanks = lexer_.offset();
      lexer_.skip_blanks();
      if (lexer_.peek() != '.' && lexer_.peek() != '[') {
        lexer_.rewind(before_blanks);
        return segments;
      }
      if (++segment_count_ > kMaxSegments) {
        lexer_.fail(lexer_.offset(), "more than " + std::to_string(kMaxSegments) + " segments");
      }
      segments.push_back(segment(ways));
      // Descendants of nodes that lie one below the other are the same, and two selectors can
      // select the same.
      if (segments.back().is_descendant) ++ways;
      if (segments.back().selectors.size() > 1) ways = kManyWays;
    }
  }

  Segment segment(int ways) {
    const bool is_descendant = lexer_.accept("..");
    Segment segment{
        .is_descendant = is_descendant, .meets_again = ways >= kManyWays, .number = next_number_++};
    if (lexer_.peek() == '[') {
      const bool repeats = filters_repeat_;
      filters_repeat_ |= ways + (is_descendant ? 1 : 0) >= kManyWays;
      segment.selectors = bracketed_selection();
      filters_repeat_ = repeats;
      return segment;
    }
    if (!segment.is_descendant) lexer_.require(".");
    if (lexer_.accept("*")) {
      segment.selectors.push_back({.kind = Selector::Kind::kWildcard});
    } else if (lexer_.at_name()) {
      segment.selectors.push_back({.kind = Selector::Kind::kName, .name = lexer_.name()});
    } else {
      lexer_.fail_expected(segment.is_descendant ? "a name, '*' or '['" : "a name or '*'");
    }
    return segment;
  }

  // bracketed-selection = "[" S selector *( S "," S selector ) S "]"
  std::vector<Selector> bracketed_selection() {
    lexer_.require("[");
    std::vector<Selector> selectors;
    do {
      lexer_.skip_blanks();
      selectors.push_back(selector());
      lexer_.skip_blanks();
    } while (lexer_.accept(","));
    if (!lexer_.accept("]")) lexer_.fail_expected("',' or ']'");
    return selectors;
  }

  Selector selector() {
    if (lexer_.accept("*")) return {.kind = Selector::Kind::kWildcard};
    if (lexer_.peek() == '\'' || lexer_.peek() == '"') {
      return {.kind = Selector::Kind::kName, .name = lexer_.string()};
    }
    if (lexer_.accept("?")) {
      lexer_.skip_blanks();
      return filter();
    }
    if (lexer_.at_integer() || lexer_.peek() == ':') return index_or_slice();
    lexer_.fail_expected("a name in quotes, an index, a slice, '*' or '?'");
  }

  Selector filter() {
    Selector selector{.kind = Selector::Kind::kFilter, .number = next_number_++};
    const bool repeats = std::exchange(filters_repeat_, true);
    const bool outer_searches = std::exchange(filter_searches_, false);
    selector.filter = std::make_unique<Expression>(logical_or());
    selector.is_remembered = repeats && filter_searches_;
    filters_repeat_ = repeats;
    filter_searches_ |= outer_searches;
    return selector;
  }

  // slice-selector = [ start S ] ":" S [ end S ] [ ":" [ S step ] ]
  Selector index_or_slice() {
    Selector selector{.kind = Selector::Kind::kSlice};
    if (lexer_.at_integer()) {
      const std::int64_t index = lexer_.integer();
      const std::size_t behind = lexer_.offset();
      lexer_.skip_blanks();
      if (lexer_.peek() != ':') {
        lexer_.rewind(behind);
        return {.kind = Selector::Kind::kIndex, .index = index};
      }
      selector.start = index;
    }
    lexer_.require(":");
    lexer_.skip_blanks();
    if (lexer_.at_integer()) {
      selector.end = lexer_.integer();
      lexer_.skip_blanks();
    }
    if (lexer_.accept(":")) {
      lexer_.skip_blanks();
      if (lexer_.at_integer()) selector.step = lexer_.integer();
    }
    return selector;
  }

  /// first *( S `separator` S next ), made one expression of `kind` if there are several.
  template <class Next>
  Expression chain(Expression::Kind kind, std::string_view separator, Next next) {
    Expression whole{.kind = kind};
    for (;;) {
      whole.parts.push_back(next());
      const std::size_t behind = lexer_.offset();
      lexer_.skip_blanks();
      if (!lexer_.accept(separator)) {
        lexer_.rewind(behind);
        break;
      }
      lexer_.skip_blanks();
    }
    if (whole.parts.size() > 1) return whole;
    Expression only = std::move(whole.parts.front());
    return only;
  }

  Expression logical_or() {
    const Nesting nesting(*this);
    return chain(Expression::Kind::kOr, "||", [this] {
      return chain(Expression::Kind::kAnd, "&&", [this] { return basic(); });
    });
  }

  // basic-expr = paren-expr / comparison-expr / test-expr
  Expression basic() {
    if (lexer_.accept("!")) {
      lexer_.skip_blanks();
      Expression negated{.kind = Expression::Kind::kNot};
      negated.parts.push_back(lexer_.peek() == '(' ? parenthesized() : test());
      return negated;
    }
    if (lexer_.peek() == '(') return parenthesized();
    const std::size_t start = lexer_.offset();
    Expression left = operand();
    const std::size_t behind = lexer_.offset();
    lexer_.skip_blanks();
    Comparison comparison{};
    if (!accept_comparison(&comparison)) {
      lexer_.rewind(behind);
      check_test(left, start);
      return left;
    }
    check_comparable(left, start);
    lexer_.skip_blanks();
    const std::size_t right_start = lexer_.offset();
    Expression right = operand();
    check_comparable(right, right_start);
    Expression whole{.kind = Expression::Kind::kComparison, .comparison = comparison};
    whole.parts.push_back(std::move(left));
    whole.parts.push_back(std::move(right));
    return whole;
  }

  Expression parenthesized() {
    lexer_.require("(");
    lexer_.skip_blanks();
    Expression inside = logical_or();
    lexer_.skip_blanks();
    if (!lexer_.accept(")")) lexer_.fail_expected("')', '&&' or '||'");
    return inside;
  }

  Expression test() {
    const std::size_t start = lexer_.offset();
    Expression tested = operand();
    check_test(tested, start);
    return tested;
  }

  bool accept_comparison(Comparison* comparison) {
    static constexpr struct {
      std::string_view text;
      Comparison comparison;
    } kOperators[] = {
        {"==", Comparison::kEqual},       {"!=", Comparison::kNotEqual},
        {"<=", Comparison::kLessOrEqual}, {">=", Comparison::kGreaterOrEqual},
        {"<", Comparison::kLess},         {">", Comparison::kGreater},
    };
    for (const auto& candidate : kOperators) {
      if (!lexer_.accept(candidate.text)) continue;
      *comparison = candidate.comparison;
      return true;
    }
    return false;
  }

  /// A literal, a query or a function call: what comparisons, tests and arguments are made of.
  Expression operand() {
    const char first = lexer_.peek();
    if (first == '@' || first == '$') return query();
    if (first == '\'' || first == '"') return literal(lexer_.string());
    if (lexer_.at_integer()) return literal(to_number(lexer_.number()));
    const std::size_t start = lexer_.offset();
    const std::string_view word = lexer_.function_name();
    if (!word.empty() && lexer_.peek() == '(') return call(word, start);
    if (word == "true") return literal(true);
    if (word == "false") return literal(false);
    if (word == "null") return literal(nullptr);
    lexer_.rewind(start);
    lexer_.fail_expected("'@', '$', a literal, a function or '('");
  }

  static Expression literal(Literal value) {
    return {.kind = Expression::Kind::kLiteral, .literal = std::move(value)};
  }

  Expression query() {
    Expression expression{.kind = Expression::Kind::kQuery};
    expression.query.is_absolute = lexer_.accept("$");
    if (!expression.query.is_absolute) lexer_.require("@");
    expression.query.segments = segments(1);
    if (!expression.query.is_singular()) filter_searches_ = true;
    return expression;
  }

  // function-expr = function-name "(" S [ argument *( S "," S argument ) ] S ")"
  Expression call(std::string_view name, std::size_t start) {
    const Nesting nesting(*this);
    const Signature* const signature = find_function(name);
    if (signature == nullptr) {
      lexer_.fail(start, "there is no function '" + std::string(name) +
                             "'; expected length, count, match, search or value");
    }
    Expression expression{.kind = Expression::Kind::kFunction, .function = signature->function};
    lexer_.require("(");
    for (std::size_t i = 0; i < signature->arity; ++i) {
      lexer_.skip_blanks();
      if (i > 0) {
        lexer_.require(",");
        lexer_.skip_blanks();
      }
      const std::size_t argument_start = lexer_.offset();
      expression.parts.push_back(operand());
      check_argument(expression.parts.back(), signature->parameters[i], argument_start);
    }
    lexer_.skip_blanks();
    lexer_.require(")");
    compile_pattern(&expression);
    return expression;
  }

  static void compile_pattern(Expression* call) {
    if (result_of(call->function) != Type::kLogical) return;
    if (const auto* pattern = std::get_if<std::string>(&call->parts[1].literal)) {
      call->regexp = IRegexp::compile(*pattern);
    }
  }

  void check_test(const Expression& tested, std::size_t start) const {
    if (tested.kind == Expression::Kind::kLiteral) {
      lexer_.fail(start, "a literal alone is no condition; expected a comparison with it");
    }
    if (tested.kind == Expression::Kind::kFunction && result_of(tested.function) == Type::kValue) {
      lexer_.fail(start,
                  "the function's value alone is no condition; expected a comparison with it");
    }
  }

  void check_comparable(const Expression& operand, std::size_t start) const {
    if (operand.kind == Expression::Kind::kQuery && !operand.query.is_singular()) {
      lexer_.fail(start, "only a query for one node (of names and indexes) can be compared");
    }
    if (operand.kind == Expression::Kind::kFunction &&
        result_of(operand.function) == Type::kLogical) {
      lexer_.fail(start, "match and search are conditions; they cannot be compared");
    }
  }

  void check_argument(const Expression& argument, Type type, std::size_t start) const {
    if (type == Type::kValue) return check_comparable(argument, start);
    if (argument.kind != Expression::Kind::kQuery) {
      lexer_.fail(start, "the argument must be a query ('@' or '$')");
    }
  }

  /// From so many on, the ways to a node multiply from segment to segment.
  static constexpr int kManyWays = 2;

  Lexer lexer_;
  int nesting_ = 0;
  int segment_count_ = 0;
  std::uint32_t next_number_ = 0;
  bool filters_repeat_ = false;   // a filter that begins here is asked about a node many times
  bool filter_searches_ = false;  // the filter has a query for more than one node
};

}  // namespace

Query parse(std::string_view path) { return Parser(path).whole(); }

}  // namespace edgepack::json::jsonpath
