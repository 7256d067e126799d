#include "pathway/dmn/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/check.h"
#include "base/text.h"
#include "pathway/dmn/reasons.h"
#include "pathway/feel/temporal.h"

namespace passerelle::dmn {
namespace {

struct Wording {
  std::string_view key, en, fr;
};
constexpr std::array wordings = {
    Wording{"yes", "yes", "oui"},
    Wording{"no", "no", "non"},
    Wording{"null", "not answered", "sans réponse"},
    Wording{"not_null", "answered", "avec réponse"},
    Wording{"nothing", "nothing", "rien"},
    Wording{"or", "or", "ou"},
    Wording{"and", "and", "et"},
    Wording{"not", "anything but {}", "tout sauf {}"},
    Wording{"otherwise", "in all other cases", "dans tous les autres cas"},
    Wording{"always", "always", "toujours"},
    Wording{"quote", "“{}”", "«\u00a0{}\u00a0»"},
    Wording{"<", "below {}", "moins de {}"},
    Wording{"<=", "at most {}", "au plus {}"},
    Wording{">", "above {}", "plus de {}"},
    Wording{">=", "at least {}", "au moins {}"},
    Wording{"[]", "from {} to {}", "de {} à {}"},
    Wording{"[)", "from {} to below {}", "de {} à moins de {}"},
    Wording{"(]", "above {}, up to {}", "plus de {}, jusqu’à {}"},
    Wording{"()", "above {} and below {}", "plus de {} et moins de {}"},
    // Dates and times are not more or less than each other.
    Wording{"t<", "before {}", "avant le {}"},
    Wording{"t<=", "until {}", "jusqu’au {}"},
    Wording{"t>", "after {}", "après le {}"},
    Wording{"t>=", "from {} on", "à partir du {}"},
    Wording{"t[]", "from {} to {}", "du {} au {}"},
    Wording{"t[)", "from {} to before {}", "du {} à avant le {}"},
    Wording{"t(]", "after {}, until {}", "après le {}, jusqu’au {}"},
    Wording{"t()", "after {} and before {}", "après le {} et avant le {}"},
    Wording{"year", "{} y", "{} ans"},
    Wording{"one year", "{} y", "{} an"},
    Wording{"month", "{} mo", "{} mois"},
    Wording{"day", "{} d", "{} j"},
    Wording{"hour", "{} h", "{} h"},
    Wording{"minute", "{} min", "{} min"},
    Wording{"second", "{} s", "{} s"},
};

bool is_moment(const feel::Value& value) {
  return value.kind() == feel::Kind::date || value.kind() == feel::Kind::date_time ||
         value.kind() == feel::Kind::time;
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

std::string table_name(const Table& table) { return table.id.empty() ? table.owner : table.id; }

// Where a call's argument ends: at a comma or a bracket that is not inside another.
size_t argument_end(std::string_view text, size_t at) {
  int depth = 0;
  bool inside = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') inside = !inside;
    if (inside) continue;
    if (depth == 0 && (c == ',' || c == ')')) return at;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
  }
  return at;
}

// `f(a, n: b)` -> {a, b}, with names where they are given; nothing when the text is no call of f.
std::vector<std::pair<std::string, std::string>> arguments_of(std::string_view call,
                                                              std::string_view function) {
  std::vector<std::pair<std::string, std::string>> out;
  call = trim(call);
  if (!call.starts_with(function) || !call.ends_with(")")) return out;
  std::string_view rest = trim(call.substr(function.size()));
  if (!rest.starts_with("(")) return out;
  for (size_t at = 1; at < rest.size();) {
    const size_t end = argument_end(rest, at);
    std::string_view argument = trim(rest.substr(at, end - at));
    std::string name;
    if (const size_t colon = argument.find(':'); colon != argument.npos && argument[0] != '"') {
      name = trim(argument.substr(0, colon));
      argument = trim(argument.substr(colon + 1));
    }
    out.emplace_back(std::move(name), argument);
    at = end + 1;
  }
  return out;
}

bool is_nothing(const feel::Value& value) {
  return value.is_null() || value.is_false() || (value.is_string() && value.text().empty()) ||
         (value.is_number() && value == feel::Value::integer(0));
}

// A value of a column of dates that was kept as JSON, and so as a text.
feel::Value as_typed(const feel::Value& value, const Table::Input& input) {
  const std::string type = lower(input.type);
  const bool temporal = type.find("date") != type.npos || type.find("time") != type.npos ||
                        type.find("duration") != type.npos;
  if (!value.is_string() || !temporal) return value;
  return feel::parse_at_literal(value.text()).value_or(value);
}

}  // namespace

// ---- keys ----

std::string label_key(const Table& table, size_t input) {
  const std::string& id = table.inputs[input].id;
  return "rules." + table_name(table) + "." + (id.empty() ? std::to_string(input + 1) : id);
}

std::string annotation_key(const Table& table, size_t rule) {
  const std::string& id = table.rules[rule].id;
  return "rules." + table_name(table) + "." + (id.empty() ? std::to_string(rule + 1) : id);
}

std::string annotation_of(const Table::Rule& rule) {
  std::string words = rule.description;
  for (const std::string& annotation : rule.annotations)
    if (!annotation.empty()) words += (words.empty() ? "" : "; ") + annotation;
  return words;
}

bool is_answer(std::string_view expression) {
  expression = trim(expression);
  const size_t dot = expression.find('.');
  return dot != 0 && dot != expression.npos && dot + 1 < expression.size() &&
         std::all_of(expression.begin(), expression.end(),
                     [](char c) { return is_name_byte(c) || c == '.'; });
}

std::string to_json_text(std::span<const Told> rules) {
  std::string out = "[";
  for (const Told& told : rules) {
    out += (out.size() > 1 ? ",{\"rule\":" : "{\"rule\":") +
           json::quote(rule_name(*told.table, told.rule)) +
           ",\"decision\":" + json::quote(told.table->owner) +
           ",\"says\":" + json::quote(told.says) + ",\"met\":[";
    for (const std::string& met : told.met)
      out += (out.back() == '[' ? "" : ",") + json::quote(met);
    out += "],\"note\":" + json::quote(told.note) + ",\"below\":" + to_json_text(told.below) + "}";
  }
  return out + "]";
}

// ---- words ----

std::string_view Teller::word(std::string_view key) const {
  const auto found =
      std::find_if(wordings.begin(), wordings.end(), [&](auto& each) { return each.key == key; });
  CHECK(found != wordings.end(), "a word of rules is missing");
  return french_ ? found->fr : found->en;
}

std::string Teller::phrase(std::string_view key, std::string_view a, std::string_view b) const {
  return fmt::format(fmt::runtime(word(key)), a, b);
}

std::string Teller::quote(std::string_view text) const { return phrase("quote", text); }

std::string Teller::list(const std::vector<std::string>& items, std::string_view last) const {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 < items.size() ? ", " : " " + std::string(word(last)) + " ";
    out += items[i];
  }
  return out;
}

std::string Teller::duration(const feel::Value& value) const {
  struct Part {
    std::string_view word;
    int64_t length;
  };
  static constexpr std::array months = {Part{"year", 12}, Part{"month", 1}};
  static constexpr std::array seconds = {Part{"day", feel::seconds_a_day}, Part{"hour", 3600},
                                         Part{"minute", 60}, Part{"second", 1}};
  const bool long_one = value.kind() == feel::Kind::months_duration;
  const std::span<const Part> parts =
      long_one ? std::span<const Part>(months) : std::span<const Part>(seconds);
  int64_t rest = std::llabs(value.whole());
  std::string out;
  for (const Part& part : parts) {
    const int64_t count = rest / part.length;
    rest %= part.length;
    if (count == 0 && (!out.empty() || part.length != 1)) continue;
    if (count == 0) break;
    const std::string_view word = count == 1 && part.word == "year" ? "one year" : part.word;
    out += (out.empty() ? "" : " ") + phrase(word, std::to_string(count));
  }
  if (out.empty()) out = phrase(long_one ? "month" : "second", "0");
  return (value.whole() < 0 ? "-" : "") + out;
}

std::string Teller::value(const feel::Value& value, std::string_view path) const {
  if (!value.is_null()) {
    if (auto name = vocabulary_.answer(path, value)) return *name;
  }
  switch (value.kind()) {
    case feel::Kind::null:
      return std::string(word("null"));
    case feel::Kind::boolean:
      return std::string(word(value.is_true() ? "yes" : "no"));
    case feel::Kind::number: {
      std::string text = feel::to_text(value);
      if (french_) std::replace(text.begin(), text.end(), '.', ',');
      return text;
    }
    case feel::Kind::string: {
      if (auto words = vocabulary_.text(value.text())) return *words;
      return quote(value.text());
    }
    case feel::Kind::date: {
      if (!french_) return feel::to_text(value);
      const feel::Civil date = feel::civil_of(value);
      return fmt::format("{:02}/{:02}/{}", date.day, date.month, date.year);
    }
    case feel::Kind::days_duration:
    case feel::Kind::months_duration:
      return duration(value);
    case feel::Kind::list: {
      std::vector<std::string> items;
      for (const feel::Value& item : value.items()) items.push_back(this->value(item, path));
      return items.empty() ? std::string(word("nothing")) : list(items, "and");
    }
    case feel::Kind::time:
    case feel::Kind::date_time:
    case feel::Kind::context:
    case feel::Kind::range:
    case feel::Kind::function:
      break;
  }
  return feel::to_text(value);
}

// In a comparison the word for an answer stands in quotes: at least "severe".
std::string Teller::bound(const feel::Value& value, std::string_view path) const {
  const auto name = vocabulary_.answer(path, value);
  return name ? quote(*name) : this->value(value, path);
}

std::string Teller::simple(const SimpleTest& test, std::string_view path) const {
  if (test.form == SimpleTest::Form::any) return std::string(word("always"));
  if (test.form == SimpleTest::Form::null) return std::string(word("null"));
  if (test.form == SimpleTest::Form::equal) return value(*test.low, path);
  std::string key = is_moment(test.low ? *test.low : *test.high) ? "t" : "";
  if (test.low && test.high) {
    key += test.low_closed ? '[' : '(';
    key += test.high_closed ? ']' : ')';
    return phrase(key, bound(*test.low, path), bound(*test.high, path));
  }
  key += test.low ? '>' : '<';
  if (test.low ? test.low_closed : test.high_closed) key += '=';
  return phrase(key, bound(test.low ? *test.low : *test.high, path));
}

std::optional<std::string> Teller::condition(std::string_view test, const Endpoint& bounds,
                                             std::string_view path) const {
  const auto parsed = parse_tests(test, bounds);
  if (!parsed) return std::nullopt;
  std::vector<std::string> items;
  for (const SimpleTest& each : parsed->tests) items.push_back(simple(each, path));
  if (!parsed->negated) return list(items, "or");
  const bool answered =
      parsed->tests.size() == 1 && parsed->tests[0].form == SimpleTest::Form::null;
  return answered ? std::string(word("not_null")) : phrase("not", list(items, "or"));
}

// ---- rules ----

struct Teller::Asked {
  const Table::Input* input = nullptr;
  std::string label, test;
  std::string path;  // what it is the answer to, or ""
  Endpoint bounds;
};

const Model& Teller::model_of(const Table& table) const {
  for (const Model& model : models_) {
    const auto tables = model.tables();
    if (!tables.empty() && &table >= tables.data() && &table < tables.data() + tables.size())
      return model;
  }
  return models_.front();  // of an imported file: its own thresholds are then shown by name
}

Endpoint Teller::bounds_of(const Reason& reason) const {
  return [&reason, constants = constants_of(model_of(*reason.table))](
             std::string_view name) -> std::optional<feel::Value> {
    for (const auto& [known, value] : reason.named) {
      if (known == name) return value;
    }
    return constants(name);
  };
}

// What a parameter of a knowledge model was called with: `grade` in worrying(daily.breath, 2).
std::string Teller::argument(std::span<const Reason> reasons, size_t at,
                             std::string_view name) const {
  const Reason& reason = reasons[at];
  if (reason.of < 0 || reason.input < 0) return {};
  const auto caller = static_cast<size_t>(reason.of);
  const auto input = static_cast<size_t>(reason.input);
  if (input >= reasons[caller].table->inputs.size()) return {};
  const std::string& call = reasons[caller].table->inputs[input].expression.text;
  const std::string& owner = reason.table->owner;
  for (const Item& item : model_of(*reason.table).knowledge_models()) {
    if (item.name != owner) continue;
    const auto arguments = arguments_of(call, owner);
    for (size_t i = 0; i < arguments.size() && i < item.parameters.size(); ++i) {
      const std::string& to = arguments[i].first.empty() ? item.parameters[i] : arguments[i].first;
      if (to != name) continue;
      const std::string& from = arguments[i].second;
      return is_answer(from) ? from : argument(reasons, caller, from);
    }
  }
  return {};
}

Teller::Asked Teller::asked(std::span<const Reason> reasons, size_t at, size_t input) const {
  const Reason& reason = reasons[at];
  Asked out;
  out.input = &reason.table->inputs[input];
  out.test = reason.table->rules[reason.rule].inputs[input].text;
  out.bounds = bounds_of(reason);
  const std::string expression(trim(out.input->expression.text));
  std::optional<std::string> label;
  if (is_answer(expression)) {
    out.path = expression;
    label = vocabulary_.text(label_key(*reason.table, input));
    if (!label) label = vocabulary_.question(out.path);
  } else {
    // A table that several questions share is about the one it was asked for.
    out.path = argument(reasons, at, expression);
    if (!out.path.empty()) label = vocabulary_.question(out.path);
    if (!label) label = vocabulary_.text(label_key(*reason.table, input));
  }
  out.label = label ? *label : out.input->label.empty() ? expression : out.input->label;
  return out;
}

std::string Teller::clause(const Asked& asked, const feel::Value& met) const {
  const bool ends = asked.label.ends_with('?') || asked.label.ends_with(':');
  std::string text = asked.label + (ends ? " " : french_ ? "\u00a0: " : ": ");
  const auto words = condition(asked.test, asked.bounds, asked.path);
  text += words ? *words : std::string(trim(asked.test));
  const std::string value = this->value(as_typed(met, *asked.input), asked.path);
  // What was asked for and what was met may be the same word.
  return words && *words == value ? text : text + " (" + value + ")";
}

std::string Teller::outputs(const Table& table, size_t rule) const {
  const Endpoint constants = constants_of(model_of(table));
  std::string out;
  for (size_t i = 0; i < table.outputs.size(); ++i) {
    const std::string& written = table.rules[rule].outputs[i].text;
    const auto value = constants(trim(written));
    if (table.outputs.size() > 1) {
      if (value && is_nothing(*value)) continue;
      out += (out.empty() ? "" : "; ") + table.outputs[i].name + (french_ ? "\u00a0: " : ": ");
    }
    out += !value             ? std::string(trim(written))
           : value->is_null() ? std::string(word("nothing"))
                              : this->value(*value, "");
  }
  return out;
}

namespace {

bool says_nothing(const Table& table, size_t rule, const Endpoint& constants) {
  const auto& written = table.rules[rule].outputs;
  return std::all_of(written.begin(), written.end(), [&](const Text& output) {
    const auto value = constants(trim(output.text));
    return value && is_nothing(*value);
  });
}

// Whether a test asks for one text: then the rules that gave it say more than the text does.
bool asks_for_a_text(std::string_view test, const Endpoint& bounds) {
  const auto parsed = parse_tests(test, bounds);
  return parsed && !parsed->negated && parsed->tests.size() == 1 &&
         parsed->tests[0].form == SimpleTest::Form::equal && parsed->tests[0].low->is_string();
}

}  // namespace

Told Teller::tell_rule(std::span<const Reason> reasons, size_t at, std::string_view decision,
                       size_t& silent) const {
  const Reason& reason = reasons[at];
  const Table& table = *reason.table;
  Told told{&table, reason.rule, outputs(table, reason.rule), {}, {}, {}};
  std::vector<int> explained;  // inputs with rules below
  for (size_t i = at + 1; i < reasons.size(); ++i) {
    if (reasons[i].of != static_cast<int>(at)) continue;
    Told inner = tell_rule(reasons, i, decision, silent);
    if (says_nothing(*inner.table, inner.rule, constants_of(model_of(*inner.table)))) {
      ++silent;
      continue;
    }
    explained.push_back(reasons[i].input);
    told.below.push_back(std::move(inner));
  }
  const std::vector<size_t> inputs = asked_inputs(table, reason.rule);
  for (size_t i = 0; i < inputs.size() && i < reason.met.size(); ++i) {
    const Asked one = asked(reasons, at, inputs[i]);
    const bool below = std::find(explained.begin(), explained.end(), static_cast<int>(inputs[i])) !=
                       explained.end();
    if (!below || !asks_for_a_text(one.test, one.bounds))
      told.met.push_back(clause(one, reason.met[i]));
  }
  if (inputs.empty())
    told.met.emplace_back(word(table.hit_policy == HitPolicy::first ? "otherwise" : "always"));
  const auto note = vocabulary_.text(annotation_key(table, reason.rule));
  told.note = note ? *note : annotation_of(table.rules[reason.rule]);
  return told;
}

Telling Teller::tell(std::span<const Reason> reasons, std::string_view decision) const {
  Telling out;
  for (size_t i = 0; i < reasons.size(); ++i) {
    if (reasons[i].of >= 0) continue;
    Told told = tell_rule(reasons, i, decision, out.silent);
    const Table& table = *told.table;
    if (table.owner != decision && says_nothing(table, told.rule, constants_of(model_of(table)))) {
      ++out.silent;
      continue;
    }
    out.rules.push_back(std::move(told));
  }
  return out;
}

}  // namespace passerelle::dmn
