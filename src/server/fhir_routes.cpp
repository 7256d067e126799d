// The FHIR door: HTTP headers in, interactions, HTTP headers out.
#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/outcome.h"
#include "server/fhir_binary.h"
#include "server/fhir_interaction.h"
#include "server/route_tables.h"

namespace passerelle::server {

Result<Response> respond(const Context& context, const Request& request, Result<Done> result) {
  if (!result) return result.error();
  Done& done = *result;
  Response response;
  if (done.status >= 400) {
    response = outcome_response(request, done.status, done.issues);
  } else if (done.body.empty()) {
    response.content_type = "application/fhir+json; charset=utf-8";
    response.status = done.status;
  } else {
    response = resource_response(request, done.status, std::move(done.body));
  }
  if (done.version > 0) response.headers.emplace_back("ETag", etag(done.version));
  if (done.modified) response.headers.emplace_back("Last-Modified", http_date(*done.modified));
  if (!done.location.empty() && request.method != "GET")
    response.headers.emplace_back(done.status == 201 ? "Location" : "Content-Location",
                                  fhir_base(context) + "/" + done.location);
  return response;
}

namespace {

Interaction from_request(const Context& context) {
  const Request& request = context.request;
  Interaction asked;
  asked.method = request.method == "HEAD" ? "GET" : request.method;
  asked.type = std::string(context.path("type"));
  asked.id = std::string(context.path("id"));
  asked.version = std::string(context.path("version"));
  asked.query = request.query;
  asked.if_match = std::string(request.header("if-match"));
  asked.if_none_match = std::string(request.header("if-none-match"));
  asked.if_modified_since = std::string(request.header("if-modified-since"));
  asked.if_none_exist = std::string(request.header("if-none-exist"));
  return asked;
}

Result<Response> respond(const Context& context, Result<Done> result) {
  return respond(context, context.request, std::move(result));
}

// A format that cannot be given is refused before anything is done.
Result<void> check_format(const Context& context) {
  TRY_VOID(wanted(context.request));
  return {};
}

Result<Response> read_handler(Context& context) {
  const Interaction asked = from_request(context);
  if (asked.type == "Binary" && wants_content(context.request)) {
    TRY(Done done, perform_read(context, asked));
    if (!done.body.empty()) return content_response(done);
    return respond(context, std::move(done));
  }
  TRY_VOID(check_format(context));
  return respond(context, perform_read(context, asked));
}

Result<Response> history_handler(Context& context) {
  TRY_VOID(check_format(context));
  Interaction asked = from_request(context);
  asked.history = true;
  return respond(context, perform_read(context, asked));
}

Result<Response> metadata_handler(Context& context) {
  TRY_VOID(check_format(context));
  Interaction asked = from_request(context);
  asked.metadata = true;
  return respond(context, perform_read(context, asked));
}

// "/fhir/Patient/1/Observation", "/fhir/Patient/1/*": a search within a compartment.
Interaction search_request(const Context& context) {
  Interaction asked = from_request(context);
  const std::string_view inner = context.path("inner");
  if (inner.empty()) return asked;
  asked.compartment_type = std::exchange(asked.type, inner == "*" ? "" : std::string(inner));
  asked.compartment_id = std::exchange(asked.id, "");
  return asked;
}

Result<Response> search_handler(Context& context) {
  TRY_VOID(check_format(context));
  return respond(context, search(context, search_request(context)));
}

Result<Response> post_search_handler(Context& context) {
  Request request = context.request;
  if (!trim(request.body).empty()) {
    if (!lower(request.header("content-type")).starts_with("application/x-www-form-urlencoded"))
      return Error{ErrorCode::invalid, "the parameters of _search must come as a form",
                   "Content-Type", "send application/x-www-form-urlencoded"};
    TRY(const Pairs form, parse_query(trim(request.body)));
    request.query.insert(request.query.end(), form.begin(), form.end());
  }
  TRY_VOID(wanted(request));
  Interaction asked = search_request(context);
  asked.query = request.query;
  return respond(context, request, search(context, asked));
}

// RFC 7240: what of Prefer was heeded.
std::string_view applied_preference(const Context& context) {
  if (context.request.header("prefer").find("return=") == std::string_view::npos) return {};
  switch (prefer(context.request).back) {
    case Prefer::Return::representation:
      return "return=representation";
    case Prefer::Return::minimal:
      return "return=minimal";
    case Prefer::Return::outcome:
      return "return=OperationOutcome";
  }
  return {};
}

// What a write answers when the client wants no resource back.
void apply_preference(const Context& context, Done& done) {
  if (done.status >= 300) return;
  const Prefer wish = prefer(context.request);
  if (wish.back == Prefer::Return::minimal) done.body.clear();
  if (wish.back != Prefer::Return::outcome) return;
  std::vector<fhir::Issue> issues = done.issues;
  issues.push_back({fhir::Severity::information, "informational", "", "Done."});
  json::Document document;
  done.body = json::write(fhir::make_outcome(document, issues));
}

Result<json::Document> read_body(const Interaction& asked, const Request& request) {
  if (asked.method == "PATCH") return read_patch(request);
  if (asked.type == "Binary" && is_content(request)) return read_content(request, asked.id);
  return read_resource(request);
}

Result<Response> write_handler(Context& context) {
  TRY_VOID(check_format(context));
  Interaction asked = from_request(context);
  json::Document document;
  if (asked.method != "DELETE") {
    TRY(document, read_body(asked, context.request));
    asked.resource = document.root();
  }
  const bool back = prefer(context.request).back == Prefer::Return::representation;
  Result<Done> done = perform_write(context, document, asked, back);
  if (done && asked.method != "DELETE") apply_preference(context, *done);
  TRY(Response response, respond(context, std::move(done)));
  if (const std::string_view said = applied_preference(context); !said.empty())
    response.headers.emplace_back("Preference-Applied", said);
  return response;
}

Result<Response> bundle_handler(Context& context) {
  TRY_VOID(check_format(context));
  TRY(json::Document document, read_resource(context.request));
  Result<Done> done = perform_bundle(context, document);
  return respond(context, std::move(done));
}

constexpr Route fhir_table[] = {
    {"GET", "/fhir/metadata", Who::anyone, metadata_handler, Lane::worker, "capabilities"},
    {"GET", "/fhir", Who::reader, search_handler, Lane::search, "search-system"},
    {"POST", "/fhir", Who::system, bundle_handler, Lane::worker, "batch-or-transaction"},
    {"POST", "/fhir/_search", Who::reader, post_search_handler, Lane::search, "search-system"},
    {"GET", "/fhir/_search", Who::reader, search_handler, Lane::search, "search-system"},
    {"GET", "/fhir/_history", Who::reader, history_handler, Lane::search, "history-system"},
    {"GET", "/fhir/{type}", Who::reader, search_handler, Lane::search, "search-type"},
    {"POST", "/fhir/{type}", Who::system, write_handler, Lane::worker, "create"},
    {"PUT", "/fhir/{type}", Who::system, write_handler, Lane::worker, "update-conditional"},
    {"PATCH", "/fhir/{type}", Who::system, write_handler, Lane::worker, "patch-conditional"},
    {"DELETE", "/fhir/{type}", Who::system, write_handler, Lane::worker, "delete-conditional"},
    {"POST", "/fhir/{type}/_search", Who::reader, post_search_handler, Lane::search, "search-type"},
    {"GET", "/fhir/{type}/_search", Who::reader, search_handler, Lane::search, "search-type"},
    {"GET", "/fhir/{type}/_history", Who::reader, history_handler, Lane::search, "history-type"},
    {"GET", "/fhir/{type}/{id}", Who::reader, read_handler, Lane::here, "read"},
    {"PUT", "/fhir/{type}/{id}", Who::system, write_handler, Lane::worker, "update"},
    {"PATCH", "/fhir/{type}/{id}", Who::system, write_handler, Lane::worker, "patch"},
    {"DELETE", "/fhir/{type}/{id}", Who::system, write_handler, Lane::worker, "delete"},
    {"GET", "/fhir/{type}/{id}/{inner}", Who::reader, search_handler, Lane::search,
     "search-compartment"},
    {"GET", "/fhir/{type}/{id}/{inner}/_search", Who::reader, search_handler, Lane::search,
     "search-compartment"},
    {"POST", "/fhir/{type}/{id}/{inner}/_search", Who::reader, post_search_handler, Lane::search,
     "search-compartment"},
    {"GET", "/fhir/{type}/{id}/_history", Who::reader, history_handler, Lane::search,
     "history-instance"},
    {"GET", "/fhir/{type}/{id}/_history/{version}", Who::reader, read_handler, Lane::worker,
     "vread"},
};

}  // namespace

std::span<const Route> fhir_routes() { return fhir_table; }

}  // namespace passerelle::server
