// Any bytes as JSON5: what is translated must be JSON, stay what it is when it is translated again,
// and be what the text is without its last commas, if that is JSON.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "json/document.h"
#include "json/json5.h"
#include "json/render.h"
#include "json/testing/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace edgepack::json;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Json5Translation translation;
  Document document;
  Document reread;
  const bool is_json5 = translation.translate(text, &document, nullptr);
  if (reread.read(text) && !is_json5) std::abort();
  const auto copy = std::make_unique<char[]>(size + 1);
  if (reread.read_without_last_commas(copy.get())) {
    std::string without_spaces;
    append_json(reread, Document::root(), &without_spaces);
    if (!is_json5 || without_spaces != translation.text()) std::abort();
  }
  if (!is_json5) return 0;
  const std::string json(translation.text());
  if (!reread.read(translation.text()) || reread.has_spaces() ||
      !testing::have_same_tokens(document, reread) ||
      (reread.has_escapes() && !document.has_escapes())) {
    std::abort();
  }
  if (!translation.translate(json, &document, nullptr) || translation.text() != json) std::abort();
  return 0;
}
