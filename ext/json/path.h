#pragma once
// SQLite's JSON paths, as far as all versions agree on them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/short_member.h"
#include "sqlite/value.h"

namespace edgepack::json {

/// One step of a path from a value to a value inside it.
struct Step {
  enum class Kind {
    kMember,   ///< `.label` or `."label"`: the first member of that name
    kIndex,    ///< `[n]`: element n of an array, from 0
    kFromEnd,  ///< `[#-n]`: element n before the end, `[#]` is n = 0: always missing
  };
  Kind kind;
  std::uint32_t number = 0;
  /// The label and a closing quote.
  std::string label_and_quote = {};
  ShortLabel short_in_text = {};
  ShortLabel short_in_jsonb = {};
  /// Where the step starts in the text of the path, in bytes.
  std::size_t start = 0;
};

/// What a path stands for in one document.
struct Found {
  enum class Answer {
    kValue,
    kMissing,
    kUndecided,  ///< only SQLite itself can say
  };
  Answer answer;
  Token value = 0;
};

/// A compiled path. Immutable once made.
class Path {
 public:
  /// How the text is to be read.
  enum class Notation {
    kPath,      ///< json_extract(): a path from `$`
    kOperator,  ///< -> and ->>: a path, a label alone or an array index alone
  };

  /// Compiles an argument. The path is undecided when it is not text, not well-formed or means
  /// different things in different versions of SQLite. Throws std::bad_alloc.
  static Path compile(sqlite::Value argument, Notation notation);
  /// Compiles a path from `$`.
  static Path compile(std::string_view text);

  bool is_decided() const noexcept { return decided_; }
  /// Of a path that is decided.
  const std::vector<Step>& steps() const noexcept { return steps_; }

  /// Follows the steps from the root of `document`. Undecided paths are undecided everywhere.
  /// Throws what `patience`, if any, throws.
  Found find(const Document& document, Patience* patience = nullptr) const;

 private:
  bool add_steps(std::string_view text);
  void add_member(std::string_view label, std::size_t start);

  bool decided_ = false;
  std::vector<Step> steps_;
};

/// Number of elements of the array that starts at `array`.
std::uint32_t count_elements(const Document& document, Token array, Patience* patience = nullptr);

}  // namespace edgepack::json
