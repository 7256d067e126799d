#include "base/json.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>

namespace passerelle::json {

// ---- values ----

namespace {
constexpr std::string_view empty_text = "";
}  // namespace

bool Value::boolean() const { return kind_ == Kind::boolean && boolean_; }

std::string_view Value::string() const {
  if (kind_ != Kind::string) return empty_text;
  return {static_cast<const char*>(data_), size_};
}

std::string_view Value::number() const {
  if (kind_ != Kind::number) return empty_text;
  return {static_cast<const char*>(data_), size_};
}

Result<int64_t> Value::integer() const {
  const std::string_view text = number();
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size())
    return Error{ErrorCode::invalid,
                 "expected a whole number, found " + (exists() ? write(*this) : "nothing")};
  return value;
}

double Value::real() const {
  const std::string_view text = number();
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::span<const Value> Value::items() const {
  if (kind_ != Kind::array) return {};
  return {static_cast<const Value*>(data_), size_};
}

std::span<const Member> Value::members() const {
  if (kind_ != Kind::object) return {};
  return {static_cast<const Member*>(data_), size_};
}

size_t Value::size() const { return kind_ == Kind::array || kind_ == Kind::object ? size_ : 0; }

Value Value::operator[](std::string_view name) const {
  for (const Member& member : members())
    if (member.name == name) return member.value;
  return {};
}

Value Value::operator[](size_t index) const {
  const auto all = items();
  return index < all.size() ? all[index] : Value();
}

// ---- arena ----

struct Document::Arena {
  struct Block {
    std::unique_ptr<char[]> bytes;
  };
  std::vector<Block> blocks;
  char* next = nullptr;
  char* end = nullptr;
  size_t total = 0;

  void* allocate(size_t size, size_t alignment) {
    const auto address = reinterpret_cast<uintptr_t>(next);
    const uintptr_t aligned = (address + alignment - 1) & ~(alignment - 1);
    if (next == nullptr || aligned + size > reinterpret_cast<uintptr_t>(end)) {
      grow(size + alignment);
      return allocate(size, alignment);
    }
    next = reinterpret_cast<char*>(aligned + size);
    return reinterpret_cast<void*>(aligned);
  }

  void grow(size_t at_least) {
    const size_t size = std::max<size_t>(at_least, std::min<size_t>(1u << 20, 4096 + total));
    blocks.push_back({std::unique_ptr<char[]>(new char[size])});
    next = blocks.back().bytes.get();
    end = next + size;
    total += size;
  }

  std::string_view text(std::string_view from) {
    char* to = static_cast<char*>(allocate(from.size() + 1, 1));
    std::memcpy(to, from.data(), from.size());
    to[from.size()] = '\0';
    return {to, from.size()};
  }

  template <class T>
  T* array(std::span<const T> from) {
    T* to = static_cast<T*>(allocate(from.size() * sizeof(T), alignof(T)));
    std::uninitialized_copy(from.begin(), from.end(), to);
    return to;
  }
};

// ---- parser ----

namespace {

constexpr uint64_t ones = 0x0101010101010101ull;
constexpr uint64_t highs = 0x8080808080808080ull;

// Whether any of eight bytes is a quote, a backslash, a control character or not ASCII.
bool needs_care(uint64_t word) {
  const auto zero_in = [](uint64_t v) { return (v - ones) & ~v & highs; };
  const uint64_t quote = zero_in(word ^ (ones * '"'));
  const uint64_t backslash = zero_in(word ^ (ones * '\\'));
  const uint64_t control = (word - ones * 0x20) & ~word & highs;
  return ((quote | backslash | control | (word & highs)) != 0);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of the valid UTF-8 sequence at `p`, or 0 (RFC 3629: shortest form, no surrogates).
unsigned utf8_length(const unsigned char* p, const unsigned char* end) {
  const auto follows = [&](unsigned i) { return p + i < end && (p[i] & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return follows(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;
    if (p[0] == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

void append_utf8(char*& to, uint32_t code) {
  const auto put = [&](uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 63));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 63));
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// Recursive descent over an arena copy of the text: texts without escapes point into the copy,
// those with escapes are unescaped in place, since unescaping never makes a text longer.
class Parser {
 public:
  Parser(Document::Arena& arena, std::string_view text, const Limits& limits)
      : arena_(arena), limits_(limits) {
    const std::string_view copy = arena.text(text);
    begin_ = const_cast<char*>(copy.data());
    p_ = begin_;
    end_ = begin_ + copy.size();
  }

  Result<Value> parse() {
    skip_space();
    Value value;
    if (!parse_value(value, 0)) return error();
    skip_space();
    if (p_ != end_) {
      fail("nothing may follow the value; remove what stands after it");
      return error();
    }
    return value;
  }

 private:
  bool fail(std::string message, ErrorCode code = ErrorCode::invalid) {
    if (message_.empty()) {
      message_ = std::move(message);
      code_ = code;
      failed_at_ = p_;
    }
    return false;
  }

  Error error() const {
    size_t line = 1;
    const char* line_start = begin_;
    for (const char* c = begin_; c < failed_at_; ++c)
      if (*c == '\n') {
        ++line;
        line_start = c + 1;
      }
    return {code_, "not valid JSON: " + message_,
            std::to_string(line) + ":" + std::to_string(failed_at_ - line_start + 1), ""};
  }

  void skip_space() {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  bool parse_value(Value& value, unsigned depth) {
    if (p_ == end_) return fail("the text ends where a value is expected");
    switch (*p_) {
      case '{':
        return parse_object(value, depth);
      case '[':
        return parse_array(value, depth);
      case '"': {
        std::string_view text;
        if (!parse_string(text)) return false;
        value = make(Kind::string, text);
        return true;
      }
      case 't':
        return parse_word("true", Kind::boolean, true, value);
      case 'f':
        return parse_word("false", Kind::boolean, false, value);
      case 'n':
        return parse_word("null", Kind::null, false, value);
      default:
        return parse_number(value);
    }
  }

  static Value make(Kind kind, std::string_view text) {
    Value value;
    value.kind_ = kind;
    value.size_ = static_cast<uint32_t>(text.size());
    value.data_ = text.data();
    return value;
  }

  bool parse_word(std::string_view word, Kind kind, bool boolean, Value& value) {
    if (static_cast<size_t>(end_ - p_) < word.size() ||
        std::memcmp(p_, word.data(), word.size()) != 0)
      return fail("expected a value (object, list, text in quotes, number, true, false or null)");
    p_ += word.size();
    value = Value();
    value.kind_ = kind;
    value.boolean_ = boolean;
    return true;
  }

  bool digits() {
    if (p_ == end_ || !is_digit(*p_)) return false;
    while (p_ < end_ && is_digit(*p_)) ++p_;
    return true;
  }

  bool parse_number(Value& value) {
    const char* start = p_;
    if (p_ < end_ && *p_ == '-') ++p_;
    if (p_ < end_ && *p_ == '0') {
      ++p_;
    } else if (!digits()) {
      p_ = const_cast<char*>(start);
      return fail("expected a value (object, list, text in quotes, number, true, false or null)");
    }
    if (p_ < end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return fail("a digit must follow the decimal point");
    }
    if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ < end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return fail("a digit must follow the exponent sign");
    }
    if (p_ < end_ && is_digit(*p_)) return fail("a number has no leading zeros");
    value = make(Kind::number, {start, static_cast<size_t>(p_ - start)});
    return true;
  }

  // At the opening quote.
  bool parse_string(std::string_view& text) {
    char* const start = ++p_;
    for (;;) {
      while (end_ - p_ >= 8) {
        uint64_t word;
        std::memcpy(&word, p_, 8);
        if (needs_care(word)) break;
        p_ += 8;
      }
      while (p_ < end_ && static_cast<unsigned char>(*p_) >= 0x20 &&
             static_cast<unsigned char>(*p_) < 0x80 && *p_ != '"' && *p_ != '\\')
        ++p_;
      if (p_ == end_) return fail("a text in quotes is not closed");
      if (*p_ == '"') {
        text = {start, static_cast<size_t>(p_ - start)};
        ++p_;
        return true;
      }
      if (*p_ == '\\') return parse_escaped(start, text);
      if (!skip_utf8()) return false;
    }
  }

  bool skip_utf8() {
    if (static_cast<unsigned char>(*p_) < 0x20)
      return fail("control characters inside a text must be written as escapes such as \\n");
    const unsigned n =
        utf8_length(reinterpret_cast<unsigned char*>(p_), reinterpret_cast<unsigned char*>(end_));
    if (n == 0) return fail("the text is not UTF-8 here; save it as UTF-8");
    p_ += n;
    return true;
  }

  bool parse_escaped(char* start, std::string_view& text) {
    char* to = p_;
    while (p_ < end_ && *p_ != '"') {
      if (*p_ == '\\') {
        if (!parse_escape(to)) return false;
        continue;
      }
      const char* from = p_;
      if (!skip_utf8()) return false;
      std::memmove(to, from, static_cast<size_t>(p_ - from));
      to += p_ - from;
    }
    if (p_ == end_) return fail("a text in quotes is not closed");
    ++p_;
    text = {start, static_cast<size_t>(to - start)};
    return true;
  }

  bool parse_escape(char*& to) {
    if (end_ - p_ < 2) return fail("a text in quotes is not closed");
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char letter = p_[1];
    if (letter == 'u') return parse_unicode(to);
    const size_t at = letters.find(letter);
    if (at == std::string_view::npos)
      return fail("unknown escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    *to++ = meanings[at];
    p_ += 2;
    return true;
  }

  bool four_hex(uint32_t& code) {
    if (end_ - p_ < 6 || p_[0] != '\\' || p_[1] != 'u') return false;
    code = 0;
    for (int i = 2; i < 6; ++i) {
      const int digit = hex_digit(p_[i]);
      if (digit < 0) return false;
      code = code << 4 | static_cast<uint32_t>(digit);
    }
    return true;
  }

  bool parse_unicode(char*& to) {
    uint32_t code = 0;
    if (!four_hex(code)) return fail("\\u must be followed by four hexadecimal digits");
    p_ += 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
      uint32_t low = 0;
      if (!four_hex(low) || low < 0xDC00 || low > 0xDFFF)
        return fail("half of a surrogate pair: the second \\u is missing");
      p_ += 6;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return fail("half of a surrogate pair: the first \\u is missing");
    }
    append_utf8(to, code);
    return true;
  }

  bool parse_array(Value& value, unsigned depth) {
    if (depth >= limits_.depth)
      return fail("nested deeper than " + std::to_string(limits_.depth) + " levels",
                  ErrorCode::too_large);
    ++p_;
    const size_t base = values_.size();
    skip_space();
    if (p_ < end_ && *p_ == ']') {
      ++p_;
    } else {
      for (;;) {
        Value item;
        if (!parse_value(item, depth + 1)) return false;
        values_.push_back(item);
        skip_space();
        if (p_ == end_) return fail("a list is not closed by ]");
        if (*p_ == ']') break;
        if (*p_ != ',') return fail("expected , or ] in a list");
        ++p_;
        skip_space();
      }
      ++p_;
    }
    const std::span<const Value> items(values_.data() + base, values_.size() - base);
    value = Value();
    value.kind_ = Kind::array;
    value.size_ = static_cast<uint32_t>(items.size());
    value.data_ = arena_.array(items);
    values_.resize(base);
    return true;
  }

  bool parse_object(Value& value, unsigned depth) {
    if (depth >= limits_.depth)
      return fail("nested deeper than " + std::to_string(limits_.depth) + " levels",
                  ErrorCode::too_large);
    ++p_;
    const size_t base = members_.size();
    skip_space();
    if (p_ < end_ && *p_ == '}') {
      ++p_;
    } else {
      for (;;) {
        Member member;
        if (p_ == end_ || *p_ != '"') return fail("expected a member's name in quotes");
        if (!parse_string(member.name)) return false;
        if (!new_name(base, member.name)) return false;
        skip_space();
        if (p_ == end_ || *p_ != ':') return fail("expected : after a member's name");
        ++p_;
        skip_space();
        if (!parse_value(member.value, depth + 1)) return false;
        members_.push_back(member);
        skip_space();
        if (p_ == end_) return fail("an object is not closed by }");
        if (*p_ == '}') break;
        if (*p_ != ',') return fail("expected , or } in an object");
        ++p_;
        skip_space();
      }
      ++p_;
    }
    return close_object(value, base);
  }

  bool close_object(Value& value, size_t base) {
    const std::span<const Member> members(members_.data() + base, members_.size() - base);
    if (members.size() > linear_limit && !unique(members)) return false;
    value = Value();
    value.kind_ = Kind::object;
    value.size_ = static_cast<uint32_t>(members.size());
    value.data_ = arena_.array(members);
    members_.resize(base);
    return true;
  }

  // Few members are compared one by one; many are checked together when the object closes.
  static constexpr size_t linear_limit = 24;

  bool new_name(size_t base, std::string_view name) {
    const size_t count = members_.size() - base;
    if (count >= linear_limit) return true;
    for (size_t i = base; i < members_.size(); ++i)
      if (members_[i].name == name)
        return fail("the name \"" + std::string(name) + "\" stands twice in one object");
    return true;
  }

  bool unique(std::span<const Member> members) {
    std::unordered_map<std::string_view, int> seen;
    seen.reserve(members.size());
    for (const Member& member : members)
      if (++seen[member.name] > 1)
        return fail("the name \"" + std::string(member.name) + "\" stands twice in one object");
    return true;
  }

  Document::Arena& arena_;
  const Limits& limits_;
  char* begin_ = nullptr;
  char* p_ = nullptr;
  char* end_ = nullptr;
  const char* failed_at_ = nullptr;
  std::vector<Value> values_;
  std::vector<Member> members_;
  std::string message_;
  ErrorCode code_ = ErrorCode::invalid;
};

// ---- document ----

Document::Document() : arena_(std::make_unique<Arena>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<Document> Document::parse(std::string_view text, const Limits& limits) {
  constexpr size_t most = std::numeric_limits<uint32_t>::max();
  if (text.size() > limits.bytes || text.size() > most)
    return Error{ErrorCode::too_large, "the JSON text is larger than the limit of " +
                                           std::to_string(limits.bytes) + " bytes"};
  Document document;
  document.arena_->grow(text.size() + text.size() / 2 + 256);
  Parser parser(*document.arena_, text, limits);
  auto root = parser.parse();
  if (!root) return std::move(root.error());
  document.root_ = *root;
  return document;
}

Value Document::null() {
  Value value;
  value.kind_ = Kind::null;
  return value;
}

Value Document::boolean(bool truth) {
  Value value;
  value.kind_ = Kind::boolean;
  value.boolean_ = truth;
  return value;
}

Value Document::integer(int64_t number_value) { return number(std::to_string(number_value)); }

Value Document::number(std::string_view written) {
  const std::string_view text = arena_->text(written);
  Value value;
  value.kind_ = Kind::number;
  value.size_ = static_cast<uint32_t>(text.size());
  value.data_ = text.data();
  return value;
}

Value Document::string(std::string_view from) {
  const std::string_view text = arena_->text(from);
  Value value;
  value.kind_ = Kind::string;
  value.size_ = static_cast<uint32_t>(text.size());
  value.data_ = text.data();
  return value;
}

Value Document::array(std::span<const Value> items) {
  Value value;
  value.kind_ = Kind::array;
  value.size_ = static_cast<uint32_t>(items.size());
  value.data_ = arena_->array(items);
  return value;
}

Value Document::object(std::span<const Member> members) {
  std::vector<Member> own(members.begin(), members.end());
  for (Member& member : own) member.name = arena_->text(member.name);
  Value value;
  value.kind_ = Kind::object;
  value.size_ = static_cast<uint32_t>(own.size());
  value.data_ = arena_->array(std::span<const Member>(own));
  return value;
}

Value Document::object(std::initializer_list<Member> members) {
  return object(std::span<const Member>(members.begin(), members.size()));
}

Value Document::copy(Value foreign) {
  switch (foreign.kind()) {
    case Kind::absent:
    case Kind::null:
    case Kind::boolean:
      return foreign;
    case Kind::number:
      return number(foreign.number());
    case Kind::string:
      return string(foreign.string());
    case Kind::array: {
      std::vector<Value> items;
      for (Value item : foreign.items()) items.push_back(copy(item));
      return array(items);
    }
    case Kind::object: {
      std::vector<Member> members;
      for (const Member& member : foreign.members())
        members.push_back({member.name, copy(member.value)});
      return object(members);
    }
  }
  return {};
}

Value Document::with(Value from, std::string_view name, Value value) {
  CHECK(from.is_object(), "with() changes an object");
  std::vector<Member> members(from.members().begin(), from.members().end());
  bool found = false;
  for (Member& member : members) {
    if (member.name != name) continue;
    member.value = value;
    found = true;
  }
  if (!found) members.push_back({arena_->text(name), value});
  Value out;
  out.kind_ = Kind::object;
  out.size_ = static_cast<uint32_t>(members.size());
  out.data_ = arena_->array(std::span<const Member>(members));
  return out;
}

Value Document::without(Value from, std::string_view name) {
  CHECK(from.is_object(), "without() changes an object");
  std::vector<Member> members(from.members().begin(), from.members().end());
  std::erase_if(members, [&](const Member& member) { return member.name == name; });
  Value out;
  out.kind_ = Kind::object;
  out.size_ = static_cast<uint32_t>(members.size());
  out.data_ = arena_->array(std::span<const Member>(members));
  return out;
}

Value Document::append(Value from, Value item) {
  CHECK(from.is_array(), "append() changes an array");
  std::vector<Value> items(from.items().begin(), from.items().end());
  items.push_back(item);
  return array(items);
}

size_t Document::arena_bytes() const { return arena_->total; }

}  // namespace passerelle::json
