// A thread that indexes what was there before a SearchParameter was added, changed or retired
// (run/search_parameters.h), at half speed, so that those who read and write hardly notice.
#pragma once

#include <string>
#include <thread>

#include "base/instant.h"
#include "run/search_parameters.h"
#include "server/signal.h"

namespace passerelle::server {

class ServerClock;

class SearchIndexing {
 public:
  SearchIndexing(run::SearchParameters& parameters, const ServerClock& clock, Zone zone,
                 std::string fhir_base)
      : parameters_(parameters),
        clock_(clock),
        zone_(std::move(zone)),
        base_(std::move(fhir_base)) {}
  ~SearchIndexing();

  void start();
  void stop();
  void wake() { signal_.wake(); }  // something was written

 private:
  void loop();

  run::SearchParameters& parameters_;
  const ServerClock& clock_;
  const Zone zone_;
  const std::string base_;
  Signal signal_;
  std::thread thread_;
};

}  // namespace passerelle::server
