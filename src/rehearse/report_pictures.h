// The pictures of the report, as inline SVG with a text for those who cannot see them. For
// rehearse/ only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rehearse/rehearse.h"
#include "rehearse/sensitivity.h"

namespace passerelle::rehearse {

struct Mark {
  std::string label;
  const Estimate* estimate = nullptr;
};

// One row per mark on a common axis, the target with the side that meets it behind them. `name`:
// of what is drawn, for the text. "" when nothing is known. `zero`: differences, from zero.
std::string draw_marks(std::string_view name, std::span<const Mark> marks,
                       const pathway::Target* target, const std::string& unit, bool zero,
                       std::string_view language);

// Local days, as 2020-03-26.
std::string first_day(const Rehearsal& rehearsal);
std::string last_day(const Rehearsal& rehearsal);

// People on duty and at work, and what waits, over the whole time.
struct Course {
  std::string name;
  std::span<const double> on_duty, busy, waiting;  // by hour; empty: not drawn
};
std::string draw_course(const Course& course, const Rehearsal& rehearsal,
                        std::string_view language);

// How many of the people work in the new way, day by day.
std::string draw_adoption(const AdoptionResult& adoption, const Rehearsal& rehearsal,
                          std::string_view language);

// A share of 1 as a bar.
std::string draw_bar(double share);

// What makes one measure less and more, figure by figure: the longest bars first.
std::string draw_tornado(const Measure& measure, std::span<const size_t> order,
                         const std::vector<pathway::Figure>& figures, std::string_view language);

}  // namespace passerelle::rehearse
