// Relations between points and ranges (DMN 1.5, 10.3.4.9, table 81), after J. F. Allen.
#include "pathway/feel/argument.h"

namespace passerelle::feel {
namespace {

// A point is a closed range of itself.
struct Extent {
  Value low, high;
  bool low_closed = true, high_closed = true, point = true;
};

std::optional<Extent> extent_of(Call& call, size_t i) {
  Value value = call[i];
  if (value.is_list() && value.size() == 1) value = Value(value.at(0));
  Extent span;
  if (const RangeView* range = value.range()) {
    span.low = range->low;
    span.high = range->high;
    span.low_closed = range->low_closed;
    span.high_closed = range->high_closed;
    span.point = false;
    return span;
  }
  if (value.is_null()) return std::nullopt;
  span.low = value;
  span.high = value;
  return span;
}

// Orders of bounds; a missing bound lies at infinity.
std::optional<int> order(const Value& a, bool a_low, const Value& b, bool b_low) {
  if (a.is_null() && b.is_null()) return a_low == b_low ? 0 : a_low ? -1 : 1;
  if (a.is_null()) return a_low ? -1 : 1;
  if (b.is_null()) return b_low ? 1 : -1;
  return order_values(a, b);
}

// All orders that the relations look at.
struct Orders {
  int low_low = 0, high_high = 0, high_low = 0, low_high = 0;
};

// A relation: what both arguments may be, and the test.
enum Pairing : unsigned { points = 1, point_range = 2, range_point = 4, ranges = 8 };

template <class Test>
Value relate(Call& call, unsigned shapes, const Test& test) {
  const auto a = extent_of(call, 0), b = extent_of(call, 1);
  if (!a) return call.fail_argument(0, "a value or a range");
  if (!b) return call.fail_argument(1, "a value or a range");
  const unsigned shape =
      a->point ? (b->point ? points : point_range) : (b->point ? range_point : ranges);
  if ((shapes & shape) == 0) return call.fail("this relation needs a range here");
  const auto low_low = order(a->low, true, b->low, true);
  const auto high_high = order(a->high, false, b->high, false);
  const auto high_low = order(a->high, false, b->low, true);
  const auto low_high = order(a->low, true, b->high, false);
  if (!low_low || !high_high || !high_low || !low_high) {
    return call.fail("the two cannot be compared");
  }
  return Value::boolean(test(*a, *b, Orders{*low_low, *high_high, *high_low, *low_high}));
}

bool is_before(const Extent& a, const Extent& b, const Orders& o) {
  return o.high_low < 0 || (o.high_low == 0 && (!a.high_closed || !b.low_closed));
}
bool is_after(const Extent& a, const Extent& b, const Orders& o) {
  return o.low_high > 0 || (o.low_high == 0 && (!a.low_closed || !b.high_closed));
}
// b lies within a.
bool holds(const Extent& a, const Extent& b, const Orders& o) {
  const bool low = o.low_low < 0 || (o.low_low == 0 && (a.low_closed || !b.low_closed));
  const bool high = o.high_high > 0 || (o.high_high == 0 && (a.high_closed || !b.high_closed));
  return low && high;
}
bool starts_with(const Extent& a, const Extent& b, const Orders& o) {  // a is started by b
  const bool end = o.high_high > 0 || (o.high_high == 0 && (a.high_closed || !b.high_closed));
  return o.low_low == 0 && a.low_closed == b.low_closed && end;
}
bool ends_with(const Extent& a, const Extent& b, const Orders& o) {  // a is finished by b
  const bool start = o.low_low < 0 || (o.low_low == 0 && (a.low_closed || !b.low_closed));
  return o.high_high == 0 && a.high_closed == b.high_closed && start;
}
Orders turned(const Orders& o) { return {-o.low_low, -o.high_high, -o.low_high, -o.high_low}; }

constexpr unsigned every_shape = points | point_range | range_point | ranges;

Value before(Call& call) { return relate(call, every_shape, is_before); }
Value after(Call& call) { return relate(call, every_shape, is_after); }
Value meets(Call& call) {
  return relate(call, ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    return o.high_low == 0 && a.high_closed && b.low_closed;
  });
}
Value met_by(Call& call) {
  return relate(call, ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    return o.low_high == 0 && a.low_closed && b.high_closed;
  });
}
Value overlaps(Call& call) {
  return relate(call, ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    return !is_before(a, b, o) && !is_after(a, b, o);
  });
}
Value overlaps_before(Call& call) {
  return relate(call, ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    const bool start = o.low_low < 0 || (o.low_low == 0 && a.low_closed && !b.low_closed);
    const bool end = o.high_high < 0 || (o.high_high == 0 && (!a.high_closed || b.high_closed));
    return start && end && !is_before(a, b, o);
  });
}
Value overlaps_after(Call& call) {
  return relate(call, ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    const bool start = o.low_low > 0 || (o.low_low == 0 && b.low_closed && !a.low_closed);
    const bool end = o.high_high > 0 || (o.high_high == 0 && (!b.high_closed || a.high_closed));
    return start && end && !is_after(a, b, o);
  });
}
Value finishes(Call& call) {
  return relate(call, point_range | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    if (a.point) return o.high_high == 0 && b.high_closed;
    return ends_with(b, a, turned(o));
  });
}
Value finished_by(Call& call) {
  return relate(call, range_point | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    if (b.point) return o.high_high == 0 && a.high_closed;
    return ends_with(a, b, o);
  });
}
Value includes(Call& call) { return relate(call, range_point | ranges, holds); }
Value during(Call& call) {
  return relate(call, point_range | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    return holds(b, a, turned(o));
  });
}
Value starts(Call& call) {
  return relate(call, point_range | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    if (a.point) return o.low_low == 0 && b.low_closed;
    return starts_with(b, a, turned(o));
  });
}
Value started_by(Call& call) {
  return relate(call, range_point | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    if (b.point) return o.low_low == 0 && a.low_closed;
    return starts_with(a, b, o);
  });
}
Value coincides(Call& call) {
  return relate(call, points | ranges, [](const Extent& a, const Extent& b, const Orders& o) {
    return o.low_low == 0 && o.high_high == 0 && a.low_closed == b.low_closed &&
           a.high_closed == b.high_closed;
  });
}

constexpr auto truth = Type::Kind::boolean;
constexpr BuiltIn relations[] = {
    {"before", "point1, point2", before, truth},
    {"before", "point, range", before, truth},
    {"before", "range, point", before, truth},
    {"before", "range1, range2", before, truth},
    {"after", "point1, point2", after, truth},
    {"after", "point, range", after, truth},
    {"after", "range, point", after, truth},
    {"after", "range1, range2", after, truth},
    {"meets", "range1, range2", meets, truth},
    {"met by", "range1, range2", met_by, truth},
    {"overlaps", "range1, range2", overlaps, truth},
    {"overlaps before", "range1, range2", overlaps_before, truth},
    {"overlaps after", "range1, range2", overlaps_after, truth},
    {"finishes", "point, range", finishes, truth},
    {"finishes", "range1, range2", finishes, truth},
    {"finished by", "range, point", finished_by, truth},
    {"finished by", "range1, range2", finished_by, truth},
    {"includes", "range, point", includes, truth},
    {"includes", "range1, range2", includes, truth},
    {"during", "point, range", during, truth},
    {"during", "range1, range2", during, truth},
    {"starts", "point, range", starts, truth},
    {"starts", "range1, range2", starts, truth},
    {"started by", "range, point", started_by, truth},
    {"started by", "range1, range2", started_by, truth},
    {"coincides", "point1, point2", coincides, truth},
    {"coincides", "range1, range2", coincides, truth},
};

}  // namespace

std::span<const BuiltIn> range_built_ins() { return relations; }

}  // namespace passerelle::feel
