// Work that needs a skill: why somebody does not get it, and who could.
#include <algorithm>

#include "run/access.h"
#include "run/engine_impl.h"

namespace passerelle::run {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

// "Claire Petit, Jean Roux and 3 others"
std::string names_of(const std::vector<std::string>& who, bool english) {
  constexpr size_t most = 5;
  if (who.size() <= most) return joined(who);
  const std::string more = std::to_string(who.size() - most);
  return joined({who.begin(), who.begin() + most}) +
         (english ? " and " + more + " others" : " et " + more + " autres");
}

std::vector<std::string> in_words(const std::vector<std::string>& skills,
                                  const pathway::Package& package, std::string_view language) {
  std::vector<std::string> out;
  for (const std::string& skill : skills) {
    const std::string key = "skill." + skill;
    out.push_back(package.texts.contains(key) ? package.text(key, language) : skill);
  }
  return out;
}

// "15 December 2026", "1er janvier 2027"
std::string in_words(pathway::LocalDay day, bool english) {
  constexpr std::string_view months[][2] = {
      {"janvier", "January"}, {"février", "February"},  {"mars", "March"},
      {"avril", "April"},     {"mai", "May"},           {"juin", "June"},
      {"juillet", "July"},    {"août", "August"},       {"septembre", "September"},
      {"octobre", "October"}, {"novembre", "November"}, {"décembre", "December"}};
  const std::chrono::year_month_day date{day};
  const auto number = static_cast<unsigned>(date.day());
  const std::string_view month = months[static_cast<unsigned>(date.month()) - 1][english ? 1 : 0];
  return std::to_string(number) + (number == 1 && !english ? "er " : " ") + std::string(month) +
         " " + std::to_string(static_cast<int>(date.year()));
}

// Who of the staff will have what the work needs first, and from which day on.
std::optional<std::pair<std::string, pathway::LocalDay>> first_to_learn(
    const pathway::Organisation& organisation, const WorkItem& work,
    const std::vector<Actor>& staff, Instant now) {
  std::optional<std::pair<std::string, pathway::LocalDay>> first;
  for (const Actor& each : staff) {
    if (each.everything || !role_for(organisation, work, each, now)) continue;
    std::optional<pathway::LocalDay> day;
    bool learns = true;
    for (const std::string& skill : lacking(organisation, work, each, now)) {
      const auto from = each.skills_from.find(skill);
      learns = learns && from != each.skills_from.end();
      if (learns) day = std::max(day.value_or(from->second), from->second);
    }
    if (learns && day && (!first || *day < first->second))
      first.emplace(each.name.empty() ? each.account : each.name, *day);
  }
  return first;
}

// The skills' words, each with the day from which the actor has it, if there is one.
std::string with_days(const std::vector<std::string>& skills, std::vector<std::string> words,
                      const Actor& actor) {
  const bool english = actor.language == "en";
  for (size_t i = 0; i < skills.size(); ++i)
    if (const auto from = actor.skills_from.find(skills[i]); from != actor.skills_from.end())
      words[i] += (english ? " (you have it from " : " (vous l'aurez à partir du ") +
                  in_words(from->second, english) + (english ? " on)" : ")");
  return joined(words);
}

}  // namespace

const std::vector<std::string>& Engine::Impl::who_could(const pathway::Organisation& organisation,
                                                        const WorkItem& work, Instant now,
                                                        Staff& staff) const {
  if (!staff.people) staff.people = settings.staff ? settings.staff() : std::vector<Actor>();
  const auto [known, is_new] = staff.could.try_emplace(work.pathway + "/" + work.activity);
  if (!is_new) return known->second;
  for (const Actor& each : *staff.people)
    if (!each.everything && role_for(organisation, work, each, now) &&
        lacking(organisation, work, each, now).empty())
      known->second.push_back(each.name.empty() ? each.account : each.name);
  return known->second;
}

std::optional<KeptBack> Engine::Impl::kept_back(const pathway::Package& package,
                                                const WorkItem& work, const Actor& actor,
                                                Instant now, Staff& staff) const {
  const pathway::Organisation& organisation = package.pathway.organisation();
  if (!actor.account.empty() && work.owner == actor.account) return std::nullopt;
  const std::vector<std::string> missing = lacking(organisation, work, actor, now);
  if (missing.empty()) return std::nullopt;
  KeptBack out{work, in_words(missing, package, actor.language),
               who_could(organisation, work, now, staff), "", ""};
  const bool english = actor.language == "en", one = missing.size() == 1;
  const std::string list = with_days(missing, out.skills, actor);
  if (english) {
    out.reason = (one ? "this work needs a skill that you do not have: "
                      : "this work needs skills that you do not have: ") +
                 list;
    out.help = out.who.empty() ? "nobody who may log in could do it now: tell the coordinator"
                               : "who could do it: " + names_of(out.who, english);
  } else {
    out.reason = (one ? "ce travail demande une compétence que vous n'avez pas : "
                      : "ce travail demande des compétences que vous n'avez pas : ") +
                 list;
    out.help = out.who.empty() ? "personne qui ait un compte ne peut le faire en ce moment : "
                                 "prévenez la coordination"
                               : "peuvent le faire : " + names_of(out.who, english);
  }
  return out;
}

std::optional<KeptBack> Engine::Impl::nobody_could(const pathway::Package& package,
                                                   const WorkItem& work, const Actor& actor,
                                                   Instant now, Staff& staff) const {
  const pathway::Organisation& organisation = package.pathway.organisation();
  if (!settings.staff || !work.owner.empty() || !may_take_back(organisation, actor))
    return std::nullopt;
  const std::vector<std::string> needed = lacking(organisation, work, Actor{}, now);
  if (needed.empty() || !who_could(organisation, work, now, staff).empty()) return std::nullopt;
  const bool english = actor.language == "en";
  KeptBack out{work, in_words(needed, package, actor.language), {}, "", ""};
  out.reason = (english ? "nobody who may log in has what this work needs: "
                        : "personne qui ait un compte n'a ce que demande ce travail : ") +
               joined(out.skills);
  out.help = english ? "have somebody learn it, and their account say so"
                     : "faites-le apprendre à quelqu'un, et inscrivez-le sur son compte";
  if (const auto first = first_to_learn(organisation, work, *staff.people, now))
    out.help = first->first + (english ? " has it from " : " l'aura à partir du ") +
               in_words(first->second, english) + (english ? " on" : "");
  return out;
}

}  // namespace passerelle::run
