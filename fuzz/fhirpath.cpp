// Any bytes as a FHIRPath expression: compile() must come back with an error or with an expression
// that ends on a patient and an observation, within the work it is allowed.
#include "fhir/fhirpath.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json.h"

using namespace passerelle;
using namespace passerelle::fhir;

namespace {

constexpr std::array<std::string_view, 2> resources = {
    R"({"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1970-03-30",
        "_birthDate":{"extension":[{"url":"urn:x","valueString":"Pau"}]},
        "name":[{"family":"Petit","given":["Anne","Marie"]},{"given":["Annie"]}],
        "contained":[{"resourceType":"Organization","id":"o","name":"Clinic"}],
        "managingOrganization":{"reference":"#o"},"multipleBirthInteger":2})",
    R"({"resourceType":"Observation","status":"final","code":{"text":"x"},
        "effectiveDateTime":"2020-03-26T09:10:00+01:00","valueQuantity":{"value":185.50,
        "unit":"lbs","system":"http://unitsofmeasure.org","code":"[lb_av]"}})"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto documents = [] {
    std::vector<json::Document> made;
    for (const std::string_view text : resources) {
      Result<json::Document> document = json::Document::parse(text);
      CHECK(document.ok(), "the fuzzer's own resources are JSON");
      made.push_back(std::move(*document));
    }
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<path::Expression> expression = path::compile(text);
  if (!expression) {
    CHECK(!expression.error().where.empty(), "an error says where it is");
    return 0;
  }
  CHECK(expression->text() == text, "an expression keeps its text");
  path::Context context;
  context.now = Instant(Millis(1'585'212'300'000));
  context.max_steps = 20'000;
  for (const json::Document& document : documents) {
    (void)path::compile(text, document.root()["resourceType"].string());
    const Result<path::Collection> items = path::evaluate(*expression, document.root(), context);
    if (!items) continue;
    json::Document answer;
    for (const path::Item& item : *items) {
      (void)path::to_text(item);
      (void)path::type_name(item);
      (void)json::write(path::to_json(item, answer));
    }
  }
  return 0;
}
