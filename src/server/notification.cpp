#include "server/notification.h"

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/xml.h"
#include "server/fhir_exchange.h"
#include "server/http.h"
#include "server/secret.h"

namespace passerelle::server {
namespace {

constexpr std::string_view backport =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

json::Value extension(json::Value holder, std::string_view name) {
  for (const json::Value one : holder["extension"].items())
    if (one["url"].string() == std::string(backport) + std::string(name)) return one;
  return {};
}

Result<Criterion> read_criterion(std::string_view text, const store::ParseOptions& options,
                                 const store::SearchCatalogue& catalogue, std::string_view where) {
  const auto bad = [&](Error error) {
    error.where = std::string(where);
    return error;
  };
  if (text.starts_with('/')) text.remove_prefix(1);
  const size_t question = text.find('?');
  Criterion made;
  made.type = std::string(text.substr(0, question));
  if (fhir::definitions().find_resource(made.type) == fhir::none)
    return bad({ErrorCode::invalid, passerelle::quoted(made.type) + " is not a resource type", "",
                "write a search, such as Observation?code=8867-4"});
  const std::string_view search = question == text.npos ? "" : text.substr(question + 1);
  auto pairs = parse_query(search);
  if (!pairs) return bad(pairs.error());
  auto query = store::parse_query(catalogue, made.type, *pairs, options);
  if (!query) return bad(query.error());
  made.query = std::move(*query);
  made.plain = pairs->empty();
  return made;
}

Result<Payload> read_payload(json::Value channel) {
  const std::string_view code =
      extension(channel["_payload"], "backport-payload-content")["valueCode"].string();
  if (code == "empty") return Payload::empty;
  if (code == "id-only" || code.empty()) return Payload::id_only;
  if (code == "full-resource") return Payload::full;
  return Error{ErrorCode::invalid, quoted(code) + " is no content of a payload",
               "Subscription.channel.payload", "use empty, id-only or full-resource"};
}

Result<void> read_topic(json::Value resource, const store::ParseOptions& options,
                        const store::SearchCatalogue& catalogue, SubscriptionRequest& request) {
  for (const json::Value one : resource["_criteria"]["extension"].items()) {
    if (one["url"].string() != std::string(backport) + "backport-filter-criteria") continue;
    TRY(Criterion made,
        read_criterion(one["valueString"].string(), options, catalogue, "Subscription.criteria"));
    request.criteria.push_back(std::move(made));
  }
  if (request.criteria.empty())
    return Error{ErrorCode::invalid, "the subscription does not say of which resources",
                 "Subscription.criteria",
                 "give at least one backport-filter-criteria, such as Observation?code=8867-4"};
  TRY(request.payload, read_payload(resource["channel"]));
  const json::Value period =
      extension(resource["channel"], "backport-heartbeat-period")["valueUnsignedInt"];
  const auto seconds = period.integer();
  if (seconds && *seconds > 0) request.heartbeat = std::chrono::seconds(*seconds);
  return {};
}

std::string_view name_of(NotificationType type) {
  switch (type) {
    case NotificationType::handshake:
      return "handshake";
    case NotificationType::heartbeat:
      return "heartbeat";
    case NotificationType::event:
      return "event-notification";
    case NotificationType::query:
      return "query-status";
  }
  return "";
}

std::string_view method_of(const store::Version& version) {
  return version.deleted()                                                 ? "DELETE"
         : version.method == store::Method::create || version.version == 1 ? "POST"
                                                                           : "PUT";
}

std::string parameter(std::string_view name, std::string_view type, std::string_view value) {
  return "{\"name\":" + json::quote(name) + ",\"value" + std::string(type) +
         "\":" + json::quote(value) + "}";
}

std::string reference(std::string_view name, std::string_view address) {
  return "{\"name\":" + json::quote(name) +
         ",\"valueReference\":{\"reference\":" + json::quote(address) + "}}";
}

std::string change_entry(const SubscriptionRequest& request, const store::Version& change,
                         const std::string& base_url) {
  const std::string address = change.type + "/" + change.id;
  std::string out = "{\"fullUrl\":" + json::quote(base_url + "/fhir/" + address);
  if (request.payload == Payload::full && !change.deleted()) out += ",\"resource\":" + change.body;
  const std::string_view method = method_of(change);
  out += ",\"request\":{\"method\":\"" + std::string(method) +
         "\",\"url\":" + json::quote(method == "POST" ? change.type : address) + "}";
  return out + ",\"response\":{\"status\":\"" +
         (change.deleted()   ? "204"
          : method == "POST" ? "201"
                             : "200") +
         "\"}}";
}

}  // namespace

Result<SubscriptionRequest> read_subscription(json::Value resource,
                                              const store::ParseOptions& options,
                                              const store::SearchCatalogue& catalogue) {
  SubscriptionRequest request;
  request.id = std::string(resource["id"].string());
  request.status = std::string(resource["status"].string());
  const json::Value channel = resource["channel"];
  if (channel["type"].string() != "rest-hook")
    return Error{ErrorCode::unsupported,
                 "channels of the type " + quoted(channel["type"].string()) + " are not offered",
                 "Subscription.channel.type", "use rest-hook"};
  request.endpoint = std::string(channel["endpoint"].string());
  for (const json::Value header : channel["header"].items())
    request.headers.emplace_back(header.string());
  for (const std::string& header : request.headers)
    if (header.find(':') == header.npos || header.find_first_of("\r\n") != header.npos)
      return Error{ErrorCode::invalid, "a header of the channel is none",
                   "Subscription.channel.header", "write it as 'Name: value'"};
  request.content_type = std::string(channel["payload"].string());
  if (!request.content_type.empty() && !format_of(request.content_type))
    return Error{
        ErrorCode::unsupported,
        "payloads of the type " + passerelle::quoted(request.content_type) + " are not offered",
        "Subscription.channel.payload",
        "use application/fhir+json or application/fhir+xml, or none"};
  if (const json::Value end = resource["end"]; end.exists()) {
    TRY(request.end, parse_instant(end.string()));
  }
  const std::string_view criteria = resource["criteria"].string();
  if (criteria == changed_topic) {
    request.topic = std::string(criteria);
    TRY_VOID(read_topic(resource, options, catalogue, request));
    return request;
  }
  if (criteria.starts_with("urn:") || criteria.starts_with("http:") ||
      criteria.starts_with("https:"))
    return Error{ErrorCode::unsupported, "there is no topic " + quoted(criteria),
                 "Subscription.criteria", "the topic here is " + std::string(changed_topic)};
  TRY(Criterion made, read_criterion(criteria, options, catalogue, "Subscription.criteria"));
  request.criteria.push_back(std::move(made));
  return request;
}

Result<Notification> hook_notification(const SubscriptionRequest& request,
                                       const store::Version& version) {
  Notification made{"POST", request.endpoint, "", ""};
  // An id that a path takes for "here" or "up" would write elsewhere: only the news is sent.
  if (request.content_type.empty() || version.id == "." || version.id == "..") return made;
  // With a payload the endpoint is written to like a FHIR server.
  made.method = "PUT";
  if (!made.url.ends_with('/')) made.url += '/';
  made.url += version.type + "/" + version.id;
  made.content_type = request.content_type;
  made.body = version.body;
  if (format_of(request.content_type) == Format::json) return made;
  TRY(const json::Document document, json::Document::parse(version.body));
  TRY(made.body, fhir::write_xml(document.root(), false));
  return made;
}

std::string status_parameters(const SubscriptionRequest& request, NotificationType type,
                              int64_t events, const store::Version* change,
                              const std::string& base_url) {
  std::string out = "{\"resourceType\":\"Parameters\",\"meta\":{\"profile\":[\"" +
                    std::string(backport) + "backport-subscription-status-r4\"]},\"parameter\":[" +
                    reference("subscription", base_url + "/fhir/Subscription/" + request.id);
  if (!request.topic.empty() && request.payload != Payload::empty)
    out += "," + parameter("topic", "Canonical", request.topic);
  out += "," + parameter("status", "Code", request.status) + "," +
         parameter("type", "Code", name_of(type)) + "," +
         parameter("events-since-subscription-start", "String", std::to_string(events));
  if (change != nullptr) {
    out += ",{\"name\":\"notification-event\",\"part\":[" +
           parameter("event-number", "String", std::to_string(events)) + "," +
           parameter("timestamp", "Instant", format_instant(change->updated));
    if (request.payload != Payload::empty)
      out += "," + reference("focus", base_url + "/fhir/" + change->type + "/" + change->id);
    out += "]}";
  }
  return out + "]}";
}

Notification topic_notification(const SubscriptionRequest& request, NotificationType type,
                                int64_t events, const store::Version* change, Instant now,
                                const std::string& base_url) {
  Notification made{"POST", request.endpoint, "", "application/fhir+json"};
  const int64_t millis = now.time_since_epoch().count();
  made.body = "{\"resourceType\":\"Bundle\",\"id\":\"" + random_uuid(millis) +
              "\",\"meta\":{\"profile\":[\"" + std::string(backport) +
              "backport-subscription-notification-r4\"]},\"type\":\"history\",\"timestamp\":\"" +
              format_instant(now) + "\",\"entry\":[{\"fullUrl\":\"urn:uuid:" + random_uuid(millis) +
              "\",\"resource\":" + status_parameters(request, type, events, change, base_url) +
              ",\"request\":{\"method\":\"GET\",\"url\":" +
              json::quote(base_url + "/fhir/Subscription/" + request.id + "/$status") +
              "},\"response\":{\"status\":\"200\"}}";
  if (change != nullptr && request.payload != Payload::empty)
    made.body += "," + change_entry(request, *change, base_url);
  made.body += "]}";
  return made;
}

}  // namespace passerelle::server
