#pragma once
// Random JSON documents and SQLite paths, good and bad.

#include <cstdint>
#include <random>
#include <string>

namespace edgepack::json::testing {

/// Deterministic for a seed.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  /// A document; about one in four is not JSON by RFC 8259.
  std::string document();
  /// A path; about one in four is not well-formed, many lead nowhere.
  std::string path();

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  template <std::size_t n>
  std::string pick(const std::string (&pool)[n]) {
    return pool[below(n)];
  }

  std::string value(int depth);
  std::string string();
  std::string key();
  std::string number();
  std::string space();
  void damage(std::string* text);

  std::mt19937_64 random_;
  bool odd_ = false;  // whether this document may use what RFC 8259 forbids
};

}  // namespace edgepack::json::testing
