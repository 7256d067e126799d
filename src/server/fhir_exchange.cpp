#include "server/fhir_exchange.h"

#include <cstdlib>

#include "base/text.h"
#include "fhir/outcome.h"
#include "fhir/xml.h"
#include "server/errors.h"

namespace passerelle::server {
namespace {

constexpr unsigned deepest = 100;

struct FormatName {
  std::string_view name;
  Format format;
};
constexpr FormatName format_names[] = {
    {"application/fhir+json", Format::json},
    {"application/json", Format::json},
    {"text/json", Format::json},
    {"json", Format::json},
    {"application/fhir+xml", Format::xml},
    {"application/xml", Format::xml},
    {"text/xml", Format::xml},
    {"xml", Format::xml},
};

// Any text encoding but UTF-8 is refused rather than guessed.
bool is_utf8_charset(std::string_view type) {
  const std::string all = lower(type);
  const size_t at = all.find("charset=");
  if (at == std::string::npos) return true;
  std::string_view charset = std::string_view(all).substr(at + 8);
  charset = trim(charset.substr(0, charset.find(';')));
  if (charset.size() >= 2 && charset.front() == '"')
    charset = charset.substr(1, charset.size() - 2);
  return charset == "utf-8" || charset == "utf8" || charset == "us-ascii";
}

// "application/fhir+json; fhirVersion=4.0" (R4, 3.1.0.1.12); what is said of no version is R4.
bool is_r4(std::string_view type) {
  const std::string all = lower(type);
  constexpr std::string_view name = "fhirversion=";
  const size_t at = all.find(name);
  if (at == std::string::npos) return true;
  std::string_view version = std::string_view(all).substr(at + name.size());
  version = trim(version.substr(0, version.find(';')));
  if (version.size() >= 2 && version.front() == '"')
    version = version.substr(1, version.size() - 2);
  return version == "4.0" || version == "4.0.1";
}

// RFC 9110, 12.4.2: from 0, refused, to 1, also when none is given.
double weight_of(std::string_view part) {
  const std::string all = lower(part);
  const size_t at = all.find(";");
  if (at == std::string::npos) return 1;
  for (const std::string_view one : split(std::string_view(all).substr(at + 1), ';')) {
    const std::string_view parameter = trim(one);
    if (parameter.starts_with("q=")) return std::atof(std::string(parameter.substr(2)).c_str());
  }
  return 1;
}

std::string outcome_text(std::span<const fhir::Issue> issues) {
  json::Document document;
  return json::write(fhir::make_outcome(document, issues));
}

// The body as text, when its form is one that is taken.
Result<std::string_view> read_text(const Request& request, bool known_form,
                                   std::string_view offered) {
  const std::string_view type = request.header("content-type");
  if (!known_form || !is_utf8_charset(type))
    return Error{ErrorCode::invalid,
                 type.empty() ? "the request does not say what its body is"
                              : "a body of the type '" + std::string(type) + "' is not taken",
                 "Content-Type", "send " + std::string(offered) + " in UTF-8"};
  if (!is_r4(type))
    return Error{ErrorCode::invalid,
                 "a body of the type '" + std::string(type) + "' is of another version of FHIR",
                 "Content-Type", "send FHIR R4: fhirVersion=4.0"};
  TRY_VOID(check_unpacked(request));
  std::string_view body = request.body;
  // Some systems begin their texts with a byte order mark.
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (trim(body).empty())
    return Error{ErrorCode::invalid, "the body is empty", "", "send a resource in it"};
  if (!is_utf8(body))
    return Error{ErrorCode::invalid, "the body is not UTF-8", "", "send it in UTF-8"};
  return body;
}

json::Limits limits() {
  json::Limits limits;
  limits.depth = deepest;
  return limits;
}

}  // namespace

// A "+" in an address may come as a space.
std::optional<Format> format_of(std::string_view type) {
  std::string name = lower(trim(type.substr(0, type.find(';'))));
  for (char& c : name)
    if (c == ' ') c = '+';
  for (const FormatName& entry : format_names)
    if (entry.name == name) return entry.format;
  return std::nullopt;
}

Result<void> check_unpacked(const Request& request) {
  const std::string coding = lower(trim(request.header("content-encoding")));
  if (coding.empty() || coding == "identity") return {};
  return Error{ErrorCode::invalid, "a body that is packed (" + coding + ") is not taken",
               "Content-Type", "send it as it is, without Content-Encoding"};
}

Result<Wanted> wanted(const Request& request) {
  Wanted result;
  result.pretty = request.parameter("_pretty") == "true";
  if (const std::string_view asked = request.parameter("_format"); !asked.empty()) {
    const auto format = format_of(asked);
    if (!format)
      return Error{ErrorCode::invalid, "_format=" + std::string(asked) + " is not offered",
                   "Accept", "use json or xml"};
    result.format = *format;
    return result;
  }
  const std::string_view accept = request.header("accept");
  if (accept.empty()) return result;
  // What is wanted most; of two alike what stands first, and of what stands for several, JSON.
  double most = 0;
  for (const std::string_view part : split(accept, ',')) {
    const std::string_view range = trim(part.substr(0, part.find(';')));
    auto format = format_of(part);
    if (range == "*/*" || range == "application/*" || range == "text/html") format = Format::json;
    const double weight = weight_of(part);
    if (!format || !is_r4(part) || weight <= most) continue;
    result.format = *format;
    most = weight;
  }
  if (most > 0) return result;
  return Error{ErrorCode::invalid, "none of the formats in Accept is offered", "Accept",
               "accept application/fhir+json or application/fhir+xml"};
}

Prefer prefer(const Request& request) {
  Prefer result;
  for (const auto& [name, value] : request.headers) {
    if (name != "prefer") continue;
    for (const std::string_view comma : split(value, ',')) {
      for (const std::string_view part : split(comma, ';')) {
        const std::string_view wish = trim(part);
        if (wish == "return=minimal") result.back = Prefer::Return::minimal;
        if (wish == "return=OperationOutcome") result.back = Prefer::Return::outcome;
        if (wish == "return=representation") result.back = Prefer::Return::representation;
        if (wish == "handling=lenient") result.lenient = true;
        if (wish == "handling=strict") result.lenient = false;
      }
    }
  }
  return result;
}

Result<json::Document> read_resource(const Request& request) {
  const auto format = format_of(request.header("content-type"));
  TRY(const std::string_view body,
      read_text(request, format.has_value(), "application/fhir+json or application/fhir+xml"));
  Result<json::Document> document = *format == Format::json ? json::Document::parse(body, limits())
                                                            : fhir::read_xml(body, limits());
  if (!document) return document.error();
  if (!document->root().is_object() || !document->root()["resourceType"].is_string())
    return Error{ErrorCode::invalid, "the body is not a FHIR resource: it has no resourceType"};
  return document;
}

Result<json::Document> read_patch(const Request& request) {
  const std::string_view type = request.header("content-type");
  const bool json_patch =
      lower(trim(type.substr(0, type.find(';')))) == "application/json-patch+json";
  if (!json_patch && format_of(type)) return read_resource(request);
  TRY(const std::string_view body,
      read_text(request, json_patch,
                "a JSON Patch as application/json-patch+json, or a FHIRPath Patch as "
                "application/fhir+json"));
  TRY(json::Document patch, json::Document::parse(body, limits()));
  if (!patch.root().is_array())
    return Error{ErrorCode::invalid, "a JSON Patch is an array of operations"};
  return patch;
}

Response resource_response(const Request& request, int status, std::string json) {
  const auto form = wanted(request);
  Response response;
  response.status = status;
  response.content_type = "application/fhir+json; charset=utf-8";
  const Wanted how = form ? *form : Wanted{};
  if (how.format == Format::json && !how.pretty) {
    response.body = std::move(json);
    return response;
  }
  const auto document = json::Document::parse(json);
  CHECK(document.ok(), "what the server writes is JSON");
  if (how.format == Format::xml) {
    auto xml = fhir::write_xml(document->root(), how.pretty);
    if (xml) {
      response.content_type = "application/fhir+xml; charset=utf-8";
      response.body = std::move(*xml);
      return response;
    }
    // It was taken in before it was validated, or by an older server.
    Error error{ErrorCode::unsupported,
                "the resource cannot be written as XML: " + xml.error().message, xml.error().where,
                "ask for it as JSON"};
    json::Document outcome;
    response.status = 406;
    response.body = json::write(fhir::make_outcome(outcome, error));
    return response;
  }
  response.body = json::write(document->root(), true);
  return response;
}

Response outcome_response(const Request& request, int status, std::span<const fhir::Issue> issues) {
  return resource_response(request, status, outcome_text(issues));
}

Response outcome_response(const Request& request, const Error& error) {
  json::Document document;
  return resource_response(request, fhir_status(error),
                           json::write(fhir::make_outcome(document, error)));
}

int fhir_status(const Error& error) {
  if (error.where == "Content-Type") return 415;
  if (error.where == "Accept") return 406;
  return status_of(error.code);
}

}  // namespace passerelle::server
