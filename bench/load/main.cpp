#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/json.h"
#include "base/text.h"
#include "load.h"

namespace {

using namespace passerelle;

int fail(const Error& error) {
  std::fprintf(stderr, "passerelle_load: %s\n", to_text(error).c_str());
  return 1;
}

int print_http(const bench::HttpLoad& load) {
  const auto figures = bench::run_http_load(load);
  if (!figures) return fail(figures.error());
  std::printf(
      "{\"requests\":%llu,\"seconds\":%.4f,\"p50\":%.4f,\"p99\":%.4f,\"refused\":%llu,"
      "\"first_refusal\":%s}\n",
      static_cast<unsigned long long>(figures->requests), figures->seconds, figures->p50,
      figures->p99, static_cast<unsigned long long>(figures->refused),
      json::quote(figures->first_refusal).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads a running server, makes records, measures SQLite alone.");
  app.require_subcommand(1);

  bench::HttpLoad load;
  std::string body_file;
  auto* http = app.add_subcommand("http", "requests in a closed loop; prints their figures");
  http->add_option("--port", load.port)->required();
  http->add_option("--connections", load.connections);
  http->add_option("--seconds", load.seconds);
  http->add_option("--method", load.method);
  http->add_option("--path", load.path, "with {n} or {next}")->required();
  http->add_option("--body", body_file, "a file; with {n} or {next} in it");
  http->add_option("--header", load.headers);
  http->add_option("--range", load.range, "{n} is below");
  http->add_option("--seed", load.seed);

  std::string folder = ".";
  uint64_t patients = 10'000, observations = 990'000, seed = 1;
  auto* records = app.add_subcommand("records", "makes patients and their observations as NDJSON");
  records->add_option("--patients", patients);
  records->add_option("--observations", observations);
  records->add_option("--seed", seed);
  records->add_option("folder", folder)->required();

  double seconds = 2;
  auto* sqlite = app.add_subcommand("sqlite", "durable commits a second of SQLite alone");
  sqlite->add_option("--seconds", seconds);
  sqlite->add_option("folder", folder)->required();

  CLI11_PARSE(app, argc, argv);
  if (*http) {
    if (!body_file.empty()) {
      auto body = passerelle::read_file(body_file);
      if (!body) return fail(body.error());
      load.body = std::move(*body);
    }
    return print_http(load);
  }
  if (*records) {
    const auto made = bench::make_records(folder, patients, observations, seed);
    return made ? 0 : fail(made.error());
  }
  const auto rate = bench::sqlite_commits_per_second(folder, seconds);
  if (!rate) return fail(rate.error());
  std::printf("{\"commits_per_second\":%.1f}\n", *rate);
  return 0;
}
