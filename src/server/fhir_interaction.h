// FHIR's interactions, one by one, without HTTP around them: the REST handlers and the entries of
// batches and transactions ask for the same ones. R4, "RESTful API" (3.1.0).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "fhir/validate.h"
#include "server/fhir_exchange.h"
#include "server/routes.h"
#include "store/store.h"

namespace passerelle::server {

struct Interaction {
  std::string method;                            // GET, POST, PUT, PATCH, DELETE
  std::string type, id;                          // "" = all
  std::string version;                           // of a vread
  std::string compartment_type, compartment_id;  // of a search: only within; "" = everywhere
  std::string operation;                         // "$everything", when a search is one
  bool history = false;                          // GET of versions
  bool metadata = false;                         // GET of the CapabilityStatement
  Pairs query;  // of a search, a history, a conditional update or delete
  std::string if_match, if_none_match, if_modified_since, if_none_exist;
  // Of a create or update; of a PATCH an array (JSON Patch) or Parameters (FHIRPath Patch).
  json::Value resource;
};

// What an interaction comes to.
struct Done {
  int status = 200;
  std::string body;      // JSON of a resource, "" = none
  std::string location;  // "Patient/1/_history/2"
  int64_t version = 0;   // for the ETag; 0 = none
  std::optional<Instant> modified;
  std::vector<fhir::Issue> issues;  // what was wrong, or is to be known
};

// "Patient/1", "Patient?name=x", "Patient/1/_history/2", or the same below the server's own
// address: the address of a bundle's entry.
Result<Interaction> parse_target(const Context& context, std::string_view method,
                                 std::string_view url);

// Subscriptions hold what opens other systems (channel.header): only systems and administrators
// read them.
bool may_read(const Context& context, std::string_view type);

// GET.
Result<Done> perform_read(const Context& context, const Interaction& interaction);
Result<Done> search(const Context& context, const Interaction& interaction);
Result<Done> history(const Context& context, const Interaction& interaction);

// A write in two steps, since the entries of a transaction must all have their ids before any of
// their references can be resolved.
struct Plan {
  std::optional<Done> settled;  // nothing is to be written: this is the answer
  store::Write write;           // filled by prepare_write(), but for type, id and version
  std::string patched;          // of a PATCH: the body that it changes
  std::vector<store::MatchGuard> guards;
  // What it refers to is in the record already, if it is; not so within a transaction.
  bool alone = true;
  std::vector<fhir::Issue> notes;  // of its validation: warnings
};
// Which resource it is about: searches, ids, versions.
Result<Plan> plan_write(const Context& context, const Interaction& interaction);
// Makes the resource of a PATCH, validates and makes it ready; what does not fit or is invalid
// settles the plan with 422.
void prepare_write(const Context& context, json::Document& document, json::Value resource,
                   Plan& plan);
// Whether a commit failed since somebody else was faster, so that planning again may do.
bool is_race(const Plan& plan, const Interaction& interaction, const Error& error);
// After the commit. `back`: whether the resource itself is answered.
Result<Done> finish_write(const Context& context, const Plan& plan,
                          const store::WriteResult& result, Instant updated, bool back);

// Both steps and the commit, again when somebody else was faster.
Result<Done> perform_write(const Context& context, json::Document& document,
                           const Interaction& interaction, bool back);

// A transaction or batch Bundle; the answer is the Bundle of responses.
Result<Done> perform_bundle(const Context& context, json::Document& document);

// What the server offers, generated from its tables.
std::string capability_statement(const Context& context);

// What comes of an interaction as an answer over HTTP; `request` says in which form.
Result<Response> respond(const Context& context, const Request& request, Result<Done> result);

std::string fhir_base(const Context& context);  // "http://127.0.0.1:8080/fhir"
std::string etag(int64_t version);              // W/"2"
Done refused(const Error& error);

// _summary and _elements on one resource, given and answered as JSON text; and whether a request
// has one of them.
bool has_subset(const Pairs& query);
Result<void> check_subset(const Pairs& query);
std::string subset(const std::string& body, const Pairs& query);

}  // namespace passerelle::server
