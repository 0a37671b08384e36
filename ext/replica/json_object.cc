#include "replica/json_object.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace edgepack::replica {
namespace {

void append_quoted(std::string& to, std::string_view text) {
  const auto must_escape = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  to += '"';
  for (auto from = text.begin();;) {
    const auto special = std::find_if(from, text.end(), must_escape);
    to.append(from, special);
    if (special == text.end()) break;
    if (*special == '"' || *special == '\\') {
      to += '\\';
      to += *special;
    } else {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(*special));
      to += escape.data();
    }
    from = special + 1;
  }
  to += '"';
}

}  // namespace

void JsonObject::begin(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  append_quoted(text_, name);
  text_ += ':';
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) {
  begin(name);
  append_quoted(text_, text);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::int64_t value) {
  begin(name);
  text_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
  begin(name);
  text_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, double value) {
  begin(name);
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), "%.3f", value);
  text_ += digits.data();
  return *this;
}

JsonObject& JsonObject::add_null(std::string_view name) {
  begin(name);
  text_ += "null";
  return *this;
}

}  // namespace edgepack::replica
