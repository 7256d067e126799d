#include "pathway/bpmn/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace passerelle::pathway {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string model(const std::string& content) {
  return "<definitions xmlns=\"" + std::string(bpmn_namespace) +
         "\" targetNamespace=\"urn:test\">" + content + "</definitions>";
}

BpmnDocument read(const std::string& xml) {
  auto document = BpmnDocument::parse(xml, "test.bpmn");
  EXPECT_TRUE(document.ok()) << (document ? "" : to_text(document.error()));
  return std::move(*document);
}

std::string node(const std::string& kind, const std::string& id) {
  return "<" + kind + " id=\"" + id + "\"/>";
}
std::string flow(const std::string& from, const std::string& to) {
  return "<sequenceFlow id=\"" + from + "-" + to + "\" sourceRef=\"" + from + "\" targetRef=\"" +
         to + "\"/>";
}

// Random models of everything that is drawn, sound or not.
class ModelMaker {
 public:
  explicit ModelMaker(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}

  std::string make() {
    const uint32_t pools = below(4);
    std::string xml, participants;
    for (uint32_t i = 0; i < std::max(1u, pools); ++i) {
      const std::string id = "process" + std::to_string(i);
      xml += "<process id=\"" + id + "\">" + scope(0, below(3) == 0) + "</process>";
      participants +=
          "<participant id=\"pool" + std::to_string(i) + "\" processRef=\"" + id + "\"/>";
      ends_.push_back("pool" + std::to_string(i));
    }
    if (pools == 0) return model(xml);
    participants += "<participant id=\"outside\" name=\"Outside\"/>";
    ends_.push_back("outside");
    for (uint32_t i = below(8); i > 0; --i) {
      const std::string a = any(ends_), b = any(ends_);
      participants +=
          "<messageFlow id=\"" + id("m") + "\" sourceRef=\"" + a + "\" targetRef=\"" + b + "\"/>";
    }
    return model("<collaboration id=\"c\">" + participants + "</collaboration>" + xml);
  }

 private:
  uint32_t below(uint32_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>((state_ >> 16) % limit);
  }
  const std::string& any(const std::vector<std::string>& list) {
    return list[below(static_cast<uint32_t>(list.size()))];
  }
  std::string id(const std::string& prefix) { return prefix + std::to_string(next_++); }
  std::string name() {
    static const char* const names[] = {"", "", "Ring the ward", "Is the saturation below 92 %?"};
    const std::string text = names[below(4)];
    return text.empty() ? "" : " name=\"" + text + "\"";
  }

  std::string scope(int depth, bool lanes) {
    static const char* const kinds[] = {"startEvent",
                                        "endEvent",
                                        "userTask",
                                        "sendTask",
                                        "callActivity",
                                        "exclusiveGateway",
                                        "parallelGateway",
                                        "subProcess",
                                        "intermediateCatchEvent",
                                        "dataObjectReference",
                                        "textAnnotation"};
    std::string xml;
    std::vector<std::string> nodes, all;
    const uint32_t count = depth == 0 ? 2 + below(22) : 1 + below(5);
    for (uint32_t i = 0; i < count; ++i) {
      const std::string kind = kinds[below(11)];
      const std::string made = id("n");
      all.push_back(made);
      ends_.push_back(made);
      if (kind != "dataObjectReference" && kind != "textAnnotation") nodes.push_back(made);
      xml += "<" + kind + " id=\"" + made + "\"" + name() + ">";
      if (kind == "subProcess" && depth < 3 && below(4) > 0) xml += scope(depth + 1, false);
      xml += "</" + kind + ">";
      const bool activity = kind == "userTask" || kind == "subProcess";
      for (uint32_t k = activity ? below(3) : 0; k > 0; --k) {
        const std::string event = id("b");
        nodes.push_back(event);
        xml += "<boundaryEvent id=\"" + event + "\" attachedToRef=\"" + made + "\"" + name() + "/>";
      }
    }
    for (uint32_t i = nodes.empty() ? 0 : below(count * 2); i > 0; --i) {
      xml += "<sequenceFlow id=\"" + id("f") + "\"" + name() + " sourceRef=\"" + any(nodes) +
             "\" targetRef=\"" + any(nodes) + "\"/>";
    }
    for (uint32_t i = below(4); i > 0; --i) {
      xml += "<association id=\"" + id("a") + "\" sourceRef=\"" + any(ends_) + "\" targetRef=\"" +
             any(all) + "\"/>";
    }
    if (!lanes) return xml;
    std::string sets[3];
    for (const std::string& each : all)
      if (below(8) > 0) sets[below(3)] += "<flowNodeRef>" + each + "</flowNodeRef>";
    return "<laneSet id=\"" + id("s") + "\"><lane id=\"" + id("l") + "\"><childLaneSet id=\"" +
           id("s") + "\"><lane id=\"" + id("l") + "\">" + sets[0] + "</lane><lane id=\"" + id("l") +
           "\">" + sets[1] + "</lane></childLaneSet></lane><lane id=\"" + id("l") + "\">" +
           sets[2] + "</lane></laneSet>" + xml;
  }

  uint64_t state_;
  int next_ = 0;
  std::vector<std::string> ends_;
};

TEST(Layout, HoldsItsPromisesForAnyModel) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    const std::string xml = ModelMaker(seed).make();
    BpmnDocument document = read(xml);
    const auto diagrams = lay_out(document);
    ASSERT_THAT(diagram_problems(document, diagrams), IsEmpty()) << "seed " << seed << "\n" << xml;
    ASSERT_EQ(lay_out(read(xml)), diagrams) << "seed " << seed << ": not the same twice";

    document.set_diagrams(diagrams);
    BpmnDocument again = read(document.write());
    ASSERT_EQ(again.diagrams(), diagrams) << "seed " << seed << ": written and read again";
    ASSERT_FALSE(complete_diagram(again)) << "seed " << seed << ": a complete one stays as it is";
    again.set_diagrams({});
    const auto difference = first_difference(read(xml), again);
    ASSERT_FALSE(difference) << "seed " << seed << "\n" << to_text(*difference);
  }
}

TEST(Layout, FiveHundredNodesWithReturnsAreDrawn) {
  std::string xml = "<process id=\"p\">";
  for (int i = 0; i < 500; ++i) {
    xml += node("userTask", "t" + std::to_string(i));
    if (i > 0) xml += flow("t" + std::to_string((i - 1) / 2), "t" + std::to_string(i));
    if (i > 100 && i % 7 == 0) xml += flow("t" + std::to_string(i), "t" + std::to_string(i / 3));
  }
  const BpmnDocument document = read(model(xml + "</process>"));
  const auto diagrams = lay_out(document);
  ASSERT_THAT(diagrams, SizeIs(1));
  EXPECT_THAT(diagrams[0].shapes, SizeIs(500));
  EXPECT_THAT(diagram_problems(document, diagrams), IsEmpty());
}

const DiagramShape& shape(const Diagram& diagram, const std::string& id) {
  for (const DiagramShape& each : diagram.shapes)
    if (each.element == id) return each;
  ADD_FAILURE() << id << " is not drawn";
  return diagram.shapes.front();
}

TEST(Layout, GoesFromLeftToRightAndComesBackBelow) {
  const auto diagrams =
      lay_out(read(model("<process id=\"p\">" + node("startEvent", "s") + node("userTask", "a") +
                         node("task", "b") + node("endEvent", "e") + flow("s", "a") +
                         flow("a", "b") + flow("b", "e") + flow("b", "a") + "</process>")));
  const Diagram& diagram = diagrams[0];
  EXPECT_EQ(diagram.element, "p");
  for (const auto& [left, right] :
       {std::pair("s", "a"), std::pair("a", "b"), std::pair("b", "e")}) {
    EXPECT_LT(shape(diagram, left).bounds.right(), shape(diagram, right).bounds.x);
    EXPECT_EQ(shape(diagram, left).bounds.center().y, shape(diagram, right).bounds.center().y);
  }
  const auto& back = diagram.edges.back().waypoints;
  EXPECT_EQ(back.front().x, shape(diagram, "b").bounds.right());
  EXPECT_EQ(back.back().x, shape(diagram, "a").bounds.x);
  EXPECT_GT(back[2].y, shape(diagram, "a").bounds.bottom());
}

TEST(Layout, ABoundaryEventStandsOnTheLowerBorderOfItsHost) {
  const auto diagrams = lay_out(read(model(
      "<process id=\"p\"><userTask id=\"t\"/><boundaryEvent id=\"late\" attachedToRef=\"t\"/>" +
      node("endEvent", "e") + flow("late", "e") + "</process>")));
  EXPECT_EQ(shape(diagrams[0], "late").bounds.center().y, shape(diagrams[0], "t").bounds.bottom());
}

TEST(Layout, SubProcessesAreDrawnOpenWhenTheyHoldSomething) {
  const auto diagrams =
      lay_out(read(model("<process id=\"p\"><subProcess id=\"open\"><task id=\"in\"/></subProcess>"
                         "<subProcess id=\"empty\"/><exclusiveGateway id=\"g\"/></process>")));
  EXPECT_EQ(shape(diagrams[0], "open").is_expanded, true);
  EXPECT_EQ(shape(diagrams[0], "empty").is_expanded, false);
  EXPECT_EQ(shape(diagrams[0], "g").is_marker_visible, true);
  EXPECT_FALSE(shape(diagrams[0], "in").is_expanded);
}

TEST(Layout, WhatIsMissingIsAddedAndTheRestStays) {
  const std::string xml = model("<process id=\"p\">" + node("task", "a") + node("task", "b") +
                                flow("a", "b") + "</process>");
  BpmnDocument document = read(xml);
  auto diagrams = lay_out(document);
  diagrams[0].shapes[0].bounds.y = 7;
  diagrams[0].edges.clear();
  document.set_diagrams(diagrams);
  ASSERT_TRUE(complete_diagram(document)) << "an edge is missing";
  EXPECT_EQ(document.diagrams()[0].shapes, diagrams[0].shapes);
  EXPECT_THAT(document.diagrams()[0].edges, SizeIs(1));
  EXPECT_THAT(diagram_problems(document, document.diagrams()), IsEmpty());

  diagrams[0].shapes.pop_back();
  document.set_diagrams(diagrams);
  ASSERT_TRUE(complete_diagram(document)) << "a shape is missing";
  EXPECT_THAT(document.diagrams()[0].shapes, SizeIs(2));
  EXPECT_FALSE(complete_diagram(document));
}

TEST(Layout, TheCheckFindsWhatIsWrong) {
  const BpmnDocument document =
      read(model("<process id=\"p\">" + node("task", "a") + node("task", "b") + node("task", "c") +
                 flow("a", "b") + "</process>"));
  Diagram diagram{"p",
                  {{"a", {0, 0, 100, 80}, {}, {}, {}, {}}, {"b", {50, 0, 100, 80}, {}, {}, {}, {}}},
                  {{"a-b", {{0, 0}, {500, 300}}, {}}}};
  const auto problems = diagram_problems(document, {diagram});
  EXPECT_THAT(problems, testing::Contains(HasSubstr("'a' overlaps 'b'")));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("'c' has no shape")));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("does not end on the border of 'b'")));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("not orthogonal")));

  diagram.shapes[1].bounds.x = 400;
  diagram.shapes.push_back({"c", {200, 0, 100, 80}, {}, {}, {}, {}});
  diagram.edges[0].waypoints = {{100, 40}, {400, 40}};
  EXPECT_THAT(diagram_problems(document, {diagram}),
              testing::ElementsAre("'a-b' runs through 'c'"));
}

TEST(Layout, WhatCannotBeReadStaysAsItIs) { EXPECT_EQ(with_diagram("<a"), "<a"); }

}  // namespace
}  // namespace passerelle::pathway
