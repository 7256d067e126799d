// Rehearsals as the API finds them again.
#pragma once

#include <string_view>

#include "server/rehearsals.h"
#include "server/routes.h"

namespace passerelle::server {

// By its number; 404 when it is not kept any more.
Result<Rehearsals::View> rehearsal_of(const Context& context, std::string_view id);

}  // namespace passerelle::server
