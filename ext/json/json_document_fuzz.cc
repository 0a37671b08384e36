// Any bytes as a document: each twin must answer what the host's own function answers.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/testing/twins.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static edgepack::json::testing::Comparison comparison;
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  for (const auto& twin : edgepack::json::testing::all_twins()) {
    if (!comparison.run(twin, document, {"$", "$.a[0]", "$[#-1].b"}).are_equal()) std::abort();
    if (!comparison.run(twin, document, {"$.a", "$[1]", "$.a.b"}).are_equal()) std::abort();
  }
  return 0;
}
