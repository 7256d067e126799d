// For tests: one site that runs the real covid-home on the real store, with a clock that is moved
// by hand and a folder as the patients' phones.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "run/engine.h"

namespace passerelle::run {

// The package as a hospital would write it; loaded once.
inline PackagePointer covid_home() {
  static const PackagePointer package = [] {
    const auto files =
        pathway::read_package_files(std::string(PASSERELLE_ROOT) + "/pathways/covid-home");
    CHECK(files.ok(), "covid-home is there");
    std::vector<pathway::Finding> findings;
    PackagePointer loaded = pathway::load_package(*files, "covid-home", "", findings);
    for (const auto& finding : findings)
      if (finding.severity == pathway::Severity::error) ADD_FAILURE() << to_text(finding);
    return loaded;
  }();
  CHECK(package != nullptr, "covid-home compiles");
  return package;
}

// The content, or a failed test that says why there is none.
template <class T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << to_text(result.error());
  CHECK(result.ok(), "a test goes on only with what it asked for");
  return std::move(*result);
}
inline void must(Result<void> result) {
  if (!result) ADD_FAILURE() << to_text(result.error());
}

inline Instant at(std::string_view text) { return must(parse_instant(text)); }

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/passerelle-run-XXXXXX";
    CHECK(mkdtemp(name) != nullptr, "/tmp can be written");
    path = name;
  }
  ~Folder() {
    for (const std::string& file : files()) unlink((path + "/" + file).c_str());
    rmdir(path.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::vector<std::string> files() const {
    std::vector<std::string> out;
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return out;
    while (const dirent* entry = readdir(folder))
      if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    closedir(folder);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string path;
};

inline Actor person(std::string account, std::string name, std::vector<std::string> roles) {
  Actor actor;
  actor.account = std::move(account);
  actor.name = std::move(name);
  actor.roles = std::move(roles);
  actor.language = "en";
  return actor;
}
inline const Actor prescriber = person("dupont", "Dr Dupont", {"prescriber"});
inline const Actor nurse = person("petit", "Claire Petit", {"nurse"});
inline const Actor colleague = person("morel", "Paul Morel", {"nurse"});
inline const Actor physician = person("roux", "Dr Roux", {"physician"});
inline const Actor coordinator = person("blanc", "Anne Blanc", {"coordinator"});

inline Answers with(Answers answers, const Answers& others) {
  for (const auto& [name, text] : others) answers[name] = text;
  return answers;
}
inline const Answers home_alone = {
    {"told", "true"},         {"age", "45"},          {"first_symptom_day", "2020-03-24"},
    {"device", "smartphone"}, {"connection", "true"}, {"reads_sms", "true"},
    {"language", "fr"},       {"helper", "false"}};
inline const Answers well = {{"breath", "0"},       {"general", "0"},      {"trend", "same"},
                             {"temperature", "37"}, {"cough", "0"},        {"smell", "0"},
                             {"diarrhoea", "0"},    {"vomiting", "0"},     {"anxiety", "0"},
                             {"sadness", "0"},      {"isolation", "true"}, {"callback", "false"}};
inline const Answers fever = with(well, {{"temperature", "39.5"}});

inline std::string patient_json(std::string_view family, std::string_view phone = "+33600000001") {
  std::string text = R"({"resourceType":"Patient","name":[{"family":)" + json::quote(family) +
                     R"(,"given":["Louise"]}],"birthDate":"1975-05-02","gender":"female",)" +
                     R"("communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47",)" +
                     R"("code":"fr-FR"}]},"preferred":true}])";
  if (!phone.empty())
    text += R"(,"telecom":[{"system":"phone","value":)" + json::quote(phone) + "}]";
  return text + "}";
}

class Site {
 public:
  explicit Site(const std::string& file = {}, Settings settings = {})
      : store(must(file.empty() ? store::open_temporary() : store::open_sqlite(file))),
        engine(std::make_unique<Engine>(*store, std::move(settings))) {
    must(engine->deploy(covid_home(), now));
  }

  // Thursday 26 March 2020, ten o'clock in Paris.
  Instant now = at("2020-03-26T09:00:00Z");
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Engine> engine;
  Folder phone;
  gateway::Gateways gateways = gateway::Gateways::to_folder(phone.path);

  uint64_t enrol(std::string_view family = "Martin", const Answers& answers = home_alone,
                 std::string_view number = "+33600000001") {
    Opening opening;
    opening.pathway = "covid-home";
    opening.patient = patient_json(family, number);
    const Opened opened = must(engine->open_case(opening, prescriber, now));
    CHECK(opened.work.has_value(), "the enrolment form comes first");
    EXPECT_TRUE(must(engine->complete(opened.work->id, answers, prescriber, "", now)).done);
    return opened.case_number;
  }

  // Time passes; what is due on the way fires, each at its own instant.
  void go_to(Instant instant) {
    for (;;) {
      const auto next = must(engine->next_due());
      if (!next || *next > instant) break;
      now = std::max(now, *next);
      must(engine->run_due(now, 10'000));
    }
    now = std::max(now, instant);
  }
  void go_to(std::string_view text) { go_to(at(text)); }

  DeliveryCount deliver() { return must(engine->deliver(gateways, now, 1000)); }

  // The token in the newest message of a case on the phones, "" when none holds a link.
  std::string token(uint64_t case_number) {
    std::string found;
    uint32_t newest = 0;
    for (const std::string& file : phone.files()) {
      const auto key = parse_work_id(file.substr(0, file.find('.')));
      if (!key || key->first != case_number || key->second < newest) continue;
      const std::string text = must(read_file(phone.path + "/" + file));
      const size_t link = text.find("/f/");
      if (link == std::string::npos) continue;
      newest = key->second;
      found = text.substr(link + 3, text.find_first_of(" \"\\", link) - link - 3);
    }
    return found;
  }

  // Open work of a case by activity; "(problem)" behind incidents.
  std::vector<std::string> open_work(uint64_t case_number) {
    std::vector<std::string> out;
    for (const WorkItem& work : must(engine->read_case(case_number, coordinator)).work)
      out.push_back(work.activity + (work.incident ? " (problem)" : ""));
    std::sort(out.begin(), out.end());
    return out;
  }
  std::vector<std::string> list(const Actor& actor, bool mine = false) {
    std::vector<std::string> out;
    for (const WorkItem& work : must(engine->worklist(actor, "", mine, now)).items)
      out.push_back(work.activity + (work.incident ? " (problem)" : ""));
    return out;
  }
  std::string work_of(const Actor& actor, std::string_view activity) {
    for (const WorkItem& work : must(engine->worklist(actor, "", false, now)).items)
      if (work.activity == activity) return work.id;
    ADD_FAILURE() << activity << " is not in the worklist";
    return "";
  }
  size_t completed(uint64_t case_number, std::string_view activity) {
    const auto details = must(engine->read_case(case_number, coordinator));
    return static_cast<size_t>(
        std::count_if(details.timeline.begin(), details.timeline.end(), [&](const auto& event) {
          return event.activity == activity && event.lifecycle == "complete";
        }));
  }
  // As after a crash of the program: nothing is kept but the file.
  void restart() { engine = std::make_unique<Engine>(*store, Settings{}); }
};

}  // namespace passerelle::run
