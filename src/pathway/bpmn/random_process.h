// For tests: random processes, sound or not, of nearly all elements.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/bpmn/test_case.h"

namespace passerelle::pathway {

class RandomProcess {
 public:
  // `rare`: with what only few processes have, which no other version has a place for while it
  // lasts.
  explicit RandomProcess(uint64_t seed, bool rare = false)
      : state_(seed * 0x9E3779B97F4A7C15u + 1), rare_(rare) {}

  uint32_t below(uint32_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>((state_ >> 16) % limit);
  }

  // The content of one scope: its start event, nodes with random flows between them, event
  // sub-processes and boundary events.
  std::string scope(int depth, bool started) {
    std::string xml;
    std::vector<std::string> sources, targets, forks;
    if (!started) {
      const std::string start = id();
      xml += "<startEvent id=\"" + start + "\"/>";
      sources.push_back(start);
    } else {
      sources.push_back(last_start_);
    }
    const std::string first = sources.back();
    const uint32_t count = 3 + below(5);
    for (uint32_t i = 0; i < count; ++i) xml += node(depth, sources, targets, forks);
    const auto flow = [&](const std::string& from, const std::string& to, bool condition) {
      std::string made =
          "<sequenceFlow id=\"" + id() + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\"";
      if (!condition) return made + "/>";
      const uint32_t remainder = below(3);
      return made + "><conditionExpression>modulo(n, 3) = " + std::to_string(remainder) +
             "</conditionExpression></sequenceFlow>";
    };
    for (size_t t = 0; t < targets.size(); ++t) {  // everything is reachable by some drawing
      xml += flow(sources[below(static_cast<uint32_t>(sources.size()))], targets[t], false);
    }
    for (const std::string& fork : forks) {
      for (uint32_t i = 0; i < 2; ++i) {
        xml += flow(fork, targets[below(static_cast<uint32_t>(targets.size()))], true);
      }
    }
    last_node_ = first;
    return xml;
  }

  const std::string& start() const { return last_node_; }  // of the scope that was made last
  std::string scope_behind(const std::string& start) {
    last_start_ = start;
    return scope(1, true);
  }

 private:
  std::string id() { return "x" + std::to_string(next_++); }

  std::string node(int depth, std::vector<std::string>& sources, std::vector<std::string>& targets,
                   std::vector<std::string>& forks) {
    const std::string name = id();
    const uint32_t kind = below(depth > 0 ? (rare_ ? 21 : 20) : 16);
    const auto plain = [&](const std::string& xml) {
      sources.push_back(name);
      targets.push_back(name);
      return xml;
    };
    const std::string quoted = "id=\"" + name + "\"";
    if (kind <= 2)
      return plain("<userTask " + quoted + " p:role=\"nurse\"/>") + boundary(name, sources);
    if (kind == 3) {
      return plain("<scriptTask " + quoted +
                   "><extensionElements><p:set variable=\"n\">n + 1"
                   "</p:set></extensionElements></scriptTask>");
    }
    if (kind == 4) {
      return plain("<intermediateCatchEvent " + quoted + "><timerEventDefinition><timeDuration>PT" +
                   std::to_string(1 + below(5)) +
                   "H</timeDuration></timerEventDefinition>"
                   "</intermediateCatchEvent>");
    }
    if (kind == 5) {
      targets.push_back(name);
      sources.push_back(name);
      return "<parallelGateway " + quoted + "/>" + way_out(name);
    }
    if (kind == 6 || kind == 7) {
      targets.push_back(name);
      return "<inclusiveGateway " + quoted + "/>" + way_out(name);
    }
    if (kind == 8) {
      targets.push_back(name);
      return below(4) == 0 ? "<endEvent " + quoted + "><terminateEventDefinition/></endEvent>"
                           : "<endEvent " + quoted + "/>";
    }
    if (kind == 9) {
      return plain("<intermediateThrowEvent " + quoted +
                   "><escalationEventDefinition "
                   "escalationRef=\"e\"/></intermediateThrowEvent>");
    }
    if (kind == 10) {
      forks.push_back(name);
      targets.push_back(name);
      return "<userTask " + quoted + " p:role=\"nurse\"/>";
    }
    if (kind == 11) {
      return plain("<userTask " + quoted + " p:role=\"nurse\">" + repetition() + "</userTask>") +
             boundary(name, sources);
    }
    if (kind == 12) {
      static constexpr std::string_view waits[] = {
          "<signalEventDefinition signalRef=\"sg\"/>",
          "<conditionalEventDefinition><condition>modulo(n, 2) = 0</condition>"
          "</conditionalEventDefinition>",
          "<messageEventDefinition messageRef=\"m\"/><signalEventDefinition signalRef=\"sg\"/>"};
      return plain("<intermediateCatchEvent " + quoted +
                   (below(3) == 0 ? " parallelMultiple=\"true\">" : ">") +
                   std::string(waits[below(3)]) + "</intermediateCatchEvent>");
    }
    if (kind == 13) {
      return plain("<intermediateThrowEvent " + quoted + "><" +
                   std::string(below(2) == 0 ? "signalEventDefinition signalRef=\"sg\""
                                             : "compensateEventDefinition") +
                   "/></intermediateThrowEvent>");
    }
    if (kind == 14) {
      const std::string event = id(), handler = id();
      return plain("<userTask " + quoted + " p:role=\"nurse\"/>") + "<boundaryEvent id=\"" + event +
             "\" attachedToRef=\"" + name + "\"><compensateEventDefinition/></boundaryEvent>" +
             "<userTask id=\"" + handler + "\" p:role=\"nurse\" isForCompensation=\"true\"/>" +
             "<association id=\"" + id() + "\" sourceRef=\"" + event + "\" targetRef=\"" + handler +
             "\"/>";
    }
    if (kind == 15) {
      targets.push_back(name);
      sources.push_back(name);
      return "<complexGateway " + quoted +
             "><activationCondition>activationCount &gt;= " + std::to_string(1 + below(2)) +
             "</activationCondition></complexGateway>" + way_out(name);
    }
    if (kind == 16) {
      return plain("<subProcess " + quoted +
                   "><extensionElements><p:local name=\"n\"/><p:in "
                   "variable=\"n\">n + 1</p:in><p:out variable=\"n\">n + 1</p:out>"
                   "</extensionElements>" +
                   repetition() + scope(depth - 1, false) + "</subProcess>") +
             boundary(name, sources);
    }
    if (kind == 17) {
      const std::string event = id(), end = id(), flow = id(), cancel = id(), task = id();
      return plain("<transaction " + quoted + ">" + scope(depth - 1, false) + "<userTask id=\"" +
                   task + "\" p:role=\"nurse\"/><endEvent id=\"" + cancel +
                   "\"><cancelEventDefinition/></endEvent><sequenceFlow id=\"" + id() +
                   "\" sourceRef=\"" + last_node_ + "\" targetRef=\"" + task +
                   "\"/><sequenceFlow id=\"" + id() + "\" sourceRef=\"" + task + "\" targetRef=\"" +
                   cancel + "\"/></transaction>") +
             "<boundaryEvent id=\"" + event + "\" attachedToRef=\"" + name +
             "\"><cancelEventDefinition/></boundaryEvent><endEvent id=\"" + end +
             "\"/><sequenceFlow id=\"" + flow + "\" sourceRef=\"" + event + "\" targetRef=\"" +
             end + "\"/>";
    }
    if (kind == 18) {
      return plain("<subProcess " + quoted + ">" + scope(depth - 1, false) + "</subProcess>") +
             boundary(name, sources);
    }
    if (kind == 20) {  // takes itself back when it is asked to
      const std::string body = scope(depth - 1, false), begin = id(), back = id();
      last_start_ = begin;
      const std::string handler = scope(0, true);
      return plain("<subProcess " + quoted +
                   "><extensionElements><p:local name=\"n\"/><p:in variable=\"n\">n + 1</p:in>"
                   "</extensionElements>" +
                   repetition() + body + "<subProcess id=\"" + back +
                   "\" triggeredByEvent=\"true\"><startEvent id=\"" + begin +
                   "\"><compensateEventDefinition/></startEvent>" + handler +
                   "</subProcess></subProcess>");
    }
    const std::string start = id();
    static constexpr std::string_view triggers[] = {
        "<messageEventDefinition messageRef=\"m\"/>", "<escalationEventDefinition/>",
        "<timerEventDefinition><timeDuration>PT7H</timeDuration></timerEventDefinition>",
        "<messageEventDefinition messageRef=\"m\"/><signalEventDefinition signalRef=\"sg\"/>"};
    last_start_ = start;
    const std::string inside = scope(depth - 1, true);
    // One draw a statement: compilers evaluate the parts of an expression in orders of their own.
    const std::string interrupting = below(2) == 0 ? "true" : "false";
    const std::string trigger(triggers[below(rare_ ? 4 : 3)]);
    return "<subProcess " + quoted + " triggeredByEvent=\"true\"><startEvent id=\"" + start +
           "\" isInterrupting=\"" + interrupting + "\"" + together() + ">" + trigger +
           "</startEvent>" + inside + "</subProcess>";
  }

  // Waits for all of its triggers, now and then.
  std::string together() { return rare_ && below(2) == 0 ? " parallelMultiple=\"true\"" : ""; }

  std::string repetition() {
    static constexpr std::string_view kinds[] = {
        "<standardLoopCharacteristics loopMaximum=\"2\"/>",
        "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
        "</multiInstanceLoopCharacteristics>",
        "<multiInstanceLoopCharacteristics isSequential=\"true\" p:list=\"[1, 2]\" p:each=\"one\">"
        "<completionCondition>numberOfCompletedInstances &gt;= 1 and n = 2</completionCondition>"
        "</multiInstanceLoopCharacteristics>",
        ""};
    return std::string(kinds[below(4)]);
  }

  // A gateway goes on to an end of its own, so that it always has a way out.
  std::string way_out(const std::string& gateway) {
    const std::string task = id(), flow = id();
    return "<userTask id=\"" + task + "\" p:role=\"nurse\"/><sequenceFlow id=\"" + flow +
           "\" sourceRef=\"" + gateway + "\" targetRef=\"" + task + "\"/>";
  }

  std::string boundary(const std::string& host, std::vector<std::string>& sources) {
    if (below(2) == 0) return {};
    const std::string name = id(), end = id(), flow = id();
    sources.push_back(name);
    const std::string trigger =
        below(2) == 0
            ? "<messageEventDefinition messageRef=\"m\"/>"
            : "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>";
    const std::string interrupting = below(2) == 0 ? "true" : "false";
    const std::string all = together();
    const bool two = rare_ && below(3) == 0;
    return "<boundaryEvent id=\"" + name + "\" attachedToRef=\"" + host + "\" cancelActivity=\"" +
           interrupting + "\"" + all + ">" + trigger +
           (two ? "<signalEventDefinition signalRef=\"sg\"/>" : "") +
           "</boundaryEvent><endEvent id=\"" + end + "\"/><sequenceFlow id=\"" + flow +
           "\" sourceRef=\"" + name + "\" targetRef=\"" + end + "\"/>";
  }

  uint64_t state_;
  bool rare_ = false;
  int next_ = 0;
  std::string last_start_;
  std::string last_node_;  // a start event that flows may leave
};

// The whole file; `n` is a variable of the case.
inline const std::string random_variables =
    "<extensionElements><p:variable name=\"n\"/></extensionElements>";
inline const std::string random_declarations =
    "<message id=\"m\" name=\"go\"/><escalation id=\"e\" escalationCode=\"up\"/>"
    "<signal id=\"sg\" name=\"storm\"/>";
inline std::string random_process(RandomProcess& maker) {
  return bpmn(random_variables + maker.scope(2, false), "", random_declarations);
}

// Two random processes: the first orders, the second begins by the order and reports.
inline std::string random_conversation(RandomProcess& maker) {
  const auto task = [](const std::string& name, const std::string& id, const std::string& message) {
    return "<" + name + " id=\"" + id + "\" messageRef=\"" + message + "\"/>";
  };
  const auto flow = [](const std::string& from, const std::string& to) {
    return "<sequenceFlow id=\"" + from + "_" + to + "\" sourceRef=\"" + from + "\" targetRef=\"" +
           to + "\"/>";
  };
  const std::string first =
      maker.scope(1, false) + task("sendTask", "order", "o") + task("receiveTask", "wait", "r");
  const std::string from = maker.start();
  const std::string second =
      "<startEvent id=\"ordered\"><messageEventDefinition messageRef=\"o\"/></startEvent>" +
      maker.scope_behind("ordered") + task("sendTask", "report", "r");
  return bpmn(random_variables + first + flow(from, "order") + flow(from, "wait"), "",
              random_declarations +
                  "<message id=\"o\" name=\"order\"/><message id=\"r\" name=\"report\"/>"
                  "<collaboration id=\"c\"><messageFlow id=\"f1\" sourceRef=\"order\" "
                  "targetRef=\"ordered\"/><messageFlow id=\"f2\" sourceRef=\"report\" "
                  "targetRef=\"wait\"/></collaboration><process id=\"other\" "
                  "isExecutable=\"true\">" +
                  random_variables + second + flow("ordered", "report") + "</process>");
}

// Something that can happen now happens. False when nothing can any more.
inline bool random_step(RandomProcess& maker, Case& c) {
  const uint32_t what = maker.below(9);
  Stimulus stimulus = c.make(Stimulus::Kind::message);
  if (what == 0) {
    stimulus.message = c.pathway().names().find("go");
    (void)c.tell(stimulus);
  } else if (what == 8) {
    stimulus.message = c.pathway().names().find("storm");
    if (stimulus.message != 0) (void)c.tell(stimulus);
  } else if (what <= 2 && !c.timers.empty()) {
    c.wait(std::chrono::hours(maker.below(4)));
  } else if (!c.open.empty()) {
    auto work = c.open.begin();
    std::advance(work, maker.below(static_cast<uint32_t>(c.open.size())));
    stimulus.kind = Stimulus::Kind::complete;
    stimulus.item = work->first;
    c.must(stimulus);
  } else if (c.timers.empty()) {
    return false;  // a join that can never fire: the drawing is to blame
  } else {
    c.wait(std::chrono::hours(8));
  }
  return true;
}

}  // namespace passerelle::pathway
