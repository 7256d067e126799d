#include "store/sqlite/log_file.h"

#include <sqlite3.h>

#include <new>
#include <string>
#include <string_view>

#include "base/check.h"

namespace passerelle::store {
namespace {

// SQLite's own VFS takes no more than 128 KiB at once.
constexpr size_t most_gathered = 120 << 10;

// SQLite reserves room for this and, behind it, for the file as the system's VFS has it. Its first
// member is what SQLite calls.
struct LogFile {
  sqlite3_file base;
  sqlite3_file* real;
  std::string* gathered;
  sqlite3_int64 at;  // where in the file it belongs
};

LogFile& log_of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }

int write_out(LogFile& log) {
  if (log.gathered->empty()) return SQLITE_OK;
  const int code = log.real->pMethods->xWrite(log.real, log.gathered->data(),
                                              static_cast<int>(log.gathered->size()), log.at);
  // What could not be written is lost with the transaction that it belongs to.
  log.gathered->clear();
  return code;
}

// Whatever else is asked of the file, it is asked of all of it.
template <class Call>
int after_writing(sqlite3_file* file, Call call) {
  LogFile& log = log_of(file);
  const int code = write_out(log);
  return code == SQLITE_OK ? call(log.real) : code;
}

int close(sqlite3_file* file) {
  LogFile& log = log_of(file);
  const int written = write_out(log);
  delete log.gathered;
  const int closed = log.real->pMethods->xClose(log.real);
  return written == SQLITE_OK ? closed : written;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  return after_writing(
      file, [&](sqlite3_file* real) { return real->pMethods->xRead(real, into, size, at); });
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  LogFile& log = log_of(file);
  const size_t gathered = log.gathered->size(), more = static_cast<size_t>(size);
  const bool follows = at == log.at + static_cast<sqlite3_int64>(gathered);
  if (gathered > 0 && (!follows || gathered + more > most_gathered)) {
    if (const int code = write_out(log); code != SQLITE_OK) return code;
  }
  if (log.gathered->empty()) log.at = at;
  log.gathered->append(static_cast<const char*>(bytes), more);
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xTruncate(real, size); });
}

int sync(sqlite3_file* file, int flags) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xSync(real, flags); });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return after_writing(file,
                       [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, size); });
}

int lock(sqlite3_file* file, int kind) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xLock(real, kind);
}
int unlock(sqlite3_file* file, int kind) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xUnlock(real, kind);
}
int check_lock(sqlite3_file* file, int* held) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xCheckReservedLock(real, held);
}
int control(sqlite3_file* file, int what, void* argument) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xFileControl(real, what, argument);
}
int sector_size(sqlite3_file* file) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xSectorSize(real);
}
int characteristics(sqlite3_file* file) {
  sqlite3_file* real = log_of(file).real;
  return real->pMethods->xDeviceCharacteristics(real);
}

// Version 1: without what only the data file itself needs.
constexpr sqlite3_io_methods methods = {
    1,      close,      read,    write,       truncate,        sync, file_size, lock,
    unlock, check_lock, control, sector_size, characteristics,
};

sqlite3_vfs& system_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  CHECK(vfs != nullptr, "SQLite knows the system's files");
  return *vfs;
}

int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* given) {
  sqlite3_vfs& real = system_vfs();
  if ((flags & SQLITE_OPEN_WAL) == 0) return real.xOpen(&real, path, file, flags, given);
  LogFile& log = *new (file) LogFile{};
  log.real = reinterpret_cast<sqlite3_file*>(&log + 1);
  const int code = real.xOpen(&real, path, log.real, flags, given);
  if (code != SQLITE_OK) {
    // A file without methods is not closed by SQLite.
    if (log.real->pMethods != nullptr) log.real->pMethods->xClose(log.real);
    return code;
  }
  log.gathered = new std::string;
  log.base.pMethods = &methods;
  return SQLITE_OK;
}

}  // namespace

const char* gathering_vfs() {
  static constexpr const char* name = "passerelle";
  static const bool known = [] {
    // What is not ours is the system's, with all its functions.
    static sqlite3_vfs vfs = system_vfs();
    vfs.zName = name;
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(sizeof(LogFile)) + system_vfs().szOsFile;
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  CHECK(known, "SQLite takes another way to open files");
  return name;
}

}  // namespace passerelle::store
