// What a log shows by itself, case by case: times, flows, handovers, variants. For review.cpp only.
#pragma once

#include <memory>
#include <span>

#include "pathway/package.h"
#include "review/review.h"

namespace passerelle::review {

class Discovery {
 public:
  Discovery(const pathway::EventLog& log, const pathway::Package* package, Window window);
  ~Discovery();

  void add_case(std::span<const pathway::Event> events);
  // Fills the discovered parts of the review.
  void tell(Review& out, size_t variants) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace passerelle::review
