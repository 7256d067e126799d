// A file to import, unpacked as it is read: plain, gzip or bzip2, by its first bytes. Never more
// than a buffer of it is in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace passerelle::server {

class InputFile {
 public:
  // Error.where is the path.
  static Result<std::unique_ptr<InputFile>> open(const std::string& path);
  virtual ~InputFile() = default;
  // Fills the buffer as far as it can; 0 = the end. Errors: a broken or truncated archive.
  virtual Result<size_t> read(char* buffer, size_t size) = 0;
};

// Lines of any length up to a limit, without their ends.
class LineReader {
 public:
  explicit LineReader(InputFile& file) : file_(file) {}
  // false: there is none any more.
  Result<bool> next(std::string& line);
  // What was read from the file and given to nobody yet.
  std::string rest() { return std::exchange(buffer_, {}).substr(std::exchange(at_, 0)); }
  int number() const { return number_; }  // of the last line, from 1

 private:
  InputFile& file_;
  std::string buffer_;
  size_t at_ = 0;
  bool ended_ = false;
  int number_ = 0;
};

// All of it. Error `too_large` beyond the limit.
Result<std::string> read_all(InputFile& file, size_t limit);

}  // namespace passerelle::server
