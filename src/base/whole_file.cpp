#include "base/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace passerelle {
namespace {

constexpr size_t buffer_bytes = 65'536;

std::string what_to_do(int problem) {
  switch (problem) {
    case ENOSPC:
    case EDQUOT:
      return "make room on the disk, or write elsewhere";
    case ENAMETOOLONG:
      return "give the file a shorter name";
    default:
      return "name a file in a folder that you may write to";
  }
}

}  // namespace

Error WholeFile::problem() const {
  const int why = errno;
  return Error{ErrorCode::unavailable, std::string("cannot be written: ") + std::strerror(why),
               path_, what_to_do(why)};
}

Result<WholeFile> WholeFile::open(const std::string& path) {
  WholeFile out(path);
  out.target_ = path;
  struct stat there {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode))
    return Error{ErrorCode::unavailable, "cannot be written: it is a folder", path,
                 "name a file in it"};
  if (exists && !S_ISREG(there.st_mode)) {
    out.file_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (out.file_ < 0) return out.problem();
    return out;
  }
  // Putting another file in its place would ask its folder only.
  if (exists && ::access(path.c_str(), W_OK) != 0) return out.problem();
  std::error_code ignored;
  if (auto followed = std::filesystem::canonical(path, ignored).string(); !followed.empty())
    out.target_ = std::move(followed);
  TRY_VOID(out.open_beside());
  if (exists && ::fchmod(out.file_, there.st_mode & 0777) != 0) return out.problem();
  return out;
}

Result<void> WholeFile::open_beside() {
  static std::atomic<unsigned> number = 0;
  do {
    part_ = target_ + "." + std::to_string(::getpid()) + "-" + std::to_string(++number);
    file_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ >= 0) return {};
  part_.clear();
  return problem();
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      part_(std::exchange(other.part_, {})),
      file_(std::exchange(other.file_, -1)),
      buffer_(std::move(other.buffer_)) {}

WholeFile::~WholeFile() {
  if (file_ >= 0) ::close(file_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

Result<void> WholeFile::write(std::string_view piece) {
  if (buffer_.size() + piece.size() > buffer_bytes) {
    TRY_VOID(pass_on(buffer_));
    buffer_.clear();
  }
  if (piece.size() > buffer_bytes) return pass_on(piece);
  buffer_ += piece;
  return {};
}

Result<void> WholeFile::pass_on(std::string_view rest) {
  while (!rest.empty()) {
    const ssize_t n = ::write(file_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return problem();
    rest.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<void> WholeFile::finish() {
  TRY_VOID(pass_on(buffer_));
  if (!part_.empty() && ::fsync(file_) != 0) return problem();
  if (::close(std::exchange(file_, -1)) != 0) return problem();
  if (!part_.empty() && std::rename(part_.c_str(), target_.c_str()) != 0) return problem();
  part_.clear();
  return {};
}

}  // namespace passerelle
