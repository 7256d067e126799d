// Broken packages for tests: copies of covid-home with one thing wrong, and the finding that each
// must bring, at its place.
#pragma once

#include <string>
#include <vector>

namespace passerelle::pathway {

struct Change {
  std::string file, from, to;  // from "" and to "": the file is removed; from "": it is added
};
struct Broken {
  const char* name;
  std::vector<Change> changes;
  std::string id;
  std::string file;    // where the finding must stand
  std::string marker;  // a text in the line of the finding, in the broken file; "" = any line
  std::vector<std::string> with;  // what else it brings, beside examples that fail: ids
};

std::vector<Broken> broken_packages();       // files, texts, organisation, evaluation, cases
std::vector<Broken> broken_organisations();  // hours, people, load, acceptances
std::vector<Broken> broken_decisions();
std::vector<Broken> broken_processes();
std::vector<Broken> broken_soundness();  // what tokens can do in the process
std::vector<Broken> broken_cohorts();
// As versions to which cases of covid-home are to be moved.
std::vector<Broken> broken_migrations();

}  // namespace passerelle::pathway
