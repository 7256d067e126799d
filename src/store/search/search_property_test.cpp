// Random resources, random changes, random searches: the store finds what a slow scan finds, in
// order, page by page, and its file stays whole.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <optional>

#include "store/search/search_oracle.h"

namespace passerelle::store {
namespace {

using oracle::Asked;
using oracle::Draw;
using oracle::Resource;
using oracle::World;

// Two types with one parameter of each kind.
class OracleCatalogue : public SearchCatalogue {
 public:
  bool has_type(std::string_view type) const override { return type == "A" || type == "B"; }
  std::vector<std::string> types() const override { return {"A", "B"}; }
  const ParameterInfo* find(std::string_view, std::string_view code) const override {
    for (const ParameterInfo& info : parameters_)
      if (info.code == code) return &info;
    return nullptr;
  }
  std::vector<std::string> codes(std::string_view) const override {
    std::vector<std::string> out;
    for (const ParameterInfo& info : parameters_) out.push_back(info.code);
    return out;
  }

 private:
  const std::vector<ParameterInfo> parameters_ = {
      {"s", ParameterType::string, {}, {}},
      {"t", ParameterType::token, {}, {}},
      {"r", ParameterType::reference, {"A", "B"}, {}},
      {"d", ParameterType::date, {}, {}},
      {"n", ParameterType::number, {}, {}},
      {"q", ParameterType::quantity, {}, {}},
      {"u", ParameterType::uri, {}, {}},
      {"c",
       ParameterType::composite,
       {},
       {{"c", ParameterType::token, {}, {}}, {"c", ParameterType::quantity, {}, {}}}},
  };
};

Asked value_condition(const std::string& name, const std::string& parameter, std::string value,
                      oracle::Test test) {
  return {name, std::move(value),
          [parameter, test = std::move(test)](const World&, const Resource& r) {
            return any_value(r, parameter, test);
          }};
}

Asked ask_string(Draw& draw) {
  const std::string text = draw.text();
  const std::string folded = fold(text);
  const std::string value = oracle::escaped(text);
  switch (draw.below(4)) {
    case 0:
      return value_condition("s:exact", "s", value,
                             [text](const IndexValue& v) { return v.text == text; });
    case 1:
      return value_condition("s:contains", "s", value, [folded](const IndexValue& v) {
        return fold(v.text).find(folded) != std::string::npos;
      });
    case 2:
      return value_condition("t:text", "t:text", value, [folded](const IndexValue& v) {
        return fold(v.text).find(folded) != std::string::npos;
      });
    default:
      return value_condition("s", "s", value, [folded](const IndexValue& v) {
        return fold(v.text).starts_with(folded);
      });
  }
}

struct TokenAsked {
  std::string value;
  oracle::Test test;
};
TokenAsked draw_token(Draw& draw) {
  const std::string code = draw.code(), system = draw.system();
  const std::string c = oracle::escaped(code), s = oracle::escaped(system);
  switch (draw.below(3)) {
    case 0:
      return {c, [code](const IndexValue& v) { return v.text == code; }};
    case 1:
      if (!system.empty())
        return {s + "|", [system](const IndexValue& v) { return v.system == system; }};
      [[fallthrough]];
    default:
      return {s + "|" + c,
              [code, system](const IndexValue& v) { return v.text == code && v.system == system; }};
  }
}

Asked ask_token(Draw& draw) {
  TokenAsked token = draw_token(draw);
  if (draw.chance(4))
    return value_condition("r:identifier", "r:identifier", token.value, token.test);
  Asked asked = value_condition("t", "t", token.value, token.test);
  if (!draw.chance(3)) return asked;
  asked.name = "t:not";
  asked.holds = [inner = asked.holds](const World& w, const Resource& r) { return !inner(w, r); };
  return asked;
}

Asked ask_reference(Draw& draw) {
  const std::string type = draw.type(), id = draw.id(), url = draw.uri();
  const oracle::Test typed = [type, id](const IndexValue& v) {
    return v.system == type && v.text == id;
  };
  switch (draw.below(4)) {
    case 0:
      return value_condition(
          "r", "r", id, [id](const IndexValue& v) { return !v.system.empty() && v.text == id; });
    case 1:
      return value_condition(
          "r", "r", url, [url](const IndexValue& v) { return v.system.empty() && v.text == url; });
    case 2:
      return value_condition("r:" + type, "r", id, typed);
    default:
      return value_condition("r", "r", type + "/" + id, typed);
  }
}

std::string draw_prefix(Draw& draw) {
  return draw.of<std::string>({"", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"});
}

Asked ask_date(Draw& draw) {
  const oracle::Span span = draw_span(draw);
  const std::string prefix = draw.chance(9) ? "ap" : draw_prefix(draw);
  return value_condition("d", "d", prefix + span.text, [span, prefix](const IndexValue& v) {
    return oracle::compare_dates(prefix, span, v.first, v.last);
  });
}

struct QuantityAsked {
  std::string value;
  oracle::Test test;
};
QuantityAsked draw_quantity(Draw& draw) {
  const oracle::Decimal number = draw_decimal(draw);
  const std::string prefix = draw_prefix(draw), unit = draw.unit(), system = draw.system();
  const bool with_unit = draw.chance(2);
  std::string value = prefix + number.text;
  if (with_unit) value += "|" + system + "|" + unit;
  return {value, [=](const IndexValue& v) {
            return oracle::compare_numbers(prefix, number, v.low, v.high) &&
                   (!with_unit ||
                    ((unit.empty() || v.text == unit) && (system.empty() || v.system == system)));
          }};
}

Asked ask_number(Draw& draw) {
  if (draw.chance(2)) {
    QuantityAsked quantity = draw_quantity(draw);
    return value_condition("q", "q", quantity.value, quantity.test);
  }
  const oracle::Decimal number = draw_decimal(draw);
  const std::string prefix = draw_prefix(draw);
  return value_condition("n", "n", prefix + number.text, [number, prefix](const IndexValue& v) {
    return oracle::compare_numbers(prefix, number, v.low, v.high);
  });
}

Asked ask_uri(Draw& draw) {
  const std::string uri = draw.uri();
  switch (draw.below(3)) {
    case 0:
      return value_condition("u:below", "u", uri,
                             [uri](const IndexValue& v) { return oracle::below(v.text, uri); });
    case 1:
      return value_condition("u:above", "u", uri,
                             [uri](const IndexValue& v) { return oracle::below(uri, v.text); });
    default:
      return value_condition("u", "u", uri, [uri](const IndexValue& v) { return v.text == uri; });
  }
}

Asked ask_composite(Draw& draw) {
  const TokenAsked token = draw_token(draw);
  const QuantityAsked quantity = draw_quantity(draw);
  return {"c", token.value + "$" + quantity.value, [=](const World&, const Resource& r) {
            return any_value(r, "c$1", [&](const IndexValue& one) {
              return token.test(one) && any_value(r, "c$2", [&](const IndexValue& two) {
                       return two.tuple == one.tuple && quantity.test(two);
                     });
            });
          }};
}

Asked ask_missing(Draw& draw) {
  const std::string parameter = draw.of<std::string>({"s", "t", "r", "d", "n", "q", "u", "c"});
  const bool missing = draw.chance(2);
  const std::string stored = parameter == "c" ? "c$1" : parameter;
  return {parameter + ":missing", missing ? "true" : "false",
          [stored, missing](const World&, const Resource& r) {
            const auto all = [](const IndexValue&) { return true; };
            return (any_value(r, stored, all) || any_value(r, stored + ":text", all)) != missing;
          }};
}

Asked ask_own(Draw& draw) {
  if (draw.chance(2)) {
    const std::string one = draw.id(), two = draw.id();
    return {"_id", one + "," + two,
            [=](const World&, const Resource& r) { return r.id == one || r.id == two; }};
  }
  const Instant when = at(draw.below(60));
  const std::string prefix = draw.of<std::string>({"ge", "lt", "gt", "le"});
  return {"_lastUpdated", prefix + format_instant(when), [=](const World&, const Resource& r) {
            const int64_t t = r.updated.time_since_epoch().count();
            const int64_t w = when.time_since_epoch().count();
            return oracle::compare_dates(prefix, {"", w, w}, t, t);
          }};
}

Asked ask(Draw& draw, int depth);

// r.x, r:A.x, _has:B:r:x
Asked ask_through(Draw& draw, int depth) {
  Asked inner = ask(draw, depth + 1);
  const std::string type = draw.type();
  if (draw.chance(2)) {
    return {"_has:" + type + ":r:" + inner.name, inner.value,
            [=](const World& w, const Resource& r) {
              return std::any_of(w.begin(), w.end(), [&](const auto& other) {
                return other.second.type == type && inner.holds(w, other.second) &&
                       any_value(other.second, "r", [&](const IndexValue& v) {
                         return v.system == r.type && v.text == r.id;
                       });
              });
            }};
  }
  const bool typed = draw.chance(2);
  return {"r" + (typed ? ":" + type : "") + "." + inner.name, inner.value,
          [=](const World& w, const Resource& r) {
            return any_value(r, "r", [&](const IndexValue& v) {
              const auto target = w.find({v.system, v.text});
              return target != w.end() && (!typed || v.system == type) &&
                     inner.holds(w, target->second);
            });
          }};
}

Asked ask(Draw& draw, int depth) {
  using Maker = Asked (*)(Draw&);
  constexpr Maker makers[] = {ask_string, ask_token, ask_reference, ask_date,    ask_number,
                              ask_uri,    ask_date,  ask_composite, ask_missing, ask_own};
  if (depth < 3 && draw.chance(5)) return ask_through(draw, depth);
  Asked asked = makers[draw.below(10)](draw);
  // Alternatives of the same parameter: one of them must hold (of :not: none may).
  for (int tries = 0; tries < 6 && draw.chance(2); ++tries) {
    Asked other = makers[draw.below(10)](draw);
    if (other.name != asked.name || asked.name.ends_with(":missing")) continue;
    asked.value += "," + other.value;
    const bool negated = asked.name == "t:not";
    asked.holds = [a = asked.holds, b = other.holds, negated](const World& w, const Resource& r) {
      return negated ? a(w, r) && b(w, r) : a(w, r) || b(w, r);
    };
  }
  return asked;
}

// ---- Order: what comes first of two resources, by one key. ----

struct Order {
  std::string parameter;
  bool descending = false;
};

// Empty = no value. Comparable within one parameter.
std::optional<std::pair<double, std::string>> key_of(const Resource& r, const Order& order) {
  std::optional<std::pair<double, std::string>> best;
  const auto offer = [&](std::pair<double, std::string> key) {
    if (!best || (order.descending ? key > *best : key < *best)) best = std::move(key);
  };
  if (order.parameter == "_id") offer({0, r.id});
  if (order.parameter == "_lastUpdated")
    offer({static_cast<double>(r.updated.time_since_epoch().count()), ""});
  for (const IndexValue& v : r.values) {
    if (v.parameter != order.parameter) continue;
    if (v.type == SearchType::string) offer({0, fold(v.text)});
    if (v.type == SearchType::token || v.type == SearchType::uri) offer({0, v.text});
    if (v.type == SearchType::date) offer({static_cast<double>(v.first), ""});
    if (v.type == SearchType::number || v.type == SearchType::quantity) offer({v.low, ""});
  }
  return best;
}

// -1, 0, 1
int compare(const Resource& x, const Resource& y, const std::vector<Order>& orders) {
  for (const Order& order : orders) {
    const auto a = key_of(x, order), b = key_of(y, order);
    if (a == b) continue;
    if (!a || !b) return a ? -1 : 1;
    return (*a < *b) != order.descending ? -1 : 1;
  }
  return 0;
}

// `by_date`: begins with a date.
std::vector<Order> draw_orders(Draw& draw, Parameters& parameters, bool by_date) {
  std::vector<Order> orders;
  std::string text;
  if (by_date) {
    orders.push_back({"d", draw.chance(2)});
    text = orders.back().descending ? "-d" : "d";
  }
  for (uint32_t n = draw.below(3); n > 0; --n) {
    orders.push_back({draw.of<std::string>({"d", "s", "t", "n", "q", "u", "_id", "_lastUpdated"}),
                      draw.chance(2)});
    text += (text.empty() ? "" : ",") + std::string(orders.back().descending ? "-" : "") +
            orders.back().parameter;
  }
  if (!text.empty()) parameters.emplace_back("_sort", text);
  return orders;
}

// ---- The test ----

void change_world(Draw& draw, Store& store, World& world, int64_t now) {
  std::vector<Write> writes;
  std::set<std::pair<std::string, std::string>> touched;
  for (uint32_t n = 1 + draw.below(12); n > 0; --n) {
    const std::string type = draw.type(), id = draw.id();
    if (!touched.insert({type, id}).second) continue;
    if (draw.chance(5)) {
      writes.push_back(erase(type, id));
      world.erase({type, id});
      continue;
    }
    Resource resource{type, id, at(now), {}};
    add_values(draw, resource.values);
    writes.push_back(put(type, id, resource.values));
    world[{type, id}] = std::move(resource);
  }
  const auto done = store.commit(transaction_of(std::move(writes), at(now)));
  ASSERT_TRUE(done.ok()) << to_text(done.error());
}

std::string said(const std::string& type, const Parameters& parameters) {
  std::string text = type + "?";
  for (const auto& [name, value] : parameters) text += name + "=" + value + "&";
  return text;
}

using Keys = std::set<std::pair<std::string, std::string>>;

// What scan() gives, and what matches() says of each resource, is what the search finds.
void expect_same_elsewhere(Store& store, const World& world, const Query& query,
                           const Keys& expected, const std::string& text) {
  Keys scanned;
  int64_t last = 0;
  const auto done = store.scan(query, 0, [&](const Version& version, int64_t position) {
    EXPECT_GT(position, last) << text;
    last = position;
    scanned.emplace(version.type, version.id);
    return true;
  });
  EXPECT_TRUE(done.ok()) << text;
  EXPECT_EQ(scanned, expected) << text;
  for (const auto& [key, resource] : world) {
    Version version;
    version.type = resource.type;
    version.id = resource.id;
    version.updated = resource.updated;
    const auto matches = store.matches(query, version, resource.values);
    EXPECT_TRUE(matches.ok()) << text;
    EXPECT_EQ(matches && *matches, expected.contains(key)) << text << " of " << key.second;
  }
}

// Sometimes one of two further lists of conditions must hold, as of compartments.
std::vector<std::vector<Asked>> draw_alternatives(Draw& draw) {
  std::vector<std::vector<Asked>> alternatives;
  if (!draw.chance(3)) return alternatives;
  for (int i = 0; i < 2; ++i) {
    auto& one = alternatives.emplace_back();
    for (uint32_t n = 1 + draw.below(2); n > 0; --n) one.push_back(ask(draw, 1));
  }
  return alternatives;
}

bool all_hold(const std::vector<Asked>& conditions, const World& world, const Resource& resource) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Asked& asked) { return asked.holds(world, resource); });
}

// Returns how many match.
size_t search_once(Draw& draw, Store& store, const World& world, const OracleCatalogue& catalogue) {
  const std::string type = draw.chance(6) ? "" : draw.type();
  Parameters parameters;
  std::vector<Asked> conditions;
  // Often the newest or first of those who refer to something: they are found in a way of their
  // own.
  const bool dated = draw.chance(4);
  if (dated) conditions.push_back(draw.chance(3) ? ask_through(draw, 0) : ask_reference(draw));
  for (uint32_t n = dated ? draw.below(4) / 3 : draw.below(4); n > 0; --n)
    conditions.push_back(ask(draw, 0));
  for (const Asked& asked : conditions) parameters.emplace_back(asked.name, asked.value);
  if (type.empty()) parameters.emplace_back("_type", "A,B");
  const std::vector<Order> orders = draw_orders(draw, parameters, dated);
  const size_t count = 1 + draw.below(20);
  parameters.emplace_back("_count", std::to_string(count));
  const bool total = draw.chance(2);
  if (total) parameters.emplace_back("_total", "accurate");
  std::string text = said(type, parameters);
  auto query = parse_query(catalogue, type, parameters);
  EXPECT_TRUE(query.ok()) << text << " " << to_text(query.error());
  if (!query) return 0;
  const auto alternatives = draw_alternatives(draw);
  std::vector<Query> parsed;
  for (const auto& one : alternatives) {
    Parameters more = {{"_type", "A,B"}};
    for (const Asked& asked : one) more.emplace_back(asked.name, asked.value);
    text += " or " + said("", more);
    auto inner = parse_query(catalogue, "", more);
    EXPECT_TRUE(inner.ok()) << text << " " << to_text(inner.error());
    if (!inner) return 0;
    parsed.push_back(std::move(*inner));
  }
  if (!parsed.empty()) query->any_of(parsed);

  Keys expected;
  for (const auto& entry : world) {
    const Resource& resource = entry.second;
    const bool chosen = alternatives.empty() ||
                        std::any_of(alternatives.begin(), alternatives.end(), [&](const auto& one) {
                          return all_hold(one, world, resource);
                        });
    if ((type.empty() || resource.type == type) && chosen && all_hold(conditions, world, resource))
      expected.insert(entry.first);
  }
  if (draw.chance(5)) expect_same_elsewhere(store, world, *query, expected, text);
  Keys found;
  const Resource* before = nullptr;
  for (;;) {
    const auto page = store.search(*query);
    EXPECT_TRUE(page.ok()) << text << " " << to_text(page.error());
    if (!page) return 0;
    if (total) {
      EXPECT_EQ(page->total, static_cast<int64_t>(expected.size())) << text;
    }
    EXPECT_LE(page->matches.size(), count) << text;
    for (const Match& match : page->matches) {
      const auto key = std::make_pair(match.version.type, match.version.id);
      EXPECT_TRUE(found.insert(key).second) << text << " gives " << key.second << " twice";
      const auto here = world.find(key);
      if (here == world.end()) continue;  // told by the comparison below
      if (before != nullptr) {
        EXPECT_LE(compare(*before, here->second, orders), 0) << text;
      }
      before = &here->second;
    }
    if (page->next.empty()) break;
    EXPECT_TRUE(query->after(page->next).ok());
  }
  EXPECT_EQ(found, expected) << text;
  return expected.size();
}

class AgainstTheSlowScan : public testing::TestWithParam<int> {};

TEST_P(AgainstTheSlowScan, FindsTheSame) {
  Draw draw(static_cast<uint64_t>(GetParam()));
  // Every other seed sorts by reading an index in order, as it is done for many candidates.
  SqliteOptions options;
  if (GetParam() % 2 == 0) options.walk_from = 0;
  auto store = fresh_store(options);
  const OracleCatalogue catalogue;
  World world;
  size_t searches = 0, with_matches = 0;
  for (int64_t turn = 0; turn < 25; ++turn) {
    change_world(draw, *store, world, turn);
    for (int n = 0; n < 40 && !HasFailure(); ++n, ++searches)
      with_matches += search_once(draw, *store, world, catalogue) > 0 ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "seed " << GetParam() << ", turn " << turn;
  }
  const auto check = store->check();
  EXPECT_TRUE(check.ok()) << to_text(check.error());
  EXPECT_GT(with_matches * 3, searches) << "searches that find nothing prove little";
}

INSTANTIATE_TEST_SUITE_P(Seeds, AgainstTheSlowScan, testing::Range(1, 7));

}  // namespace
}  // namespace passerelle::store
