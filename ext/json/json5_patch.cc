#include "json/json5_patch.h"

#include "json/json5_lexical.h"
#include "json/json5_text.h"
#include "json/kernels/scalars.h"

namespace edgepack::json {
namespace {

/// What to do with a token, by its first byte.
enum class Part : unsigned char {
  kOther,  ///< a number, a name or what is no token of JSON
  kPlain,  ///< a bracket or a colon
  kComma,
  kString,
};
struct Parts {
  constexpr Parts() {
    for (const char c : {'{', '}', '[', ']', ':'}) {
      of[static_cast<unsigned char>(c)] = Part::kPlain;
    }
    of[static_cast<unsigned char>(',')] = Part::kComma;
    of[static_cast<unsigned char>('"')] = Part::kString;
  }
  constexpr Part operator[](char c) const { return of[static_cast<unsigned char>(c)]; }
  Part of[256] = {};
};
constexpr Parts kParts;

bool is_closer(char kind) noexcept { return (kind | 0x20) == '}'; }

/// By the beginning alone, which is cheaper than to find all tokens: names are in quotes, and there
/// are no comments.
bool seems_to_be_json(std::string_view text) noexcept {
  constexpr std::size_t kTelling = 128;
  const std::string_view beginning = text.substr(0, kTelling);
  return beginning.find("\":") != std::string_view::npos &&
         beginning.find('/') == std::string_view::npos;
}

class Patcher : public Json5Text {
 public:
  Patcher(const Document& document, Document::Refused refused, char* copy)
      : Json5Text(document.text(), copy, nullptr), document_(document), refused_(refused) {}

  bool run() {
    for (Token token = 0; token < refused_.tokens; ++token) {
      switch (kParts[document_.kind(token)]) {
        case Part::kPlain:
          break;
        case Part::kComma:
          if (is_closer(document_.kind(token + 1)) && !leave_out_comma(token)) return false;
          break;
        case Part::kString:
          if (refused_.has_faults && !is_plain(start(token)) && !patch(&token)) return false;
          break;
        case Part::kOther:
          if (document_.kind(token + 1) != ':' && kernels::is_scalar(start(token), end_)) break;
          if (!patch(&token)) return false;
      }
    }
    if (copied_ == begin_) return false;  // there is nothing to patch
    copy_until(end_);
    *out_ = '\0';
    return true;
  }

 private:
  const char* start(Token token) const noexcept { return begin_ + document_.start(token); }

  void copy_until(const char* end) {
    at_ = end;
    copy_from(copied_);
    copied_ = end;
  }

  /// True for a string in quotes without escape sequences.
  bool is_plain(const char* string) const noexcept {
    return *end_of_run<false>(string + 1, end_) == '"';
  }

  bool is_behind_child(Token comma) const noexcept {
    return comma > 0 && comma != behind_space_ && !document_.is_container(comma - 1);
  }
  bool leave_out_comma(Token comma) {
    if (!is_behind_child(comma)) return false;
    copy_until(start(comma));
    *out_++ = ' ';
    ++copied_;
    return true;
  }

  /// Writes what starts at `*token`, and goes to the last token that lies in it.
  bool patch(Token* token) {
    // Where there is little to copy, to read all byte by byte is cheaper.
    constexpr Token kFew = 2;
    constexpr Token kTokensBetween = 32;
    if (++patches_ > kFew + *token / kTokensBetween) return false;
    const Token before = *token - 1;
    const bool is_behind_comma = *token > 0 && document_.kind(before) == ',' &&
                                 start(before) >= copied_ && is_behind_child(before);
    copy_until(start(*token));
    char* const comma = is_behind_comma ? out_ - (at_ - start(before)) : nullptr;
    Token next = *token + 1;
    bool has_part = false;
    bool has_name = false;
    do {
      const char* const first = at_;
      skip_space();
      const bool is_space = at_ != first;
      if (is_space) {
        *out_++ = ' ';
      } else {
        if (has_part) return false;
        has_part = true;
        has_name = document_.kind(next) == ':' && *at_ != '\'' && *at_ != '"';
        if (!(has_name ? read_name() : read_scalar())) return false;
      }
      // Behind quotes in it, the scanner took strings for what is between them.
      const bool may_have_quotes = is_space || *first == '\'';
      if (may_have_quotes && std::string_view(first, at_).find('"') != std::string_view::npos) {
        return false;
      }
      while (next < refused_.tokens && start(next) < at_) ++next;
      behind_space_ = is_space ? next : 0;
    } while (start(next) != at_ && kParts[*at_] == Part::kOther && !json::is_space(*at_) &&
             at_ != end_);
    if (has_name && document_.kind(next) != ':') return false;  // the colon was in a comment
    if (!has_part && comma != nullptr && is_closer(document_.kind(next))) *comma = ' ';
    copied_ = at_;
    *token = next - 1;
    return true;
  }

  const Document& document_;
  const Document::Refused refused_;
  const char* copied_ = begin_;
  Token patches_ = 0;
  Token behind_space_ = 0;  // the token, if a comment or such stands before it
};

}  // namespace

std::optional<Json5Patched> patch_json5(Document* document, char* copy) {
  if (!document->has_refused_tokens() && !seems_to_be_json(document->text())) return std::nullopt;
  Patcher patcher(*document, document->refused(), copy);
  if (!patcher.run()) return std::nullopt;
  return Json5Patched{patcher.written(), patcher.keeps_scalars()};
}

}  // namespace edgepack::json
