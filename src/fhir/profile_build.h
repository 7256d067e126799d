// What the compiler of profiles does to the tree that it has read. Inside fhir/ only.
#pragma once

#include <string_view>

#include "fhir/profile.h"

namespace passerelle::fhir {

inline constexpr std::string_view base_definitions = "http://hl7.org/fhir/StructureDefinition/";

// Where the children of an element are defined; none when it is not known.
StructureIndex structure_of(const ProfileNode& node, const Element* element);

// Deep; without what contentReferences were found to be.
ProfileNode copy_node(const ProfileNode& node);

// Takes out what the base specification asks anyway (a snapshot repeats all of it), gives
// extensions and choices the slicing that is understood where none is written, and finds what
// contentReferences stand for.
void finish_profile(Profile& profile);

}  // namespace passerelle::fhir
