// passerelle account add|list|remove|token: who may log in. Works on the data file while no server
// has it open.
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "run/access.h"
#include "run/engine.h"
#include "server/identity.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

std::string first_line(std::string text) {
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

// A password never stands on the command line, where every process could read it.
Result<std::string> password(const AccountOptions& options) {
  if (!options.password_file.empty() && options.password_file != "-") {
    TRY(std::string text, read_file(options.password_file));
    return first_line(std::move(text));
  }
  termios before{};
  const bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    remark("Password for " + options.account + ": ");
  }
  std::string text;
  std::getline(std::cin, text);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    remark("\n");
  }
  return first_line(std::move(text));
}

Result<void> once_known(const Result<void>& known, std::string_view what) {
  if (known) return {};
  Error error = known.error();
  error.help += error.help.ends_with('?') ? " A " : "; a ";
  error.help += std::string(what) + " of a new package is known once the server has run with it";
  return error;
}

// "suture", or "suture@2026-12-15": from that day on. What is said replaces what was.
Result<void> set_skills(server::Account& account, const std::vector<std::string>& said) {
  account.skills.clear();
  account.skills_from.clear();
  for (const std::string& each : said) {
    const size_t at = each.rfind('@');
    const std::string skill = each.substr(0, at);
    if (skill.empty() && at == std::string::npos) continue;  // '' takes all away
    if (at == std::string::npos) {
      account.skills.push_back(skill);
      continue;
    }
    const auto day = pathway::parse_calendar_day(std::string_view(each).substr(at + 1));
    if (skill.empty() || !day)
      return Error{ErrorCode::invalid, "'" + each + "' is no skill with the day of its beginning",
                   account.id, "write --skill suture@2026-12-15, or --skill suture for at once"};
    account.skills_from[skill] = *day;
  }
  return {};
}

// As it is said.
std::vector<std::string> skills_said(const server::Account& account) {
  std::vector<std::string> out = account.skills;
  for (const auto& [skill, day] : account.skills_from)
    out.push_back(skill + "@" + pathway::format_calendar_day(day));
  return out;
}

// The data file keeps every package that it has been run with; before the first start there is none
// to ask.
Result<void> check_known_names(store::Store& store, const server::Account& account, bool roles,
                               bool skills) {
  run::Engine engine(store, {});
  const auto packages = engine.packages();
  std::vector<std::string> declared, taught;
  if (packages)
    for (const run::PathwayInfo& each : *packages) {
      const pathway::Organisation& organisation = each.package->pathway.organisation();
      for (const pathway::Role& role : organisation.roles) declared.push_back(role.id);
      for (std::string& skill : run::skills_named(organisation)) taught.push_back(std::move(skill));
    }
  if (!declared.empty()) {
    if (roles) TRY_VOID(once_known(server::check_roles(account, std::move(declared)), "role"));
    if (skills) TRY_VOID(once_known(server::check_skills(account, std::move(taught)), "skill"));
    return {};
  }
  const auto unchecked = [](const std::string& name, const char* what) {
    remark("the data file knows no package yet: nobody has checked that '" + name + "' is a " +
           what + " of one\n");
  };
  for (const std::string& role : account.roles)
    if (roles && role != server::admin_role && role != server::system_role &&
        role != server::monitor_role)
      unchecked(role, "role");
  for (const std::string& skill : account.skills)
    if (skills) unchecked(skill, "skill");
  for (const auto& [skill, day] : account.skills_from)
    if (skills) unchecked(skill, "skill");
  return {};
}

Result<void> add(const AccountOptions& options) {
  TRY(const auto store, store::open_sqlite(options.data));
  server::Identity identity(*store);
  // What is not said stays as it is.
  server::Account account;
  const auto known = identity.find_account(options.account);
  if (known) account = *known;
  if (!known && known.error().code != ErrorCode::not_found) return known.error();
  account.id = options.account;
  if (!options.name.empty()) account.name = options.name;
  if (account.name.empty()) account.name = options.account;
  if (!options.roles.empty()) account.roles = options.roles;
  if (!options.skills.empty()) TRY_VOID(set_skills(account, options.skills));
  if (!options.language.empty()) account.language = options.language;
  if (account.language.empty()) account.language = "fr";
  if (!options.roles.empty() || !options.skills.empty())
    TRY_VOID(check_known_names(*store, account, !options.roles.empty(), !options.skills.empty()));
  std::string secret;
  if (!known || !options.password_file.empty()) {
    TRY(secret, password(options));
    if (secret.empty())
      return Error{ErrorCode::invalid, "no password was given", options.account,
                   "type it, or give --password-file"};
  }
  return identity.put_account(account, secret, system_now());
}

Result<void> remove(const AccountOptions& options) {
  TRY(const auto store, open_existing(options.data));
  server::Identity identity(*store);
  TRY_VOID(identity.find_account(options.account));
  return identity.remove_account(options.account, system_now());
}

Result<std::string> token(const AccountOptions& options) {
  TRY(const auto store, open_existing(options.data));
  server::Identity identity(*store);
  return identity.issue_token(options.account, std::chrono::hours(24) * options.days, system_now());
}

Result<void> list(const AccountOptions& options) {
  TRY(const auto store, open_existing(options.data));
  server::Identity identity(*store);
  TRY(const auto accounts, identity.accounts());
  for (const server::Account& account : accounts) {
    const auto joined = [](const std::vector<std::string>& texts) {
      std::string out;
      for (const std::string& text : texts) out += (out.empty() ? "" : ",") + text;
      return out;
    };
    const std::vector<std::string> skills = skills_said(account);
    print(account.id + "\t" + account.name + "\t" + joined(account.roles) + "\t" +
          account.language + (skills.empty() ? "" : "\t" + joined(skills)) + "\n");
  }
  return {};
}

}  // namespace

int account_add_command(const AccountOptions& options) {
  if (auto done = add(options); !done) return fail(done.error());
  print(options.account + ": may log in\n");
  return exit_ok;
}

int account_remove_command(const AccountOptions& options) {
  if (auto done = remove(options); !done) return fail(done.error());
  print(options.account + ": may no longer log in; what it did keeps its name\n");
  return exit_ok;
}

// Alone on standard output, so that it can be written to a file.
int account_token_command(const AccountOptions& options) {
  auto made = token(options);
  if (!made) return fail(made.error());
  print(*made + "\n");
  remark(options.account + ": whoever has this token is " + options.account + " for " +
         std::to_string(options.days) + " days\n");
  return exit_ok;
}

int account_list_command(const AccountOptions& options) {
  if (auto done = list(options); !done) return fail(done.error());
  return exit_ok;
}

}  // namespace passerelle::cli
