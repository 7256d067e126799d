#include "pathway/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace passerelle::pathway {
namespace {

yaml::Node node_of(const std::string& text) {
  auto node = yaml::parse("it: " + text + "\n", "organisation.yaml");
  EXPECT_TRUE(node.ok()) << text;
  return node ? *node->find("it") : yaml::Node();
}

std::string problem(const std::string& text) {
  const auto parsed = parse_distribution(node_of(text));
  return parsed ? "" : parsed.error().message;
}

struct Example {
  const char* text;
  double mean, variance;
};

// One for each way of writing each of them; moments by their textbook formulas.
const Example examples[] = {
    {"{fixed: 3}", 3, 0},
    {"{uniform: [2, 8]}", 5, 3},
    {"{triangular: [1, 2, 6]}", 3, (1 + 4 + 36 - 2 - 6 - 12) / 18.0},
    {"{pert: [1, 2, 6]}", 2.5, (2.5 - 1) * (6 - 2.5) / 7},
    {"{exponential: 4}", 4, 16},
    {"{erlang: {shape: 3, mean: 6}}", 6, 12},
    {"{gamma: {shape: 2.5, scale: 2}}", 5, 10},
    {"{gamma: {mean: 5, sd: 3}}", 5, 9},
    {"{lognormal: {mean: 10, sd: 4}}", 10, 16},
    {"{lognormal: {mean: 10, variance: 16}}", 10, 16},
    {"{lognormal: {mean: 15, sigma: 0.5}}", 15, 225 * std::expm1(0.25)},
    {"{lognormal: {median: 10, sigma: 0.4}}", 10 * std::exp(0.08),
     100 * std::exp(0.16) * std::expm1(0.16)},
    {"{lognormal: {mu: 2, sigma: 0.3}}", std::exp(2.045), std::exp(4.09) * std::expm1(0.09)},
    {"{normal: {mean: 16, sd: 2}}", 16, 4},
    {"{normal: {mean: 16, variance: 3}}", 16, 3},
    {"{weibull: {shape: 2, scale: 10}}", 10 * std::tgamma(1.5),
     100 * (1 - std::tgamma(1.5) * std::tgamma(1.5))},
    {"{beta: {a: 2, b: 3}}", 0.4, 0.04},
    {"{beta: {a: 2, b: 3, low: 10, high: 20}}", 14, 4},
    {"{poisson: 3.5}", 3.5, 3.5},
    {"{empirical: {values: [2, 4, 10], weights: [1, 2, 1]}}", 5, 9},
    {"{mixture: [{weight: 1, of: 2}, {weight: 3, of: {uniform: [4, 8]}}]}", 5, 4},
};

// The mean and the variance of many seeded draws, and of the quantile function itself.
TEST(Distributions, EachHasTheMomentsOfItsFormula) {
  std::set<std::string> seen;
  for (const Example& example : examples) {
    const auto parsed = parse_distribution(node_of(example.text));
    ASSERT_TRUE(parsed) << example.text << ": " << to_text(parsed.error());
    EXPECT_NEAR(parsed->mean(), example.mean, 1e-9 * example.mean) << example.text;
    for (const DistributionForm& form : distribution_forms())
      if (form.kind == parsed->kind) seen.insert(std::string(form.name));
    const Sampler sampler(*parsed);
    Random random({20, 0, 0, purpose(example.text)});
    const int n = 100'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const double value = sampler.sample(random);
      sum += value;
      squares += (value - example.mean) * (value - example.mean);
    }
    const double error = std::sqrt(example.variance / n);
    EXPECT_LE(std::fabs(sum / n - example.mean), 3.5 * error + 1e-12) << example.text;
    EXPECT_NEAR(squares / n, example.variance, 0.05 * example.variance + 1e-12) << example.text;
  }
  for (const DistributionForm& form : distribution_forms())
    EXPECT_TRUE(seen.contains(std::string(form.name))) << form.name << " has no example";
}

TEST(Distributions, LargerChancesNeverGiveSmallerValuesAndTablesAreClose) {
  for (const Example& example : examples) {
    const auto parsed = parse_distribution(node_of(example.text));
    ASSERT_TRUE(parsed);
    const Sampler sampler(*parsed);
    double last = -INFINITY;
    for (int i = 1; i < 2'000; ++i) {
      const double u = i / 2'000.0;
      const double exact = parsed->quantile(u);
      EXPECT_GE(exact, last) << example.text << " at " << u;
      EXPECT_NEAR(sampler.quantile(u), exact, 2e-3 * std::sqrt(example.variance) + 1e-12)
          << example.text << " at " << u;
      last = exact;
    }
  }
}

TEST(Distributions, ImpossibleParametersAreRefusedInWords) {
  EXPECT_EQ(problem("{uniform: [8, 2]}"),
            "the parameters of 'uniform' (low, high) must have low < high");
  EXPECT_NE(problem("{triangular: [1, 9, 6]}").find("low <= mode <= high"), std::string::npos);
  EXPECT_NE(problem("{exponential: 0}").find("greater than 0"), std::string::npos);
  EXPECT_NE(problem("{erlang: {shape: 2.5, mean: 6}}").find("whole shape"), std::string::npos);
  EXPECT_NE(problem("{lognormal: {mean: 10, sd: -1}}").find("greater than 0"), std::string::npos);
  EXPECT_NE(problem("{weibull: {shape: 0, scale: 1}}").find("greater than 0"), std::string::npos);
  EXPECT_NE(problem("{gamma: {mean: 5}}").find("does not have these parameters"),
            std::string::npos);
  EXPECT_NE(problem("{exponential: 1e300}").find("too large"), std::string::npos);
  EXPECT_NE(problem("{empirical: {values: [1, 2], weights: [0, 0]}}").find("greater than 0"),
            std::string::npos);
  EXPECT_NE(problem("{exponental: 3}").find("no distribution called"), std::string::npos);
  EXPECT_NE(problem("{exponential: nan}").find("expected a number"), std::string::npos);
  EXPECT_NE(problem("inf").find("expected a number"), std::string::npos);
}

// They would otherwise be summed for hours, or be infinite.
TEST(Distributions, ParametersThatNobodyCanComputeWithAreRefused) {
  for (const char* even :
       {"{gamma: [1e12, 1e-12]}", "{gamma: {mean: 10, sd: 1e-9}}", "{erlang: [1e12, 10]}"})
    EXPECT_NE(problem(even).find("write {fixed: ...}"), std::string::npos) << even;
  EXPECT_NE(problem("{beta: [1e12, 1e12, 0, 10]}").find("at most 1000000"), std::string::npos);
  EXPECT_NE(problem("{poisson: 1e12}").find("at most 1000000"), std::string::npos);
  for (const char* large : {"{lognormal: {mu: 1e5, sigma: 1}}", "{lognormal: {mu: 1, sigma: 500}}",
                            "{weibull: [0.001, 1]}", "{gamma: [1e6, 1e12]}"})
    EXPECT_NE(problem(large).find("the mean of this"), std::string::npos) << large;
  // What is allowed is quick enough, and right.
  const auto narrow = parse_distribution(node_of("{gamma: {mean: 10, sd: 0.01}}"));
  ASSERT_TRUE(narrow) << to_text(narrow.error());
  EXPECT_NEAR(narrow->quantile(0.5), 10, 1e-4);
  EXPECT_NEAR(narrow->quantile(0.975), 10 + 1.96 * 0.01, 1e-4);
}

TEST(Distributions, TimesHaveUnitsAndAreNotNegative) {
  const auto hours =
      parse_time(node_of("{lognormal: {mean: 2, sd: 1}, unit: h}"), TimeUnit::minutes);
  ASSERT_TRUE(hours) << to_text(hours.error());
  EXPECT_NEAR(hours->mean(), 120, 1e-9);
  const auto plain = parse_time(node_of("{lognormal: {mean: 120, sd: 60}}"), TimeUnit::minutes);
  ASSERT_TRUE(plain);
  for (const double u : {0.05, 0.5, 0.95})
    EXPECT_NEAR(hours->quantile(u), plain->quantile(u), 1e-9);
  EXPECT_EQ(parse_time(node_of("{fixed: 1, unit: d}"), TimeUnit::hours)->mean(), 24);
  const auto weeks = parse_time(node_of("{fixed: 1, unit: w}"), TimeUnit::minutes);
  ASSERT_FALSE(weeks);
  EXPECT_EQ(weeks.error().message, "'w' is no unit of time");
  EXPECT_FALSE(parse_time(node_of("{normal: {mean: 5, sd: 10}}"), TimeUnit::minutes));
  EXPECT_FALSE(parse_time(node_of("-3"), TimeUnit::minutes));
  EXPECT_TRUE(parse_time(node_of("{normal: {mean: 16, variance: 3}}"), TimeUnit::minutes));
  EXPECT_FALSE(parse_distribution(node_of("{fixed: 1, unit: h}")));
}

}  // namespace
}  // namespace passerelle::pathway
