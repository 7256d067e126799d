// Bulk data: $export of the server, of all patients, of a group (FHIR Bulk Data Access 2.0), with
// its status, files and removal; and $import of NDJSON.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "fhir/definitions.h"
#include "fhir/outcome.h"
#include "fhir/reference.h"
#include "server/exports.h"
#include "server/fhir_bundle.h"
#include "server/fhir_operation.h"
#include "server/route_tables.h"

namespace passerelle::server {
namespace {

constexpr std::string_view ndjson = "application/fhir+ndjson";
constexpr std::string_view ndjson_names[] = {ndjson, "application/ndjson", "ndjson",
                                             "application/x-ndjson"};

bool is_ndjson(std::string_view name) {
  std::string plain = lower(trim(name.substr(0, name.find(';'))));
  std::replace(plain.begin(), plain.end(), ' ', '+');  // a "+" in an address
  return std::find(std::begin(ndjson_names), std::end(ndjson_names), plain) !=
         std::end(ndjson_names);
}

// ---- $export: kick-off ----

// Types that an export of this level can hold, in the order of their names.
std::vector<std::string> types_of(ExportLevel level) {
  const fhir::Definitions& d = fhir::definitions();
  if (level == ExportLevel::system) return d.resource_names();
  std::vector<std::string> out = {"Patient"};
  for (const auto& member : d.find_compartment(d.find_resource("Patient"))->members)
    if (!member.parameters.empty() && d.type(member.type).name != "Patient")
      out.emplace_back(d.type(member.type).name);
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<std::string>> read_types(const std::string& list, ExportLevel level) {
  std::vector<std::string> all = types_of(level);
  if (list.empty()) return all;
  std::vector<std::string> out;
  for (const std::string_view part : split(list, ',')) {
    const std::string type(trim(part));
    if (std::find(all.begin(), all.end(), type) == all.end())
      return Error{ErrorCode::invalid, passerelle::quoted(type) + " is no type of this export",
                   "_type", did_you_mean(type, all)};
    if (std::find(out.begin(), out.end(), type) == out.end()) out.push_back(type);
  }
  return out;
}

// "Observation?status=final,Condition?code=a": a comma begins another filter when a type follows.
std::vector<std::pair<std::string, std::string>> read_filters(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string_view part : split(text, ',')) {
    const size_t question = part.find('?');
    const std::string_view type = part.substr(0, question == part.npos ? 0 : question);
    if (fhir::definitions().find_resource(type) != fhir::none) {
      out.emplace_back(type, part.substr(question + 1));
    } else if (!out.empty()) {
      out.back().second += "," + std::string(part);
    } else if (!part.empty()) {
      out.emplace_back(part, "");
    }
  }
  return out;
}

// The patients of a Group, at the time of the export.
Result<std::vector<std::string>> members_of(const Context& context, std::string_view id) {
  TRY(const store::Version version, context.services.store.read("Group", id));
  TRY(const json::Document document, json::Document::parse(version.body));
  std::vector<std::string> out;
  for (const json::Value member : document.root()["member"].items()) {
    std::string patient = own_patient(member["entity"]["reference"].string(), fhir_base(context));
    if (!patient.empty() && !member["inactive"].boolean()) out.push_back(std::move(patient));
  }
  return out;
}

// The parameter "patient", which may come many times.
std::vector<std::string> patients_asked(const Context& context, OperationInput& input) {
  std::vector<std::string> out;
  for (const json::Value one : input.document().root()["parameter"].items()) {
    if (one["name"].string() != "patient") continue;
    // Nobody ("") is kept: who asked for somebody did not ask for all.
    out.push_back(own_patient(one["valueReference"]["reference"].string(), fhir_base(context)));
  }
  return out;
}

Result<Response> begin_export(Context& context, ExportLevel level) {
  TRY(OperationInput input, OperationInput::read(context, {"_outputFormat", "_since", "_type",
                                                           "_typeFilter", "patient"}));
  if (const std::string format = input.text("_outputFormat"); !format.empty() && !is_ndjson(format))
    return Error{ErrorCode::invalid, "exports are not written as " + passerelle::quoted(format),
                 "_outputFormat", "use application/fhir+ndjson"};
  ExportJob job;
  job.level = level;
  job.account = context.account->id;
  job.at = context.now();
  job.url = context.services.base_url + context.request.path;
  char separator = '?';
  for (const auto& [name, value] : context.request.query) {
    job.url += separator + percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  if (level == ExportLevel::chosen) {
    TRY(job.patients, members_of(context, context.path("id")));
  }
  const std::vector<std::string> asked = patients_asked(context, input);
  if (!asked.empty()) {
    if (level == ExportLevel::system)
      return Error{ErrorCode::invalid, "an export of the whole server chooses no patients",
                   "patient", "POST to /fhir/Patient/$export"};
    if (level == ExportLevel::chosen) {
      std::erase_if(job.patients, [&](const std::string& id) {
        return std::find(asked.begin(), asked.end(), id) == asked.end();
      });
    } else {
      job.patients = asked;
      job.level = ExportLevel::chosen;
    }
  }
  TRY(job.types, read_types(input.text("_type"), level));
  if (const std::string since = input.text("_since"); !since.empty()) {
    auto instant = parse_instant(since);
    if (!instant) {
      instant.error().where = "_since";
      return instant.error();
    }
    job.since = *instant;
  }
  job.filters = read_filters(input.text("_typeFilter"));
  for (const auto& [type, query] : job.filters)
    if (std::find(job.types.begin(), job.types.end(), type) == job.types.end())
      return Error{ErrorCode::invalid,
                   passerelle::quoted(type) + " is not exported, and so not filtered",
                   "_typeFilter"};
  TRY(const std::string id, context.services.exports.begin(std::move(job)));
  Response response;
  response.status = 202;
  response.headers.emplace_back("Content-Location", fhir_base(context) + "/$export-status/" + id);
  return response;
}

Result<Response> export_system(Context& context) {
  return begin_export(context, ExportLevel::system);
}
Result<Response> export_patients(Context& context) {
  return begin_export(context, ExportLevel::patients);
}
Result<Response> export_group(Context& context) {
  return begin_export(context, ExportLevel::chosen);
}

// ---- status, files, removal ----

// An export is its owner's and the administrators'.
Result<ExportJob> own_job(const Context& context) {
  TRY(ExportJob job, context.services.exports.find(std::string(context.path("job"))));
  if (job.account == context.account->id || context.account->is_admin()) return job;
  return Error{ErrorCode::forbidden, "this export was asked for by another account"};
}

std::string manifest(const Context& context, const ExportJob& job) {
  std::string output;
  for (const ExportFile& file : job.files)
    output += (output.empty() ? "" : ",") + std::string("{\"type\":") + json::quote(file.type) +
              ",\"url\":" +
              json::quote(fhir_base(context) + "/$export-status/" + job.id + "/" + file.name) +
              ",\"count\":" + std::to_string(file.count) + "}";
  return "{\"transactionTime\":" + json::quote(format_instant(job.at)) +
         ",\"request\":" + json::quote(job.url) + ",\"requiresAccessToken\":true,\"output\":[" +
         output + "],\"deleted\":[],\"error\":[]}";
}

Result<Response> export_status(Context& context) {
  TRY(const ExportJob job, own_job(context));
  if (job.status == ExportStatus::failed)
    return Error{ErrorCode::unavailable, "the export could not be written: " + job.error};
  Response response;
  if (job.status == ExportStatus::active) {
    response.status = 202;
    const bool begun = job.type_index < job.types.size();
    response.headers.emplace_back(
        "X-Progress", std::to_string(job.resources) + " resources written" +
                          (begun ? ", at " + job.types[job.type_index] : std::string()));
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  response.headers.emplace_back("Expires", http_date(job.at + std::chrono::hours(24)));
  response.body = manifest(context, job);
  return response;
}

Result<Response> export_file(Context& context) {
  TRY(const ExportJob job, own_job(context));
  Response response;
  TRY(response.body, context.services.exports.read_file(job.id, std::string(context.path("file"))));
  response.content_type = std::string(ndjson);
  return response;
}

Result<Response> remove_export(Context& context) {
  TRY(const ExportJob job, own_job(context));
  TRY_VOID(context.services.exports.remove(job.id));
  Response response;
  response.status = 202;
  return response;
}

// ---- $import ----

// The lines as the entries of a batch: what has an id keeps it.
struct Lines {
  std::string batch;
  std::vector<size_t> numbers;  // of the line of each entry
  std::vector<fhir::Issue> issues;
};

std::string line_place(size_t number) { return "line " + std::to_string(number) + ": "; }

Lines read_lines(std::string_view body) {
  Lines lines;
  lines.batch = R"({"resourceType":"Bundle","type":"batch","entry":[)";
  size_t number = 0;
  for (std::string_view line : split(body, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty()) continue;
    json::Limits limits;
    limits.depth = 100;
    const auto document = json::Document::parse(line, limits);
    const std::string type(document ? document->root()["resourceType"].string() : "");
    if (type.empty()) {
      lines.issues.push_back(
          {fhir::Severity::error, "structure", "",
           line_place(number) + (document ? "it is no resource: it has no resourceType"
                                          : document.error().message)});
      continue;
    }
    const std::string id(document->root()["id"].string());
    if (!lines.numbers.empty()) lines.batch += ',';
    lines.batch += "{\"resource\":" + std::string(line) + ",\"request\":{\"method\":\"" +
                   (id.empty() ? "POST" : "PUT") +
                   "\",\"url\":" + json::quote(id.empty() ? type : type + "/" + id) + "}}";
    lines.numbers.push_back(number);
  }
  lines.batch += "]}";
  return lines;
}

Result<Response> import_handler(Context& context) {
  if (!is_ndjson(context.request.header("content-type")))
    return Error{ErrorCode::invalid, "an import takes one resource on each line", "Content-Type",
                 "send application/fhir+ndjson"};
  TRY_VOID(check_unpacked(context.request));
  if (!is_utf8(context.request.body))
    return Error{ErrorCode::invalid, "the body is not UTF-8", "", "send it in UTF-8"};
  Lines lines = read_lines(context.request.body);
  TRY(json::Document document, json::Document::parse(lines.batch, {size_t{256} << 20, 110}));
  TRY(const Done done, perform_bundle(context, document));
  TRY(const json::Document answer, json::Document::parse(done.body));
  size_t stored = 0;
  for (size_t i = 0; i < lines.numbers.size(); ++i) {
    const json::Value response = answer.root()["entry"][i]["response"];
    if (response["status"].string().starts_with('2')) {
      ++stored;
      continue;
    }
    const json::Value issue = response["outcome"]["issue"][size_t{0}];
    std::string where(issue["expression"][size_t{0}].string());
    lines.issues.push_back({fhir::Severity::error, "processing", "",
                            line_place(lines.numbers[i]) + (where.empty() ? "" : where + ": ") +
                                std::string(issue["diagnostics"].string())});
  }
  lines.issues.push_back({fhir::Severity::information, "informational", "",
                          std::to_string(stored) + " resources are stored"});
  const int status = stored == 0 && lines.issues.size() > 1 ? 422 : 200;
  return outcome_response(context.request, status, lines.issues);
}

constexpr Route bulk_table[] = {
    {"GET", "/fhir/$export", Who::system, export_system},
    {"POST", "/fhir/$export", Who::system, export_system},
    {"GET", "/fhir/Patient/$export", Who::system, export_patients},
    {"POST", "/fhir/Patient/$export", Who::system, export_patients},
    {"GET", "/fhir/Group/{id}/$export", Who::system, export_group},
    {"POST", "/fhir/Group/{id}/$export", Who::system, export_group},
    {"GET", "/fhir/$export-status/{job}", Who::system, export_status},
    {"DELETE", "/fhir/$export-status/{job}", Who::system, remove_export},
    {"GET", "/fhir/$export-status/{job}/{file}", Who::system, export_file},
    {"POST", "/fhir/$import", Who::system, import_handler},
};

}  // namespace

std::span<const Route> bulk_routes() { return bulk_table; }

}  // namespace passerelle::server
