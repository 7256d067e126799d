// The resource that benchmarks read, check, index and store: an Observation as a device sends it,
// with codes, a reference, a quantity and components.
#pragma once

#include <string>

namespace passerelle {

inline std::string bench_observation(const std::string& id = "bench") {
  std::string components;
  for (const char* code : {"8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "59408-5"}) {
    components += components.empty() ? "" : ",";
    components +=
        R"({"code":{"coding":[{"system":"http://loinc.org","code":")" + std::string(code) +
        R"(","display":"Vital sign"}],"text":"Vital sign"},"valueQuantity":{"value":107.50,)"
        R"("unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}})";
  }
  return R"({"resourceType":"Observation","id":")" + id +
         R"(","status":"final","category":[{"coding":[{"system":)"
         R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],)"
         R"("code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Vital signs"}],)"
         R"("text":"Vital signs"},"subject":{"reference":"Patient/p1"},)"
         R"("effectiveDateTime":"2020-03-26T09:10:00+01:00","issued":"2020-03-26T09:10:05.123+01:00",)"
         R"("component":[)" +
         components + "]}";
}

}  // namespace passerelle
