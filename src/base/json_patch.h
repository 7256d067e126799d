// JSON Patch (RFC 6902): a list of operations on a JSON tree, whose places are JSON Pointers
// (RFC 6901). All of them are done or none.
#pragma once

#include "base/json.h"
#include "base/result.h"

namespace passerelle::json {

// `patch` is the array of operations; the new tree is in `document`, as both are. Error.where is
// the operation ("[2].path"). Errors: `invalid` when the patch itself is malformed, `conflict` when
// it does not fit the target: a place that is not there, a test that fails, `too_large` when all
// that the operations add, copy and move is more than Limits would let a parser take, or too deep.
Result<Value> apply_patch(Document& document, Value target, Value patch);

}  // namespace passerelle::json
