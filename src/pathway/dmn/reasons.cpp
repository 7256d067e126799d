#include "pathway/dmn/reasons.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "pathway/dmn/source.h"

namespace passerelle::dmn {
namespace {

using feel::Trace;

constexpr size_t most_reasons = 500;  // nobody reads more, and events carry them

class Collector {
 public:
  explicit Collector(const Trace& trace) : trace_(trace) {}

  std::vector<Reason> collect() {
    // What was evaluated for a required decision lies before the logic of the one asked for.
    const uint32_t own = trace_.decisions.empty() ? 0 : trace_.decisions.back().computed.end;
    take({own, static_cast<uint32_t>(trace_.entries.size())}, 0, -1, -1);
    return std::move(reasons_);
  }

 private:
  // Entries that are deeper happened on the way to one of these.
  void take(Trace::Span span, uint32_t depth, int of, int input) {
    for (uint32_t i = span.first; i < span.end; ++i) {
      const Trace::Entry& entry = trace_.entries[i];
      if (entry.depth != depth) continue;
      if (entry.table != nullptr) {
        take_rule(entry, of, input);
      } else {
        take_decision(entry.decision, of, input);
      }
    }
  }

  void take_rule(const Trace::Entry& entry, int of, int input) {
    if (reasons_.size() >= most_reasons) return;
    const auto* table = static_cast<const Table*>(entry.table);
    const int own = static_cast<int>(reasons_.size());
    reasons_.push_back({table, entry.rule, {}, {}, of, input});
    for (const size_t asked : asked_inputs(*table, entry.rule)) {
      const auto met = std::find_if(entry.met.begin(), entry.met.end(),
                                    [&](const Trace::Met& each) { return each.input == asked; });
      reasons_.back().met.push_back(met == entry.met.end() ? feel::Value() : met->value);
      name_decisions(table->rules[entry.rule].inputs[asked].text);
    }
    for (const Trace::Met& met : entry.met) {
      take(met.computed, entry.depth + 1, own, static_cast<int>(met.input));
    }
    for (const Trace::Span& output : entry.outputs) take(output, entry.depth + 1, own, -1);
  }

  // Told once, where it is first read.
  void take_decision(const void* decision, int of, int input) {
    const auto found =
        std::find_if(trace_.decisions.begin(), trace_.decisions.end(),
                     [&](const Trace::Decision& each) { return each.decision == decision; });
    if (found != trace_.decisions.end() && told_.insert(decision).second) {
      take(found->computed, 0, of, input);
    }
  }

  void name_decisions(std::string_view test) {
    auto& named = reasons_.back().named;
    for (const Trace::Decision& decision : trace_.decisions) {
      const std::string& name = static_cast<const Element*>(decision.decision)->variable;
      const bool known = std::any_of(named.begin(), named.end(),
                                     [&](const auto& each) { return each.first == name; });
      if (!known && test.find(name) != std::string_view::npos) {
        named.emplace_back(name, decision.value);
      }
    }
  }

  const Trace& trace_;
  std::vector<Reason> reasons_;
  std::set<const void*> told_;
};

Fired find_rule(std::string_view table_name, std::string_view id, const Model& model) {
  size_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number);
  for (const Table& table : model.tables()) {
    if ((table.id.empty() ? table.owner : table.id) != table_name) continue;
    for (size_t rule = 0; rule < table.rules.size(); ++rule) {
      const std::string& own = table.rules[rule].id;
      if (own.empty() ? rule + 1 == number : own == id) return {&table, rule};
    }
  }
  return {};
}

// Where a rule is, by its rule_name(); no table when it is nowhere.
Fired find_rule(std::string_view name, std::span<const Model> models, std::string_view decision) {
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view table = name.substr(0, slash), id = name.substr(slash + 1);
  for (const bool own : {true, false}) {
    for (const Model& model : models) {
      if ((model.decision(decision) != nullptr) != own) continue;
      const Fired found = find_rule(table, id, model);
      if (found.table != nullptr) return found;
    }
  }
  return {};
}

}  // namespace

std::string rule_name(const Table& table, size_t rule) {
  const std::string& id = table.rules[rule].id;
  return (table.id.empty() ? table.owner : table.id) + "/" +
         (id.empty() ? std::to_string(rule + 1) : id);
}

std::vector<size_t> asked_inputs(const Table& table, size_t rule) {
  std::vector<size_t> asked;
  const auto& cells = table.rules[rule].inputs;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view cell = trim(cells[i].text);
    if (!cell.empty() && cell != "-") asked.push_back(i);
  }
  return asked;
}

std::vector<Reason> reasons_of(const Trace& trace) { return Collector(trace).collect(); }

feel::Value to_value(std::span<const Reason> reasons) {
  if (reasons.empty()) return {};
  std::vector<feel::Value> out;
  for (const Reason& reason : reasons) {
    feel::ContextBuilder made;
    made.set("rule", feel::Value::string(rule_name(*reason.table, reason.rule)));
    made.set("met", feel::Value::list(reason.met));
    if (!reason.named.empty()) {
      feel::ContextBuilder named;
      for (const auto& [name, value] : reason.named) named.set(name, value);
      made.set("named", named.build());
    }
    if (reason.of >= 0) made.set("of", feel::Value::integer(reason.of));
    if (reason.input >= 0) made.set("input", feel::Value::integer(reason.input));
    out.push_back(made.build());
  }
  return feel::Value::list(std::move(out));
}

std::vector<Reason> reasons_from(const feel::Value& value, std::span<const Model> models,
                                 std::string_view decision) {
  std::vector<Reason> out;
  std::vector<int> places;  // of each written reason in `out`; -1: left out
  for (const feel::Value& each : value.items()) {
    places.push_back(-1);
    const Fired found = find_rule(each["rule"].text(), models, decision);
    const int64_t of = each["of"].integer().value_or(-1);
    // Only what came before can have asked.
    if (found.table == nullptr || of + 1 >= static_cast<int64_t>(places.size()) ||
        (of >= 0 && places[static_cast<size_t>(of)] < 0)) {
      continue;
    }
    Reason& reason = out.emplace_back();
    reason.table = found.table;
    reason.rule = found.rule;
    const auto met = each["met"].items();
    reason.met.assign(met.begin(), met.end());
    reason.met.resize(asked_inputs(*found.table, found.rule).size());
    const feel::Value& named = each["named"];
    for (size_t i = 0; named.is_context() && i < named.size(); ++i) {
      reason.named.emplace_back(named.key(i), named.at(i));
    }
    reason.of = of < 0 ? -1 : places[static_cast<size_t>(of)];
    reason.input = static_cast<int>(each["input"].integer().value_or(-1));
    places.back() = static_cast<int>(out.size()) - 1;
  }
  return out;
}

}  // namespace passerelle::dmn
