#include "json/document.h"

#include <algorithm>
#include <new>

#include "json/giant.h"
#include "json/kernels/scan.h"
#include "json/lexical.h"
#include "json/short_text.h"
#include "json/utf8.h"

namespace edgepack::json {
namespace {

static_assert(Document::kMaxDepth == kernels::kMaxDepth);

/// True for an object whose first name is not in double quotes: the commonest JSON5. To see it at
/// once makes the way to the host shorter.
bool starts_as_json5(std::string_view text) noexcept {
  const auto skip_space = [&text] {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  };
  skip_space();
  if (!text.starts_with('{')) return false;
  text.remove_prefix(1);
  skip_space();
  return !text.starts_with('"') && !text.starts_with('}');
}

}  // namespace

bool Document::read(std::string_view text, Patience* patience) {
  text_ = text;
  refused_ = {};
  if (text.size() <= kMostShortBytes && read_short_text(text, this)) return true;
  // Twice the number of a token has 32 bits.
  return text.size() <= INT32_MAX && !starts_as_json5(text) && scan(patience);
}

bool Document::scan(Patience* patience) {
  constexpr std::size_t kBytesPerStep = 16;
  const std::string_view text = text_;
  kernels::Scan scan;
  scan.text = text.data();
  scan.size = text.size();
  const kernels::ScanPiece scan_piece = kernels::scanner().scan;
  std::size_t begin = 0;
  do {
    const std::size_t end = std::min(begin + kernels::kMaxPiece, text.size());
    reserve(scan.count + (end - begin), end);
    if (patience != nullptr) {
      meet_pages(scan.count, (end - begin) + kernels::kSlack, *patience);
    }
    scan.starts = starts_.get();
    scan.kinds = kinds_.get() + 1;
    scan.closers = closers_.get();
    if (!scan_piece(scan, begin, end)) {
      // The tokens of a text of one piece are found before they are judged.
      if (text.size() <= kernels::kMaxPiece) {
        end_tokens(scan.count);
        refused_ = {scan.count, scan.faults != 0};
      }
      return false;
    }
    if (patience != nullptr) patience->spend((end - begin) / kBytesPerStep);
    begin = end;
  } while (begin < text.size());
  end_tokens(scan.count);
  has_escapes_ = scan.escapes != 0;
  has_spaces_ = scan.spaces != 0;
  is_ascii_ = scan.non_ascii == 0;
  return true;
}

Document::Refused Document::refused() {
  // read() may have seen at once that the text is no JSON.
  if (refused_.tokens == 0 && text_.size() <= kernels::kMaxPiece) static_cast<void>(scan(nullptr));
  return refused_;
}

template <class T>
void Document::grow(Buffer<T>* buffer, std::size_t size) {
  void* const grown = std::realloc(buffer->get(), size * sizeof(T));
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(buffer->release());  // realloc() has freed it
  buffer->reset(static_cast<T*>(grown));
  use_large_pages(grown, size * sizeof(T));
}

// Room for so many tokens of the first `bytes` of the text, and for what a scan may write behind
// them. If the rest of the text is like its beginning, the buffers are not moved again.
void Document::reserve(std::size_t tokens, std::size_t bytes) {
  constexpr std::size_t kTellingBytes = std::size_t{64} << 10;
  if (tokens + kernels::kSlack <= capacity_) return;
  std::size_t capacity = tokens + tokens / 2;
  if (bytes > kTellingBytes) {
    const double rest = static_cast<double>(text_.size()) / static_cast<double>(bytes);
    capacity = std::max(capacity, static_cast<std::size_t>(static_cast<double>(tokens) * rest));
  }
  capacity += kernels::kSlack;
  capacity_ = 0;
  grow(&starts_, capacity);
  grow(&kinds_, capacity + 1);
  kinds_[0] = ':';
  grow(&closers_, capacity);
  capacity_ = capacity;
}

/// For so many more tokens.
void Document::meet_pages(std::size_t count, std::size_t more, Patience& patience) {
  if (text_.size() < kGiantBytes) return;
  const std::size_t last = std::min(count + more, capacity_) - 1;
  meet_page(&starts_[count], &starts_[last], patience);
  meet_page(&kinds_[count + 1], &kinds_[last + 1], patience);
  meet_page(&closers_[count], &closers_[last], patience);
}

void Document::Writer::grow(std::size_t read) { document_.reserve(count_ + kRoom, read); }

bool Document::is_utf8(Patience& patience) const {
  return is_ascii_ || is_valid_utf8(text_, patience);
}

}  // namespace edgepack::json
