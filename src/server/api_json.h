// What the engine tells, as /api writes it (docs/api.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "run/engine.h"
#include "server/routes.h"

namespace passerelle::server {

// {"name": value, ...}, member by member.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, int64_t value);
  JsonObject& boolean(std::string_view name, bool value);
  JsonObject& instant(std::string_view name, std::optional<Instant> value);  // or null
  JsonObject& raw(std::string_view name, std::string_view json);
  std::string done() { return out_ + '}'; }

 private:
  void name(std::string_view name);
  std::string out_ = "{";
};

// [each of the items]
template <class Items, class Write>
std::string json_list(const Items& items, Write write) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += write(item);
  }
  return out += ']';
}
std::string json_texts(std::span<const std::string> texts);

std::string to_json(const run::WorkItem& work);
std::string to_json(const run::KeptBack& kept);
std::string to_json(const run::TimelineEvent& event);
std::string to_json(const run::Why& why);
std::string to_json(const run::PastAnswers& answers);
std::string to_json(const run::Trend& trend);
std::string to_json(const run::PatientBrief& patient);
std::string to_json(const run::CaseSummary& summary);
std::string to_json(const run::CaseDetails& details);
std::string to_json(const run::MigrationReport& report);
std::string refusals_json(const run::Refusals& refusals);
Response completion_response(const run::Completion& done);  // 422 with the refusals

// Who asks, as the engine wants it.
run::Actor actor_of(const Account& account, std::string_view language);
run::Actor actor_of(const Context& context);
// What the account may do beside its own work, so that pages offer nothing that would be refused:
// "enrol" patients in one of the pathways, see to "messages" that could not be delivered.
std::vector<std::string> abilities(const Services& services, const Account& account);
// {"answers": {link_id: text, number or boolean}} of a body.
std::string idempotency_key(const Context& context);

}  // namespace passerelle::server
