// Create, update, delete, and their conditional forms.
#include <charconv>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/outcome.h"
#include "fhir/patch.h"
#include "run/indexing.h"
#include "run/records.h"
#include "run/search_parameters.h"
#include "server/audit.h"
#include "server/fhir_interaction.h"
#include "server/fhir_operation.h"
#include "server/profiles.h"
#include "server/secret.h"
#include "server/subscriptions.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

// When somebody else is faster: each time one of those who write at once is done, and there are 64
// workers.
constexpr int write_attempts = 100;

// W/"3" or "3".
Result<int64_t> if_match_version(std::string_view tag) {
  std::string_view text = trim(tag);
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1)
    return Error{ErrorCode::invalid, "If-Match: '" + std::string(tag) + "' names no version", "",
                 "write it as in the ETag: W/\"3\""};
  return number;
}

bool has_case_identifier(json::Value resource) {
  const json::Value identifier = resource["identifier"];
  if (identifier["system"].string() == run::case_system) return true;
  for (const json::Value item : identifier.items())
    if (item["system"].string() == run::case_system) return true;
  return false;
}

Error owned_error(std::string_view name) {
  return Error{ErrorCode::conflict,
               std::string(name) + " belongs to a running case: it changes only as the case moves",
               "", "act on the case: /api/work and /api/cases"};
}

// Work and answers of cases: what the engine wrote, others only read.
Result<void> check_not_owned(const Context& context, const std::string& type,
                             const std::string& id) {
  if (type != "Task" && type != "QuestionnaireResponse") return {};
  const auto current = context.services.store.read(type, id);
  if (!current) return {};
  TRY(const json::Document document, json::Document::parse(current->body));
  if (has_case_identifier(document.root())) return owned_error(type + "/" + id);
  return {};
}

// A case without its patient would be an alert that nobody can call back.
Result<void> check_not_followed(const Context& context, const std::string& type,
                                const std::string& id) {
  if (type != "Patient") return {};
  uint64_t open = 0;
  store::CaseFilter filter;
  filter.status = store::CaseStatus::open;
  filter.patient = id;
  TRY_VOID(context.services.store.scan_cases(filter, [&](const store::CaseRecord& record) {
    open = record.number;
    return false;
  }));
  if (open == 0) return {};
  return Error{ErrorCode::conflict,
               "Patient/" + id + " is followed in case " + std::to_string(open) + ", which is open",
               "", "end the case first"};
}

struct Found {
  std::shared_ptr<const store::Query> query;  // shared: see store::MatchGuard
  std::string id;                             // "" = nothing matches
};

// What a condition finds: nothing or one resource; several are a failed precondition.
Result<Found> find_one(const Context& context, const std::string& type, const Pairs& parameters) {
  TRY(store::Query query,
      store::parse_query(*context.services.search_parameters.catalogue(), type, parameters,
                         {false, context.services.zone, nullptr, fhir_base(context)}));
  if (query.asks_nothing())
    return Error{ErrorCode::invalid, "the condition is empty: it would match every " + type, "",
                 "name search parameters, such as identifier=..."};
  query.set_count(2);
  TRY(const store::SearchPage page, context.services.store.search(query));
  std::vector<const store::Version*> matches;
  for (const store::Match& match : page.matches)
    if (match.mode == store::MatchMode::match) matches.push_back(&match.version);
  if (matches.size() > 1)
    return Error{ErrorCode::precondition,
                 "the condition is met by more than one " + type + ", so nothing was changed", "",
                 "name it so that it is met by one at most"};
  Found found;
  found.query = std::make_shared<const store::Query>(std::move(query));
  if (!matches.empty()) found.id = matches[0]->id;
  return found;
}

Result<void> check_body(const Interaction& asked) {
  const std::string_view type = asked.resource["resourceType"].string();
  if (type == asked.type) return {};
  return Error{ErrorCode::invalid,
               "the body is a '" + std::string(type) + "', the address says " + asked.type,
               "resourceType", "send it to the address of its own type"};
}

Result<Plan> plan_create(const Context& context, const Interaction& asked) {
  TRY_VOID(check_body(asked));
  Plan plan;
  plan.write.type = asked.type;
  plan.write.method = store::Method::create;
  if (!asked.if_none_exist.empty()) {
    std::string_view condition = asked.if_none_exist;
    if (const size_t question = condition.find('?'); question != std::string_view::npos)
      condition.remove_prefix(question + 1);
    TRY(const Pairs parameters, parse_query(condition));
    TRY(const Found found, find_one(context, asked.type, parameters));
    if (!found.id.empty()) {
      TRY(const store::Version version, context.services.store.read(asked.type, found.id));
      Done done;
      done.status = 200;
      done.body = version.body;
      done.version = version.version;
      done.modified = version.updated;
      done.location = asked.type + "/" + found.id + "/_history/" + std::to_string(version.version);
      plan.write.id = found.id;
      plan.settled = std::move(done);
      return plan;
    }
    plan.guards.push_back({found.query, ""});
  }
  plan.write.id = random_uuid(context.now().time_since_epoch().count());
  plan.write.if_version = 0;
  return plan;
}

Result<Plan> plan_update(const Context& context, const Interaction& asked) {
  TRY_VOID(check_body(asked));
  Plan plan;
  plan.write.type = asked.type;
  plan.write.method = store::Method::update;
  const std::string body_id(asked.resource["id"].string());
  if (!asked.id.empty()) {
    if (body_id != asked.id)
      return Error{
          ErrorCode::invalid,
          body_id.empty() ? "the resource has no id" : "the resource's id is '" + body_id + "'",
          asked.type + ".id", "it must be '" + asked.id + "', as in the address"};
    plan.write.id = asked.id;
  } else {
    TRY(const Found found, find_one(context, asked.type, asked.query));
    if (!found.id.empty() && !body_id.empty() && body_id != found.id)
      return Error{ErrorCode::invalid,
                   "the condition finds " + asked.type + "/" + found.id +
                       ", the resource's id is '" + body_id + "'",
                   asked.type + ".id", "leave the id out"};
    plan.guards.push_back({found.query, found.id});
    plan.write.id = !found.id.empty()  ? found.id
                    : !body_id.empty() ? body_id
                                       : random_uuid(context.now().time_since_epoch().count());
    if (found.id.empty()) plan.write.if_version = 0;
  }
  if (!fhir::is_id(plan.write.id))
    return Error{ErrorCode::invalid, "'" + plan.write.id + "' is no id", asked.type + ".id",
                 "use at most 64 letters, digits, '-' and '.'"};
  if (!asked.if_match.empty()) {
    TRY(plan.write.if_version, if_match_version(asked.if_match));
  } else if (trim(asked.if_none_match) == "*") {
    plan.write.if_version = 0;
  }
  TRY_VOID(check_not_owned(context, asked.type, plan.write.id));
  return plan;
}

// The resource that a PATCH or a DELETE is about: by its id, or by a condition that finds one.
Result<void> find_target(const Context& context, const Interaction& asked, Plan& plan) {
  plan.write.type = asked.type;
  plan.write.id = asked.id;
  if (!asked.id.empty()) return {};
  TRY(const Found found, find_one(context, asked.type, asked.query));
  plan.write.id = found.id;
  plan.guards.push_back({found.query, found.id});
  return {};
}

Result<Plan> plan_patch(const Context& context, const Interaction& asked) {
  Plan plan;
  plan.write.method = store::Method::update;
  TRY_VOID(find_target(context, asked, plan));
  if (plan.write.id.empty())
    return Error{ErrorCode::not_found, "the condition is met by no " + asked.type};
  TRY(store::Version current, context.services.store.read(asked.type, plan.write.id));
  plan.write.if_version = current.version;
  plan.patched = std::move(current.body);
  if (!asked.if_match.empty()) {
    TRY(plan.write.if_version, if_match_version(asked.if_match));
  }
  TRY_VOID(check_not_owned(context, asked.type, plan.write.id));
  return plan;
}

Result<Plan> plan_delete(const Context& context, const Interaction& asked) {
  Plan plan;
  plan.write.method = store::Method::erase;
  TRY_VOID(find_target(context, asked, plan));
  if (plan.write.id.empty()) {
    plan.settled = Done{204, {}, {}, 0, {}, {}};
    return plan;
  }
  if (!asked.if_match.empty()) {
    TRY(plan.write.if_version, if_match_version(asked.if_match));
  }
  TRY_VOID(check_not_owned(context, asked.type, plan.write.id));
  TRY_VOID(check_not_followed(context, asked.type, plan.write.id));
  return plan;
}

}  // namespace

Result<Plan> plan_write(const Context& context, const Interaction& asked) {
  if (asked.type.starts_with('$')) return no_such_operation(asked.type);
  if (fhir::definitions().find_resource(asked.type) == fhir::none)
    return Error{ErrorCode::not_found, "'" + asked.type + "' is not a resource type of FHIR R4"};
  if (asked.method == "POST") return plan_create(context, asked);
  if (asked.method == "PUT") return plan_update(context, asked);
  if (asked.method == "PATCH") return plan_patch(context, asked);
  return plan_delete(context, asked);
}

namespace {

Done unprocessable(std::vector<fhir::Issue> issues) {
  Done done;
  done.status = 422;
  done.issues = std::move(issues);
  return done;
}

// What the patch makes of the resource; its id stays. `patch` is in `document`.
Result<json::Value> apply_patch(json::Document& document, json::Value patch, const Plan& plan) {
  TRY(const json::Document current, json::Document::parse(plan.patched));
  const json::Value resource = document.copy(current.root());
  TRY(const json::Value made, patch.is_array() ? fhir::apply_json_patch(document, resource, patch)
                                               : fhir::apply_path_patch(document, resource, patch));
  for (const std::string_view fixed : {"resourceType", "id"})
    if (made[fixed].string() != resource[fixed].string())
      return Error{ErrorCode::conflict, "a patch cannot change the " + std::string(fixed),
                   plan.write.type + "." + std::string(fixed)};
  return made;
}

// A Subscription that nobody could serve is told so when it is written.
std::optional<Done> check_subscription(const Context& context, json::Value resource) {
  if (resource["resourceType"].string() != "Subscription" || resource["status"].string() == "off")
    return std::nullopt;
  const auto served = context.services.subscriptions.check(resource);
  if (served) return std::nullopt;
  if (served.error().code != ErrorCode::invalid) return refused(served.error());
  return unprocessable({fhir::to_issue(served.error())});
}

// So is a SearchParameter that nothing could be found by.
std::optional<Done> check_search_parameter(const Context& context, json::Value resource) {
  if (resource["resourceType"].string() != "SearchParameter") return std::nullopt;
  const auto usable = context.services.search_parameters.check(resource);
  if (usable) return std::nullopt;
  return unprocessable({fhir::to_issue(usable.error())});
}

}  // namespace

void prepare_write(const Context& context, json::Document& document, json::Value resource,
                   Plan& plan) {
  if (plan.settled || plan.write.method == store::Method::erase) return;
  if (!plan.patched.empty()) {
    auto made = apply_patch(document, resource, plan);
    if (!made) {
      // What does not fit the resource as it is: understood, and not to be processed.
      const bool misfit = made.error().code == ErrorCode::conflict;
      plan.settled = misfit ? unprocessable({fhir::to_issue(made.error())}) : refused(made.error());
      return;
    }
    resource = *made;
  }
  if (has_case_identifier(resource) &&
      (plan.write.type == "Task" || plan.write.type == "QuestionnaireResponse")) {
    plan.settled = refused(owned_error("a " + plan.write.type + " of a case"));
    return;
  }
  resource = document.with(resource, "id", document.string(plan.write.id));
  ReferencedResources referenced(context.services.store);
  fhir::ValidateOptions options =
      write_validation(context.services.profiles, plan.alone ? &referenced : nullptr);
  options.expected_type = plan.write.type;
  std::vector<fhir::Issue> issues = fhir::validate(resource, options);
  if (fhir::has_errors(issues)) {
    plan.settled = unprocessable(std::move(issues));
    return;
  }
  plan.notes = std::move(issues);
  auto refusal = check_subscription(context, resource);
  if (!refusal) refusal = check_search_parameter(context, resource);
  if (refusal) {
    plan.settled = std::move(*refusal);
    return;
  }
  const std::string base = fhir_base(context);
  plan.write.body = json::write(resource);
  run::index_write(plan.write, resource,
                   {context.services.zone, base, &context.services.search_parameters});
}

bool is_race(const Plan& plan, const Interaction& asked, const Error& error) {
  if (error.code == ErrorCode::conflict && error.where.empty()) return true;
  // A patch builds on what it has read.
  return error.code == ErrorCode::precondition && !plan.patched.empty() && asked.if_match.empty();
}

Result<Done> finish_write(const Context& context, const Plan& plan,
                          const store::WriteResult& result, Instant updated, bool back) {
  Done done;
  done.version = result.version;
  done.modified = updated;
  if (plan.write.method == store::Method::erase) {
    done.status = 204;
    if (result.version == 0) done.modified.reset();
    return done;
  }
  done.status = result.created ? 201 : 200;
  done.issues = plan.notes;
  done.location =
      plan.write.type + "/" + plan.write.id + "/_history/" + std::to_string(result.version);
  if (back) {
    TRY(store::Version version,
        context.services.store.vread(plan.write.type, plan.write.id, result.version));
    done.body = std::move(version.body);
  }
  return done;
}

Result<Done> perform_write(const Context& context, json::Document& document,
                           const Interaction& asked, bool back) {
  for (int attempt = 1;; ++attempt) {
    TRY(Plan plan, plan_write(context, asked));
    prepare_write(context, document, asked.resource, plan);
    if (plan.settled) return std::move(*plan.settled);
    store::Transaction transaction;
    transaction.at = context.now();
    transaction.guards = plan.guards;
    transaction.rows.push_back(context.services.audit.row_of(
        {context.now(), context.account ? context.account->id : "", context.request.peer,
         asked.method, plan.write.type + "/" + plan.write.id, 200}));
    transaction.writes.push_back(plan.write);
    auto receipt = context.services.store.commit(std::move(transaction));
    if (receipt) return finish_write(context, plan, receipt->writes[0], receipt->updated, back);
    if (!is_race(plan, asked, receipt.error()) || attempt == write_attempts) return receipt.error();
  }
}

}  // namespace passerelle::server
