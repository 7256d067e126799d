#include "run/indexing.h"

#include "fhir/outcome.h"
#include "fhir/validate.h"

namespace passerelle::run {
namespace {

store::SearchType search_type(fhir::SearchType type) {
  switch (type) {
    case fhir::SearchType::string:
      return store::SearchType::string;
    case fhir::SearchType::token:
      return store::SearchType::token;
    case fhir::SearchType::reference:
      return store::SearchType::reference;
    case fhir::SearchType::date:
      return store::SearchType::date;
    case fhir::SearchType::number:
      return store::SearchType::number;
    case fhir::SearchType::quantity:
      return store::SearchType::quantity;
    case fhir::SearchType::uri:
      return store::SearchType::uri;
    case fhir::SearchType::composite:
    case fhir::SearchType::special:
      break;
  }
  CHECK(false, "a search value is of a simple type");
}

}  // namespace

store::IndexValues index_values(json::Value resource, const fhir::ExtractOptions& options) {
  const fhir::SearchValues found = fhir::extract(resource, options);
  store::IndexValues out;
  out.reserve(found.values.size());
  for (const fhir::SearchValue& value : found.values) {
    store::IndexValue& made = out.emplace_back();
    made.parameter = std::string(fhir::index_name(value));
    made.type = search_type(value.type);
    made.text = std::string(value.text);
    made.system = std::string(value.system);
    made.first = value.date.first;
    made.last = value.date.last;
    made.low = value.number.low;
    made.high = value.number.high;
    made.tuple = value.tuple;
  }
  return out;
}

Result<store::Write> make_write(json::Value resource, const fhir::ExtractOptions& options,
                                store::Method method) {
  const auto issues = fhir::validate(resource);
  if (fhir::has_errors(issues)) return fhir::to_error(issues);
  store::Write write;
  write.method = method;
  write.type = std::string(resource["resourceType"].string());
  write.id = std::string(resource["id"].string());
  if (write.id.empty())
    return Error{ErrorCode::invalid, "a resource without an id cannot be written",
                 write.type + ".id"};
  write.body = json::write(resource);
  write.values = index_values(resource, options);
  return write;
}

}  // namespace passerelle::run
