#include "replica/apply.h"

#include <algorithm>

#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

// Page 1 has the versions of the file format that writers and readers need: 2 is WAL mode.
constexpr std::size_t kWriteVersionOffset = 18;
constexpr std::size_t kReadVersionOffset = 19;
constexpr std::byte kWalMode{2};
constexpr std::size_t kSchemaVersionOffset = 40;

constexpr std::uint32_t kPagesPerInterruptCheck = 64;

}  // namespace

std::uint64_t checksum_of(Snapshot& base, sqlite::Interrupt& interrupt) {
  DatabaseChecksum checksum;
  std::vector<std::byte> bytes(base.page_size());
  for (std::uint32_t page = 1; page <= base.page_count(); ++page) {
    if (page == lock_page(base.page_size())) continue;
    if (page % kPagesPerInterruptCheck == 0) interrupt.check();
    base.read(page, bytes);
    checksum.toggle(page, bytes);
  }
  return checksum.value();
}

void make_replica_page_1(std::span<std::byte> page, std::uint32_t schema_offset) noexcept {
  page[kWriteVersionOffset] = page[kReadVersionOffset] = kWalMode;
  std::byte* const version = &page[kSchemaVersionOffset];
  write_be32(version, read_be32(version) + schema_offset);
}

Applier::Applier(Snapshot& base, ChangeSet& changes, const ApplyStart& start,
                 sqlite::Interrupt& interrupt, Policy policy)
    : base_(base),
      changes_(changes),
      start_(start),
      interrupt_(interrupt),
      policy_(policy),
      writer_(base),
      checksum_(changes.snapshot ? kChecksumFlag : start.checksum),
      page_1_difference_(start.checksum ^ start.source_checksum),
      new_page_(changes.page_size),
      old_page_(base.page_size()) {}

void Applier::run() {
  std::uint32_t last = 0;
  std::uint32_t beyond = 0;  // pages that the replica did not have
  std::uint32_t page = 0;
  while (changes_.next(page, new_page_)) {
    if (page <= last || page > changes_.commit || page == lock_page(changes_.page_size)) {
      base_.connection().fail("the source sent page " + std::to_string(page) + " after page " +
                              std::to_string(last) + " of " + std::to_string(changes_.commit));
    }
    last = page;
    if (page > base_.page_count() + arrived()) ++beyond;
    bytes_ += new_page_.size();
    if (start_.max_bytes != 0 && bytes_ > start_.max_bytes) {
      base_.connection().fail("the changes have more than " + std::to_string(start_.max_bytes) +
                                  " bytes, the limit of max_bytes",
                              "raise max_bytes", SQLITE_TOOBIG);
    }
    take(page);
    if (page % kPagesPerInterruptCheck == 0) interrupt_.check();
  }
  const std::uint32_t lock = lock_page(changes_.page_size);
  const std::uint32_t present = base_.page_count() + arrived();
  std::uint32_t expected = changes_.commit > present ? changes_.commit - present : 0;
  if (lock > present && lock <= changes_.commit) --expected;
  if (beyond != expected) base_.connection().fail("the source left out new pages");
  remove_beyond();
  verify();
  // Pages that had arrived before are not durable either.
  if (arrived() > 0 && !open_file_writer()) {
    base_.connection().fail("a checkpoint is running", "try again", SQLITE_BUSY);
  }
  if (file_writer_ != nullptr) file_writer_->finish();
}

std::uint32_t Applier::arrived() const noexcept {
  return static_cast<std::uint32_t>(changes_.arrived.size());
}

bool Applier::open_file_writer() {
  if (!tried_file_writer_) file_writer_ = FileWriter::open(base_);
  tried_file_writer_ = true;
  if (file_writer_ != nullptr && changes_.resumable) file_writer_->keep_what_arrives();
  return file_writer_ != nullptr;
}

void Applier::verify() const {
  if (!changes_.checksum) return;
  if (((checksum_.value() ^ page_1_difference_) | kChecksumFlag) == *changes_.checksum) return;
  base_.connection().fail("what the source sent does not lead to the checksum that it announced",
                          "try again; if it stays so, compare all pages: "
                          "replica_sync(source, '{\"repair\":true}')",
                          SQLITE_CORRUPT);
}

void Applier::take(std::uint32_t page) {
  if (page == 1) {
    page_1_difference_ = page_checksum(1, new_page_);
    if (!start_.is_related) change_schema_version();
    make_replica_page_1(new_page_, start_.schema_offset);
    page_1_difference_ ^= page_checksum(1, new_page_);
  }
  if (changes_.snapshot) checksum_.toggle(page, new_page_);
  if (in_base(page)) {
    base_.read(page, old_page_);
    if (old_page_ == new_page_) return;
    if (!changes_.snapshot) checksum_.toggle(page, old_page_);
  } else if (page - base_.page_count() <= arrived()) {
    checksum_.toggle(changes_.arrived[page - base_.page_count() - 1]);
  }
  if (!changes_.snapshot) checksum_.toggle(page, new_page_);
  if (policy_ == Policy::kOnlyIfEqual) {
    base_.connection().fail(
        "it holds data of its own, which differs from the source's in page " + std::to_string(page),
        "sync into an empty file, or replace its data: "
        "replica_sync(source, '{\"repair\":true}')");
  }
  ++pages_;
  // Page 1 is in the log by then, and with it the log was begun anew.
  if (in_base(page) || writer_.empty()) return writer_.append(page, new_page_);
  if (page == 2 || arrived() > 0) open_file_writer();
  if (file_writer_ != nullptr) return file_writer_->append(page, new_page_);
  if (arrived() > 0) {
    base_.connection().fail("a checkpoint is running", "try again", SQLITE_BUSY);
  }
  writer_.append(page, new_page_);
}

/// Connections trust the schema that they remember while its version stays the same. Whether it is
/// the same schema, only page 1 tells here, so another version is shown in case of doubt.
void Applier::change_schema_version() {
  constexpr std::size_t kSchemaTree = 100;
  constexpr std::byte kLeaf{0x0d};
  base_.read(1, old_page_);
  const std::byte* const version = &new_page_[kSchemaVersionOffset];
  if (read_be32(version) + start_.schema_offset != read_be32(&old_page_[kSchemaVersionOffset])) {
    return;
  }
  const bool same_schema =
      new_page_[kSchemaTree] == kLeaf &&
      std::equal(new_page_.begin() + kSchemaTree, new_page_.end(), old_page_.begin() + kSchemaTree);
  if (same_schema) return;
  const std::uint32_t old = start_.schema_offset;
  while (start_.schema_offset == old) {
    sqlite3_randomness(sizeof start_.schema_offset, &start_.schema_offset);
  }
}

void Applier::remove_beyond() {
  for (std::uint32_t i = 0; i < arrived(); ++i) {
    if (base_.page_count() + 1 + i > changes_.commit) checksum_.toggle(changes_.arrived[i]);
  }
  if (changes_.commit >= base_.page_count()) return;
  // A smaller database has another page 1, so there is a frame to carry the new size; a
  // source that says otherwise is wrong.
  if (writer_.empty()) base_.connection().fail("the source shrank without changing page 1");
  if (changes_.snapshot) return;
  for (std::uint32_t page = changes_.commit + 1; page <= base_.page_count(); ++page) {
    if (page == lock_page(base_.page_size())) continue;
    base_.read(page, old_page_);
    checksum_.toggle(page, old_page_);
  }
}

}  // namespace edgepack::replica
