#include "json/jsonb_render.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "json/giant.h"
#include "json/json5_scalars.h"
#include "json/lexical.h"

namespace edgepack::json {
namespace {

/// Bytes behind the end of a string, which grows as needed.
class Output {
 public:
  explicit Output(std::string* text) : text_(text), used_(text->size()) {}
  ~Output() { text_->resize(used_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Room for so many more bytes; what is used of it is told to use_until().
  char* room(std::size_t bytes) {
    if (text_->size() - used_ < bytes) {
      text_->resize(used_ + bytes + std::min(used_ / 2, kMostRoom) + kLeastRoom);
    }
    return text_->data() + used_;
  }
  void use_until(const char* end) noexcept {
    used_ = static_cast<std::size_t>(end - text_->data());
  }

 private:
  static constexpr std::size_t kLeastRoom = 64;
  static constexpr std::size_t kMostRoom = std::size_t{1} << 20;  // which is cleared first

  std::string* text_;
  std::size_t used_;
};

/// Writes a string with what JSON escapes in it, without quotes. Null for control characters that
/// have no short escape sequence.
char* write_raw_string(std::string_view raw, char* out) {
  for (const char c : raw) {
    if (c == '\\') {
      *out++ = '\\';
      *out++ = '\\';
    } else if (c == '"' || static_cast<unsigned char>(c) < 0x20) {
      out = write_json5_string({&c, 1}, out, nullptr);
      if (out == nullptr) return nullptr;
    } else {
      *out++ = c;
    }
  }
  return out;
}

class Renderer {
 public:
  Renderer(const Jsonb& jsonb, Output& out, Patience* patience, JsonbText* record) noexcept
      : jsonb_(jsonb), out_(out), patience_(patience), record_(record) {}

  bool run(Jsonb::Value value) {
    Jsonb::Element element = jsonb_.element(value);
    if (!element) return false;
    std::uint32_t at = value;
    for (;;) {
      if (patience_ != nullptr) patience_->spend();
      if (!write(at, element)) return false;
      if (element.is_container()) {
        if (depth_ == open_.size()) return false;
        open_[depth_++] = {element.end, element.type == Jsonb::Type::kObject, true, true};
        at = element.payload;
      } else {
        at = element.end;
      }
      at = close_containers(at);
      if (at == kFailed) return false;
      if (depth_ == 0) return true;
      Level& level = open_[depth_ - 1];
      element = jsonb_.element(at, level.end);
      if (!element) return false;
      if (level.is_object) {
        if (level.key_is_next && !element.is_text()) return false;
        if (!level.is_first) put(level.key_is_next ? ',' : ':');
        level.key_is_next = !level.key_is_next;
      } else if (!level.is_first) {
        put(',');
      }
      level.is_first = false;
    }
  }

 private:
  struct Level {
    std::uint32_t end;
    bool is_object;
    bool key_is_next;
    bool is_first;
  };
  static constexpr std::uint32_t kFailed = UINT32_MAX;

  /// Writes what closes all containers that end at `at`.
  std::uint32_t close_containers(std::uint32_t at) {
    for (; depth_ > 0 && at == open_[depth_ - 1].end; --depth_) {
      const Level& level = open_[depth_ - 1];
      if (level.is_object && !level.key_is_next) return kFailed;  // a key without a value
      put(level.is_object ? '}' : ']');
    }
    return at;
  }

  void put(char mark) {
    char* const room = out_.room(1);
    *room = mark;
    out_.use_until(room + 1);
    note(0);
  }
  void note(std::uint32_t origin) {
    if (record_ != nullptr) record_->origins.push_back(origin);
  }
  void change() noexcept {
    if (record_ != nullptr) record_->keeps_scalars = false;
  }
  /// A reader of the text must take a scalar for what its type says.
  void check_type(const Jsonb::Element& element, std::string_view payload) noexcept {
    if (record_ == nullptr) return;
    constexpr auto kNone = std::string_view::npos;
    bool is_right = true;
    if (element.type == Jsonb::Type::kInteger) {
      is_right = payload.find_first_not_of("-0123456789") == kNone;
    } else if (element.type == Jsonb::Type::kReal) {
      is_right = payload.find_first_not_of("+-.0123456789eE") == kNone &&
                 payload.find_first_of(".eE") != kNone;
    } else if (element.type == Jsonb::Type::kText) {
      is_right = payload.find('\\') == kNone;
    }
    if (!is_right) change();
  }

  /// A scalar as a whole, or the opening bracket of a container.
  bool write(std::uint32_t origin, const Jsonb::Element& element);

  const Jsonb& jsonb_;
  Output& out_;
  Patience* const patience_;
  JsonbText* const record_;
  std::array<Level, Jsonb::kMaxDepth> open_;
  std::size_t depth_ = 0;
};

bool Renderer::write(std::uint32_t origin, const Jsonb::Element& element) {
  const std::string_view payload = jsonb_.payload(element);
  constexpr std::size_t kMore = 8;
  char* end = out_.room(2 * payload.size() * (element.is_container() ? 0 : 1) + kMore);
  const auto copy = [&end](std::string_view text) {
    std::memcpy(end, text.data(), text.size());
    end += text.size();
  };
  const auto change = [&](char* written) {
    this->change();
    end = written;
  };
  note(origin);
  switch (element.type) {
    case Jsonb::Type::kNull:
    case Jsonb::Type::kTrue:
    case Jsonb::Type::kFalse: {
      constexpr std::string_view kNames[] = {"null", "true", "false"};
      if (!payload.empty()) return false;
      copy(kNames[static_cast<std::size_t>(element.type)]);
      break;
    }
    case Jsonb::Type::kInteger:
    case Jsonb::Type::kReal:
      if (payload.empty()) return false;
      check_type(element, payload);
      copy(payload);
      break;
    case Jsonb::Type::kInteger5:
      change(write_json5_integer(payload, end));
      break;
    case Jsonb::Type::kReal5:
      change(write_json5_real(payload, end));
      break;
    case Jsonb::Type::kText:
    case Jsonb::Type::kTextJson:
      check_type(element, payload);
      *end++ = '"';
      copy(payload);
      *end++ = '"';
      break;
    case Jsonb::Type::kText5:
    case Jsonb::Type::kTextRaw:
      *end++ = '"';
      change(element.type == Jsonb::Type::kText5 ? write_json5_string(payload, end, patience_)
                                                 : write_raw_string(payload, end));
      if (end != nullptr) *end++ = '"';
      break;
    case Jsonb::Type::kArray:
      *end++ = '[';
      break;
    case Jsonb::Type::kObject:
      *end++ = '{';
      break;
  }
  if (end == nullptr) return false;
  out_.use_until(end);
  return true;
}

bool set_integer(sqlite::Context& context, std::string_view digits) noexcept {
  sqlite3_int64 integer = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, integer);
  if (read.ec != std::errc() || read.ptr != end) return false;
  context.set_integer(integer);
  return true;
}

bool set_real(sqlite::Context& context, std::string_view number) noexcept {
  constexpr std::size_t kLongest = 31;
  if (number.empty() || number.size() > kLongest) return false;
  char text[kLongest + 1] = {};
  number.copy(text, number.size());
  double real = 0;
  if (skip_number(text) != text + number.size() || number.find('.') == std::string_view::npos ||
      !convert_plain_real(number, &real)) {
    return false;
  }
  context.set_real(real);
  return true;
}

}  // namespace

bool append_json(const Jsonb& jsonb, Jsonb::Value value, std::string* out, Patience* patience) {
  reserve_giant(out, out->size() + 2 * std::size_t{jsonb.size()});
  Output output(out);
  return Renderer(jsonb, output, patience, nullptr).run(value);
}

bool JsonbText::read(const Jsonb& jsonb, Jsonb::Value value, Patience* patience) {
  text.clear();
  origins.clear();
  keeps_scalars = true;
  reserve_giant(&text, 2 * std::size_t{jsonb.size()});
  reserve_giant(&origins, jsonb.size() / 2);
  Output output(&text);
  return Renderer(jsonb, output, patience, this).run(value);
}

bool set_sql_value(sqlite::Context& context, const Jsonb& jsonb, Jsonb::Value value,
                   std::string* buffer, Patience* patience) {
  const Jsonb::Element element = jsonb.element(value);
  if (!element) return false;
  const std::string_view payload = jsonb.payload(element);
  switch (element.type) {
    case Jsonb::Type::kNull:
    case Jsonb::Type::kTrue:
    case Jsonb::Type::kFalse:
      if (!payload.empty()) return false;
      if (element.type == Jsonb::Type::kNull) {
        context.set_null();
      } else {
        context.set_integer(element.type == Jsonb::Type::kTrue ? 1 : 0);
      }
      return true;
    case Jsonb::Type::kInteger:
      return set_integer(context, payload);
    case Jsonb::Type::kReal:
      return set_real(context, payload);
    case Jsonb::Type::kText:
    case Jsonb::Type::kTextRaw:
      set_text(context, payload, patience);
      return true;
    case Jsonb::Type::kTextJson:
      if (!escapes_are_valid(payload) || !unescape(payload, buffer, patience)) return false;
      set_text(context, *buffer, patience);
      return true;
    case Jsonb::Type::kArray:
    case Jsonb::Type::kObject:
      buffer->clear();
      if (!append_json(jsonb, value, buffer, patience)) return false;
      set_text(context, *buffer, patience);
      return true;
    case Jsonb::Type::kInteger5:
    case Jsonb::Type::kReal5:
    case Jsonb::Type::kText5:
      return false;
  }
  return false;
}

}  // namespace edgepack::json
