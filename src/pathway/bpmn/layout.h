// Diagrams for models that have none: layers from left to right, pools and lanes as bands, links
// with right angles. The same model gets the same diagram; two shapes never overlap unless one
// holds the other or stands on its border.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pathway/bpmn/document.h"

namespace passerelle::pathway {

// One diagram for each collaboration, or, where there are no pools, for each process. What has no
// id is not drawn: a shape could not refer to it.
std::vector<Diagram> lay_out(const BpmnDocument& document);

// Gives the document a diagram when it has none or one that lacks flow nodes. One that lacks only
// edges gets those; a complete one stays as it is. Whether anything was changed.
bool complete_diagram(BpmnDocument& document);

// The file with a complete diagram, or as it is when it has one or cannot be read.
std::string with_diagram(const std::string& bpmn);

// What is wrong with diagrams of ours, a sentence each: shapes that overlap or are outside of what
// holds them, flow nodes and flows that are not drawn, edges that do not end at their shapes, that
// are not orthogonal, or that run through other shapes.
std::vector<std::string> diagram_problems(const BpmnDocument& document,
                                          const std::vector<Diagram>& diagrams);

}  // namespace passerelle::pathway
