// What a Subscription asks for, read from its resource, and the messages that are sent to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"
#include "store/search/query.h"
#include "store/store.h"

namespace passerelle::server {

// The one topic there is: a resource was created, updated or deleted.
inline constexpr std::string_view changed_topic = "urn:passerelle:topic:resource-changed";

enum class Payload : uint8_t { empty, id_only, full };

struct Criterion {
  std::string type;
  store::Query query;
  bool plain = false;  // without parameters: every resource of the type
};

struct SubscriptionRequest {
  std::string id, status, endpoint;
  std::string topic;  // "" = R4's own kind
  std::vector<Criterion> criteria;
  std::vector<std::string> headers;  // "Name: value"
  std::string content_type;          // R4: "" = nothing is sent but the news itself
  Payload payload = Payload::full;   // of a topic
  std::optional<Millis> heartbeat;   // of a topic
  std::optional<Instant> end;
};

// Errors name the element and say what would do.
Result<SubscriptionRequest> read_subscription(
    json::Value resource, const store::ParseOptions& options,
    const store::SearchCatalogue& catalogue = store::fhir_catalogue());

struct Notification {
  std::string method, url, body, content_type;
};

// What tells of a change by R4's rest-hook.
Result<Notification> hook_notification(const SubscriptionRequest& request,
                                       const store::Version& version);

enum class NotificationType : uint8_t { handshake, heartbeat, event, query };

// The Bundle of a topic-based notification; `change` null unless it tells of an event.
Notification topic_notification(const SubscriptionRequest& request, NotificationType type,
                                int64_t events, const store::Version* change, Instant now,
                                const std::string& base_url);
// The Parameters in it, for $status too.
std::string status_parameters(const SubscriptionRequest& request, NotificationType type,
                              int64_t events, const store::Version* change,
                              const std::string& base_url);

}  // namespace passerelle::server
