// Reading what is drawn in a cohort: the grammar at the head of cohort.h. For cohort*.cpp only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/cohort.h"
#include "pathway/yaml_reader.h"

namespace passerelle::pathway {

// What a leaf may be: a bare number is a value, a probability, or a fixed time or quantity.
enum class DrawOf : uint8_t { values, truth, minutes, hours, quantity };

class DrawReader {
 public:
  DrawReader(YamlReader& read, std::vector<Finding>& findings) : read_(read), findings_(findings) {}

  // `names`: what `by` and `copy` may name here.
  Draw read(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names);

 private:
  Draw read(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names,
            unsigned depth);
  void leaf(const yaml::Node& node, DrawOf of, Draw& out);
  void weights(const yaml::Node& node, Draw& out);
  void grades(const yaml::Node& node, Draw& out);
  void number(const yaml::Node& node, DrawOf of, Draw& out);
  void branches(const yaml::Node& node, DrawOf of, const std::vector<std::string>& names,
                unsigned depth, Draw& out);
  void name(const yaml::Node& node, const std::vector<std::string>& names);

  YamlReader& read_;
  std::vector<Finding>& findings_;
};

Literal parse_literal(const yaml::Node& node);
// "2020-03-26", "2020-03-26 10:00" (or with a T), "2020-03-26 10:00:30.250": local time.
std::optional<LocalTime> parse_local(std::string_view text);
// `source` and `assumption` of a part; a finding when neither is there.
Origin read_origin(YamlReader& read, const yaml::Node& node, std::vector<Finding>& findings);

// cohort_course.cpp: devices, measurements and episodes. `names`: what draws may depend on so far;
// the new ones are added.
void read_devices(const yaml::Node& node, YamlReader& read, std::vector<std::string>& names,
                  Cohort& out, std::vector<Finding>& findings);
void read_measurements(const yaml::Node& node, YamlReader& read, DrawReader& draws,
                       std::vector<std::string>& names, Cohort& out,
                       std::vector<Finding>& findings);
void read_episodes(const yaml::Node& node, YamlReader& read, DrawReader& draws,
                   const std::vector<std::string>& names, Course& out);

namespace cohort_kinds {
inline constexpr FindingKind unknown_name{
    "cohort-unknown-name", Severity::error,
    "What should depend on it would be drawn blindly, or not at all.",
    "use a name that stands earlier in the file, or one of the package"};
inline constexpr FindingKind unknown_place{
    "cohort-unknown-target", Severity::error,
    "The rehearsal would leave it out without a word, and its figures would be wrong.",
    "use a name that the pathway or its forms have"};
inline constexpr FindingKind unanswered{
    "cohort-unanswered", Severity::error,
    "Simulated patients or staff could not send the form, and the rehearsal would stand still.",
    "say in cohort.yaml, under answers, how this question is answered"};
inline constexpr FindingKind incomplete{"cohort-incomplete", Severity::error,
                                        "For some patients nothing could be drawn.",
                                        "add the missing key, or `else`"};
inline constexpr FindingKind origin{
    "cohort-without-origin", Severity::warning,
    "Nobody could say later whether this figure was measured or guessed.",
    "add `source: ...`, or `assumption: true`"};
inline constexpr FindingKind contradiction{"cohort-contradiction", Severity::error,
                                           "The rehearsal would count on something that cannot be.",
                                           "correct one of the two"};

inline constexpr FindingKind all[] = {unknown_name, unknown_place, unanswered,
                                      incomplete,   origin,        contradiction};
}  // namespace cohort_kinds

}  // namespace passerelle::pathway
