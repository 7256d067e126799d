#include "base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>
#include <sstream>

#include "base/text.h"

namespace passerelle::yaml {
namespace {

constexpr size_t size_limit = 16u << 20;
constexpr size_t depth_limit = 64;

struct Refused : std::runtime_error {
  Refused(Place where, const std::string& what)
      : std::runtime_error(what), place(std::move(where)) {}
  Place place;
};

// Builds our tree from the parser's events: only they tell keys' places and unresolved aliases.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw Refused(place(mark), "a second document starts here; one file holds one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(leaf(mark, anchor, Kind::null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(place(mark), "an alias (*name); write the value out, so that people can read it");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = leaf(mark, anchor, Kind::scalar);
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    node.quoted = tag == "!";
    node.scalar = value;
    const bool plain_null = !node.quoted && (value == "~" || value == "null" || value.empty());
    if (plain_null) node.kind = Kind::null;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Kind::mapping);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    std::optional<Node> key;
    std::set<std::string> keys;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    throw Refused(place(mark), "a tag (" + tag + "); leave it out");
  }

  Node leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind) const {
    if (anchor != 0)
      throw Refused(place(mark), "an anchor (&name); write the value out where it is used");
    Node node;
    node.kind = kind;
    node.place = place(mark);
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Kind kind) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    if (levels_.size() >= depth_limit)
      throw Refused(place(mark), "nested deeper than " + std::to_string(depth_limit) + " levels");
    levels_.push_back({leaf(mark, anchor, kind), {}, {}});
  }

  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add(std::move(node));
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

  std::string file_;
  Node root_;
  std::vector<Level> levels_;
  int documents_ = 0;
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
  if (kind != Kind::scalar || quoted || !read(scalar, value)) return expected(*this, "a number");
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
    std::istringstream stream{std::string(content)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return Error{ErrorCode::invalid, refused.what(), to_text(refused.place), ""};
  } catch (const YAML::Exception& problem) {
    const Place place{file, problem.mark.line + 1, problem.mark.column + 1};
    return Error{ErrorCode::invalid, "not valid YAML: " + problem.msg, to_text(place),
                 "check the indentation and the quotes"};
  }
  return builder.take();
}

}  // namespace passerelle::yaml
