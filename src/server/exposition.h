// Prometheus's text form, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): a
// family is its HELP and TYPE, then its samples; times are in seconds, sizes in bytes.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/histogram.h"

namespace passerelle::server {

class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // Begins a family; `type`: counter, gauge or histogram. All samples of it follow.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(double value, Labels labels = {});
  // A family of one sample.
  void one(std::string_view name, std::string_view type, std::string_view help, double value);
  // Bounds and sum are divided by `unit`: 1e6 makes seconds of microseconds.
  template <size_t n>
  void histogram(const std::array<int64_t, n>& bounds, const HistogramReading<n>& reading,
                 double unit, Labels labels = {}) {
    int64_t below = 0;
    for (size_t i = 0; i < n; ++i) {
      below += reading.counts[i];
      bucket(static_cast<double>(bounds[i]) / unit, below, labels);
    }
    below += reading.counts[n];
    end(below, static_cast<double>(reading.sum) / unit, labels);
  }

  std::string done() && { return std::move(text_); }

 private:
  void bucket(double bound, int64_t count, Labels labels);
  void end(int64_t count, double sum, Labels labels);
  void line(std::string_view suffix, Labels labels, std::string_view bound, double value);

  std::string text_, name_;
};

}  // namespace passerelle::server
