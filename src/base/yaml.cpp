#include "base/yaml.h"

#include <yaml.h>

#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>

#include "base/text.h"

namespace passerelle::yaml {
namespace {

constexpr size_t size_limit = 16u << 20;
constexpr size_t depth_limit = 64;

struct Refused : std::runtime_error {
  Refused(Place where, const std::string& what, std::string what_to_do = "")
      : std::runtime_error(what), place(std::move(where)), help(std::move(what_to_do)) {}
  Place place;
  std::string help;
};

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

// Builds our tree from the parser's events: only they tell keys' places and unresolved aliases.
class Builder {
 public:
  explicit Builder(const std::string& file) : file_(file) {}
  Node take() { return std::move(root_); }

  void take_event(const yaml_event_t& event) {
    mark_ = event.start_mark;
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        if (++documents_ > 1) refuse("a second document starts here; one file holds one document");
        break;
      case YAML_ALIAS_EVENT:
        refuse("an alias (*name); write the value out, so that people can read it");
      case YAML_SCALAR_EVENT:
        return scalar(event.data.scalar);
      case YAML_SEQUENCE_START_EVENT:
        return open(event.data.sequence_start, Kind::sequence);
      case YAML_MAPPING_START_EVENT:
        return open(event.data.mapping_start, Kind::mapping);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return close();
      case YAML_NO_EVENT:
      case YAML_STREAM_START_EVENT:
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        break;
    }
  }

 private:
  struct Level {
    Node node;
    std::optional<Node> key;
    std::set<std::string> keys;
  };

  Place place() const {
    return {file_, static_cast<int>(mark_.line) + 1, static_cast<int>(mark_.column) + 1};
  }
  [[noreturn]] void refuse(const std::string& what) const { throw Refused(place(), what); }

  template <class Data>
  Node node(const Data& data, Kind kind) const {
    if (data.anchor != nullptr) refuse("an anchor (&name); write the value out where it is used");
    if (data.tag != nullptr) refuse("a tag (" + text_of(data.tag) + "); leave it out");
    Node made;
    made.kind = kind;
    made.place = place();
    return made;
  }

  template <class Data>
  void scalar(const Data& data) {
    Node made = node(data, Kind::scalar);
    made.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    made.scalar.assign(reinterpret_cast<const char*>(data.value), data.length);
    const bool nothing = made.scalar.empty() || made.scalar == "~" || made.scalar == "null";
    if (!made.quoted && nothing) made.kind = Kind::null;
    add(std::move(made));
  }

  template <class Data>
  void open(const Data& data, Kind kind) {
    if (levels_.size() >= depth_limit)
      refuse("nested deeper than " + std::to_string(depth_limit) + " levels");
    levels_.push_back({node(data, kind), {}, {}});
  }

  void close() {
    Node closed = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(closed));
  }

  void add(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == Kind::sequence) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key) {
      if (node.kind != Kind::scalar) throw Refused(node.place, "a key must be a plain text");
      if (!level.keys.insert(node.scalar).second)
        throw Refused(node.place, "the key '" + node.scalar + "' stands twice here; keep one");
      level.key = std::move(node);
    } else {
      level.node.member_places.push_back(level.key->place);
      level.node.members.emplace_back(std::move(level.key->scalar), std::move(node));
      level.key.reset();
    }
  }

  const std::string& file_;
  Node root_;
  std::vector<Level> levels_;
  yaml_mark_t mark_{};
  int documents_ = 0;
};

// libyaml's parser over a text that outlives it; throws what is wrong with the text.
class Events {
 public:
  Events(std::string_view text, const std::string& file) : file_(file) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Events() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // The next one, valid until the one behind it; null at the end.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) == 0)
      throw Refused(problem_place(), problem(), "check the indentation and the quotes");
    return event_.type == YAML_STREAM_END_EVENT ? nullptr : &event_;
  }

 private:
  Place problem_place() const {
    return {file_, static_cast<int>(parser_.problem_mark.line) + 1,
            static_cast<int>(parser_.problem_mark.column) + 1};
  }
  std::string problem() const {
    std::string text = "not valid YAML: ";
    text += parser_.problem == nullptr ? "it cannot be read" : parser_.problem;
    if (parser_.context != nullptr) {
      text += std::string(" (") + parser_.context + " that began on line " +
              std::to_string(parser_.context_mark.line + 1) + ")";
    }
    return text;
  }

  const std::string& file_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

Error expected(const Node& node, std::string_view what) {
  std::string found = "'" + node.scalar + "'";
  if (node.quoted) found = "the text " + found + " in quotes";
  if (node.kind == Kind::null) found = "nothing";
  if (node.kind == Kind::sequence) found = "a list";
  if (node.kind == Kind::mapping) found = "a mapping";
  return {ErrorCode::invalid, "expected " + std::string(what) + ", found " + found,
          to_text(node.place), ""};
}

template <class Number>
bool read(std::string_view text, Number& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return !text.empty() && error == std::errc() && stop == end;
}

}  // namespace

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, node] : members)
    if (name == key) return &node;
  return nullptr;
}

Result<std::string> Node::text() const {
  if (kind != Kind::scalar) return expected(*this, "a text");
  return scalar;
}

Result<double> Node::number() const {
  double value = 0;
  // from_chars reads "nan" and "inf" as numbers.
  if (kind != Kind::scalar || quoted || !read(scalar, value) || !std::isfinite(value))
    return expected(*this, "a number");
  return value;
}

Result<int64_t> Node::integer() const {
  int64_t value = 0;
  if (kind != Kind::scalar || quoted || !read(scalar, value))
    return expected(*this, "a whole number");
  return value;
}

Result<bool> Node::boolean() const {
  if (kind == Kind::scalar && !quoted && (scalar == "true" || scalar == "false"))
    return scalar == "true";
  return expected(*this, "true or false");
}

Result<Node> parse(std::string_view content, std::string file) {
  if (content.size() > size_limit)
    return Error{ErrorCode::too_large, "the file is larger than 16 MiB", file,
                 "split it or remove what is not needed"};
  if (!is_utf8(content)) {
    int line = 1;
    for (std::string_view rest = content; !rest.empty(); ++line) {
      const std::string_view first = rest.substr(0, rest.find('\n'));
      if (!is_utf8(first)) break;
      rest.remove_prefix(std::min(rest.size(), first.size() + 1));
    }
    return Error{ErrorCode::invalid, "the text is not UTF-8", to_text(Place{file, line, 0}),
                 "save the file as UTF-8"};
  }
  Builder builder(file);
  try {
    Events events(content, file);
    while (const yaml_event_t* event = events.next()) builder.take_event(*event);
  } catch (const Refused& refused) {
    return Error{ErrorCode::invalid, refused.what(), to_text(refused.place), refused.help};
  }
  return builder.take();
}

}  // namespace passerelle::yaml
