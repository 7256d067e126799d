// What the tests of dmn/ share: models in a few lines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pathway/dmn/dmn.h"

namespace passerelle::dmn {

inline std::string definitions(std::string_view inside, std::string_view name_space = "urn:t") {
  return "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"t\" "
         "namespace=\"" +
         std::string(name_space) + "\">\n" + std::string(inside) + "</definitions>\n";
}

inline std::string input(std::string_view name, std::string_view type = "") {
  const std::string n(name);
  return "<inputData id=\"i_" + n + "\" name=\"" + n + "\"><variable name=\"" + n + "\"" +
         (type.empty() ? "" : " typeRef=\"" + std::string(type) + "\"") + "/></inputData>\n";
}

// A decision whose requirements are written as "i_a d_b k_f".
inline std::string decision(std::string_view name, std::string_view requirements,
                            std::string_view logic, std::string_view type = "") {
  const std::string n(name);
  std::string out = "<decision id=\"d_" + n + "\" name=\"" + n + "\"><variable name=\"" + n + "\"" +
                    (type.empty() ? "" : " typeRef=\"" + std::string(type) + "\"") + "/>\n";
  for (size_t at = 0; at < requirements.size();) {
    const size_t end = std::min(requirements.find(' ', at), requirements.size());
    std::string id(requirements.substr(at, end - at));
    const std::string href = id.find('#') == std::string::npos ? "#" + id : id;
    if (const size_t hash = id.find('#'); hash != std::string::npos) id = id.substr(hash + 1);
    if (id[0] == 'i') {
      out += "<informationRequirement><requiredInput href=\"" + href +
             "\"/></informationRequirement>\n";
    } else if (id[0] == 'd') {
      out += "<informationRequirement><requiredDecision href=\"" + href +
             "\"/></informationRequirement>\n";
    } else {
      out += "<knowledgeRequirement><requiredKnowledge href=\"" + href +
             "\"/></knowledgeRequirement>\n";
    }
    at = end + 1;
  }
  return out + std::string(logic) + "</decision>\n";
}

inline std::string literal(std::string_view feel) {
  std::string escaped;
  for (const char c : feel) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return "<literalExpression><text>" + escaped + "</text></literalExpression>\n";
}

inline Model parsed(std::string_view inside, const ParseOptions& options = {}) {
  auto model = Model::parse(definitions(inside), "t.dmn", options);
  EXPECT_TRUE(model.ok()) << (model.ok() ? "" : to_text(model.error()));
  if (!model) model = Model::parse(definitions(""), "empty.dmn");
  return std::move(*model);
}

// The first problem as text, "" when there is none.
inline std::string first_problem(const Model& model) {
  return model.problems().empty() ? std::string() : to_text(model.problems()[0]);
}

// A decision's value as text, from a context written in FEEL.
inline std::string value_of(const Model& model, std::string_view name,
                            std::string_view inputs = "{}") {
  feel::Evaluation evaluation;
  const auto given = feel::compile(inputs, feel::Names());
  EXPECT_TRUE(given.ok()) << inputs;
  const auto outcome = model.invoke(name, given->evaluate({}, evaluation), evaluation);
  return outcome ? feel::to_text(outcome->value) : "error: " + to_text(outcome.error());
}

}  // namespace passerelle::dmn
