#include "rehearse/wire.h"

#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace passerelle::rehearse {
namespace {

// One list of fields for both directions. Structured bindings do not compile any more when a field
// is added and forgotten here.
template <class Archive, class... Fields>
void each_of(Archive& archive, Fields&... fields) {
  (archive(fields), ...);
}

template <class Archive>
void visit(Archive& archive, review::Outcome& it) {
  auto& [value, numerator, denominator, n, low, high] = it;
  each_of(archive, value, numerator, denominator, n, low, high);
}
template <class Archive>
void visit(Archive& archive, review::GroupOutcome& it) {
  auto& [attribute, value, outcome, difference, low, high] = it;
  each_of(archive, attribute, value, outcome, difference, low, high);
}
template <class Archive>
void visit(Archive& archive, review::IndicatorOutcome& it) {
  auto& [all, groups] = it;
  each_of(archive, all, groups);
}
template <class Archive>
void visit(Archive& archive, ActivityTally& it) {
  auto& [offered, done, withdrawn, left, vain, abandoned, interrupted, late, promised, lost, wait,
         work] = it;
  each_of(archive, offered, done, withdrawn, left, vain, abandoned, interrupted, late, promised,
          lost, wait, work);
}
template <class Archive>
void visit(Archive& archive, QueueTally& it) {
  auto& [mean, peak, before, lately] = it;
  each_of(archive, mean, peak, before, lately);
}
template <class Archive>
void visit(Archive& archive, StaffTally& it) {
  auto& [paid, busy, overtime, peak_use, at_work] = it;
  each_of(archive, paid, busy, overtime, peak_use, at_work);
}
template <class Archive>
void visit(Archive& archive, TruthTally& it) {
  auto& [deteriorated, found, alerted, missed, pending, alerts, false_alerts, false_millis,
         alert_millis, to_alert, to_found, episodes, episodes_alerted, episodes_found,
         episode_to_alert, episode_to_found] = it;
  each_of(archive, deteriorated, found, alerted, missed, pending, alerts, false_alerts,
          false_millis, alert_millis, to_alert, to_found, episodes, episodes_alerted,
          episodes_found, episode_to_alert, episode_to_found);
}
template <class Archive>
void visit(Archive& archive, AdoptionTally& it) {
  auto& [at_start, at_end, begun, in_new_way] = it;
  each_of(archive, at_start, at_end, begun, in_new_way);
}
template <class Archive>
void visit(Archive& archive, Replication& it) {
  auto& [first_hour, end_hour, patients, ended, open, stimuli, incidents, incident_at, incident,
         indicators, activities, queues, pools, truth, outcomes, adoptions] = it;
  each_of(archive, first_hour, end_hour, patients, ended, open, stimuli, incidents, incident_at,
          incident, indicators, activities, queues, pools, truth, outcomes, adoptions);
}
template <class Archive>
void visit(Archive& archive, Hourly& it) {
  auto& [replications, waiting, on_duty, busy, cases, waits, begun, unbegun, changed] = it;
  each_of(archive, replications, waiting, on_duty, busy, cases, waits, begun, unbegun, changed);
}
template <class Archive>
void visit(Archive& archive, Played& it) {
  auto& [index, failed, code, message, where, help, parts] = it;
  each_of(archive, index, failed, code, message, where, help, parts);
}
template <class Archive>
void visit(Archive& archive, Parcel& it) {
  auto& [played, hourly] = it;
  each_of(archive, played, hourly);
}
template <class Archive>
void visit(Archive& archive, Times& it) {
  it.visit(archive);
}
template <class Archive>
void visit(Archive& archive, Occupancy& it) {
  it.visit(archive);
}

class Packer {
 public:
  template <class Field>
  void operator()(Field& field) {
    if constexpr (std::is_arithmetic_v<Field> || std::is_enum_v<Field>) {
      bytes(&field, sizeof field);
    } else {
      visit(*this, field);
    }
  }
  void operator()(std::string& text) {
    size(text.size());
    bytes(text.data(), text.size());
  }
  template <class Item>
  void operator()(std::vector<Item>& items) {
    size(items.size());
    if constexpr (std::is_arithmetic_v<Item>) {
      bytes(items.data(), items.size() * sizeof(Item));
    } else {
      for (Item& item : items) (*this)(item);
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void size(uint64_t count) { bytes(&count, sizeof count); }
  void bytes(const void* from, size_t count) {
    if (count > 0) out_.append(static_cast<const char*>(from), count);
  }
  std::string out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <class Field>
  void operator()(Field& field) {
    if constexpr (std::is_arithmetic_v<Field> || std::is_enum_v<Field>) {
      bytes(&field, sizeof field);
    } else {
      visit(*this, field);
    }
  }
  void operator()(std::string& text) {
    text.resize(size(1));
    bytes(text.data(), text.size());
  }
  template <class Item>
  void operator()(std::vector<Item>& items) {
    if constexpr (std::is_arithmetic_v<Item>) {
      items.resize(size(sizeof(Item)));
      bytes(items.data(), items.size() * sizeof(Item));
    } else {
      items.resize(size(1));
      for (Item& item : items) (*this)(item);
    }
  }
  bool done() const { return rest_.empty(); }

 private:
  size_t size(size_t of_one) {
    uint64_t count = 0;
    bytes(&count, sizeof count);
    CHECK(count <= rest_.size() / of_one, "a parcel holds what it says");
    return static_cast<size_t>(count);
  }
  void bytes(void* to, size_t count) {
    CHECK(count <= rest_.size(), "a parcel is whole");
    if (count > 0) std::memcpy(to, rest_.data(), count);
    rest_.remove_prefix(count);
  }
  std::string_view rest_;
};

}  // namespace

std::string pack(Parcel parcel) {
  Packer packer;
  packer(parcel);
  return packer.take();
}

Parcel unpack(std::string_view bytes) {
  Unpacker unpacker(bytes);
  Parcel parcel;
  unpacker(parcel);
  CHECK(unpacker.done(), "a parcel holds nothing else");
  return parcel;
}

}  // namespace passerelle::rehearse
