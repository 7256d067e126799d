#include "server/rehearsals.h"

#include <algorithm>
#include <array>

#include "pathway/levers.h"
#include "rehearse/animation.h"
#include "rehearse/rehearse.h"

namespace passerelle::server {
namespace {

constexpr size_t most_waiting = 10;
constexpr size_t most_kept = 30;

using pathway::Package;

// The package under a scenario, with changes behind it or without (null).
Result<std::unique_ptr<Package>> package_of(const RehearsalOrder& order,
                                            const std::string& scenario, bool changed) {
  std::vector<pathway::Finding> findings;
  const Package& as_written = *order.package;
  auto package = changed
                     ? pathway::load_changed_package(as_written.files, as_written.id, scenario,
                                                     order.changes, findings)
                     : pathway::load_package(as_written.files, as_written.id, scenario, findings);
  if (package != nullptr) return package;
  Error error = pathway::first_error(findings);
  error.message =
      "the package does not compile under scenario '" + scenario + "': " + error.message;
  return error;
}

rehearse::Settings settings_of(const RehearsalOrder& order) {
  rehearse::Settings settings;
  settings.days = order.days;
  settings.replications = order.replications;
  settings.seed = order.seed;
  return settings;
}

// "Two nurses fewer, changed": so that both sides of a comparison can be told apart.
pathway::Texts changed_name(const pathway::Texts& name) {
  pathway::Texts out;
  for (const auto& [language, as_written, changed] :
       {std::array<std::string, 3>{"en", "As planned", ", changed"},
        std::array<std::string, 3>{"fr", "Comme prévu", ", modifié"}}) {
    const auto found = name.find(language);
    out[language] = (found == name.end() ? as_written : found->second) + changed;
  }
  return out;
}

}  // namespace

std::string_view to_text(Rehearsals::State state) {
  switch (state) {
    case Rehearsals::State::running:
      return "running";
    case Rehearsals::State::done:
      return "done";
    case Rehearsals::State::failed:
      return "failed";
    case Rehearsals::State::stopped:
      return "stopped";
  }
  return "failed";
}

Rehearsals::Rehearsals() : thread_([this] { loop(); }) {}

Rehearsals::~Rehearsals() {
  leave();
  thread_.join();
}

void Rehearsals::leave() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& job : jobs_) job->stop = true;
  }
  ordered_.notify_all();
}

Result<std::string> Rehearsals::order(RehearsalOrder order) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= most_waiting)
    return Error{ErrorCode::unavailable, "ten rehearsals wait already", "",
                 "wait until one has ended, or stop one"};
  auto job = std::make_shared<Job>();
  job->id = std::to_string(++last_);
  job->view.account = order.account;
  job->order = std::move(order);
  jobs_.push_back(job);
  queue_.push_back(job);
  for (size_t i = 0; jobs_.size() > most_kept && i < jobs_.size();) {
    if (jobs_[i]->view.state == State::running) {
      ++i;
    } else {
      jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  ordered_.notify_one();
  return job->id;
}

std::shared_ptr<Rehearsals::Job> Rehearsals::lookup(std::string_view id) {
  for (const auto& job : jobs_)
    if (job->id == id) return job;
  return nullptr;
}

std::optional<Rehearsals::View> Rehearsals::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto job = lookup(id);
  if (job == nullptr) return std::nullopt;
  View view = job->view;
  view.progress = view.state == State::done ? 1.0 : job->progress.load();
  return view;
}

void Rehearsals::stop(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto job = lookup(id);
  if (job == nullptr) return;
  job->stop = true;
  const auto waits = std::find(queue_.begin(), queue_.end(), job);
  if (waits == queue_.end()) return;
  queue_.erase(waits);
  job->view.state = State::stopped;
}

Result<std::string> Rehearsals::animation(std::string_view id) {
  const std::lock_guard one(drawing_);
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    job = lookup(id);
    if (job == nullptr || job->view.done == nullptr)
      return Error{ErrorCode::conflict, "this rehearsal has not ended", "", "wait until it has"};
    if (!job->animation.empty()) return job->animation;
  }
  rehearse::Settings settings = settings_of(job->order);
  settings.stop = &stopping_;
  // What has ended does not change any more.
  TRY(std::string made,
      rehearse::animation(*job->view.done->package, settings, 0, job->order.scenario));
  const std::lock_guard lock(mutex_);
  job->animation = made;
  return made;
}

void Rehearsals::loop() {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      ordered_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = queue_.front();
      queue_.pop_front();
    }
    run(*job);
  }
}

void Rehearsals::finish(Job& job, View view) {
  const std::lock_guard lock(mutex_);
  view.account = job.order.account;
  job.view = std::move(view);
}

void Rehearsals::run(Job& job) {
  const RehearsalOrder& order = job.order;
  rehearse::Settings settings = settings_of(order);
  // The requests of staff and patients go on beside it.
  settings.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
  settings.stop = &job.stop;
  const double share = order.against ? 0.5 : 1.0;
  settings.progress = [&](double part) { job.progress = part * share; };
  View view;
  const auto give_up = [&](const Error& error) {
    view.state = job.stop ? State::stopped : State::failed;
    if (!job.stop) view.error = passerelle::to_text(error);
    finish(job, std::move(view));
  };
  auto done = std::make_shared<RehearsalDone>();
  const bool changed = !order.changes.is_null();
  auto finished = [&]() -> Result<void> {
    TRY(done->package, package_of(order, order.scenario, changed));
    TRY(done->rehearsal, rehearse::rehearse(*done->package, settings, order.scenario));
    if (changed) {
      done->rehearsal.scenario_name = changed_name(done->rehearsal.scenario_name);
      for (const std::string language : {"fr", "en"})
        done->own_changes[language] =
            pathway::changes_in_words(order.changes, *done->package, language);
    }
    done->json = rehearse::to_json(done->rehearsal);
    if (order.against) {
      settings.progress = [&](double part) { job.progress = 0.5 + part * 0.5; };
      TRY(const auto other, package_of(order, *order.against, false));
      TRY(auto against, rehearse::rehearse(*other, settings, *order.against));
      done->others.push_back(std::move(against));
      TRY(done->comparisons, rehearse::compare_all(done->rehearsal, done->others, changed));
      done->against_json = rehearse::to_json(done->others.front());
      done->comparison_json = rehearse::to_json(done->comparisons.front());
    }
    return {};
  }();
  if (!finished) return give_up(finished.error());
  view.done = std::move(done);
  view.state = State::done;
  finish(job, std::move(view));
}

}  // namespace passerelle::server
