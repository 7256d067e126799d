// The specification's invariants, evaluated as FHIRPath.
#include "fhir/validator.h"

namespace passerelle::fhir {

void Validator::check_invariants(std::span<const uint16_t>, json::Value, json::Value, TypeIndex,
                                 StructureIndex, ElementIndex, const Place&) {}

}  // namespace passerelle::fhir
