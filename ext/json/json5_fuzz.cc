// Any bytes as JSON5: what is translated must be JSON, and stay what it is when it is translated
// again.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/document.h"
#include "json/json5.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace edgepack::json;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Json5Translation translation;
  const bool is_json5 = translation.translate(text, nullptr);
  Document document;
  if (document.read(text) && !is_json5) std::abort();
  if (!is_json5) return 0;
  const std::string json(translation.text());
  if (!document.read(json) || document.has_spaces()) std::abort();
  if (!translation.translate(json, nullptr) || translation.text() != json) std::abort();
  return 0;
}
