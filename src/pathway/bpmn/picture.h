// A BPMN file as a picture in SVG, for reports that must show it without a program: shapes, flows
// and names where the file's diagram has them, laid out where it has none. Plain: kinds of events
// and tasks are not told apart by marks.
#pragma once

#include <map>
#include <string>

namespace passerelle::pathway {

// `names`: by id, instead of those of the file; escaped here. Colours are the CSS variables --ink,
// --paper, --line and --quiet of the page around it. "" when the file cannot be read.
std::string bpmn_picture(const std::string& bpmn, const std::map<std::string, std::string>& names,
                         const std::string& label);

}  // namespace passerelle::pathway
