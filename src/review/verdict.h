// How reality is judged against a target and against a promise. For review.cpp and its tests.
#pragma once

#include "review/review.h"

namespace passerelle::review {

// Fewer say nothing about a promise.
inline constexpr uint64_t least_observations = 10;

// Held or missed when the whole interval lies on that side of the target.
Verdict judge_target(const pathway::Target& target, const Outcome& reality);
// Held: not worse than the worse end of the rehearsal's interval. Missed: so much worse that the
// interval of reality does not reach it. Else, and below least_observations: too few to say.
Verdict judge_promise(bool more_is_better, const Promise::Value& promise, const Outcome& reality);

}  // namespace passerelle::review
