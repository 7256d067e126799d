// What pages show of work: words, names, earlier answers and their trends, the timeline.
#include <algorithm>

#include "run/access.h"
#include "run/engine_impl.h"
#include "run/why.h"

namespace passerelle::run {
namespace {

// Texts of rules ("reason.cough") as words.
json::Value in_words(json::Value value, const pathway::Package& package, std::string_view language,
                     json::Document& document) {
  if (value.is_string()) {
    const std::string key(value.string());
    return document.string(package.texts.contains(key) ? package.text(key, language) : key);
  }
  if (value.is_array()) {
    std::vector<json::Value> items;
    for (const json::Value item : value.items())
      items.push_back(in_words(item, package, language, document));
    return document.array(items);
  }
  if (value.is_object()) {
    std::vector<json::Member> members;
    for (const auto& member : value.members())
      members.push_back({member.name, in_words(member.value, package, language, document)});
    return document.object(members);
  }
  return document.copy(value);
}

std::string json_in_words(std::string_view text, const pathway::Package& package,
                          std::string_view language) {
  const auto document = json::Document::parse(text);
  if (!document) return std::string(text);
  json::Document out;
  return json::write(in_words(document->root(), package, language, out));
}

const std::string& in_language(const pathway::Texts& texts, std::string_view language) {
  static const std::string none;
  const auto found = texts.find(std::string(language));
  if (found != texts.end()) return found->second;
  return texts.empty() ? none : texts.begin()->second;
}

}  // namespace

std::string activity_label(const pathway::Package& package, std::string_view activity,
                           std::string_view language) {
  const std::string key = "activity." + std::string(activity);
  if (package.texts.contains(key)) return package.text(key, language);
  const auto index = package.pathway.find_activity(activity);
  if (!index) return std::string(activity);
  const std::string& name = package.pathway.activities()[*index].name;
  return name.empty() ? std::string(activity) : name;
}

const PatientBrief& Engine::Impl::patient(std::string_view id, Patients& patients) {
  const auto known = patients.find(id);
  if (known != patients.end()) return known->second;
  PatientBrief& brief = patients[std::string(id)];
  brief.id = std::string(id);
  const auto version = store.read("Patient", id);
  if (!version) return brief;
  const auto document = json::Document::parse(version->body);
  if (!document) return brief;
  brief.name = display_name(document->root());
  brief.birth_date = std::string(document->root()["birthDate"].string());
  brief.phone = telecom(document->root(), "phone");
  return brief;
}

void Engine::Impl::dress(WorkItem& work, const pathway::Package& package, std::string_view language,
                         Patients& patients) {
  work.patient = patient(work.patient_id, patients);
  const std::string label = activity_label(package, work.activity, language);
  work.title = work.title_key.empty() ? label : package.text(work.title_key, language);
  if (work.incident)
    work.title = (language == "en" ? "Something went wrong: " : "Un problème : ") + label;
  work.show = json_in_words(work.show, package, language);
}

Result<std::vector<store::EventRecord>> Engine::Impl::events_of(uint64_t case_number) {
  std::vector<store::EventRecord> events;
  TRY_VOID(store.scan_events({0, case_number}, [&](const store::EventRecord& event) {
    events.push_back(event);
    return true;
  }));
  return events;
}

std::vector<PackagePointer> Engine::Impl::packages_of(const std::vector<store::EventRecord>& events,
                                                      const PackagePointer& package) {
  std::vector<PackagePointer> out(events.size(), package);
  PackagePointer then = package;
  for (size_t i = events.size(); i-- > 0;) {
    out[i] = then;
    if (events[i].activity != pathway::case_activity) continue;
    const auto document = json::Document::parse(events[i].bytes);
    const std::string_view from =
        document ? document->root()["data"]["from_version"].string() : std::string_view();
    if (from.empty()) continue;
    if (auto earlier = library.find(package->id, from)) then = std::move(*earlier);
  }
  return out;
}

std::vector<TimelineEvent> Engine::Impl::timeline(const std::vector<store::EventRecord>& events,
                                                  const PackagePointer& package,
                                                  std::string_view language) {
  std::vector<TimelineEvent> out;
  Explainer explainer(language);
  const auto packages = packages_of(events, package);
  for (size_t i = 0; i < events.size(); ++i) {
    const store::EventRecord& record = events[i];
    const auto document = json::Document::parse(record.bytes);
    if (!document) continue;
    const json::Value root = document->root();
    TimelineEvent& event = out.emplace_back();
    event.at = record.at;
    if (const auto item = root["item"].integer()) event.item = static_cast<uint32_t>(*item);
    event.activity = record.activity;
    event.name = activity_label(*packages[i], record.activity, language);
    event.lifecycle = std::string(root["lifecycle"].string());
    event.role = std::string(root["role"].string());
    event.actor = std::string(root["actor"].string());
    event.channel = std::string(root["channel"].string());
    if (root["data"].exists())
      event.data = json_in_words(write_without_fired(root["data"]), *packages[i], language);
    event.why = explainer.why_json(*packages[i], record.activity, root["data"]);
  }
  return out;
}

std::vector<PastAnswers> Engine::Impl::answers(const std::vector<store::EventRecord>& events,
                                               const PackagePointer& package,
                                               uint64_t case_number) {
  std::vector<PastAnswers> out;
  const auto packages = packages_of(events, package);
  for (size_t i = 0; i < events.size(); ++i) {
    const store::EventRecord& record = events[i];
    const pathway::Pathway& pathway = packages[i]->pathway;
    const auto index = pathway.find_activity(record.activity);
    if (!index) continue;
    const std::string& form_id = pathway.activities()[*index].form;
    const pathway::Form* form = pathway.form(form_id);
    const auto document = json::Document::parse(record.bytes);
    if (form == nullptr || !document || document->root()["lifecycle"].string() != "complete")
      continue;
    const auto item = document->root()["item"].integer();
    if (!item) continue;
    const std::string id = work_id(case_number, static_cast<uint32_t>(*item));
    const auto response = store.read("QuestionnaireResponse", id);
    if (!response) continue;
    const auto body = json::Document::parse(response->body);
    if (!body) continue;
    std::vector<pathway::Refusal> ignored;
    const feel::Value values = form->read_response(body->root(), "en", ignored);
    out.push_back({record.at, id, record.activity, form_id, feel::to_json_text(values)});
  }
  return out;
}

// The numbers of forms that patients fill, in the order of the questions.
std::vector<Trend> make_trends(const std::vector<PastAnswers>& answers,
                               const pathway::Package& package, std::string_view language) {
  std::vector<Trend> out;
  std::vector<std::string> done;
  for (const pathway::Activity& activity : package.pathway.activities()) {
    const pathway::Form* form = package.pathway.form(activity.form);
    if (!activity.patient_facing || form == nullptr ||
        std::find(done.begin(), done.end(), activity.form) != done.end())
      continue;
    done.push_back(activity.form);
    std::vector<std::pair<Instant, json::Document>> given;
    for (const PastAnswers& past : answers) {
      if (past.form != activity.form) continue;
      auto document = json::Document::parse(past.values);
      if (document) given.emplace_back(past.at, std::move(*document));
    }
    for (const std::string& name : form->item_names()) {
      const pathway::Item* item = form->find(name);
      Trend trend{name, in_language(item->text, language), item->unit, {}};
      for (const auto& [at, document] : given)
        if (const json::Value value = document.root()[name]; value.is_number())
          trend.points.emplace_back(at, value.real());
      if (!trend.points.empty()) out.push_back(std::move(trend));
    }
  }
  return out;
}

// ---- worklist ----

namespace {

// The order that all pathways of the list agree upon, else the usual one.
pathway::WorkOrder order_of(const std::map<std::string, PackagePointer, std::less<>>& packages) {
  std::optional<pathway::WorkOrder> out;
  for (const auto& [id, package] : packages) {
    const pathway::WorkOrder& own = package->pathway.organisation().order;
    if (out && *out != own) return {};
    out = own;
  }
  return out.value_or(pathway::WorkOrder{});
}

}  // namespace

Result<Worklist> Engine::worklist(const Actor& actor, std::string_view role, bool mine,
                                  Instant now) {
  std::vector<std::string> tasks;
  TRY_VOID(impl_->store.scan_rows(work_space, "", [&](const store::Row& row) {
    tasks.push_back(row.value);
    return true;
  }));
  std::map<std::string, PackagePointer, std::less<>> packages;
  Impl::Patients patients;
  Worklist out;
  Impl::Staff staff;
  for (const std::string& text : tasks) {
    TRY(const json::Document document, json::Document::parse(text));
    TRY(WorkItem work, from_task(document.root()));
    if (mine && work.owner != actor.account) continue;
    PackagePointer& package = packages[work.pathway];
    if (package == nullptr) {
      TRY(package, impl_->library.current(work.pathway));
    }
    const auto acts_as = role_for(package->pathway.organisation(), work, actor, now);
    if (!acts_as) {
      if (mine || !role.empty()) continue;
      auto kept = impl_->nobody_could(*package, work, actor, now, staff);
      if (!kept) continue;
      impl_->dress(kept->item, *package, actor.language, patients);
      out.kept_back.push_back(std::move(*kept));
      continue;
    }
    if (!role.empty() && *acts_as != role &&
        std::find(work.roles.begin(), work.roles.end(), role) == work.roles.end())
      continue;
    impl_->dress(work, *package, actor.language, patients);
    if (auto kept = impl_->kept_back(*package, work, actor, now, staff)) {
      out.kept_back.push_back(std::move(*kept));
    } else {
      out.items.push_back(std::move(work));
    }
  }
  const pathway::WorkOrder order = order_of(packages);
  const auto rank = [&](const WorkItem& work) {
    const int64_t due = work.due ? work.due->time_since_epoch().count() : pathway::no_deadline;
    return std::tuple(order.rank(work.priority, due, work.opened.time_since_epoch().count()),
                      work.case_number, work.item);
  };
  std::sort(out.items.begin(), out.items.end(),
            [&](const WorkItem& a, const WorkItem& b) { return rank(a) < rank(b); });
  std::sort(out.kept_back.begin(), out.kept_back.end(),
            [&](const KeptBack& a, const KeptBack& b) { return rank(a.item) < rank(b.item); });
  return out;
}

Result<WorkDetails> Engine::work(std::string_view id, const Actor& actor, Instant now) {
  TRY(const auto key, parse_work_id(id));
  TRY(const store::CaseRecord record, impl_->store.read_case(key.first));
  WorkDetails out;
  TRY(out.package, impl_->library.find(record.pathway, record.pathway_version));
  const pathway::Package& package = *out.package;
  if (!works_in(package.pathway.organisation(), actor))
    return said(actor.language, ErrorCode::forbidden,
                {"you do not work in this pathway", "vous ne travaillez pas dans ce parcours"});
  TRY(const store::Version task, impl_->store.read("Task", id));
  TRY(const json::Document document, json::Document::parse(task.body));
  TRY(out.item, from_task(document.root()));
  TRY(const auto events, impl_->events_of(key.first));
  out.why = why_shown(out.item, events, impl_->packages_of(events, out.package), actor.language);
  Impl::Patients patients;
  impl_->dress(out.item, package, actor.language, patients);
  Impl::Staff staff;
  if (role_for(package.pathway.organisation(), out.item, actor, now))
    out.kept_back = impl_->kept_back(package, out.item, actor, now, staff);
  out.form = package.pathway.form(out.item.form);
  out.answers = impl_->answers(events, out.package, key.first);
  out.trends = make_trends(out.answers, package, actor.language);
  out.timeline = impl_->timeline(events, out.package, actor.language);
  return out;
}

}  // namespace passerelle::run
