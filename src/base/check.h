// CHECK(condition, "why it must hold"): what only a bug of ours can break. It stops the program, in
// release too, because a wrong answer about a patient is worse than none. What the outside world
// can cause is a Result (result.h), never a CHECK.
#pragma once

namespace passerelle {

[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace passerelle

#define CHECK(condition, why)                                          \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::passerelle::check_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
