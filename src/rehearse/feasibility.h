// Whether a mean keeps a limit, decided after as few numbers as it takes: the fully sequential
// procedure of S. Andradóttir and S.-H. Kim, "Fully sequential procedures for comparing constrained
// systems via simulation" (2010), which is S.-H. Kim and B. L. Nelson's (2001) against a constant.
// Numbers are independent and nearly normal: each is the mean of a whole replication.
#pragma once

#include <vector>

namespace passerelle::rehearse {

class Feasibility {
 public:
  enum class Verdict : unsigned char { open, keeps, breaks };

  // A mean on the wrong side of the limit is told to keep it with probability `error` at most, and
  // one that keeps it by `tolerance` or more is told to break it with that probability at most;
  // what keeps it by less may be told either. The first `first` (>= 2) numbers estimate the
  // variance.
  Feasibility(double limit, bool at_least, double tolerance, double error, int first);

  // Numbers that come after the verdict change nothing. NaN: a replication without the number.
  void add(double value);
  Verdict verdict() const { return verdict_; }

 private:
  void look();

  double limit_;
  double sign_;  // so that less is better
  double half_;  // of the tolerance
  double error_;
  int first_;
  std::vector<double> begin_;  // until there are `first_`
  int n_ = 0;
  double sum_ = 0;  // of the distances from the middle of the tolerance
  double spread_ = 0;
  Verdict verdict_ = Verdict::open;
};

}  // namespace passerelle::rehearse
