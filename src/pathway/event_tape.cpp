#include "pathway/event_tape.h"

namespace passerelle::pathway {

uint32_t EventKinds::find(const Kind& kind) {
  const auto [at, fresh] = numbers_.try_emplace(kind, size());
  if (fresh) kinds_.push_back(kind);
  return at->second;
}

void TapeMemory::add_block() {
  blocks_.push_back(std::make_unique_for_overwrite<Piece[]>(block_pieces));
  Piece* const pieces = blocks_.back().get();
  for (size_t i = 0; i < block_pieces; ++i) give_back(&pieces[i], &pieces[i]);
}

void EventTape::go_on(TapeMemory& memory) {
  Piece* const piece = memory.take();
  if (last_ == nullptr) {
    first_ = piece;
  } else {
    last_->used = static_cast<uint32_t>(end_ - last_->bytes);
    last_->next = piece;
  }
  last_ = piece;
  end_ = piece->bytes;
}

void EventTape::forget(Tapes& tapes) {
  if (first_ != nullptr) tapes.memory.give_back(first_, last_);
  first_ = last_ = nullptr;
  end_ = nullptr;
  count_ = last_item_ = 0;
  tells_ = false;
  last_at_ = {};
}

namespace {

// Where the events of a tape go, one by one.
class Appended {
 public:
  Appended(std::vector<Event>& events, const EventKinds& kinds, const EventTape& tape)
      : events_(events), kinds_(kinds), case_number_(tape.case_number()) {
    events.reserve(events.size() + tape.size());
  }
  void operator()(EventTape::Entry& entry) const {
    Event& event = events_.emplace_back();
    const EventKinds::Kind& kind = kinds_[entry.kind];
    event.at = entry.at;
    event.case_number = case_number_;
    event.item = entry.item;
    event.activity = kind.activity;
    event.role = kind.role;
    event.actor = entry.actor;
    event.channel = kind.channel;
    event.lifecycle = kind.lifecycle;
    event.data = std::move(entry.data);
  }

 private:
  std::vector<Event>& events_;
  const EventKinds& kinds_;
  uint64_t case_number_;
};

}  // namespace

void EventTape::move_to(std::vector<Event>& events, Tapes& tapes) {
  read<Reading::move>(Appended(events, tapes.kinds, *this));
  forget(tapes);
}

void EventTape::copy_to(std::vector<Event>& events, const EventKinds& kinds) const {
  read<Reading::copy>(Appended(events, kinds, *this));
}

}  // namespace passerelle::pathway
