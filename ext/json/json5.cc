#include "json/json5.h"

#include <array>

#include "json/document.h"
#include "json/giant.h"
#include "json/json5_patch.h"
#include "json/json5_text.h"
#include "sqlite/api.h"

namespace edgepack::json {
namespace {

/// Longer texts are left to the host.
constexpr std::size_t kLongestText = std::size_t{256} << 20;

/// Reads the text once, from the front to the end, and writes as it goes.
class Translator : public Json5Text {
 public:
  Translator(std::string_view text, char* out, Document* document, Patience* patience)
      : Json5Text(text, out, patience), writer_(*document, text) {}

  bool run() {
    do {
      skip_space();
      writer_.make_room(read());
      if (*at_ == '{' || *at_ == '[') {
        if (depth_ == open_.size()) return false;
        open_[depth_++] = {writer_.next(), *at_};
        put_mark(*at_++);
        if (!go_on(true)) return false;
      } else if (!add_token([this] { return read_scalar(); }) || !go_on(false)) {
        return false;
      }
      if (note_read()) writer_.meet_pages(*patience_);
    } while (depth_ > 0);
    if (at_ != end_) return false;
    *out_ = '\0';
    writer_.finish(written(), has_escapes_);
    return true;
  }

 private:
  struct Container {
    Token opener;
    char bracket;
  };

  bool go_on(bool is_open);
  bool read_key();

  void put_mark(char mark) noexcept {
    writer_.add(mark, written().size());
    *out_++ = mark;
  }
  /// The token that `read` writes.
  template <class Read>
  bool add_token(Read read) {
    const char* const start = out_;
    if (!read()) return false;
    writer_.add(*start, static_cast<std::size_t>(start - out_begin_));
    return true;
  }

  Document::Writer writer_;
  std::array<Container, Document::kMaxDepth> open_;
  std::size_t depth_ = 0;
};

/// Goes from behind an opening bracket (`is_open`) or a value to the next value, over closing
/// brackets, a comma and a key; or to the end.
bool Translator::go_on(bool is_open) {
  for (;; writer_.make_room(read())) {
    skip_space();
    if (depth_ == 0) return true;
    const char bracket = open_[depth_ - 1].bracket;
    const char closer = static_cast<char>(bracket + 2);
    const bool has_comma = !is_open && *at_ == ',';
    if (has_comma) {
      ++at_;
      skip_space();
    }
    if (*at_ != closer) {
      if (!is_open && !has_comma) return false;
      if (has_comma) put_mark(',');
      return bracket == '[' || read_key();
    }
    writer_.close(open_[--depth_].opener);
    put_mark(*at_++);
    is_open = false;
  }
}

bool Translator::read_key() {
  const bool is_string = *at_ == '"' || *at_ == '\'';
  if (!add_token([&] { return is_string ? read_string() : read_name(); })) return false;
  skip_space();
  if (*at_ != ':') return false;
  put_mark(*at_++);
  return true;
}

}  // namespace

bool Json5Translation::read(std::string_view text, Document* document, Patience* patience) {
  static const bool host_is_known = sqlite3_libversion_number() >= 3046000;
  if (!host_is_known || text.size() > kLongestText) return false;
  make_room(text.size());
  // What is shorter takes the scanner as long as the translation takes.
  constexpr std::size_t kShortestPatched = 64;
  if (text.size() >= kShortestPatched) {
    const auto patched = patch_json5(document, buffer_.get());
    if (patched && document->read(patched->text)) {
      text_ = patched->text;
      keeps_scalars_ = patched->keeps_scalars;
      return true;
    }
  }
  return translate(text, document, patience);
}

bool Json5Translation::translate(std::string_view text, Document* document, Patience* patience) {
  if (text.size() > kLongestText) return false;
  make_room(text.size());
  Translator translator(text, buffer_.get(), document, patience);
  if (!translator.run()) return false;
  text_ = translator.written();
  keeps_scalars_ = translator.keeps_scalars();
  return true;
}

// Nothing becomes longer than twice what it was, but for what the scalars' functions need.
void Json5Translation::make_room(std::size_t text_size) {
  const std::size_t room = 2 * text_size + Json5Text::kMoreRoom;
  if (room <= capacity_) return;
  capacity_ = 0;
  buffer_.reset(new char[room]);
  use_large_pages(buffer_.get(), room);
  capacity_ = room;
}

}  // namespace edgepack::json
