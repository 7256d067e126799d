#include "pathway/bpmn/elements.h"

#include <algorithm>
#include <array>

namespace passerelle::pathway {
namespace {

using Kind = ActivityKind;

constexpr std::string_view task = "default isForCompensation startQuantity completionQuantity";
constexpr std::string_view work = "role form result title due priority channel";
constexpr std::string_view scope = "set record local in out";
constexpr std::string_view message = "message to channel link role key";

constexpr std::array elements = {
    // ---- events ----
    Element{"startEvent", Tag::flow_node, Kind::start_event, Op::pass,
            "isInterrupting parallelMultiple", "result form key", "set record"},
    Element{"endEvent", Tag::flow_node, Kind::end_event, Op::end, "", message, "show set record"},
    Element{"intermediateCatchEvent", Tag::flow_node, Kind::timer_event, Op::timer,
            "parallelMultiple", "result form key", "set record"},
    Element{"intermediateThrowEvent", Tag::flow_node, Kind::none_event, Op::pass, "", message,
            "show set record"},
    Element{"boundaryEvent", Tag::flow_node, Kind::boundary_timer, Op::triggered,
            "attachedToRef cancelActivity parallelMultiple", "result form key", "set record"},
    // ---- tasks ----
    Element{"task", Tag::flow_node, Kind::user_task, Op::user_task, task, work,
            "show set record again"},
    Element{"userTask", Tag::flow_node, Kind::user_task, Op::user_task,
            "default isForCompensation startQuantity completionQuantity implementation", work,
            "show set record again"},
    Element{"manualTask", Tag::flow_node, Kind::user_task, Op::user_task, task, work,
            "show set record again"},
    Element{
        "serviceTask", Tag::flow_node, Kind::service_task, Op::script_task,
        "default isForCompensation startQuantity completionQuantity implementation operationRef",
        work, "show set record again"},
    Element{"sendTask", Tag::flow_node, Kind::send_task, Op::send_task,
            "default isForCompensation startQuantity completionQuantity implementation messageRef "
            "operationRef",
            message, "show set record"},
    Element{"receiveTask", Tag::flow_node, Kind::message_event, Op::message,
            "default isForCompensation startQuantity completionQuantity implementation messageRef "
            "operationRef instantiate",
            "result form key", "set record"},
    Element{"scriptTask", Tag::flow_node, Kind::script_task, Op::script_task,
            "default isForCompensation startQuantity completionQuantity scriptFormat", "result",
            "set record"},
    Element{"businessRuleTask", Tag::flow_node, Kind::business_rule_task, Op::decision,
            "default isForCompensation startQuantity completionQuantity implementation",
            "decision result", "set record"},
    // ---- gateways ----
    Element{"exclusiveGateway", Tag::flow_node, Kind::exclusive_gateway, Op::exclusive,
            "default gatewayDirection", "", ""},
    Element{"parallelGateway", Tag::flow_node, Kind::parallel_gateway, Op::parallel,
            "gatewayDirection", "", ""},
    Element{"inclusiveGateway", Tag::flow_node, Kind::inclusive_gateway, Op::inclusive,
            "default gatewayDirection", "", ""},
    Element{"complexGateway", Tag::flow_node, Kind::complex_gateway, Op::complex,
            "default gatewayDirection", "", ""},
    Element{"eventBasedGateway", Tag::flow_node, Kind::event_gateway, Op::event_gateway,
            "gatewayDirection instantiate eventGatewayType", "", ""},
    // ---- sub-processes ----
    Element{"subProcess", Tag::flow_node, Kind::sub_process, Op::sub_process,
            "triggeredByEvent default isForCompensation startQuantity completionQuantity", "",
            scope},
    Element{"adHocSubProcess", Tag::flow_node, Kind::sub_process, Op::sub_process,
            "default isForCompensation startQuantity completionQuantity ordering "
            "cancelRemainingInstances triggeredByEvent",
            "", scope},
    Element{"transaction", Tag::flow_node, Kind::sub_process, Op::sub_process,
            "default isForCompensation startQuantity completionQuantity method triggeredByEvent",
            "", scope},
    Element{"callActivity", Tag::flow_node, Kind::sub_process, Op::sub_process,
            "default isForCompensation startQuantity completionQuantity calledElement",
            "package version", "set record in out"},
    // ---- the rest ----
    Element{"sequenceFlow", Tag::sequence_flow, {}, {}, "sourceRef targetRef isImmediate", "", ""},
    Element{"laneSet", Tag::lane_set},
    Element{"extensionElements", Tag::extension},
    Element{"documentation"},
    Element{"textAnnotation"},
    Element{"association"},
    Element{"group"},
    Element{"dataObject"},
    Element{"dataObjectReference"},
    Element{"dataStoreReference"},
    Element{"property"},
    Element{"ioSpecification"},
    Element{"dataInputAssociation"},
    Element{"dataOutputAssociation"},
    Element{"auditing"},
    Element{"monitoring"},
    Element{"incoming"},  // the sequence flows say the same
    Element{"outgoing"},
    Element{"performer"},  // p:role says who
    Element{"humanPerformer"},
    Element{"potentialOwner"},
};

constexpr std::array fixed = {
    FixedAttribute{"startQuantity", "1"},        FixedAttribute{"completionQuantity", "1"},
    FixedAttribute{"isImmediate", "true"},       FixedAttribute{"eventGatewayType", "Exclusive"},
    FixedAttribute{"ordering", "Parallel"},      FixedAttribute{"behavior", "All"},
    FixedAttribute{"waitForCompletion", "true"}, FixedAttribute{"method", "##Compensate"},
};

constexpr std::array root_documentation = {
    std::string_view("collaboration"),
    std::string_view("message"),
    std::string_view("escalation"),
    std::string_view("itemDefinition"),
    std::string_view("dataStore"),
    std::string_view("category"),
    std::string_view("resource"),
    std::string_view("documentation"),
    std::string_view("extensionElements"),
    std::string_view("error"),
    std::string_view("signal"),
    std::string_view("interface"),
};

}  // namespace

const Element* find_element(std::string_view name) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const Element& element) { return element.name == name; });
  return found == elements.end() ? nullptr : &*found;
}

bool is_listed(std::string_view list, std::string_view word) {
  for (size_t at = list.find(word); at != list.npos; at = list.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

std::span<const FixedAttribute> fixed_attributes() { return fixed; }

bool is_root_documentation(std::string_view name) {
  return std::find(root_documentation.begin(), root_documentation.end(), name) !=
         root_documentation.end();
}

}  // namespace passerelle::pathway
