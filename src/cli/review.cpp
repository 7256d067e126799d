// passerelle review FILE|LOG: the indicators on what happened, promise beside reality.
#include "review/review.h"

#include <array>
#include <memory>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "pathway/package.h"
#include "review/log_file.h"
#include "run/engine.h"
#include "store/store.h"

namespace passerelle::cli {
namespace {

constexpr std::array log_endings = {".xes", ".xes.gz", ".csv", ".csv.gz", ".events", ".events.gz"};

bool is_log(const std::string& path) {
  for (const char* ending : log_endings)
    if (path.ends_with(ending)) return true;
  return false;
}

// What is reviewed: events, and the package they belong to, when there is one.
struct Subject {
  review::LoadedLog loaded;
  std::shared_ptr<const pathway::Package> package;  // shared with the engine's cache
};

Result<std::shared_ptr<const pathway::Package>> load(const std::string& folder) {
  if (folder.empty()) return std::shared_ptr<const pathway::Package>();
  TRY(const auto files, pathway::read_package_files(folder));
  std::vector<pathway::Finding> findings;
  std::shared_ptr<const pathway::Package> package =
      pathway::load_package(files, package_id(folder), "", findings);
  if (package) return package;
  return Error{ErrorCode::invalid, "the package has errors", folder,
               "run: passerelle check " + folder};
}

// The one pathway that a data file runs, unless the user names one.
Result<std::string> pathway_of(run::Engine& engine, const ReviewOptions& options) {
  if (!options.pathway.empty()) return options.pathway;
  TRY(const auto known, engine.packages());
  if (known.size() == 1) return known[0].package->id;
  std::string names;
  for (const run::PathwayInfo& info : known)
    names += (names.empty() ? "" : ", ") + info.package->id;
  return Error{ErrorCode::invalid,
               known.empty() ? "no pathway was ever run on this data file"
                             : "this data file runs several pathways: " + names,
               options.file, known.empty() ? "" : "choose one by --pathway"};
}

// A server's data file keeps the packages that it ran; `--package` may name a newer one.
Result<Subject> read_data(const ReviewOptions& options) {
  TRY(const auto store, open_existing(options.file));
  run::Engine engine(*store, {});
  Subject subject;
  TRY(subject.package, load(options.package));
  TRY(const std::string id, subject.package ? subject.package->id : pathway_of(engine, options));
  if (!subject.package) {
    TRY(subject.package, engine.package(id));
  }
  TRY(subject.loaded.log, engine.event_log(id));
  return subject;
}

Result<Subject> read_file_of_events(const ReviewOptions& options) {
  Subject subject;
  TRY(subject.package, load(options.package));
  TRY(subject.loaded, review::read_log(options.file));
  return subject;
}

Result<int> review_log(const ReviewOptions& options) {
  TRY(const Subject subject,
      is_log(options.file) ? read_file_of_events(options) : read_data(options));
  review::Options how;
  how.language = options.language;
  how.remarks = subject.loaded.remarks;
  if (!options.against.empty()) {
    TRY(const std::string text, read_file(options.against));
    auto promise = review::parse_promise(text);
    if (!promise) {
      promise.error().where = options.against;
      return promise.error();
    }
    how.promise = std::move(*promise);
  }
  const review::Review review = review::review(subject.loaded.log, subject.package.get(), how);
  if (!options.json.empty()) TRY_VOID(write_file(options.json, review::to_json(review)));
  if (!options.html.empty()) TRY_VOID(write_file(options.html, review::to_html(review)));
  if (!options.log.empty()) TRY_VOID(review::write_log(options.log, subject.loaded.log));
  print(review::to_text(review));
  return int{exit_ok};
}

}  // namespace

int review_command(const ReviewOptions& options) {
  if (!options.against.empty() && options.package.empty() && is_log(options.file))
    return fail_usage("--against compares indicators, which stand in a package",
                      "passerelle review " + options.file +
                          " --package pathways/covid-home --against rehearsal.json");
  auto done = review_log(options);
  return done ? *done : fail(done.error());
}

}  // namespace passerelle::cli
