#include "rehearse/plan_forms.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "pathway/feel/heap.h"

namespace passerelle::rehearse {
namespace {

using pathway::Item;

ShownWhen compile_shown(const Item& item, const std::vector<std::string>& slots) {
  ShownWhen out;
  out.all = item.enable_all;
  for (const pathway::Condition& each : item.enable_when) {
    ShownWhen::Test test;
    test.slot =
        static_cast<uint16_t>(std::find(slots.begin(), slots.end(), each.question) - slots.begin());
    CHECK(test.slot < slots.size(), "Form::parse() lets only known questions through");
    using Op = ShownWhen::Op;
    test.op = each.op == "exists" ? Op::exists
              : each.op == "="    ? Op::equal
              : each.op == "!="   ? Op::unequal
              : each.op == "<"    ? Op::less
              : each.op == "<="   ? Op::at_most
              : each.op == ">"    ? Op::greater
                                  : Op::at_least;
    test.wanted = each.answer.boolean();
    test.expected = each.expected;
    test.small = test.expected.is_number() && !test.expected.on_heap();
    out.tests.push_back(std::move(test));
  }
  return out;
}

// The names that a draw depends on.
void names_in(const pathway::Draw& draw, std::vector<std::string>& out) {
  if (!draw.name.empty()) out.push_back(draw.name);
  for (const auto& branch : draw.branches) names_in(branch.draw, out);
}

// The conditions of an item and of the groups around it.
bool collect(const std::vector<Item>& items, const std::string& name,
             const std::vector<std::string>& slots, std::vector<ShownWhen>& shown,
             std::vector<std::string>& questions) {
  for (const Item& item : items) {
    const bool here = item.link_id == name;
    if (!here && !collect(item.items, name, slots, shown, questions)) continue;
    if (!item.enable_when.empty()) shown.push_back(compile_shown(item, slots));
    for (const pathway::Condition& each : item.enable_when) questions.push_back(each.question);
    return true;
  }
  return false;
}

bool answers_by(ShownWhen::Op op, int order) {
  using Op = ShownWhen::Op;
  switch (op) {
    case Op::less:
      return order < 0;
    case Op::at_most:
      return order <= 0;
    case Op::greater:
      return order > 0;
    case Op::at_least:
      return order >= 0;
    case Op::equal:
      return order == 0;
    case Op::unequal:
      return order != 0;
    case Op::exists:
      break;
  }
  return false;
}

}  // namespace

bool ShownWhen::Test::holds(const feel::Value& answer) const {
  if (op == Op::exists) return answer.is_null() != wanted;
  if (answer.is_null() || expected.is_null()) return false;
  if (small && answer.head() == expected.head()) {
    const int64_t x = answer.whole(), y = expected.whole();
    return answers_by(op, x < y ? -1 : x > y ? 1 : 0);
  }
  // Most ask for a yes or a no.
  if (expected.is_boolean() && op <= Op::unequal)
    return (answer.is_boolean() && answer.whole() == expected.whole()) == (op == Op::equal);
  if (op == Op::equal) return answer == expected;
  if (op == Op::unequal) return !(answer == expected);
  const auto order = feel::compare(answer, expected);
  return order && answers_by(op, *order);
}

bool ShownWhen::holds(const feel::Value* answers) const {
  for (const Test& test : tests)
    if (test.holds(answers[test.slot]) != all) return !all;
  return all;
}

FormPlan plan_form(const pathway::Form& form, const pathway::FormAnswers* answers,
                   std::span<const std::string> names,
                   std::span<const pathway::Measurement> measurements, Draws& draws,
                   uint32_t& ranks) {
  FormPlan out;
  const std::vector<std::string> slots = form.item_names();
  std::vector<std::string_view> keys(slots.begin(), slots.end());
  out.shape = feel::shape_of(keys.data(), keys.size(), true);
  out.first_rank = ranks;
  out.purpose = purpose(("answer:" + form.id()).c_str());
  if (answers == nullptr) return out;
  out.ranks = static_cast<uint32_t>(answers->items.size());
  ranks += out.ranks;

  std::vector<std::string> known(names.begin(), names.end());
  std::vector<ItemPlan> items;
  std::vector<std::vector<std::string>> needs;  // names of items that must be answered before
  for (size_t i = 0; i < answers->items.size(); ++i) {
    const pathway::ItemAnswer& answer = answers->items[i];
    const Item* item = form.find(answer.item);
    CHECK(item != nullptr, "check_cohort() lets only known questions through");
    ItemPlan& plan = items.emplace_back();
    plan.slot =
        static_cast<uint16_t>(std::find(slots.begin(), slots.end(), answer.item) - slots.begin());
    plan.rank = static_cast<uint16_t>(i);
    plan.keep = answer.persistence;
    plan.draw = draws.compile(answer.draw, known, item);
    if (!item->required &&
        (answer.missing.kind != pathway::Draw::Kind::chance || answer.missing.probability > 0))
      plan.missing = draws.compile(answer.missing, known, nullptr);
    auto& need = needs.emplace_back();
    collect(form.items(), answer.item, slots, plan.shown, need);
    names_in(answer.draw, need);
    names_in(answer.missing, need);
    known.push_back(answer.item);
  }

  for (const auto& need : needs)
    for (const std::string& name : need)
      for (size_t m = 0; m < measurements.size(); ++m)
        if (measurements[m].name == name &&
            std::find(out.measured.begin(), out.measured.end(), m) == out.measured.end())
          out.measured.push_back(static_cast<uint16_t>(m));

  // Depth first: what an item needs comes before it. A circle is cut where it closes, and the
  // question that asks too early finds no answer yet.
  std::vector<char> placed(items.size(), 0);
  const std::function<void(size_t)> place = [&](size_t i) {
    if (placed[i] != 0) return;
    placed[i] = 1;
    for (const std::string& name : needs[i])
      for (size_t j = 0; j < answers->items.size(); ++j)
        if (answers->items[j].item == name) place(j);
    out.items.push_back(items[i]);
  };
  for (size_t i = 0; i < items.size(); ++i) place(i);
  return out;
}

}  // namespace passerelle::rehearse
