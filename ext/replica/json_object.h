#pragma once
// Writing the JSON objects that the SQL functions answer.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgepack::replica {

/// One JSON object by RFC 8259, in the order of the calls. Texts are UTF-8.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view text);
  JsonObject& add(std::string_view name, const char* text) {
    return add(name, std::string_view(text));
  }
  JsonObject& add(std::string_view name, std::int64_t value);
  JsonObject& add(std::string_view name, std::uint64_t value) {
    return add(name, static_cast<std::int64_t>(value));
  }
  JsonObject& add(std::string_view name, bool value);
  /// With three digits after the point.
  JsonObject& add(std::string_view name, double value);
  JsonObject& add_null(std::string_view name);
  /// null for an empty text, or for nothing.
  JsonObject& add_or_null(std::string_view name, std::string_view text) {
    return text.empty() ? add_null(name) : add(name, text);
  }
  template <class Number>
  JsonObject& add_or_null(std::string_view name, const std::optional<Number>& value) {
    return value ? add(name, *value) : add_null(name);
  }

  std::string text() const { return text_ + '}'; }

 private:
  void begin(std::string_view name);

  std::string text_ = "{";
};

}  // namespace edgepack::replica
