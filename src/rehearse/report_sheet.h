// What the parts of the report write on. For report*.cpp only.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "rehearse/report.h"
#include "rehearse/words.h"
#include "review/words.h"

namespace passerelle::rehearse {

struct Sheet {
  const Report& report;
  std::string language;
  std::string out;

  const Rehearsal& it() const { return *report.rehearsal; }
  const pathway::Package& package() const { return *report.package; }

  // Words, escaped; with values, which must be escaped already.
  std::string w(std::string_view key) const { return escape_html(word(key, language)); }
  template <class... Parts>
  std::string w(std::string_view key, const Parts&... parts) const {
    return fmt::format(fmt::runtime(w(key)), parts...);
  }
  std::string name(const pathway::Texts& texts, std::string_view otherwise) const {
    return escape_html(text_of(texts, language, otherwise));
  }
  std::string text(const std::string& key) const {  // of the package; "" when it has none
    return package().texts.contains(key) ? escape_html(package().text(key, language)) : "";
  }
  std::string role(const std::string& id) const {
    const pathway::Role* found = package().pathway.organisation().role(id);
    const std::string said = found == nullptr ? "" : text(found->name_key);
    return said.empty() ? escape_html(id) : said;
  }
  std::string scenario(const std::string& id, const pathway::Texts& texts) const {
    return id.empty() && texts.empty() ? w("as_written") : name(texts, id);
  }
  std::string in(double value, const std::string& unit) const {
    return escape_html(show_in(value, unit, language));
  }
  std::string apart(double value, const std::string& unit) const {
    return escape_html(show_apart(value, unit, language));
  }
  std::string difference(double value, const std::string& unit) const {
    return escape_html(show_difference(value, unit, language));
  }
  std::string in(double value, pathway::Unit unit) const {
    return escape_html(review::show(value, unit, language));
  }
  std::string count(double value) const {
    if (std::isnan(value)) return "–";
    return review::show_count(static_cast<uint64_t>(std::llround(std::max(0.0, value))), language);
  }
  std::string minutes(double value) const {
    return std::isnan(value) ? "–" : escape_html(review::show_minutes(value, language));
  }
  std::string percent(double value) const { return in(value, pathway::Unit::share); }

  void heading(std::string_view id, std::string_view key) {
    out += fmt::format("<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{1}</h2>\n", id, w(key));
  }
  void end() { out += "</section>\n"; }
  void sub(std::string_view number, std::string_view key) {
    out += fmt::format("<h3>{}{}{}</h3>\n", number, number.empty() ? "" : " ", w(key));
  }
  void paragraph(const std::string& text, std::string_view look = "") {
    if (text.empty()) return;
    out += look.empty() ? "<p>" + text + "</p>\n"
                        : fmt::format("<p class=\"{}\">{}</p>\n", look, text);
  }
  void list(const std::vector<std::string>& items) {
    if (items.empty()) return;
    out += "<ul>\n";
    for (const std::string& item : items) out += "<li>" + item + "</li>\n";
    out += "</ul>\n";
  }
  // The first `left` columns stand left, the others are numbers; cells are escaped already.
  using Cells = std::vector<std::string>;
  void table(const Cells& head, const std::vector<Cells>& rows, size_t left,
             std::string_view caption) {
    if (rows.empty()) return;
    out += fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{1}: {0}\">"
        "<table><caption class=\"sr\">{0}</caption>\n<thead><tr>",
        caption, w("report_table"));
    for (size_t i = 0; i < head.size(); ++i)
      out += head[i].empty() ? "<td></td>"
                             : fmt::format("<th scope=\"col\"{}>{}</th>",
                                           i < left ? "" : " class=\"n\"", head[i]);
    out += "</tr></thead><tbody>\n";
    for (const Cells& row : rows) {
      out += "<tr>";
      for (size_t i = 0; i < row.size(); ++i)
        out += fmt::format("<td{}>{}</td>", i < left ? "" : " class=\"n\"", row[i]);
      out += "</tr>\n";
    }
    out += "</tbody></table></div>\n";
  }
};

enum class Judged : unsigned char { none, met, missed, unsure };
// By the interval, as in the review; with one replication the value must do.
Judged judged(const IndicatorResult& result);

void write_method(Sheet& sheet);  // the headings of STRESS-DES, 1 to 6

}  // namespace passerelle::rehearse
