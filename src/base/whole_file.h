// A file that stands at its path whole or not at all: it is written beside it and put there at the
// end. Until then, and when something fails, whatever was there stays as it was. What is no file,
// such as a pipe, is written as it comes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace passerelle {

class WholeFile {
 public:
  // Error `unavailable`: the folder is not there or refuses writes, or what is there does.
  static Result<WholeFile> open(const std::string& path);
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  ~WholeFile();  // without finish(): nothing has happened

  Result<void> write(std::string_view piece);
  Result<void> finish();

 private:
  explicit WholeFile(std::string path) : path_(std::move(path)) {}
  Result<void> open_beside();
  Result<void> pass_on(std::string_view rest);
  Error problem() const;

  std::string path_;    // as it was named
  std::string target_;  // where it will stand: links are followed
  std::string part_;    // beside it; "" when it is written as it comes
  int file_ = -1;
  std::string buffer_;
};

}  // namespace passerelle
