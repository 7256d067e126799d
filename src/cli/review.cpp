// passerelle review FILE|LOG: the indicators on what happened, promise beside reality.
#include "review/review.h"

#include <array>
#include <map>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/package.h"
#include "review/log_file.h"
#include "run/records.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

constexpr std::array log_endings = {".xes", ".xes.gz", ".csv", ".csv.gz"};

bool is_log(const std::string& path) {
  for (const char* ending : log_endings)
    if (path.ends_with(ending)) return true;
  return false;
}

// The events of a server's data file: of one pathway, or of all when `pathway` is "".
Result<review::LoadedLog> read_data(const std::string& path, const std::string& pathway) {
  TRY(const auto store, open_existing(path));
  std::map<uint64_t, bool> wanted;
  store::CaseFilter filter;
  filter.pathway = pathway;
  TRY_VOID(store->scan_cases(filter, [&](const store::CaseRecord& record) {
    wanted[record.number] = true;
    return true;
  }));
  review::LoadedLog loaded;
  Result<void> decoded;
  TRY_VOID(store->scan_events({}, [&](const store::EventRecord& record) {
    if (wanted.find(record.case_number) == wanted.end()) return true;
    auto event = run::decode_event(record.bytes, record.case_number, record.at, loaded.log.names);
    if (!event) {
      decoded = event.error();
      return false;
    }
    loaded.log.events.push_back(std::move(*event));
    return true;
  }));
  if (!decoded) return decoded.error();
  if (review::group_by_case(loaded.log))
    loaded.remarks.emplace_back("some events were not in the order of time and were put in order");
  return loaded;
}

Result<std::unique_ptr<pathway::Package>> load(const std::string& folder) {
  if (folder.empty()) return std::unique_ptr<pathway::Package>();
  TRY(const auto files, pathway::read_package_files(folder));
  std::vector<pathway::Finding> findings;
  auto package = pathway::load_package(files, package_id(folder), "", findings);
  if (package) return package;
  return Error{ErrorCode::invalid, "the package has errors", folder,
               "run: passerelle check " + folder};
}

Result<int> review_log(const ReviewOptions& options) {
  TRY(const auto package, load(options.package));
  TRY(review::LoadedLog loaded, is_log(options.file)
                                    ? review::read_log(options.file)
                                    : read_data(options.file, package ? package->id : ""));
  review::Options how;
  how.language = options.language;
  how.remarks = loaded.remarks;
  if (!options.against.empty()) {
    TRY(const std::string text, read_file(options.against));
    auto promise = review::parse_promise(text);
    if (!promise) {
      promise.error().where = options.against;
      return promise.error();
    }
    how.promise = std::move(*promise);
  }
  const review::Review review = review::review(loaded.log, package.get(), how);
  if (!options.json.empty()) TRY_VOID(write_file(options.json, review::to_json(review) + "\n"));
  if (!options.html.empty()) TRY_VOID(write_file(options.html, review::to_html(review)));
  if (!options.log.empty()) TRY_VOID(review::write_log(options.log, loaded.log));
  print(review::to_text(review));
  return int{exit_ok};
}

}  // namespace

int review_command(const ReviewOptions& options) {
  if (!options.against.empty() && options.package.empty())
    return fail_usage("--against compares indicators, which stand in a package",
                      "passerelle review " + options.file +
                          " --package pathways/covid-home --against rehearsal.json");
  auto done = review_log(options);
  return done ? *done : fail(done.error());
}

}  // namespace passerelle::cli
