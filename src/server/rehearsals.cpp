#include "server/rehearsals.h"

#include <algorithm>

#include "rehearse/rehearse.h"

namespace passerelle::server {
namespace {

constexpr size_t most_waiting = 10;
constexpr size_t most_kept = 30;

struct Rehearsed {
  rehearse::Rehearsal rehearsal;
  std::string json;
};

Result<Rehearsed> rehearse_scenario(const RehearsalOrder& order, const std::string& scenario,
                                    const rehearse::Settings& settings) {
  std::vector<pathway::Finding> findings;
  const auto package =
      pathway::load_package(order.package->files, order.package->id, scenario, findings);
  if (package == nullptr) {
    const auto first = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.severity == pathway::Severity::error;
    });
    return Error{ErrorCode::invalid,
                 "the package does not compile under scenario '" + scenario +
                     "': " + (first == findings.end() ? std::string("unknown") : first->message)};
  }
  TRY(rehearse::Rehearsal rehearsal, rehearse::rehearse(*package, settings, scenario));
  std::string json = rehearse::to_json(rehearsal);
  return Rehearsed{std::move(rehearsal), std::move(json)};
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
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& job : jobs_) job->stop = true;
  }
  ordered_.notify_all();
  thread_.join();
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
  rehearse::Settings settings;
  settings.days = order.days;
  settings.replications = order.replications;
  settings.seed = order.seed;
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
  auto result = rehearse_scenario(order, order.scenario, settings);
  if (!result) return give_up(result.error());
  view.result = std::move(result->json);
  if (order.against) {
    settings.progress = [&](double part) { job.progress = 0.5 + part * 0.5; };
    auto other = rehearse_scenario(order, *order.against, settings);
    if (!other) return give_up(other.error());
    view.against = std::move(other->json);
    // From what it is set against to what was asked for: "what would change".
    auto comparison = rehearse::compare(other->rehearsal, result->rehearsal);
    if (!comparison) return give_up(comparison.error());
    view.comparison = rehearse::to_json(*comparison);
  }
  view.state = State::done;
  finish(job, std::move(view));
}

}  // namespace passerelle::server
