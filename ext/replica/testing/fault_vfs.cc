#include "replica/testing/fault_vfs.h"

#include <new>
#include <stdexcept>

namespace edgepack::replica::testing {
namespace {

FaultVfs::BeforeCall before;

sqlite3_vfs* wrapped() { return sqlite3_vfs_find(nullptr); }

/// What SQLite allocates for a file; the wrapped VFS's own file lies behind it.
struct File {
  const sqlite3_io_methods* methods;
  std::string* path;
  bool sync_folder;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

int ask(sqlite3_file* file, FileCall::Kind kind, std::int64_t offset = 0,
        std::span<const std::byte> bytes = {}) {
  return before({kind, *reinterpret_cast<File*>(file)->path, offset, bytes, false});
}

int close(sqlite3_file* file) {
  const int code = methods(file).xClose(real(file));
  delete reinterpret_cast<File*>(file)->path;
  file->pMethods = nullptr;
  return code;
}
int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return methods(file).xRead(real(file), to, size, offset);
}
int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const std::span bytes(static_cast<const std::byte*>(from), static_cast<std::size_t>(size));
  const int code = ask(file, FileCall::Kind::kWrite, offset, bytes);
  if (code == SQLITE_OK) return methods(file).xWrite(real(file), from, size, offset);
  methods(file).xWrite(real(file), from, size / 2, offset);
  return code;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = ask(file, FileCall::Kind::kTruncate, size);
  return code == SQLITE_OK ? methods(file).xTruncate(real(file), size) : code;
}
int sync(sqlite3_file* file, int) {
  File& own = *reinterpret_cast<File*>(file);
  // No power is cut for real, so the disk need not be waited for.
  const int code = before({FileCall::Kind::kSync, *own.path, 0, {}, own.sync_folder});
  if (code == SQLITE_OK) own.sync_folder = false;
  return code;
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return methods(file).xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) { return methods(file).xLock(real(file), level); }
int unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(real(file), level); }
int check_reserved_lock(sqlite3_file* file, int* held) {
  return methods(file).xCheckReservedLock(real(file), held);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
  return methods(file).xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(real(file)); }
int device_characteristics(sqlite3_file* file) {
  return methods(file).xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int block, int size, int extend, void volatile** memory) {
  if (const int code = ask(file, FileCall::Kind::kShmMap); code != SQLITE_OK) {
    *memory = nullptr;
    return code;
  }
  return methods(file).xShmMap(real(file), block, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return methods(file).xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { methods(file).xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) {
  return methods(file).xShmUnmap(real(file), remove);
}

/// Version 2: without memory-mapped reading, so that every access is a call.
constexpr sqlite3_io_methods kMethods = {2,
                                         close,
                                         read,
                                         write,
                                         truncate,
                                         sync,
                                         file_size,
                                         lock,
                                         unlock,
                                         check_reserved_lock,
                                         file_control,
                                         sector_size,
                                         device_characteristics,
                                         shm_map,
                                         shm_lock,
                                         shm_barrier,
                                         shm_unmap,
                                         nullptr,
                                         nullptr};

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const std::string name = path == nullptr ? "" : path;
  int code = before({FileCall::Kind::kOpen, name, 0, {}, false});
  if (code != SQLITE_OK) return code;
  File* const own = reinterpret_cast<File*>(file);
  code = wrapped()->xOpen(wrapped(), path, own->real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  own->path = new std::string(name);
  // As SQLite's VFS for Unix does for files that vouch for others.
  constexpr int kJournals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  own->sync_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
  own->methods = &kMethods;
  return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* path, int sync_folder) {
  const std::string name = path;
  const int code = before({FileCall::Kind::kDelete, name, 0, {}, sync_folder != 0});
  return code == SQLITE_OK ? wrapped()->xDelete(wrapped(), path, sync_folder) : code;
}

}  // namespace

FaultVfs::FaultVfs(BeforeCall before_call) : vfs_(*wrapped()) {
  // The wrapped VFS's other calls do not look at the object that they are given.
  vfs_.szOsFile += static_cast<int>(sizeof(File));
  vfs_.zName = kName;
  vfs_.pNext = nullptr;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  before = std::move(before_call);
  if (sqlite3_vfs_register(&vfs_, 0) != SQLITE_OK) throw std::runtime_error("no VFS");
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  before = nullptr;
}

}  // namespace edgepack::replica::testing
