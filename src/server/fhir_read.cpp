// Read, vread, history.
#include <charconv>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/outcome.h"
#include "fhir/search_range.h"
#include "server/fhir_interaction.h"
#include "server/fhir_operation.h"

namespace passerelle::server {
namespace {

constexpr size_t most_versions = 1000;

Done of_version(const store::Version& version) {
  Done done;
  done.body = version.body;
  done.version = version.version;
  done.modified = version.updated;
  return done;
}

Result<int64_t> whole_number(std::string_view text, std::string_view name) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0)
    return Error{ErrorCode::invalid, "'" + std::string(text) + "' is no whole number",
                 std::string(name)};
  return number;
}

// The version that an ETag names: W/"3", "3" or 3; 0 when it names none of ours.
int64_t version_of(std::string_view tag) {
  tag = trim(tag);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
    tag = tag.substr(1, tag.size() - 2);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), number);
  return error == std::errc() && end == tag.data() + tag.size() ? number : 0;
}

bool unchanged(const Interaction& asked, const Done& done) {
  if (!asked.if_none_match.empty()) {
    for (const std::string_view tag : split(asked.if_none_match, ','))
      if (trim(tag) == "*" || version_of(tag) == done.version) return true;
    return false;
  }
  auto since = parse_http_date(asked.if_modified_since);
  // In a Bundle it is an instant.
  if (!since && !asked.if_modified_since.empty())
    if (const auto instant = parse_instant(asked.if_modified_since)) since = *instant;
  // HTTP knows whole seconds only.
  return since && done.modified &&
         std::chrono::floor<std::chrono::seconds>(*done.modified) <= *since;
}

std::string_view method_name(store::Method method) {
  switch (method) {
    case store::Method::create:
      return "POST";
    case store::Method::update:
      return "PUT";
    case store::Method::erase:
      return "DELETE";
  }
  return "";
}

void add_history_entry(std::string& out, const std::string& base, const store::Version& version,
                       const Pairs& query) {
  const std::string address = version.type + "/" + version.id;
  out += "{\"fullUrl\":" + json::quote(base + "/" + address);
  if (!version.deleted())
    out += ",\"resource\":" + (has_subset(query) ? subset(version.body, query) : version.body);
  const bool post = version.method == store::Method::create;
  out += ",\"request\":{\"method\":\"" + std::string(method_name(version.method)) +
         "\",\"url\":" + json::quote(post ? version.type : address) + "}";
  out += std::string(",\"response\":{\"status\":\"") +
         (version.deleted()      ? "204"
          : version.version == 1 ? "201"
                                 : "200") +
         "\",\"etag\":" + json::quote(etag(version.version)) + ",\"lastModified\":\"" +
         format_instant(version.updated) + "\"}}";
}

struct HistoryAsked {
  store::HistoryRequest request;
  Pairs kept;  // for the links
};

Result<store::HistoryRequest::During> read_at(const Context& context, const std::string& value) {
  const auto range = fhir::date_range(value, context.services.zone);
  if (!range) {
    Error error = range.error();
    error.where = "_at";
    return error;
  }
  return store::HistoryRequest::During{Instant(Millis(range->first)), Instant(Millis(range->last))};
}

Result<HistoryAsked> read_history_parameters(const Context& context, const Interaction& asked) {
  HistoryAsked result;
  result.request.type = asked.type;
  result.request.id = asked.id;
  for (const auto& [name, value] : asked.query) {
    if (name == "_count") {
      TRY(const int64_t count, whole_number(value, name));
      result.request.count = std::min(static_cast<size_t>(count), most_versions);
      result.kept.emplace_back(name, value);
    } else if (name == "_since") {
      TRY(result.request.since, parse_instant(value));
      result.kept.emplace_back(name, value);
    } else if (name == "_at") {
      TRY(result.request.during, read_at(context, value));
      result.kept.emplace_back(name, value);
    } else if (name == "_before") {
      TRY(result.request.before, whole_number(value, name));
    } else if (name == "_format" || name == "_pretty" || name == "_summary" ||
               name == "_elements") {
      result.kept.emplace_back(name, value);
    } else {
      return Error{ErrorCode::invalid, "a history has no parameter '" + name + "'", name,
                   "_count, _since, _at, _summary and _elements are offered"};
    }
  }
  return result;
}

std::string with_query(std::string address, const Pairs& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    address += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return address;
}

}  // namespace

std::string fhir_base(const Context& context) { return context.services.base_url + "/fhir"; }
std::string etag(int64_t version) { return "W/\"" + std::to_string(version) + "\""; }

Done refused(const Error& error) {
  Done done;
  done.status = fhir_status(error);
  done.issues.push_back(fhir::to_issue(error));
  return done;
}

bool may_read(const Context& context, std::string_view type) {
  if (type != "Subscription") return true;
  return context.account != nullptr &&
         (context.account->is_admin() || context.account->has_role(system_role));
}

Result<Done> history(const Context& context, const Interaction& asked) {
  TRY_VOID(check_subset(asked.query));
  TRY(HistoryAsked parameters, read_history_parameters(context, asked));
  // Of that type alone it was refused before.
  if (!may_read(context, "Subscription")) parameters.request.without = "Subscription";
  TRY(store::HistoryPage page, context.services.store.history(parameters.request));
  if (!asked.id.empty() && page.total == 0)
    return Error{ErrorCode::not_found, asked.type + "/" + asked.id + " was never here"};
  const std::string base = fhir_base(context);
  std::string address = base;
  if (!asked.type.empty()) address += "/" + asked.type;
  if (!asked.id.empty()) address += "/" + asked.id;
  address += "/_history";

  Done done;
  std::string& out = done.body;
  out = "{\"resourceType\":\"Bundle\",\"type\":\"history\"";
  // Of all versions; how many of them are from then on is not counted.
  if (!parameters.request.since && !parameters.request.during)
    out += ",\"total\":" + std::to_string(page.total);
  out += ",\"link\":[{\"relation\":\"self\",\"url\":" +
         json::quote(with_query(address, parameters.kept)) + "}";
  if (page.next != 0) {
    Pairs next = parameters.kept;
    next.emplace_back("_before", std::to_string(page.next));
    out += ",{\"relation\":\"next\",\"url\":" + json::quote(with_query(address, next)) + "}";
  }
  out += "]";
  if (!page.versions.empty()) {
    out += ",\"entry\":[";
    bool first = true;
    for (const store::Version& version : page.versions) {
      if (!first) out += ',';
      first = false;
      add_history_entry(out, base, version, asked.query);
    }
    out += "]";
  }
  out += "}";
  return done;
}

Result<Done> perform_read(const Context& context, const Interaction& asked) {
  if (asked.metadata) {
    Done done;
    done.body = capability_statement(context);
    if (has_subset(asked.query)) done.body = subset(done.body, asked.query);
    return done;
  }
  if (asked.type.starts_with('$')) return no_such_operation(asked.type);
  if (asked.id.starts_with('$')) return no_such_operation(asked.id);
  if (!asked.type.empty() && fhir::definitions().find_resource(asked.type) == fhir::none)
    return Error{ErrorCode::not_found, "'" + asked.type + "' is not a resource type of FHIR R4"};
  if (!may_read(context, asked.type))
    return Error{ErrorCode::forbidden,
                 "a " + asked.type + " is read by systems and administrators"};
  if (asked.history) return history(context, asked);
  if (asked.id.empty()) return search(context, asked);
  TRY_VOID(check_subset(asked.query));
  for (const auto& [name, value] : asked.query)
    if (name != "_format" && name != "_pretty" && name != "_summary" && name != "_elements" &&
        !prefer(context.request).lenient)
      return Error{ErrorCode::invalid, "a read has no parameter '" + name + "'", name,
                   "_summary, _elements, _format and _pretty are offered"};
  Done done;
  if (asked.version.empty()) {
    TRY(const store::Version version, context.services.store.read(asked.type, asked.id));
    done = of_version(version);
  } else {
    const auto number = whole_number(asked.version, "");
    if (!number || *number == 0)
      return Error{ErrorCode::not_found, "'" + asked.version + "' is no version of this server"};
    TRY(const store::Version version, context.services.store.vread(asked.type, asked.id, *number));
    if (version.deleted())
      return Error{ErrorCode::gone,
                   asked.type + "/" + asked.id + " was deleted in version " + asked.version};
    done = of_version(version);
  }
  if (unchanged(asked, done)) {
    done.status = 304;
    done.body.clear();
    return done;
  }
  if (has_subset(asked.query)) done.body = subset(done.body, asked.query);
  return done;
}

}  // namespace passerelle::server
