// Moving a case that is under way to another version of its pathway. Elements and variables are
// matched by their names, and by what migration.yaml says of the others. What a case stands at,
// what it knows, the due dates of its timers, who holds its work and what can still be taken back
// go over; a case that stands as the new version never would is refused, and nothing of it changes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/check/check.h"
#include "pathway/migration/rules.h"
#include "pathway/package.h"
#include "pathway/step.h"

namespace passerelle::pathway {

class Mapping;
struct ScopeTokens;

// From one version to another, for many cases; what was decided for one is known for the next. One
// a thread.
class Migration {
 public:
  // The pathways outlive it.
  Migration(const Pathway& from, const Pathway& to, const MigrationRules& rules = {});
  ~Migration();

  // Rules that name what is not there: no case is carried before they are mended.
  const std::vector<Finding>& problems() const { return problems_; }
  // What can be said without looking at cases: where they can stand and have no place, what is lost
  // on the way, which of its ways to stand this version never has.
  std::vector<Finding> check() const;

  struct Carried {
    State state;                  // of the new version; nothing moves in it until a stimulus comes
    std::vector<Effect> effects;  // of the new version: timers that are new or gone, the record,
                                  // and what goes on by itself there
  };
  // Error, with the BPMN id of the place in `where`: the case stays as it is. `by`: when and who.
  // `undecided`: what to do when there are too many ways to stand to know whether this is one.
  enum class Undecided : uint8_t { refuse, carry };
  Result<Carried> carry(const State& state, const Stimulus& by,
                        Undecided undecided = Undecided::refuse);

  // The id of an element, in the new version; the same where nothing else is known.
  std::string renamed(std::string_view id) const;

 private:
  Result<void> check_reach(const State& state, Undecided undecided);

  const Pathway& from_;
  const Pathway& to_;
  std::vector<Finding> problems_;
  std::unique_ptr<Mapping> mapping_;
  std::map<std::pair<uint16_t, std::string>, int> known_;  // Reach, by level and what stands there
  StepMemory memory_;
};

// The rules of the package for cases of a version; none when it says nothing of that version.
MigrationRules migration_rules(const Package& package, std::string_view from_version);

// What `passerelle migrate --from` says: Migration::check() of two packages as they are written,
// warnings that are accepted by accepted.yaml of the new one apart. Places in the earlier package
// begin with `earlier_prefix`. A package that does not load is one finding.
inline constexpr std::string_view earlier_prefix = "earlier version: ";
CheckReport check_migration(const PackageFiles& from, const PackageFiles& to, std::string_view id,
                            Instant now);

}  // namespace passerelle::pathway
