#include "replica/position_file.h"

#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

constexpr char kMagic[] = "edgerepl";
constexpr std::uint32_t kVersion = 2;

// Offsets; docs/replica-format.md has the table.
constexpr std::size_t kBefore = 32;
constexpr std::size_t kAfter = 104;
constexpr std::size_t kCounters = 176;
constexpr std::size_t kTimes = 232;
constexpr std::size_t kNewest = 264;
constexpr std::size_t kBurst = 296;
constexpr std::size_t kSourceLength = 312;
constexpr std::size_t kErrorLength = 314;
constexpr std::size_t kTokenFileLength = 316;
constexpr std::size_t kCaFileLength = 318;
constexpr std::size_t kSource = 320;
constexpr std::size_t kError = 2368;
constexpr std::size_t kAccess = 3392;
constexpr std::size_t kChecksum = kSlotSize - 8;
static_assert(kAccess + kMaxAccess == kChecksum);

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

/// 28 bytes: the kind and what it says.
void encode_position(const Position& position, std::byte* to) {
  write_be32(to, static_cast<std::uint32_t>(position.kind));
  to += 4;
  switch (position.kind) {
    case Position::Kind::kNone:
      break;
    case Position::Kind::kWal:
      encode_mark(position.mark, to);
      break;
    case Position::Kind::kTransaction:
      write_be64(to, position.transaction.log);
      write_be64(to + 8, position.transaction.txid);
      write_be64(to + 16, position.transaction.checksum);
      break;
    case Position::Kind::kFile:
      write_be32(to, position.file.change_counter);
      write_be32(to + 4, position.file.page_count);
      write_be64(to + 8, position.file.changed_ns);
      write_be32(to + 16, position.file.is_wal ? 1 : 0);
      break;
  }
}

/// A kind that does not exist becomes kNone, whose bytes are others.
Position decode_position(const std::byte* from) {
  const auto kind = static_cast<Position::Kind>(read_be32(from));
  from += 4;
  switch (kind) {
    case Position::Kind::kWal:
      return {.kind = kind, .mark = decode_mark(from)};
    case Position::Kind::kTransaction:
      return Position::of(TransactionMark{
          .log = read_be64(from), .txid = read_be64(from + 8), .checksum = read_be64(from + 16)});
    case Position::Kind::kFile:
      return Position::of(FileMark{.change_counter = read_be32(from),
                                   .page_count = read_be32(from + 4),
                                   .changed_ns = read_be64(from + 8),
                                   .is_wal = read_be32(from + 16) == 1});
    default:
      return {};
  }
}

void encode_state(const State& state, std::byte* to) {
  encode_position(state.position, to);
  write_be32(to + 28, state.known ? 1 : 0);
  write_be64(to + 32, state.checksum);
  write_be32(to + 40, state.page_count);
  write_be32(to + 44, state.schema_offset);
  encode_mark(state.mark, to + 48);
}

State decode_state(const std::byte* from) {
  return {.known = read_be32(from + 28) == 1,
          .position = decode_position(from),
          .page_count = read_be32(from + 40),
          .checksum = read_be64(from + 32),
          .schema_offset = read_be32(from + 44),
          .mark = decode_mark(from + 48)};
}

/// The record's fields that are plain 8-byte numbers, in the order of the file.
template <class AnyRecord>
auto numbers(AnyRecord& record) {
  auto& c = record.counters;
  return std::array{&c.syncs, &c.snapshots, &c.transactions, &c.pages,
                    &c.bytes, &c.retries,   &c.errors};
}
template <class AnyRecord>
auto times(AnyRecord& record) {
  return std::array{&record.contact_ms, &record.change_ms, &record.error_ms, &record.lag_ms};
}

[[noreturn]] void fail(const std::string& path, const char* reason, int code) {
  throw sqlite::Error({.operation = "replica_sync",
                       .object = path,
                       .problem = std::string("cannot use the position file: ") + reason,
                       .hint = "the replica's folder must be writable"},
                      code);
}

/// Compares as fast as the machine can, unlike operator==.
template <class Bytes>
bool is_equal(const Bytes& a, const Bytes& b) noexcept {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// The file that a path leads to. A file without a byte does not count.
struct FileNumber {
  dev_t device = 0;
  ino_t number = 0;

  bool known() const noexcept { return number != 0; }
  bool operator==(const FileNumber&) const = default;
};

FileNumber number_of(const std::string& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || status.st_size == 0) return {};
  return {.device = status.st_dev, .number = status.st_ino};
}

}  // namespace

/// The position file, opened by the VFS but unknown to any connection.
class PositionFile::File {
 public:
  /// Throws Error.
  File(sqlite3_vfs* vfs, const std::string& path, int flags)
      : memory_(static_cast<std::size_t>(vfs->szOsFile)), path_(path) {
    const FileNumber before = number_of(path_);
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
    if (before == number_of(path_)) number_ = before;
  }
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Whether the path still leads to this file. A VFS with names of its own cannot tell.
  bool is_in_place() const noexcept { return number_.known() && number_ == number_of(path_); }

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
  FileNumber number_;
};

Slot encode(const Record& record) {
  Slot slot{};
  std::memcpy(slot.data(), kMagic, 8);
  write_be32(&slot[8], kVersion);
  write_be32(&slot[12], record.durable ? 1 : 0);
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
  encode_position(record.newest, &slot[kNewest]);
  std::ranges::copy(record.burst, &slot[kBurst]);
  const auto put = [&slot](const std::string& text, std::size_t most, std::size_t length_at,
                           std::size_t text_at) {
    const std::size_t size = std::min(text.size(), most);
    write_be16(&slot[length_at], static_cast<std::uint32_t>(size));
    std::memcpy(&slot[text_at], text.data(), size);
    return size;
  };
  put(record.source, kMaxSource, kSourceLength, kSource);
  put(record.error, kMaxError, kErrorLength, kError);
  const std::size_t used = put(record.access.token_file, kMaxAccess, kTokenFileLength, kAccess);
  put(record.access.ca_file, kMaxAccess - used, kCaFileLength, kAccess + used);
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
  record.durable = read_be32(&slot[12]) == 1;
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
  record.newest = decode_position(&slot[kNewest]);
  std::copy_n(&slot[kBurst], record.burst.size(), record.burst.begin());
  const std::size_t source = read_be16(&slot[kSourceLength]);
  const std::size_t error = read_be16(&slot[kErrorLength]);
  const std::size_t token_file = read_be16(&slot[kTokenFileLength]);
  const std::size_t ca_file = read_be16(&slot[kCaFileLength]);
  if (source > kMaxSource || error > kMaxError || token_file + ca_file > kMaxAccess) {
    return std::nullopt;
  }
  const auto get = [&slot](std::size_t from, std::size_t size) {
    return std::string(reinterpret_cast<const char*>(&slot[from]), size);
  };
  record.source = get(kSource, source);
  record.error = get(kError, error);
  record.access = {get(kAccess, token_file), get(kAccess + token_file, ca_file)};
  if ((record.page_size != 0 && !is_page_size(record.page_size)) ||
      std::memcmp(encode(record).data(), slot.data(), kSlotSize) != 0) {
    return std::nullopt;
  }
  return record;
}

PositionFile::PositionFile(const std::string& database_path, const char* vfs)
    : vfs_(sqlite3_vfs_find(vfs)), path_(database_path + "-replica") {
  if (vfs_ == nullptr) fail(path_, "no such VFS", SQLITE_ERROR);
  refresh();
}

PositionFile::~PositionFile() = default;

PositionFile::File* PositionFile::still_open() noexcept {
  if (file_ != nullptr && !file_->is_in_place()) file_.reset();
  return file_.get();
}

PositionFile::File& PositionFile::open() {
  if (still_open() == nullptr) {
    file_ = std::make_unique<File>(vfs_, path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  }
  return *file_;
}

std::unique_ptr<PositionFile::Slots> PositionFile::read() {
  auto slots = std::make_unique_for_overwrite<Slots>();
  const auto bytes = std::as_writable_bytes(std::span(*slots));
  if (File* const file = still_open()) {
    file->read(bytes, 0);
    return slots;
  }
  int exists = 0;
  // A file without a byte was made by a sync that did not get to write; it does not count.
  const int code = vfs_->xAccess(vfs_, path_.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  if (code != SQLITE_OK) fail(path_, sqlite3_errstr(code), code);
  if (exists == 0) return nullptr;
  File(vfs_, path_, SQLITE_OPEN_READONLY).read(bytes, 0);
  return slots;
}

void PositionFile::forget() noexcept {
  exists_ = damaged_ = false;
  slots_.reset();
  record_.reset();
  previous_.reset();
  keep_ = written_ = 1;
}

void PositionFile::refresh() {
  std::unique_ptr<Slots> slots = read();
  if (slots != nullptr && slots_ != nullptr && is_equal(*slots, *slots_)) return;
  // Who reads without the lock can meet a half-written slot.
  constexpr int kAttempts = 3;
  std::array<std::optional<Record>, 2> records;
  bool damaged = false;
  for (int attempt = 0; attempt == 0 || (damaged && attempt < kAttempts); ++attempt) {
    if (attempt > 0) slots = read();
    if (slots == nullptr) return forget();
    damaged = false;
    for (std::size_t i = 0; i < 2; ++i) {
      records[i] = decode((*slots)[i]);
      const bool unused = i == 1 && (*slots)[1] == Slot{};
      if (!records[i] && !unused) damaged = true;
    }
  }
  forget();
  slots_ = std::move(slots);
  exists_ = true;
  damaged_ = damaged;
  const auto sequence = [&](std::size_t i) { return records[i] ? records[i]->sequence : 0; };
  const std::size_t newest = sequence(1) > sequence(0) ? 1 : 0;
  if (!records[newest]) return;
  record_ = std::move(records[newest]);
  previous_ = std::move(records[1 - newest]);
  // A record that is not durable is expendable as long as a durable one is there.
  written_ = newest;
  keep_ = !record_->durable && previous_ && previous_->durable ? 1 - newest : newest;
}

bool PositionFile::may_be_behind() const noexcept {
  return record_ && record_->in_burst() && record_->burst != boot_id();
}

std::int64_t PositionFile::durable_ms() const noexcept {
  for (const auto* record : {&record_, &previous_}) {
    if (*record && (*record)->durable) return (*record)->contact_ms;
  }
  return 0;
}

void PositionFile::write(Record record, Durable durable) {
  record.sequence = record_ ? record_->sequence + 1 : 1;
  record.durable = durable == Durable::kYes;
  const std::size_t slot = 1 - keep_;
  std::unique_ptr<Slots> slots = std::move(slots_);
  if (slots == nullptr) slots = std::make_unique<Slots>();
  (*slots)[slot] = encode(record);
  File& file = open();
  file.write((*slots)[slot], static_cast<std::int64_t>(slot * kSlotSize));
  if (record.durable) file.sync();
  slots_ = std::move(slots);
  exists_ = true;
  // What lies in the other slot now.
  if (slot != written_) previous_ = std::move(record_);
  written_ = slot;
  if (record.durable) keep_ = slot;
  record_ = std::move(record);
}

void PositionFile::remove() {
  file_.reset();
  const int code = vfs_->xDelete(vfs_, path_.c_str(), 1);
  if (code != SQLITE_OK && code != SQLITE_IOERR_DELETE_NOENT) {
    fail(path_, sqlite3_errstr(code), code);
  }
  forget();
}

}  // namespace edgepack::replica
