// The middle of import's pipeline: one piece of input (some lines, or a whole document) becomes
// writes. Runs on any thread; what all pieces share is in ImportShared.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "run/search_parameters.h"
#include "server/import.h"
#include "server/import_commit.h"
#include "server/import_later.h"
#include "server/profiles.h"

namespace passerelle::server {

inline constexpr size_t largest_document = size_t{2} << 30;  // in one piece

class ImportShared {
 public:
  ImportShared(store::Store& given_store, const ImportSettings& given_settings)
      : store(given_store),
        settings(given_settings),
        committer(given_store, given_settings.now, given_settings.in_flight),
        parameters(given_store),
        terminology(given_store),
        profiles(given_store, terminology,
                 given_settings.profiles ? ProfileMode::on : ProfileMode::off) {}

  store::Store& store;
  const ImportSettings& settings;
  ImportCommitter committer;
  run::SearchParameters parameters;
  StoredTerminology terminology;
  StoredProfiles profiles;

  void report(const std::string& file, int line, std::string message);
  ImportLater later;  // tried again when all other input is in
  // "Practitioner?identifier=..." -> "Practitioner/1"; none when nothing, or several, match.
  Result<std::optional<std::string>> find(std::string_view reference);

  void fill(ImportReport& report) const;

 private:
  mutable std::mutex mutex_;
  std::vector<ImportProblem> problems_;
  size_t problem_count_ = 0;
  std::map<std::string, std::string, std::less<>> found_;
};

void import_piece(ImportShared& shared, ImportPiece piece);

}  // namespace passerelle::server
