// The doors of staff and patients over real HTTP: the real server, package and store, a test clock.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "server/server.h"

namespace passerelle::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view password = "passerelle-test";

template <class T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << to_text(result.error());
  CHECK(result.ok(), "a test goes on only with what it asked for");
  return std::move(*result);
}

struct Reply {
  int status = 0;
  std::string headers, body;
  json::Document document;
  json::Value operator[](std::string_view name) const { return document.root()[name]; }
  std::string header(std::string_view name) const {
    const size_t at = lower(headers).find("\r\n" + lower(name) + ":");
    if (at == std::string::npos) return {};
    const size_t from = at + name.size() + 3;
    return std::string(trim(headers.substr(from, headers.find("\r\n", from) - from)));
  }
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// One request, one connection.
Reply ask(uint16_t port, const std::string& method, const std::string& path,
          const std::string& body = {}, const Headers& headers = {}) {
  const int peer = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  CHECK(connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "it listens");
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = send(peer, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  std::string answer;
  char bytes[65536];
  for (ssize_t n = 0; (n = recv(peer, bytes, sizeof bytes, 0)) > 0;)
    answer.append(bytes, static_cast<size_t>(n));
  close(peer);
  Reply reply;
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return reply;
  reply.status = atoi(answer.substr(9, 3).c_str());
  reply.headers = answer.substr(0, end + 2);
  reply.body = answer.substr(end + 4);
  if (auto document = json::Document::parse(reply.body)) reply.document = std::move(*document);
  return reply;
}

AccountSettings account(std::string id, std::string name, std::vector<std::string> roles) {
  AccountSettings settings;
  settings.account = {std::move(id), std::move(name), std::move(roles), "en"};
  settings.password = std::string(password);
  return settings;
}

class Api : public testing::Test {
 protected:
  Api() {
    char name[] = "/tmp/passerelle-api-XXXXXX";
    CHECK(mkdtemp(name) != nullptr, "/tmp can be written");
    folder_ = name;
    ServerSettings settings;
    settings.data_file = folder_ + "/data.db";
    settings.package_folders = {std::string(PASSERELLE_ROOT) + "/pathways/covid-home"};
    settings.port = 0;
    settings.test_clock = must(parse_instant("2020-03-26T09:00:00Z"));
    settings.identity.memory_kib = 64;
    settings.identity.passes = 1;
    settings.accounts = {account("dupont", "Dr Dupont", {"prescriber"}),
                         account("petit", "Claire Petit", {"nurse"}),
                         account("morel", "Paul Morel", {"nurse"}),
                         account("blanc", "Anne Blanc", {"coordinator"}),
                         account("admin", "Admin", {"admin"}),
                         account("scale", "Connected scale", {"system"}),
                         account("nobody", "No role", {})};
    server_ = must(Server::open(settings));
    const auto started = server_->start();
    CHECK(started.ok(), "a free port is free");
  }
  ~Api() override {
    server_->stop();
    std::filesystem::remove_all(folder_);
  }

  std::string token_of(const std::string& id) {
    std::string& token = tokens_[id];
    if (token.empty()) {
      const Reply reply =
          ask(server_->port(), "POST", "/api/login",
              R"({"account":")" + id + R"(","password":")" + std::string(password) + "\"}",
              {{"Content-Type", "application/json"}});
      EXPECT_EQ(reply.status, 200) << reply.body;
      token = std::string(reply["token"].string());
    }
    return token;
  }
  Reply as(const std::string& who, const std::string& method, const std::string& path,
           const std::string& body = {}, Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + token_of(who));
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    return ask(server_->port(), method, path, body, headers);
  }
  Reply patient(const std::string& method, const std::string& path, const std::string& form = {}) {
    return ask(server_->port(), method, path, form,
               {{"Content-Type", "application/x-www-form-urlencoded"}});
  }
  void move_to(const std::string& instant) {
    const Reply reply = as("admin", "POST", "/api/test-clock", R"({"to":")" + instant + "\"}");
    ASSERT_EQ(reply.status, 200) << reply.body;
  }

  static std::string opening(const std::string& family = "Martin") {
    return R"({"pathway":"covid-home","start_first_work":true,"patient":{"resourceType":"Patient",)"
           R"("name":[{"family":")" +
           family +
           R"(","given":["Louise"]}],"birthDate":"1975-05-02",)"
           R"("telecom":[{"system":"phone","value":"+33600000001"}]}})";
  }
  static std::string home_alone() {
    return R"({"answers":{"told":true,"age":45,"first_symptom_day":"2020-03-24",)"
           R"("device":"smartphone","connection":true,"reads_sms":true,"language":"fr",)"
           R"("helper":false}})";
  }
  std::string enrol() {
    const Reply opened = as("dupont", "POST", "/api/cases", opening());
    EXPECT_EQ(opened.status, 201) << opened.body;
    const std::string work(opened["work"]["id"].string());
    const Reply done = as("dupont", "POST", "/api/work/" + work + "/complete", home_alone());
    EXPECT_EQ(done.status, 200) << done.body;
    return std::string(opened["case"].string());
  }
  // The newest link on the phones.
  std::string link() {
    const Reply phone = as("petit", "GET", "/api/phone?number=%2B33600000001");
    const std::string text(phone["messages"][0]["text"].string());
    const size_t at = text.find("/f/");
    EXPECT_NE(at, std::string::npos) << phone.body;
    return at == std::string::npos ? "" : text.substr(at, text.find(' ', at) - at);
  }
  static std::string well(const std::string& temperature) {
    return "breath=0&general=0&trend=same&temperature=" + temperature +
           "&cough=0&smell=0&diarrhoea=0&vomiting=0&anxiety=0&sadness=0&isolation=true"
           "&callback=false&action=send";
  }

  std::string folder_;
  std::unique_ptr<Server> server_;
  std::map<std::string, std::string> tokens_;
};

TEST_F(Api, CarriesAnAlertFromThePatientsFormToTheNursesCall) {
  const std::string number = enrol();
  move_to("2020-03-27T08:00:00Z");
  const std::string door = link();
  const Reply form = patient("GET", door + "?all=1&lang=en");
  EXPECT_EQ(form.status, 200);
  EXPECT_THAT(form.body, HasSubstr("name=\"temperature\""));
  EXPECT_THAT(form.body, Not(HasSubstr("<script")));
  EXPECT_LT(form.body.size(), 30'000u);
  EXPECT_THAT(form.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));

  const Reply sent = patient("POST", door + "?all=1&lang=en", well("39.5"));
  EXPECT_EQ(sent.status, 200) << sent.body;
  EXPECT_THAT(sent.body, HasSubstr("Thank you, it is sent"));

  const Reply list = as("petit", "GET", "/api/worklist");
  ASSERT_EQ(list["items"].size(), 1u) << list.body;
  const json::Value item = list["items"][0];
  EXPECT_EQ(list["now"].string(), "2020-03-27T08:00:00.000Z");
  EXPECT_EQ(item["activity"].string(), "nurse_call");
  EXPECT_EQ(item["case"].string(), number);
  EXPECT_EQ(item["patient"]["name"].string(), "Louise Martin");
  EXPECT_EQ(item["due"].string(), "2020-03-27T12:00:00.000Z");
  EXPECT_EQ(item["show"]["reasons"][0].string(), "Fever");
  EXPECT_TRUE(item["owner"].is_null());
  const std::string work = "/api/work/" + std::string(item["id"].string());

  EXPECT_EQ(as("petit", "POST", work + "/take")["state"].string(), "assigned");
  const Reply refused = as("morel", "POST", work + "/take");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused["error"]["code"].string(), "conflict");
  EXPECT_THAT(refused["error"]["message"].string(), HasSubstr("Claire Petit"));
  EXPECT_EQ(as("petit", "POST", work + "/begin")["state"].string(), "started");

  const Reply detail = as("petit", "GET", work);
  EXPECT_EQ(detail["questionnaire"]["id"].string(), "outcome");
  EXPECT_THAT(detail.body, HasSubstr(R"("points":[["2020-03-27T08:00:00.000Z",39.5]])"));

  // Why: the rule behind the reason, with what it met, in the reader's language.
  const json::Value why = detail["why"];
  ASSERT_EQ(why.size(), 1u) << detail.body;
  EXPECT_EQ(why[0]["text"].string(), "Fever");
  EXPECT_EQ(why[0]["at"].string(), "2020-03-27T08:00:00.000Z");
  EXPECT_EQ(why[0]["rules"][0]["rule"].string(), "t_simple/sr13");
  EXPECT_EQ(why[0]["rules"][0]["met"].size(), 0u) << "the rule below says it better";
  EXPECT_EQ(why[0]["rules"][0]["below"][0]["met"][0].string(),
            "Temperature, °C: from 39 to below 40 (39.5)");
  const Reply french = as("petit", "GET", work, {}, {{"Accept-Language", "fr"}});
  EXPECT_EQ(french["why"][0]["text"].string(), "Fièvre");
  EXPECT_EQ(french["why"][0]["rules"][0]["below"][0]["met"][0].string(),
            "Température, °C\u00a0: de 39 à moins de 40 (39,5)");
  // The history tells it, too, in place of the ids that the event keeps.
  bool told = false;
  const Reply whole = as("petit", "GET", "/api/cases/" + number, {}, {{"Accept-Language", "fr"}});
  for (const json::Value event : whole["timeline"].items()) {
    EXPECT_FALSE(event["data"]["fired"].exists()) << whole.body;
    told = told || event["why"][0]["rule"].string() == "t_simple/sr13";
  }
  EXPECT_TRUE(told) << whole.body;

  const Reply empty = as("petit", "POST", work + "/complete", R"({"answers":{}})");
  EXPECT_EQ(empty.status, 422);
  EXPECT_EQ(empty["refusals"][0]["link_id"].string(), "outcome");
  const std::string answers = R"({"answers":{"outcome":"reassured"}})";
  const Headers key = {{"Idempotency-Key", "abc"}};
  EXPECT_EQ(as("petit", "POST", work + "/complete", answers, key).status, 200);
  const Reply again = as("petit", "POST", work + "/complete", answers, key);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again["repeated"].boolean());
  EXPECT_EQ(as("petit", "POST", work + "/complete", answers).status, 409);
  EXPECT_EQ(as("petit", "GET", "/api/worklist")["items"].size(), 0u);
}

// A profile with a rule on a value set: both lie in the record, and count when a case is opened
// too.
TEST_F(Api, HoldsThePatientOfANewCaseToTheProfilesThatItClaims) {
  const std::string profile =
      R"({"resourceType":"StructureDefinition","id":"wed","url":"urn:wed","name":"Wed","status":"active",)"
      R"("kind":"resource","abstract":false,"type":"Patient",)"
      R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",)"
      R"("differential":{"element":[{"id":"Patient","path":"Patient","constraint":[{"key":"w-1",)"
      R"("severity":"error","human":"It is known whether they are married",)"
      R"x("expression":"maritalStatus.memberOf('urn:known')"}]}]}})x";
  const auto codes = [](const std::string& code) {
    return R"({"resourceType":"ValueSet","id":"known","url":"urn:known","status":"active","compose":{)"
           R"("include":[{"system":"urn:cs","concept":[{"code":")" +
           code + R"("}]}]}})";
  };
  ASSERT_EQ(as("scale", "PUT", "/fhir/StructureDefinition/wed", profile).status, 201);
  ASSERT_EQ(as("scale", "PUT", "/fhir/ValueSet/known", codes("M")).status, 201);
  const auto open = [&](const std::string& code) {
    return as("dupont", "POST", "/api/cases",
              R"({"pathway":"covid-home","patient":{"resourceType":"Patient",)"
              R"("meta":{"profile":["urn:wed"]},"name":[{"family":"Fabre"}],"maritalStatus":)"
              R"({"coding":[{"system":"urn:cs","code":")" +
                  code + "\"}]}}}");
  };
  const Reply refused = open("S");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("It is known whether they are married (rule w-1)"));
  EXPECT_THAT(refused.body, HasSubstr("urn:wed"));
  EXPECT_EQ(as("scale", "GET", "/fhir/Patient?_summary=count")["total"].number(), "0");
  EXPECT_EQ(open("M").status, 201);
  // A value set that was changed counts at once.
  ASSERT_EQ(as("scale", "PUT", "/fhir/ValueSet/known", codes("S")).status, 200);
  EXPECT_EQ(open("M").status, 400);
  EXPECT_EQ(open("S").status, 201);
}

// What a case writes is found by the day in the site's zone, as what comes in at /fhir is.
TEST_F(Api, FindsByTheirDatesThePatientsOfCases) {
  const auto found = [&](const std::string& day) {
    const Reply reply = as("admin", "GET", "/fhir/Patient?_total=accurate&birthdate=" + day);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return std::string(reply["total"].number());
  };
  enrol();
  EXPECT_EQ(found("1975-05-02"), "1");
  EXPECT_EQ(found("1975-05-01"), "0");
  const Reply brought = as("admin", "POST", "/fhir/Patient",
                           R"({"resourceType":"Patient","birthDate":"1975-05-02"})");
  ASSERT_EQ(brought.status, 201) << brought.body;
  EXPECT_EQ(found("1975-05-02"), "2");
}

TEST_F(Api, OpensCasesOnlyForThoseWhoMay) {
  EXPECT_EQ(as("petit", "POST", "/api/cases", opening()).status, 403);
  EXPECT_EQ(as("dupont", "POST", "/api/cases", R"({"pathway":"covid-home"})").status, 400);
  const auto open = [&](const std::string& patient) {
    return as("dupont", "POST", "/api/cases",
              R"({"pathway":"covid-home","patient":{"resourceType":"Patient",)" + patient + "}}");
  };
  EXPECT_THAT(open(R"("name":[{"given":[" "]}])").body, HasSubstr("no name"));
  const Reply slip =
      open(R"("name":[{"family":"Fabre"}],"telecom":[{"system":"phone","value":"06 12 34 5O"}])");
  EXPECT_EQ(slip.status, 400);
  EXPECT_THAT(slip.body, HasSubstr("'06 12 34 5O' is no telephone number"));
  EXPECT_EQ(ask(server_->port(), "GET", "/api/cases").status, 401);
  const Reply opened = as("dupont", "POST", "/api/cases", opening());
  EXPECT_EQ(opened.status, 201);
  EXPECT_EQ(opened["work"]["owner"]["account"].string(), "dupont");
  EXPECT_EQ(opened["work"]["form"].string(), "enrolment");
  EXPECT_EQ(as("petit", "GET", "/api/cases/99").status, 404);
  EXPECT_EQ(as("petit", "GET", "/api/cases/x").status, 404);
}

TEST_F(Api, ShowsCasesAndTellsThemWhatThePathwayDeclares) {
  const std::string number = enrol();
  const Reply list = as("petit", "GET", "/api/cases?status=open&q=louise");
  ASSERT_EQ(list["cases"].size(), 1u) << list.body;
  EXPECT_EQ(list["cases"][0]["id"].string(), number);
  EXPECT_TRUE(list["next"].is_null());
  EXPECT_EQ(as("petit", "GET", "/api/cases?status=odd").status, 400);

  const std::string path = "/api/cases/" + number + "/messages/";
  const auto told = [&] {
    std::string out;
    const Reply one = as("petit", "GET", "/api/cases/" + number);
    for (const json::Value each : one["messages"].items()) out += std::string(each.string()) + " ";
    return out;
  };
  EXPECT_THAT(told(), HasSubstr("pause"));
  EXPECT_THAT(told(), Not(HasSubstr("resume"))) << "nothing is paused";
  EXPECT_EQ(as("petit", "POST", path + "resume").status, 409);
  EXPECT_EQ(as("petit", "POST", path + "pose").status, 404);
  const Reply odd = as("petit", "POST", path + "withdraw", R"({"reason":"odd"})");
  EXPECT_EQ(odd.status, 422) << odd.body;
  EXPECT_EQ(odd["refusals"][0]["link_id"].string(), "reason");
  EXPECT_EQ(as("petit", "POST", path + "withdraw", R"({"reason":"well"})").status, 200);
  const Reply one = as("petit", "GET", "/api/cases/" + number);
  EXPECT_FALSE(one["ended"].is_null());
  EXPECT_EQ(one["variables"]["withdrawal"]["reason"].string(), "well");
  EXPECT_EQ(one["timeline"][0]["activity"].string(), "case");
  EXPECT_EQ(as("petit", "GET", "/api/cases?status=ended")["cases"].size(), 1u);
}

TEST_F(Api, OtherSystemsFindACaseAndTellItSomething) {
  const std::string number = enrol();
  const Reply list = as("scale", "GET", "/api/cases?status=open&pathway=covid-home");
  ASSERT_EQ(list["cases"].size(), 1u) << list.body;
  EXPECT_EQ(list["cases"][0]["id"].string(), number);
  const std::string path = "/api/cases/" + number + "/messages/";
  EXPECT_EQ(as("scale", "POST", path + "resume").status, 409);
  EXPECT_EQ(as("nobody", "POST", path + "withdraw", R"({"reason":"well"})").status, 403);
  const Headers key = {{"Idempotency-Key", "abc"}};
  EXPECT_EQ(as("scale", "POST", path + "withdraw", R"({"reason":"well"})", key).status, 200);
  EXPECT_TRUE(
      as("scale", "POST", path + "withdraw", R"({"reason":"well"})", key)["repeated"].boolean());
  EXPECT_EQ(as("scale", "POST", "/api/cases", opening()).status, 403) << "only the pages enrol";
  const Reply audit = as("admin", "GET", "/api/audit?at=2020-03-26&account=scale");
  EXPECT_THAT(audit.body, HasSubstr(path + "withdraw"));
}

TEST_F(Api, SaysWhatAnAccountMayDoSoThatPagesOfferNothingElse) {
  const auto may = [&](const std::string& account) {
    const Reply me = as(account, "GET", "/api/me");
    std::string out;
    for (const json::Value each : me["may"].items()) out += std::string(each.string()) + " ";
    return out;
  };
  EXPECT_EQ(may("petit"), "");
  EXPECT_EQ(may("dupont"), "enrol ");
  EXPECT_EQ(may("blanc"), "messages ");
  EXPECT_EQ(may("admin"), "enrol messages ");
  EXPECT_EQ(as("petit", "GET", "/api/outbox").status, 403);
}

TEST_F(Api, TellsWhereEverybodyStandsAndGivesTheLog) {
  enrol();
  const Reply list = as("petit", "GET", "/api/pathways");
  EXPECT_EQ(list.document.root()[0]["id"].string(), "covid-home");
  EXPECT_EQ(list.document.root()[0]["title"].string(), "Covid: follow-up at home");
  const Reply one = as("petit", "GET", "/api/pathways/covid-home");
  EXPECT_EQ(one["counts"]["next_slot"].number(), "1") << one.body;
  EXPECT_EQ(one["open_cases"].number(), "1");
  EXPECT_EQ(one["labels"]["lane_nurse"].string(), "Nurse of the centre");
  EXPECT_EQ(one["roles"]["nurse"].string(), "Nurse of the centre");
  std::map<std::string, std::string> forms;
  for (const json::Value message : one["messages"].items())
    forms[std::string(message["title"].string())] = message["form"].string();
  EXPECT_EQ(forms["The patient stops"], "withdrawal");
  EXPECT_EQ(forms["Resume"], "");
  EXPECT_THAT(as("petit", "GET", "/api/pathways/covid-home/bpmn").body, HasSubstr("<process"));
  EXPECT_EQ(as("petit", "GET", "/api/pathways/covid-home/forms/daily")["id"].string(), "daily");
  EXPECT_EQ(as("petit", "GET", "/api/pathways/covid-home/forms/none").status, 404);
  EXPECT_EQ(as("petit", "GET", "/api/pathways/none").status, 404);
  const Reply log = as("petit", "GET", "/api/pathways/covid-home/log.xes");
  EXPECT_THAT(log.body, HasSubstr("follow_up_start"));
  EXPECT_THAT(log.body, Not(HasSubstr("Martin"))) << "a log names no patient";
  const Reply review = as("petit", "GET", "/api/review?pathway=covid-home&language=en");
  EXPECT_EQ(review.status, 200);
  EXPECT_EQ(review["log"]["cases"].number(), "1") << review.body.substr(0, 300);
}

TEST_F(Api, RehearsesInTheBackgroundAndStops) {
  const Reply ordered = as("petit", "POST", "/api/rehearsals",
                           R"({"pathway":"covid-home","days":3,"replications":2,"seed":1,)"
                           R"("scenario":"two-nurses-fewer","against":""})");
  ASSERT_EQ(ordered.status, 202) << ordered.body;
  const std::string path = "/api/rehearsals/" + std::string(ordered["id"].string());
  Reply view;
  for (int i = 0; i < 1200; ++i) {
    view = as("petit", "GET", path);
    if (view["state"].string() != "running") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(view["state"].string(), "done") << view["error"].string();
  EXPECT_EQ(view["result"]["scenario"].string(), "two-nurses-fewer");
  EXPECT_EQ(view["against"]["scenario"].string(), "");
  EXPECT_TRUE(view["comparison"]["differences"].is_array());
  EXPECT_EQ(view["comparison"]["before"].string(), "") << "as the command compares them";
  EXPECT_EQ(view["comparison"]["after"].string(), "two-nurses-fewer");
  const std::string id(ordered["id"].string());
  EXPECT_EQ(as("petit", "GET", "/api/review?pathway=covid-home&rehearsal=" + id).status, 200);

  const Reply endless =
      as("petit", "POST", "/api/rehearsals", R"({"pathway":"covid-home","replications":1000})");
  const std::string other = "/api/rehearsals/" + std::string(endless["id"].string());
  EXPECT_EQ(as("morel", "DELETE", other).status, 403);
  EXPECT_EQ(as("petit", "DELETE", other).status, 200);
  for (int i = 0; i < 600 && as("petit", "GET", other)["state"].string() == "running"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(as("petit", "GET", other)["state"].string(), "stopped");
  EXPECT_EQ(as("petit", "POST", "/api/rehearsals", R"({"pathway":"covid-home","days":-1})").status,
            400);
  EXPECT_EQ(as("petit", "POST", "/api/rehearsals", R"({"pathway":"covid-home","scenario":"none"})")
                .status,
            400);
  EXPECT_EQ(as("petit", "GET", "/api/rehearsals/999").status, 404);
}

TEST_F(Api, RehearsesWithAPersonsOwnChanges) {
  const Reply levers =
      as("petit", "GET", "/api/pathways/covid-home/levers?scenario=threshold-38-5");
  ASSERT_EQ(levers.status, 200) << levers.body;
  bool nurses = false, fever = false, arrivals = false;
  for (const json::Value& lever : levers.document.root().items()) {
    nurses |= lever["path"].string() == "roles.nurse.shifts.morning.people" &&
              lever["people"].size() > 5 && lever["from"].string() == "08:00";
    fever |= lever["decision"].string() == "fever threshold" && lever["value"].number() == "38.5";
    arrivals |= lever["path"].string() == "arrivals.0.cumulative";
  }
  EXPECT_TRUE(nurses && fever && arrivals) << levers.body;
  EXPECT_EQ(as("petit", "GET", "/api/pathways/covid-home/levers?scenario=none").status, 400);

  const auto order = [&](const std::string& changes) {
    return as("petit", "POST", "/api/rehearsals",
              R"({"pathway":"covid-home","days":3,"replications":2,"against":"","changes":)" +
                  changes + "}");
  };
  EXPECT_EQ(order(R"([{"file":"organisation.yaml","path":"roles.no.people","to":1}])").status, 400);
  EXPECT_EQ(order(R"([{"file":"organisation.yaml","path":"roles.nurse","remove":true}])").status,
            400);
  EXPECT_EQ(order(R"([{"file":"cohort.yaml","path":"arrivals.0.cumulative","times":1000}])").status,
            400);
  EXPECT_EQ(order(R"([{"file":"cohort.yaml","path":"arrivals.0.cumulative","times":100},)"
                  R"({"file":"cohort.yaml","path":"arrivals.0.cumulative","times":100}])")
                .status,
            400);
  const Reply ordered =
      order(R"([{"file":"organisation.yaml","path":"roles.nurse.shifts.morning.people","add":-2},)"
            R"({"file":"triage.dmn","decision":"fever threshold","to":"38.5"}])");
  ASSERT_EQ(ordered.status, 202) << ordered.body;
  const std::string path = "/api/rehearsals/" + std::string(ordered["id"].string());
  EXPECT_EQ(as("petit", "GET", path + "/report").status, 409) << "not yet";
  EXPECT_EQ(as("petit", "GET", path + "/animation").status, 409) << "not yet";
  Reply view;
  for (int i = 0; i < 1200; ++i) {
    view = as("petit", "GET", path);
    if (view["state"].string() != "running") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_EQ(view["state"].string(), "done") << view["error"].string();
  EXPECT_THAT(view["changes"][0].string(), HasSubstr("morning: − 2"));
  EXPECT_EQ(view["changes"][1].string(), "Fever, called back from: 38.5 °C");
  EXPECT_EQ(view["result"]["scenario_name"]["en"].string(), "As planned, changed");
  EXPECT_EQ(view["comparison"]["after_name"]["en"].string(), "As planned, changed");
  const Reply report = as("petit", "GET", path + "/report?language=fr");
  EXPECT_EQ(report.status, 200);
  EXPECT_THAT(report.header("Content-Disposition"), HasSubstr("covid-home-rehearsal.html"));
  EXPECT_THAT(report.body, HasSubstr("Fièvre, rappel à partir de : 38.5 °C"));
  EXPECT_THAT(report.body, HasSubstr("En bref"));
  EXPECT_THAT(report.body, HasSubstr("écrit comme scénario du paquet"));
  EXPECT_THAT(report.body, testing::Not(HasSubstr("Cette commande redonne")));
  const Reply animation = as("petit", "GET", path + "/animation");
  EXPECT_EQ(animation.status, 200);
  EXPECT_GT(animation["steps"].real(), 100);
  EXPECT_EQ(as("petit", "GET", "/api/rehearsals/999/report").status, 404);
}

TEST_F(Api, AsksOneQuestionAScreenKeepsAnswersAndGoesOn) {
  enrol();
  move_to("2020-03-27T08:00:00Z");
  const std::string door = link();
  const Reply first = patient("GET", door);
  EXPECT_THAT(first.body, HasSubstr("<html lang=fr")) << "the patient's language";
  EXPECT_THAT(first.body, Not(HasSubstr("name=\"temperature\"")));
  const Reply intro = patient("POST", door + "?lang=en", "_q=0&action=next");
  EXPECT_EQ(intro.status, 303);
  EXPECT_EQ(intro.header("Location"), door + "?lang=en&q=1");
  EXPECT_THAT(patient("GET", intro.header("Location")).body, HasSubstr("name=\"breath\""));

  const Reply missing = patient("POST", door + "?lang=en", "_q=1&action=next");
  EXPECT_EQ(missing.status, 422);
  EXPECT_THAT(missing.body, HasSubstr("role=alert"));
  EXPECT_THAT(
      patient("POST", door + "?lang=en&large=1", "_q=1&breath=3&action=next").header("Location"),
      door + "?lang=en&large=1&q=2");
  EXPECT_THAT(patient("GET", door + "?lang=en&large=1&q=2").body,
              HasSubstr("name=\"breath_activity\""))
      << "a follow-up question comes when it is needed";
  const Reply saved = patient("POST", door + "?lang=en", "_q=2&breath_activity=1&action=save");
  EXPECT_THAT(saved.body, HasSubstr("Your answers are kept"));
  EXPECT_THAT(patient("GET", door + "?lang=en").body, HasSubstr("name=\"general\""))
      << "resumed where it was left";
  EXPECT_THAT(patient("GET", door + "?lang=en&q=1").body, HasSubstr("value=\"3\" checked"));
  EXPECT_THAT(patient("POST", door + "?lang=en", "_q=3&action=back").header("Location"),
              door + "?lang=en&q=2");
  const Reply early = patient("POST", door + "?lang=en", "_q=30&action=send");
  EXPECT_EQ(early.status, 422) << "the first missing answer is asked";
  EXPECT_THAT(early.body, HasSubstr("name=\"general\""));
  EXPECT_EQ(as("petit", "GET", "/api/worklist")["items"].size(), 0u);
}

TEST_F(Api, OpensNothingByAWrongUsedOrLateLink) {
  const std::string number = enrol();
  move_to("2020-03-27T08:00:00Z");
  const std::string door = link();
  EXPECT_EQ(patient("GET", door + "x").status, 404);
  EXPECT_EQ(patient("POST", door + "x", well("39.5")).status, 404);
  const Reply nonsense = patient("POST", door + "?all=1&lang=en", well("quite+warm"));
  EXPECT_EQ(nonsense.status, 422);
  const Reply long_one = patient("POST", door + "?all=1&lang=en", well(std::string(20'000, '9')));
  EXPECT_EQ(long_one.status, 422);
  EXPECT_THAT(long_one.body, HasSubstr("too long"));
  EXPECT_EQ(patient("POST", door + "?all=1", "temperature=%E9").status, 400);
  const Reply script =
      patient("POST", door + "?all=1", "temperature=%22%3E%3Cscript%3E&action=save");
  EXPECT_EQ(script.status, 200);
  EXPECT_THAT(patient("GET", door + "?all=1").body, Not(HasSubstr("<script>")));

  EXPECT_EQ(patient("POST", door + "?all=1&lang=en", well("37")).status, 200);
  const Reply used = patient("GET", door + "?lang=en");
  EXPECT_THAT(used.body, HasSubstr("Already sent"));
  EXPECT_THAT(used.body, Not(HasSubstr("Martin")));
  EXPECT_THAT(patient("POST", door + "?all=1&lang=en", well("39.5")).body,
              HasSubstr("Already sent"));

  move_to("2020-03-28T08:00:00Z");
  const std::string next = link();
  ASSERT_NE(next, door);
  as("petit", "POST", "/api/cases/" + number + "/messages/hospitalised");
  const Reply late = patient("POST", next + "?all=1&lang=en", well("39.5"));
  EXPECT_EQ(late.status, 410);
  EXPECT_THAT(late.body, HasSubstr("This form is closed"));
}

TEST_F(Api, ShowsPhonesAndTheOutboxToThoseConcerned) {
  enrol();
  EXPECT_EQ(as("dupont", "GET", "/api/outbox").status, 403);
  EXPECT_EQ(as("blanc", "GET", "/api/outbox")["messages"].size(), 0u);
  move_to("2020-03-27T08:00:00Z");
  const Reply phone = patient("GET", "/phone");
  EXPECT_EQ(phone.status, 200);
  EXPECT_THAT(phone.body, HasSubstr("<a href=\"" + link() + "\">"));
  EXPECT_EQ(as("petit", "GET", "/api/phone?number=%2B33999")["messages"].size(), 0u);
}

}  // namespace
}  // namespace passerelle::server
