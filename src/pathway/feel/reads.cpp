#include "pathway/feel/reads.h"

#include <algorithm>
#include <utility>

#include "pathway/feel/feel.h"
#include "pathway/feel/memo.h"

namespace passerelle::feel {
namespace {

class ReadFinder {
 public:
  ReadFinder(const Program& program, size_t most) : program_(program), most_(most) {}

  bool read(NodeId id) {
    const Node& node = program_.nodes[id];
    switch (node.op) {
      case Op::constant:
        return true;
      case Op::slot:
        return add({Read::Kind::slot, node.a});
      case Op::local:
        return is_inner(node.a) || add({Read::Kind::local, node.a});
      case Op::path:
        return read_path(id, node);
      case Op::hour:
        return add({Read::Kind::hour, 0});
      case Op::today:
        return add({Read::Kind::today, 0});
      case Op::date_of:
        if (program_.nodes[node.a].op == Op::slot)
          return add({Read::Kind::day, program_.nodes[node.a].a});
        return read(node.a);
      case Op::negate:
      case Op::coerce:
        return read(node.a);
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::power:
      case Op::equal:
      case Op::unequal:
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
      case Op::both:
      case Op::either:
      case Op::date_time:
        return read(node.a) && read(node.b);
      case Op::between:
      case Op::choose:
        return read(node.a) && read(node.b) && read(node.c);
      case Op::list:
        return read_all(node.a, node.b);
      case Op::context:
        return read_context(node);
      case Op::call_built_in:
        return !built_ins()[node.a].timed && read_all(node.b + 1, node.c);
      default:
        return false;
    }
  }

  std::vector<Read> reads;

 private:
  bool add(const Read& read) {
    if (std::find(reads.begin(), reads.end(), read) == reads.end()) reads.push_back(read);
    return reads.size() <= most_;
  }
  bool is_inner(uint32_t local) const {
    return std::find(inner_.begin(), inner_.end(), local) != inner_.end();
  }
  bool read_path(NodeId id, const Node& node) {
    const Node& owner = program_.nodes[node.a];
    const bool of_variable = owner.op == Op::slot || (owner.op == Op::local && !is_inner(owner.a));
    return of_variable ? add({Read::Kind::entry, id}) : read(node.a);
  }
  bool read_all(uint32_t first, uint32_t count) {
    const uint32_t* words = program_.extra.data() + first;
    return std::all_of(words, words + count, [this](NodeId each) { return read(each); });
  }
  bool read_context(const Node& node) {
    const uint32_t* words = program_.extra.data() + node.b;
    for (uint32_t i = 0; i < program_.shapes[node.a]->size; ++i) {
      if (!read(words[2 * i])) return false;
      inner_.push_back(words[2 * i + 1]);
    }
    return true;
  }

  const Program& program_;
  const size_t most_;
  std::vector<uint32_t> inner_;
};

}  // namespace

std::optional<std::vector<Read>> reads_of(const Program& program, NodeId node, size_t most) {
  ReadFinder reader(program, most);
  if (!reader.read(node)) return std::nullopt;
  return std::move(reader.reads);
}

int Expression::slot() const {
  const bool is_slot = program_ != nullptr && program_->root.op == Op::slot;
  return is_slot ? static_cast<int>(program_->root.a) : -1;
}

bool Expression::is_timeless() const {
  if (program_ == nullptr) return true;
  constexpr size_t most = 64;
  const auto reads = reads_of(*program_, program_->body, most);
  return reads && std::none_of(reads->begin(), reads->end(), [](const Read& read) {
           return read.kind == Read::Kind::hour || read.kind == Read::Kind::today;
         });
}

void find_made_alike(Program& program) {
  constexpr size_t most_contexts = 255;
  for (NodeId id = 0; id < program.nodes.size(); ++id) {
    if (program.nodes[id].op != Op::context || program.made_alike.size() == most_contexts) continue;
    auto reads = reads_of(program, id, Memo::most_operands);
    if (!reads || reads->empty()) continue;
    program.made_alike.push_back(std::move(*reads));
    program.nodes[id].flag = static_cast<uint8_t>(program.made_alike.size());
  }
}

}  // namespace passerelle::feel
