#include "pathway/event_tape.h"

#include <algorithm>

namespace passerelle::pathway {

uint32_t EventKinds::find(const Kind& kind) {
  const auto [at, fresh] = numbers_.try_emplace(kind, size());
  if (fresh) kinds_.push_back(kind);
  return at->second;
}

void EventTape::clear() {
  if (tells_) read<Reading::move>([](Entry&) {});
  forget();
}

void EventTape::grow() {
  const uint32_t room = std::max(uint32_t{128}, room_ + room_ / 2);
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[room]);  // as it is: not set to zero
  if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
  bytes_ = std::move(bytes);
  room_ = room;
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

void EventTape::move_to(std::vector<Event>& events, const EventKinds& kinds) {
  read<Reading::move>(Appended(events, kinds, *this));
  forget();
}

void EventTape::copy_to(std::vector<Event>& events, const EventKinds& kinds) const {
  read<Reading::copy>(Appended(events, kinds, *this));
}

}  // namespace passerelle::pathway
