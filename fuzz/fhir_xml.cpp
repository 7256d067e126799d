// Any bytes as FHIR XML: read_xml() must come back with an error that has a place, or with a
// resource that is written and read to the same again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fhir/narrative.h"
#include "fhir/xml.h"

using namespace passerelle;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (fhir::narrative_fault(text).empty()) {
    const std::string xml = fhir::narrative_as_xml(text);
    CHECK(fhir::narrative_fault(xml).empty(), "narrative as XML is narrative");
  }
  const Result<json::Document> document = fhir::read_xml(text);
  if (!document) {
    CHECK(!document.error().where.empty(), "an error says where it is");
    return 0;
  }
  const Result<std::string> xml = fhir::write_xml(document->root());
  if (!xml) return 0;  // a narrative that is well formed but not allowed
  const Result<json::Document> back = fhir::read_xml(*xml);
  CHECK(back.ok(), "what was written is FHIR XML");
  const Result<std::string> twice = fhir::write_xml(back->root());
  CHECK(twice.ok() && *twice == *xml, "XML keeps what it carries");
  return 0;
}
