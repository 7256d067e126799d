// Why decisions came out as they did, for pages: from the events of a case, in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/package_words.h"
#include "run/engine.h"

namespace passerelle::run {

// Makes words of what decisions' events tell, each with the package of its time. The packages must
// outlive it.
class Explainer {
 public:
  explicit Explainer(std::string_view language) : language_(language) {}

  dmn::Telling telling(const pathway::Package& package, std::string_view activity,
                       json::Value data);
  // As dmn::to_json_text() writes it; "" when the data tell of no rule.
  std::string why_json(const pathway::Package& package, std::string_view activity,
                       json::Value data);

 private:
  std::string language_;
  const pathway::Package* package_ = nullptr;  // of words_: the last one, which mostly stays
  std::optional<pathway::PackageWords> words_;
};

// The data of an event without what the Explainer makes words of.
std::string write_without_fired(json::Value data);

// Of each text of rules that the work shows (as recorded, not yet in words) the rule that gave it
// last, before the work was opened. Texts that no rule gave have none. `packages` are those of the
// events.
std::vector<Why> why_shown(const WorkItem& work, const std::vector<store::EventRecord>& events,
                           const std::vector<PackagePointer>& packages, std::string_view language);

}  // namespace passerelle::run
