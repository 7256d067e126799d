#include "server/exposition.h"

#include <gtest/gtest.h>

namespace passerelle::server {
namespace {

constexpr std::array<int64_t, 2> bounds = {1'000, 500'000};

TEST(ExpositionOfMetrics, HasTheFormThatMonitorsRead) {
  Histogram<bounds> histogram;
  for (const int64_t micros : {10, 1'000, 2'000, 3'000'000}) histogram.note(micros);
  Exposition out;
  out.one("up", "gauge", "It runs", 1);
  out.family("requests_total", "counter", "Back\\slash and\nline");
  out.sample(3, {{"door", "fhir"}, {"text", "a\"b\\c\nd"}});
  out.family("seconds", "histogram", "How long");
  out.histogram(bounds, histogram.read(), 1e6, {{"door", "api"}});
  EXPECT_EQ(std::move(out).done(),
            "# HELP up It runs\n"
            "# TYPE up gauge\n"
            "up 1\n"
            "# HELP requests_total Back\\\\slash and\\nline\n"
            "# TYPE requests_total counter\n"
            "requests_total{door=\"fhir\",text=\"a\\\"b\\\\c\\nd\"} 3\n"
            "# HELP seconds How long\n"
            "# TYPE seconds histogram\n"
            "seconds_bucket{door=\"api\",le=\"0.001\"} 2\n"
            "seconds_bucket{door=\"api\",le=\"0.5\"} 3\n"
            "seconds_bucket{door=\"api\",le=\"+Inf\"} 4\n"
            "seconds_sum{door=\"api\"} 3.00301\n"
            "seconds_count{door=\"api\"} 4\n");
}

}  // namespace
}  // namespace passerelle::server
