#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace passerelle {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr,
               "passerelle: a bug of ours stopped the program: %s (%s), at %s:%d. Nothing that was "
               "acknowledged is lost; please report this line.\n",
               why, condition, file, line);
  std::abort();
}

}  // namespace passerelle
