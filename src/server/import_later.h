// The end of import's input: what refers to something that has not come yet, kept until all else is
// in. Some of it stays in memory; the rest lies in a temporary file without a name, so that a
// million of them take no more memory than a thousand.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace passerelle::server {

struct ImportText {
  int line = 0;  // 0 = a whole document
  std::string text;
};
struct ImportPiece {
  size_t number = 0;  // in the order of the input
  std::string file;
  std::vector<ImportText> texts;
  bool last_try = false;  // what it refers to will not come any more
};

class ImportLater {
 public:
  explicit ImportLater(size_t most_in_memory = 16u << 20) : most_in_memory_(most_in_memory) {}
  ~ImportLater();
  ImportLater(const ImportLater&) = delete;

  // From any thread. Error: there is no room for the file.
  Result<void> put(ImportPiece piece);
  // One after the other, in the order in which they came, each for its last try; nobody puts any
  // more.
  Result<std::optional<ImportPiece>> take();

 private:
  Result<void> write(const ImportPiece& piece);
  Result<ImportPiece> read();

  const size_t most_in_memory_;
  std::mutex mutex_;
  std::deque<ImportPiece> kept_;  // came before what is in the file
  size_t kept_bytes_ = 0;
  int file_ = -1;
  uint64_t written_ = 0, read_ = 0;  // bytes of the file
};

}  // namespace passerelle::server
