// Who is asking: local accounts with argon2id, sessions by random tokens of which only the hash is
// stored, roles from the pathways' organisations. Accounts and sessions are rows of the store, so
// that they survive a restart; what is read often is kept in memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "pathway/calendar_day.h"
#include "store/store.h"

namespace passerelle::server {

// Roles that no organisation declares.
inline constexpr std::string_view admin_role = "admin";      // may do everything
inline constexpr std::string_view system_role = "system";    // another program, over /fhir
inline constexpr std::string_view monitor_role = "monitor";  // one that reads /metrics, no more

struct Account {
  std::string id;    // what is typed at log-in: "nurse"
  std::string name;  // what others see: "Claire Petit"
  std::vector<std::string> roles;
  std::string language = "fr";
  std::vector<std::string> skills = {};  // beside those that all people of the roles have
  // Skills from a day on, and not before, whatever the roles have.
  std::map<std::string, pathway::LocalDay> skills_from = {};

  bool has_role(std::string_view role) const;
  bool is_admin() const { return has_role(admin_role); }
};

// An Error for a role that is neither one of ours nor declared, with the nearest that is.
Result<void> check_roles(const Account& account, std::vector<std::string> declared);
// The same for a skill that no organisation names.
Result<void> check_skills(const Account& account, std::vector<std::string> declared);

struct Session {
  std::shared_ptr<const Account> account;  // shared by the cache and by requests under way
  std::string token;                       // only just after log-in, else ""
  bool bearer = false;                     // came as Authorization, not as a cookie
};

struct IdentitySettings {
  // argon2id; the defaults are OWASP's, tests take less.
  uint32_t memory_kib = 19456;
  uint32_t passes = 2;
  Millis session_life = std::chrono::hours(12);  // since the log-in
  int wrong_passwords = 10;                      // in a row from one address, then a pause
  Millis pause = std::chrono::minutes(15);
};

class Identity {
 public:
  explicit Identity(store::Store& store, IdentitySettings settings = {});

  // Creates the account or changes it; "" keeps the password that it has (a new account then has
  // none and cannot log in by one). Errors: an id that is no word, a password under 8 characters.
  Result<void> put_account(const Account& account, std::string_view password, Instant now);
  // Ends its sessions and tokens too.
  Result<void> remove_account(std::string_view id, Instant now);
  Result<Account> find_account(std::string_view id);
  Result<std::vector<Account>> accounts();

  // How long whoever asks for the account from this address must wait after too many wrong
  // passwords in a row; 0 = not at all. What others get wrong elsewhere keeps nobody out.
  Millis pause_of(std::string_view id, std::string_view address, Instant now);
  // Errors: unauthenticated (the same for an unknown account as for a wrong password), unavailable
  // during the pause.
  Result<Session> log_in(std::string_view id, std::string_view password, std::string_view address,
                         Instant now);
  Result<void> log_out(std::string_view token, Instant now);
  // A token for a system that does not log in; it lasts `life`.
  Result<std::string> issue_token(std::string_view id, Millis life, Instant now);
  // null when the token is unknown or has expired.
  std::shared_ptr<const Account> who(std::string_view token, Instant now);
  // Removes the sessions that have expired.
  Result<void> sweep(Instant now);

 private:
  struct Known {
    std::shared_ptr<const Account> account;
    Instant expires{};
  };
  struct Failures {
    int count = 0;
    Instant last{};
  };

  Result<std::string> open_session(std::string_view id, Millis life, Instant now);
  void forget(std::string_view account);

  store::Store& store_;
  IdentitySettings settings_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, Known, std::less<>> known_;
  uint64_t forgotten_ = 0;                                 // grows whenever something leaves known_
  std::map<std::string, Failures, std::less<>> failures_;  // by account and address
};

}  // namespace passerelle::server
