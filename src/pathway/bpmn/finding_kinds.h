// The kinds of findings that compile_pathway() makes, one row each.
#pragma once

#include "pathway/finding.h"

namespace passerelle::pathway::kinds {

using enum Severity;

inline constexpr FindingKind xml{"bpmn-unreadable", error, "Nothing of the pathway can be read.",
                                 "open the file in a BPMN editor and save it again"};
inline constexpr FindingKind process{"bpmn-process", error,
                                     "It must be clear which process a patient goes through.",
                                     "keep one <process isExecutable=\"true\"> in the file"};
inline constexpr FindingKind unsupported{
    "bpmn-unsupported", error,
    "What is drawn would not happen: patients and staff would wait for it in vain.",
    "draw it with elements of docs/language.md"};
inline constexpr FindingKind attribute{
    "bpmn-attribute", error, "An attribute that nobody reads changes nothing, whatever it says.",
    "see docs/language.md for the attributes of each element"};
inline constexpr FindingKind missing{"bpmn-incomplete", error,
                                     "The element cannot do its work without it.",
                                     "add it; docs/language.md says what it means"};
inline constexpr FindingKind id{"bpmn-id", error,
                                "Events, flows and indicators find an element by its id.",
                                "give each element an id of its own"};
inline constexpr FindingKind dangling{"bpmn-reference", error, "The connection leads nowhere.",
                                      "connect it again in the editor"};
inline constexpr FindingKind start{
    "bpmn-start", error, "A case could not be opened, or nobody could say where it begins.",
    "draw exactly one start event without a trigger"};
inline constexpr FindingKind flow{
    "bpmn-flow", error, "A case that came this way would stop or take a way nobody meant.",
    "redraw the flow"};
inline constexpr FindingKind condition{
    "bpmn-condition", error,
    "The case would take a way by chance of the drawing's order, or none at all.",
    "give every way out but the default one a condition"};
inline constexpr FindingKind boundary{"bpmn-boundary", error, "The event could never happen.",
                                      "attach it to a task for people or to a sub-process"};
inline constexpr FindingKind never_fires{
    "bpmn-never-fires", warning,
    "The activity is over at once, so what is attached to it can never happen.",
    "attach it to a task for people or to a sub-process, or remove it"};
inline constexpr FindingKind expression{
    "bpmn-expression", error, "What it should decide could not be decided for any patient.",
    "correct the expression; names are case-sensitive"};
inline constexpr FindingKind unknown_role{
    "unknown-role", error, "Nobody would see the work.",
    "declare the role in organisation.yaml, or correct its name"};
inline constexpr FindingKind no_role{"task-without-role", error, "Nobody would see the work.",
                                     "put the task into a lane with p:role, or give it p:role"};
inline constexpr FindingKind unknown_form{"unknown-form", error,
                                          "The patient or the nurse would see no questions.",
                                          "add forms/<id>.json, or correct the id"};
inline constexpr FindingKind unknown_item{"unknown-form-item", error,
                                          "The rule would always see an empty answer.",
                                          "use a linkId of the form"};
inline constexpr FindingKind unknown_decision{
    "unknown-decision", error, "Nothing would be decided.",
    "add the decision to a DMN file, or correct its name"};
inline constexpr FindingKind decision{"dmn-invalid", error, "The decision would have no result.",
                                      "correct the DMN file"};
inline constexpr FindingKind message_flow{
    "message-flow", error, "What one process sends, the other would never receive.",
    "let the flow begin where the message is sent, and end where it is waited for"};
inline constexpr FindingKind call_version{
    "call-version", error,
    "What another version of the package does, and asks to be given, may be something else.",
    "look at what has changed in it, then write its version"};
inline constexpr FindingKind answers_lost{"answers-lost", warning,
                                          "What people fill in would be thrown away.",
                                          "name a variable by p:result"};
inline constexpr FindingKind escalation_uncaught{
    "escalation-uncaught", warning, "The escalation would be recorded and nobody would act on it.",
    "catch it by a boundary event or by an event sub-process"};
inline constexpr FindingKind error_uncaught{
    "error-uncaught", error,
    "The case would stop where the error is thrown, and nobody would know how "
    "to go on.",
    "catch it by a boundary event or by an event sub-process"};
inline constexpr FindingKind no_coordinator{
    "no-coordinator", warning,
    "When a case stops for an expression without a value or an undelivered message, nobody in "
    "particular is asked to act.",
    "name the role by `coordinator:` in organisation.yaml"};

inline constexpr FindingKind all[] = {xml,
                                      process,
                                      unsupported,
                                      attribute,
                                      missing,
                                      id,
                                      dangling,
                                      start,
                                      flow,
                                      condition,
                                      boundary,
                                      never_fires,
                                      expression,
                                      unknown_role,
                                      no_role,
                                      unknown_form,
                                      unknown_item,
                                      unknown_decision,
                                      decision,
                                      message_flow,
                                      call_version,
                                      answers_lost,
                                      escalation_uncaught,
                                      error_uncaught,
                                      no_coordinator};

}  // namespace passerelle::pathway::kinds
