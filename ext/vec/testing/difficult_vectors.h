#pragma once
// Vectors of floats that make arithmetic difficult: what tests of exactness attack with.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "vec/vector.h"

namespace edgepack::vec::testing {

using Floats = std::vector<float>;

/// Vectors that make arithmetic difficult.
class DifficultVectors {
 public:
  DifficultVectors(std::size_t dimensions, unsigned seed)
      : dimensions_(dimensions), random_(seed) {}

  Floats next() {
    switch (random_() % 12) {
      case 0:
        return filled([] { return 0.0F; });
      case 1: {  // one giant component
        Floats v = filled([this] { return normal(); });
        v[random_() % dimensions_] = std::ldexp(1.0F, static_cast<int>(random_() % 120));
        return v;
      }
      case 2:  // huge
        return filled([this] { return std::copysign(3e38F, normal()); });
      case 3:  // denormal
        return filled([this] { return static_cast<float>(random_() % 300) * 1.4e-45F; });
      case 4:  // tiny
        return filled([this] { return normal() * 1e-35F; });
      case 5: {  // all equal
        const float value = normal();
        return filled([value] { return value; });
      }
      case 6:  // of every magnitude
        return filled(
            [this] { return std::ldexp(normal(), static_cast<int>(random_() % 240) - 120); });
      case 7:  // sparse
        return filled([this] { return random_() % 20 == 0 ? normal() : 0.0F; });
      case 8: {  // very near to the last one
        Floats v = last_.empty() ? filled([this] { return normal(); }) : last_;
        float& element = v[random_() % dimensions_];
        element = std::nextafter(element, 1e30F);
        return v;
      }
      case 9:  // the last one again
        if (!last_.empty()) return last_;
        [[fallthrough]];
      case 10: {  // a multiple of the last one: cosine near zero
        Floats v = last_;
        if (v.empty()) v = filled([this] { return normal(); });
        for (float& element : v) element *= 0.37F;
        return v;
      }
      default:
        last_ = filled([this] { return normal(); });
        return last_;
    }
  }

 private:
  float normal() { return distribution_(random_); }
  Floats filled(auto element) {
    Floats v(dimensions_);
    std::generate(v.begin(), v.end(), element);
    return v;
  }

  std::size_t dimensions_;
  std::mt19937 random_;
  std::normal_distribution<float> distribution_;
  Floats last_;
};

/// The same vector in another float type, what is too large for it as its largest number.
inline Vector in_type(ElementType type, const Floats& elements) {
  const double largest = type == ElementType::kFloat16 ? 65504 : 0x1.FEp127;
  std::vector<std::byte> bytes(byte_size(type, elements.size()));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const double element = type == ElementType::kFloat32
                               ? double{elements[i]}
                               : std::clamp(double{elements[i]}, -largest, largest);
    store_float(type, element, bytes, i);
  }
  return Vector::owned(type, std::move(bytes));
}

}  // namespace edgepack::vec::testing
