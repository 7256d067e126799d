#include "run/access.h"

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
