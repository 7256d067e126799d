#include "run/records.h"

#include <gmock/gmock.h>

#include "fhir/validate.h"
#include "run/test_site.h"

namespace passerelle::run {
namespace {

WorkItem example() {
  WorkItem work;
  work.id = "17-4";
  work.case_number = 17;
  work.item = 4;
  work.pathway = "covid-home";
  work.activity = "nurse_call";
  work.form = "outcome";
  work.channel = "phone";
  work.title_key = "task.nurse_call";
  work.priority = 2;
  work.opened = at("2020-03-27T08:10:00Z");
  work.due = at("2020-03-27T12:10:00Z");
  work.status = "accepted";
  work.owner = "petit";
  work.owner_name = "Claire Petit";
  work.roles = {"nurse", "physician"};
  work.patient_id = "p1";
  work.show = R"({"reasons":["reason.temperature"]})";
  work.incident = true;
  return work;
}

TEST(Records, WorkIsAValidTaskAndComesBack) {
  const WorkItem work = example();
  json::Document document;
  const json::Value task = to_task(work, work.opened, document);
  const auto issues = fhir::validate(task);
  for (const auto& issue : issues)
    EXPECT_NE(issue.severity, fhir::Severity::error) << issue.message;
  const WorkItem back = must(from_task(task));
  EXPECT_EQ(back.id, work.id);
  EXPECT_EQ(back.item, 4u);
  EXPECT_EQ(back.activity, work.activity);
  EXPECT_EQ(back.form, work.form);
  EXPECT_EQ(back.priority, 2);
  EXPECT_EQ(back.due, work.due);
  EXPECT_EQ(back.owner_name, work.owner_name);
  EXPECT_EQ(back.roles, work.roles);
  EXPECT_EQ(back.show, work.show);
  EXPECT_TRUE(back.incident);
  EXPECT_EQ(work_state(back), "assigned");
}

TEST(Records, WhatIsNoWorkIsSaid) {
  EXPECT_FALSE(parse_work_id("17").ok());
  EXPECT_FALSE(parse_work_id("17-").ok());
  EXPECT_FALSE(parse_work_id("17-4x").ok());
  EXPECT_FALSE(parse_work_id("99999999999999999999-1").ok());
  EXPECT_EQ(must(parse_work_id("17-4")), std::pair(uint64_t{17}, uint32_t{4}));
}

TEST(Records, EventsComeBackWithTheirData) {
  pathway::NameTable names;
  pathway::Event event;
  event.at = at("2020-03-27T08:10:00Z");
  event.case_number = 17;
  event.item = 4;
  event.activity = names.intern("triage");
  event.role = names.intern("nurse");
  event.channel = names.intern("web");
  event.lifecycle = pathway::Lifecycle::ate_abort;
  event.data = feel::Value::context({{"temperature", *feel::Value::number("39.50")}});
  const std::string bytes = encode_event(event, names, "petit");
  pathway::NameTable log;
  const pathway::Event back = must(decode_event(bytes, 17, event.at, log));
  EXPECT_EQ(log.text(back.activity), "triage");
  EXPECT_EQ(log.text(back.role), "nurse");
  EXPECT_EQ(log.text(back.actor), "petit");
  EXPECT_EQ(log.text(back.channel), "web");
  EXPECT_EQ(back.item, 4u);
  EXPECT_EQ(back.lifecycle, pathway::Lifecycle::ate_abort);
  EXPECT_EQ(back.data["temperature"], event.data["temperature"]);
}

TEST(Records, LettersComeBack) {
  Letter letter{"covid-home",
                "1",
                "invite",
                "patient",
                "sms.invitation",
                "daily",
                9,
                feel::Value::context({{"caregiver_phone", feel::Value::string("+33")}})};
  const Letter back = must(decode_letter(encode_letter(letter)));
  EXPECT_EQ(back.activity, "invite");
  EXPECT_EQ(back.text_key, "sms.invitation");
  EXPECT_EQ(back.link_activity, "daily");
  EXPECT_EQ(back.link_item, 9u);
  EXPECT_EQ(back.fields["caregiver_phone"].text(), "+33");
}

TEST(Records, MessagesAreFilledAndUnknownNamesStay) {
  const feel::Value fields =
      feel::Value::context({{"name", feel::Value::string("Léa")}, {"none", feel::Value()}});
  EXPECT_EQ(fill_message("{name}: {link} {none}{what} {", fields, "http://x/f/1"),
            "Léa: http://x/f/1 {what} {");
}

TEST(Records, PatientsAreNamedAndCalledByWhatIsValid) {
  const auto document = must(json::Document::parse(
      R"({"name":[{"family":"Martin","given":["Louise","Anne"]}],)"
      R"("telecom":[{"system":"phone","value":"1","use":"old"},{"system":"phone","value":"2"}]})"));
  EXPECT_EQ(display_name(document.root()), "Louise Anne Martin");
  EXPECT_EQ(telecom(document.root(), "phone"), "2");
  EXPECT_EQ(telecom(document.root(), "email"), "");
}

}  // namespace
}  // namespace passerelle::run
