// Whether what is written is held against the profiles that it claims.
#pragma once

#include <cstdint>

namespace passerelle::server {

enum class ProfileMode : uint8_t {
  off,     // only the base specification
  on,      // a claimed profile that cannot be used is a warning
  strict,  // ... is an error
};

}  // namespace passerelle::server
