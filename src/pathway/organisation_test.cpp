#include "pathway/organisation.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace passerelle::pathway {
namespace {

Organisation parse(const std::string& text, std::vector<Finding>& findings) {
  const auto node = yaml::parse(text, "organisation.yaml");
  EXPECT_TRUE(node.ok());
  return Organisation::parse(*node, findings);
}

Organisation covid_home() {
  const auto text =
      read_file(std::string(PASSERELLE_ROOT) + "/pathways/covid-home/organisation.yaml");
  EXPECT_TRUE(text.ok());
  std::vector<Finding> findings;
  Organisation organisation = parse(*text, findings);
  EXPECT_TRUE(findings.empty()) << to_text(findings.front());
  return organisation;
}

Instant at(const char* text) { return *parse_instant(text); }

TEST(Organisation, TheCentreGrowsAndAPhysicianComesPerFourNurses) {
  const Organisation centre = covid_home();
  EXPECT_EQ(centre.on_duty("nurse", at("2020-03-08T10:00:00Z")), 0);
  EXPECT_EQ(centre.on_duty("nurse", at("2020-03-10T10:00:00Z")), 5);
  EXPECT_EQ(centre.on_duty("physician", at("2020-03-10T10:00:00Z")), 2);
  EXPECT_EQ(centre.on_duty("nurse", at("2020-03-31T10:00:00Z")), 100);
  EXPECT_EQ(centre.on_duty("physician", at("2020-03-31T10:00:00Z")), 25);
}

TEST(Organisation, TheNightShiftEndsTheNextMorningInLocalTime) {
  const Organisation centre = covid_home();
  // Paris: UTC+1 until 29 March 2020, then UTC+2.
  EXPECT_EQ(centre.on_duty("physician_oncall", at("2020-03-10T18:59:59Z")), 0);
  EXPECT_EQ(centre.on_duty("physician_oncall", at("2020-03-10T19:00:00Z")), 2);
  EXPECT_EQ(centre.on_duty("physician_oncall", at("2020-03-11T06:59:59Z")), 2);
  EXPECT_EQ(centre.on_duty("physician_oncall", at("2020-03-11T07:00:00Z")), 0);
  EXPECT_EQ(centre.on_duty("nurse", at("2020-03-30T06:00:00Z")), 80);
  EXPECT_EQ(centre.on_duty("nobody", at("2020-03-30T06:00:00Z")), 0);
}

// Two nurses who are coordinators, too: each is one person.
Organisation with_posts() {
  std::vector<Finding> findings;
  Organisation organisation = parse(R"(
zone: Europe/Paris
coordinator: coordinator
roles:
  nurse: {name: n, shifts: [{name: day, days: [mon], from: "08:00", to: "18:00", people: 3, assumption: true}]}
  coordinator: {name: c}
channels: {}
posts:
  - {name: flyer, people: 2, roles: [nurse, coordinator], part_time: 0.5, shifts: [{name: day, days: [mon, tue, wed, thu], from: "08:00", to: "12:00", breaks: [{at: "10:00", minutes: 30}]}], assumption: true}
)",
                                    findings);
  EXPECT_TRUE(findings.empty()) << findings.front().message;
  return organisation;
}

TEST(Organisation, WhoHasTwoRolesIsOnDutyAsBothAndIsOnePerson) {
  const Organisation organisation = with_posts();
  // 4 January 2021 was a Monday; half of two people is one, and they take turns.
  const Instant monday = at("2021-01-04T08:00:00Z");
  EXPECT_EQ(organisation.on_duty("nurse", monday), 4);
  EXPECT_EQ(organisation.on_duty("coordinator", monday), 1);
  const std::vector<size_t> both = {0, 1};
  EXPECT_EQ(organisation.on_duty(both, monday), 4);
  EXPECT_EQ(organisation.on_duty(both, at("2021-01-04T09:10:00Z")), 3);  // a break
  EXPECT_EQ(organisation.on_duty("coordinator", at("2021-01-04T11:30:00Z")), 0);
  EXPECT_EQ(organisation.on_duty("coordinator", at("2021-01-08T08:00:00Z")), 0);
  std::array<int, 2> days{};
  for (int day = 0; day < 28; ++day)
    for (int number = 0; number < 2; ++number)
      days[static_cast<size_t>(number)] +=
          organisation.relay(organisation.posts[0], number, monday + std::chrono::days(day)).people;
  EXPECT_EQ(days[0], 8);  // of sixteen
  EXPECT_EQ(days[1], 8);
  EXPECT_EQ(organisation.next_change(monday), at("2021-01-04T09:00:00Z"));
}

// Mondays in triage, afternoons as a nurse: one person, who is one or the other.
TEST(Organisation, WhoseRolesChangeWithTheShiftIsOnDutyAsWhatTheyAreThen) {
  std::vector<Finding> findings;
  const Organisation organisation = parse(R"(
zone: Europe/Paris
coordinator: nurse
roles:
  triage: {name: t}
  nurse: {name: n}
channels: {}
posts:
  - name: ada
    roles: [nurse]
    shifts:
      - {name: morning, days: [mon], from: "08:00", to: "12:00", roles: [triage]}
      - {name: afternoon, days: [mon, tue], from: "12:00", to: "16:00"}
      - {name: late, days: [wed], from: "12:00", to: "16:00", roles: [nurse, triage]}
    assumption: true
)",
                                          findings);
  ASSERT_TRUE(findings.empty()) << findings.front().message;
  const std::vector<size_t> both = {0, 1};
  const auto counts = [&](const char* when) {
    return std::array<int, 3>{organisation.on_duty("triage", at(when)),
                              organisation.on_duty("nurse", at(when)),
                              organisation.on_duty(both, at(when))};
  };
  EXPECT_EQ(counts("2021-01-04T10:00:00Z"), (std::array<int, 3>{1, 0, 1}));
  EXPECT_EQ(counts("2021-01-04T11:00:00Z"), (std::array<int, 3>{0, 1, 1}));
  EXPECT_EQ(counts("2021-01-05T10:00:00Z"), (std::array<int, 3>{0, 0, 0}));
  EXPECT_EQ(counts("2021-01-05T14:00:00Z"), (std::array<int, 3>{0, 1, 1}));
  EXPECT_EQ(counts("2021-01-06T14:00:00Z"), (std::array<int, 3>{1, 1, 1}));
  EXPECT_EQ(organisation.next_change(at("2021-01-04T10:00:00Z")), at("2021-01-04T11:00:00Z"));
}

TEST(Organisation, NobodyComesOrGoesBeforeTheNextChange) {
  const Organisation centre = covid_home();
  Instant now = at("2020-03-27T00:00:00Z");
  const Instant end = at("2020-04-03T00:00:00Z");
  int changes = 0;
  while (now < end) {
    const Instant next = centre.next_change(now);
    ASSERT_GT(next, now);
    for (size_t role = 0; role < centre.roles.size(); ++role)
      for (Instant t = now; t < next; t += std::chrono::minutes(10))
        ASSERT_EQ(centre.on_duty(role, t), centre.on_duty(role, now)) << centre.roles[role].id;
    now = next;
    ++changes;
  }
  EXPECT_GE(changes, 21);  // three changes of shift a day
}

// Whoever is counted over all roles is one person, in one role at a time, and is the same from one
// change to the next: random weeks of people whose roles change from shift to shift.
TEST(Organisation, PeopleWhoseRolesChangeAreCountedOnce) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const std::array<const char*, 7> names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  for (int round = 0; round < 20; ++round) {
    std::string shifts;
    for (size_t day = 0; day < 7; ++day)
      for (int hour = below(5); hour < 22; hour += 1 + below(3)) {
        const int until = hour + 1 + below(22 - hour);
        char line[120];
        std::snprintf(
            line, sizeof line,
            "      - {name: s, days: [%s], from: \"%02d:00\", to: \"%02d:00\", roles: [%s]",
            names[day], hour, until, below(2) == 0 ? "a" : "b");
        shifts += line;
        if (until - hour > 1)
          shifts += ", breaks: [{at: \"" + std::string(until < 11 ? "0" : "") +
                    std::to_string(until - 1) + ":00\", minutes: 20}], break_groups: 2";
        shifts += "}\n";
        hour = until;
      }
    std::vector<Finding> findings;
    const Organisation organisation = parse(
        "zone: Europe/Paris\ncoordinator: a\nroles:\n  a: {name: a}\n  b: {name: b}\nchannels: "
        "{}\nposts:\n  - name: p\n    people: 3\n    part_time: 0.7\n    assumption: true\n    "
        "shifts:\n" +
            shifts,
        findings);
    ASSERT_TRUE(findings.empty()) << findings.front().message << "\n" << shifts;
    const std::vector<size_t> both = {0, 1};
    Instant now = at("2021-03-22T00:00:00Z");  // with the change of the clocks
    int people = 0;
    while (now < at("2021-04-01T00:00:00Z")) {
      const Instant next = organisation.next_change(now);
      ASSERT_GT(next, now);
      const int a = organisation.on_duty("a", now), b = organisation.on_duty("b", now);
      ASSERT_EQ(organisation.on_duty(both, now), a + b);
      ASSERT_LE(a + b, 3);
      people = std::max(people, a + b);
      for (Instant t = now; t < next; t += std::chrono::minutes(10)) {
        ASSERT_EQ(organisation.on_duty("a", t), a);
        ASSERT_EQ(organisation.on_duty("b", t), b);
      }
      now = next;
    }
    EXPECT_GE(people, 2);
  }
}

TEST(Organisation, SaysWhatItCannotRead) {
  std::vector<Finding> findings;
  parse(
      "zone: Mars/Olympus\ncoordinator: boss\nroles:\n  nurse:\n    name: x\n    shifts:\n"
      "      - {name: day, days: [monday], from: \"25:00\", to: \"20:00\", people: -1}\n"
      "channels: {}\n",
      findings);
  std::string all;
  for (const Finding& finding : findings) all += to_text(finding);
  for (const char* part : {"organisation.yaml:1:7", "'boss'", "'monday'", "'25:00'", "'-1'"})
    EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
  EXPECT_TRUE(has_errors(findings));
}

}  // namespace
}  // namespace passerelle::pathway
