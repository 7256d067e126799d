// Operations on resources: $validate, $meta, $meta-add, $meta-delete, Patient/$everything; and the
// list of all operations.
#include <algorithm>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/outcome.h"
#include "server/fhir_operation.h"
#include "server/profiles.h"
#include "server/route_tables.h"
#include "server/subscriptions.h"

namespace passerelle::server {
namespace {

constexpr OperationInfo operation_list[] = {
    {"validate", "*", "http://hl7.org/fhir/OperationDefinition/Resource-validate"},
    {"meta", "*", "http://hl7.org/fhir/OperationDefinition/Resource-meta"},
    {"meta-add", "*", "http://hl7.org/fhir/OperationDefinition/Resource-meta-add"},
    {"meta-delete", "*", "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete"},
    {"everything", "Patient", "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
    {"export", "", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"},
    {"export", "Patient", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"},
    {"export", "Group", "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"},
    {"import", "", "urn:passerelle:operation:import"},
    {"status", "Subscription",
     "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/"
     "backport-subscription-status"},
    {"status", "SearchParameter", "urn:passerelle:operation:search-parameter-status"},
    {"expand", "ValueSet", "http://hl7.org/fhir/OperationDefinition/ValueSet-expand"},
    {"validate-code", "ValueSet", "http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code"},
    {"validate-code", "CodeSystem",
     "http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code"},
    {"lookup", "CodeSystem", "http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup"},
    {"subsumes", "CodeSystem", "http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes"},
    {"translate", "ConceptMap", "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"},
};

Result<void> check_type(std::string_view type) {
  if (fhir::definitions().find_resource(type) != fhir::none) return {};
  return Error{ErrorCode::not_found, quoted(type) + " is not a resource type of FHIR R4"};
}

// ---- $validate ----

fhir::Issue note(std::string message) {
  fhir::Issue issue;
  issue.severity = fhir::Severity::information;
  issue.code = "informational";
  issue.message = std::move(message);
  return issue;
}

// What would be said of a create, an update or a delete of this resource.
Result<Response> validate_handler(Context& context) {
  TRY(OperationInput input, OperationInput::read(context, {"resource", "mode", "profile"}));
  const std::string type(context.path("type")), id(context.path("id"));
  TRY_VOID(check_type(type));
  const std::string mode = input.text("mode");
  constexpr std::string_view modes[] = {"", "create", "update", "delete", "profile"};
  if (std::find(std::begin(modes), std::end(modes), mode) == std::end(modes))
    return Error{ErrorCode::invalid, "'" + mode + "' is no mode of validation", "mode",
                 "use create, update, delete or profile"};
  json::Value resource = input.resource("resource");
  if (!resource.exists()) resource = input.body();
  if (!resource.exists()) {
    if (id.empty())
      return Error{ErrorCode::invalid, "there is no resource to validate", "resource",
                   "send it as the body, or as the parameter 'resource'"};
    TRY(const store::Version current, context.services.store.read(type, id));
    TRY(const json::Document stored, json::Document::parse(current.body));
    resource = input.document().copy(stored.root());
  }
  std::vector<fhir::Issue> issues;
  if (mode != "delete") {
    ReferencedResources referenced(context.services.store);
    fhir::ValidateOptions options = write_validation(context.services.profiles, &referenced);
    options.expected_type = type;
    if (const std::string profile = input.text("profile"); !profile.empty()) {
      options.profiles = &context.services.profiles.source();
      options.against = {profile};
    }
    issues = fhir::validate(resource, options);
  }
  if (!id.empty() && resource["id"].exists() && resource["id"].string() != id)
    issues.push_back({fhir::Severity::error, "value", type + ".id",
                      "the id is not '" + id + "', as in the address"});
  if (!fhir::has_errors(issues)) issues.push_back(note("No error was found."));
  // Also what is invalid was validated successfully: 200.
  json::Document outcome;
  return resource_response(context.request, 200, json::write(fhir::make_outcome(outcome, issues)));
}

// ---- $meta ----

constexpr std::string_view meta_lists[] = {"profile", "security", "tag"};

// Whether two profiles, tags or labels are the same: of codings only system and code tell.
bool same_entry(json::Value a, json::Value b) {
  if (a.is_string() || b.is_string()) return a.string() == b.string();
  return a["system"].string() == b["system"].string() && a["code"].string() == b["code"].string();
}

bool has_entry(const std::vector<json::Value>& list, json::Value entry) {
  return std::any_of(list.begin(), list.end(),
                     [&](json::Value one) { return same_entry(one, entry); });
}

json::Value change_meta(json::Document& document, json::Value meta, json::Value change, bool add) {
  if (!meta.is_object()) meta = document.object({});
  for (const std::string_view name : meta_lists) {
    std::vector<json::Value> list;
    for (const json::Value entry : meta[name].items()) list.push_back(entry);
    for (const json::Value entry : change[name].items()) {
      if (!add) {
        std::erase_if(list, [&](json::Value one) { return same_entry(one, entry); });
      } else if (!has_entry(list, entry)) {
        list.push_back(entry);
      }
    }
    if (!list.empty()) {
      meta = document.with(meta, name, document.array(list));
    } else if (meta[name].exists()) {
      meta = document.without(meta, name);
    }
  }
  return meta;
}

Result<Response> answer_meta(const Context& context, json::Value meta) {
  OperationOutput out;
  out.json("return", "Meta", meta.is_object() ? json::write(meta) : "{}");
  return respond(context, context.request, out.done());
}

Result<Response> meta_handler(Context& context) {
  TRY_VOID(OperationInput::read(context, {}));
  TRY(const store::Version current,
      context.services.store.read(context.path("type"), context.path("id")));
  TRY(const json::Document document, json::Document::parse(current.body));
  return answer_meta(context, document.root()["meta"]);
}

// Versions are immutable here, so that a change of meta is a new version too.
Result<Response> change_meta_handler(Context& context, bool add) {
  TRY(OperationInput input, OperationInput::read(context, {"meta"}));
  const json::Value change = input.value("meta");
  if (!change.is_object())
    return Error{ErrorCode::invalid, "the operation has no meta", "meta", "give it as valueMeta"};
  constexpr int attempts = 100;  // when somebody else is faster
  for (int attempt = 1;; ++attempt) {
    Interaction asked;
    asked.method = "PUT";
    asked.type = std::string(context.path("type"));
    asked.id = std::string(context.path("id"));
    TRY(const store::Version current, context.services.store.read(asked.type, asked.id));
    TRY(json::Document document, json::Document::parse(current.body));
    asked.if_match = etag(current.version);
    const json::Value meta =
        change_meta(document, document.root()["meta"], document.copy(change), add);
    asked.resource = document.with(document.root(), "meta", meta);
    auto done = perform_write(context, document, asked, true);
    if (!done && done.error().code == ErrorCode::precondition && attempt < attempts) continue;
    if (!done) return done.error();
    if (done->status >= 300) return respond(context, context.request, std::move(*done));
    TRY(const json::Document written, json::Document::parse(done->body));
    return answer_meta(context, written.root()["meta"]);
  }
}

Result<Response> meta_add_handler(Context& context) { return change_meta_handler(context, true); }
Result<Response> meta_delete_handler(Context& context) {
  return change_meta_handler(context, false);
}

// ---- Patient/$everything ----

Result<Response> everything_handler(Context& context) {
  TRY(OperationInput input,
      OperationInput::read(context, {"start", "end", "_since", "_type", "_count", "_cursor",
                                     "_back", "_summary", "_elements"}));
  Interaction asked;
  asked.method = "GET";
  asked.compartment_type = "Patient";
  asked.compartment_id = std::string(context.path("id"));
  asked.operation = "$everything";
  for (const std::string_view name : {"start", "end", "_since", "_type", "_count", "_cursor",
                                      "_elements", "_summary", "_format", "_pretty"})
    if (const std::string value = input.text(name); !value.empty())
      asked.query.emplace_back(name, value);
  // Empty, it leads back to the first page.
  if (!input.text("_cursor").empty()) asked.query.emplace_back("_back", input.text("_back"));
  return respond(context, context.request, search(context, asked));
}

// ---- Subscription/$status ----

Result<Response> subscription_status_handler(Context& context) {
  TRY_VOID(OperationInput::read(context, {}));
  const std::string id(context.path("id"));
  TRY(const store::Version version, context.services.store.read("Subscription", id));
  TRY(const json::Document document, json::Document::parse(version.body));
  TRY(const SubscriptionRequest request, context.services.subscriptions.read(document.root()));
  TRY(const SubscriptionState state, context.services.subscriptions.state_of(id));
  Done done;
  done.body =
      "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":1,\"entry\":[{"
      "\"resource\":" +
      status_parameters(request, NotificationType::query, state.events, nullptr,
                        context.services.base_url) +
      ",\"search\":{\"mode\":\"match\"}}]}";
  return respond(context, context.request, std::move(done));
}

constexpr Route operation_table[] = {
    {"GET", "/fhir/Subscription/{id}/$status", Who::reader, subscription_status_handler},
    {"POST", "/fhir/Subscription/{id}/$status", Who::reader, subscription_status_handler},
    {"POST", "/fhir/{type}/$validate", Who::reader, validate_handler},
    {"GET", "/fhir/{type}/{id}/$validate", Who::reader, validate_handler},
    {"POST", "/fhir/{type}/{id}/$validate", Who::reader, validate_handler},
    {"GET", "/fhir/{type}/{id}/$meta", Who::reader, meta_handler},
    {"POST", "/fhir/{type}/{id}/$meta-add", Who::system, meta_add_handler},
    {"POST", "/fhir/{type}/{id}/$meta-delete", Who::system, meta_delete_handler},
    {"GET", "/fhir/Patient/{id}/$everything", Who::reader, everything_handler, Lane::search},
    {"POST", "/fhir/Patient/{id}/$everything", Who::reader, everything_handler, Lane::search},
};

}  // namespace

std::span<const OperationInfo> operations() { return operation_list; }

Error no_such_operation(std::string_view name) {
  std::string names;
  for (const OperationInfo& operation : operation_list)
    if ((names + ",").find("$" + std::string(operation.name) + ",") == std::string::npos)
      names += (names.empty() ? "$" : ", $") + std::string(operation.name);
  return Error{ErrorCode::not_found, "there is no operation " + quoted(name) + " at this address",
               "", "there are " + names + "; GET /fhir/metadata says where"};
}

std::span<const Route> operation_routes() { return operation_table; }

}  // namespace passerelle::server
