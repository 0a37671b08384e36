#include "serve/change_set.h"

#include <algorithm>
#include <utility>

namespace edgepack::serve {
namespace {

class ChangeSetStream final : public replica::PageStream {
 public:
  explicit ChangeSetStream(std::shared_ptr<const ChangeSet> changes)
      : changes_(std::move(changes)), next_(changes_->pages().begin()) {}

  const replica::LtxHeader& header() const noexcept override { return changes_->header(); }
  bool next(std::uint32_t& page, std::span<std::byte> bytes) override {
    if (next_ == changes_->pages().end()) return false;
    page = next_->first;
    std::ranges::copy(changes_->bytes(next_->second), bytes.begin());
    ++next_;
    return true;
  }
  std::span<const std::byte> block() const noexcept override { return {}; }
  std::uint64_t post_checksum() const noexcept override { return changes_->post_checksum(); }

 private:
  std::shared_ptr<const ChangeSet> changes_;
  std::map<std::uint32_t, ChangeSet::Bytes>::const_iterator next_;
};

}  // namespace

void ChangeSet::append(ChangeSet&& next) noexcept {
  header_.commit = next.header_.commit;
  header_.max_txid = next.header_.max_txid;
  header_.timestamp = next.header_.timestamp;
  post_checksum_ = next.post_checksum_;
  for (const auto& page : next.pages_) pages_.erase(page.first);
  pages_.merge(next.pages_);
  // A page that comes back later is then among the changes that bring it.
  pages_.erase(pages_.upper_bound(header_.commit), pages_.end());
}

std::unique_ptr<replica::PageStream> open(std::shared_ptr<const ChangeSet> changes) {
  return std::make_unique<ChangeSetStream>(std::move(changes));
}

}  // namespace edgepack::serve
