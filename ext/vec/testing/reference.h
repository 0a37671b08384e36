#pragma once
// The truth that tests compare vec0 with: rows in a std::map, distances straight from their
// definitions in double precision, every row compared.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "vec/search.h"

namespace edgepack::vec::testing {

using Bytes = std::vector<std::byte>;

template <class T>
std::vector<T> elements(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
double defined_distance(Metric metric, const std::vector<T>& a, const std::vector<T>& b) {
  double sum = 0, absolute = 0, dot = 0, a2 = 0, b2 = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    sum += (x - y) * (x - y);
    absolute += std::fabs(x - y);
    dot += x * y;
    a2 += x * x;
    b2 += y * y;
  }
  if (metric == Metric::kL2) return std::sqrt(sum);
  if (metric == Metric::kL1) return absolute;
  if (metric == Metric::kDot) return -dot;
  return 1 - dot / (std::sqrt(a2) * std::sqrt(b2));
}

inline double defined_distance(ElementType type, Metric metric, const Bytes& a, const Bytes& b) {
  if (is_float(type)) {
    return defined_distance(metric, widened({type, a.size() / byte_size(type, 1), a}),
                            widened({type, b.size() / byte_size(type, 1), b}));
  }
  if (type == ElementType::kInt8) {
    return defined_distance(metric, elements<std::int8_t>(a), elements<std::int8_t>(b));
  }
  int differing = 0, either = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differing += std::popcount(static_cast<unsigned char>(a[i] ^ b[i]));
    either += std::popcount(static_cast<unsigned char>(a[i] | b[i]));
  }
  if (metric == Metric::kHamming) return differing;
  return either == 0 ? 0 : static_cast<double>(differing) / either;
}

/// Random vectors of one column. Floats are clustered, as embeddings are.
class VectorSource {
 public:
  VectorSource(ElementType type, std::size_t dimensions, unsigned seed)
      : type_(type), dimensions_(dimensions), random_(seed) {
    std::normal_distribution<float> normal;
    for (auto& center : centers_) {
      for (std::size_t i = 0; i < dimensions; ++i) center.push_back(normal(random_));
    }
  }

  Bytes next() {
    if (is_float(type_)) {
      std::normal_distribution<float> normal(0, 0.3f);
      std::vector<float> values = centers_[random_() % std::size(centers_)];
      for (float& value : values) value += normal(random_);
      Bytes bytes(byte_size(type_, dimensions_));
      for (std::size_t i = 0; i < values.size(); ++i) store_float(type_, values[i], bytes, i);
      return bytes;
    }
    Bytes bytes(byte_size(type_, dimensions_));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_());
    return bytes;
  }

  std::mt19937& random() noexcept { return random_; }

 private:
  ElementType type_;
  std::size_t dimensions_;
  std::mt19937 random_;
  std::vector<float> centers_[8];
};

/// The k nearest of `rows` by comparing with every one.
inline std::vector<Neighbor> brute_force(const std::map<sqlite3_int64, Bytes>& rows,
                                         ElementType type, Metric metric, const Bytes& query,
                                         std::size_t k) {
  std::vector<Neighbor> all;
  all.reserve(rows.size());
  for (const auto& [rowid, vector] : rows) {
    all.push_back({defined_distance(type, metric, query, vector), rowid});
  }
  std::sort(all.begin(), all.end(), comes_before);
  if (all.size() > k) all.resize(k);
  return all;
}

}  // namespace edgepack::vec::testing
