#include "replica/position_file.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

constexpr char kMagic[] = "edgerepl";
constexpr std::uint32_t kVersion = 1;

// Offsets; docs/replica-format.md has the table.
constexpr std::size_t kBefore = 32;
constexpr std::size_t kAfter = 96;
constexpr std::size_t kCounters = 160;
constexpr std::size_t kTimes = 200;
constexpr std::size_t kSourceLength = 224;
constexpr std::size_t kErrorLength = 226;
constexpr std::size_t kSource = 232;
constexpr std::size_t kError = 2280;
constexpr std::size_t kChecksum = kSlotSize - 8;

void encode_mark(const WalMark& mark, std::byte* to) {
  write_be32(to, mark.salt[0]);
  write_be32(to + 4, mark.salt[1]);
  write_be32(to + 8, mark.frame);
  write_be32(to + 12, mark.checksum[0]);
  write_be32(to + 16, mark.checksum[1]);
}

WalMark decode_mark(const std::byte* from) {
  return {.salt = {read_be32(from), read_be32(from + 4)},
          .frame = read_be32(from + 8),
          .checksum = {read_be32(from + 12), read_be32(from + 16)}};
}

void encode_state(const State& state, std::byte* to) {
  write_be32(to, static_cast<std::uint32_t>(state.position.kind));
  encode_mark(state.position.mark, to + 4);
  write_be32(to + 24, state.page_count);
  write_be32(to + 28, state.known ? 1 : 0);
  write_be64(to + 32, state.checksum);
  encode_mark(state.mark, to + 40);
  write_be32(to + 60, state.schema_offset);
}

State decode_state(const std::byte* from) {
  return {.known = read_be32(from + 28) == 1,
          .position = {static_cast<Position::Kind>(read_be32(from)), decode_mark(from + 4)},
          .page_count = read_be32(from + 24),
          .checksum = read_be64(from + 32),
          .mark = decode_mark(from + 40),
          .schema_offset = read_be32(from + 60)};
}

/// The record's fields that are plain 8-byte numbers, in the order of the file.
template <class AnyRecord>
auto numbers(AnyRecord& record) {
  auto& c = record.counters;
  return std::array{&c.syncs, &c.snapshots, &c.transactions, &c.pages, &c.bytes};
}
template <class AnyRecord>
auto times(AnyRecord& record) {
  return std::array{&record.contact_ms, &record.change_ms, &record.error_ms};
}

[[noreturn]] void fail(const std::string& path, const char* reason, int code) {
  throw sqlite::Error({.operation = "replica_sync",
                       .object = path,
                       .problem = std::string("cannot use the position file: ") + reason,
                       .hint = "the replica's folder must be writable"},
                      code);
}

/// The position file, opened by the VFS but unknown to any connection.
class File {
 public:
  /// Throws Error.
  File(sqlite3_vfs* vfs, const std::string& path, int flags)
      : memory_(static_cast<std::size_t>(vfs->szOsFile)), path_(path) {
    // The type tells the VFS that there is nothing to lock, and that the first sync of a file that
    // may be new is one of its folder as well.
    int opened = 0;
    const int code =
        vfs->xOpen(vfs, path_.c_str(), get(), flags | SQLITE_OPEN_SUPER_JOURNAL, &opened);
    if (code != SQLITE_OK) {
      const int error = vfs->xGetLastError != nullptr ? vfs->xGetLastError(vfs, 0, nullptr) : 0;
      close();
      fail(path_, error != 0 ? std::strerror(error) : sqlite3_errstr(code), code);
    }
    // A VFS falls back to reading where it may not write.
    if ((flags & SQLITE_OPEN_READWRITE) != 0 && (opened & SQLITE_OPEN_READONLY) != 0) {
      close();
      fail(path_, sqlite3_errstr(SQLITE_READONLY), SQLITE_READONLY);
    }
  }
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// What lies behind the end reads as zeros.
  void read(std::span<std::byte> bytes, std::int64_t offset) {
    const int code =
        get()->pMethods->xRead(get(), bytes.data(), static_cast<int>(bytes.size()), offset);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
      fail(path_, sqlite3_errstr(code), code);
    }
  }
  void write(std::span<const std::byte> bytes, std::int64_t offset) {
    const int code =
        get()->pMethods->xWrite(get(), bytes.data(), static_cast<int>(bytes.size()), offset);
    if (code != SQLITE_OK) fail(path_, sqlite3_errstr(code), code);
  }
  void sync() {
    const int code = get()->pMethods->xSync(get(), SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) fail(path_, sqlite3_errstr(code), code);
  }

 private:
  sqlite3_file* get() noexcept { return reinterpret_cast<sqlite3_file*>(memory_.data()); }
  void close() noexcept {
    if (get()->pMethods != nullptr) get()->pMethods->xClose(get());
  }

  std::vector<std::byte> memory_;
  const std::string& path_;
};

}  // namespace

Slot encode(const Record& record) {
  Slot slot{};
  std::memcpy(slot.data(), kMagic, 8);
  write_be32(&slot[8], kVersion);
  write_be32(&slot[12], static_cast<std::uint32_t>(record.kind));
  write_be64(&slot[16], record.sequence);
  write_be32(&slot[24], record.page_size);
  encode_state(record.before, &slot[kBefore]);
  encode_state(record.after, &slot[kAfter]);
  std::size_t at = kCounters;
  for (const auto* number : numbers(record)) {
    write_be64(&slot[at], *number);
    at += 8;
  }
  at = kTimes;
  for (const auto* time : times(record)) {
    write_be64(&slot[at], static_cast<std::uint64_t>(*time));
    at += 8;
  }
  const std::size_t source = std::min(record.source.size(), kMaxSource);
  const std::size_t error = std::min(record.error.size(), kMaxError);
  write_be16(&slot[kSourceLength], static_cast<std::uint32_t>(source));
  write_be16(&slot[kErrorLength], static_cast<std::uint32_t>(error));
  std::memcpy(&slot[kSource], record.source.data(), source);
  std::memcpy(&slot[kError], record.error.data(), error);
  write_be64(&slot[kChecksum], crc64(std::span(slot).first(kChecksum)) | kChecksumFlag);
  return slot;
}

std::optional<Record> decode(std::span<const std::byte> slot) {
  if (slot.size() != kSlotSize || std::memcmp(slot.data(), kMagic, 8) != 0 ||
      read_be32(&slot[8]) != kVersion ||
      read_be64(&slot[kChecksum]) != (crc64(slot.first(kChecksum)) | kChecksumFlag)) {
    return std::nullopt;
  }
  Record record;
  record.kind = static_cast<Record::Kind>(read_be32(&slot[12]));
  record.sequence = read_be64(&slot[16]);
  record.page_size = read_be32(&slot[24]);
  record.before = decode_state(&slot[kBefore]);
  record.after = decode_state(&slot[kAfter]);
  std::size_t at = kCounters;
  for (auto* number : numbers(record)) {
    *number = read_be64(&slot[at]);
    at += 8;
  }
  at = kTimes;
  for (auto* time : times(record)) {
    *time = static_cast<std::int64_t>(read_be64(&slot[at]));
    at += 8;
  }
  const std::size_t source = read_be16(&slot[kSourceLength]);
  const std::size_t error = read_be16(&slot[kErrorLength]);
  if (source > kMaxSource || error > kMaxError) return std::nullopt;
  record.source.assign(reinterpret_cast<const char*>(&slot[kSource]), source);
  record.error.assign(reinterpret_cast<const char*>(&slot[kError]), error);
  const auto is_position = [](const State& state) {
    return state.position.kind == Position::Kind::kNone ||
           state.position.kind == Position::Kind::kWal;
  };
  const bool is_kind =
      record.kind == Record::Kind::kCommit || record.kind == Record::Kind::kContact;
  if (!is_kind || !is_position(record.before) || !is_position(record.after) ||
      (record.page_size != 0 && !is_page_size(record.page_size)) ||
      std::memcmp(encode(record).data(), slot.data(), kSlotSize) != 0) {
    return std::nullopt;
  }
  return record;
}

PositionFile::PositionFile(const std::string& database_path, const char* vfs)
    : vfs_(sqlite3_vfs_find(vfs)), path_(database_path + "-replica") {
  if (vfs_ == nullptr) fail(path_, "no such VFS", SQLITE_ERROR);
  int exists = 0;
  // A file without a byte was made by a sync that did not get to write; it does not count.
  const int code = vfs_->xAccess(vfs_, path_.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  if (code != SQLITE_OK) fail(path_, sqlite3_errstr(code), code);
  if (exists == 0) return;
  exists_ = true;
  File file(vfs_, path_, SQLITE_OPEN_READONLY);
  std::array<Slot, 2> slots{};
  std::array<std::optional<Record>, 2> records;
  for (std::size_t i = 0; i < 2; ++i) {
    file.read(slots[i], static_cast<std::int64_t>(i * kSlotSize));
    records[i] = decode(slots[i]);
    const bool unused =
        i == 1 && std::ranges::all_of(slots[i], [](std::byte b) { return b == std::byte{}; });
    if (!records[i] && !unused) damaged_ = true;
  }
  const auto sequence = [&](std::size_t i) { return records[i] ? records[i]->sequence : 0; };
  const std::size_t newest = sequence(1) > sequence(0) ? 1 : 0;
  if (!records[newest]) return;
  record_ = std::move(records[newest]);
  keep_ = newest;
  // A contact record is expendable as long as the commit record before it is there.
  const auto& other = records[1 - newest];
  if (record_->kind == Record::Kind::kContact && other && other->kind == Record::Kind::kCommit) {
    keep_ = 1 - newest;
  }
}

void PositionFile::write(Record record, Durable durable) {
  record.sequence = record_ ? record_->sequence + 1 : 1;
  const std::size_t slot = 1 - keep_;
  {
    File file(vfs_, path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    file.write(encode(record), static_cast<std::int64_t>(slot * kSlotSize));
    if (durable == Durable::kYes) file.sync();
  }
  exists_ = true;
  if (record.kind == Record::Kind::kCommit) keep_ = slot;
  record_ = std::move(record);
}

}  // namespace edgepack::replica
