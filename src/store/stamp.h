// Where the version goes into a resource's JSON. Only the writer knows a version's number and
// instant, so the body is laid out beforehand (by the thread of the caller) and stamped in one
// copy.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace passerelle::store {

// resourceType, id and meta first, then the rest in its order.
struct StampableBody {
  std::string text;
  size_t at = 0;       // in meta, where versionId and lastUpdated go
  bool comma = false;  // other members of meta follow
};

// Errors: no JSON object, another type or id than said.
Result<StampableBody> make_stampable(std::string_view type, std::string_view id,
                                     std::string_view body);
std::string stamp(const StampableBody& body, int64_t version, Instant updated);
// What stands before the rest in a stamped text: up to the end of lastUpdated.
std::string stamped_head(std::string_view type, std::string_view id, int64_t version,
                         Instant updated);

}  // namespace passerelle::store
