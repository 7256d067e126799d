#include "pathway/feel/regex.h"

#include <algorithm>
#include <array>
#include <map>

#include "pathway/feel/unicode.h"

namespace passerelle::feel {

namespace {
constexpr uint32_t no_pattern = 0xffffffffu;
constexpr uint32_t unbounded = 0xffffffffu;
constexpr unsigned most_nesting = 100;
}  // namespace

// A set of code points: ranges, properties, other sets; maybe negated, maybe without another set.
struct CharSet {
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
  std::vector<std::pair<Property, bool>> properties;  // with: negated
  std::vector<CharSet> parts;
  bool negated = false;
  std::unique_ptr<CharSet> minus;

  bool has(uint32_t c) const {
    bool in = false;
    for (const auto& [low, high] : ranges) in = in || (c >= low && c <= high);
    for (const auto& [property, not_it] : properties)
      in = in || has_property(c, property) != not_it;
    for (const CharSet& part : parts) in = in || part.has(c);
    if (in == negated) return false;
    return minus == nullptr || !minus->has(c);
  }
};

enum class PatternKind : uint8_t {
  empty,
  set,
  any,
  group,
  sequence,
  choice,
  repeat,
  begin,
  end,
  back
};

struct PatternNode {
  PatternKind kind = PatternKind::empty;
  bool lazy = false;
  uint32_t a = 0, b = 0;  // set, group number, repeat's body, bounds in min/max
  uint32_t min = 0, max = 0;
  std::vector<uint32_t> items;  // of a sequence or choice
};

struct Regex::Code {
  std::vector<PatternNode> nodes;
  std::vector<CharSet> sets;
  uint32_t root = 0;
  uint32_t groups = 0;
  bool dot_all = false, multi_line = false, ignore_case = false;
};

namespace {

class PatternParser {
 public:
  PatternParser(std::string_view pattern, Regex::Code& code, bool free_spacing)
      : text_(pattern), code_(code), free_spacing_(free_spacing) {}

  Result<void> parse() {
    code_.root = choice(0);
    if (error_.empty() && at_ < text_.size()) error_ = "a ')' without '('";
    if (error_.empty()) return {};
    return Error{ErrorCode::invalid, "the pattern is wrong: " + error_};
  }

 private:
  uint32_t add(PatternNode node) {
    code_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(code_.nodes.size() - 1);
  }
  uint32_t fail(std::string_view why) {
    if (error_.empty()) error_ = std::string(why);
    at_ = text_.size();
    return add({});
  }
  bool done() {
    if (free_spacing_) {
      while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= 9 && text_[at_] <= 13))) {
        ++at_;
      }
    }
    return at_ >= text_.size();
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  uint32_t next() {
    size_t length = 0;
    const uint32_t c = decode_utf8(text_, at_, length);
    at_ += length;
    return c;
  }

  uint32_t choice(unsigned depth) {
    if (depth > most_nesting) return fail("it is nested too deeply");
    PatternNode node;
    node.kind = PatternKind::choice;
    node.items.push_back(sequence(depth));
    while (!done() && peek() == '|') {
      ++at_;
      node.items.push_back(sequence(depth));
    }
    return node.items.size() == 1 ? node.items[0] : add(std::move(node));
  }

  uint32_t sequence(unsigned depth) {
    PatternNode node;
    node.kind = PatternKind::sequence;
    while (!done() && peek() != '|' && peek() != ')') node.items.push_back(piece(depth));
    return add(std::move(node));
  }

  uint32_t piece(unsigned depth) {
    const uint32_t body = atom(depth);
    if (done()) return body;
    PatternNode node;
    node.kind = PatternKind::repeat;
    node.a = body;
    const char c = peek();
    if (c == '*' || c == '+' || c == '?') {
      ++at_;
      node.min = c == '+' ? 1 : 0;
      node.max = c == '?' ? 1 : unbounded;
    } else if (c == '{') {
      ++at_;
      if (!bounds(node)) return fail("a '{' without '{n}', '{n,}' or '{n,m}'");
    } else {
      return body;
    }
    if (!done() && peek() == '?') {
      ++at_;
      node.lazy = true;
    }
    if (!done() && (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{')) {
      return fail("two quantifiers follow each other");
    }
    return add(std::move(node));
  }

  bool bounds(PatternNode& node) {
    const auto number = [&](uint32_t& value) {
      const size_t first = at_;
      uint64_t sum = 0;
      while (peek() >= '0' && peek() <= '9') {
        sum = std::min<uint64_t>(sum * 10 + static_cast<uint64_t>(peek() - '0'), 1'000'000);
        ++at_;
      }
      value = static_cast<uint32_t>(sum);
      return at_ > first;
    };
    if (!number(node.min)) return false;
    node.max = node.min;
    if (peek() == ',') {
      ++at_;
      if (!number(node.max)) node.max = unbounded;
    }
    if (peek() != '}' || node.max < node.min) return false;
    ++at_;
    return true;
  }

  uint32_t atom(unsigned depth) {
    const char c = peek();
    PatternNode node;
    if (c == '(') return group(depth);
    if (c == '.') {
      ++at_;
      node.kind = PatternKind::any;
      return add(node);
    }
    if (c == '^' || c == '$') {
      ++at_;
      node.kind = c == '^' ? PatternKind::begin : PatternKind::end;
      return add(node);
    }
    if (c == '[') {
      ++at_;
      return set_node(bracket(0));
    }
    if (c == '\\') return escape();
    if (c == '*' || c == '+' || c == '?' || c == '{' || c == '}' || c == ']') {
      return fail(std::string("'") + c + "' stands where a character should");
    }
    CharSet set;
    const uint32_t code = next();
    set.ranges.emplace_back(code, code);
    return set_node(std::move(set));
  }

  uint32_t set_node(CharSet set) {
    PatternNode node;
    node.kind = PatternKind::set;
    node.a = static_cast<uint32_t>(code_.sets.size());
    if (code_.ignore_case) add_cases(set);
    code_.sets.push_back(std::move(set));
    return add(node);
  }

  static void add_cases(CharSet& set) {
    std::vector<std::pair<uint32_t, uint32_t>> more;
    for (const auto& [low, high] : set.ranges) {
      for (uint32_t c = low; c <= high && c - low < 2000; ++c) {
        const uint32_t upper = to_upper(c), lower = to_lower(c);
        if (upper != c) more.emplace_back(upper, upper);
        if (lower != c) more.emplace_back(lower, lower);
      }
    }
    set.ranges.insert(set.ranges.end(), more.begin(), more.end());
    for (CharSet& part : set.parts) add_cases(part);
    if (set.minus) add_cases(*set.minus);
  }

  uint32_t group(unsigned depth) {
    ++at_;
    bool captures = true;
    if (text_.substr(at_, 2) == "?:") {
      at_ += 2;
      captures = false;
    } else if (peek() == '?') {
      return fail("'(?' is not part of this language, except '(?:'");
    }
    const uint32_t number = captures ? ++code_.groups : 0;
    if (number > 200) return fail("it has more than 200 groups");
    const uint32_t body = choice(depth + 1);
    if (done() || peek() != ')') return fail("a '(' without ')'");
    ++at_;
    if (!captures) return body;
    closed_.push_back(number);
    PatternNode node;
    node.kind = PatternKind::group;
    node.a = number;
    node.b = body;
    return add(node);
  }

  uint32_t escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c >= '1' && c <= '9') {
      at_ += 1;
      uint32_t number = 0;
      // As many digits as name a group that is closed.
      while (peek() >= '0' && peek() <= '9') {
        const uint32_t longer = number * 10 + static_cast<uint32_t>(peek() - '0');
        if (number > 0 && longer > code_.groups) break;
        number = longer;
        ++at_;
      }
      if (std::find(closed_.begin(), closed_.end(), number) == closed_.end()) {
        return fail("a back-reference to a group that is not closed before it");
      }
      PatternNode node;
      node.kind = PatternKind::back;
      node.a = number;
      return add(node);
    }
    CharSet set;
    uint32_t single = 0;
    bool is_single = false;
    if (!class_escape(set, single, is_single)) return fail("an escape that does not exist");
    if (is_single) set.ranges.emplace_back(single, single);
    return set_node(std::move(set));
  }

  // Behind at_: \d, \p{Lu}, \n ... One code point, or a set.
  bool class_escape(CharSet& set, uint32_t& single, bool& is_single) {
    ++at_;
    if (done()) return false;
    const char c = text_[at_];
    if (c == 'p' || c == 'P') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '{') return false;
      const size_t end = text_.find('}', at_);
      if (end == std::string_view::npos) return false;
      const std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
      at_ = end + 1;
      if (name.substr(0, 2) == "Is") {
        const auto block = find_block(name.substr(2));
        if (!block) return false;
        CharSet part;
        part.ranges.push_back(*block);
        part.negated = c == 'P';
        set.parts.push_back(std::move(part));
        return true;
      }
      const auto property = find_property(name);
      if (!property) return false;
      set.properties.emplace_back(*property, c == 'P');
      return true;
    }
    static constexpr std::string_view classes = "sSiIcCdDwW";
    static constexpr std::array<Property, 5> properties = {
        Property::xml_space, Property::xml_name_start, Property::xml_name, Property::digit,
        Property::word};
    const size_t found = classes.find(c);
    if (found != std::string_view::npos) {
      ++at_;
      set.properties.emplace_back(properties[found / 2], found % 2 == 1);
      return true;
    }
    is_single = true;
    single = static_cast<unsigned char>(c);
    if (c == 'n') single = '\n';
    if (c == 'r') single = '\r';
    if (c == 't') single = '\t';
    static constexpr std::string_view singles = "nrt\\|.?*+(){}-[]^$";
    if (singles.find(c) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  // Behind '[': [^...], ranges, escapes, subtraction [a-z-[aeiou]].
  CharSet bracket(unsigned depth) {
    CharSet set;
    if (depth > 20) {
      fail("it is nested too deeply");
      return set;
    }
    if (peek() == '^') {
      set.negated = true;
      ++at_;
    }
    bool first = true;
    // White space between brackets counts, flag x or not (F&O 7.6.1.1).
    while (at_ < text_.size()) {
      if (peek() == ']' && !first) {
        ++at_;
        return set;
      }
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] == '[') {
        at_ += 2;
        set.minus = std::make_unique<CharSet>(bracket(depth + 1));
        if (peek() != ']') break;
        ++at_;
        return set;
      }
      if (!member(set)) break;
      first = false;
    }
    fail("a '[' without its ']', or with what cannot stand there");
    return set;
  }

  bool member(CharSet& set) {
    uint32_t low = 0;
    bool single = true;
    if (peek() == '\\') {
      single = false;
      if (!class_escape(set, low, single)) return false;
    } else if (peek() == '[' || peek() == ']') {
      return false;
    } else {
      low = next();
    }
    if (!single) return true;
    uint32_t high = low;
    const char behind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (peek() == '-' && behind != ']' && behind != '[' && behind != '\0') {
      ++at_;
      if (peek() == '\\') {
        CharSet none;
        bool is_single = false;
        if (!class_escape(none, high, is_single) || !is_single) return false;
      } else {
        high = next();
      }
      if (high < low) return false;
    }
    set.ranges.emplace_back(low, high);
    return true;
  }

  std::string_view text_;
  Regex::Code& code_;
  bool free_spacing_;
  size_t at_ = 0;
  std::string error_;
  std::vector<uint32_t> closed_;
};

// What is still to be matched, as a list in memory: the matcher needs the machine's stack only for
// choices, and those are counted.
struct Rest {
  uint32_t node = no_pattern;
  const Rest* next = nullptr;
  enum class What : uint8_t { match, close_group, again } what = What::match;
  uint32_t count = 0;  // of repetitions done
  size_t started = 0;  // where the repetition or group began
};

class Matcher {
 public:
  Matcher(const Regex::Code& code, std::string_view text, uint64_t& budget)
      : code_(code), text_(text), budget_(budget), groups_(code.groups + 1, {Regex::npos, 0}) {}

  bool match_at(size_t at) {
    for (auto& group : groups_) group = {Regex::npos, 0};
    Rest root;
    root.node = code_.root;
    if (!run(&root, at, 0)) return false;
    groups_[0] = {at, end_};
    return true;
  }
  bool exhausted() const { return exhausted_; }
  const std::vector<std::pair<size_t, size_t>>& groups() const { return groups_; }

 private:
  static constexpr unsigned most_depth = 4000;

  bool run(const Rest* rest, size_t at, unsigned depth) {
    for (;;) {
      if (exhausted_ || budget_ == 0 || depth > most_depth) {
        exhausted_ = true;
        return false;
      }
      --budget_;
      if (rest == nullptr) {
        end_ = at;
        return true;
      }
      if (rest->what == Rest::What::close_group) {
        const auto before = groups_[rest->node];
        groups_[rest->node] = {rest->started, at};
        if (run(rest->next, at, depth + 1)) return true;
        groups_[rest->node] = before;
        return false;
      }
      if (rest->what == Rest::What::again) return repeat(*rest, at, depth);
      const PatternNode& node = code_.nodes[rest->node];
      switch (node.kind) {
        case PatternKind::empty:
          break;
        case PatternKind::set:
        case PatternKind::any: {
          const size_t length = one(node, at);
          if (length == 0) return false;
          at += length;
          break;
        }
        case PatternKind::begin:
          if (at != 0 && !(code_.multi_line && text_[at - 1] == '\n')) return false;
          break;
        case PatternKind::end:
          if (at != text_.size() && !(code_.multi_line && text_[at] == '\n')) return false;
          break;
        case PatternKind::back: {
          const size_t length = same_again(node, at);
          if (length == Regex::npos) return false;
          at += length;
          break;
        }
        case PatternKind::group: {
          Rest close{node.a, rest->next, Rest::What::close_group, 0, at};
          Rest body{node.b, &close};
          return run(&body, at, depth + 1);
        }
        case PatternKind::sequence:
          return sequence(node, 0, rest->next, at, depth);
        case PatternKind::choice:
          for (uint32_t item : node.items) {
            Rest branch{item, rest->next};
            if (run(&branch, at, depth + 1)) return true;
          }
          return false;
        case PatternKind::repeat: {
          const PatternKind body = code_.nodes[node.a].kind;
          if (body == PatternKind::set || body == PatternKind::any)
            return simple(node, rest->next, at, depth);
          Rest again{rest->node, rest->next, Rest::What::again, 0, Regex::npos};
          return repeat(again, at, depth);
        }
      }
      rest = rest->next;
    }
  }

  // Single characters are matched in place; the rest goes through run().
  bool sequence(const PatternNode& node, size_t first, const Rest* next, size_t at,
                unsigned depth) {
    for (; first < node.items.size(); ++first) {
      const PatternNode& item = code_.nodes[node.items[first]];
      if (item.kind != PatternKind::set && item.kind != PatternKind::any) break;
      const size_t length = one(item, at);
      if (length == 0) return false;
      at += length;
    }
    std::vector<Rest> chain(node.items.size() - first);
    for (size_t i = 0; i < chain.size(); ++i) {
      chain[i].node = node.items[first + i];
      chain[i].next = i + 1 < chain.size() ? &chain[i + 1] : next;
    }
    return run(chain.empty() ? next : chain.data(), at, depth + 1);
  }

  size_t one(const PatternNode& node, size_t at) const {
    if (at >= text_.size()) return 0;
    size_t length = 0;
    const uint32_t c = decode_utf8(text_, at, length);
    if (node.kind == PatternKind::any) {
      return code_.dot_all || (c != '\n' && c != '\r') ? length : 0;
    }
    return code_.sets[node.a].has(c) ? length : 0;
  }

  size_t same_again(const PatternNode& node, size_t at) const {
    const auto [from, to] = groups_[node.a];
    if (from == Regex::npos) return 0;  // F&O: a group that took no part matches ""
    const size_t size = to - from;
    if (at + size > text_.size()) return Regex::npos;
    const std::string_view a = text_.substr(from, size), b = text_.substr(at, size);
    if (a == b) return size;
    if (!code_.ignore_case) return Regex::npos;
    for (size_t i = 0; i < size;) {
      size_t x = 0, y = 0;
      const uint32_t c = decode_utf8(a, i, x), d = decode_utf8(b, i, y);
      if (to_lower(c) != to_lower(d) || x != y) return Regex::npos;
      i += x;
    }
    return size;
  }

  // A repeated single character: no recursion for each.
  bool simple(const PatternNode& node, const Rest* next, size_t at, unsigned depth) {
    const PatternNode& body = code_.nodes[node.a];
    std::vector<size_t> stops{at};
    const uint32_t wanted = node.lazy ? node.min : node.max;
    while (stops.size() - 1 < wanted) {
      const size_t length = one(body, stops.back());
      if (length == 0) break;
      if (budget_ == 0) {
        exhausted_ = true;
        return false;
      }
      --budget_;
      stops.push_back(stops.back() + length);
    }
    if (stops.size() - 1 < node.min) return false;
    if (!node.lazy) {
      for (size_t n = stops.size(); n-- > node.min;) {
        if (run(next, stops[n], depth + 1)) return true;
        if (exhausted_) return false;
      }
      return false;
    }
    size_t place = stops.back();
    for (uint32_t n = node.min;; ++n) {
      if (run(next, place, depth + 1)) return true;
      const size_t length = n < node.max && !exhausted_ ? one(body, place) : 0;
      if (length == 0) return false;
      place += length;
    }
  }

  bool repeat(const Rest& state, size_t at, unsigned depth) {
    const PatternNode& node = code_.nodes[state.node];
    // A round that took nothing is not tried again.
    const bool stuck = state.count > node.min && state.started == at;
    const bool may_more = state.count < node.max && !stuck;
    Rest again{state.node, state.next, Rest::What::again, state.count + 1, at};
    Rest body{node.a, &again};
    if (state.count < node.min) return run(&body, at, depth + 1);
    if (node.lazy) {
      if (run(state.next, at, depth + 1)) return true;
      return may_more && run(&body, at, depth + 1);
    }
    if (may_more && run(&body, at, depth + 1)) return true;
    return run(state.next, at, depth + 1);
  }

  const Regex::Code& code_;
  std::string_view text_;
  uint64_t& budget_;
  std::vector<std::pair<size_t, size_t>> groups_;
  size_t end_ = 0;
  bool exhausted_ = false;
};

}  // namespace

Regex::Regex() : code_(std::make_unique<Code>()) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;
size_t Regex::groups() const { return code_->groups; }

Result<Regex> Regex::compile(std::string_view pattern, std::string_view flags) {
  Regex regex;
  bool free_spacing = false, literal = false;
  for (char flag : flags) {
    switch (flag) {
      case 's':
        regex.code_->dot_all = true;
        break;
      case 'm':
        regex.code_->multi_line = true;
        break;
      case 'i':
        regex.code_->ignore_case = true;
        break;
      case 'x':
        free_spacing = true;
        break;
      case 'q':
        literal = true;
        break;
      default:
        return Error{ErrorCode::invalid,
                     std::string("'") + flag + "' is no flag of a pattern (s, m, i, x, q)"};
    }
  }
  std::string quoted;
  if (literal) {
    for (char c : pattern) {
      if (std::string_view("\\|.?*+(){}-[]^$").find(c) != std::string_view::npos) {
        quoted.push_back('\\');
      }
      quoted.push_back(c);
    }
    pattern = quoted;
    free_spacing = false;
  }
  PatternParser parser(pattern, *regex.code_, free_spacing);
  TRY_VOID(parser.parse());
  return regex;
}

Result<Regex::Match> Regex::find(std::string_view text, size_t from, uint64_t& budget) const {
  Matcher matcher(*code_, text, budget);
  for (size_t at = from; at <= text.size();) {
    if (matcher.match_at(at)) {
      Match match;
      match.groups = matcher.groups();
      return match;
    }
    if (matcher.exhausted()) {
      return Error{ErrorCode::too_large, "the pattern takes too long on this text", "",
                   "write it with fewer nested repetitions"};
    }
    size_t length = 1;
    if (at < text.size()) decode_utf8(text, at, length);
    at += length;
  }
  return Error{ErrorCode::not_found, "no match"};
}

}  // namespace passerelle::feel
