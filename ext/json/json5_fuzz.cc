// Any bytes as JSON5: what is translated must be JSON, stay what it is when it is translated again,
// and be what the text becomes when it is patched, if that is JSON.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "json/document.h"
#include "json/json5.h"
#include "json/json5_patch.h"
#include "json/json5_text.h"
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
  const auto copy = std::make_unique<char[]>(2 * size + Json5Text::kMoreRoom);
  if (!reread.read(text)) {
    const auto patched = patch_json5(&reread, copy.get());
    if (patched && reread.read(patched->text)) {
      std::string without_spaces;
      append_json(reread, Document::root(), &without_spaces);
      if (!is_json5 || without_spaces != translation.text() ||
          patched->keeps_scalars != translation.keeps_scalars()) {
        std::abort();
      }
    }
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
