// A resource, ready for the store: checked against R4 and with what it is found by. The one way in
// for all who write resources: the engine, FHIR's REST, import.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "fhir/search_values.h"
#include "store/store.h"

namespace passerelle::run {

// What fhir::extract() finds, as the store keeps it.
store::IndexValues index_values(json::Value resource, const fhir::ExtractOptions& options);

// A write of a resource that has its `id`; error when it is not valid R4 (the first issue).
Result<store::Write> make_write(json::Value resource, const fhir::ExtractOptions& options,
                                store::Method method = store::Method::update);

}  // namespace passerelle::run
