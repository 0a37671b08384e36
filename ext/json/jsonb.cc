#include "json/jsonb.h"

#include <algorithm>
#include <cstring>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

constexpr Jsonb::Place kMissing{Found::Answer::kMissing};
constexpr Jsonb::Place kUndecided{Found::Answer::kUndecided};

void spend_one(Patience* patience) {
  if (patience != nullptr) patience->spend();
}

/// 3.45 has other rules for BLOBs that are no JSONB, and for control characters.
bool host_reads_jsonb() noexcept { return sqlite3_libversion_number() >= 3046000; }

/// True when a label with escape sequences, or with characters that SQLite decodes when it looks
/// for some, may be equal to one that has other bytes.
bool may_mean_another(std::string_view label) noexcept {
  return std::any_of(label.begin(), label.end(),
                     [](char c) { return c == '\\' || c == '\0' || (c & 0x80) != 0; });
}

}  // namespace

bool is_blob_read_as_text(sqlite::Value argument) {
  static const bool rules_are_known = host_reads_jsonb() || sqlite3_libversion_number() < 3045000;
  const auto blob = argument.blob();
  // A first byte that is ASCII would be the header of at most seven more.
  return rules_are_known && blob.size() > 8 && static_cast<unsigned char>(blob.front()) < 0x80;
}

Jsonb Jsonb::of_blob(sqlite::Value argument) {
  static const bool host_has_it = host_reads_jsonb();
  if (!host_has_it) return {};
  const auto blob = argument.blob();
  return recognize({reinterpret_cast<const char*>(blob.data()), blob.size()});
}

Jsonb Jsonb::recognize(std::string_view blob) noexcept {
  if (blob.empty() || blob.size() > INT32_MAX) return {};
  const Jsonb jsonb(blob);
  const Element root = jsonb.element(jsonb.root());
  if (root.end != blob.size()) return {};
  const std::uint32_t payload = root.end - root.payload;
  if (root.type <= Type::kFalse && payload > 0) return {};
  // JSON text in a BLOB may look the same when it is so short; SQLite's versions differ in how they
  // tell.
  constexpr std::uint32_t kLongestDoubtful = 7;
  const char first = blob.front();
  const bool may_be_text = first == '{' || first == '[' || is_digit(first);
  return may_be_text && payload <= kLongestDoubtful ? Jsonb() : jsonb;
}

// The forms with 2 and 4 bytes of size; that with 8 is for BLOBs longer than SQLite's.
int Jsonb::read_long_header(Value start, std::uint32_t limit, std::uint32_t* payload,
                            std::uint32_t* end) const noexcept {
  const auto byte = [&](std::uint32_t i) { return static_cast<unsigned char>(bytes_[start + i]); };
  constexpr unsigned kTwoBytes = 13;
  constexpr unsigned kFourBytes = 14;
  const unsigned form = byte(0) >> 4;
  const unsigned type = byte(0) & 0x0F;
  if (form > kFourBytes || type <= static_cast<unsigned>(Type::kFalse)) return kNoHeader;
  const std::uint32_t size_bytes = form == kTwoBytes ? 2 : 4;
  if (limit - start <= size_bytes) return kNoHeader;
  std::uint32_t size = 0;
  for (std::uint32_t i = 1; i <= size_bytes; ++i) size = size << 8 | byte(i);
  *payload = start + 1 + size_bytes;
  if (size > limit - *payload) return kNoHeader;
  *end = *payload + size;
  return static_cast<int>(type);
}

Jsonb::Place Jsonb::find(const Path& path, Patience* patience) const {
  if (!path.is_decided()) return kUndecided;
  Place found{Found::Answer::kValue, root()};
  for (const Step& step : path.steps()) {
    const Element parent = element(found.value);
    if (!parent) return kUndecided;
    if (step.kind == Step::Kind::kMember) {
      if (parent.type != Type::kObject) return kMissing;
      found = find_member(parent, step, patience);
    } else if (parent.type != Type::kArray) {
      return kMissing;
    } else if (step.kind == Step::Kind::kIndex) {
      found = find_element(parent, step.number, patience);
    } else {
      const std::optional<std::uint32_t> count = count_elements(parent, patience);
      if (!count) return kUndecided;
      if (step.number == 0 || step.number > *count) return kMissing;
      found = find_element(parent, *count - step.number, patience);
    }
    if (found.answer != Found::Answer::kValue) break;
  }
  return found;
}

// The next label is found through the sizes of this one and of its value: what lies between is kept
// short.
Jsonb::Place Jsonb::find_member(const Element& object, const Step& step, Patience* patience) const {
  constexpr std::uint32_t kBytesBetween = 1024;
  std::string_view label = step.label_and_quote;
  label.remove_suffix(1);
  const char* const bytes = bytes_.data();
  std::uint32_t next_spent = object.payload + kBytesBetween;
  for (std::uint32_t at = object.payload; at < object.end;) {
    if (at >= next_spent) {
      next_spent = at + kBytesBetween;
      if (patience != nullptr) patience->spend(kBytesBetween / 4);
    }
    at = static_cast<std::uint32_t>(skip_short_members(bytes + at,
                                                       bytes + std::min(object.end, next_spent),
                                                       step.short_in_jsonb) -
                                    bytes);
    if (at >= object.end) break;
    const std::uint32_t start = at;
    std::uint32_t key = 0;
    std::uint32_t key_end = 0;
    const int key_type = read_header(start, object.end, &key, &key_end);
    if (key_type < static_cast<int>(Type::kText) || key_type > static_cast<int>(Type::kTextRaw)) {
      return kUndecided;
    }
    std::uint32_t value = 0;
    if (read_header(key_end, object.end, &value, &at) < 0) return kUndecided;
    // Few labels begin alike: most need no more than this.
    if (key_end - key == label.size() &&
        (label.empty() || (bytes[key] == label.front() &&
                           std::memcmp(bytes + key, label.data(), label.size()) == 0))) {
      return {Found::Answer::kValue, key_end, start, start == object.payload};
    }
    const auto type = static_cast<Type>(key_type);
    if ((type == Type::kTextJson || type == Type::kText5) &&
        may_mean_another(bytes_.substr(key, key_end - key))) {
      return kUndecided;
    }
  }
  return kMissing;
}

Jsonb::Place Jsonb::find_element(const Element& array, std::uint32_t index,
                                 Patience* patience) const {
  for (std::uint32_t at = array.payload; at < array.end; --index) {
    spend_one(patience);
    const Element child = element(at, array.end);
    if (!child) return kUndecided;
    if (index == 0) return {Found::Answer::kValue, at, at, at == array.payload};
    at = child.end;
  }
  return kMissing;
}

std::optional<std::uint32_t> Jsonb::count_elements(const Element& array, Patience* patience) const {
  std::uint32_t count = 0;
  for (std::uint32_t at = array.payload; at < array.end; ++count) {
    spend_one(patience);
    const Element child = element(at, array.end);
    if (!child) return std::nullopt;
    at = child.end;
  }
  return count;
}

}  // namespace edgepack::json
