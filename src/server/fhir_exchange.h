// How FHIR travels over HTTP: JSON or XML both ways, Prefer, OperationOutcome for what went wrong.
// Handlers work on the JSON tree and on JSON text; the other form is made here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "fhir/validate.h"
#include "server/http.h"

namespace passerelle::server {

enum class Format : uint8_t { json, xml };

struct Wanted {
  Format format = Format::json;
  bool pretty = false;
};

// "application/fhir+json; charset=utf-8" -> its format; none when it is no form of a resource.
std::optional<Format> format_of(std::string_view type);
// By _format and Accept. Error.where "Accept" (406) when it is neither JSON nor XML.
Result<Wanted> wanted(const Request& request);

struct Prefer {
  enum class Return : uint8_t { representation, minimal, outcome };
  Return back = Return::representation;
  bool lenient = false;  // unknown search parameters are passed over
};
Prefer prefer(const Request& request);

// Error.where "Content-Type" (415) when the body has a Content-Encoding: packed bodies are not
// taken.
Result<void> check_unpacked(const Request& request);
// The body as a resource, by Content-Type. Errors: where "Content-Type" (415), not UTF-8, no JSON
// or XML, too deep, no resource at all.
Result<json::Document> read_resource(const Request& request);

// The body of a PATCH: the array of a JSON Patch, or the Parameters of a FHIRPath Patch.
Result<json::Document> read_patch(const Request& request);

// A resource, given as JSON text, in the form that was asked for.
Response resource_response(const Request& request, int status, std::string json);
Response outcome_response(const Request& request, int status, std::span<const fhir::Issue> issues);
Response outcome_response(const Request& request, const Error& error);

// The status that FHIR gives an error: status_of(), but 415 and 406 for formats.
int fhir_status(const Error& error);

}  // namespace passerelle::server
