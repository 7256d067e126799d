// A subscription while a thread sees to it; the inside of Subscriptions.
#pragma once

#include "server/subscriptions.h"

namespace passerelle::server {

// The space of rows in which each keeps where it stands.
inline constexpr std::string_view subscription_space = "subscription";

struct Subscriptions::Work {
  json::Document document;  // the resource
  int64_t version = 0;
  SubscriptionRequest request;
  SubscriptionState state;
  int64_t saved_cursor = 0;
};

}  // namespace passerelle::server
