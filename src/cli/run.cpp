// passerelle run: the server, until it is told to stop (SIGINT, SIGTERM).
#include <csignal>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "server/server.h"

namespace passerelle::cli {

namespace {

// What serves a trial and would not serve patients.
void tell_what_is_not_real(server::Server& server, const RunOptions& options) {
  if (const auto accounts = server.identity().accounts(); accounts && accounts->empty())
    remark("note: nobody can log in yet: stop, and see passerelle account add --help\n");
  if (options.gateways.empty())
    remark(
        "note: messages go to a folder and reach nobody: see --gateways and "
        "docs/administration.md\n");
  if (options.public_url.empty())
    remark("note: links to patients begin with " + server.url() + ": see --url\n");
}

}  // namespace

int run_command(const RunOptions& options) {
  server::ServerSettings settings;
  settings.data_file = options.data;
  settings.package_folders = options.folders;
  settings.address = options.address;
  settings.port = static_cast<uint16_t>(options.port);
  settings.public_url = options.public_url;
  settings.gateways_file = options.gateways;
  settings.phone_folder = options.phone_folder;
  settings.hooks = options.hooks;
  settings.profiles = options.profiles == "off"      ? server::ProfileMode::off
                      : options.profiles == "strict" ? server::ProfileMode::strict
                                                     : server::ProfileMode::on;
  if (!options.test_clock.empty()) {
    auto from = parse_instant(options.test_clock);
    if (!from) return fail_usage(to_text(from.error()), "--test-clock 2020-03-26T08:00:00Z");
    settings.test_clock = *from;
  }

  // Before any thread exists, so that every thread leaves the two signals to sigwait() below. A
  // broken connection and a full file are errors of a call, no reason to die.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);

  auto server = server::Server::open(settings);
  if (!server) return fail(server.error());
  if (auto started = (*server)->start(); !started) return fail(started.error());
  print("listening on " + (*server)->url() + "\n");
  tell_what_is_not_real(**server, options);
  int signal = 0;
  sigwait(&ends, &signal);
  remark("stopping: requests under way may end\n");
  (*server)->stop();
  return exit_ok;
}

}  // namespace passerelle::cli
