// The events of one case in a few bytes each. In a rehearsal tens of thousands of cases are open at
// once and keep a hundred events each: as Events they would be most of its memory, and of what it
// moves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "pathway/event.h"

namespace passerelle::pathway {

// What events say of the pathway, numbered as it comes: a few dozen in all.
class EventKinds {
 public:
  struct Kind {
    Name activity = 0, role = 0, channel = 0;
    Lifecycle lifecycle = Lifecycle::complete;
    bool operator==(const Kind&) const = default;
  };
  static Kind of(const Event& event) {
    return {event.activity, event.role, event.channel, event.lifecycle};
  }
  uint32_t number(const Kind& kind) {
    uint32_t& lately = lately_[hash(kind) % lately_.size()];
    if (lately < kinds_.size() && kinds_[lately] == kind) return lately;
    return lately = find(kind);
  }
  const Kind& operator[](uint32_t number) const { return kinds_[number]; }
  uint32_t size() const { return static_cast<uint32_t>(kinds_.size()); }

 private:
  static size_t hash(const Kind& kind) {
    const uint64_t names = (uint64_t{kind.activity} << 8 | static_cast<uint64_t>(kind.lifecycle)) ^
                           uint64_t { kind.role } << 40 ^ uint64_t { kind.channel } << 52;
    return static_cast<size_t>((names * 0x9E3779B97F4A7C15u) >> 32);
  }
  struct Hash {
    size_t operator()(const Kind& kind) const { return hash(kind); }
  };
  [[gnu::noinline]] uint32_t find(const Kind& kind);

  std::vector<Kind> kinds_;
  std::array<uint32_t, 256> lately_{};
  std::unordered_map<Kind, uint32_t, Hash> numbers_;
};

// Memory of tapes in pieces of one size, which go from case to case.
class TapeMemory {
 public:
  struct alignas(64) Piece {
    Piece* next = nullptr;
    uint32_t used = 0;  // bytes, once there is a next one
    uint8_t bytes[244];
  };
  static_assert(sizeof(Piece) == 256);

  Piece* take() {
    if (free_ == nullptr) add_block();
    Piece* const piece = free_;
    free_ = piece->next;
    piece->next = nullptr;
    return piece;
  }
  // A list of pieces, from its first to its last one.
  void give_back(Piece* first, Piece* last) {
    last->next = free_;
    free_ = first;
  }

 private:
  static constexpr size_t block_pieces = 256;
  [[gnu::noinline]] void add_block();

  std::vector<std::unique_ptr<Piece[]>> blocks_;
  Piece* free_ = nullptr;
};

// What the tapes of one thread have in common. Tapes that hold anything must go before it.
struct Tapes {
  EventKinds kinds;
  TapeMemory memory;
};

class EventTape {
 public:
  struct Entry {
    uint32_t kind = 0;
    uint32_t item = 0;
    Name actor = 0;
    Instant at{};
    feel::Value data;
  };

  EventTape() = default;
  EventTape(const EventTape&) = delete;
  EventTape& operator=(const EventTape&) = delete;
  ~EventTape() { let_go(); }

  bool empty() const { return count_ == 0; }
  uint32_t size() const { return count_; }
  uint64_t case_number() const { return case_number_; }
  // Events of one case, in the order in which they happen; their data is moved.
  void add(Event&& event, Tapes& tapes);
  // As new.
  void clear(Tapes& tapes) {
    let_go();
    forget(tapes);
  }
  // Where the next event is going to stand, for whoever fetches memory ahead.
  const void* end() const { return end_; }

  template <class Take>
  void each(const Take& take) const {
    read<Reading::copy>(take);
  }
  // Appends them to the list, and is empty then.
  void move_to(std::vector<Event>& events, Tapes& tapes);
  void copy_to(std::vector<Event>& events, const EventKinds& kinds) const;

 private:
  using Piece = TapeMemory::Piece;
  // How each event begins; then follow, as the flags say: Wide, the actor, where the data stands.
  struct Head {
    uint16_t kind = 0;
    uint8_t flags = 0;
    int8_t item = 0;    // difference to the event before
    uint32_t time = 0;  // the same, milliseconds
  };
  static_assert(sizeof(Head) == 8);
  enum Flag : uint8_t { wide = 1, acts = 2, tells = 4 };
  struct Wide {  // what does not fit into the head
    uint32_t kind = 0;
    uint32_t item = 0;
    Instant at{};
  };
  static constexpr ptrdiff_t longest = sizeof(Head) + sizeof(Wide) + sizeof(Name) + sizeof(void*);
  template <class Part>
  static void put(uint8_t*& end, const Part& part) {
    std::memcpy(end, &part, sizeof part);
    end += sizeof part;
  }
  template <class Part>
  static void get(const uint8_t*& at, Part& part) {
    std::memcpy(&part, at, sizeof part);
    at += sizeof part;
  }
  // Data is a context, whose reference the tape holds; only where it stands is written down.
  static void put_data(uint8_t*& end, feel::Value&& data) {
    union Kept {
      feel::Value value;
      explicit Kept(feel::Value&& kept) noexcept : value(std::move(kept)) {}
      ~Kept() {}  // its reference goes on with the tape
    } const kept(std::move(data));
    put(end, kept.value.heap());
  }
  enum class Reading : uint8_t { copy, move };
  template <Reading reading>
  static feel::Value get_data(const uint8_t*& at) {
    feel::Heap* heap = nullptr;
    get(at, heap);
    if (reading == Reading::copy && (heap->count & feel::Heap::immortal) == 0) ++heap->count;
    return feel::Value::adopt(heap);
  }
  template <Reading reading, class Take>
  void read(const Take& take) const;
  void go_on(TapeMemory& memory);
  void let_go() {
    if (tells_) read<Reading::move>([](Entry&) {});
    tells_ = false;
  }
  void forget(Tapes& tapes);

  Piece* first_ = nullptr;
  Piece* last_ = nullptr;
  uint8_t* end_ = nullptr;
  uint32_t count_ = 0;
  uint32_t last_item_ = 0;
  bool tells_ = false;  // holds data
  Instant last_at_{};
  uint64_t case_number_ = 0;
};

inline void EventTape::add(Event&& event, Tapes& tapes) {
  if (last_ == nullptr || std::end(last_->bytes) - end_ < longest) go_on(tapes.memory);
  if (count_++ == 0) case_number_ = event.case_number;
  const uint32_t kind = tapes.kinds.number(EventKinds::of(event));
  const auto item = static_cast<int32_t>(event.item - last_item_);
  const int64_t time = (event.at - last_at_).count();
  Head head;
  head.kind = static_cast<uint16_t>(kind);
  head.item = static_cast<int8_t>(item);
  head.time = static_cast<uint32_t>(time);
  const bool fits = head.kind == kind && head.item == item && head.time == time;
  const bool has_actor = event.actor != 0, has_data = event.data.is_context();
  CHECK(has_data || event.data.is_null(), "events tell contexts, or nothing");
  head.flags =
      static_cast<uint8_t>((fits ? 0 : wide) | (has_actor ? acts : 0) | (has_data ? tells : 0));
  put(end_, head);
  if (!fits) put(end_, Wide{kind, event.item, event.at});
  if (has_actor) put(end_, event.actor);
  if (has_data) {
    put_data(end_, std::move(event.data));
    tells_ = true;
  }
  last_item_ = event.item;
  last_at_ = event.at;
}

template <EventTape::Reading reading, class Take>
void EventTape::read(const Take& take) const {
  Entry entry;
  for (const Piece* piece = first_; piece != nullptr; piece = piece->next) {
    if (piece->next != nullptr)  // it has been lying there for days
      for (size_t line = 0; line < sizeof(Piece); line += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(piece->next) + line);
    const uint8_t* at = piece->bytes;
    const uint8_t* const end = piece == last_ ? end_ : at + piece->used;
    while (at != end) {
      Head head;
      get(at, head);
      if ((head.flags & wide) == 0) {
        entry.kind = head.kind;
        entry.item += static_cast<uint32_t>(head.item);
        entry.at += Millis(head.time);
      } else {
        Wide all;
        get(at, all);
        entry.kind = all.kind;
        entry.item = all.item;
        entry.at = all.at;
      }
      entry.actor = 0;
      if ((head.flags & acts) != 0) get(at, entry.actor);
      if ((head.flags & tells) != 0) {
        entry.data = get_data<reading>(at);
      } else if (!entry.data.is_null()) {
        entry.data = {};
      }
      take(entry);
    }
  }
}

}  // namespace passerelle::pathway
