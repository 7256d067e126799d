#include "server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>

#include "server/exposition.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

// When the program began, near enough: the first call is made while the server is opened.
double began_seconds() {
  static const double began = static_cast<double>(wall_now().time_since_epoch().count()) / 1000.0;
  return began;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Memory {
  double all = 0, resident = 0;  // bytes
};
Memory memory() {
  Memory found;
  long all = 0, resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%ld %ld", &all, &resident) == 2) {
      const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
      found = {static_cast<double>(all) * page, static_cast<double>(resident) * page};
    }
    std::fclose(file);
  }
  return found;
}

double open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void note_start() { began_seconds(); }

void add_process(Exposition& out) {
  const Memory used = memory();
  out.one("process_resident_memory_bytes", "gauge", "Memory in use", used.resident);
  out.one("process_virtual_memory_bytes", "gauge", "Address space in use", used.all);
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    out.one("process_cpu_seconds_total", "counter", "Processor time, of users and of the system",
            seconds(usage.ru_utime) + seconds(usage.ru_stime));
  out.one("process_start_time_seconds", "gauge", "When it was started, in seconds since 1970",
          began_seconds());
  out.one("passerelle_uptime_seconds", "gauge", "Since it was started",
          static_cast<double>(wall_now().time_since_epoch().count()) / 1000.0 - began_seconds());
  out.one("process_open_fds", "gauge", "Open files and connections", open_files());
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    out.one("process_max_fds", "gauge", "Files and connections that the system allows",
            static_cast<double>(files.rlim_cur));
}

}  // namespace passerelle::server
