// What searches ask of other resources: value sets and code systems (:in, :above, :below) and lists
// (_list).
#pragma once

#include "server/terminology.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::server {

class SearchHelp : public store::SearchHelper {
 public:
  SearchHelp(store::Store& store, StoredTerminology& terminology)
      : store_(store), terminology_(terminology) {}

  Result<std::vector<store::SearchCode>> codes_in(std::string_view value_set) override;
  Result<std::vector<store::SearchCode>> codes_below(const store::SearchCode& code) override;
  Result<std::vector<store::SearchCode>> codes_above(const store::SearchCode& code) override;
  Result<std::vector<std::pair<std::string, std::string>>> list(std::string_view id) override;

 private:
  Result<std::vector<store::SearchCode>> related(const store::SearchCode& code, bool below);

  store::Store& store_;
  StoredTerminology& terminology_;
};

}  // namespace passerelle::server
