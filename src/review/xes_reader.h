// The streaming XES parser behind read_log() and read_xes(): takes pieces of any size. For review/
// only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "review/log_file.h"

namespace passerelle::review {

class XesReader {
 public:
  XesReader(std::string file, const LogOptions& options);
  ~XesReader();
  XesReader(const XesReader&) = delete;
  XesReader& operator=(const XesReader&) = delete;

  Result<void> feed(std::string_view piece);
  // Once, after the last piece.
  Result<LoadedLog> finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace passerelle::review
