// What a staffing search has found, for a terminal.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rehearse/search.h"
#include "rehearse/text_table.h"
#include "rehearse/words.h"
#include "review/words.h"

namespace passerelle::rehearse {
namespace {

class SearchPrinter {
 public:
  SearchPrinter(const Search& of, std::string_view language) : of_(of), language_(language) {}

  std::string text() {
    out_ = w("search") + w("colon") + text_of(of_.title, language_, of_.pathway) + ", " +
           (of_.scenario.empty() ? w("as_written")
                                 : text_of(of_.scenario_name, language_, of_.scenario)) +
           "\n";
    line("search_of", of_.tried.size(), count(of_.possible),
         count(static_cast<uint64_t>(of_.replications)), show_days(of_.days, language_), of_.seed);
    if (!of_.best) {
      out_ += w(of_.by_hand   ? "search_nothing_by_hand"
                : of_.stopped ? "search_nothing_yet"
                              : "search_nothing") +
              "\n";
      if (!of_.tried.empty()) frontier();
      return std::move(out_);
    }
    if (of_.unknown > 0) {
      line(of_.by_hand ? "search_stopped_by_hand" : "search_stopped", count(of_.unknown));
    } else {
      out_ += w("search_complete") + "\n";
    }
    for (const Staffed& each : of_.tried) undone(each);
    chosen(of_.tried[*of_.best]);
    promises(of_.tried[*of_.best]);
    week();
    frontier();
    out_ += "\n" + w("search_sure") + "\n" + w("no_device") + "\n";
    return std::move(out_);
  }

 private:
  std::string w(std::string_view key) const { return std::string(word(key, language_)); }
  template <class... Parts>
  void line(std::string_view key, const Parts&... parts) {
    out_ += fmt::format(fmt::runtime(w(key)), parts...) + "\n";
  }
  std::string count(uint64_t value) const { return review::show_count(value, language_); }
  std::string money(double value) const {
    return count(static_cast<uint64_t>(std::llround(value))) + " " + of_.asked.currency;
  }
  std::string choice_name(size_t i) const {
    const auto& choice = of_.asked.choices[i];
    std::string shifts;
    for (size_t s = 0; s < choice.shifts.size(); ++s)
      shifts += (s == 0 ? "" : "+") + text_of(of_.shift_names[i][s], language_, choice.shifts[s]);
    return text_of(of_.role_names[i], language_, choice.role) + ", " + shifts;
  }

  void undone(const Staffed& it) {
    if (it.undone.empty()) return;
    std::vector<std::string> who, work, aims;
    const auto once = [](std::vector<std::string>& list, std::string each) {
      if (std::find(list.begin(), list.end(), each) == list.end()) list.push_back(std::move(each));
    };
    for (const Undone& each : it.undone) {
      once(who, choice_name(each.choice));
      once(work, text_of(each.name, language_, each.activity));
    }
    for (size_t i = 0; i < it.aims.size(); ++i)
      if (!it.aims[i].known()) once(aims, text_of(of_.aim_names[i], language_, of_.aims[i].id));
    line("search_undone", fmt::join(who, "; "), fmt::join(work, ", "), fmt::join(aims, ", "));
  }

  void chosen(const Staffed& it) {
    out_ += "\n" + w(of_.unknown > 0 ? "search_so_far" : "search_cheapest") + "\n";
    TextTable table;
    table.row({w("search_shift"), w("search_people"), w("search_bounds"), w("search_hours"),
               w("search_cost")});
    for (size_t i = 0; i < it.people.size(); ++i) {
      const auto& choice = of_.asked.choices[i];
      const double hours = it.people[i] * of_.hours_a_week[i];
      table.row({choice_name(i), std::to_string(it.people[i]),
                 fmt::format("{}–{}", choice.least, choice.most),
                 review::show_number(hours, 4, language_), money(hours * choice.cost_per_hour)});
    }
    table.row({w("search_total"), "", "", "", money(it.cost)});
    table.print(out_);
  }

  void promises(const Staffed& it) {
    out_ += "\n" + w("indicators") + "\n";
    TextTable table;
    table.row({w("indicator"), w("result"), w("interval"), w("target")});
    for (size_t i = 0; i < of_.aims.size(); ++i) {
      const auto& aim = of_.aims[i];
      const Estimate& found = it.aims[i];
      table.row({text_of(of_.aim_names[i], language_, aim.id),
                 review::show(found.value, aim.unit, language_),
                 show_interval(found, aim.unit, language_),
                 review::show_target(*aim.target, aim.unit, language_)});
    }
    table.print(out_);
  }

  // Days that are alike together: "Mon–Fri  0–8 h: 2  8–14 h: 5".
  void week() {
    static constexpr std::array<std::string_view, 7> days = {"mon", "tue", "wed", "thu",
                                                             "fri", "sat", "sun"};
    out_ += "\n" + w("search_week") + "\n";
    for (const HourOfWeek& role : of_.hours) {
      if (role.people.size() != 168) continue;
      out_ += "  " + text_of(role.name, language_, role.role) + "\n";
      for (size_t day = 0; day < 7;) {
        size_t end = day + 1;
        while (end < 7 &&
               std::equal(role.people.begin() + static_cast<std::ptrdiff_t>(day * 24),
                          role.people.begin() + static_cast<std::ptrdiff_t>(day * 24 + 24),
                          role.people.begin() + static_cast<std::ptrdiff_t>(end * 24)))
          ++end;
        out_ += "    " + w(days[day]) + (end - day > 1 ? "–" + w(days[end - 1]) : "") + " ";
        for (size_t hour = 0; hour < 24;) {
          size_t until = hour + 1;
          while (until < 24 && role.people[day * 24 + until] == role.people[day * 24 + hour])
            ++until;
          out_ +=
              fmt::format("  {}–{} h{}{}", hour, until, w("colon"), role.people[day * 24 + hour]);
          hour = until;
        }
        out_ += "\n";
        day = end;
      }
    }
  }

  std::string people_of(const Staffed& it) const {
    std::string out;
    for (const int each : it.people) out += (out.empty() ? "" : " ") + std::to_string(each);
    return out;
  }

  void frontier() {
    out_ += "\n" + w("search_frontier") + "\n";
    TextTable table;
    std::vector<std::string> head = {w("search_cost"), w("search_staffing")};
    for (size_t i = 0; i < of_.aims.size(); ++i)
      head.push_back(text_of(of_.aim_names[i], language_, of_.aims[i].id));
    head.insert(head.end(), {"", ""});
    table.row(head);
    for (const size_t index : of_.frontier) {
      const Staffed& it = of_.tried[index];
      std::vector<std::string> row = {money(it.cost), people_of(it)};
      for (size_t i = 0; i < of_.aims.size(); ++i)
        row.push_back(review::show(it.aims[i].value, of_.aims[i].unit, language_));
      row.push_back(w(it.verdict == Staffed::Verdict::meets    ? "search_meets"
                      : it.verdict == Staffed::Verdict::misses ? "search_misses"
                                                               : "search_open"));
      row.push_back(of_.best == index ? w("search_chosen") : "");
      table.row(row);
    }
    table.print(out_);
    std::string order;
    for (size_t i = 0; i < of_.asked.choices.size(); ++i)
      order += (order.empty() ? "" : " · ") + choice_name(i);
    out_ += "  " + w("search_staffing") + w("colon") + order + "\n";
  }

  const Search& of_;
  std::string language_, out_;
};

}  // namespace

std::string to_text(const Search& search, std::string_view language) {
  return SearchPrinter(search, language).text();
}

}  // namespace passerelle::rehearse
