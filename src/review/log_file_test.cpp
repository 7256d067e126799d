#include "review/log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "base/random.h"
#include "base/text.h"
#include "review/events_file.h"
#include "review/test_log.h"

namespace passerelle::review {
namespace {

using feel::Value;
using pathway::Event;
using pathway::EventLog;
using pathway::Lifecycle;
using testing::HasSubstr;

std::string in_log(const std::string& inside) { return "<log>" + inside + "</log>"; }
std::string in_event(const std::string& inside) {
  return in_log("<trace><event>" + inside + "</event></trace>");
}
constexpr const char* timed =
    "<string key='concept:name' value='a'/>"
    "<date key='time:timestamp' value='2020-03-26T10:00:00.000+01:00'/>";

std::string refused(const std::string& xes, const LogOptions& options = {}) {
  const auto out = read_xes(xes, "log.xes", options);
  if (out) return "was read";
  return to_text(out.error());
}

TEST(Xes, ReadsWhatTheStandardExtensionsSay) {
  const auto out = read_xes(in_log(R"(
    <extension name="Cost" prefix="cost" uri="http://www.xes-standard.org/cost.xesext"/>
    <global scope="event"><string key="concept:name" value="x"/></global>
    <trace><string key="concept:name" value="Mrs A"/>
      <event><string key="concept:name" value="call"/>
        <string key="lifecycle:transition" value="START"/>
        <date key="time:timestamp" value="2020-03-26T10:00:00.123+01:00"/>
        <string key="org:resource" value="Eve"/><string key="org:role" value="nurse"/>
        <string key="concept:instance" value="17"/>
        <float key="cost:total" value="12.50"><string key="cost:currency" value="EUR"/></float>
        <boolean key="late" value="true"/><list key="why"><values><string key="i" value="cough"/>
          <int key="i" value="3"/></values></list></event></trace>)"),
                            "log.xes");
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  ASSERT_EQ(out->log.events.size(), 1u);
  const Event& event = out->log.events[0];
  EXPECT_EQ(case_name(out->log, event.case_number), "Mrs A");
  EXPECT_EQ(out->log.names.text(event.activity), "call");
  EXPECT_EQ(event.lifecycle, Lifecycle::start);
  EXPECT_EQ(format_instant(event.at), "2020-03-26T09:00:00.123Z");
  EXPECT_EQ(out->log.names.text(event.actor), "Eve");
  EXPECT_EQ(out->log.names.text(event.role), "nurse");
  EXPECT_EQ(event.item, 17u);
  EXPECT_EQ(feel::to_text(event.data["cost:total"]), "12.50");
  EXPECT_TRUE(event.data["late"].is_true());
  EXPECT_EQ(feel::to_text(event.data["why"]), "[\"cough\", 3]");
  EXPECT_THAT(out->remarks, testing::IsEmpty());
}

TEST(Xes, SaysWhatAForeignLogLeavesOut) {
  const auto out = read_xes(
      in_log("<trace><event>" + std::string(timed) +
             "</event><event><string key='lifecycle:transition' value='thought'/></event></trace>"),
      "log.xes");
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  EXPECT_EQ(out->log.events[1].at, out->log.events[0].at);
  EXPECT_THAT(out->remarks,
              testing::ElementsAre(HasSubstr("1 event without a time"),
                                   HasSubstr("1 event without an activity"), HasSubstr("thought")));
}

TEST(Xes, KeepsTracesOfTheSameNameApart) {
  const std::string trace = "<trace><string key='concept:name' value='x'/><event>" +
                            std::string(timed) + "</event></trace>";
  const auto out = read_xes(in_log(trace + trace), "log.xes");
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(cases_of(out->log).size(), 2u);
}

TEST(Xes, RefusesWhatIsBrokenWithItsPlace) {
  EXPECT_THAT(refused("<!DOCTYPE log [<!ENTITY a 'b'>]><log/>"),
              HasSubstr("log.xes:1:15: has a document type declaration"));
  EXPECT_THAT(refused("<bpmn/>"), HasSubstr("begins with <bpmn>"));
  EXPECT_THAT(refused("<log>\n <event/></log>"), HasSubstr("log.xes:2:2"));
  EXPECT_THAT(refused("<log><trace></log>"), HasSubstr("not well-formed"));
  EXPECT_THAT(refused("<log><trace>"), HasSubstr("ends too early"));
  EXPECT_THAT(refused(""), HasSubstr("ends too early"));
  EXPECT_THAT(refused("<?xml version='1.0' encoding='EBCDIC-X'?><log/>"), HasSubstr("encoding"));
  EXPECT_THAT(refused(in_event("<date key='time:timestamp' value='yesterday'/>")),
              HasSubstr("'yesterday' is no date and time"));
  EXPECT_THAT(refused(in_event("<string value='x'/>")), HasSubstr("no key"));
  EXPECT_THAT(refused(in_event("<string key='passerelle:data' value='zz'/>")),
              HasSubstr("cannot be read back"));
}

TEST(Xes, StopsAtItsLimits) {
  LogOptions options;
  options.limits.events = 2;
  const std::string event = "<event>" + std::string(timed) + "</event>";
  EXPECT_THAT(refused(in_log("<trace>" + event + event + event + "</trace>"), options),
              HasSubstr("more than 2 events"));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<list key='a'>";
  EXPECT_THAT(refused(in_log("<trace>" + deep)), HasSubstr("nested too deeply"));
  options.limits.token_bytes = 100'000;
  EXPECT_THAT(refused(in_log("<trace a='" + std::string(2'000'000, 'x') + "'/>"), options),
              HasSubstr("one element is too large"));
  options.limits.bytes = 10;
  EXPECT_THAT(refused(in_log(""), options), HasSubstr("more than 10 bytes"));
}

// ---- what is written is read ----

Value random_value(Random& random, unsigned depth) {
  static const std::vector<std::string> texts = {
      "",    "simple",       "a < b & \"c\"", " two  spaces ", "line\nbreak\ttab\r",
      "é 😀", "\x01 control", "\xEF\xBF\xBF",  "null",          "12"};
  switch (random.below(depth == 0 ? 8 : 10)) {
    case 0:
      return Value();
    case 1:
      return Value::boolean(random.below(2) == 0);
    case 2:
      return Value::integer(static_cast<int64_t>(random.next_u64()));
    case 3:
      return Value::number(static_cast<int64_t>(random.below(100'000)), random.below(6));
    case 4:
      return Value::string(texts[random.below(static_cast<uint32_t>(texts.size()))]);
    case 5:
      return Value::days_duration(Millis(random.below(1'000'000)));
    case 6:
      return Value::date(static_cast<int64_t>(random.below(20'000)));
    case 7:
      return Value::date_time(Instant(Millis(random.next_u32())), Zone::utc());
    case 8: {
      std::vector<Value> items;
      for (uint32_t i = random.below(4); i > 0; --i)
        items.push_back(random_value(random, depth - 1));
      return Value::list(std::move(items));
    }
    default: {
      static const std::vector<std::string> keys = {"severity", "a b", "time:zone",        "<",
                                                    "",         "é",   "passerelle:value", "x"};
      Value out = Value::context({});
      for (uint32_t i = random.below(4); i > 0; --i)
        out = out.with(keys[random.below(static_cast<uint32_t>(keys.size()))],
                       random_value(random, depth - 1));
      return out;
    }
  }
}

EventLog random_log(uint32_t number) {
  Random random({.seed = 7, .entity = number});
  EventLog log;
  const std::vector<std::string> words = {"case", "nurse_call", "é & <", "web", "a\"b\n"};
  const auto word = [&] {
    return log.names.intern(words[random.below(static_cast<uint32_t>(words.size()))]);
  };
  const uint32_t cases = random.below(4);
  for (uint32_t c = 0; c < cases; ++c) {
    const uint64_t case_number = random.below(2) == 0 ? c * 3 : (uint64_t{1} << 40) + c;
    Instant at(Millis(1'585'000'000'000));
    for (uint32_t e = 1 + random.below(5); e > 0; --e) {
      Event event;
      at += Millis(random.below(100'000));
      event.at = at;
      event.case_number = case_number;
      event.item = random.below(2) == 0 ? 0 : random.next_u32() % 1'000'000'000;
      event.activity = word();
      event.role = random.below(2) == 0 ? 0 : word();
      event.actor = random.below(2) == 0 ? 0 : word();
      event.channel = random.below(2) == 0 ? 0 : word();
      event.lifecycle = static_cast<Lifecycle>(random.below(8));
      event.data = random_value(random, 3);
      log.events.push_back(std::move(event));
    }
  }
  return log;
}

void expect_same(const EventLog& found, const EventLog& expected) {
  ASSERT_EQ(found.events.size(), expected.events.size());
  for (size_t i = 0; i < expected.events.size(); ++i) {
    const Event& a = found.events[i];
    const Event& b = expected.events[i];
    EXPECT_EQ(a.at, b.at);
    EXPECT_EQ(a.case_number, b.case_number);
    EXPECT_EQ(case_name(found, a.case_number), case_name(expected, b.case_number));
    EXPECT_EQ(a.item, b.item);
    EXPECT_EQ(a.lifecycle, b.lifecycle);
    EXPECT_EQ(found.names.text(a.activity), expected.names.text(b.activity));
    EXPECT_EQ(found.names.text(a.role), expected.names.text(b.role));
    EXPECT_EQ(found.names.text(a.actor), expected.names.text(b.actor));
    EXPECT_EQ(found.names.text(a.channel), expected.names.text(b.channel));
    std::string bytes_a, bytes_b;
    feel::save(a.data, bytes_a);
    feel::save(b.data, bytes_b);
    EXPECT_TRUE(a.data == b.data && a.data.kind() == b.data.kind())
        << feel::to_text(a.data) << " and not " << feel::to_text(b.data);
  }
}

TEST(Xes, ReadsBackWhatItWroteWhateverTheDataHold) {
  for (uint32_t number = 0; number < 400; ++number) {
    const EventLog log = random_log(number);
    const std::string text = write_xes(log);
    const auto again = read_xes(text, "log.xes");
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << text;
    expect_same(again->log, log);
    if (HasFailure()) {
      FAIL() << "log " << number << ":\n" << text;
    }
    EXPECT_EQ(write_xes(again->log), text);
  }
}

TEST(Xes, KeepsOutsideNamesOfCases) {
  EventLog log = test_log({"0 10:00 a", "1 10:00 a"});
  log.case_names = {"", "Mrs B"};
  const auto again = read_xes(write_xes(log), "log.xes");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(case_name(again->log, 0), "0");
  EXPECT_EQ(case_name(again->log, 1), "Mrs B");
}

TEST(LogFile, ReadsPackedAndPlainFilesAlike) {
  const EventLog log = test_log({"1 10:00 a", "1 10:05 b {\"x\": 1}", "2 10:00 a start #3 nurse"});
  const std::string stem = testing::TempDir() + "passerelle_review_" + std::to_string(getpid());
  for (const char* ending : {".xes", ".xes.gz", ".events", ".events.gz"}) {
    const std::string path = stem + ending;
    ASSERT_TRUE(write_log(path, log).ok());
    const auto again = read_log(path);
    ASSERT_TRUE(again.ok()) << to_text(again.error());
    expect_same(again->log, log);
    std::remove(path.c_str());
  }
  EXPECT_THAT(to_text(read_log(stem + ".xes").error()), HasSubstr("cannot be opened"));
  EXPECT_THAT(to_text(read_log("log.pdf").error()), HasSubstr("is no log by its name"));
}

TEST(LogFile, SaysWhenAPackedFileIsCutOff) {
  const std::string path =
      testing::TempDir() + "passerelle_review_" + std::to_string(getpid()) + "_cut.xes.gz";
  EventLog log = test_log({});
  for (uint32_t number = 1; number < 40; ++number) {
    const EventLog more = random_log(number);
    for (Event event : more.events) {
      event.activity = event.role = event.actor = event.channel = 0;
      log.events.push_back(event);
    }
  }
  ASSERT_TRUE(write_log(path, log).ok());
  const auto bytes = read_file(path);
  ASSERT_TRUE(write_file(path, std::string_view(*bytes).substr(0, bytes->size() / 2)).ok());
  const auto out = read_log(path);
  std::remove(path.c_str());
  ASSERT_FALSE(out.ok());
  EXPECT_THAT(to_text(out.error()), HasSubstr("packed data"));
}

// ---- columns ----

TEST(Events, ComeBackAsTheyWere) {
  for (uint32_t number = 1; number < 200; ++number) {
    const EventLog log = random_log(number);
    const auto again = read_events(write_events(log), "log.events");
    ASSERT_TRUE(again.ok()) << to_text(again.error());
    expect_same(again->log, log);
  }
  EventLog named = test_log({"0 10:00 a", "1 10:00 a"});
  named.case_names = {"", "Mrs B"};
  const auto again = read_events(write_events(named), "log.events");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(case_name(again->log, 0), "0");
  EXPECT_EQ(case_name(again->log, 1), "Mrs B");
}

TEST(Events, GoOnFromPieceToPiece) {
  EventLog log;
  const pathway::Name a = log.names.intern("a");
  for (uint64_t i = 0; i < 150'000; ++i) {
    Event& event = log.events.emplace_back();
    event.at = Instant(Millis(1'600'000'000'000 + static_cast<int64_t>(i % 7) * 1'000));
    event.case_number = i / 7 + 1;
    event.item = static_cast<uint32_t>(i);
    event.activity = a;
  }
  const std::string bytes = write_events(log);
  EXPECT_LT(bytes.size(), log.events.size() * 13);
  const auto again = read_events(bytes, "log.events");
  ASSERT_TRUE(again.ok()) << to_text(again.error());
  expect_same(again->log, log);
}

// One case that fills pieces.
TEST(Events, OfOneCaseGoOnFromPieceToPiece) {
  EventLog log;
  const pathway::Name a = log.names.intern("a"), b = log.names.intern("b");
  for (uint32_t i = 0; i < 140'000; ++i) {
    Event& event = log.events.emplace_back();
    event.at = Instant(Millis(1'600'000'000'000 + int64_t{i} * i));
    event.case_number = 9;
    event.item = i / 2;
    event.activity = i % 3 == 0 ? a : b;
    event.actor = i % 5 == 0 ? a : 0;
  }
  const auto again = read_events(write_events(log), "log.events");
  ASSERT_TRUE(again.ok()) << to_text(again.error());
  expect_same(again->log, log);
}

// A full disk, in the middle of one case of many pieces.
TEST(Events, AreLeftAtTheFirstPieceThatCannotBeWritten) {
  EventLog log;
  const pathway::Name a = log.names.intern("a");
  for (uint32_t i = 0; i < 400'000; ++i) {
    Event& event = log.events.emplace_back();
    event.at = Instant(Millis(1'600'000'000'000 + int64_t{i} * 100'000'000));
    event.case_number = 9;
    event.activity = event.actor = a;
    event.item = i * 1'000'000;
  }
  int pieces = 0;
  EventsWriter writer(log.names, [&](std::string_view) -> Result<void> {
    ++pieces;
    return Error{ErrorCode::unavailable, "the disk is full", "", ""};
  });
  const auto out = writer.write_case(log.events);
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().message, "the disk is full");
  EXPECT_EQ(pieces, 1);
}

TEST(Events, AreWrittenAlikeFromTapes) {
  for (uint32_t number = 1; number < 100; ++number) {
    EventLog log = random_log(number);
    for (Event& event : log.events)
      if (!event.data.is_context()) event.data = {};
    std::string out;
    EventsWriter writer(log.names, [&out](std::string_view piece) -> Result<void> {
      out += piece;
      return {};
    });
    pathway::Tapes tapes;
    for (const auto events : cases_of(log)) {
      pathway::EventTape tape;
      for (const Event& event : events) tape.add(Event(event), tapes);
      ASSERT_TRUE(writer.write_case(tape, tapes.kinds).ok());
    }
    ASSERT_TRUE(writer.finish().ok());
    ASSERT_EQ(out, write_events(log)) << number;
  }
}

// Whole numbers of every length.
TEST(Events, TellTimesOfAnyDistance) {
  EventLog log;
  const pathway::Name a = log.names.intern("a");
  for (int64_t i = 0; i < 47; ++i)
    for (const int64_t off : {-1, 0, 1}) {
      Event& event = log.events.emplace_back();
      event.at = Instant(Millis((int64_t{1} << i) + off));
      event.case_number = 1;
      event.activity = a;
    }
  const auto again = read_events(write_events(log), "log.events");
  ASSERT_TRUE(again.ok()) << to_text(again.error());
  EXPECT_THAT(again->remarks, testing::SizeIs(1)) << "they are not in order";
  group_by_case(log);
  expect_same(again->log, log);
}

TEST(Events, OutsideOfEveryCalendarAreRefused) {
  EventLog log = test_log({"1 10:00 a"});
  log.events[0].at = Instant(Millis(253'402'300'800'000));  // the year 10,000
  const auto out = read_events(write_events(log), "log.events");
  ASSERT_FALSE(out.ok());
  EXPECT_THAT(to_text(out.error()), HasSubstr("no calendar"));
}

TEST(Events, OfADamagedFileAreRefusedOrRead) {
  const std::string bytes = write_events(random_log(7));
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto out = read_events(bytes.substr(0, size), "log.events");
    ASSERT_FALSE(out.ok()) << size;
    EXPECT_THAT(to_text(out.error()), HasSubstr("log.events: byte")) << size;
  }
  for (size_t at = 0; at < bytes.size(); ++at)
    for (const int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto out = read_events(damaged, "log.events");  // never more than memory that is there
      if (out.ok()) continue;
      EXPECT_FALSE(out.error().help.empty());
    }
  EXPECT_THAT(to_text(read_events(bytes + "x", "log.events").error()), HasSubstr("behind its end"));
  LogOptions few;
  few.limits.events = 1;
  EXPECT_EQ(read_events(bytes, "log.events", few).error().code, ErrorCode::too_large);
}

// ---- CSV ----

TEST(Csv, FindsItsColumnsByTheirUsualNames) {
  const auto out = read_csv(
      "Case ID;Activity;Resource;Start Timestamp;Complete;ward\n"
      "7;call;Eve;2020-03-26 10:00;2020-03-26 10:20;\"north; \"\"old\"\"\"\n",
      "log.csv", {.columns = {.start_time = "start timestamp"}});
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  ASSERT_EQ(out->log.events.size(), 2u);
  EXPECT_EQ(out->log.events[0].lifecycle, Lifecycle::start);
  EXPECT_EQ(out->log.events[1].at - out->log.events[0].at, std::chrono::minutes(20));
  EXPECT_EQ(out->log.events[1].data["ward"].text(), "north; \"old\"");
  EXPECT_EQ(case_name(out->log, 0), "7");
}

TEST(Csv, ReadsTimesWithoutOffsetInTheGivenZone) {
  LogOptions options;
  options.zone = *Zone::find("Europe/Paris");
  const auto out = read_csv("case,activity,time\n1,a,2020-07-01 10:00:00\n", "log.csv", options);
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  EXPECT_EQ(format_instant(out->log.events[0].at), "2020-07-01T08:00:00.000Z");
}

TEST(Csv, RefusesWhatIsBrokenWithItsLine) {
  const auto refusal = [](const std::string& text, const LogOptions& options = {}) {
    const auto out = read_csv(text, "log.csv", options);
    return out ? std::string("was read") : to_text(out.error());
  };
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("a,b\n1,2\n"), HasSubstr("log.csv:1: no column looks like the case"));
  EXPECT_THAT(refusal("case,activity,time\n1,a\n"),
              HasSubstr("log.csv:2: has 2 fields, the header 3"));
  EXPECT_THAT(refusal("case,activity,time\n\n1,a,soon\n"), HasSubstr("log.csv:3: 'soon'"));
  EXPECT_THAT(refusal("case,activity,time\n1,\"a,2020\n"),
              HasSubstr("log.csv:2:3: a quoted field"));
  EXPECT_THAT(refusal("case,activity,time\n1,\"a\"b,2020\n"), HasSubstr("log.csv:2:6: a quoted"));
  EXPECT_THAT(refusal("case\xff"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(refusal("case,activity,time\n", {.columns = {.activity = "task"}}),
              HasSubstr("there is no column 'task'; columns are: case, activity, time"));
}

TEST(Csv, ReadsBackWhatItWrote) {
  EventLog log = test_log({"1 10:00 a schedule #4 nurse {\"x\": [1, \"two\"]}", "2 10:00 b"});
  const auto again = read_csv(write_csv(log), "log.csv");
  ASSERT_TRUE(again.ok()) << to_text(again.error());
  ASSERT_EQ(again->log.events.size(), 2u);
  EXPECT_EQ(again->log.events[0].item, 4u);
  EXPECT_EQ(again->log.names.text(again->log.events[0].role), "nurse");
  EXPECT_EQ(again->log.events[0].data, log.events[0].data);
}

// ---- logs of others ----

std::string shared_log(const std::string& name) {
  return std::string(PASSERELLE_ROOT) + "/../shared/suites/logs/" + name;
}

TEST(SharedLogs, RunningExampleHasItsSixCases) {
  const std::string path = shared_log("running-example.xes");
  if (access(path.c_str(), R_OK) != 0)
    GTEST_SKIP() << "skipped: ../shared/suites/logs/running-example.xes not present";
  const auto out = read_log(path);
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  EXPECT_EQ(out->log.events.size(), 42u);
  EXPECT_EQ(cases_of(out->log).size(), 6u);
  EXPECT_THAT(out->remarks, testing::IsEmpty());
  const auto again = read_xes(write_xes(out->log), "log.xes");
  ASSERT_TRUE(again.ok());
  expect_same(again->log, out->log);
}

TEST(SharedLogs, PatientsHaveTheirRows) {
  const std::string path = shared_log("patients.csv");
  if (access(path.c_str(), R_OK) != 0)
    GTEST_SKIP() << "skipped: ../shared/suites/logs/patients.csv not present";
  LogOptions options;
  options.columns = {.case_id = "patient",
                     .activity = "handling",
                     .time = "time",
                     .lifecycle = "registration_type",
                     .item = "handling_id",
                     .actor = "employee"};
  const auto out = read_log(path, options);
  ASSERT_TRUE(out.ok()) << to_text(out.error());
  EXPECT_EQ(out->log.events.size(), 5442u);
  EXPECT_EQ(cases_of(out->log).size(), 500u);
  std::map<std::string, int> started;
  for (const Event& event : out->log.events)
    if (event.lifecycle == Lifecycle::start) ++started[out->log.names.text(event.activity)];
  EXPECT_EQ(started["Registration"], 500);
  EXPECT_EQ(started.size(), 7u);
}

}  // namespace
}  // namespace passerelle::review
