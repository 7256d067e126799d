// For the tests of this folder: a pathway in a few lines, and a case that is moved by sentences.
// After every step the state is saved, loaded again, and the case goes on with what was loaded; a
// second one that is never loaded must do the same, and a third one that takes every step twice,
// the second time by what is known of the first.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "pathway/pathway.h"
#include "pathway/step.h"

namespace passerelle::pathway {

// A BPMN file around the content of a process; `flows` is "a>b b>c": sequence flows by ids. In
// `inside` flows of sub-processes stand as {{a>b b>c}}.
inline std::string bpmn(std::string inside, std::string_view flows = {},
                        std::string_view before = {}, std::string_view attributes = {}) {
  const auto sequence = [](std::string_view list) {
    std::map<std::string, int> seen;
    std::string xml;
    while (!list.empty()) {
      const size_t end = std::min(list.find(' '), list.size());
      const std::string flow(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
      const size_t arrow = flow.find('>');
      if (arrow == std::string::npos) continue;
      const std::string from = flow.substr(0, arrow), to = flow.substr(arrow + 1);
      const int again = seen[flow]++;
      xml += "<sequenceFlow id=\"" + from + "_" + to +
             (again == 0 ? "" : "_" + std::to_string(again + 1)) + "\" sourceRef=\"" + from +
             "\" targetRef=\"" + to + "\"/>\n";
    }
    return xml;
  };
  for (size_t at = inside.find("{{"); at != std::string::npos; at = inside.find("{{", at)) {
    const size_t end = inside.find("}}", at);
    inside.replace(at, end + 2 - at,
                   sequence(std::string_view(inside).substr(at + 2, end - at - 2)));
  }
  return "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
         "xmlns:p=\"urn:passerelle:bpmn:1\">\n" +
         std::string(before) + "<process id=\"test\" isExecutable=\"true\" " +
         std::string(attributes) + ">\n" + inside + sequence(flows) + "</process></definitions>";
}

inline Organisation test_organisation() {
  Organisation organisation;
  for (const char* id : {"nurse", "physician", "coordinator"}) {
    Role role;
    role.id = id;
    organisation.roles.push_back(role);
  }
  for (const char* id : {"web", "phone"}) {
    ChannelInfo channel;
    channel.id = id;
    organisation.channels.push_back(channel);
  }
  return organisation;
}

inline PathwaySource test_source(std::string xml) {
  PathwaySource source;
  source.id = "test";
  source.version = "1";
  source.bpmn = std::move(xml);
  source.organisation = test_organisation();
  return source;
}

inline feel::Value value(std::string_view json) {
  auto document = json::Document::parse(json);
  CHECK(document.ok(), "the test's own JSON");
  return feel::from_json(document->root());
}

inline Pathway compiled(PathwaySource source) {
  std::vector<Finding> findings;
  std::optional<Pathway> pathway = compile_pathway(std::move(source), findings);
  std::string text;
  for (const Finding& finding : findings) text += to_text(finding);
  if (!pathway) ADD_FAILURE() << text;
  CHECK(pathway.has_value(), "the test's own pathway compiles");
  return std::move(*pathway);
}

inline void expect_same(const Effect& one, const Effect& other) {
  EXPECT_EQ(one.kind, other.kind);
  EXPECT_EQ(one.item, other.item);
  EXPECT_EQ(one.activity, other.activity);
  EXPECT_EQ(one.at, other.at);
  EXPECT_EQ(one.work.item, other.work.item);
  EXPECT_EQ(one.work.activity, other.work.activity);
  EXPECT_EQ(one.work.due, other.work.due);
  EXPECT_EQ(one.work.priority, other.work.priority);
  EXPECT_EQ(one.work.channel, other.work.channel);
  EXPECT_EQ(one.work.incident, other.work.incident);
  EXPECT_EQ(one.work.role, other.work.role);
  EXPECT_EQ(feel::to_text(one.work.data), feel::to_text(other.work.data));
  EXPECT_EQ(one.event.at, other.event.at);
  EXPECT_EQ(one.event.case_number, other.event.case_number);
  EXPECT_EQ(one.event.item, other.event.item);
  EXPECT_EQ(one.event.activity, other.event.activity);
  EXPECT_EQ(one.event.role, other.event.role);
  EXPECT_EQ(one.event.actor, other.event.actor);
  EXPECT_EQ(one.event.channel, other.event.channel);
  EXPECT_EQ(one.event.lifecycle, other.event.lifecycle);
  EXPECT_EQ(feel::to_text(one.event.data), feel::to_text(other.event.data));
  EXPECT_EQ(feel::to_text(one.data), feel::to_text(other.data));
}

class Case {
 public:
  explicit Case(std::string xml) : Case(test_source(std::move(xml))) {}
  explicit Case(PathwaySource source) : pathway_(compiled(std::move(source))) {
    knowing_.know(pathway_);
  }

  Case& start(std::string_view data = "null") {
    Stimulus stimulus = make(Stimulus::Kind::start);
    stimulus.data = value(data);
    return must(stimulus);
  }
  Case& complete(std::string_view activity, std::string_view data = "null") {
    return must(work(Stimulus::Kind::complete, activity, data));
  }
  Case& assign(std::string_view activity, Name actor) {
    Stimulus stimulus = work(Stimulus::Kind::assign, activity);
    stimulus.actor = actor;
    return must(stimulus);
  }
  Case& message(std::string_view name, std::string_view data = "null") {
    Stimulus stimulus = make(Stimulus::Kind::message);
    stimulus.message = pathway_.names().find(name);
    stimulus.data = value(data);
    return must(stimulus);
  }
  // Lets time pass; timers fire when they are due, earliest first.
  Case& wait(Millis time) {
    const Instant until = now + time;
    for (;;) {
      const auto next = std::min_element(timers.begin(), timers.end(), [](auto& a, auto& b) {
        return std::pair(a.second, a.first) < std::pair(b.second, b.first);
      });
      if (next == timers.end() || next->second > until) break;
      now = next->second;
      Stimulus stimulus = make(Stimulus::Kind::timer);
      stimulus.item = next->first;
      timers.erase(next);
      must(stimulus);
    }
    now = until;
    return *this;
  }

  // Goes on where a case of another version of the pathway stood: its state, carried over, with
  // what that brought.
  void go_on_from(const Case& earlier, const State& carried, const std::vector<Effect>& brought) {
    state = never_loaded_ = known_ = carried;
    now = earlier.now;
    timers = earlier.timers;
    for (const Token& token : state.tokens()) {
      const auto work = earlier.open.find(token.item);
      if (work == earlier.open.end()) continue;
      open[token.item] = work->second;
      open[token.item].activity = token.node;
    }
    EXPECT_EQ(open.size(), earlier.open.size()) << "no work is lost on the way";
    effects = brought;
    for (const Effect& effect : effects) apply(effect);
    save_and_load();
  }

  Stimulus make(Stimulus::Kind kind) const {
    Stimulus stimulus;
    stimulus.kind = kind;
    stimulus.at = now;
    stimulus.case_number = 7;
    return stimulus;
  }
  Stimulus work(Stimulus::Kind kind, std::string_view activity, std::string_view data = "null") {
    Stimulus stimulus = make(kind);
    stimulus.data = value(data);
    for (const auto& [item, open_work] : open) {
      if (pathway_.activities()[open_work.activity].id == activity) stimulus.item = item;
    }
    EXPECT_NE(stimulus.item, 0u) << activity << " is not open; " << waiting_for();
    return stimulus;
  }

  Case& must(const Stimulus& stimulus) {
    const Result<void> done = tell(stimulus);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : to_text(done.error()));
    return *this;
  }
  Result<void> tell(const Stimulus& stimulus) {
    effects.clear();
    const std::string before = state.save(pathway_);
    Result<void> done = step(pathway_, state, stimulus, effects, memory);
    if (!done) {
      EXPECT_EQ(state.save(pathway_), before) << "an error must leave the state as it was";
      EXPECT_TRUE(effects.empty());
      EXPECT_FALSE(step(pathway_, known_, stimulus, knowing_).ok());
      return done;
    }
    for (const Effect& effect : effects) apply(effect);
    std::vector<Effect> same;
    EXPECT_TRUE(step(pathway_, never_loaded_, stimulus, same, memory).ok());
    EXPECT_EQ(same.size(), effects.size());
    EXPECT_EQ(never_loaded_.save(pathway_), state.save(pathway_));
    State first = known_;
    tell_known(first, stimulus);
    tell_known(known_, stimulus);
    save_and_load();
    return done;
  }

  // Open work, by id; an incident as "!id". In order of their ids, separated by spaces.
  std::string waiting_for() const {
    std::vector<std::string> ids;
    for (const auto& [item, open_work] : open) {
      ids.push_back((open_work.incident ? "!" : "") + pathway_.activities()[open_work.activity].id);
    }
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
    return text;
  }
  // The log since it was last asked: "call:schedule call:complete". `of`: only this activity.
  std::string told() {
    std::string text;
    for (const Event& event : log) {
      text += (text.empty() ? "" : " ") + pathway_.names().text(event.activity) + ":" +
              std::string(to_text(event.lifecycle));
    }
    log.clear();
    return text;
  }
  feel::Value variable(std::string_view name) const {
    const auto slot = pathway_.variable(name);
    return slot ? state.variable(*slot) : feel::Value();
  }
  std::string text_of(std::string_view name) const { return feel::to_json_text(variable(name)); }
  const Pathway& pathway() const { return pathway_; }

  Instant now = *parse_instant("2020-03-26T08:45:00Z");
  State state;
  StepMemory memory;
  std::vector<Effect> effects;  // of the last step
  std::map<uint32_t, OpenWork> open;
  std::map<uint32_t, Instant> timers;
  std::vector<Event> log;
  std::vector<std::string> sent;
  std::vector<std::string> announced;
  bool ended = false;

 private:
  void tell_known(State& known, const Stimulus& stimulus) {
    if (knowing_.wanted != memory.wanted) {
      knowing_.wanted = memory.wanted;
      knowing_.know(pathway_);
    }
    const auto same = step(pathway_, known, stimulus, knowing_);
    ASSERT_TRUE(same.ok());
    ASSERT_EQ(same->size(), effects.size());
    for (size_t i = 0; i < effects.size(); ++i) expect_same(effects[i], (*same)[i]);
    EXPECT_EQ(known.save(pathway_), state.save(pathway_));
  }
  void apply(const Effect& effect) {
    using Kind = Effect::Kind;
    EXPECT_FALSE(ended) << "nothing follows the end of a case";
    switch (effect.kind) {
      case Kind::open_work:
        EXPECT_EQ(effect.item, effect.work.item);
        EXPECT_TRUE(open.emplace(effect.item, effect.work).second);
        break;
      case Kind::close_work:
        EXPECT_EQ(open.erase(effect.item), 1u);
        break;
      case Kind::set_timer:
        EXPECT_GE(effect.at, now);
        EXPECT_TRUE(timers.emplace(effect.item, effect.at).second);
        break;
      case Kind::cancel_timer:
        EXPECT_EQ(timers.erase(effect.item), 1u);
        break;
      case Kind::send:
        sent.push_back(pathway_.activities()[effect.activity].id);
        break;
      case Kind::record:
        EXPECT_EQ(effect.event.case_number, 7u);
        log.push_back(effect.event);
        break;
      case Kind::announce:
        announced.push_back(pathway_.activities()[effect.activity].id + " " +
                            feel::to_json_text(effect.data));
        break;
      case Kind::end_case:
        EXPECT_TRUE(open.empty());
        EXPECT_TRUE(timers.empty());
        ended = true;
        break;
    }
  }
  void save_and_load() {
    const std::string bytes = state.save(pathway_);
    Result<State> loaded = State::load(pathway_, bytes);
    ASSERT_TRUE(loaded.ok()) << to_text(loaded.error());
    EXPECT_EQ(loaded->save(pathway_), bytes);
    EXPECT_EQ(loaded->ended(), ended);
    state = std::move(*loaded);
  }

  Pathway pathway_;
  State never_loaded_;
  State known_;
  StepMemory knowing_;
};

}  // namespace passerelle::pathway
