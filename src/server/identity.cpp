#include "server/identity.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "server/secret.h"

namespace passerelle::server {
namespace {

constexpr std::string_view account_space = "account";
constexpr std::string_view session_space = "session";
constexpr size_t shortest_password = 8;
constexpr size_t remembered_failures = 10'000;

struct Stored {
  Account account;
  std::string password;  // argon2id, "" = cannot log in by one
};

bool is_word(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '@';
  });
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ",") + json::quote(text);
  return "[" + out + "]";
}

std::string days_of(const std::map<std::string, pathway::LocalDay>& skills) {
  std::string out;
  for (const auto& [skill, day] : skills)
    out += (out.empty() ? "" : ",") + json::quote(skill) + ":" +
           json::quote(pathway::format_calendar_day(day));
  return "{" + out + "}";
}

std::string encode(const Stored& stored) {
  return "{\"name\":" + json::quote(stored.account.name) +
         ",\"roles\":" + list_of(stored.account.roles) +
         ",\"skills\":" + list_of(stored.account.skills) +
         ",\"skills_from\":" + days_of(stored.account.skills_from) +
         ",\"language\":" + json::quote(stored.account.language) +
         ",\"password\":" + json::quote(stored.password) + "}";
}

Result<Stored> decode(const store::Row& row) {
  TRY(const json::Document document, json::Document::parse(row.value));
  const json::Value root = document.root();
  Stored stored;
  stored.account.id = row.key;
  stored.account.name = root["name"].string();
  for (const json::Value role : root["roles"].items())
    stored.account.roles.emplace_back(role.string());
  // Accounts of earlier programs have none.
  for (const json::Value skill : root["skills"].items())
    stored.account.skills.emplace_back(skill.string());
  for (const json::Member& skill : root["skills_from"].members()) {
    const auto day = pathway::parse_calendar_day(skill.value.string());
    if (!day)
      return Error{ErrorCode::invalid, "the account has a skill from a day on that is none",
                   row.key, "say its skills again with passerelle account add"};
    stored.account.skills_from.emplace(skill.name, *day);
  }
  stored.account.language = root["language"].string();
  stored.password = root["password"].string();
  return stored;
}

Result<Stored> load(store::Store& store, std::string_view id) {
  TRY(const store::Row row, store.read_row(account_space, id));
  return decode(row);
}

Result<void> write_rows(store::Store& store, std::vector<store::RowWrite> rows, Instant now) {
  store::Transaction transaction;
  transaction.at = now;
  transaction.rows = std::move(rows);
  TRY_VOID(store.commit(std::move(transaction)));
  return {};
}

struct StoredSession {
  std::string account;
  Instant expires{};
};

Result<StoredSession> decode_session(const store::Row& row) {
  TRY(const json::Document document, json::Document::parse(row.value));
  TRY(const Instant expires, parse_instant(document.root()["expires"].string()));
  return StoredSession{std::string(document.root()["account"].string()), expires};
}

// An account's name holds no space.
std::string attempt_key(std::string_view id, std::string_view address) {
  return std::string(id) + ' ' + std::string(address);
}

Error wrong_password() {
  return Error{ErrorCode::unauthenticated, "the account or the password is wrong"};
}

}  // namespace

bool Account::has_role(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

namespace {

Result<void> check_names(const Account& account, std::string_view what,
                         const std::vector<std::string>& said, std::vector<std::string> declared) {
  for (const std::string& name : said) {
    if (std::find(declared.begin(), declared.end(), name) != declared.end()) continue;
    std::sort(declared.begin(), declared.end());
    declared.erase(std::unique(declared.begin(), declared.end()), declared.end());
    std::string all;
    for (const std::string& each : declared) all += (all.empty() ? "" : ", ") + each;
    const std::string near = closest(name, declared);
    return Error{ErrorCode::invalid,
                 "no organisation has the " + std::string(what) + " '" + name + "'", account.id,
                 near.empty() ? "known are " + (all.empty() ? "none" : all)
                              : "did you mean '" + near + "'?"};
  }
  return {};
}

}  // namespace

Result<void> check_roles(const Account& account, std::vector<std::string> declared) {
  declared.emplace_back(admin_role);
  declared.emplace_back(system_role);
  declared.emplace_back(monitor_role);
  return check_names(account, "role", account.roles, std::move(declared));
}

Result<void> check_skills(const Account& account, std::vector<std::string> declared) {
  std::vector<std::string> said = account.skills;
  for (const auto& [skill, day] : account.skills_from) said.push_back(skill);
  return check_names(account, "skill", said, std::move(declared));
}

Identity::Identity(store::Store& store, IdentitySettings settings)
    : store_(store), settings_(settings) {}

Result<void> Identity::put_account(const Account& account, std::string_view password, Instant now) {
  if (!is_word(account.id))
    return Error{ErrorCode::invalid, "'" + account.id + "' is no name for an account", "",
                 "use letters, digits and . - _ @, at most 64"};
  if (!password.empty() && password.size() < shortest_password)
    return Error{ErrorCode::invalid, "the password of '" + account.id + "' is too short", "",
                 "use at least 8 characters"};
  Stored stored{account, {}};
  if (password.empty()) {
    auto old = load(store_, account.id);
    if (old) stored.password = old->password;
    if (!old && old.error().code != ErrorCode::not_found) return old.error();
  } else {
    TRY(stored.password, hash_password(password, settings_.memory_kib, settings_.passes));
  }
  TRY_VOID(write_rows(store_, {{std::string(account_space), account.id, encode(stored), {}}}, now));
  forget(account.id);
  return {};
}

Result<void> Identity::remove_account(std::string_view id, Instant now) {
  std::vector<store::RowWrite> rows = {{std::string(account_space), std::string(id), {}, {}}};
  TRY_VOID(store_.scan_rows(session_space, "", [&](const store::Row& row) {
    const auto session = decode_session(row);
    if (session && session->account == id) rows.push_back({row.space, row.key, {}, {}});
    return true;
  }));
  TRY_VOID(write_rows(store_, std::move(rows), now));
  forget(id);
  return {};
}

Result<Account> Identity::find_account(std::string_view id) {
  TRY(const Stored stored, load(store_, id));
  return stored.account;
}

Result<std::vector<Account>> Identity::accounts() {
  std::vector<Account> accounts;
  TRY_VOID(store_.scan_rows(account_space, "", [&](const store::Row& row) {
    if (auto stored = decode(row)) accounts.push_back(std::move(stored->account));
    return true;
  }));
  return accounts;
}

Millis Identity::pause_of(std::string_view id, std::string_view address, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(attempt_key(id, address));
  if (found == failures_.end() || found->second.count < settings_.wrong_passwords) return {};
  const Millis left = found->second.last + settings_.pause - now;
  if (left > Millis::zero()) return left;
  failures_.erase(found);
  return {};
}

Result<Session> Identity::log_in(std::string_view id, std::string_view password,
                                 std::string_view address, Instant now) {
  if (pause_of(id, address, now) > Millis::zero())
    return Error{ErrorCode::unavailable, "too many wrong passwords in a row", "",
                 "wait a quarter of an hour, or ask the administrator"};
  auto stored = is_word(id) ? load(store_, id)
                            : Result<Stored>(Error{ErrorCode::not_found, "no such account"});
  if (!stored && stored.error().code != ErrorCode::not_found) return stored.error();
  // An unknown account takes as long as a wrong password, so that nobody learns which exist.
  static const std::string decoy =
      hash_password("nobody has this password", settings_.memory_kib, settings_.passes).value();
  const bool known = stored.ok() && !stored->password.empty();
  if (!password_fits(known ? stored->password : decoy, password) || !known) {
    const std::lock_guard lock(mutex_);
    if (failures_.size() >= remembered_failures)
      std::erase_if(failures_,
                    [&](const auto& entry) { return entry.second.last + settings_.pause <= now; });
    // Full of others' guesses: the oldest is forgotten, never the new one.
    if (failures_.size() >= remembered_failures)
      failures_.erase(std::min_element(
          failures_.begin(), failures_.end(),
          [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    if (id.size() <= 64) {
      Failures& failures = failures_[attempt_key(id, address)];
      ++failures.count;
      failures.last = now;
    }
    return wrong_password();
  }
  {
    const std::lock_guard lock(mutex_);
    failures_.erase(attempt_key(id, address));
  }
  Session session;
  session.account = std::make_shared<const Account>(stored->account);
  TRY(session.token, open_session(id, settings_.session_life, now));
  return session;
}

Result<std::string> Identity::open_session(std::string_view id, Millis life, Instant now) {
  const std::string token = random_token();
  const std::string value =
      "{\"account\":" + json::quote(id) + ",\"expires\":\"" + format_instant(now + life) + "\"}";
  TRY_VOID(write_rows(store_, {{std::string(session_space), hash_token(token), value, 0}}, now));
  return token;
}

Result<void> Identity::log_out(std::string_view token, Instant now) {
  const std::string key = hash_token(token);
  TRY_VOID(write_rows(store_, {{std::string(session_space), key, {}, {}}}, now));
  const std::lock_guard lock(mutex_);
  known_.erase(key);
  ++forgotten_;
  return {};
}

Result<std::string> Identity::issue_token(std::string_view id, Millis life, Instant now) {
  TRY_VOID(load(store_, id));
  return open_session(id, life, now);
}

std::shared_ptr<const Account> Identity::who(std::string_view token, Instant now) {
  const std::string key = hash_token(token);
  uint64_t forgotten_before = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key);
    if (found != known_.end()) {
      if (found->second.expires > now) return found->second.account;
      known_.erase(found);
      return nullptr;
    }
    forgotten_before = forgotten_;
  }
  const auto row = store_.read_row(session_space, key);
  if (!row) return nullptr;
  const auto session = decode_session(*row);
  if (!session || session->expires <= now) return nullptr;
  const auto stored = load(store_, session->account);
  if (!stored) return nullptr;
  const auto account = std::make_shared<const Account>(stored->account);
  const std::lock_guard lock(mutex_);
  // Somebody may have logged out, or lost a role, while we read: then it is not kept.
  if (forgotten_ == forgotten_before) known_[key] = Known{account, session->expires};
  return account;
}

Result<void> Identity::sweep(Instant now) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [&](const auto& entry) { return entry.second.expires <= now; });
  }
  std::vector<store::RowWrite> rows;
  TRY_VOID(store_.scan_rows(session_space, "", [&](const store::Row& row) {
    const auto session = decode_session(row);
    if (!session || session->expires <= now) rows.push_back({row.space, row.key, {}, {}});
    return rows.size() < 1000;
  }));
  if (rows.empty()) return {};
  return write_rows(store_, std::move(rows), now);
}

void Identity::forget(std::string_view account) {
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& entry) { return entry.second.account->id == account; });
  ++forgotten_;
}

}  // namespace passerelle::server
