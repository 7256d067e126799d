// Any bytes as a BPMN file: compile_pathway() must come back with findings or with a pathway, and
// every case on that pathway must go on, be saved and be loaded, without a crash or a hang. What is
// a BPMN model is also written and read again without loss, and drawn.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "pathway/bpmn/layout.h"
#include "pathway/pathway.h"
#include "pathway/step.h"

namespace {

using namespace passerelle;
using namespace passerelle::pathway;

PathwaySource source_of(std::string bpmn) {
  PathwaySource source;
  source.id = "fuzz";
  source.version = "1";
  source.bpmn = std::move(bpmn);
  for (const char* id : {"nurse", "physician", "coordinator"}) {
    Role role;
    role.id = id;
    source.organisation.roles.push_back(role);
  }
  return source;
}

void follow(const Pathway& pathway) {
  State state;
  std::map<uint32_t, bool> open;  // item -> whether it is a timer
  std::map<uint32_t, Instant> due;
  std::vector<Effect> effects;
  Stimulus stimulus;
  stimulus.at = Instant(Millis(1'585'000'000'000));
  for (int i = 0; i < 40; ++i) {
    effects.clear();
    const Result<void> done = step(pathway, state, stimulus, effects);
    CHECK(done.ok() || i == 0, "what the case itself offers is taken");
    for (const Effect& effect : effects) {
      if (effect.kind == Effect::Kind::open_work) open[effect.item] = false;
      if (effect.kind == Effect::Kind::close_work) open.erase(effect.item);
      if (effect.kind == Effect::Kind::set_timer) {
        open[effect.item] = true;
        due[effect.item] = effect.at;
      }
      if (effect.kind == Effect::Kind::cancel_timer) open.erase(effect.item);
    }
    const std::string bytes = state.save(pathway);
    Result<State> loaded = State::load(pathway, bytes);
    CHECK(loaded.ok() && loaded->save(pathway) == bytes, "what was saved is loaded");
    state = std::move(*loaded);
    if (open.empty() || state.ended()) return;
    const auto next = open.begin();
    stimulus = Stimulus{};
    stimulus.kind = next->second ? Stimulus::Kind::timer : Stimulus::Kind::complete;
    stimulus.item = next->first;
    stimulus.at = Instant(Millis(1'585'000'000'000 + i));
    if (next->second && due[next->first] > stimulus.at) stimulus.at = due[next->first];
    if (next->second) open.erase(next);
  }
}

void write_and_draw(const std::string& bpmn) {
  auto document = BpmnDocument::parse(bpmn, "fuzz.bpmn");
  if (!document) return;
  const std::string written = document->write();
  const auto again = BpmnDocument::parse(written, "written.bpmn");
  CHECK(again.ok(), "what was written is read");
  CHECK(!first_difference(*document, *again), "and means the same");
  CHECK(again->write() == written, "and is written alike");
  const auto diagrams = lay_out(*document);
  for (const std::string& problem : diagram_problems(*document, diagrams))
    CHECK(problem.find("overlaps") == problem.npos, "nothing overlaps");
  document->set_diagrams(diagrams);
  CHECK(BpmnDocument::parse(document->write(), "drawn.bpmn").ok(), "what was drawn is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<Finding> findings;
  const std::string bpmn(reinterpret_cast<const char*>(data), size);
  if (const auto pathway = compile_pathway(source_of(bpmn), findings)) follow(*pathway);
  write_and_draw(bpmn);
  return 0;
}
