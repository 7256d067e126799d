#include "pathway/cases/player.h"

#include <algorithm>

namespace passerelle::pathway {
namespace {

constexpr size_t timer_limit = 100'000;  // fired in one advance: more is a pathway without a wait

}  // namespace

Player::Player(const Pathway& pathway, Instant start) : pathway_(pathway), now_(start) {
  Stimulus stimulus;
  stimulus.kind = Stimulus::Kind::start;
  const auto opened = apply(std::move(stimulus));
  CHECK(opened.ok(), "a new case can be opened");
}

Result<void> Player::apply(Stimulus stimulus) {
  stimulus.at = now_;
  stimulus.case_number = 1;
  std::vector<Effect> effects;
  TRY_VOID(step(pathway_, state_, stimulus, effects, memory_));
  for (Effect& effect : effects) {
    const auto activity = [&]() -> const Activity& {
      return pathway_.activities()[effect.activity];
    };
    switch (effect.kind) {
      case Effect::Kind::open_work:
        work_[effect.item] = effect.work;
        break;
      case Effect::Kind::close_work:
        work_.erase(effect.item);
        break;
      case Effect::Kind::set_timer:
        timers_.push_back({effect.at, effect.item});
        break;
      case Effect::Kind::cancel_timer:
        std::erase_if(timers_, [&](const Timer& timer) { return timer.item == effect.item; });
        break;
      case Effect::Kind::send:
        sent_.push_back({activity().id, activity().message, activity().to});
        break;
      case Effect::Kind::record:
        if (effect.event.lifecycle == Lifecycle::complete)
          happened_.push_back(pathway_.names().text(effect.event.activity));
        for (size_t i = 0; effect.event.data.is_context() && i < effect.event.data.size(); ++i)
          recorded_[std::string(effect.event.data.key(i))] = effect.event.data.at(i);
        break;
      case Effect::Kind::announce:  // an example is one case: there is no other to hear it
        break;
      case Effect::Kind::end_case:
        ended_ = true;
        break;
    }
  }
  return {};
}

Result<void> Player::advance(Instant to) {
  for (size_t fired = 0;; ++fired) {
    const auto next =
        std::min_element(timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) {
          return a.at != b.at ? a.at < b.at : a.item < b.item;
        });
    if (next == timers_.end() || next->at > to) break;
    if (fired > timer_limit)
      return Error{ErrorCode::too_large, "the timers fire for ever and time does not pass", "", ""};
    now_ = std::max(now_, next->at);
    Stimulus stimulus;
    stimulus.kind = Stimulus::Kind::timer;
    stimulus.item = next->item;
    timers_.erase(next);
    TRY_VOID(apply(std::move(stimulus)));
  }
  now_ = std::max(now_, to);
  return {};
}

namespace {
Result<feel::Value> read_answers(const Form& form,
                                 const std::map<std::string, std::string>& answers) {
  std::vector<Refusal> refusals;
  feel::Value values = form.read(answers, "en", refusals);
  if (!refusals.empty())
    return Error{ErrorCode::invalid,
                 "the form refuses '" + refusals.front().link_id + "': " + refusals.front().message,
                 "", ""};
  for (const auto& [name, text] : answers)
    if (form.find(name) == nullptr)
      return Error{ErrorCode::invalid, "form '" + form.id() + "' has no item '" + name + "'", "",
                   ""};
  return values;
}
}  // namespace

Result<void> Player::complete(std::string_view id,
                              const std::map<std::string, std::string>& answers) {
  const auto found = std::find_if(work_.begin(), work_.end(), [&](const auto& work) {
    return pathway_.activities()[work.second.activity].id == id && !work.second.incident;
  });
  if (found == work_.end())
    return Error{ErrorCode::conflict, "'" + std::string(id) + "' is not open", "", ""};
  const Activity& activity = pathway_.activities()[found->second.activity];
  Stimulus stimulus;
  stimulus.kind = Stimulus::Kind::complete;
  stimulus.item = found->first;
  stimulus.role = activity.role;
  stimulus.channel = found->second.channel;
  if (const Form* form = pathway_.form(activity.form)) {
    TRY(stimulus.data, read_answers(*form, answers));
  }
  return apply(std::move(stimulus));
}

Result<void> Player::tell(std::string_view message,
                          const std::map<std::string, std::string>& payload) {
  Stimulus stimulus;
  stimulus.kind = Stimulus::Kind::message;
  stimulus.message = pathway_.names().find(message);
  if (stimulus.message == 0)
    return Error{ErrorCode::invalid, "the pathway has no message '" + std::string(message) + "'",
                 "", ""};
  if (const Form* form = pathway_.message_form(message)) {
    TRY(stimulus.data, read_answers(*form, payload));
  } else {
    feel::ContextBuilder data;
    for (const auto& [name, text] : payload) data.set(name, feel::Value::string(text));
    stimulus.data = data.build();
  }
  return apply(std::move(stimulus));
}

std::multimap<std::string, OpenWork> Player::open() const {
  std::multimap<std::string, OpenWork> out;
  for (const auto& [item, work] : work_)
    out.emplace(pathway_.activities()[work.activity].id + (work.incident ? " (problem)" : ""),
                work);
  return out;
}

void Player::clear_news() {
  sent_.clear();
  happened_.clear();
}

feel::Value Player::recorded(const std::string& field) const {
  const auto found = recorded_.find(field);
  return found == recorded_.end() ? feel::Value() : found->second;
}

}  // namespace passerelle::pathway
