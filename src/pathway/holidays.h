// Public holidays: days that a shift plan treats as a day of their own. The French ones are built
// in (Code du travail, L3133-1; L3134-13 for Bas-Rhin, Haut-Rhin and Moselle); a team adds what is
// closed besides, and takes away what is worked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "pathway/calendar_day.h"

namespace passerelle::pathway {

// Easter Sunday of the Gregorian calendar (J. Meeus, "Astronomical algorithms", 1991, chapter 8).
LocalDay easter_sunday(int year);

struct Holidays {
  enum class Calendar : uint8_t { none, france, alsace_moselle };
  Calendar calendar = Calendar::none;
  std::vector<LocalDay> also, except;

  bool given() const { return calendar != Calendar::none || !also.empty(); }
  bool contains(LocalDay day) const;

  static std::optional<Calendar> find(std::string_view name);
  static std::string names();  // "france, alsace_moselle"
};

}  // namespace passerelle::pathway
