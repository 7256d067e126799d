// Which number stands for which account in the states of cases, where a lock is a number. A number
// once given means the same account for ever, over restarts too.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/event.h"
#include "store/store.h"

namespace passerelle::run {

class ActorNumbers {
 public:
  explicit ActorNumbers(store::Store& store) : store_(store) {}
  // 0 for "": the patient, or nobody. Gives a number to an account that has none.
  Result<pathway::Name> number(std::string_view account, Instant now);

 private:
  Result<pathway::Name> give(const std::string& account, Instant now);

  store::Store& store_;
  std::mutex mutex_;  // of the map
  std::map<std::string, pathway::Name, std::less<>> known_;
};

}  // namespace passerelle::run
