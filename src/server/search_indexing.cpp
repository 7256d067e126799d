#include "server/search_indexing.h"

#include <algorithm>

#include "base/log.h"
#include "server/server_clock.h"

namespace passerelle::server {
namespace {

constexpr Millis index_again = std::chrono::seconds(2);
constexpr Millis wait_for_writes = std::chrono::milliseconds(20);
constexpr Millis index_after_error = std::chrono::seconds(10);
constexpr Millis longest_rest = std::chrono::milliseconds(200);

}  // namespace

SearchIndexing::~SearchIndexing() { stop(); }

void SearchIndexing::start() {
  thread_ = std::thread([this] { loop(); });
}

void SearchIndexing::stop() {
  signal_.stop();
  if (thread_.joinable()) thread_.join();
}

void SearchIndexing::loop() {
  using Clock = std::chrono::steady_clock;
  Millis longest{0};
  uint64_t seen = 0;
  bool idle = false;
  while (idle ? signal_.sleep(seen, longest) : signal_.pause(longest)) {
    const auto begun = Clock::now();
    const fhir::ExtractOptions options{zone_, base_, &parameters_};
    const auto done = parameters_.work(options, clock_.now());
    idle = false;
    if (!done) {
      log(LogLevel::error, "indexing search parameters: " + passerelle::to_text(done.error()));
      longest = index_after_error;
      continue;
    }
    switch (*done) {
      case run::SearchParameters::Work::none:
        longest = index_again;
        idle = true;
        break;
      case run::SearchParameters::Work::wait:
        longest = wait_for_writes;
        break;
      case run::SearchParameters::Work::more:
        // As long as it took: others have half of the processor and of the disk.
        longest = std::min(longest_rest, std::chrono::duration_cast<Millis>(Clock::now() - begun));
        break;
    }
  }
}

}  // namespace passerelle::server
