// Event logs in columns, XES and CSV: whatever the bytes are, they are read or refused.
#include <cstdint>
#include <string_view>

#include "review/events_file.h"
#include "review/log_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace passerelle::review;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto log = read_events(bytes, "log.events")) {
    if (!read_events(write_events(log->log), "again.events")) __builtin_trap();
    if (!read_xes(write_xes(log->log), "again.xes")) __builtin_trap();
  }
  (void)read_xes(bytes, "log.xes");
  (void)read_csv(bytes, "log.csv");
  return 0;
}
