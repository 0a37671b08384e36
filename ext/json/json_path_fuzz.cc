// Any bytes as a path: each twin must answer what the host's own function answers.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/testing/twins.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static edgepack::json::testing::Comparison comparison;
  constexpr std::string_view kDocument =
      R"({"a":[1,{"b":[[],{"":2,"a b":"x","\u0061":3}]},"y"],"b":null,"1":{"a":4},"a.b":5,"a":6})";
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  for (const auto& twin : edgepack::json::testing::all_twins()) {
    if (!comparison.run(twin, kDocument, {path, path.substr(size / 2), "$.a"}).are_equal())
      std::abort();
  }
  return 0;
}
