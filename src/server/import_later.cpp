#include "server/import_later.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace passerelle::server {
namespace {

// Of one text in the file; the name and the text follow.
struct Head {
  uint64_t name_bytes = 0, text_bytes = 0;
  int64_t line = 0;
};

// Where SQLite would put what does not fit into memory.
const char* temporary_folder() {
  const char* chosen = std::getenv("SQLITE_TMPDIR");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return ::access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

Error failed(const char* doing, int number) {
  return Error{ErrorCode::unavailable,
               std::string(doing) +
                   " what refers to something that has not come yet: " + std::strerror(number),
               temporary_folder(), "name a folder with more room in SQLITE_TMPDIR"};
}

size_t bytes_of(const ImportPiece& piece) {
  size_t bytes = piece.file.size();
  for (const ImportText& text : piece.texts) bytes += text.text.size();
  return bytes;
}

}  // namespace

ImportLater::~ImportLater() {
  if (file_ >= 0) ::close(file_);
}

Result<void> ImportLater::put(ImportPiece piece) {
  const std::lock_guard lock(mutex_);
  const size_t bytes = bytes_of(piece);
  if (file_ < 0 && kept_bytes_ + bytes <= most_in_memory_) {
    kept_bytes_ += bytes;
    kept_.push_back(std::move(piece));
    return {};
  }
  return write(piece);
}

Result<void> ImportLater::write(const ImportPiece& piece) {
  if (file_ < 0) {
    std::string path = std::string(temporary_folder()) + "/passerelle-import-XXXXXX";
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) return failed("there is no room to keep", errno);
    ::unlink(path.c_str());
  }
  for (const ImportText& text : piece.texts) {
    const Head head{piece.file.size(), text.text.size(), text.line};
    uint64_t at = written_;
    const auto put_bytes = [&](const void* from, size_t size) -> Result<void> {
      for (const char* next = static_cast<const char*>(from); size > 0;) {
        const ssize_t done = ::pwrite(file_, next, size, static_cast<off_t>(at));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return failed("there is no room to keep", done < 0 ? errno : ENOSPC);
        next += done;
        size -= static_cast<size_t>(done);
        at += static_cast<uint64_t>(done);
      }
      return {};
    };
    TRY_VOID(put_bytes(&head, sizeof head));
    TRY_VOID(put_bytes(piece.file.data(), piece.file.size()));
    TRY_VOID(put_bytes(text.text.data(), text.text.size()));
    written_ = at;  // only now: half of one is not there
  }
  return {};
}

Result<ImportPiece> ImportLater::read() {
  const auto get_bytes = [&](void* to, size_t size) -> Result<void> {
    for (char* next = static_cast<char*>(to); size > 0;) {
      const ssize_t got = ::pread(file_, next, size, static_cast<off_t>(read_));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return failed("it is not possible to read back", got < 0 ? errno : EIO);
      next += got;
      size -= static_cast<size_t>(got);
      read_ += static_cast<uint64_t>(got);
    }
    return {};
  };
  Head head;
  TRY_VOID(get_bytes(&head, sizeof head));
  ImportPiece piece;
  piece.last_try = true;
  piece.file.resize(head.name_bytes);
  ImportText& text = piece.texts.emplace_back();
  text.line = static_cast<int>(head.line);
  text.text.resize(head.text_bytes);
  TRY_VOID(get_bytes(piece.file.data(), piece.file.size()));
  TRY_VOID(get_bytes(text.text.data(), text.text.size()));
  return piece;
}

Result<std::optional<ImportPiece>> ImportLater::take() {
  const std::lock_guard lock(mutex_);
  if (!kept_.empty()) {
    ImportPiece piece = std::move(kept_.front());
    kept_.pop_front();
    piece.last_try = true;
    return std::optional(std::move(piece));
  }
  if (read_ >= written_) return std::optional<ImportPiece>();
  TRY(ImportPiece piece, read());
  return std::optional(std::move(piece));
}

}  // namespace passerelle::server
