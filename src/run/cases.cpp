// Reading cases: lists, one in full, counts by activity, the log of a pathway.
#include <algorithm>
#include <unordered_set>

#include "run/access.h"
#include "run/engine_impl.h"
#include "store/search/query.h"

namespace passerelle::run {
namespace {

// Patients whose name is looked for; more than a page of people could read.
constexpr std::string_view most_patients = "200";

// What events recorded of the case itself: the last value of each attribute.
std::string attributes(const pathway::Pathway& pathway,
                       const std::vector<store::EventRecord>& events) {
  const auto wanted = pathway.case_attributes();
  std::map<std::string, std::string> values;
  for (const store::EventRecord& event : events) {
    const auto document = json::Document::parse(event.bytes);
    if (!document) continue;
    for (const auto& member : document->root()["data"].members())
      if (std::find(wanted.begin(), wanted.end(), member.name) != wanted.end())
        values[std::string(member.name)] = json::write(member.value);
  }
  std::string out = "{";
  for (const auto& [name, value] : values) {
    if (out.size() > 1) out += ',';
    out += json::quote(name) + ':' + value;
  }
  return out += '}';
}

std::string variables(const pathway::Pathway& pathway, const pathway::State& state) {
  std::string out = "{";
  for (uint16_t slot = 0; slot < pathway.variables().size(); ++slot) {
    const feel::Value& value = state.variable(slot);
    if (value.is_null()) continue;
    if (out.size() > 1) out += ',';
    out += json::quote(pathway.variables()[slot]) + ':' + feel::to_json_text(value);
  }
  return out += '}';
}

// Messages that would be taken now, in the order of the pathway: each is tried on a copy of the
// state, so that no second account of who waits for what can differ from step().
std::vector<std::string> awaited_messages(const pathway::Pathway& pathway,
                                          const pathway::State& state, uint64_t number,
                                          Instant at) {
  std::vector<std::string> out;
  if (state.ended()) return out;
  for (const std::string& message : pathway.messages()) {
    pathway::State copy = state;
    pathway::Stimulus stimulus;
    stimulus.kind = pathway::Stimulus::Kind::message;
    stimulus.at = at;
    stimulus.case_number = number;
    stimulus.message = pathway.names().find(message);
    std::vector<pathway::Effect> effects;
    if (pathway::step(pathway, copy, stimulus, effects)) out.push_back(message);
  }
  return out;
}

Error another_pathway(std::string_view language) {
  return said(language, ErrorCode::forbidden,
              {"you do not work in this pathway", "vous ne travaillez pas dans ce parcours"});
}

}  // namespace

std::vector<std::string> places(const pathway::Pathway& pathway, const pathway::State& state) {
  std::vector<uint16_t> nodes;
  for (const pathway::Token& token : state.tokens()) nodes.push_back(token.node);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::vector<std::string> out;
  for (const uint16_t node : nodes) {
    const std::string& id = pathway.activities()[node].id;
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  return out;
}

Result<CaseSummary> Engine::Impl::summary(const store::CaseRecord& record,
                                          const pathway::Package& package,
                                          const std::vector<store::EventRecord>& events,
                                          Patients& patients) {
  CaseSummary out;
  out.number = record.number;
  out.pathway = record.pathway;
  out.version = record.pathway_version;
  out.patient = patient(record.patient, patients);
  out.opened = record.opened;
  if (record.status == store::CaseStatus::ended) out.ended = record.updated;
  TRY(const pathway::State state, pathway::State::load(package.pathway, record.state));
  out.at = places(package.pathway, state);
  out.attributes = attributes(package.pathway, events);
  return out;
}

Result<CasePage> Engine::cases(const CaseQuery& query, const Actor& actor) {
  TRY(const auto deployed, impl_->library.current());
  std::vector<std::string> visible;
  for (const PackagePointer& package : deployed)
    if (works_in(package->pathway.organisation(), actor)) visible.push_back(package->id);
  std::unordered_set<std::string> named;
  if (!query.text.empty()) {
    TRY(const store::Query search, store::parse_query(store::fhir_catalogue(), "Patient",
                                                      {{"name:contains", query.text},
                                                       {"_count", std::string(most_patients)}}));
    TRY(const store::SearchPage found, impl_->store.search(search));
    for (const store::Match& match : found.matches) named.insert(match.version.id);
  }
  std::vector<store::CaseRecord> records;
  TRY_VOID(impl_->store.scan_cases({query.status, query.pathway, query.patient, query.after},
                                   [&](const store::CaseRecord& record) {
                                     if (!query.text.empty() && !named.contains(record.patient))
                                       return true;
                                     if (std::find(visible.begin(), visible.end(),
                                                   record.pathway) == visible.end())
                                       return true;
                                     records.push_back(record);
                                     return records.size() <= query.limit;
                                   }));
  CasePage page;
  if (records.size() > query.limit) {
    records.pop_back();
    page.next = records.back().number;
  }
  Impl::Patients patients;
  for (const store::CaseRecord& record : records) {
    TRY(const PackagePointer package, impl_->library.find(record.pathway, record.pathway_version));
    TRY(const auto events, impl_->events_of(record.number));
    TRY(page.cases.emplace_back(), impl_->summary(record, *package, events, patients));
  }
  return page;
}

Result<CaseDetails> Engine::read_case(uint64_t number, const Actor& actor) {
  TRY(const store::CaseRecord record, impl_->store.read_case(number));
  TRY(const PackagePointer package, impl_->library.find(record.pathway, record.pathway_version));
  const pathway::Pathway& pathway = package->pathway;
  if (!works_in(pathway.organisation(), actor)) return another_pathway(actor.language);
  Impl::Patients patients;
  TRY(const auto events, impl_->events_of(number));
  CaseDetails out;
  TRY(out.summary, impl_->summary(record, *package, events, patients));
  TRY(const pathway::State state, pathway::State::load(pathway, record.state));
  for (const pathway::Token& token : state.tokens()) {
    if (token.status == pathway::Token::Status::waiting) continue;
    TRY(const store::Version task, impl_->store.read("Task", work_id(number, token.item)));
    TRY(const json::Document document, json::Document::parse(task.body));
    TRY(WorkItem work, from_task(document.root()));
    impl_->dress(work, *package, actor.language, patients);
    out.work.push_back(std::move(work));
  }
  out.variables = variables(pathway, state);
  out.messages = awaited_messages(pathway, state, number, record.updated);
  out.answers = impl_->answers(events, package, number);
  out.trends = make_trends(out.answers, *package, actor.language);
  out.timeline = impl_->timeline(events, package, actor.language);
  return out;
}

// ---- pathways ----

Result<void> Engine::deploy(PackagePointer package, Instant now) {
  TRY_VOID(impl_->library.deploy(package, now, impl_->writing));
  return impl_->plan_starts(*package, now);
}

Result<std::vector<PathwayInfo>> Engine::packages() {
  TRY(const auto deployed, impl_->library.current());
  TRY(const auto counted, impl_->store.count_cases());
  std::vector<PathwayInfo> out;
  for (const PackagePointer& package : deployed) {
    PathwayInfo& info = out.emplace_back(PathwayInfo{package, 0});
    for (const store::CaseCount& count : counted)
      if (count.pathway == package->id && count.status == store::CaseStatus::open)
        info.open_cases += count.count;
  }
  return out;
}

Result<PackagePointer> Engine::package(std::string_view pathway) {
  return impl_->library.current(pathway);
}

Result<PackagePointer> Engine::package(std::string_view pathway, std::string_view version) {
  return impl_->library.find(pathway, version);
}

Result<std::map<std::string, int64_t>> Engine::counts(std::string_view pathway) {
  // Loaded beforehand: nothing else is read while the cases are.
  std::map<std::string, PackagePointer, std::less<>> versions;
  TRY(const auto counted, impl_->store.count_cases());
  for (const store::CaseCount& count : counted) {
    if (count.pathway != pathway || count.status != store::CaseStatus::open) continue;
    TRY(versions[count.pathway_version], impl_->library.find(pathway, count.pathway_version));
  }
  std::map<std::string, int64_t> out;
  Result<void> problem;
  TRY_VOID(impl_->store.scan_cases(
      {store::CaseStatus::open, std::string(pathway), "", 0}, [&](const auto& record) {
        const auto version = versions.find(record.pathway_version);
        if (version == versions.end()) return true;  // opened since, with a newer version
        const pathway::Pathway& compiled = version->second->pathway;
        const auto state = pathway::State::load(compiled, record.state);
        if (!state) {
          problem = state.error();
          return false;
        }
        for (const std::string& place : places(compiled, *state)) ++out[place];
        return true;
      }));
  if (!problem) return problem.error();
  return out;
}

Result<pathway::EventLog> Engine::event_log(std::string_view pathway) {
  std::unordered_set<uint64_t> numbers;
  TRY_VOID(impl_->store.scan_cases({std::nullopt, std::string(pathway), "", 0},
                                   [&](const store::CaseRecord& record) {
                                     numbers.insert(record.number);
                                     return true;
                                   }));
  pathway::EventLog log;
  Result<void> problem;
  TRY_VOID(impl_->store.scan_events({}, [&](const store::EventRecord& record) {
    if (!numbers.contains(record.case_number)) return true;
    auto event = decode_event(record.bytes, record.case_number, record.at, log.names);
    if (!event) {
      problem = event.error();
      return false;
    }
    log.events.push_back(std::move(*event));
    return true;
  }));
  if (!problem) return problem.error();
  return log;
}

}  // namespace passerelle::run
