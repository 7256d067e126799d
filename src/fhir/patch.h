// Changing a resource where it stands: JSON Patch (RFC 6902) and FHIRPath Patch (R4,
// fhirpatch.html). Both give the whole new resource, which is still to be validated.
#pragma once

#include "base/json.h"
#include "base/result.h"

namespace passerelle::fhir {

// Both values and the result are in `document`. Errors: `invalid` when the patch itself is wrong,
// `conflict` when it does not fit the resource as it is; Error.where is the operation.

// `operations` is the array of RFC 6902. Lists and objects that it leaves empty go away, since FHIR
// has none.
Result<json::Value> apply_json_patch(json::Document& document, json::Value resource,
                                     json::Value operations);

// `parameters` is a Parameters resource with a parameter "operation" for each of add, insert,
// delete, replace and move.
Result<json::Value> apply_path_patch(json::Document& document, json::Value resource,
                                     json::Value parameters);

}  // namespace passerelle::fhir
