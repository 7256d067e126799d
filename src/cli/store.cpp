// passerelle store check|backup|compact|reindex|stats: care of a data file.
#include "store/store.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "run/indexing.h"
#include "run/search_parameters.h"

namespace passerelle::cli {

Result<std::unique_ptr<store::Store>> open_existing(const std::string& path) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(path, problem))
    return Error{ErrorCode::not_found, "there is no data file here", path,
                 "give the file that 'passerelle run --data' uses"};
  return store::open_sqlite(path);
}

int store_check_command(const StoreOptions& options) {
  auto store = open_existing(options.data);
  if (!store) return fail(store.error());
  if (auto sound = (*store)->check(); !sound) {
    remark("passerelle: " + to_text(sound.error()) + "\n");
    return exit_findings;
  }
  print(options.data + ": every invariant holds\n");
  return exit_ok;
}

int store_backup_command(const StoreOptions& options) {
  std::error_code problem;
  if (std::filesystem::exists(options.to, problem))
    return fail({ErrorCode::conflict, "the file is there already", options.to,
                 "a backup never overwrites: give another name"});
  auto store = open_existing(options.data);
  if (!store) return fail(store.error());
  if (auto saved = (*store)->backup(options.to); !saved) return fail(saved.error());
  print(options.to + ": " + std::to_string(std::filesystem::file_size(options.to, problem)) +
        " bytes\n");
  return exit_ok;
}

int store_stats_command(const StoreOptions& options) {
  auto store = open_existing(options.data);
  if (!store) return fail(store.error());
  auto stats = (*store)->stats();
  if (!stats) return fail(stats.error());
  const auto line = [](std::string_view name, int64_t value) {
    const size_t width = 27;
    print(std::string(name) + std::string(width - name.size(), ' ') + std::to_string(value) + "\n");
  };
  line("resources", stats->resources);
  line("versions", stats->versions);
  line("open cases", stats->open_cases);
  line("events", stats->events);
  line("messages waiting", stats->pending_messages);
  line("timers", stats->pending_timers);
  line("bytes", stats->file_bytes);
  auto space = (*store)->space();
  if (!space) return fail(space.error());
  for (const store::Space::Part& part : space->parts) line("  " + part.name, part.bytes);
  char packing[32];
  std::snprintf(packing, sizeof packing, "%.1f", space->packing);
  print("bodies packed              " + std::string(packing) + " times smaller, with " +
        count_of(static_cast<size_t>(space->dictionaries), "dictionary", "dictionaries") + "\n");
  const run::SearchParameters parameters(**store);
  for (const run::IndexStatus& one : parameters.list())
    print("search parameter " + one.id + (one.code.empty() ? "" : " (" + one.code + ")") + ": " +
          std::string(run::name_of(one.state)) +
          (one.state == run::IndexState::indexing ? ", " + run::to_text(one) : "") +
          (one.detail.empty() ? "" : ": " + one.detail) + "\n");
  return exit_ok;
}

int store_compact_command(const StoreOptions& options) {
  std::error_code problem;
  const auto before = std::filesystem::file_size(options.data, problem);
  // Also says what is wrong with the path.
  if (auto store = open_existing(options.data); !store) return fail(store.error());
  if (auto done = store::compact_sqlite(options.data); !done) return fail(done.error());
  print(options.data + ": " + std::to_string(before) + " bytes before, " +
        std::to_string(std::filesystem::file_size(options.data, problem)) + " now\n");
  return exit_ok;
}

int store_reindex_command(const StoreOptions& options) {
  auto store = open_existing(options.data);
  if (!store) return fail(store.error());
  auto site = run::site_of(**store);
  if (!site) return fail(site.error());
  const bool shown = isatty(STDERR_FILENO) != 0;
  const auto progress = [&](int64_t count) {
    if (shown) remark("\r\033[K" + std::to_string(count) + " resources …");
  };
  run::SearchParameters parameters(**store);
  auto done =
      run::reindex(**store, {site->zone, site->base_url, &parameters}, system_now(), progress);
  if (done)
    if (auto noted = parameters.all_done(system_now()); !noted) done = noted.error();
  if (shown) remark("\r\033[K");
  if (!done) return fail(done.error());
  print(options.data + ": " + std::to_string(*done) + " resources indexed anew\n");
  return exit_ok;
}

}  // namespace passerelle::cli
