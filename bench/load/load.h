// A driver that loads a running server over HTTP and measures it from outside, a maker of records,
// and what SQLite does alone on the same disk. `./dev bench` calls it; each command prints one line
// of JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace passerelle::bench {

// A closed loop: each connection sends its next request when the answer to the last has arrived.
struct HttpLoad {
  uint16_t port = 0;
  int connections = 1;
  double seconds = 1;
  std::string method = "GET";
  // In both, "{n}" is a number drawn below `range` for each request (the same one in path and
  // body), "{next}" counts up from 0.
  std::string path, body;
  std::vector<std::string> headers;
  uint64_t range = 1;
  uint64_t seed = 1;
};

struct HttpFigures {
  uint64_t requests = 0;
  double seconds = 0;
  double p50 = 0, p99 = 0;    // milliseconds from the first byte to the last
  uint64_t refused = 0;       // answers with a status of 400 or more
  std::string first_refusal;  // the answer itself
};
Result<HttpFigures> run_http_load(const HttpLoad& load);

// Patients p0, p1, ... with names and identifiers ("urn:bench|n"), then Observations o0, o1, ... as
// NDJSON files in the folder: a hospital's contacts over five years, in their order, each of one
// patient with 16 vital signs and laboratory values. One observation of ten thousand has a code of
// its own, "rare-0" to "rare-9". Error: the folder cannot be written.
Result<void> make_records(const std::string& folder, uint64_t patients, uint64_t observations,
                          uint64_t seed);

// Commits a second of one writer that does nothing but hand SQLite what a transaction of two
// observations is: two bodies and their index rows, in one file with the sync of every commit.
Result<double> sqlite_commits_per_second(const std::string& folder, double seconds);

}  // namespace passerelle::bench
