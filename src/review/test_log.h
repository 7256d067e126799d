// Logs written by hand for tests: "1 10:20 call start #2 nurse {"outcome": "ok"}" is case 1, twenty
// past ten on 26 March 2020 (or "27T10:20": the 27th), the activity, then what differs from
// `complete`, item 0, no role, no data. For tests of review/ only.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/indicators.h"
#include "pathway/pathway.h"
#include "review/measure.h"

namespace passerelle::review {

Instant test_time(std::string_view text);
pathway::EventLog test_log(std::initializer_list<std::string_view> lines);

// plan (records smartphone of the case) -> alert -> call (nurse) -> form (patient) -> done, inside
// of nothing; `stay` is a sub-process around alert, call and form.
const pathway::Pathway& test_pathway();

// Indicators from the lines of indicators.yaml below `indicators:`; fails the test on findings.
std::vector<pathway::Indicator> test_indicators(const std::string& yaml);
// The one indicator of the yaml on the log, the window ending at `until`.
IndicatorOutcome measured(const std::string& yaml, const pathway::EventLog& log,
                          std::string_view until = "31T00:00");

}  // namespace passerelle::review
