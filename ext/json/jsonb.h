#pragma once
// SQLite's JSONB, read in place.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "json/path.h"
#include "json/patience.h"

namespace edgepack::json {

/// For is_read_as_text().
bool is_blob_read_as_text(sqlite::Value argument);

/// True for an argument that the host's JSON functions read as text, whether or not it is JSON:
/// TEXT, and a BLOB that no version takes for JSONB. `type` is that of the argument. Throws
/// std::bad_alloc.
inline bool is_read_as_text(sqlite::Value argument, int type) {
  return type == SQLITE_TEXT || (type == SQLITE_BLOB && is_blob_read_as_text(argument));
}

/// A BLOB that is JSONB (https://sqlite.org/jsonb.html), not copied. What is read of it is checked:
/// a header that the format does not know, or an element that does not end inside the one that it
/// is in, is nothing here, and SQLite itself must say what it makes of it.
class Jsonb {
 public:
  /// A value is named by the offset of its header.
  using Value = std::uint32_t;

  /// In the numbers of the format.
  enum class Type : std::uint8_t {
    kNull,
    kTrue,
    kFalse,
    kInteger,   ///< digits of JSON
    kInteger5,  ///< hexadecimal digits of JSON5
    kReal,      ///< a number of JSON
    kReal5,     ///< a number of JSON5
    kText,      ///< a string without anything that JSON escapes
    kTextJson,  ///< with escape sequences of JSON
    kText5,     ///< with those of JSON5
    kTextRaw,   ///< without escape sequences, but with what JSON escapes
    kArray,
    kObject,
  };

  /// An element, or nothing, which is false. Not an std::optional: that is slow to pass on.
  struct Element {
    Type type = Type::kNull;
    std::uint32_t payload = 0;  ///< offset of its first byte
    std::uint32_t end = 0;      ///< and of the byte behind its last

    explicit operator bool() const noexcept { return end != 0; }
    bool is_text() const noexcept { return type >= Type::kText && type <= Type::kTextRaw; }
    bool is_container() const noexcept { return type >= Type::kArray; }
  };

  /// Containers nested deeper than this are left to SQLite.
  static constexpr std::size_t kMaxDepth = 256;

  /// None: is false.
  Jsonb() = default;
  /// The BLOB as JSONB if every version of SQLite that has it takes it for that, else none. Looks
  /// at the first header only. `blob` must live as long as the answer.
  static Jsonb recognize(std::string_view blob) noexcept;
  /// The argument of a function, if it is JSONB to the host beyond doubt, else none. Throws
  /// std::bad_alloc.
  static Jsonb of(sqlite::Value argument) { return of(argument, argument.type()); }
  /// The same, for who knows the type already.
  static Jsonb of(sqlite::Value argument, int type) {
    return type == SQLITE_BLOB ? of_blob(argument) : Jsonb();
  }

  explicit operator bool() const noexcept { return !bytes_.empty(); }

  static constexpr Value root() noexcept { return 0; }
  std::string_view bytes() const noexcept { return bytes_; }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(bytes_.size()); }

  /// The element whose header is at `start`, inside the one that ends at `limit`.
  inline Element element(Value start, std::uint32_t limit) const noexcept;
  Element element(Value start) const noexcept { return element(start, size()); }
  /// Of an element that is one.
  bool is_container(Value value) const noexcept {
    return (bytes_[value] & 0x0F) >= static_cast<int>(Type::kArray);
  }
  std::string_view payload(const Element& element) const noexcept {
    return bytes_.substr(element.payload, element.end - element.payload);
  }

  /// What a path stands for.
  struct Place {
    Found::Answer answer;
    Value value = 0;
    Value head = 0;        ///< the key of a member, the value itself for others
    bool is_first = true;  ///< of the children of its container
  };

  /// Follows `path` from the root. Throws what `patience`, if any, throws.
  Place find(const Path& path, Patience* patience = nullptr) const;

  /// Number of elements of an array. Nothing when one of them is damaged.
  std::optional<std::uint32_t> count_elements(const Element& array, Patience* patience) const;

 private:
  explicit Jsonb(std::string_view bytes) noexcept : bytes_(bytes) {}

  Place find_member(const Element& object, const Step& step, Patience* patience) const;
  Place find_element(const Element& array, std::uint32_t index, Patience* patience) const;
  static constexpr int kNoHeader = -1;

  /// The number of the type of the element at `start`, as in element(), or kNoHeader.
  inline int read_header(Value start, std::uint32_t limit, std::uint32_t* payload,
                         std::uint32_t* end) const noexcept;
  int read_long_header(Value start, std::uint32_t limit, std::uint32_t* payload,
                       std::uint32_t* end) const noexcept;
  static Jsonb of_blob(sqlite::Value argument);

  std::string_view bytes_;
};

int Jsonb::read_header(Value start, std::uint32_t limit, std::uint32_t* payload,
                       std::uint32_t* end) const noexcept {
  constexpr unsigned kMostShort = 11;
  constexpr unsigned kOneByte = 12;
  if (start >= limit) return kNoHeader;
  const auto header = static_cast<unsigned char>(bytes_[start]);
  const unsigned type = header & 0x0F;
  std::uint32_t size = header >> 4;
  if (type > static_cast<unsigned>(Type::kObject)) return kNoHeader;
  std::uint32_t first = start + 1;
  if (size > kMostShort) {
    if (size != kOneByte) return read_long_header(start, limit, payload, end);
    // Where it skips a value without a payload, SQLite goes on behind the first byte of the header.
    if (first == limit || type <= static_cast<unsigned>(Type::kFalse)) return kNoHeader;
    size = static_cast<unsigned char>(bytes_[first++]);
  }
  *payload = first;
  *end = first + size;
  return first + size > limit ? kNoHeader : static_cast<int>(type);
}

Jsonb::Element Jsonb::element(Value start, std::uint32_t limit) const noexcept {
  Element found;
  const int type = read_header(start, limit, &found.payload, &found.end);
  if (type < 0) return {};
  found.type = static_cast<Type>(type);
  return found;
}

}  // namespace edgepack::json
