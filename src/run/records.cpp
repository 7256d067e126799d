#include "run/records.h"

#include <charconv>

#include "base/text.h"

namespace passerelle::run {
namespace {

using json::Value;

struct PriorityRow {
  int priority;
  std::string_view code;
};
// FHIR request-priority, by our number: the highest row that the number reaches.
constexpr PriorityRow priorities[] = {{2, "stat"}, {1, "urgent"}, {0, "routine"}};

std::string_view priority_code(int priority) {
  for (const auto& row : priorities)
    if (priority >= row.priority) return row.code;
  return "routine";
}

int priority_of(std::string_view code) {
  for (const auto& row : priorities)
    if (row.code == code) return row.priority;
  return 0;
}

constexpr pathway::Lifecycle lifecycles[] = {
    pathway::Lifecycle::schedule, pathway::Lifecycle::assign,   pathway::Lifecycle::start,
    pathway::Lifecycle::suspend,  pathway::Lifecycle::resume,   pathway::Lifecycle::complete,
    pathway::Lifecycle::withdraw, pathway::Lifecycle::ate_abort};

struct StateRow {
  std::string_view status, state;
};
constexpr StateRow states[] = {{"requested", "offered"},
                               {"accepted", "assigned"},
                               {"in-progress", "started"},
                               {"completed", "completed"},
                               {"cancelled", "cancelled"}};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

Value identifier(json::Document& d, std::string_view system, std::string_view value) {
  return d.object({{"system", d.string(system)}, {"value", d.string(value)}});
}

std::string_view identifier_of(Value resource, std::string_view system) {
  for (Value item : resource["identifier"].items())
    if (item["system"].string() == system) return item["value"].string();
  return {};
}

Value input(json::Document& d, std::string_view name, std::string_view value) {
  return d.object(
      {{"type", d.object({{"text", d.string(name)}})}, {"valueString", d.string(value)}});
}

std::string_view input_of(Value task, std::string_view name) {
  for (Value item : task["input"].items())
    if (item["type"]["text"].string() == name) return item["valueString"].string();
  return {};
}

}  // namespace

std::string work_id(uint64_t case_number, uint32_t item) {
  return std::to_string(case_number) + "-" + std::to_string(item);
}

Result<std::pair<uint64_t, uint32_t>> parse_work_id(std::string_view id) {
  const size_t dash = id.find('-');
  uint64_t case_number = 0;
  uint32_t item = 0;
  if (dash == std::string_view::npos || !read_number(id.substr(0, dash), case_number) ||
      !read_number(id.substr(dash + 1), item))
    return Error{ErrorCode::not_found, "'" + std::string(id) + "' is no work item", "",
                 "take the id from the worklist"};
  return std::pair(case_number, item);
}

std::string_view work_state(const WorkItem& work) {
  for (const auto& row : states)
    if (row.status == work.status) return row.state;
  return "offered";
}

Value to_task(const WorkItem& work, Instant now, json::Document& d) {
  std::vector<Value> types;
  for (const auto& role : work.roles)
    types.push_back(
        d.object({{"coding", d.array(std::vector<Value>{d.object({{"system", d.string(role_system)},
                                                                  {"code", d.string(role)}})})}}));
  std::vector<Value> inputs = {input(d, "form", work.form), input(d, "channel", work.channel),
                               input(d, "show", work.show),
                               input(d, "patient-facing", work.patient_facing ? "true" : "false"),
                               input(d, "incident", work.incident ? "true" : "")};
  std::erase_if(inputs, [](Value v) { return v["valueString"].string().empty(); });
  Value task = d.object({
      {"resourceType", d.string("Task")},
      {"id", d.string(work_id(work.case_number, work.item))},
      {"identifier", d.array(std::vector<Value>{
                         identifier(d, case_system, std::to_string(work.case_number)),
                         identifier(d, activity_system, work.pathway + "/" + work.activity)})},
      {"status", d.string(work.status)},
      {"intent", d.string("order")},
      {"priority", d.string(priority_code(work.priority))},
      {"code",
       d.object({{"text", d.string(work.title_key.empty() ? work.activity : work.title_key)}})},
      {"authoredOn", d.string(format_instant(work.opened))},
      {"lastModified", d.string(format_instant(now))},
  });
  if (!work.patient_id.empty())
    task = d.with(task, "for", d.object({{"reference", d.string("Patient/" + work.patient_id)}}));
  if (!types.empty()) task = d.with(task, "performerType", d.array(types));
  if (!work.owner.empty())
    task = d.with(task, "owner",
                  d.object({{"identifier", identifier(d, account_system, work.owner)},
                            {"display", d.string(work.owner_name)}}));
  if (work.due)
    task = d.with(task, "restriction",
                  d.object({{"period", d.object({{"end", d.string(format_instant(*work.due))}})}}));
  if (!inputs.empty()) task = d.with(task, "input", d.array(inputs));
  return task;
}

Result<WorkItem> from_task(Value task) {
  WorkItem work;
  TRY(const auto key, parse_work_id(task["id"].string()));
  work.case_number = key.first;
  work.item = key.second;
  work.id = std::string(task["id"].string());
  const std::string_view activity = identifier_of(task, activity_system);
  const size_t slash = activity.find('/');
  if (slash == std::string_view::npos)
    return Error{ErrorCode::not_found, "Task/" + work.id + " is not a work item of a pathway"};
  work.pathway = std::string(activity.substr(0, slash));
  work.activity = std::string(activity.substr(slash + 1));
  work.title_key = std::string(task["code"]["text"].string());
  work.status = std::string(task["status"].string());
  work.priority = priority_of(task["priority"].string());
  TRY(work.opened, parse_instant(task["authoredOn"].string()));
  const std::string_view due = task["restriction"]["period"]["end"].string();
  if (!due.empty()) {
    TRY(work.due, parse_instant(due));
  }
  work.owner = std::string(task["owner"]["identifier"]["value"].string());
  work.owner_name = std::string(task["owner"]["display"].string());
  for (Value type : task["performerType"].items())
    work.roles.emplace_back(type["coding"][0]["code"].string());
  const std::string_view patient = task["for"]["reference"].string();
  if (patient.starts_with("Patient/")) work.patient_id = std::string(patient.substr(8));
  work.form = std::string(input_of(task, "form"));
  work.channel = std::string(input_of(task, "channel"));
  work.patient_facing = input_of(task, "patient-facing") == "true";
  work.incident = input_of(task, "incident") == "true";
  if (const auto show = input_of(task, "show"); !show.empty()) work.show = std::string(show);
  return work;
}

std::string encode_event(const pathway::Event& event, const pathway::NameTable& names,
                         std::string_view actor) {
  std::string out = "{\"activity\":" + json::quote(names.text(event.activity));
  out += ",\"lifecycle\":\"" + std::string(pathway::to_text(event.lifecycle)) + "\"";
  if (event.item != 0) out += ",\"item\":" + std::to_string(event.item);
  if (event.role != 0) out += ",\"role\":" + json::quote(names.text(event.role));
  if (!actor.empty()) out += ",\"actor\":" + json::quote(actor);
  if (event.channel != 0) out += ",\"channel\":" + json::quote(names.text(event.channel));
  if (!event.data.is_null()) out += ",\"data\":" + feel::to_json_text(event.data);
  return out += "}";
}

Result<pathway::Event> decode_event(std::string_view bytes, uint64_t case_number, Instant at,
                                    pathway::NameTable& names) {
  TRY(const json::Document document, json::Document::parse(bytes));
  const Value root = document.root();
  pathway::Event event;
  event.at = at;
  event.case_number = case_number;
  event.activity = names.intern(root["activity"].string());
  for (const pathway::Lifecycle lifecycle : lifecycles)
    if (pathway::to_text(lifecycle) == root["lifecycle"].string()) event.lifecycle = lifecycle;
  if (root["item"].exists()) {
    TRY(const int64_t item, root["item"].integer());
    event.item = static_cast<uint32_t>(item);
  }
  event.role = names.intern(root["role"].string());
  event.actor = names.intern(root["actor"].string());
  event.channel = names.intern(root["channel"].string());
  if (root["data"].exists()) event.data = feel::from_json(root["data"]);
  return event;
}

std::string encode_letter(const Letter& letter) {
  std::string out = "{\"pathway\":" + json::quote(letter.pathway) +
                    ",\"version\":" + json::quote(letter.version) +
                    ",\"activity\":" + json::quote(letter.activity) +
                    ",\"to\":" + json::quote(letter.to) +
                    ",\"text\":" + json::quote(letter.text_key);
  if (!letter.link_activity.empty())
    out += ",\"link\":" + json::quote(letter.link_activity) +
           ",\"link_item\":" + std::to_string(letter.link_item);
  if (letter.fields.is_context()) out += ",\"fields\":" + feel::to_json_text(letter.fields);
  return out += '}';
}

Result<Letter> decode_letter(std::string_view bytes) {
  TRY(const json::Document document, json::Document::parse(bytes));
  const Value root = document.root();
  Letter letter;
  letter.pathway = std::string(root["pathway"].string());
  letter.version = std::string(root["version"].string());
  letter.activity = std::string(root["activity"].string());
  letter.to = std::string(root["to"].string());
  letter.text_key = std::string(root["text"].string());
  letter.link_activity = std::string(root["link"].string());
  if (root["link_item"].exists()) {
    TRY(const int64_t item, root["link_item"].integer());
    letter.link_item = static_cast<uint32_t>(item);
  }
  if (root["fields"].exists()) letter.fields = feel::from_json(root["fields"]);
  return letter;
}

std::string fill_message(std::string_view text, const feel::Value& fields, std::string_view link) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    out += text.substr(0, open);
    if (name == "link") {
      out += link;
    } else if (const feel::Value* field = fields.is_context() ? fields.find(name) : nullptr) {
      out += field->is_null() ? std::string() : feel::to_text(*field);
    } else {
      out += text.substr(open, close + 1 - open);
    }
    text.remove_prefix(close + 1);
  }
  return out += text;
}

std::string telecom(Value patient, std::string_view system) {
  for (Value point : patient["telecom"].items())
    if (point["system"].string() == system && point["use"].string() != "old")
      return std::string(point["value"].string());
  return {};
}

std::string display_name(Value patient) {
  Value name = patient["name"][0];
  if (const auto text = name["text"].string(); !text.empty()) return std::string(text);
  std::string out;
  for (Value given : name["given"].items()) out += std::string(given.string()) + " ";
  out += name["family"].string();
  return std::string(trim(out));
}

}  // namespace passerelle::run
