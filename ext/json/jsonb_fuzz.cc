// Any bytes as JSONB: what is found well-formed must have JSON text, and the same value under a
// path in both.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/document.h"
#include "json/jsonb_render.h"
#include "json/jsonb_validity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace edgepack::json;
  // In memory of just this size, for the address sanitizer.
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const Jsonb jsonb = Jsonb::recognize(bytes);
  if (!jsonb) return 0;
  Patience patience(nullptr);
  JsonbText text;
  const bool has_text = text.read(jsonb, Jsonb::root(), &patience);
  const bool is_json = is_valid(jsonb, &patience);
  Document document;
  if (is_json) {
    // Only control characters without a short escape sequence are left to the host.
    if (!has_text) return 0;
    if (!document.read(text.text)) std::abort();
  }
  for (const char* steps : {"$.a", "$[1]", "$[#-1].b", "$.a[0]"}) {
    const Path path = Path::compile(steps);
    const Jsonb::Place place = jsonb.find(path, &patience);
    if (place.answer != Found::Answer::kValue) continue;
    std::string part;
    const bool has_part = append_json(jsonb, place.value, &part, &patience);
    if (!is_json || !text.keeps_scalars) continue;
    if (!has_part) std::abort();
    const Found found = path.find(document);
    if (found.answer == Found::Answer::kUndecided) continue;
    if (found.answer != Found::Answer::kValue) std::abort();
    if (text.origins[found.value] != place.value) std::abort();
  }
  return 0;
}
