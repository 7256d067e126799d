// What was rehearsed is what runs: the same pathway, the same answers and the same instants give
// the same event log in `rehearse` and in `run`, whose cases rest as bytes in the store in between.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "rehearse/rehearse.h"
#include "run/test_site.h"

namespace passerelle::server {
namespace {

using pathway::Event;
using pathway::EventLog;
using pathway::Stimulus;
using run::must;

constexpr uint64_t cases = 40;
constexpr int days = 12;

// As a page sends it.
std::string as_typed(const feel::Value& value) {
  std::string text = feel::to_json_text(value);
  if (text.size() < 2 || text.front() != '"') return text;
  return std::string(must(json::Document::parse(text)).root().string());
}

run::Answers answers(const feel::Value& data) {
  run::Answers out;
  for (size_t i = 0; i < data.size(); ++i)
    if (!data.at(i).is_null()) out.emplace(data.key(i), as_typed(data.at(i)));
  return out;
}

// Tells the engine what the rehearsal told its cases.
class Replay {
 public:
  explicit Replay(const pathway::NameTable& names) : names_(names) {}

  void tell(const Stimulus& stimulus) {
    const uint64_t number = stimulus.case_number;
    const std::string work =
        std::to_string(number) + "-" + std::to_string(stimulus.item);  // as pages name it
    run::Actor actor;
    actor.account = names_.text(stimulus.actor);
    actor.name = actor.account;
    if (stimulus.role != 0) actor.roles = {names_.text(stimulus.role)};
    actor.language = "en";
    site.now = stimulus.at;
    switch (stimulus.kind) {
      case Stimulus::Kind::start: {
        run::Opening opening;
        opening.pathway = "covid-home";
        opening.patient = run::patient_json("Martin", "+33600" + std::to_string(100'000 + number));
        opening.start_first_work = false;
        EXPECT_EQ(must(site.engine->open_case(opening, run::prescriber, site.now)).case_number,
                  number);
        break;
      }
      case Stimulus::Kind::assign:
        must(site.engine->take(work, actor, site.now));
        break;
      case Stimulus::Kind::begin:
        must(site.engine->begin(work, actor, site.now));
        break;
      case Stimulus::Kind::post:
        ADD_FAILURE() << "covid-home has no messages from one case to another";
        break;
      case Stimulus::Kind::release:
        must(site.engine->release(work, actor, site.now));
        break;
      case Stimulus::Kind::complete:
        if (stimulus.actor == 0) {
          const std::string token = site.token(number);
          const auto done =
              must(site.engine->complete_by_link(token, answers(stimulus.data), "en", site.now));
          EXPECT_TRUE(done.refusals.empty())
              << done.refusals[0].link_id << ": " << done.refusals[0].message;
        } else {
          const auto done =
              must(site.engine->complete(work, answers(stimulus.data), actor, "", site.now));
          EXPECT_TRUE(done.refusals.empty())
              << done.refusals[0].link_id << ": " << done.refusals[0].message;
        }
        break;
      case Stimulus::Kind::timer:
        must(site.engine->run_due(site.now, 1000));
        break;
      case Stimulus::Kind::message:
        must(site.engine->tell(number, names_.text(stimulus.message),
                               stimulus.data.is_null() ? "" : feel::to_json_text(stimulus.data),
                               run::coordinator, "", site.now));
        break;
      case Stimulus::Kind::fail:
        ADD_FAILURE() << "a rehearsal's messages all arrive";
        break;
      case Stimulus::Kind::error:
        ADD_FAILURE() << "nobody raises errors in a rehearsal";
        break;
    }
    site.deliver();
  }

  run::Site site;

 private:
  const pathway::NameTable& names_;
};

// An event in words; who sent a message or opened the case is nobody in a rehearsal.
std::string in_words(const Event& event, const pathway::NameTable& names, bool with_person) {
  std::string out = format_instant(event.at) + " " + std::to_string(event.case_number) + "-" +
                    std::to_string(event.item) + " " + names.text(event.activity) + " " +
                    std::string(to_text(event.lifecycle)) + " channel=" + names.text(event.channel);
  if (with_person) out += " by " + names.text(event.role) + " " + names.text(event.actor);
  if (!event.data.is_null()) out += " " + feel::to_json_text(event.data);
  return out;
}

std::map<uint64_t, std::vector<Event>> by_case(const EventLog& log) {
  std::map<uint64_t, std::vector<Event>> out;
  for (const Event& event : log.events)
    if (event.case_number <= cases) out[event.case_number].push_back(event);
  return out;
}

TEST(Promise, WhatWasRehearsedIsWhatRuns) {
  const run::PackagePointer package = run::covid_home();
  rehearse::Settings settings;
  settings.days = days;
  settings.seed = 7;
  std::vector<Stimulus> told;
  const EventLog rehearsed =
      must(rehearse::event_log(*package, settings, 0, [&](const Stimulus& stimulus) {
        if (stimulus.case_number <= cases) told.push_back(stimulus);
      }));
  ASSERT_GT(told.size(), cases * 20);

  Replay replay(rehearsed.names);
  std::set<Stimulus::Kind> kinds;
  for (const Stimulus& stimulus : told) {
    kinds.insert(stimulus.kind);
    replay.tell(stimulus);
    if (testing::Test::HasFailure())
      FAIL() << "at " << format_instant(stimulus.at) << ", case " << stimulus.case_number
             << ", item " << stimulus.item << ", kind " << static_cast<int>(stimulus.kind);
  }
  EXPECT_GE(kinds.size(), 5u) << "the rehearsal was too quiet to say anything";

  const EventLog ran = must(replay.site.engine->event_log("covid-home"));
  const auto explained = [](const Event& event) {
    return event.data.find(pathway::fired_field) != nullptr;
  };
  EXPECT_GT(std::count_if(ran.events.begin(), ran.events.end(), explained), int{cases} + 10)
      << "the plan of each case, and answers that raised an alert, tell which rules fired";
  const auto expected = by_case(rehearsed), found = by_case(ran);
  ASSERT_EQ(found.size(), cases);
  for (const auto& [number, events] : expected) {
    const auto& others = found.at(number);
    for (size_t i = 0; i < std::min(events.size(), others.size()); ++i) {
      const bool with_person = events[i].actor != 0;
      ASSERT_EQ(in_words(others[i], ran.names, with_person),
                in_words(events[i], rehearsed.names, with_person));
    }
    EXPECT_EQ(others.size(), events.size()) << "case " << number;
  }
}

}  // namespace
}  // namespace passerelle::server
