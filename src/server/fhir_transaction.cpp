// A transaction (R4, "RESTful API": 3.1.0.11.2): its entries get their ids, then their references
// are resolved, then all is validated, then all is committed or nothing.
#include <algorithm>
#include <map>
#include <set>

#include "fhir/reference.h"
#include "run/search_parameters.h"
#include "server/fhir_bundle.h"
#include "server/references.h"
#include "store/search/query.h"

namespace passerelle::server {
namespace {

constexpr int transaction_attempts = 20;  // when somebody else is faster

class TransactionBundle {
 public:
  TransactionBundle(const Context& context, json::Document& document)
      : context_(context), document_(document), time_(context) {}

  Result<void> read(json::Value items) {
    for (size_t i = 0; i < items.size(); ++i) {
      auto entry = read_entry(context_, document_, items[i]);
      if (!entry) return at_entry(entry.error(), i);
      entries_.push_back(std::move(*entry));
    }
    return {};
  }

  // A Done of its own when an entry is refused with issues; else none, and all is committed.
  Result<std::optional<Done>> write() {
    TRY_VOID(plan_all());
    TRY_VOID(know_addresses());
    TRY_VOID(try_reads());
    std::vector<BundleEntry*> changing;
    store::Transaction transaction;
    transaction.at = context_.now();
    for (const size_t i : in_order()) {
      BundleEntry& entry = entries_[i];
      if (entry.plan->settled) continue;
      auto resource = resolve(entry);
      if (!resource) return at_entry(resource.error(), i);
      prepare_write(context_, document_, *resource, *entry.plan);
      if (entry.plan->settled) return std::optional(refusal(std::move(*entry.plan->settled), i));
      for (const auto& guard : entry.plan->guards) transaction.guards.push_back(guard);
      transaction.writes.push_back(entry.plan->write);
      changing.push_back(&entry);
    }
    if (!changing.empty()) {
      transaction.rows.push_back(audit_row(context_, "transaction", changing));
      auto committed = context_.services.store.commit(std::move(transaction));
      if (!committed) {
        raced_ = std::any_of(changing.begin(), changing.end(), [&](const BundleEntry* entry) {
          return is_race(*entry->plan, entry->asked, committed.error());
        });
        return committed.error();
      }
      const store::Receipt& receipt = *committed;
      const bool back = wants_bodies(context_);
      for (size_t k = 0; k < changing.size(); ++k) {
        TRY(changing[k]->done,
            finish_write(context_, *changing[k]->plan, receipt.writes[k], receipt.updated, back));
      }
    }
    for (BundleEntry& entry : entries_)
      if (entry.plan && entry.plan->settled) entry.done = std::move(entry.plan->settled);
    return std::optional<Done>();
  }

  Result<void> read_all() {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (writes(entries_[i].asked)) continue;
      const auto checked = time_.check();
      auto done =
          checked ? perform_read(context_, entries_[i].asked) : Result<Done>(checked.error());
      // The writes are done: of what they took away, or somebody else did just now, the entry
      // tells.
      entries_[i].done = done ? std::move(*done) : refused(at_entry(done.error(), i));
    }
    return {};
  }

  bool raced() const { return raced_; }

  Done response() const { return bundle_answer(context_, "transaction-response", entries_); }

 private:
  // Deletes, then creates, then updates and patches; each kind in the order of the bundle.
  std::vector<size_t> in_order() const {
    static constexpr std::pair<std::string_view, std::string_view> kinds[] = {
        {"DELETE", "DELETE"}, {"POST", "POST"}, {"PUT", "PATCH"}};
    std::vector<size_t> order;
    for (const auto& [one, other] : kinds)
      for (size_t i = 0; i < entries_.size(); ++i)
        if (entries_[i].asked.method == one || entries_[i].asked.method == other)
          order.push_back(i);
    return order;
  }

  Result<void> plan_all() {
    std::set<std::string> conditions;
    for (const size_t i : in_order()) {
      BundleEntry& entry = entries_[i];
      const std::string condition = entry.asked.type + "?" + entry.asked.if_none_exist;
      if (!entry.asked.if_none_exist.empty() && !conditions.insert(condition).second)
        return at_entry(Error{ErrorCode::invalid, "another entry has the same ifNoneExist", "",
                              "create it once and refer to that entry"},
                        i);
      if (searches(entry.asked)) {
        if (const auto checked = time_.check(); !checked) return at_entry(checked.error(), i);
      }
      auto plan = plan_write(context_, entry.asked);
      if (!plan) return at_entry(plan.error(), i);
      entry.plan = std::move(*plan);
      entry.plan->alone = false;
    }
    return {};
  }

  // All or nothing holds for reads too (3.1.0.11.1): one that cannot be answered is known before
  // anything is written, unless it is of what the others write.
  Result<void> try_reads() {
    std::set<std::string> written;
    for (const BundleEntry& entry : entries_)
      if (entry.plan) written.insert(entry.plan->write.type + "/" + entry.plan->write.id);
    for (size_t i = 0; i < entries_.size(); ++i) {
      const Interaction& asked = entries_[i].asked;
      if (writes(asked) || written.contains(asked.type + "/" + asked.id)) continue;
      if (const auto checked = time_.check(); !checked) return at_entry(checked.error(), i);
      if (const auto done = perform_read(context_, asked); !done) return at_entry(done.error(), i);
    }
    return {};
  }

  Result<void> know_addresses() {
    addresses_.clear();
    for (size_t i = 0; i < entries_.size(); ++i) {
      const BundleEntry& entry = entries_[i];
      if (entry.full_url.empty() || !entry.plan || entry.asked.method == "DELETE") continue;
      const std::string address = entry.plan->write.type + "/" + entry.plan->write.id;
      if (!addresses_.emplace(entry.full_url, address).second)
        return at_entry(Error{ErrorCode::invalid,
                              "another entry has the same fullUrl '" + entry.full_url + "'"},
                        i);
    }
    return {};
  }

  Result<json::Value> resolve(const BundleEntry& entry) {
    if (entry.asked.method == "DELETE") return json::Value();
    // "Patient/1" in a resource of http://example.org/fhir means that server's (R4, "Bundle",
    // 2.36.4).
    const fhir::ReferenceParts own = fhir::parse_reference(entry.full_url);
    const std::string base = own.form == fhir::ReferenceForm::absolute && !own.base.empty()
                                 ? std::string(own.base) + "/"
                                 : "";
    return resolve_references(document_, entry.asked.resource,
                              [&](std::string_view text) { return resolve_one(text, base); });
  }

  Result<std::optional<std::string>> resolve_one(std::string_view text, const std::string& base) {
    if (const auto found = addresses_.find(text); found != addresses_.end())
      return std::optional(found->second);
    const fhir::ReferenceParts parts = fhir::parse_reference(text);
    switch (parts.form) {
      case fhir::ReferenceForm::local: {
        if (base.empty()) break;
        const auto found = addresses_.find(base + std::string(text));
        if (found != addresses_.end()) return std::optional(found->second);
        break;
      }
      case fhir::ReferenceForm::urn:
        if (text.starts_with("urn:uuid:"))
          return Error{ErrorCode::invalid,
                       "it refers to " + std::string(text) + ", which no entry has as its fullUrl"};
        break;
      case fhir::ReferenceForm::conditional:
        return find_conditional(text);
      case fhir::ReferenceForm::malformed:
      case fhir::ReferenceForm::absolute:
      case fhir::ReferenceForm::contained:
        break;
    }
    return std::optional<std::string>();
  }

  Result<std::optional<std::string>> find_conditional(std::string_view text) {
    const auto known = conditional_.find(text);
    if (known != conditional_.end()) return std::optional(known->second);
    TRY_VOID(time_.check());
    const size_t question = text.find('?');
    const std::string type(text.substr(0, question));
    TRY(const Pairs parameters, parse_query(text.substr(question + 1)));
    TRY(store::Query query,
        store::parse_query(*context_.services.search_parameters.catalogue(), type, parameters,
                           {false, context_.services.zone, nullptr, fhir_base(context_)}));
    if (query.asks_nothing())
      return Error{ErrorCode::invalid,
                   "the reference '" + std::string(text) + "' would match every " + type};
    query.set_count(2);
    TRY(const store::SearchPage page, context_.services.store.search(query));
    if (page.matches.size() != 1)
      return Error{ErrorCode::precondition,
                   std::string(page.matches.empty() ? "nothing" : "more than one resource") +
                       " is found by the reference '" + std::string(text) + "'"};
    std::string address = type + "/" + page.matches[0].version.id;
    conditional_.emplace(text, address);
    return std::optional(std::move(address));
  }

  static Done refusal(Done done, size_t index) {
    for (fhir::Issue& issue : done.issues) {
      const std::string inside = issue.expression;
      const size_t dot = inside.find('.');
      issue.expression =
          place_of(index) + ".resource" + (dot == std::string::npos ? "" : inside.substr(dot));
    }
    return done;
  }

  const Context& context_;
  json::Document& document_;
  const SearchTime time_;
  std::vector<BundleEntry> entries_;
  std::map<std::string, std::string, std::less<>> addresses_;    // fullUrl -> "Type/id"
  std::map<std::string, std::string, std::less<>> conditional_;  // "Type?..." -> "Type/id"
  bool raced_ = false;
};

}  // namespace

Result<Done> perform_transaction(const Context& context, json::Document& document,
                                 json::Value items) {
  for (int attempt = 1;; ++attempt) {
    TransactionBundle bundle(context, document);
    TRY_VOID(bundle.read(items));
    auto refusal = bundle.write();
    if (refusal) {
      if (*refusal) return std::move(**refusal);
      TRY_VOID(bundle.read_all());
      return bundle.response();
    }
    if (!bundle.raced() || attempt == transaction_attempts) return refusal.error();
  }
}

}  // namespace passerelle::server
