#include "json/jsonpath_evaluation.h"

#include <algorithm>
#include <utility>

#include "json/giant.h"
#include "json/path.h"
#include "json/utf8.h"

namespace edgepack::json::jsonpath {
namespace {

using Type = Operand::Type;

Operand integer_operand(std::uint64_t value) noexcept {
  return {.type = Type::kNumber,
          .number = {static_cast<std::int64_t>(value), static_cast<double>(value)}};
}

Operand operand_of(const Literal& literal) noexcept {
  if (const auto* truth = std::get_if<bool>(&literal)) {
    return {.type = *truth ? Type::kTrue : Type::kFalse};
  }
  if (const auto* number = std::get_if<Number>(&literal)) {
    return {.type = Type::kNumber, .number = *number};
  }
  if (const auto* string = std::get_if<std::string>(&literal)) {
    return {.type = Type::kString, .string = *string};
  }
  return {.type = Type::kNull};
}

bool is_less(const Operand& left, const Operand& right) noexcept {
  if (left.type != right.type) return false;
  if (left.type == Type::kString) return left.string < right.string;  // as code points: UTF-8
  if (left.type != Type::kNumber) return false;
  if (left.number.integer && right.number.integer) {
    return *left.number.integer < *right.number.integer;
  }
  return left.number.real < right.number.real;
}

}  // namespace

bool Evaluation::holds(const Selector& selector, Token current) {
  if (!selector.is_remembered) return holds(*selector.filter, current);
  if (const auto known = memo_.find(selector.number, current)) return *known;
  const bool answer = holds(*selector.filter, current);
  memo_.keep(selector.number, current, answer);
  return answer;
}

bool Evaluation::holds(const Expression& expression, Token current) {
  const auto part_holds = [&](const Expression& part) { return holds(part, current); };
  const auto& parts = expression.parts;
  switch (expression.kind) {
    case Expression::Kind::kOr:
      return std::any_of(parts.begin(), parts.end(), part_holds);
    case Expression::Kind::kAnd:
      return std::all_of(parts.begin(), parts.end(), part_holds);
    case Expression::Kind::kNot:
      return !part_holds(parts[0]);
    case Expression::Kind::kComparison: {
      std::string left_buffer;
      std::string right_buffer;
      const Operand left = value_of(parts[0], current, &left_buffer);
      const Operand right = value_of(parts[1], current, &right_buffer);
      return compare(expression.comparison, left, right);
    }
    case Expression::Kind::kQuery:
      return has_nodes(expression.query, current);
    case Expression::Kind::kFunction:
      return call_condition(expression, current);
    case Expression::Kind::kLiteral:
      break;  // the parser lets none be a condition
  }
  return false;
}

std::optional<Token> Evaluation::select_one(const Selector& selector, Token node) {
  patience_.spend();
  if (selector.kind == Selector::Kind::kName)
    return find_member(document_, node, selector.name, patience_);
  std::int64_t index = selector.index;
  if (index < 0) {
    if (document_.kind(node) != '[') return std::nullopt;
    index += count_elements(document_, node, &patience_);
    if (index < 0) return std::nullopt;
  }
  return find_element(document_, node, static_cast<std::uint64_t>(index), patience_);
}

std::optional<Token> Evaluation::find_singular(const Query& query, Token current) {
  std::optional<Token> node = query.is_absolute ? Document::root() : current;
  for (const Segment& segment : query.segments) {
    node = select_one(segment.selectors[0], *node);
    if (!node) break;
  }
  return node;
}

bool Evaluation::has_nodes(const Query& query, Token current) {
  if (query.is_singular()) return find_singular(query, current).has_value();
  if (!query.is_absolute) return NodeIterator(*this, query, current).next().has_value();
  // The same for every node.
  const std::uint32_t number = query.segments.front().number;
  if (const auto known = memo_.find(number, Document::root())) return *known;
  const bool answer = NodeIterator(*this, query, current).next().has_value();
  memo_.keep(number, Document::root(), answer);
  return answer;
}

const IRegexp* Evaluation::regexp_of(const Expression& call, Token current) {
  const Expression& argument = call.parts[1];
  if (argument.kind == Expression::Kind::kLiteral) return call.regexp ? &*call.regexp : nullptr;
  std::string buffer;
  const Operand pattern = value_of(argument, current, &buffer);
  if (pattern.type != Type::kString) return nullptr;
  if (pattern_ != pattern.string) {
    pattern_.reset();
    regexp_ = IRegexp::compile(pattern.string);
    pattern_ = pattern.string;
  }
  return regexp_ ? &*regexp_ : nullptr;
}

bool Evaluation::call_condition(const Expression& call, Token current) {
  std::string buffer;
  const Operand text = value_of(call.parts[0], current, &buffer);
  const IRegexp* const regexp = regexp_of(call, current);
  if (text.type != Type::kString || regexp == nullptr) return false;
  return call.function == FunctionName::kMatch ? regexp->matches(text.string, patience_)
                                               : regexp->is_found_in(text.string, patience_);
}

Operand Evaluation::value_of(const Expression& expression, Token current, std::string* buffer) {
  switch (expression.kind) {
    case Expression::Kind::kLiteral:
      return operand_of(expression.literal);
    case Expression::Kind::kQuery: {
      const std::optional<Token> node = find_singular(expression.query, current);
      return node ? operand_at(*node, buffer) : Operand{};
    }
    default:
      return call_value(expression, current, buffer);
  }
}

Operand Evaluation::call_value(const Expression& call, Token current, std::string* buffer) {
  if (call.function == FunctionName::kLength) {
    const Operand operand = value_of(call.parts[0], current, buffer);
    if (operand.type == Type::kString) return integer_operand(count_characters(operand.string));
    if (operand.type != Type::kContainer) return {};
    std::uint64_t count = 0;
    for (Children all(document_, operand.container); !all.at_end(); all.next()) {
      patience_.spend();
      ++count;
    }
    return integer_operand(count);
  }
  NodeIterator nodes(*this, call.parts[0].query, current);
  if (call.function == FunctionName::kCount) {
    std::uint64_t count = 0;
    while (nodes.next()) ++count;
    return integer_operand(count);
  }
  const std::optional<Token> first = nodes.next();
  return first && !nodes.next() ? operand_at(*first, buffer) : Operand{};
}

Operand Evaluation::operand_at(Token node, std::string* buffer) const {
  switch (document_.kind(node)) {
    case 'n':
      return {.type = Type::kNull};
    case 't':
      return {.type = Type::kTrue};
    case 'f':
      return {.type = Type::kFalse};
    case '"':
      return {.type = Type::kString, .string = string_of(document_, node, buffer)};
    case '{':
    case '[':
      return {.type = Type::kContainer, .container = node};
    default:
      return {.type = Type::kNumber, .number = to_number(document_.bytes(node))};
  }
}

bool Evaluation::compare(Comparison comparison, const Operand& left, const Operand& right) {
  switch (comparison) {
    case Comparison::kEqual:
      return equal(left, right);
    case Comparison::kNotEqual:
      return !equal(left, right);
    case Comparison::kLess:
      return is_less(left, right);
    case Comparison::kLessOrEqual:
      return is_less(left, right) || equal(left, right);
    case Comparison::kGreater:
      return is_less(right, left);
    case Comparison::kGreaterOrEqual:
      return is_less(right, left) || equal(left, right);
  }
  return false;
}

bool Evaluation::equal(const Operand& left, const Operand& right) {
  if (left.type != right.type) return false;
  switch (left.type) {
    case Type::kNumber:
      if (left.number.integer && right.number.integer) {
        return *left.number.integer == *right.number.integer;
      }
      return left.number.real == right.number.real;
    case Type::kString:
      return are_equal(left.string, right.string, patience_);
    case Type::kContainer:
      return equal_nodes(left.container, right.container);
    default:
      return true;
  }
}

// As deep as the document at most.
bool Evaluation::equal_nodes(Token left, Token right) {
  patience_.spend();
  if (left == right) return true;
  if (document_.is_container(left)) {
    if (document_.kind(left) != document_.kind(right)) return false;
    return document_.kind(left) == '[' ? equal_arrays(left, right) : equal_objects(left, right);
  }
  std::string left_buffer;
  std::string right_buffer;
  return equal(operand_at(left, &left_buffer), operand_at(right, &right_buffer));
}

bool Evaluation::equal_arrays(Token left, Token right) {
  Children lefts(document_, left);
  Children rights(document_, right);
  for (; !lefts.at_end() && !rights.at_end(); lefts.next(), rights.next()) {
    if (!equal_nodes(lefts.value(), rights.value())) return false;
  }
  return lefts.at_end() && rights.at_end();
}

// The order of members does not matter; of equal names the first counts, as everywhere.
bool Evaluation::equal_objects(Token left, Token right) {
  using Member = std::pair<std::string, Token>;
  const auto members_of = [this](Token object) {
    std::vector<Member> members;
    std::string buffer;
    for (Children all(document_, object); !all.at_end(); all.next()) {
      patience_.spend();
      members.emplace_back(string_of(document_, all.key(), &buffer), all.value());
    }
    std::sort(members.begin(), members.end(), [this](const Member& a, const Member& b) {
      patience_.spend();
      return a < b;
    });
    const auto same_name = [](const Member& a, const Member& b) { return a.first == b.first; };
    members.erase(std::unique(members.begin(), members.end(), same_name), members.end());
    return members;
  };
  const std::vector<Member> lefts = members_of(left);
  const std::vector<Member> rights = members_of(right);
  return std::equal(lefts.begin(), lefts.end(), rights.begin(), rights.end(),
                    [this](const Member& a, const Member& b) {
                      return a.first == b.first && equal_nodes(a.second, b.second);
                    });
}

}  // namespace edgepack::json::jsonpath
