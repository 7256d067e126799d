// GET /api/changes: server-sent events (HTML standard, section 9.2) of what is written.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "fhir/definitions.h"
#include "server/change_feed.h"
#include "server/route_tables.h"
#include "server/server_clock.h"
#include "store/store.h"

namespace passerelle::server {
namespace {

constexpr Millis beat = std::chrono::seconds(15);  // so that proxies keep the connection
constexpr Millis look_at_session = std::chrono::seconds(30);

// One watcher's place in the feed.
class Watch {
 public:
  Watch(const Services& services, std::string token, std::vector<std::string> types, int64_t after)
      : services_(services), token_(std::move(token)), types_(std::move(types)), after_(after) {}

  // What is to be sent now; none when the session has ended.
  std::optional<std::string> next() {
    const Instant now = wall_now();
    if (now - looked_ >= look_at_session) {
      looked_ = now;
      if (!services_.identity.who(token_, now)) return std::nullopt;
    }
    std::string out;
    std::vector<store::ChangeMark> entries;
    if (!services_.feed.read(after_, entries)) {
      // Too long away: what was missed is not known any more.
      after_ = services_.feed.newest();
      out = "id: " + std::to_string(after_) + "\nevent: reload\ndata: {}\n\n";
    }
    for (const store::ChangeMark& entry : entries) {
      after_ = entry.sequence;
      if (wants(entry.type)) out += text_of(entry);
    }
    if (!out.empty() || now - sent_ >= beat) {
      sent_ = now;
      if (out.empty()) out = ":\n\n";
    }
    return out;
  }

 private:
  bool wants(const std::string& type) const {
    return types_.empty() || std::find(types_.begin(), types_.end(), type) != types_.end();
  }

  static std::string text_of(const store::ChangeMark& entry) {
    return "id: " + std::to_string(entry.sequence) +
           "\nevent: change\ndata: {\"type\":" + json::quote(entry.type) +
           ",\"id\":" + json::quote(entry.id) + ",\"version\":" + std::to_string(entry.version) +
           ",\"deleted\":" + (entry.deleted ? "true" : "false") + "}\n\n";
  }

  const Services& services_;
  const std::string token_;
  const std::vector<std::string> types_;
  int64_t after_;
  Instant looked_ = wall_now(), sent_ = wall_now();
};

Result<Response> changes_handler(Context& context) {
  std::vector<std::string> types;
  if (const std::string_view asked = context.request.parameter("type"); !asked.empty())
    for (const std::string_view type : split(asked, ',')) {
      if (fhir::definitions().find_resource(type) == fhir::none)
        return say(context, ErrorCode::invalid, "'type' names resource types, such as Task",
                   "« type » nomme des types de ressources, tels que Task");
      types.emplace_back(type);
    }
  TRY(int64_t after, context.services.store.newest_change());
  if (const std::string_view last = context.request.header("last-event-id"); !last.empty())
    std::from_chars(last.data(), last.data() + last.size(), after);
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold events back
  response.body = "retry: 3000\n\n";
  // Shared by the connection, which asks it again and again.
  const auto watch =
      std::make_shared<Watch>(context.services, context.token, std::move(types), after);
  response.stream = [watch] { return watch->next(); };
  return response;
}

constexpr Route changes_table[] = {
    {"GET", "/api/changes", Who::reader, changes_handler},
};

}  // namespace

std::span<const Route> changes_routes() { return changes_table; }

}  // namespace passerelle::server
