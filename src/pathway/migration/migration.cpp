#include "pathway/migration.h"

#include <algorithm>

#include "base/text.h"
#include "pathway/check/acceptance.h"
#include "pathway/check/catalogue.h"
#include "pathway/migration/carrier.h"
#include "pathway/migration/plan.h"

namespace passerelle::pathway {
namespace {

std::string key_of(const ScopeTokens& scope) {
  std::string key;
  for (const Standing& token : scope.tokens) {
    key += std::to_string(token.node) + ":" + std::to_string(static_cast<int>(token.how)) + ":" +
           std::to_string(token.sub) + " ";
  }
  return key;
}

Error never_so(const ScopeTokens& scope, const Pathway::Compiled& to) {
  return {ErrorCode::conflict,
          "in version " + to.version + " no case ever stands so: " + places_of(scope, to),
          scope.tokens.empty() ? std::string() : to.activities[scope.tokens.front().node].id,
          "let the case go on until it stands elsewhere, or end"};
}

Error not_known(const ScopeTokens& scope, const Pathway::Compiled& to) {
  return {ErrorCode::conflict,
          "there are too many ways to stand in version " + to.version +
              " to know whether this is one: " + places_of(scope, to),
          scope.tokens.empty() ? std::string() : to.activities[scope.tokens.front().node].id,
          "look at the case; if it is right so, ask for undecided cases to be carried, too"};
}

}  // namespace

Migration::Migration(const Pathway& from, const Pathway& to, const MigrationRules& rules)
    : from_(from), to_(to) {
  mapping_ = std::make_unique<Mapping>(from, to, rules, problems_);
  check_rules(rules, to, problems_);
}
Migration::~Migration() = default;

std::vector<Finding> Migration::check() const {
  std::vector<Finding> findings = problems_;
  check_mapping(*mapping_, findings);
  return findings;
}

Result<void> Migration::check_reach(const State& state, Undecided undecided) {
  for (const ScopeTokens& scope : Carrier::scopes(state, to_.compiled())) {
    if (mapping_->is_alike(scope.level)) continue;  // what stood so, could
    const auto [known, fresh] = known_.try_emplace({scope.level, key_of(scope)}, 0);
    if (fresh) {
      known->second = static_cast<int>(mapping_->space_to().could_stand(scope.level, scope.tokens));
    }
    const auto reach = static_cast<Reach>(known->second);
    if (reach == Reach::never) return never_so(scope, to_.compiled());
    if (reach == Reach::undecided && undecided == Undecided::refuse) {
      return not_known(scope, to_.compiled());
    }
  }
  return {};
}

Result<Migration::Carried> Migration::carry(const State& state, const Stimulus& by,
                                            Undecided undecided) {
  if (!problems_.empty()) {
    return Error{ErrorCode::invalid, problems_.front().message, to_text(problems_.front().place),
                 problems_.front().help};
  }
  TRY(pathway::Carried carried, Carrier(*mapping_, state, by.at).run());
  TRY_VOID(check_reach(carried.state, undecided));
  carried.settling.told =
      feel::Value::context({{"from_version", feel::Value::string(from_.version())},
                            {"to_version", feel::Value::string(to_.version())}});
  Carried out;
  TRY_VOID(Stepper(to_, carried.state, by, out.effects, memory_).settle_in(carried.settling));
  // Whatever was overlooked is found here, not when the case is read again.
  auto loaded = State::load(to_, carried.state.save(to_));
  if (!loaded) {
    return Error{ErrorCode::conflict,
                 "what the case is doing cannot be said in version " + to_.version(), "",
                 "let the case end on version " + from_.version()};
  }
  out.state = std::move(*loaded);
  return out;
}

std::string Migration::renamed(std::string_view id) const {
  const auto index = from_.find_activity(id);
  const uint16_t found = index ? mapping_->node(*index) : nothing;
  return found == nothing ? std::string(id) : to_.activities()[found].id;
}

MigrationRules migration_rules(const Package& package, std::string_view from_version) {
  for (const MigrationRules& each : package.migrations) {
    const auto& versions = each.versions;
    if (std::find(versions.begin(), versions.end(), from_version) != versions.end()) return each;
  }
  return {};
}

CheckReport check_migration(const PackageFiles& from, const PackageFiles& to, std::string_view id,
                            Instant now) {
  CheckReport report;
  std::vector<Finding> earlier;
  const auto was = load_package(from, id, "", earlier);
  const auto is = load_package(to, id, "", report.findings);
  if (was == nullptr || is == nullptr) {
    for (Finding& finding : earlier) {
      if (finding.severity != Severity::error) continue;
      finding.place.file = std::string(earlier_prefix) + finding.place.file;
      report.findings.push_back(std::move(finding));
    }
    return report;
  }
  report.findings =
      Migration(was->pathway, is->pathway, migration_rules(*is, was->version)).check();
  std::vector<Finding> ignored;
  apply_acceptances(read_parts(to, "", ignored), now, Acceptances::of_migration, report);
  return report;
}

}  // namespace passerelle::pathway
