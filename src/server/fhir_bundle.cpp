// Bundles sent to /fhir itself (R4, "RESTful API": 3.1.0.11); and batches: bags of interactions
// that succeed and fail one by one.
#include "server/fhir_bundle.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "base/base64.h"
#include "base/text.h"
#include "fhir/outcome.h"
#include "server/audit.h"
#include "server/errors.h"

namespace passerelle::server {

std::string place_of(size_t index) { return "Bundle.entry[" + std::to_string(index) + "]"; }

// What was wrong with one entry, for the answer of the whole.
Error at_entry(Error error, size_t index) {
  if (!error.where.empty() && error.where != "Content-Type" && error.where != "Accept")
    error.message = error.where + ": " + error.message;
  error.where = place_of(index);
  return error;
}

namespace {

// A JSON Patch travels in a Binary, since it is no resource (R4, "RESTful API": 3.1.0.11.3).
Result<json::Value> read_patch_entry(json::Document& document, json::Value resource) {
  const std::string_view type = resource["resourceType"].string();
  if (type == "Parameters") return resource;
  if (type != "Binary" || resource["contentType"].string() != "application/json-patch+json")
    return Error{ErrorCode::invalid, "the entry's resource is no patch", "",
                 "send Parameters, or a Binary of the contentType application/json-patch+json"};
  const auto text = from_base64(resource["data"].string());
  if (!text) return Error{ErrorCode::invalid, "the data of the Binary is no base64"};
  TRY(const json::Document patch, json::Document::parse(*text));
  if (!patch.root().is_array())
    return Error{ErrorCode::invalid, "a JSON Patch is an array of operations"};
  return document.copy(patch.root());
}

}  // namespace

Result<BundleEntry> read_entry(const Context& context, json::Document& document, json::Value item) {
  const json::Value request = item["request"];
  const std::string_view method = request["method"].string();
  static constexpr std::array known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  if (std::find(known.begin(), known.end(), method) == known.end())
    return Error{ErrorCode::invalid,
                 method.empty() ? "the entry has no request.method"
                                : "the method '" + std::string(method) + "' is not offered here",
                 "", "use GET, POST, PUT, PATCH or DELETE"};
  if (!request["url"].is_string()) return Error{ErrorCode::invalid, "the entry has no request.url"};
  BundleEntry entry;
  TRY(entry.asked,
      parse_target(context, method == "HEAD" ? "GET" : method, request["url"].string()));
  entry.full_url = std::string(item["fullUrl"].string());
  entry.asked.if_match = std::string(request["ifMatch"].string());
  entry.asked.if_none_match = std::string(request["ifNoneMatch"].string());
  entry.asked.if_modified_since = std::string(request["ifModifiedSince"].string());
  entry.asked.if_none_exist = std::string(request["ifNoneExist"].string());
  entry.asked.resource = item["resource"];
  const bool needs = method == "POST" || method == "PUT" || method == "PATCH";
  if (needs && !entry.asked.resource["resourceType"].is_string())
    return Error{ErrorCode::invalid, "the entry has no resource"};
  if (method == "POST" && (entry.asked.type.empty() || !entry.asked.id.empty()))
    return Error{ErrorCode::invalid,
                 "POST goes to a type, not to '" + std::string(request["url"].string()) + "'"};
  if (method == "PATCH") {
    TRY(entry.asked.resource, read_patch_entry(document, entry.asked.resource));
  }
  if (writes(entry.asked) && entry.asked.type.empty())
    return Error{ErrorCode::invalid, std::string(method) + " needs a resource's address"};
  return entry;
}

namespace {

std::string_view reason_of(int status) {
  struct Row {
    int status;
    std::string_view reason;
  };
  static constexpr std::array rows = {
      Row{200, "OK"},
      Row{201, "Created"},
      Row{204, "No Content"},
      Row{304, "Not Modified"},
      Row{400, "Bad Request"},
      Row{404, "Not Found"},
      Row{409, "Conflict"},
      Row{410, "Gone"},
      Row{412, "Precondition Failed"},
      Row{413, "Content Too Large"},
      Row{422, "Unprocessable Entity"},
  };
  for (const Row& row : rows)
    if (row.status == status) return row.reason;
  return "";
}

void add_response(std::string& out, const std::string& base, const BundleEntry& entry) {
  const Done& done = *entry.done;
  out += "{";
  if (!done.location.empty())
    out += "\"fullUrl\":" +
           json::quote(base + "/" + done.location.substr(0, done.location.find("/_history"))) + ",";
  if (!done.body.empty()) out += "\"resource\":" + done.body + ",";
  const std::string_view reason = reason_of(done.status);
  out += "\"response\":{\"status\":\"" + std::to_string(done.status) +
         (reason.empty() ? "" : " " + std::string(reason)) + "\"";
  if (!done.location.empty()) out += ",\"location\":" + json::quote(done.location);
  if (done.version > 0) out += ",\"etag\":" + json::quote(etag(done.version));
  if (done.modified) out += ",\"lastModified\":\"" + format_instant(*done.modified) + "\"";
  if (!done.issues.empty()) {
    json::Document document;
    out += ",\"outcome\":" + json::write(fhir::make_outcome(document, done.issues));
  }
  out += "}}";
}

}  // namespace

Done bundle_answer(const Context& context, std::string_view type,
                   const std::vector<BundleEntry>& entries) {
  Done done;
  done.body = "{\"resourceType\":\"Bundle\",\"type\":\"" + std::string(type) + "\"";
  if (!entries.empty()) {
    done.body += ",\"entry\":[";
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) done.body += ',';
      add_response(done.body, fhir_base(context), entries[i]);
    }
    done.body += "]";
  }
  done.body += "}";
  return done;
}

SearchTime::SearchTime(const Context& context) : most_(context.services.bundle_time) {}

Result<void> SearchTime::check() const {
  if (std::chrono::steady_clock::now() - begin_ < most_) return {};
  return Error{ErrorCode::too_costly,
               "the searches of this Bundle take longer than all of one may together, " +
                   std::to_string(std::chrono::duration_cast<std::chrono::seconds>(most_).count()) +
                   " s",
               "", "send several Bundles"};
}

bool wants_bodies(const Context& context) {
  return context.request.header("prefer").find("return=representation") != std::string_view::npos;
}

store::RowWrite audit_row(const Context& context, const std::string& action,
                          const std::vector<BundleEntry*>& entries) {
  std::string target;
  for (const BundleEntry* entry : entries)
    target += (target.empty() ? "" : " ") + entry->asked.method + ":" + entry->plan->write.type +
              "/" + entry->plan->write.id;
  return context.services.audit.row_of({context.now(), context.account ? context.account->id : "",
                                        context.request.peer, action, target, 200});
}

namespace {

// The writes of a batch share the syncs of the disk: all are submitted, then waited for.
class Together {
 public:
  void submit(store::Store& store, store::Transaction transaction,
              std::optional<Result<store::Receipt>>& slot) {
    {
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    store.submit(std::move(transaction), [this, &slot](Result<store::Receipt> receipt) {
      const std::lock_guard lock(mutex_);
      slot.emplace(std::move(receipt));
      if (--open_ == 0) done_.notify_all();
    });
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  int open_ = 0;
};

void plan_batch_entry(const Context& context, json::Document& document, const SearchTime& time,
                      BundleEntry& entry) {
  const auto checked = searches(entry.asked) ? time.check() : Result<void>();
  auto plan = checked ? plan_write(context, entry.asked) : Result<Plan>(checked.error());
  if (!plan) {
    entry.done = refused(plan.error());
    return;
  }
  prepare_write(context, document, entry.asked.resource, *plan);
  if (plan->settled) {
    entry.done = std::move(*plan->settled);
  } else {
    entry.plan = std::move(*plan);
  }
}

Result<Done> perform_batch(const Context& context, json::Document& document, json::Value items) {
  std::vector<BundleEntry> entries(items.size());
  std::vector<std::optional<Result<store::Receipt>>> receipts(items.size());
  Together together;
  const SearchTime time(context);
  for (size_t i = 0; i < entries.size(); ++i) {
    auto entry = read_entry(context, document, items[i]);
    if (!entry) {
      entries[i].done = refused(at_entry(entry.error(), i));
      continue;
    }
    entries[i] = std::move(*entry);
    if (!writes(entries[i].asked)) continue;
    plan_batch_entry(context, document, time, entries[i]);
    if (!entries[i].plan) continue;
    store::Transaction transaction;
    transaction.at = context.now();
    transaction.guards = entries[i].plan->guards;
    transaction.writes.push_back(entries[i].plan->write);
    transaction.rows.push_back(audit_row(context, "batch", {&entries[i]}));
    together.submit(context.services.store, std::move(transaction), receipts[i]);
  }
  together.wait();
  const bool back = wants_bodies(context);
  for (size_t i = 0; i < entries.size(); ++i) {
    BundleEntry& entry = entries[i];
    if (entry.done) continue;
    Result<Done> done = Error{};
    if (!entry.plan) {
      const auto checked = time.check();
      done = checked ? perform_read(context, entry.asked) : Result<Done>(checked.error());
    } else if (*receipts[i]) {
      done = finish_write(context, *entry.plan, (*receipts[i])->writes[0], (*receipts[i])->updated,
                          back);
    } else if (is_race(*entry.plan, entry.asked, receipts[i]->error())) {
      done = perform_write(context, document, entry.asked, back);
    } else {
      done = receipts[i]->error();
    }
    entry.done = done ? std::move(*done) : refused(done.error());
  }
  return bundle_answer(context, "batch-response", entries);
}

}  // namespace

Result<Done> perform_bundle(const Context& context, json::Document& document) {
  const json::Value bundle = document.root();
  if (bundle["resourceType"].string() != "Bundle")
    return Error{ErrorCode::invalid, "only a Bundle can be sent to /fhir itself", "",
                 "send a resource to the address of its type, such as /fhir/Patient"};
  const json::Value items = bundle["entry"];
  if (items.exists() && !items.is_array())
    return Error{ErrorCode::invalid, "entry must be an array", "Bundle.entry"};
  const std::string_view type = bundle["type"].string();
  if (type == "batch") return perform_batch(context, document, items);
  if (type == "transaction") return perform_transaction(context, document, items);
  return Error{ErrorCode::invalid, "a Bundle of the type '" + std::string(type) + "' is not run",
               "Bundle.type", "send a transaction or a batch"};
}

}  // namespace passerelle::server
