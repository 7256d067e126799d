#include "server/import_input.h"

#include <bzlib.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace passerelle::server {
namespace {

constexpr size_t read_size = 256 * 1024;
constexpr size_t longest_line = 512u << 20;

// zlib reads what is not compressed as it is.
class GzipOrPlain : public InputFile {
 public:
  GzipOrPlain(gzFile file, std::string path) : file_(file), path_(std::move(path)) {
    gzbuffer(file_, read_size);
  }
  ~GzipOrPlain() override { gzclose(file_); }

  Result<size_t> read(char* buffer, size_t size) override {
    const int got = gzread(file_, buffer, static_cast<unsigned>(std::min(size, read_size)));
    int status = Z_OK;
    const char* why = gzerror(file_, &status);
    // Z_BUF_ERROR at the end: the archive stops in the middle.
    if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END))
      return Error{ErrorCode::invalid, std::string("the archive is broken: ") + why, path_};
    return static_cast<size_t>(got);
  }

 private:
  gzFile file_;
  std::string path_;
};

class Bzip2 : public InputFile {
 public:
  Bzip2(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  ~Bzip2() override {
    int ignored = 0;
    if (stream_ != nullptr) BZ2_bzReadClose(&ignored, stream_);
    std::fclose(file_);
  }

  Result<size_t> read(char* buffer, size_t size) override {
    while (!ended_) {
      int status = BZ_OK;
      if (stream_ == nullptr)
        stream_ = BZ2_bzReadOpen(&status, file_, 0, 0, unused_.data(), unused_size_);
      int got = 0;
      if (status == BZ_OK)
        got = BZ2_bzRead(&status, stream_, buffer, static_cast<int>(std::min(size, read_size)));
      if (status == BZ_STREAM_END) {
        TRY_VOID(next_stream());
      } else if (status != BZ_OK) {
        return Error{ErrorCode::invalid,
                     "the archive is broken: bzip2 says " + std::to_string(status), path_};
      }
      if (got > 0) return static_cast<size_t>(got);
    }
    return size_t{0};
  }

 private:
  // An archive may be several, one after the other.
  Result<void> next_stream() {
    int status = BZ_OK;
    void* rest = nullptr;
    BZ2_bzReadGetUnused(&status, stream_, &rest, &unused_size_);
    if (status != BZ_OK) unused_size_ = 0;
    if (unused_size_ > 0) std::memcpy(unused_.data(), rest, static_cast<size_t>(unused_size_));
    BZ2_bzReadClose(&status, stream_);
    stream_ = nullptr;
    if (unused_size_ > 0) return {};
    const int next = std::fgetc(file_);
    ended_ = next == EOF;
    if (!ended_) std::ungetc(next, file_);
    return {};
  }

  std::FILE* file_;
  std::string path_;
  BZFILE* stream_ = nullptr;
  std::array<char, BZ_MAX_UNUSED> unused_{};
  int unused_size_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<InputFile>> InputFile::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return Error{errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                 std::string("cannot be read: ") + std::strerror(errno), path};
  char magic[3] = {};
  const size_t got = std::fread(magic, 1, sizeof magic, file);
  if (got == 3 && std::memcmp(magic, "BZh", 3) == 0) {
    std::rewind(file);
    return std::unique_ptr<InputFile>(std::make_unique<Bzip2>(file, path));
  }
  std::fclose(file);
  const gzFile gz = gzopen(path.c_str(), "rb");
  if (gz == nullptr) return Error{ErrorCode::unavailable, "cannot be read", path};
  return std::unique_ptr<InputFile>(std::make_unique<GzipOrPlain>(gz, path));
}

Result<bool> LineReader::next(std::string& line) {
  while (true) {
    const size_t end = buffer_.find('\n', at_);
    if (end != std::string::npos || (ended_ && at_ < buffer_.size())) {
      const size_t stop = end == std::string::npos ? buffer_.size() : end;
      line.assign(buffer_, at_, stop - at_);
      at_ = end == std::string::npos ? buffer_.size() : end + 1;
      ++number_;
      return true;
    }
    if (ended_) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    if (buffer_.size() > longest_line)
      return Error{ErrorCode::too_large, "line " + std::to_string(number_ + 1) + " is too long"};
    const size_t before = buffer_.size();
    buffer_.resize(before + read_size);
    auto got = file_.read(buffer_.data() + before, read_size);
    if (!got) return got.error();
    buffer_.resize(before + *got);
    ended_ = *got == 0;
  }
}

Result<std::string> read_all(InputFile& file, size_t limit) {
  std::string text;
  while (true) {
    const size_t before = text.size();
    if (before > limit)
      return Error{ErrorCode::too_large,
                   "it is larger than " + std::to_string(limit >> 20) + " MiB in one piece", "",
                   "split it, or write it as NDJSON: one resource a line"};
    text.resize(before + read_size);
    TRY(const size_t got, file.read(text.data() + before, read_size));
    text.resize(before + got);
    if (got == 0) return text;
  }
}

}  // namespace passerelle::server
