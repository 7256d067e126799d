// FEEL on what events record: every name in the expression that nothing else declares is a field of
// the event's data. Which fields an event has is known when the pathway is compiled, long after
// such an expression was read; so the names come from the expression itself and `check` compares
// them with the pathway.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pathway/feel/feel.h"

namespace passerelle::pathway {

// `fields` receives the names it reads: evaluate() wants their values in this order.
Result<feel::Expression> compile_on_fields(std::string_view text, std::vector<std::string>& fields);

}  // namespace passerelle::pathway
