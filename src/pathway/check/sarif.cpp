#include "pathway/check/sarif.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "pathway/check/catalogue.h"

namespace passerelle::pathway {
namespace {

std::string_view level_of(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

// A column in bytes as one in UTF-16 code units.
int utf16_column(const std::string& content, const Place& place) {
  size_t line = 0;
  for (int n = 1; n < place.line && line != std::string::npos; ++n) {
    line = content.find('\n', line);
    if (line != std::string::npos) ++line;
  }
  if (line == std::string::npos) return place.column;
  int column = 1;
  for (size_t i = line; i < std::min(line + static_cast<size_t>(place.column - 1), content.size());
       ++i) {
    const auto byte = static_cast<unsigned char>(content[i]);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a character
    column += byte >= 0xF0 ? 2 : 1;
  }
  return column;
}

// In a result's message braces stand for arguments, and are doubled where they do not (3.11.5).
std::string escape_braces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '{' || c == '}') out += c;
  }
  return out;
}

class SarifWriter {
 public:
  SarifWriter(const PackageFiles& files, std::string_view folder) : files_(files), folder_(folder) {
    while (folder_.size() > 1 && folder_.ends_with('/')) folder_.remove_suffix(1);
  }

  std::string write(const CheckReport& report, std::string_view version) {
    std::vector<json::Value> results;
    for (const Finding& finding : report.findings) results.push_back(result(finding, nullptr));
    for (const AcceptedFinding& each : report.accepted)
      results.push_back(result(each.finding, &each));
    const json::Value driver = out_.object({
        {"name", out_.string("passerelle")},
        {"semanticVersion", out_.string(version)},
        {"rules", rules()},
    });
    const json::Value run = out_.object({
        {"tool", out_.object({{"driver", driver}})},
        {"columnKind", out_.string("utf16CodeUnits")},
        {"results", out_.array(results)},
    });
    const std::vector<json::Value> runs = {run};
    const json::Value root = out_.object({
        {"$schema", out_.string("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/"
                                "schemas/sarif-schema-2.1.0.json")},
        {"version", out_.string("2.1.0")},
        {"runs", out_.array(runs)},
    });
    return json::write(root, true) + "\n";
  }

 private:
  json::Value text(std::string_view content) {
    return out_.object({{"text", out_.string(content)}});
  }

  json::Value rules() {
    std::vector<json::Value> all;
    for (const KindPage& kind : all_kinds()) {
      std::string help = std::string(kind.help) + ".";
      if (!kind.example.empty()) help += "\n\nExample: " + std::string(kind.example);
      all.push_back(out_.object({
          {"id", out_.string(kind.id)},
          {"shortDescription", text(kind.message.empty() ? kind.id : kind.message)},
          {"fullDescription", text(kind.why)},
          {"help", out_.object({{"text", out_.string(help)}, {"markdown", out_.string(help)}})},
          {"defaultConfiguration", out_.object({{"level", out_.string(level_of(kind.severity))}})},
      }));
    }
    return out_.array(all);
  }

  json::Value result(const Finding& finding, const AcceptedFinding* accepted) {
    std::string message = finding.message + ".";
    if (!finding.why.empty()) message += "\n" + finding.why;
    if (!finding.help.empty()) message += "\nWhat to do: " + finding.help + ".";
    const std::vector<json::Value> locations = {location(finding.place)};
    std::vector<json::Member> members = {
        {"ruleId", out_.string(finding.id)},
        {"level", out_.string(level_of(finding.severity))},
        {"message", text(escape_braces(message))},
        {"locations", out_.array(locations)},
    };
    if (accepted != nullptr) {
      const std::vector<json::Value> suppressions = {out_.object({
          {"kind", out_.string("external")},
          {"status", out_.string("accepted")},
          {"justification", out_.string(accepted->reason + " (" + accepted->author + ", until " +
                                        accepted->until + ")")},
      })};
      members.push_back({"suppressions", out_.array(suppressions)});
    }
    return out_.object(members);
  }

  json::Value location(const Place& place) {
    std::vector<json::Member> physical = {
        {"artifactLocation", out_.object({{"uri", out_.string(uri(place.file))}})}};
    if (place.line > 0) {
      std::vector<json::Member> region = {{"startLine", out_.integer(place.line)}};
      const auto content = files_.find(place.file);
      if (place.column > 0 && content != files_.end())
        region.push_back({"startColumn", out_.integer(utf16_column(content->second, place))});
      physical.push_back({"region", out_.object(region)});
    }
    return out_.object({{"physicalLocation", out_.object(physical)}});
  }

  std::string uri(std::string_view file) const {
    std::string path;
    const std::string whole = std::string(folder_) + "/" + std::string(file);
    for (const std::string_view part : split(whole, '/'))
      path += (path.empty() && !whole.starts_with('/') ? "" : "/") + percent_encode(part);
    if (!whole.starts_with('/')) return path;
    return "file://" + path.substr(1);
  }

  const PackageFiles& files_;
  std::string_view folder_;
  json::Document out_;
};

}  // namespace

std::string to_sarif(const CheckReport& report, const PackageFiles& files, std::string_view folder,
                     std::string_view version) {
  return SarifWriter(files, folder).write(report, version);
}

}  // namespace passerelle::pathway
