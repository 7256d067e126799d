// A form and how the cohort answers it, compiled.
#pragma once

#include <span>
#include <string>

#include "pathway/cohort.h"
#include "pathway/form.h"
#include "rehearse/plan.h"

namespace passerelle::rehearse {

// `names`: what draws may depend on. `ranks` is raised by the number of ranks this form needs.
// `answers` may be null: then every question stays empty.
FormPlan plan_form(const pathway::Form& form, const pathway::FormAnswers* answers,
                   std::span<const std::string> names,
                   std::span<const pathway::Measurement> measurements, Draws& draws,
                   uint32_t& ranks);

}  // namespace passerelle::rehearse
