#include "fhir/definitions_table.h"

// The build gives PASSERELLE_DEFINITIONS the path of the table.
__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    ".hidden passerelle_definitions_begin\n.globl passerelle_definitions_begin\n"
    "passerelle_definitions_begin:\n"
    ".incbin \"" PASSERELLE_DEFINITIONS
    "\"\n"
    ".hidden passerelle_definitions_end\n.globl passerelle_definitions_end\n"
    "passerelle_definitions_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char passerelle_definitions_begin[];
extern const char passerelle_definitions_end[];
}

namespace passerelle::fhir {

std::string_view definitions_table() {
  return {passerelle_definitions_begin,
          static_cast<size_t>(passerelle_definitions_end - passerelle_definitions_begin)};
}

}  // namespace passerelle::fhir
