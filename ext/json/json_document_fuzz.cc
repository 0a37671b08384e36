// Any bytes as a document: each twin must answer what the host's own function answers, and every
// scanner must find the same tokens.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/document.h"
#include "json/kernels/scan.h"
#include "json/testing/twins.h"

namespace {

void expect_same_tokens(const std::string& text) {
  using edgepack::json::Document;
  namespace kernels = edgepack::json::kernels;
  Document first;
  bool is_json = false;
  for (const kernels::Scanner* scanner : kernels::usable_scanners()) {
    kernels::force_scanner(scanner);
    Document document;
    const bool accepted = document.read(text);
    if (scanner == kernels::usable_scanners().front()) {
      is_json = first.read(text);
    }
    if (accepted != is_json) std::abort();
    if (!accepted) continue;
    const auto count = document.after(Document::root());
    if (count != first.after(Document::root())) std::abort();
    for (edgepack::json::Token token = 0; token < count; ++token) {
      if (document.start(token) != first.start(token) ||
          document.after(token) != first.after(token)) {
        std::abort();
      }
    }
  }
  kernels::force_scanner(nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static edgepack::json::testing::Comparison comparison;
  const std::string document(reinterpret_cast<const char*>(data), size);
  expect_same_tokens(document);
  for (const auto& twin : edgepack::json::testing::all_twins()) {
    if (!comparison.run(twin, document, {"$", "$.a[0]", "$[#-1].b"}).are_equal()) std::abort();
    if (!comparison.run(twin, document, {"$.a", "$[1]", "$.a.b"}).are_equal()) std::abort();
  }
  return 0;
}
