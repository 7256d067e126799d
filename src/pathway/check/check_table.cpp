// Gaps and overlaps of decision tables, exactly where the cells allow it.
#include <algorithm>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/table_space.h"

namespace passerelle::pathway {
namespace {

constexpr size_t combination_limit = 500'000;

struct Space {
  std::vector<std::vector<ParsedTests>> cells;  // by rule, by input
  std::vector<std::vector<Piece>> pieces;       // by input
  size_t combinations = 1;
};

// Nothing and a reason when it is too much to decide.
std::optional<Space> space_of(const dmn::Model& model, const dmn::Table& table,
                              std::string& reason) {
  const Endpoint endpoint = dmn::constants_of(model);
  Space space;
  for (const dmn::Table::Rule& rule : table.rules) {
    std::vector<ParsedTests> row;
    for (const dmn::Text& cell : rule.inputs) {
      auto tests = parse_tests(cell.text, endpoint);
      if (!tests) {
        reason = "the cell '" + cell.text + "' is more than values and intervals";
        return std::nullopt;
      }
      row.push_back(std::move(*tests));
    }
    space.cells.push_back(std::move(row));
  }
  for (size_t i = 0; i < table.inputs.size(); ++i) {
    std::vector<const ParsedTests*> column;
    for (const auto& row : space.cells) column.push_back(&row[i]);
    std::optional<ParsedTests> allowed;
    if (!trim(table.inputs[i].values.text).empty())
      allowed = parse_tests(table.inputs[i].values.text, endpoint);
    space.pieces.push_back(pieces_of(column, allowed ? &*allowed : nullptr));
    space.combinations *= std::max<size_t>(1, space.pieces.back().size());
    if (space.combinations > combination_limit) {
      reason = "it has more combinations of inputs than can be looked at";
      return std::nullopt;
    }
  }
  return space;
}

std::string label(const dmn::Table::Input& input) {
  return input.label.empty() ? input.expression.text : input.label;
}

std::string describe(const dmn::Table& table, const Space& space,
                     const std::vector<size_t>& chosen) {
  std::string out;
  for (size_t i = 0; i < chosen.size(); ++i)
    out += (out.empty() ? "" : " and ") + ("'" + label(table.inputs[i])) + "' is " +
           to_text(space.pieces[i][chosen[i]]);
  return out;
}

bool same_outputs(const dmn::Table::Rule& a, const dmn::Table::Rule& b) {
  return std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(), b.outputs.end(),
                    [](const dmn::Text& x, const dmn::Text& y) { return x.text == y.text; });
}

struct Explored {
  std::vector<size_t> gap;
  size_t gaps = 0;
  std::vector<bool> first;  // by rule: it is the first that applies to some inputs
  // One pair of rules is told once, with the first inputs that show it.
  std::vector<std::pair<std::pair<size_t, size_t>, std::vector<size_t>>> overlaps;
};

Explored explore(const dmn::Table& table, const Space& space, bool unique, bool any) {
  Explored result;
  result.first.resize(table.rules.size(), false);
  std::vector<size_t> chosen(space.pieces.size(), 0);
  for (size_t n = 0; n < space.combinations; ++n) {
    size_t rest = n;
    for (size_t i = 0; i < chosen.size(); ++i) {
      chosen[i] = rest % space.pieces[i].size();
      rest /= space.pieces[i].size();
    }
    std::vector<size_t> hits;
    for (size_t r = 0; r < space.cells.size(); ++r) {
      bool all = true;
      for (size_t i = 0; all && i < chosen.size(); ++i)
        all = matches(space.cells[r][i], space.pieces[i][chosen[i]]);
      if (all) hits.push_back(r);
    }
    if (hits.empty() && result.gaps++ == 0) result.gap = chosen;
    if (!hits.empty()) result.first[hits.front()] = true;
    for (size_t h = 1; (unique || any) && h < hits.size(); ++h) {
      const std::pair pair{hits[h - 1], hits[h]};
      if (any && same_outputs(table.rules[pair.first], table.rules[pair.second])) continue;
      const bool known = std::any_of(result.overlaps.begin(), result.overlaps.end(),
                                     [&](const auto& o) { return o.first == pair; });
      if (!known) result.overlaps.push_back({pair, chosen});
    }
  }
  return result;
}

// Rules that apply to something, but never before all others.
void check_hidden(const dmn::Table& table, const Space& space, const Explored& result,
                  std::vector<Finding>& findings) {
  for (size_t r = 0; r < table.rules.size(); ++r) {
    if (result.first[r]) continue;
    bool applies = true;  // else told by check_values
    for (size_t i = 0; i < space.pieces.size(); ++i)
      applies = applies &&
                std::any_of(space.pieces[i].begin(), space.pieces[i].end(),
                            [&](const Piece& piece) { return matches(space.cells[r][i], piece); });
    if (applies)
      findings.push_back(check_finding("rule-never-fires", table.rules[r].place,
                                       {std::to_string(r + 1), table.owner,
                                        "the rules before it take every case that it says"}));
  }
}

}  // namespace

void check_table(const dmn::Model& model, const dmn::Table& table, std::vector<Finding>& findings) {
  using dmn::HitPolicy;
  // A table that collects may well collect nothing, or much.
  if (table.hit_policy == HitPolicy::collect || table.hit_policy == HitPolicy::rule_order ||
      table.hit_policy == HitPolicy::output_order || table.inputs.empty())
    return;
  std::string reason;
  const auto space = space_of(model, table, reason);
  if (!space) {
    findings.push_back(check_finding("table-undecided", table.place, {table.owner, reason}));
    return;
  }
  const bool unique = table.hit_policy == HitPolicy::unique;
  const bool any = table.hit_policy == HitPolicy::any;
  const Explored result = explore(table, *space, unique, any);
  const bool defaults = std::any_of(
      table.outputs.begin(), table.outputs.end(),
      [](const dmn::Table::Output& output) { return !trim(output.default_entry.text).empty(); });
  if (result.gaps > 0 && !defaults)
    findings.push_back(check_finding(
        "table-gap", table.place,
        {table.owner, describe(table, *space, result.gap),
         result.gaps > 1 ? " (and in " + std::to_string(result.gaps - 1) + " more situations)"
                         : std::string()}));
  if (table.hit_policy == HitPolicy::first) check_hidden(table, *space, result, findings);
  for (const auto& [pair, chosen] : result.overlaps)
    findings.push_back(
        check_finding(unique ? "table-overlap" : "table-conflict", table.rules[pair.second].place,
                      {table.owner, std::to_string(pair.first + 1), std::to_string(pair.second + 1),
                       describe(table, *space, chosen)}));
}

}  // namespace passerelle::pathway
