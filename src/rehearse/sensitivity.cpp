#include "rehearse/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/json.h"
#include "pathway/package.h"
#include "rehearse/estimate.h"
#include "rehearse/text_table.h"
#include "rehearse/words.h"
#include "review/words.h"

namespace passerelle::rehearse {
namespace {

constexpr double alpha = 0.05;
constexpr size_t most_shown = 8;

class Explorer {
 public:
  Explorer(const pathway::PackageFiles& files, std::string_view id, std::string_view scenario,
           const Settings& settings, const SensitivitySettings& how)
      : files_(files), id_(id), scenario_(scenario), settings_(settings), how_(how) {}

  Result<Sensitivity> run() {
    std::vector<pathway::Figure> figures = pathway::figures(files_);
    if (!how_.published_too)
      std::erase_if(figures, [](const pathway::Figure& figure) { return !figure.assumed; });
    if (figures.empty())
      return Error{ErrorCode::invalid,
                   "the package has no figure that is an assumption: there is nothing to vary", "",
                   "vary the published ones, too (--published-too)"};
    rehearsals_ = 1 + 2 * figures.size();
    TRY(const Rehearsal base, rehearsed({}));
    settings_ = same_as(settings_, base);
    out_.pathway = base.pathway;
    out_.scenario = base.scenario;
    out_.days = base.days;
    out_.replications = base.replications;
    out_.batches = base.batches;
    out_.spread = how_.spread;
    for (const pathway::Figure& figure : figures) TRY_VOID(vary(figure, base));
    judge();
    return std::move(out_);
  }

 private:
  Result<Rehearsal> rehearsed(const std::vector<pathway::Multiplied>& multiplied) {
    std::vector<pathway::Finding> findings;
    const auto package = pathway::load_package(files_, id_, scenario_, findings, multiplied);
    if (package == nullptr) return pathway::first_error(findings);
    Settings settings = settings_;
    settings.memory_may_stay = false;
    if (settings_.progress) {
      settings.progress = [this](double share) {
        settings_.progress((static_cast<double>(done_) + share) / static_cast<double>(rehearsals_));
      };
    }
    auto rehearsal = rehearse(*package, settings, scenario_);
    ++done_;
    return rehearsal;
  }

  // A figure whose package is refused is told of; an interrupted rehearsal ends everything.
  Result<void> vary(const pathway::Figure& figure, const Rehearsal& base) {
    const double factor = 1 + how_.spread;
    auto less = rehearsed({{figure.file, figure.path, 1 / factor}});
    auto more = less ? rehearsed({{figure.file, figure.path, factor}}) : less;
    if (!less || !more) {
      const Error& error = less ? more.error() : less.error();
      if (error.code == ErrorCode::unavailable) return error;
      out_.left_out.emplace_back(figure, error.message);
      return {};
    }
    TRY(const Comparison lower, compare(base, *less));
    TRY(const Comparison higher, compare(base, *more));
    out_.figures.push_back(figure);
    add(base, lower, higher);
    return {};
  }

  void add(const Rehearsal& base, const Comparison& lower, const Comparison& higher) {
    for (size_t i = 0; i < lower.differences.size(); ++i) {
      const Difference& less = lower.differences[i];
      const Difference& more = higher.differences[i];
      if (less.kind != "indicator" && less.kind != "truth") continue;
      Measure& measure = measure_of(base, less);
      measure.influences.push_back(
          {less.difference, more.difference, false, false, less.turns(), more.turns()});
      p_[&measure - out_.measures.data()].push_back(less.p);
      p_[&measure - out_.measures.data()].push_back(more.p);
    }
  }

  Measure& measure_of(const Rehearsal& base, const Difference& difference) {
    const auto found =
        std::find_if(out_.measures.begin(), out_.measures.end(), [&](const Measure& measure) {
          return measure.kind == difference.kind && measure.id == difference.id;
        });
    if (found != out_.measures.end()) return *found;
    Measure measure{difference.kind,
                    difference.id,
                    difference.name,
                    difference.unit,
                    {},
                    difference.before,
                    {},
                    difference.before_grows};
    for (const IndicatorResult& indicator : base.indicators)
      if (difference.kind == "indicator" && indicator.id == difference.id)
        measure.target = indicator.target;
    out_.measures.push_back(std::move(measure));
    p_.emplace_back();
    return out_.measures.back();
  }

  // Each measure is one table that people read: together it may err once in twenty.
  void judge() {
    for (size_t m = 0; m < out_.measures.size(); ++m) {
      const std::vector<bool> real = holm(p_[m], alpha);
      auto& influences = out_.measures[m].influences;
      for (size_t i = 0; i < influences.size(); ++i) {
        influences[i].less_real = real[2 * i];
        influences[i].more_real = real[2 * i + 1];
      }
    }
  }

  const pathway::PackageFiles& files_;
  std::string id_, scenario_;
  Settings settings_;
  const SensitivitySettings& how_;
  Sensitivity out_;
  std::vector<std::vector<double>> p_;  // by measure: less, more of each figure
  size_t rehearsals_ = 1, done_ = 0;
};

// The figures that move a measure by more than chance would, the strongest first.
std::vector<size_t> by_influence(const Measure& measure) {
  std::vector<size_t> order;
  for (size_t i = 0; i < measure.influences.size(); ++i)
    if (measure.influences[i].less_real || measure.influences[i].more_real ||
        measure.influences[i].turns())
      order.push_back(i);
  strongest_first(measure, order);
  return order;
}

class SensitivityText {
 public:
  SensitivityText(const Sensitivity& of, std::string_view language)
      : of_(of), language_(language) {}

  std::string text() {
    out_ = "\n" + w("influence") + "\n" +
           fmt::format(fmt::runtime(w("influence_how")), of_.figures.size(),
                       review::show_number(1 + of_.spread, 3, language_),
                       times_played(of_, language_)) +
           "\n";
    for (const Measure& measure : of_.measures)
      if (measure.target || measure.kind == "truth") show(measure);
    for (const auto& [figure, reason] : of_.left_out)
      out_ += "\n" + fmt::format(fmt::runtime(w("influence_left_out")), name_of(figure), reason);
    out_ += "\n" + w("influence_caution") + "\n";
    return std::move(out_);
  }

 private:
  std::string w(std::string_view key) const { return std::string(word(key, language_)); }
  static std::string name_of(const pathway::Figure& figure) {
    return to_text(figure.place) + " " + figure.path;
  }
  std::string shown(const Measure& measure, const Estimate& difference, bool real,
                    bool turns) const {
    if (turns) return w(measure.grows ? "turns_better" : "turns_worse");
    if (!real) return "–";
    return show_difference(difference.value, measure.unit, language_);
  }

  void show(const Measure& measure) {
    out_ += "\n" + text_of(measure.name, language_, measure.id) + w("colon") +
            (measure.grows ? w("without_end")
                           : show_in(measure.as_written.value, measure.unit, language_)) +
            "\n";
    const std::vector<size_t> order = by_influence(measure);
    if (order.empty()) {
      out_ += "  " + w("influence_none") + "\n";
      return;
    }
    double most = 0;
    for (const size_t each : order) most = std::max(most, measure.influences[each].most());
    TextTable table;
    table.row({"", w("as_written"), w("influence_less"), w("influence_more"), ""});
    for (size_t rank = 0; rank < std::min(order.size(), most_shown); ++rank) {
      const Influence& it = measure.influences[order[rank]];
      const pathway::Figure& figure = of_.figures[order[rank]];
      table.row({figure.path, figure.written, shown(measure, it.less, it.less_real, it.less_turns),
                 shown(measure, it.more, it.more_real, it.more_turns),
                 bar(it.turns() ? 1 : it.most() / most)});
    }
    table.print(out_);
    if (order.size() < of_.figures.size())
      out_ += "  " +
              fmt::format(fmt::runtime(w("influence_rest")),
                          of_.figures.size() - std::min(order.size(), of_.figures.size())) +
              "\n";
    out_ += "  " + fmt::format(fmt::runtime(w("influence_first")), name_of(of_.figures[order[0]])) +
            "\n";
  }

  static std::string bar(double share) {
    std::string out;
    for (int i = 0; i < static_cast<int>(std::lround(share * 10)); ++i) out += "█";
    return out;
  }

  const Sensitivity& of_;
  std::string language_, out_;
};

class JsonWriter {
 public:
  std::string write(const Sensitivity& of) {
    std::vector<json::Value> figures, measures, left_out;
    for (const pathway::Figure& each : of.figures) figures.push_back(figure(each));
    for (const Measure& each : of.measures) measures.push_back(measure(each, of));
    for (const auto& [each, reason] : of.left_out)
      left_out.push_back(document_.with(figure(each), "reason", document_.string(reason)));
    document_.set_root(document_.object({{"pathway", document_.string(of.pathway)},
                                         {"scenario", document_.string(of.scenario)},
                                         {"days", document_.integer(of.days)},
                                         {"replications", document_.integer(of.replications)},
                                         {"batches", document_.integer(of.batches)},
                                         {"factor", number(1 + of.spread)},
                                         {"figures", document_.array(figures)},
                                         {"measures", document_.array(measures)},
                                         {"left_out", document_.array(left_out)}}));
    return json::write(document_.root(), true) + "\n";
  }

 private:
  json::Value number(double value) {
    return std::isfinite(value) ? document_.number(fmt::format("{}", value)) : document_.null();
  }
  json::Value figure(const pathway::Figure& figure) {
    return document_.object({{"place", document_.string(to_text(figure.place))},
                             {"path", document_.string(figure.path)},
                             {"written", document_.string(figure.written)},
                             {"assumed", document_.boolean(figure.assumed)}});
  }
  json::Value change(const Estimate& difference, bool real, bool turns) {
    return document_.object({{"value", number(difference.value)},
                             {"low", number(difference.low)},
                             {"high", number(difference.high)},
                             {"real", document_.boolean(real)},
                             {"turns", document_.boolean(turns)}});
  }
  json::Value measure(const Measure& measure, const Sensitivity& of) {
    std::vector<json::Value> influences;
    for (size_t i = 0; i < measure.influences.size(); ++i) {
      const Influence& it = measure.influences[i];
      influences.push_back(
          document_.object({{"path", document_.string(of.figures[i].path)},
                            {"less", change(it.less, it.less_real, it.less_turns)},
                            {"more", change(it.more, it.more_real, it.more_turns)}}));
    }
    return document_.object({{"kind", document_.string(measure.kind)},
                             {"id", document_.string(measure.id)},
                             {"unit", document_.string(measure.unit)},
                             {"grows", document_.boolean(measure.grows)},
                             {"value", number(measure.as_written.value)},
                             {"influences", document_.array(influences)}});
  }

  json::Document document_;
};

}  // namespace

void strongest_first(const Measure& measure, std::vector<size_t>& order) {
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Influence &one = measure.influences[a], &other = measure.influences[b];
    if (one.turns() != other.turns()) return one.turns();
    return one.most() > other.most();
  });
}

std::string times_played(const Sensitivity& of, std::string_view language) {
  if (of.batches == 0) return show_replications(of.replications, language);
  return fmt::format(fmt::runtime(word("batches", language)), of.batches);
}

double Influence::most() const {
  const double a = less_real ? std::abs(less.value) : 0, b = more_real ? std::abs(more.value) : 0;
  return std::max(a, b);
}

Result<Sensitivity> sensitivity(const pathway::PackageFiles& files, std::string_view id,
                                std::string_view scenario, const Settings& settings,
                                const SensitivitySettings& how) {
  if (settings.replications < 2)
    return Error{ErrorCode::invalid, "one replication cannot tell an effect from chance", "",
                 "ask for five or more (--replications 5)"};
  return Explorer(files, id, scenario, settings, how).run();
}

std::string to_json(const Sensitivity& sensitivity) { return JsonWriter().write(sensitivity); }
std::string to_text(const Sensitivity& sensitivity, std::string_view language) {
  return SensitivityText(sensitivity, language).text();
}

}  // namespace passerelle::rehearse
