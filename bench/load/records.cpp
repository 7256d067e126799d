#include <array>
#include <cstdio>
#include <memory>

#include "../mix.h"
#include "base/instant.h"
#include "load.h"

namespace passerelle::bench {
namespace {

constexpr uint64_t rare_one_in = 10'000;
constexpr uint64_t rare_codes = 10;
constexpr uint64_t families = 5'000;
// Five years up to the spring of 2020.
constexpr int64_t first_instant = 1'427'846'400'000;
constexpr uint64_t five_years = 157'766'400'000;

struct Measure {
  const char* code;
  const char* display;
  const char* unit;
  const char* category;
  int low, high;  // in tenths
};
constexpr std::array measures = {
    Measure{"8310-5", "Body temperature", "Cel", "vital-signs", 355, 410},
    Measure{"8867-4", "Heart rate", "/min", "vital-signs", 450, 1500},
    Measure{"9279-1", "Respiratory rate", "/min", "vital-signs", 80, 400},
    Measure{"59408-5", "Oxygen saturation", "%", "vital-signs", 800, 1000},
    Measure{"8480-6", "Systolic blood pressure", "mm[Hg]", "vital-signs", 800, 2000},
    Measure{"8462-4", "Diastolic blood pressure", "mm[Hg]", "vital-signs", 400, 1200},
    Measure{"29463-7", "Body weight", "kg", "vital-signs", 400, 1400},
    Measure{"72514-3", "Pain severity", "{score}", "survey", 0, 100},
    Measure{"2339-0", "Glucose in blood", "mg/dL", "laboratory", 600, 3000},
    Measure{"6299-2", "Urea nitrogen in blood", "mg/dL", "laboratory", 50, 600},
    Measure{"38483-4", "Creatinine in blood", "mg/dL", "laboratory", 5, 60},
    Measure{"2947-0", "Sodium in blood", "mmol/L", "laboratory", 1250, 1500},
    Measure{"6298-4", "Potassium in blood", "mmol/L", "laboratory", 25, 65},
    Measure{"718-7", "Hemoglobin in blood", "g/dL", "laboratory", 60, 180},
    Measure{"6690-2", "Leukocytes in blood", "10*3/uL", "laboratory", 20, 250},
    Measure{"777-3", "Platelets in blood", "10*3/uL", "laboratory", 500, 6000},
};

// Of what the number is about: any record can be made alone.
uint64_t draw(uint64_t seed, uint64_t number, uint64_t purpose) {
  return mix(seed * golden_gamma + number * 0xd1342543de82ef95u + purpose);
}

std::string syllables(uint64_t number) {
  constexpr std::array parts = {"ba", "ri", "no", "le", "mar", "tin", "du", "ro", "sel", "vi"};
  std::string name;
  for (int i = 0; i < 4; ++i, number /= parts.size()) name += parts[number % parts.size()];
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

std::string tenths(uint64_t value) {
  return std::to_string(value / 10) + "." + std::to_string(value % 10);
}

std::string patient(uint64_t seed, uint64_t n) {
  const uint64_t chance = draw(seed, n, 1);
  const std::string number = std::to_string(n);
  return R"({"resourceType":"Patient","id":"p)" + number +
         R"(","identifier":[{"use":"usual","system":"urn:bench","value":")" + number +
         R"("}],"active":true,"name":[{"use":"official","family":")" + syllables(n % families) +
         R"(","given":[")" + syllables(chance % 97) +
         R"("]}],"telecom":[{"system":"phone","value":"+336)" +
         std::to_string(10'000'000 + chance % 90'000'000) + R"("}],"gender":")" +
         (chance % 2 == 0 ? "female" : "male") + R"(","birthDate":")" +
         std::to_string(1920 + chance / 7 % 95) + "-0" + std::to_string(1 + chance / 11 % 9) + "-" +
         std::to_string(10 + chance / 13 % 18) + R"(","address":[{"city":")" +
         syllables(chance / 17 % 300) + R"(","postalCode":")" +
         std::to_string(10'000 + chance / 19 % 85'000) + R"(","country":"FR"}]})" + "\n";
}

// As a record grows: one contact after the other, each of one patient with a set of measures.
std::string observation(uint64_t seed, uint64_t n, uint64_t patients, uint64_t count) {
  const uint64_t chance = draw(seed, n, 2);
  const uint64_t contact = n / measures.size(), contacts = count / measures.size() + 1;
  const uint64_t patient = draw(seed, contact, 3) % patients;
  const Measure& measure = measures[n % measures.size()];
  const bool rare = n % rare_one_in == rare_one_in - 1;
  const std::string code =
      rare ? "rare-" + std::to_string(n / rare_one_in % rare_codes) : measure.code;
  const uint64_t value = static_cast<uint64_t>(measure.low) +
                         chance % static_cast<uint64_t>(measure.high - measure.low);
  const std::string when = format_instant(
      Instant(Millis(first_instant + static_cast<int64_t>(five_years / contacts * contact))));
  return R"({"resourceType":"Observation","id":"o)" + std::to_string(n) +
         R"(","status":"final","category":[{"coding":[{"system":)"
         R"("http://terminology.hl7.org/CodeSystem/observation-category","code":")" +
         measure.category + R"("}]}],"code":{"coding":[{"system":"http://loinc.org","code":")" +
         code + R"(","display":")" + measure.display + R"("}],"text":")" + measure.display +
         R"("},"subject":{"reference":"Patient/p)" + std::to_string(patient) +
         R"("},"effectiveDateTime":")" + when + R"(","issued":")" + when +
         R"(","valueQuantity":{"value":)" + tenths(value) + R"(,"unit":")" + measure.unit +
         R"(","system":"http://unitsofmeasure.org","code":")" + measure.unit + R"("}})" + "\n";
}

struct Closer {
  void operator()(FILE* file) const { std::fclose(file); }
};

template <class Make>
Result<void> write_lines(const std::string& path, uint64_t count, Make make) {
  const std::unique_ptr<FILE, Closer> file(std::fopen(path.c_str(), "w"));
  const Error full{ErrorCode::unavailable, "the file cannot be written", path,
                   "look at the space that is left on the disk"};
  if (!file) return full;
  for (uint64_t n = 0; n < count; ++n) {
    const std::string line = make(n);
    if (std::fwrite(line.data(), 1, line.size(), file.get()) != line.size()) return full;
  }
  if (std::fflush(file.get()) != 0) return full;
  return {};
}

}  // namespace

Result<void> make_records(const std::string& folder, uint64_t patients, uint64_t observations,
                          uint64_t seed) {
  TRY_VOID(write_lines(folder + "/0-patients.ndjson", patients,
                       [&](uint64_t n) { return patient(seed, n); }));
  return write_lines(folder + "/1-observations.ndjson", observations,
                     [&](uint64_t n) { return observation(seed, n, patients, observations); });
}

}  // namespace passerelle::bench
