// passerelle store check|backup|stats: care of a data file.
#include "store/store.h"

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/terminal.h"

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
    print(std::string(name) + std::string(20 - name.size(), ' ') + std::to_string(value) + "\n");
  };
  line("resources", stats->resources);
  line("versions", stats->versions);
  line("open cases", stats->open_cases);
  line("events", stats->events);
  line("messages waiting", stats->pending_messages);
  line("timers", stats->pending_timers);
  line("bytes", stats->file_bytes);
  return exit_ok;
}

}  // namespace passerelle::cli
