// Cases hear what others have told, each at most once; signals open cases of other pathways.
#include <algorithm>
#include <map>

#include "run/announcement.h"
#include "run/engine_impl.h"

namespace passerelle::run {

using pathway::Stimulus;

namespace {

constexpr int hearing_tries = 20;  // of a case that people change meanwhile

bool is_conflict(const Error& error) { return error.code == ErrorCode::conflict; }

}  // namespace

// One that is under way: its row as it was when it was last written.
struct Engine::Impl::Spreading {
  store::Row row;
  Announcement news;

  store::RowWrite progress() const {
    return {row.space, row.key, encode_announcement(news), row.revision};
  }
  store::RowWrite end() const { return {row.space, row.key, std::nullopt, row.revision}; }
};

// The cases that could hear it and have not been asked yet, by number.
Result<std::vector<store::CaseRecord>> Engine::Impl::hearers(const Announcement& news) {
  std::vector<store::CaseRecord> open;
  TRY_VOID(store.scan_cases({store::CaseStatus::open, "", "", news.heard_to},
                            [&](const store::CaseRecord& record) {
                              if (record.number == news.from || record.opened > news.at)
                                return true;
                              open.push_back({.number = record.number,
                                              .pathway = record.pathway,
                                              .pathway_version = record.pathway_version});
                              return true;
                            }));
  std::map<const pathway::Package*, std::optional<bool>> listens;
  std::vector<store::CaseRecord> out;
  for (store::CaseRecord& record : open) {
    const auto package = library.find(record.pathway, record.pathway_version);
    if (!package) continue;  // told by its timers; it must not keep others from hearing
    auto& hears = listens[package->get()];
    if (!hears) {
      const auto heard = (*package)->pathway.messages();
      hears = std::find(heard.begin(), heard.end(), news.name) != heard.end();
    }
    if (*hears) out.push_back(std::move(record));
  }
  return out;
}

// Whether the case took it. With it goes how far it has come, in one commit: a message to one ends.
Result<Engine::Impl::Heard> Engine::Impl::hear(Spreading& it, uint64_t number, Instant now) {
  const bool signal = it.news.is_signal();
  for (int tries = 0; tries < hearing_tries; ++tries) {
    Spreading after = it;
    after.news.heard_to = number;
    auto prepared = prepare(number, now, [&](Change& change) {
      Stimulus stimulus;
      stimulus.kind = signal ? Stimulus::Kind::message : Stimulus::Kind::post;
      stimulus.message = change.package().pathway.names().find(it.news.name);
      stimulus.data = signal ? it.news.data["content"] : it.news.data;
      change.transaction.rows.push_back(signal ? after.progress() : it.end());
      return change.apply(std::move(stimulus), Doer{});
    });
    if (!prepared) {
      if (prepared.error().code != ErrorCode::unavailable) return Heard::no;
      return prepared.error();
    }
    const auto done = store.commit(std::move(**prepared));
    if (done) {
      it = std::move(after);
      ++it.row.revision;
      return Heard::yes;
    }
    if (!is_conflict(done.error())) return done.error();
    const auto row = store.read_row(it.row.space, it.row.key);
    if (!row || row->revision != it.row.revision) return Heard::elsewhere;
  }
  return Error{ErrorCode::unavailable,
               "case " + std::to_string(number) + " is being changed by too many at once", "",
               "it is told again"};
}

// A message that no case waited for: somebody gets to know, where it was sent.
Result<void> Engine::Impl::nobody_heard(const Spreading& it, Instant now) {
  const std::string reason =
      "no case waits for '" + it.news.name + "' with the key " + feel::to_text(it.news.data["key"]);
  auto done = move(it.news.from, now, "", [&](Change& change) -> Result<void> {
    const auto row = store.read_row(it.row.space, it.row.key);
    if (!row || row->revision != it.row.revision) return {};
    change.transaction.rows.push_back(it.end());
    return change.undelivered(it.news.item, it.news.activity, reason);
  });
  if (!done) return done.error();
  return {};
}

// The variable `patient`; null when the case has none, or the record is gone.
feel::Value Engine::Impl::known_of(std::string_view patient, const Zone& zone, Instant now) {
  const auto version = store.read("Patient", patient);
  if (patient.empty() || !version) return {};
  const auto document = json::Document::parse(version->body);
  return document ? patient_context(document->root(), zone, now) : feel::Value();
}

// Pathways that the signal opens a case of, for the patient whose case tells it; one who is
// followed there already is not followed twice.
// One that cannot be opened keeps no other from it; it is tried again with the next look.
Result<size_t> Engine::Impl::open_by_signal(Spreading& it, Instant now) {
  size_t opened = 0;
  std::optional<Error> failed;
  TRY(const auto deployed, library.current());
  for (const PackagePointer& package : deployed) {
    const auto signals = package->pathway.opening_signals();
    const auto& done = it.news.opened;
    if (std::find(signals.begin(), signals.end(), it.news.name) == signals.end()) continue;
    if (std::find(done.begin(), done.end(), package->id) != done.end()) continue;
    TRY(const bool followed, is_followed(package->id, it.news.patient));
    if (followed) continue;
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::start;
    stimulus.message = package->pathway.names().find(it.news.name);
    stimulus.data = feel::Value::context(
        {{"patient", known_of(it.news.patient, package->pathway.organisation().zone, now)}});
    Spreading after = it;
    after.news.opened.push_back(package->id);
    const auto there =
        open_by_itself(package, it.news.patient, std::move(stimulus), after.progress(), now);
    if (!there) {
      failed = there.error();
      continue;
    }
    if (!*there) return opened;  // another goes on with it
    it = std::move(after);
    ++it.row.revision;
    ++opened;
  }
  if (failed) return *failed;
  return opened;
}

Result<size_t> Engine::Impl::spread_one(Spreading it, Instant now) {
  size_t moved = 0;
  TRY(const auto cases, hearers(it.news));
  for (const store::CaseRecord& record : cases) {
    TRY(const Heard heard, hear(it, record.number, now));
    if (heard == Heard::elsewhere) return moved;
    if (heard == Heard::no) continue;
    ++moved;
    if (!it.news.is_signal()) return moved;  // its row went with that commit
  }
  if (!it.news.is_signal()) {
    TRY_VOID(nobody_heard(it, now));
    return moved + 1;
  }
  TRY(const size_t opened, open_by_signal(it, now));
  store::Transaction end;
  end.at = now;
  end.rows = {it.end()};
  const auto done = store.commit(std::move(end));
  if (!done && !is_conflict(done.error())) return done.error();
  return moved + opened;
}

Result<size_t> Engine::Impl::spread(Instant now, const Problem& problem) {
  size_t moved = 0;
  std::vector<store::Row> rows;
  TRY_VOID(store.scan_rows(announcement_space, "", [&](const store::Row& row) {
    rows.push_back(row);
    return true;
  }));
  for (store::Row& row : rows) {
    auto news = decode_announcement(row.value);
    auto done =
        news ? spread_one({std::move(row), std::move(*news)}, now) : Result<size_t>(news.error());
    if (done) {
      moved += *done;
    } else if (problem) {
      problem(done.error());
    }
  }
  return moved;
}

}  // namespace passerelle::run
