#pragma once
// Evaluating JSONPath queries on a document.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/jsonpath.h"
#include "json/jsonpath_memo.h"
#include "json/navigate.h"
#include "json/patience.h"

namespace edgepack::json::jsonpath {

/// What is compared: a JSON value, or nothing.
struct Operand {
  enum class Type { kNothing, kNull, kFalse, kTrue, kNumber, kString, kContainer };
  Type type = Type::kNothing;
  Number number = {};            ///< kNumber
  std::string_view string = {};  ///< kString: without escapes
  Token container = 0;           ///< kContainer
};

/// One evaluation on one document. Used by one thread at a time. Everything may throw sqlite::Error
/// (with SQLITE_INTERRUPT, or of a regular expression that is too large) and std::bad_alloc.
class Evaluation {
 public:
  /// Both must outlive the evaluation.
  Evaluation(const Document& document, Patience& patience) noexcept
      : document_(document), patience_(patience), memo_(document) {}

  const Document& document() const noexcept { return document_; }
  Patience& patience() const noexcept { return patience_; }
  /// Of filters whether they hold for a node, of segments whether they and those behind them select
  /// anything from a node.
  Memo& memo() noexcept { return memo_; }

  /// Whether the filter of the selector holds for the node `current` (`@`).
  bool holds(const Selector& selector, Token current);
  /// Whether a logical expression holds for the node `current` (`@`).
  bool holds(const Expression& expression, Token current);

  /// The child of `node` that a name or an index selects.
  std::optional<Token> select_one(const Selector& selector, Token node);

  /// The node that a singular query selects.
  std::optional<Token> find_singular(const Query& query, Token current);

 private:
  bool has_nodes(const Query& query, Token current);
  bool call_condition(const Expression& call, Token current);
  const IRegexp* regexp_of(const Expression& call, Token current);
  /// The value of an expression that has one; strings may be in `*buffer`.
  Operand value_of(const Expression& expression, Token current, std::string* buffer);
  Operand call_value(const Expression& call, Token current, std::string* buffer);
  Operand operand_at(Token node, std::string* buffer) const;

  bool compare(Comparison comparison, const Operand& left, const Operand& right);
  bool equal(const Operand& left, const Operand& right);
  bool equal_nodes(Token left, Token right);
  bool equal_arrays(Token left, Token right);
  bool equal_objects(Token left, Token right);

  const Document& document_;
  Patience& patience_;
  Memo memo_;
  // The last pattern that came from the document.
  std::optional<std::string> pattern_;
  std::optional<IRegexp> regexp_;
};

/// The nodes that a query selects, one after the other, in the order of RFC 9535. Keeps one place
/// for each segment (and the selected elements of each slice), not the nodes.
class NodeIterator {
 public:
  /// `current` is where a query that starts with `@` starts. All must outlive the iterator.
  NodeIterator(Evaluation& evaluation, const Query& query, Token current);

  /// The next node; nothing when there are no more.
  std::optional<Token> next();

 private:
  /// Where one segment is.
  struct Place {
    Place(const Document& document, Token first)
        : start(first), node(first), behind(document.after(first)), children(document, first) {}

    Token start;             ///< the node that the segment got
    bool has_found = false;  ///< a node of the query
    Token node;              ///< the one whose children are being selected
    Token behind;            ///< the end of `start`
    std::size_t selector = 0;
    bool has_begun = false;  ///< the selector has, with the node
    Children children;       ///< wildcard, filter
    std::vector<Token> slice = {};
    std::size_t next_in_slice = 0;
  };

  bool is_known_to_be_barren(Token node) const;
  void note_find();
  void leave_place();
  std::optional<Token> advance(Place& place, const Segment& segment);
  std::optional<Token> select(Place& place, const Selector& selector);
  std::optional<Token> next_child(Place& place, const Selector& selector);
  void cut_slice(Place& place, const Selector& selector);
  bool descend(Place& place);

  Evaluation& evaluation_;
  const Query& query_;
  std::vector<Place> places_;
  std::optional<Token> only_;  // of a query without segments
};

}  // namespace edgepack::json::jsonpath
