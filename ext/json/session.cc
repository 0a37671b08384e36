#include "json/session.h"

#include <cstring>
#include <new>

#include "json/giant.h"
#include "json/jsonb_render.h"

namespace edgepack::json {
namespace {

/// Copying stops after so many documents in a row that came only once.
constexpr int kCopiesWithoutUse = 16;

/// SQLite keeps what is stored under a negative number until the statement ends, whichever
/// function of the statement stored it.
constexpr int kEndOfStatement = -0x6A736F6E;

/// Eight bytes of the beginning, the middle and the end, mixed; of a shorter text its length alone.
/// Cheap; equal for equal texts.
std::uint64_t sample(std::string_view text) noexcept {
  std::uint64_t words[3] = {text.size()};
  constexpr std::size_t kSize = sizeof words[0];
  if (text.size() >= kSize) {
    std::memcpy(&words[0], text.data(), kSize);
    std::memcpy(&words[1], text.data() + (text.size() - kSize) / 2, kSize);
    std::memcpy(&words[2], text.data() + text.size() - kSize, kSize);
  }
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  return ((words[0] * kOdd ^ words[1]) * kOdd ^ words[2]) * kOdd;
}

}  // namespace

void throw_malformed() {
  throw sqlite::Error({.problem = "malformed JSON",
                       .hint = "documents are JSON by RFC 8259 in UTF-8, nested at most " +
                               std::to_string(Document::kMaxDepth) + " deep"});
}

/// Kept with a statement; its end gives back what giant documents needed.
class Session::Release {
 public:
  explicit Release(std::shared_ptr<Session> session) noexcept : session_(std::move(session)) {}
  ~Release() { session_->shrink(); }
  Release(const Release&) = delete;
  Release& operator=(const Release&) = delete;

 private:
  std::shared_ptr<Session> session_;
};

bool Session::seems_repeated(std::string_view text) noexcept {
  const std::uint64_t now = sample(text);
  const bool repeated = text.size() == last_size_ && now == last_sample_;
  last_size_ = text.size();
  last_sample_ = now;
  return repeated;
}

const Document* Session::read(sqlite::Value argument, int type) {
  return is_read_as_text(argument, type) ? read_text(argument.text()) : nullptr;
}

const Document& Session::read_strictly(sqlite::Value argument) {
  const Document* const document = read_text(strict_text(argument, &jsonb_text_, patience));
  if (document == nullptr || is_json5_ || !document->is_utf8(patience)) throw_malformed();
  return *document;
}

const Document* Session::read_text(std::string_view text) {
  if (text.empty()) return nullptr;
  if (copy_is_read_ && are_equal(text, copy_, patience)) {
    copies_worth_trying_ = kCopiesWithoutUse;
    return &document_;
  }
  copy_is_read_ = false;
  if (copies_worth_trying_ > 0) {
    --copies_worth_trying_;
  } else if (seems_repeated(text)) {
    copies_worth_trying_ = kCopiesWithoutUse;
  } else {
    return parse(text) ? &document_ : nullptr;
  }
  copy_text(text, &copy_, patience);
  copy_is_read_ = parse(copy_);
  return copy_is_read_ ? &document_ : nullptr;
}

bool Session::parse(std::string_view text) {
  is_json5_ = false;
  if (document_.read(text, &patience)) return true;
  is_json5_ = json5_.read(text, &document_, &patience);
  return is_json5_;
}

void Session::shrink() noexcept {
  if (!is_giant()) return;
  document_ = Document();
  json5_ = Json5Translation();
  copy_is_read_ = false;
  std::string().swap(copy_);
  std::string().swap(buffer);
  std::string().swap(jsonb_text_);
}

void Session::release_giant(sqlite::Context& context) {
  if (context.auxiliary<Release>(kEndOfStatement) != nullptr) return;
  std::unique_ptr<Release> release(new (std::nothrow) Release(shared_from_this()));
  if (release == nullptr) return shrink();
  context.store_auxiliary(kEndOfStatement, std::move(release));
}

std::string_view strict_text(sqlite::Value argument, std::string* buffer, Patience& patience) {
  const Jsonb jsonb = Jsonb::of(argument);
  if (!jsonb) return argument.text();
  buffer->clear();
  if (!append_json(jsonb, Jsonb::root(), buffer, &patience)) throw_malformed();
  return *buffer;
}

void copy_strict_text(sqlite::Value argument, std::string* copy, Patience& patience) {
  const std::string_view text = strict_text(argument, copy, patience);
  if (text.data() != copy->data()) copy_text(text, copy, patience);
}

const Path* compile_path(sqlite::Context& context, sqlite::Value argument, int number,
                         Path::Notation notation) {
  return context.store_auxiliary(number, std::make_unique<Path>(Path::compile(argument, notation)));
}

}  // namespace edgepack::json
