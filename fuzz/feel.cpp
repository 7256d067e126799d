// Any bytes as a FEEL expression and as unary tests: compiled or refused, evaluated within the
// limits, and what comes out is saved, loaded and shown, without a crash or a hang.
#include "pathway/feel/feel.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace {

using namespace passerelle;
using namespace passerelle::feel;

void use(const Value& value) {
  const std::string shown = to_text(value);
  CHECK(shown.size() < (64u << 20), "what is shown is bounded");
  to_json_text(value);
  std::string bytes;
  save(value, bytes);
  std::string_view rest = bytes;
  const auto loaded = load(rest);
  CHECK(loaded.ok() && rest.empty(), "what was saved is loaded");
  std::string again;
  save(*loaded, again);
  CHECK(again == bytes, "what was loaded is saved alike");
}

Value answers() {
  return Value::context({{"temperature", Value::number(385, 1)},
                         {"heart rate", Value::integer(80)},
                         {"symptoms", Value::list({Value::string("cough"), Value()})}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Names names{"daily", "age", "first symptom day", "f"};
  const std::vector<Value> slots = {answers(), Value::integer(71), *Value::date(2020, 3, 26),
                                    Value::number(5, 1), Value::integer(3)};
  Evaluation evaluation;
  evaluation.limits.steps = 200'000;
  evaluation.limits.list_items = 20'000;
  evaluation.limits.text_bytes = 1u << 18;
  if (const auto expression = compile(text, names)) {
    use(expression->evaluate(slots, evaluation));
    expression->names_used();
  }
  evaluation.clear();
  if (const auto tests = compile_unary_tests(text, names)) use(tests->evaluate(slots, evaluation));
  // The same bytes as a saved value.
  std::string_view saved = text;
  if (const auto value = load(saved)) use(*value);
  return 0;
}
