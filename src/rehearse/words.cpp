#include "rehearse/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "rehearse/rehearse.h"
#include "review/words.h"

namespace passerelle::rehearse {
namespace {

constexpr std::array table = {
    Words{"rehearsal", "Rehearsal", "Répétition"},
    Words{"as_written", "as written", "tel quel"},
    Words{"scenario", "scenario", "scénario"},
    Words{"of", "{}, {}, seed {}", "{}, {}, graine {}"},
    Words{"day", "1 day", "1 jour"},
    Words{"days", "{} days", "{} jours"},
    Words{"replication", "1 replication", "1 réplication"},
    Words{"replications", "{} replications", "{} réplications"},
    Words{"batches", "{} batches of one replication", "{} lots d’une réplication"},
    Words{"patients", "{} patients came, {} cases had ended",
          "{} patients inclus, {} suivis terminés"},
    Words{"warm_up", ", after a warm-up of {}", ", après {} de mise en route"},
    Words{"warm_up_found", ", after a warm-up of {} (MSER-5)",
          ", après {} de mise en route (MSER-5)"},
    Words{"of_batches", "{} in {} batches, seed {}", "{} en {} lots, graine {}"},
    Words{"imprecise", "Less precise than was asked for: {}. Allow more replications (--most).",
          "Moins précis que demandé : {}. Autorisez plus de réplications (--most)."},
    Words{"stopped",
          "Stopped after {0} of {1} replications: this is what --replications {0} gives.",
          "Arrêtée après {0} réplications sur {1} : voici ce que donne --replications {0}."},
    Words{"not_compared", "Stopped before it could be compared with {}.",
          "Arrêtée avant d’avoir pu être comparée avec {}."},
    Words{"grows",
          "More comes than can be done, what waits grows without end: {}. Times that include this "
          "wait say only how long was rehearsed.",
          "Il en arrive plus qu’on ne peut en faire, l’attente croît sans fin : {}. Les durées qui "
          "comprennent cette attente disent seulement combien de temps a été répété."},
    Words{"without_end", "grows without end", "croît sans fin"},
    Words{"no_interval", "With one replication there is no interval: ask for ten or more.",
          "Avec une seule réplication il n’y a pas d’intervalle : demandez-en dix ou plus."},
    Words{
        "incidents",
        "{} times a case could not go on by itself, the first time at {} (an expression without a "
        "value, a way that never ends): the coordinator had to see to it.",
        "{} fois, un dossier n’a pas pu continuer seul, la première fois à {} (une expression sans "
        "valeur, un chemin sans fin) : le coordinateur a dû s’en occuper."},
    Words{"influence", "What moves the result most", "Ce qui change le plus le résultat"},
    Words{"influence_how",
          "{} figures, each divided and multiplied by {} alone, {} on the same patients.",
          "{} chiffres, chacun divisé puis multiplié par {} seul, {} sur les mêmes patients."},
    Words{"influence_less", "divided", "divisé"},
    Words{"influence_more", "multiplied", "multiplié"},
    Words{"influence_none", "No figure moves it by more than chance would.",
          "Aucun chiffre ne le change plus que le hasard ne le ferait."},
    Words{"influence_rest", "The other {} do not move it by more than chance would.",
          "Les {} autres ne le changent pas plus que le hasard ne le ferait."},
    Words{"influence_first", "To be measured first: {}", "À mesurer en premier : {}"},
    Words{"influence_left_out", "Could not be varied: {} ({})", "N’a pas pu varier : {} ({})"},
    Words{
        "influence_caution",
        "One figure at a time: what two do together is not looked at. Measurements (temperatures, "
        "weights) are not varied.",
        "Un chiffre à la fois : l’effet de deux ensemble n’est pas regardé. Les mesures "
        "(températures, poids) ne varient pas."},
    Words{"indicators", "Indicators", "Indicateurs"},
    Words{"indicator", "indicator", "indicateur"},
    Words{"result", "result", "résultat"},
    Words{"interval", "95 % interval", "intervalle à 95 %"},
    Words{"target", "target", "cible"},
    Words{"met", "met", "atteinte"},
    Words{"missed", "missed", "manquée"},
    Words{"unsure", "too close to say", "trop juste pour le dire"},
    Words{"waits", "Waits", "Attentes"},
    Words{"activity", "work", "travail"},
    Words{"offered", "offered", "proposés"},
    Words{"median", "median", "médiane"},
    Words{"p90", "9 in 10 within", "9 sur 10 en moins de"},
    Words{"longest", "longest", "la plus longue"},
    Words{"late", "late", "en retard"},
    Words{"vain", "vain calls", "appels vains"},
    Words{"staff", "Staff", "Équipes"},
    Words{"role", "role", "rôle"},
    Words{"paid", "hours on duty", "heures de présence"},
    Words{"busy", "hands on", "au travail"},
    Words{"use", "use", "occupation"},
    Words{"peak", "busiest hour", "heure la plus chargée"},
    Words{"overtime", "overtime", "dépassement"},
    Words{"colon", ": ", " : "},
    Words{"adoption", "The new way of working", "La nouvelle façon de travailler"},
    Words{"adoption_people", "people", "personnes"},
    Words{"adoption_first", "in it on the first day", "l’ont adoptée le premier jour"},
    Words{"adoption_last", "on the last day", "le dernier jour"},
    Words{"adoption_work", "of the work", "du travail"},
    Words{"truth", "What only a rehearsal knows", "Ce que seule une répétition sait"},
    Words{"deteriorated", "patients who got worse", "patients qui se sont aggravés"},
    Words{"sensitivity", "an alert was raised for them", "une alerte a été levée pour eux"},
    Words{"found", "found by a call", "trouvés par un appel"},
    Words{"not_found", "found by nobody in time", "trouvés par personne à temps"},
    Words{"to_alert", "until the alert, median", "jusqu’à l’alerte, médiane"},
    Words{"to_alert_p90", "until the alert, 9 in 10", "jusqu’à l’alerte, 9 sur 10"},
    Words{"to_found", "until found, median", "jusqu’à l’appel qui trouve, médiane"},
    Words{"to_found_p90", "until found, 9 in 10", "jusqu’à l’appel qui trouve, 9 sur 10"},
    Words{"episodes", "times that they got worse", "aggravations en tout"},
    Words{"episodes_alerted", "with an alert while it lasted",
          "avec une alerte pendant qu’elles duraient"},
    Words{"episodes_found", "found while it lasted", "trouvées pendant qu’elles duraient"},
    Words{"episode_to_alert", "each until the alert, median", "chacune jusqu’à l’alerte, médiane"},
    Words{"episode_to_found", "each until found, median", "chacune jusqu’à l’appel, médiane"},
    Words{"alerts", "alerts", "alertes"},
    Words{"false_alerts", "of patients who were not worse",
          "de patients qui ne s’étaient pas aggravés"},
    Words{"false_share", "alerts of patients who were not worse",
          "alertes de patients qui ne s’étaient pas aggravés"},
    Words{"false_hours", "staff hours spent on those", "heures de travail passées sur celles-ci"},
    Words{"outcomes", "What became of the patients", "Ce que sont devenus les patients"},
    Words{"comparison", "On the same patients: {} → {}", "Avec les mêmes patients : {} → {}"},
    Words{"before", "before", "avant"},
    Words{"after", "after", "après"},
    Words{"difference", "difference", "différence"},
    Words{"points", "points", "points"},
    Words{"verdict", "verdict", "verdict"},
    Words{"real", "real", "réelle"},
    Words{"real_better", "real, better", "réelle, mieux"},
    Words{"real_worse", "real, worse", "réelle, moins bien"},
    Words{"turns_better", "grows no more", "ne croît plus"},
    Words{"turns_worse", "now grows without end", "croît désormais sans fin"},
    Words{"chance", "may be chance", "peut-être le hasard"},
    Words{"same", "the same", "identique"},
    Words{"none", "cannot be said", "ne peut être dit"},
    Words{"how_judged",
          "Real: the difference would appear by chance alone in fewer than 1 in 20 such tables "
          "(paired t tests, Holm).",
          "Réelle : le hasard seul ferait apparaître la différence dans moins d’un tableau sur 20 "
          "(tests t appariés, Holm)."},
    Words{"narrower",
          "The same patients in both make the intervals of the differences as narrow as {} times "
          "the replications would (median).",
          "Les mêmes patients dans les deux rendent les intervalles aussi étroits que {} fois plus "
          "de réplications (médiane)."},
    Words{"no_device", "For judging how care is organised. Not a medical device, no diagnosis.",
          "Pour juger l’organisation des soins. Ni dispositif médical, ni diagnostic."},
    Words{"wait_p90", "wait, 9 in 10", "attente, 9 sur 10"},
    Words{"wait_mean", "mean wait", "attente moyenne"},
    Words{"hospital", "Hospital", "Hôpital"},
    Words{"death", "Death", "Décès"},
};

}  // namespace

std::string_view word(std::string_view key, std::string_view language) {
  for (const std::span<const Words> part :
       {std::span<const Words>(table), words_of_search(), words_of_report()}) {
    const auto found = std::find_if(part.begin(), part.end(),
                                    [&](const Words& words) { return words.key == key; });
    if (found != part.end()) return language.starts_with("fr") ? found->fr : found->en;
  }
  CHECK(false, "every word of a report stands in a table");
  return {};
}

pathway::Texts in_both_languages(std::string_view key) {
  return {{"en", std::string(word(key, "en"))}, {"fr", std::string(word(key, "fr"))}};
}

std::string text_of(const pathway::Texts& texts, std::string_view language,
                    std::string_view otherwise) {
  auto found = texts.find(std::string(language));
  if (found == texts.end()) found = texts.find("en");
  if (found == texts.end()) found = texts.begin();
  return found == texts.end() ? std::string(otherwise) : found->second;
}

std::string adopted_by(const AdoptionResult& adoption, std::string_view language) {
  std::string out = text_of(adoption.name, language, adoption.role);
  std::string_view before = language.starts_with("fr") ? " : " : ": ";
  for (size_t i = 0; i < adoption.activities.size(); ++i) {
    out += before;
    out += text_of(adoption.activity_names[i], language, adoption.activities[i]);
    before = ", ";
  }
  return out;
}

std::string show_interval(const Estimate& estimate, pathway::Unit unit, std::string_view language) {
  if (!estimate.has_interval()) return "–";
  constexpr double endless = std::numeric_limits<double>::infinity();
  const double most = unit == pathway::Unit::share ? 1 : endless;
  const double least = unit == pathway::Unit::value ? -endless : 0;
  return review::show_interval(std::clamp(estimate.low, least, most),
                               std::clamp(estimate.high, least, most), unit, language);
}

std::string show_days(int days, std::string_view language) {
  return fmt::format(fmt::runtime(word(days == 1 ? "day" : "days", language)), days);
}
std::string show_replications(int replications, std::string_view language) {
  return fmt::format(
      fmt::runtime(word(replications == 1 ? "replication" : "replications", language)),
      replications);
}

std::string show_in(double value, std::string_view unit, std::string_view language) {
  using pathway::Unit;
  for (const Unit each : {Unit::share, Unit::count, Unit::ratio, Unit::per_patient_day,
                          Unit::minutes, Unit::hours, Unit::days, Unit::minutes_per_patient_day})
    if (pathway::to_text(each) == unit) return review::show(value, each, language);
  return review::show_number(value, 3, language);
}

std::string show_apart(double value, std::string_view unit, std::string_view language) {
  std::string out = show_in(value, unit, language);
  if (out.ends_with('%')) out.replace(out.size() - 1, 1, word("points", language));
  return out;
}

std::string show_difference(double value, std::string_view unit, std::string_view language) {
  return (value > 0 ? "+" : "") + show_apart(value, unit, language);
}

}  // namespace passerelle::rehearse
