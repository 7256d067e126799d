// Any bytes as a DMN file: refused, or a model whose decisions are all evaluated within the limits,
// without a crash or a hang.
#include "pathway/dmn/dmn.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace {

using namespace passerelle;

Result<std::pair<std::string, std::string>> import(std::string_view name_space, std::string_view) {
  return std::pair(
      "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"library\" "
      "namespace=\"" +
          std::string(name_space.substr(0, name_space.find_first_of("\"<&"))) +
          "\"><inputData id=\"a\" name=\"a\"/></definitions>",
      std::string("library.dmn"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  dmn::ParseOptions options;
  options.imports = import;
  const auto model = dmn::Model::parse(xml, "fuzz.dmn", options);
  if (!model) return 0;
  for (const dmn::Table& table : model->tables()) {
    for (const auto& rule : table.rules) {
      CHECK(rule.inputs.size() == table.inputs.size(), "a rule has a cell for each input");
      CHECK(rule.outputs.size() == table.outputs.size(), "a rule has a cell for each output");
    }
  }
  feel::ContextBuilder inputs;
  for (const dmn::Item& item : model->inputs()) inputs.set(item.name, feel::Value::integer(3));
  const feel::Value given = inputs.build();
  for (const auto items : {model->decisions(), model->services(), model->knowledge_models()}) {
    for (const dmn::Item& item : items) {
      feel::Evaluation evaluation;
      evaluation.limits.steps = 50'000;
      evaluation.limits.list_items = 20'000;
      const auto outcome = model->invoke(item.name, given, evaluation);
      if (!outcome) continue;
      for (const dmn::Fired& fired : outcome->fired) {
        CHECK(fired.table != nullptr && fired.rule < fired.table->rules.size(),
              "what fired is a rule of a table");
      }
    }
  }
  return 0;
}
