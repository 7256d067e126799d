// The one table from what went wrong to what HTTP says.
#pragma once

#include <string_view>

#include "base/result.h"

namespace passerelle::server {

int status_of(ErrorCode code);             // conflict -> 409
std::string_view name_of(ErrorCode code);  // conflict -> "conflict", as /api writes it

}  // namespace passerelle::server
