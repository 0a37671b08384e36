#include "json/session.h"

namespace edgepack::json {
namespace {

/// Buffers for documents up to this size are kept.
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

}  // namespace

const Document* Session::read(sqlite::Value argument) {
  if (argument.type() != SQLITE_TEXT) return nullptr;
  return document.read(argument.text()) ? &document : nullptr;
}

void Session::shrink() noexcept {
  document.shrink(kKeptBytes);
  if (buffer.capacity() > kKeptBytes) std::string().swap(buffer);
}

const Path* compiled_path(sqlite::Context& context, sqlite::Value argument, int number,
                          Path::Notation notation) {
  if (const Path* kept = context.auxiliary<Path>(number)) return kept;
  return context.store_auxiliary(number, std::make_unique<Path>(Path::compile(argument, notation)));
}

}  // namespace edgepack::json
