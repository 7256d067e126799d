// Why a decision came out as it did: from the trace of its evaluation to the rules that the result
// rests on, and from those to a value that an event carries and back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/dmn/dmn.h"

namespace passerelle::dmn {

// The inputs that a rule asks about: those whose cell is not '-'. In the order of the table.
std::vector<size_t> asked_inputs(const Table& table, size_t rule);

// "t_temperature/r_t_fever": the ids of the table and of the rule, or the owner and the number of
// one without an id.
std::string rule_name(const Table& table, size_t rule);

// At most 500.
std::vector<Reason> reasons_of(const feel::Trace& trace);

// A list with a context for each reason, null when there is none:
//   {rule: "t_temperature/r_t_fever", met: [39.2], named: {"limit": 38}, of: 0, input: 3}
// `rule` is its rule_name(); `of` the place of the reason that asked, from 0; named, of and input
// are left out when empty.
feel::Value to_value(std::span<const Reason> reasons);

// Back, with the tables of these models: first those of the model that has the decision, since ids
// are unique in a file only. Reasons whose rule is none of theirs are left out, with those below.
std::vector<Reason> reasons_from(const feel::Value& value, std::span<const Model> models,
                                 std::string_view decision);

}  // namespace passerelle::dmn
