// Narrative: the XHTML that a resource's text may hold (R4, "Narrative").
#pragma once

#include <string>
#include <string_view>

namespace passerelle::fhir {

// "" when `div` is one <div> in the XHTML namespace, well formed, not empty, with only the elements
// and attributes that FHIR allows (no scripts, forms, frames, event handlers, script addresses);
// else what is wrong.
std::string narrative_fault(std::string_view div);

// The same text as XML without a document type: HTML's named entities become characters, carriage
// returns a reference. Give it only what narrative_fault() accepts.
std::string narrative_as_xml(std::string_view div);

}  // namespace passerelle::fhir
