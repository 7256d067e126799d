// Any bytes as JSON: parse() must come back with an error or with a document that is written, read
// again and written to the same bytes; and validate(), extract() and write_xml() must take whatever
// JSON it is.
#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fhir/search_values.h"
#include "fhir/validate.h"
#include "fhir/xml.h"

using namespace passerelle;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<json::Document> document = json::Document::parse(text);
  if (!document) {
    CHECK(!document.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  const std::string written = json::write(document->root());
  const Result<json::Document> again = json::Document::parse(written);
  CHECK(again.ok(), "what was written is JSON");
  CHECK(json::equal(document->root(), again->root()), "nothing is lost");
  CHECK(json::write(again->root()) == written, "writing is stable");
  const Result<json::Document> pretty = json::Document::parse(json::write(document->root(), true));
  CHECK(pretty.ok() && json::equal(document->root(), pretty->root()), "indenting changes nothing");

  const bool valid = !fhir::has_errors(fhir::validate(document->root()));
  for (const fhir::SearchValue& value : fhir::extract(document->root()).values) {
    CHECK(!fhir::index_name(value).empty(), "every value has a name");
  }
  const Result<std::string> xml = fhir::write_xml(document->root());
  if (!valid) return 0;
  CHECK(xml.ok(), "what is valid can be written as XML");
  const Result<json::Document> back = fhir::read_xml(*xml);
  CHECK(back.ok(), "what was written is FHIR XML");
  CHECK(*fhir::write_xml(back->root()) == *xml, "XML keeps what it carries");
  return 0;
}
