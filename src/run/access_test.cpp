#include "run/access.h"

#include <gmock/gmock.h>

#include "run/test_site.h"

namespace passerelle::run {
namespace {

WorkItem work_for(std::vector<std::string> roles) {
  WorkItem work;
  work.roles = std::move(roles);
  return work;
}

TEST(Access, GoesByTheRolesOfTheWork) {
  const pathway::Organisation& centre = covid_home()->pathway.organisation();
  const Instant day = at("2020-03-27T10:00:00Z");
  EXPECT_EQ(role_for(centre, work_for({"nurse"}), nurse, day), "nurse");
  EXPECT_EQ(role_for(centre, work_for({"physician", "nurse"}), nurse, day), "nurse");
  EXPECT_EQ(role_for(centre, work_for({"physician"}), nurse, day), std::nullopt);
  Actor administrator = person("admin", "Admin", {"admin"});
  EXPECT_EQ(role_for(centre, work_for({"physician"}), administrator, day), std::nullopt);
  administrator.everything = true;
  EXPECT_EQ(role_for(centre, work_for({"physician"}), administrator, day), "physician");
}

TEST(Access, GivesTheWorkToTheFallbackWhileNobodyIsOnDuty) {
  pathway::Organisation centre = covid_home()->pathway.organisation();
  for (pathway::Role& role : centre.roles)
    if (role.id == "nurse") role.fallback = "physician";
  const WorkItem call = work_for({"nurse"});
  EXPECT_EQ(role_for(centre, call, physician, at("2020-03-27T10:00:00Z")), std::nullopt);
  EXPECT_EQ(role_for(centre, call, physician, at("2020-03-27T02:00:00Z")), "physician");
}

// The nurse's call needs stitching, which people of the role do not learn; one post can do it.
pathway::Organisation with_skill() {
  pathway::Organisation centre = covid_home()->pathway.organisation();
  for (pathway::WorkTime& time : centre.work_times)
    if (time.activity == "nurse_call") time.skills.emplace_back("suture");
  for (pathway::Role& role : centre.roles)
    if (role.id == "nurse") role.fallback = "physician";
  pathway::Post post;
  post.name = "expert";
  post.roles = {"coordinator", "nurse"};
  post.duties = {{"nurse"}, {"coordinator"}};
  post.skills = {"suture"};
  for (const int half : {0, 1}) {
    pathway::Shift shift;
    shift.days.fill(true);
    shift.start = std::chrono::hours(half == 0 ? 9 : 12);
    shift.end = std::chrono::hours(half == 0 ? 12 : 15);
    shift.as = static_cast<size_t>(half);
    post.shifts.push_back(shift);
  }
  centre.posts.push_back(post);
  return centre;
}

TEST(Access, KnowsTheSkillsOfRolesAndOfAccounts) {
  const pathway::Organisation centre = with_skill();
  WorkItem call = work_for({"nurse"});
  call.activity = "nurse_call";
  const Instant day = at("2020-03-27T10:00:00Z");
  EXPECT_THAT(lacking(centre, call, nurse, day), testing::ElementsAre("suture"));
  EXPECT_THAT(lacking(centre, call, prescriber, day),
              testing::ElementsAre("call_script", "suture"));
  Actor able = nurse;
  able.skills = {"suture"};
  EXPECT_THAT(lacking(centre, call, able, day), testing::IsEmpty());
  Actor administrator = person("admin", "Admin", {"admin"});
  administrator.everything = true;
  EXPECT_THAT(lacking(centre, call, administrator, day), testing::IsEmpty());
  call.incident = true;
  EXPECT_THAT(lacking(centre, call, nurse, day), testing::IsEmpty())
      << "a problem is seen to by the role";
  call.incident = false;
  call.activity = "enrol";
  EXPECT_THAT(lacking(centre, call, nurse, day), testing::IsEmpty());
  EXPECT_THAT(skills_named(centre), testing::IsSupersetOf({"suture", "call_script", "nursing"}));
}

// Newcomers are nurses before they have learnt what nurses learn.
TEST(Access, KnowsFromWhichDayOnAnAccountHasASkill) {
  const pathway::Organisation centre = with_skill();
  ASSERT_EQ(centre.zone.name(), "Europe/Paris");
  WorkItem call = work_for({"nurse"});
  call.activity = "nurse_call";
  Actor newcomer = nurse;
  newcomer.skills_from = {{"suture", *pathway::parse_calendar_day("2020-03-27")},
                          {"call_script", *pathway::parse_calendar_day("2020-03-28")}};
  EXPECT_THAT(lacking(centre, call, newcomer, at("2020-03-26T22:59:00Z")),
              testing::UnorderedElementsAre("call_script", "suture"))
      << "a minute before midnight in Paris; the role has the one, and the newcomer not yet";
  EXPECT_THAT(lacking(centre, call, newcomer, at("2020-03-26T23:00:00Z")),
              testing::ElementsAre("call_script"));
  EXPECT_THAT(lacking(centre, call, newcomer, at("2020-03-27T23:00:00Z")), testing::IsEmpty());
}

// Nurses are there from eight to eight, but who can do it only from nine to twelve: then she is the
// coordinator.
TEST(Access, AsksTheFallbackWhileNobodyOfTheRoleHasTheSkill) {
  const pathway::Organisation centre = with_skill();
  WorkItem call = work_for({"nurse"});
  call.activity = "nurse_call";
  EXPECT_EQ(role_for(centre, call, physician, at("2020-03-27T09:00:00Z")), std::nullopt);
  EXPECT_EQ(role_for(centre, call, physician, at("2020-03-27T12:00:00Z")), "physician");
  EXPECT_EQ(role_for(centre, call, nurse, at("2020-03-27T12:00:00Z")), "nurse");
  call.activity = "daily_phone";  // needs what nurses learn
  EXPECT_EQ(role_for(centre, call, physician, at("2020-03-27T12:00:00Z")), std::nullopt);
}

TEST(Access, GoesFromFallbackToFallbackAsRehearsalsDo) {
  pathway::Organisation centre = covid_home()->pathway.organisation();
  for (pathway::Role& role : centre.roles)
    if (role.id == "nurse") role.fallback = "physician";
  const Actor on_call = person("night", "Dr Night", {"physician_oncall"});
  const WorkItem call = work_for({"nurse"});
  EXPECT_EQ(role_for(centre, call, on_call, at("2020-03-27T02:00:00Z")), "physician_oncall");
  EXPECT_EQ(role_for(centre, call, on_call, at("2020-03-27T10:00:00Z")), std::nullopt);
}

TEST(Access, LetsThoseWhoPhoneFillAPatientsForm) {
  const pathway::Organisation& centre = covid_home()->pathway.organisation();
  const Instant day = at("2020-03-27T10:00:00Z");
  WorkItem form = work_for({"patient", "caregiver"});
  form.patient_facing = true;
  EXPECT_EQ(role_for(centre, form, nurse, day), "nurse");
  EXPECT_EQ(role_for(centre, form, physician, day), std::nullopt);
}

TEST(Access, ShowsCasesToThoseWhoWorkThere) {
  const pathway::Organisation& centre = covid_home()->pathway.organisation();
  EXPECT_TRUE(works_in(centre, nurse));
  EXPECT_FALSE(works_in(centre, person("p", "P", {"patient"}))) << "no role of staff";
  EXPECT_FALSE(works_in(centre, person("x", "X", {})));
  EXPECT_TRUE(may_enrol(centre, prescriber));
  EXPECT_FALSE(may_enrol(centre, nurse));
  EXPECT_TRUE(may_take_back(centre, coordinator));
  EXPECT_FALSE(may_take_back(centre, nurse));
}

}  // namespace
}  // namespace passerelle::run
