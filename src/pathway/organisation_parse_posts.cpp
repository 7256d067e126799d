// Reading organisation.yaml: posts, which are people with several roles, or with other roles from
// shift to shift.
#include <algorithm>

#include "pathway/check/catalogue.h"
#include "pathway/organisation_parser.h"

namespace passerelle::pathway {

void OrganisationParser::post(const yaml::Node& node) {
  Post post;
  post.place = node.place;
  if (!read_.mapping(node, {"name", "people", "roles", "skills", "part_time", "shifts", "shift_end",
                            "overtime_minutes", "absence", "turnover", "source", "assumption"}))
    return;
  post.name = read_.text(node, "name", true);
  if (const auto* people = node.find("people"))
    post.people = whole(*people, 0, 10'000, "a number of people, from 0 to 10000");
  post.roles = read_.texts(node, "roles");
  post.skills = read_.texts(node, "skills");
  post.source = read_.text(node, "source");
  post.assumption = read_.boolean(node, "assumption", false);
  post.part_time = read_.number(node, "part_time", 1);
  if (!(post.part_time > 0 && post.part_time <= 1)) {
    read_.wrong(*node.find("part_time"), "a share of the days: above 0, and 1 at most");
    post.part_time = 1;
  }
  if (const auto* list = read_.member(node, "shifts", true)) post.shifts = shifts(*list, true);
  if (const auto* end = node.find("shift_end")) post.shift_end = shift_end(*end);
  duties(node, post);
  post.overtime = overtime(node, post.shift_end);
  if (const auto* absence = node.find("absence")) post.absence = absent(*absence);
  if (const auto* changes = node.find("turnover")) post.turnover = turnover(*changes);
  if (const auto* at = node.find("name"); at != nullptr && !post.name.empty()) {
    const bool taken = out_.role(post.name) != nullptr ||
                       std::any_of(out_.posts.begin(), out_.posts.end(),
                                   [&](const Post& other) { return other.name == post.name; });
    if (taken) read_.wrong(*at, "a name of its own, which no role has either");
  }
  overlaps(node, post);
  out_.posts.push_back(std::move(post));
}

// As what they are there, shift by shift.
void OrganisationParser::duties(const yaml::Node& node, Post& post) {
  const bool all_name_their_own =
      !post.shifts.empty() && std::all_of(post.shifts.begin(), post.shifts.end(),
                                          [](const Shift& shift) { return !shift.roles.empty(); });
  if (all_name_their_own && !post.roles.empty())
    read_.wrong(*node.find("roles"), "no roles of the post: each of its shifts names its own");
  if (!all_name_their_own && post.roles.empty())
    read_.wrong(node, "roles: at least one, of the post or of each of its shifts");
  const auto once = [](std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
  };
  std::vector<std::string> all = post.roles;
  for (Shift& shift : post.shifts) {
    const std::vector<std::string>& own = shift.roles.empty() ? post.roles : shift.roles;
    all.insert(all.end(), own.begin(), own.end());
    const auto same =
        std::find_if(post.duties.begin(), post.duties.end(),
                     [&](const std::vector<std::string>& duty) { return once(duty) == once(own); });
    shift.as = static_cast<size_t>(same - post.duties.begin());
    if (same == post.duties.end()) post.duties.push_back(own);
  }
  if (post.duties.empty()) post.duties.push_back(post.roles);
  post.roles.clear();
  for (const std::string& role : all)
    if (!post.has(role)) post.roles.push_back(role);
}

// The roles of a post, where they are named.
void OrganisationParser::names(const Post& post) {
  for (const std::string& role : post.roles) {
    const auto own = std::find_if(post.shifts.begin(), post.shifts.end(), [&](const Shift& shift) {
      return std::find(shift.roles.begin(), shift.roles.end(), role) != shift.roles.end();
    });
    const Place& place = own == post.shifts.end() ? post.place : own->place;
    known(role, place);
    const Role* of = out_.role(role);
    if (of != nullptr && !of->staff)
      findings_.push_back(check_finding("post-of-no-staff", place, {post.name, role}));
  }
}

// One person cannot be at two places: two shifts that meet, on the same day or after midnight.
void OrganisationParser::overlaps(const yaml::Node& node, const Post& post) {
  constexpr Minutes day{24 * 60}, week = 7 * day;
  const auto meet = [&](const Shift& a, const Shift& b) {
    for (int i = 0; i < 7; ++i)
      for (int j = 0; j < 7; ++j) {
        if (!a.days[static_cast<size_t>(i)] || !b.days[static_cast<size_t>(j)]) continue;
        for (const Minutes turn : {-week, Minutes(0), week}) {
          const Minutes from = i * day + a.start, other = j * day + b.start + turn;
          if (from < other + b.length() && other < from + a.length()) return true;
        }
      }
    return a.holidays && b.holidays && a.start < b.start + b.length() &&
           b.start < a.start + a.length();
  };
  for (size_t i = 0; i < post.shifts.size(); ++i)
    for (size_t j = i + 1; j < post.shifts.size(); ++j)
      if (meet(post.shifts[i], post.shifts[j]))
        read_.wrong(node.find("shifts")->items[j],
                    "shifts of one person that do not overlap with '" + post.shifts[i].name + "'");
}

}  // namespace passerelle::pathway
