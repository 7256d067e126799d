#include "pathway/bpmn/known_ways.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "pathway/bpmn/compiled.h"
#include "pathway/bpmn/stepper.h"
#include "pathway/feel/heap.h"

namespace passerelle::pathway {
namespace {

// Far more than a pathway has that is walked in the same few ways; beyond them all else is walked.
constexpr size_t most_places = 4'096;
constexpr size_t most_branches = 65'536;
constexpr size_t most_tokens = 8;  // of a state that is known

using Item = KnownWays::Item;

uint32_t next_serial() {
  static std::atomic<uint32_t> last{0};
  return ++last;
}

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::optional<Item> item_of(uint32_t item, std::span<const Token> before, uint32_t next_before) {
  if (item == 0) return Item{};
  if (item >= next_before) return Item{Item::From::fresh, item - next_before};
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i].item == item) return Item{Item::From::token, static_cast<uint32_t>(i)};
  return std::nullopt;
}

bool is_plain(const Effect& effect, const Stimulus& stimulus) {
  using Kind = Effect::Kind;
  const bool about_time = effect.kind == Kind::set_timer || effect.kind == Kind::cancel_timer;
  if (about_time || effect.kind == Kind::announce || effect.at != stimulus.at) return false;
  if (effect.work.due || !effect.data.is_null() || !effect.work.data.is_null()) return false;
  if (effect.kind != Kind::record) return effect.work.item == 0 || effect.work.item == effect.item;
  const Event& event = effect.event;
  return event.at == stimulus.at && event.case_number == stimulus.case_number &&
         event.item == effect.item && event.data.is_null() &&
         (event.actor == 0 || event.actor == stimulus.actor);
}

// What a step may take over from a token that was there before.
struct Was {
  uint32_t item;
  Name actor;
};

}  // namespace

KnownWays::KnownWays(const Pathway& pathway, const std::vector<uint8_t>* wanted)
    : pathway_(&pathway), wanted_(wanted), serial_(next_serial()) {
  unlearnable_.never = true;
}

// Of the items only which are the same ones.
bool KnownWays::describe(const State& state) {
  if (!state.waits_.empty() || !state.locals_.empty() || !state.repetitions_.empty() ||
      !state.completed_.empty() || !state.held_.empty() || !state.letters_.empty() ||
      !state.gathered_.empty())
    return false;
  description_.clear();
  append(description_, state.started_);
  append(description_, state.ended_);
  append(description_, state.tokens_.size());
  for (const Token& token : state.tokens_) {
    append(description_, token.node);
    append(description_, token.scope);
    append(description_, token.flow);
    append(description_, token.status);
    append(description_, token.trouble);
    append(description_, token.item == 0);
  }
  for (const State::Scope& scope : state.scopes_) {
    const auto host = std::find_if(state.tokens_.begin(), state.tokens_.end(),
                                   [&](const Token& t) { return t.item == scope.host; });
    if (scope.host != 0 && host == state.tokens_.end()) return false;
    append(description_, scope.host == 0 ? ptrdiff_t{-1} : host - state.tokens_.begin());
    append(description_, scope.live);
    append(description_, scope.level);
    append(description_, scope.parent);
    append(description_, scope.alive);
    append(description_, scope.interrupted);
    append(description_, scope.kept);
  }
  return true;
}

uint32_t KnownWays::find_place(State& state) {
  const bool begins = !state.started_;
  if (begins && beginning_ != unknown) return beginning_;
  if (!describe(state)) return unknown;
  auto found = numbers_.find(description_);
  if (found == numbers_.end()) {
    if (places_.size() >= most_places) return unknown;
    found = numbers_.emplace(description_, static_cast<uint32_t>(places_.size())).first;
    places_.emplace_back();
  }
  if (begins) beginning_ = found->second;
  state.ways_ = serial_;
  return state.place_ = found->second;
}

bool KnownWays::is_knowable(const State& state, const Stimulus& stimulus, Told& told) {
  using Kind = Stimulus::Kind;
  told.role = stimulus.role;
  told.channel = stimulus.channel;
  told.what = static_cast<uint32_t>(stimulus.kind) << 2 | (stimulus.actor != 0 ? 1u : 0u);
  if (stimulus.kind == Kind::start) {
    told.where = stimulus.item;
    return !state.started_ && stimulus.message == 0;
  }
  const bool about_work = stimulus.kind == Kind::complete || stimulus.kind == Kind::assign ||
                          stimulus.kind == Kind::begin || stimulus.kind == Kind::release;
  if (!about_work || !state.started_ || state.ended_ || stimulus.item == 0) return false;
  if (!stimulus.data.is_null() && !stimulus.data.is_context()) return false;
  size_t index = 0;
  while (index < state.tokens_.size() && state.tokens_[index].item != stimulus.item) ++index;
  if (index == state.tokens_.size()) return false;
  const Token& token = state.tokens_[index];
  if (token.status == Token::Status::waiting) return false;
  told.where = static_cast<uint32_t>(index);
  told.what |= token.actor != 0 ? 2u : 0u;
  return token.actor == 0 || token.actor == stimulus.actor;
}

uint32_t KnownWays::find(State& state, const Stimulus& stimulus) {
  Told told;
  if (!is_knowable(state, stimulus, told)) return unknown;
  const uint32_t here = place(state);
  if (here == unknown) return unknown;
  auto& known = places_[here].told;
  for (const auto& [what, branch] : known)
    if (what == told) return branch;
  if (branches_.size() >= most_branches) return unknown;
  const uint32_t branch = add_branch();
  known.emplace_back(told, branch);
  return branch;
}

Result<void> KnownWays::open(const Stimulus& stimulus, State& state) {
  const Pathway::Compiled& compiled = pathway_->compiled();
  if (stimulus.data.is_null()) {
    Stepper::begin_variables(compiled, stimulus, state);
    return {};
  }
  const auto* context =
      stimulus.data.is_context() ? static_cast<feel::ContextHeap*>(stimulus.data.heap()) : nullptr;
  if (context != nullptr && context->shape == opening_) {
    Stepper::begin_variables(compiled, stimulus, state);
    for (size_t i = 0; i < slots_.size(); ++i) state.variables_[slots_[i]] = context->slots()[i];
    return {};
  }
  TRY_VOID(Stepper::set_first_variables(compiled, stimulus, state));
  // Of a shape that may go, another could be taken for it.
  if (context == nullptr || (context->shape->count & feel::Heap::immortal) == 0) return {};
  opening_ = context->shape;
  slots_.clear();
  for (size_t i = 0; i < stimulus.data.size(); ++i)
    slots_.push_back(static_cast<uint16_t>(compiled.variables.find(stimulus.data.key(i))));
  return {};
}

void KnownWays::learn(uint32_t branch, Recording recording, const State& before,
                      const Stimulus& stimulus, std::span<const Effect> effects, State& after) {
  for (auto& asked : recording.asked) {
    const uint16_t expression = asked.first;
    feel::Value& gave = asked.second;
    Branch& here = *branches_[branch];
    here.learnt = true;
    here.asks = expression;
    const auto known = std::find_if(here.gives.begin(), here.gives.end(),
                                    [&](const auto& each) { return each.first.is_same(gave); });
    if (known != here.gives.end()) {
      branch = known->second;
      continue;
    }
    if (branches_.size() >= most_branches) return;
    branch = add_branch();
    here.gives.emplace_back(std::move(gave), branch);
  }
  Branch& end = *branches_[branch];
  end.learnt = true;
  if (recording.plain) end.outcome = outcome_of(before, stimulus, effects, after);
  end.outcome.never = end.outcome.never || !recording.plain;
  if (recording.asked.empty() && !end.outcome.never) unasked_[branch] = &end.outcome;
}

KnownWays::Outcome KnownWays::outcome_of(const State& state_before, const Stimulus& stimulus,
                                         std::span<const Effect> effects, State& after) {
  const std::span<const Token> before = state_before.tokens_;
  const uint32_t next_item_before = state_before.next_item_;
  Outcome out;
  out.never = true;  // unless all of it can be told
  out.place = place(after);
  if (out.place == unknown || before.size() > most_tokens) return out;
  for (const Effect& effect : effects) {
    const auto item = item_of(effect.item, before, next_item_before);
    if (!item || !is_plain(effect, stimulus)) return out;
    out.effects.push_back(effect);
    out.details.push_back({*item, effect.event.actor != 0});
  }
  for (const Token& token : after.tokens_) {
    const auto item = item_of(token.item, before, next_item_before);
    if (!item) return out;
    KnownToken known{token, *item, KnownToken::Actor::nobody};
    if (token.actor != 0) {
      const bool kept = item->from == Item::From::token && before[item->index].actor == token.actor;
      if (!kept && token.actor != stimulus.actor) return out;
      known.actor = kept ? KnownToken::Actor::as_before : KnownToken::Actor::who_tells;
    }
    out.tokens.push_back(known);
  }
  out.scopes = after.scopes_;
  out.same_scopes = state_before.scopes_ == after.scopes_;
  for (const State::Scope& scope : after.scopes_) {
    const auto host = std::find_if(after.tokens_.begin(), after.tokens_.end(),
                                   [&](const Token& t) { return t.item == scope.host; });
    out.hosts.push_back(scope.host == 0 ? unknown
                                        : static_cast<uint32_t>(host - after.tokens_.begin()));
  }
  const auto is_old = [](const auto& each) { return each.item.from == Item::From::token; };
  out.looks_back = std::any_of(out.details.begin(), out.details.end(), is_old) ||
                   std::any_of(out.tokens.begin(), out.tokens.end(), is_old);
  out.fresh = after.next_item_ - next_item_before;
  out.ended = after.ended_;
  out.never = false;
  return out;
}

void KnownWays::apply(Outcome& outcome, const Stimulus& stimulus, State& state) {
  const uint32_t next = state.next_item_;
  // Of the tokens that were there; most states have one, or none.
  std::array<Was, most_tokens> before;
  if (outcome.looks_back) {
    const size_t had = state.tokens_.size();
    for (size_t i = 0; i < had; ++i) before[i] = {state.tokens_[i].item, state.tokens_[i].actor};
  }
  const auto resolved = [&](const Item& item) {
    if (item.from == Item::From::token) return before[item.index].item;
    return item.from == Item::From::fresh ? next + item.index : 0;
  };
  state.tokens_.resize(outcome.tokens.size());
  Token* token = state.tokens_.data();
  for (const KnownToken& known : outcome.tokens) {
    *token = known.token;
    token->item = resolved(known.item);
    if (known.actor == KnownToken::Actor::who_tells) token->actor = stimulus.actor;
    if (known.actor == KnownToken::Actor::as_before) token->actor = before[known.item.index].actor;
    ++token;
  }
  if (!outcome.same_scopes) {
    state.scopes_.assign(outcome.scopes.begin(), outcome.scopes.end());
    for (size_t s = 0; s < outcome.hosts.size(); ++s)
      if (outcome.hosts[s] != unknown) state.scopes_[s].host = state.tokens_[outcome.hosts[s]].item;
  }
  state.next_item_ = next + outcome.fresh;
  state.started_ = true;
  state.ended_ = outcome.ended;
  state.ways_ = serial_;
  state.place_ = outcome.place;
  const KnownEffect* known = outcome.details.data();
  for (Effect& effect : outcome.effects) {
    const KnownEffect& how = *known++;
    effect.item = resolved(how.item);
    effect.at = stimulus.at;
    if (effect.kind == Effect::Kind::record) {
      effect.event.at = stimulus.at;
      effect.event.case_number = stimulus.case_number;
      effect.event.item = effect.item;
      if (how.by_who_tells) effect.event.actor = stimulus.actor;
    } else if (effect.work.item != 0) {
      effect.work.item = effect.item;
    }
  }
}

// Here, and in one piece: most of what a rehearsal does a million times a second goes this way.
[[gnu::flatten]] Result<std::span<Effect>> step(const Pathway& pathway, State& state,
                                                const Stimulus& stimulus, StepMemory& memory) {
  StepMemory::Parts& parts = *memory.parts_;
  uint32_t branch = KnownWays::unknown;
  if (parts.ways != nullptr && parts.ways->are_of(pathway, memory.wanted))
    branch = parts.ways->find(state, stimulus);
  if (branch != KnownWays::unknown) {
    if (KnownWays::Outcome* known = parts.ways->unasked(branch)) {
      if (stimulus.kind == Stimulus::Kind::start) TRY_VOID(parts.ways->open(stimulus, state));
      parts.ways->apply(*known, stimulus, state);
      return std::span<Effect>(known->effects);
    }
  }
  parts.effects.clear();
  Stepper stepper(pathway, state, stimulus, parts.effects, memory);
  if (branch != KnownWays::unknown) return stepper.run_by_known_ways(branch);
  TRY_VOID(stepper.run());
  return std::span<Effect>(parts.effects);
}

}  // namespace passerelle::pathway
