// How people get better at their work: a curve for each person and task, begun anew when a post
// changes hands, and the dip after go-live, which all have alike; and how they change to a new way
// of working, each on a day of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "pathway/pathway.h"
#include "rehearse/people.h"

namespace passerelle::rehearse {

using CurveId = uint16_t;
constexpr CurveId no_curve = 0xFFFF;

// The curves of organisation.yaml, by who works as what at which task. Immutable.
class PracticePlan {
 public:
  struct Curve {
    double initial = 1, exponent = 0;
    pathway::Dip dip;
    const pathway::Adoption* adoption = nullptr;  // of the new way; none: all work in it
    double old_way = 1;                           // factor of who does not
    size_t way = 0;                               // among ways(), when there is an old one

    // How much longer the work takes somebody who has done so many tasks (power law of practice).
    double learnt(uint32_t tasks) const;
  };
  PracticePlan() = default;
  // The curve that names the activity holds, else that of the whole role.
  PracticePlan(const pathway::Pathway& pathway, Instant start);

  CurveId curve_of(uint16_t role, uint16_t activity) const {
    return of_.empty() ? no_curve : of_[size_t{role} * activities_ + activity];
  }
  const Curve& curve(CurveId id) const { return curves_[id]; }
  size_t size() const { return curves_.size(); }
  // What is done in a new way by some and in the old one by others, as organisation.yaml has it.
  const std::vector<const pathway::Learning*>& ways() const { return ways_; }
  // `now`: milliseconds since the start of the rehearsal.
  double dip(const Curve& curve, int64_t now) const;
  // Whether somebody of that rank (People::rank) works in the new way by then.
  bool changed(const Curve& curve, double rank, int64_t now) const;

 private:
  std::vector<Curve> curves_;
  std::vector<const pathway::Learning*> ways_;
  std::vector<CurveId> of_;
  size_t activities_ = 0;
  int64_t go_live_ = 0;  // milliseconds since the start
  Instant start_{};
  Zone zone_ = Zone::utc();
};

// Everybody's experience in one replication.
class Practice {
 public:
  Practice(const PracticePlan& plan, const People& people);

  // How much longer a task takes this person now than a trained one.
  double factor(PersonId id, CurveId curve, int64_t now);
  // Whether this person still does it in the old way: that is no practice.
  bool keeps_old_way(PersonId id, CurveId curve, int64_t now);
  // A task more is done.
  void learn(PersonId id, CurveId curve, int64_t now);

 private:
  uint32_t& tasks(PersonId id, CurveId curve, int64_t now);

  const PracticePlan& plan_;
  const People& people_;
  std::vector<uint32_t> tasks_;       // by person and curve
  std::vector<uint32_t> successors_;  // by person: how often the post has changed hands
};

}  // namespace passerelle::rehearse
