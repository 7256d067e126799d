#include "review/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"

namespace passerelle::review {
namespace {

using pathway::Unit;

struct Words {
  std::string_view key, en, fr;
};
constexpr std::array table = {
    Words{"review", "Review", "Bilan"},
    Words{"log", "Log", "Journal"},
    Words{"lead", "The same indicators on what really happened.",
          "Les mêmes indicateurs, sur ce qui s’est réellement passé."},
    Words{"cases", "cases", "dossiers"},
    Words{"open", "still open", "encore ouverts"},
    Words{"events", "events", "événements"},
    Words{"from_to", "from {} to {}", "du {} au {}"},
    Words{"remarks", "About the log", "À propos du journal"},
    Words{"unknown", "Activities that the pathway does not have",
          "Activités que le parcours n’a pas"},
    Words{"indicators", "Promise and reality", "Promesse et réalité"},
    Words{"indicator", "indicator", "indicateur"},
    Words{"reality", "reality", "réalité"},
    Words{"interval", "95 % interval", "intervalle à 95 %"},
    Words{"promise", "rehearsed", "répété"},
    Words{"target", "target", "cible"},
    Words{"owner", "owner", "responsable"},
    Words{"n", "n", "n"},
    Words{"verdict", "verdict", "verdict"},
    Words{"process", "The course of care", "Le parcours de soins"},
    Words{"capabilities", "What the team can do", "Ce que l’équipe peut faire"},
    Words{"society", "Who is reached", "Qui est atteint"},
    Words{"target_held", "target met", "cible atteinte"},
    Words{"target_missed", "target missed", "cible manquée"},
    Words{"target_too_few", "too few to say", "trop peu pour le dire"},
    Words{"promise_held", "as rehearsed", "comme répété"},
    Words{"promise_missed", "worse than rehearsed", "moins bien que répété"},
    Words{"promise_too_few", "too few to say", "trop peu pour le dire"},
    Words{"at_least", "at least {}", "au moins {}"},
    Words{"at_most", "at most {}", "au plus {}"},
    Words{"to_do", "What to do", "Que faire"},
    Words{"groups", "Between groups", "Entre les groupes"},
    Words{"not_told", "not told", "non renseigné"},
    Words{"differs", "differs from the others", "diffère des autres"},
    Words{"throughput", "Time from start to end", "Durée du début à la fin"},
    Words{"throughput_of", "{} cases that have ended: median {}, 9 in 10 within {}",
          "{} dossiers terminés : médiane {}, 9 sur 10 en moins de {}"},
    Words{"variants", "Ways through", "Chemins suivis"},
    Words{"variants_of",
          "{} different ways; the commonest:", "{} chemins différents ; les plus fréquents :"},
    Words{"variants_first",
          "Each task, message and end counts where it happens first; repeats are left out.",
          "Chaque tâche, message et fin compte à sa première fois ; les répétitions sont omises."},
    Words{"activities", "Activities", "Activités"},
    Words{"activity", "activity", "activité"},
    Words{"done", "done", "faites"},
    Words{"waiting", "waiting, median", "attente, médiane"},
    Words{"waiting_p90", "9 in 10 within", "9 sur 10 en moins de"},
    Words{"service", "work, median", "travail, médiane"},
    Words{"flows", "What follows what", "Ce qui suit quoi"},
    Words{"then", "then", "puis"},
    Words{"mean_time", "mean time between", "temps moyen entre"},
    Words{"handovers", "Handovers", "Passages de relais"},
    Words{"to", "to", "à"},
    Words{"times", "times", "fois"},
    Words{"median", "median", "médiane"},
    Words{"min", "min", "min"},
    Words{"h", "h", "h"},
    Words{"days", "days", "jours"},
    Words{"per_patient_day", "per patient-day", "par patient-jour"},
    Words{"min_per_patient_day", "min per patient-day", "min par patient-jour"},
    Words{"legend",
          "Point and bar: reality with its 95 % interval. Diamond: rehearsed. Line: target; the "
          "shaded side meets it.",
          "Point et barre : réalité et son intervalle à 95 %. Losange : répété. Trait : cible ; le "
          "côté ombré l’atteint."},
    Words{"how_judged",
          "Met or missed is said only when the whole interval lies on one side of the target. As "
          "rehearsed: not worse than the rehearsal's interval, or by no more than chance.",
          "Atteinte ou manquée n’est dit que si tout l’intervalle est d’un côté de la cible. Comme "
          "répété : pas moins bien que l’intervalle de la répétition."},
    Words{"no_device", "For judging how care is organised. Not a medical device, no diagnosis.",
          "Pour juger l’organisation des soins. Ni dispositif médical, ni diagnostic."},
    Words{"rest", "other ways", "autres chemins"},
    Words{"colours", "Colours", "Couleurs"},
    Words{"count_axis", "cases", "dossiers"},
};

bool french(std::string_view language) { return language.starts_with("fr"); }

std::string with_comma(std::string text, std::string_view language) {
  if (french(language)) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

}  // namespace

std::string_view word(std::string_view key, std::string_view language) {
  const auto* found = std::find_if(table.begin(), table.end(),
                                   [&](const Words& words) { return words.key == key; });
  CHECK(found != table.end(), "every word of a report stands in the table");
  return french(language) ? found->fr : found->en;
}

std::string show_number(double value, int significant, std::string_view language) {
  if (!std::isfinite(value)) return "–";
  const double size = std::fabs(value);
  int decimals = significant - 1;
  if (size > 0) decimals -= static_cast<int>(std::floor(std::log10(size)));
  decimals = std::clamp(decimals, 0, 6);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  if (text == "-0") text = "0";
  return with_comma(text, language);
}

std::string show_count(uint64_t count, std::string_view language) {
  std::string digits = std::to_string(count);
  // A narrow space that does not break, as both languages' style guides allow; English a comma.
  const std::string_view gap = french(language) ? "\u202f" : ",";
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, gap);
  return digits;
}

std::string unit_words(Unit unit, std::string_view language) {
  switch (unit) {
    case Unit::share:
      return "%";
    case Unit::minutes:
      return std::string(word("min", language));
    case Unit::hours:
      return std::string(word("h", language));
    case Unit::days:
      return std::string(word("days", language));
    case Unit::per_patient_day:
      return std::string(word("per_patient_day", language));
    case Unit::minutes_per_patient_day:
      return std::string(word("min_per_patient_day", language));
    case Unit::count:
    case Unit::ratio:
    case Unit::value:
      return "";
  }
  return "";
}

namespace {

std::string bare(double value, Unit unit, std::string_view language) {
  if (unit == Unit::share) {
    if (!std::isfinite(value)) return "–";
    const double percent = value * 100;
    std::string text = fmt::format("{:.1f}", percent);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return with_comma(text, language);
  }
  if (unit == Unit::count && std::isfinite(value) && value >= 0)
    return show_count(static_cast<uint64_t>(value), language);
  return show_number(value, 3, language);
}

}  // namespace

std::string show(double value, Unit unit, std::string_view language) {
  std::string text = bare(value, unit, language);
  const std::string unit_text = unit_words(unit, language);
  if (text == "–" || unit_text.empty()) return text;
  return text + "\u00a0" + unit_text;
}

std::string show_interval(double low, double high, Unit unit, std::string_view language) {
  if (std::isnan(low) && std::isnan(high)) return "–";
  if (std::isnan(low)) return "≤ " + bare(high, unit, language);
  if (std::isnan(high)) return "≥ " + bare(low, unit, language);
  return bare(low, unit, language) + " – " + bare(high, unit, language);
}

std::string show_minutes(double minutes, std::string_view language) {
  if (!std::isfinite(minutes)) return "–";
  if (minutes < 90) return show(minutes, Unit::minutes, language);
  if (minutes < 48 * 60) return show(minutes / 60, Unit::hours, language);
  return show(minutes / 1440, Unit::days, language);
}

std::string show_target(const pathway::Target& target, Unit unit, std::string_view language) {
  return fmt::format(fmt::runtime(word(target.at_least ? "at_least" : "at_most", language)),
                     show(target.value, unit, language));
}

std::string show_day(Instant at) { return format_instant(at).substr(0, 10); }

}  // namespace passerelle::review
