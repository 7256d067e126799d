// The server: one data file, the packages it runs, the doors of docs/api.md. What `passerelle run`
// calls, and what the tests start on a free port.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "server/identity.h"
#include "server/profile_mode.h"

namespace passerelle::server {

struct AccountSettings {
  Account account;
  std::string password;      // "" = keeps the one it has
  bool only_if_new = false;  // an account that is there already stays as it is
};

struct ServerSettings {
  std::string data_file;                     // "" = a temporary one that goes with the server
  std::vector<std::string> package_folders;  // each a pathway package
  std::string address = "127.0.0.1";
  uint16_t port = 8080;                   // 0 = any free one
  std::string public_url;                 // for links in messages; "" = http://address:port
  std::optional<Instant> test_clock;      // where a test clock begins (it never goes back)
  std::string gateways_file;              // "" = messages go to `phone_folder`
  std::string phone_folder;               // "" = <data file>.phone
  std::vector<std::string> hooks;         // addresses that Subscriptions may call
  std::vector<AccountSettings> accounts;  // created or changed at the start
  IdentitySettings identity;
  ProfileMode profiles = ProfileMode::on;  // whether what is written is held against profiles
  int workers = 64;                        // requests that may wait for the disk at once
  size_t body_limit = 32u << 20;
  int connections = 4096;  // at once; each is an open file
  // How long a search may take, in instructions of the store's machine, and by the clock; 0
  // and none: store::SqliteOptions's.
  int64_t search_steps = 0;
  std::optional<Millis> search_time;
  Millis bundle_time = std::chrono::seconds(30);  // of all searches of a batch or transaction
  int read_timeout_seconds = 30;
  int write_timeout_seconds = 60;
  size_t slow_bytes = 64 * 1024;  // HttpSettings
};

class Server {
 public:
  // Opens the data file, loads the packages, creates the accounts; nothing listens yet. Errors: a
  // package with errors (all its findings in the message), a role that no package has, a data file
  // that another process holds.
  static Result<std::unique_ptr<Server>> open(const ServerSettings& settings);
  ~Server();

  Result<void> start();  // listens; timers and messages run
  uint16_t port() const;
  const std::string& url() const;  // "http://127.0.0.1:8080"
  // Takes no more requests, lets those under way end, closes the data file.
  void stop();

  // For tokens of systems: sessions go by the system's time, now(), also with a test clock.
  Identity& identity();
  Instant now() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace passerelle::server
