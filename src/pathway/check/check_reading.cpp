// Texts that patients read: whether they can, and whether a form takes the minutes that its message
// promises. Measured where the published formulas hold: on samples of a hundred words and more, a
// form by itself, and what is shorter together.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>

#include "base/text.h"
#include "pathway/check/catalogue.h"
#include "pathway/check/checks.h"
#include "pathway/check/readability.h"

namespace passerelle::pathway {
namespace {

// Silent reading of prose, words a minute: Brysbaert 2019 (mean of 190 studies). Answering: our own
// lower bounds, from a touch to a number read from a thermometer.
constexpr double words_a_minute = 238;
constexpr double seconds_to_choose = 3, seconds_to_type = 5, seconds_to_write = 15;

struct ReadText {
  std::string text;
  Place place;
};
struct Sample {
  std::string what;  // "form 'daily'"
  std::vector<ReadText> pieces;
};

TextCounts counts_of(const std::vector<ReadText>& pieces, const std::string& language) {
  TextCounts out;
  for (const ReadText& each : pieces) out.add(count_text(each.text, language));
  return out;
}

bool too_hard(const TextCounts& counts, const std::string& language) {
  return language.starts_with("fr") ? kandel_moles(counts) < least_kandel_moles
                                    : flesch_kincaid_grade(counts) > highest_grade;
}

// Larger is harder, whatever the language.
double hardness(const TextCounts& counts, const std::string& language) {
  return language.starts_with("fr") ? -kandel_moles(counts) : flesch_kincaid_grade(counts);
}

std::string score_text(const TextCounts& counts, const std::string& language) {
  const auto tenths = [](double value) {
    const long long rounded = std::llround(value * 10);
    return std::to_string(rounded / 10) + "." + std::to_string(std::llabs(rounded % 10));
  };
  return language.starts_with("fr")
             ? "Kandel-Moles score " + tenths(kandel_moles(counts)) + ", should be 60 or more"
             : "Flesch-Kincaid grade " + tenths(flesch_kincaid_grade(counts)) +
                   ", should be 8 or less";
}

class ReadingCheck {
 public:
  explicit ReadingCheck(const CheckInput& input) : input_(input) {}

  void check(const std::string& language) {
    if (!language.starts_with("fr") && !language.starts_with("en")) return;
    Sample rest{"the short texts for patients", {}};
    for (Sample& sample : samples(language)) {
      if (counts_of(sample.pieces, language).words >= sample_words) {
        judge(sample, language);
      } else {
        rest.pieces.insert(rest.pieces.end(), sample.pieces.begin(), sample.pieces.end());
      }
    }
    if (counts_of(rest.pieces, language).words >= sample_words) judge(rest, language);
    check_length(language);
  }

 private:
  std::vector<Sample> samples(const std::string& language) const {
    std::map<std::string, Sample> forms;
    Sample messages{"messages", {}};
    std::vector<std::string> seen;
    for (const Activity& activity : input_.pathway.activities()) {
      const Form* form = input_.pathway.form(activity.form);
      if (form != nullptr && is_patient_task(activity, input_.parts.organisation))
        forms.try_emplace(form->id(), of_form(*form, language));
      if (activity.kind != ActivityKind::send_task || !activity.patient_facing) continue;
      if (std::find(seen.begin(), seen.end(), activity.message) != seen.end()) continue;
      seen.push_back(activity.message);
      messages.pieces.push_back(
          {text_of(activity.message, language),
           find_text(input_.parts.files, "texts/" + language + ".yaml", activity.message + ":")});
    }
    std::vector<Sample> out;
    for (auto& [id, sample] : forms) out.push_back(std::move(sample));
    out.push_back(std::move(messages));
    return out;
  }

  // Questions and explanations; options are no sentences.
  static Sample of_form(const Form& form, const std::string& language) {
    Sample out{"form '" + form.id() + "'", {}};
    const std::function<void(const std::vector<Item>&)> walk = [&](const std::vector<Item>& items) {
      for (const Item& item : items) {
        if (const auto text = item.text.find(language); text != item.text.end())
          out.pieces.push_back({text->second, item.place});
        walk(item.items);
      }
    };
    walk(form.items());
    return out;
  }

  std::string text_of(const std::string& key, const std::string& language) const {
    const auto texts = input_.parts.texts.find(key);
    if (texts == input_.parts.texts.end()) return {};
    const auto text = texts->second.find(language);
    return text == texts->second.end() ? std::string() : text->second;
  }

  void judge(const Sample& sample, const std::string& language) {
    const TextCounts counts = counts_of(sample.pieces, language);
    if (!too_hard(counts, language)) return;
    const ReadText* hardest = nullptr;
    double most = 0;
    for (const ReadText& each : sample.pieces) {
      const TextCounts own = count_text(each.text, language);
      if (own.words < 5) continue;  // one long word would win
      const double value = hardness(own, language);
      if (hardest == nullptr || value > most) {
        hardest = &each;
        most = value;
      }
    }
    if (hardest == nullptr) hardest = &sample.pieces.front();
    input_.findings.push_back(
        check_finding("text-hard-to-read", hardest->place,
                      {sample.what, language, score_text(counts, language), hardest->text}));
  }

  // Minutes in a message with a link to a form, against a lower bound of what the form takes.
  void check_length(const std::string& language) {
    for (const Activity& activity : input_.pathway.activities()) {
      if (activity.link.empty() || !activity.patient_facing) continue;
      const auto task = input_.pathway.find_activity(activity.link);
      const Form* form =
          task ? input_.pathway.form(input_.pathway.activities()[*task].form) : nullptr;
      const auto announced = announced_minutes(text_of(activity.message, language));
      if (form == nullptr || !announced) continue;
      const double needed = least_minutes(form->items(), language);
      if (needed <= *announced) continue;
      char number[32];
      std::snprintf(number, sizeof number, "%.1f", needed);
      input_.findings.push_back(check_finding(
          "form-longer-than-announced",
          find_text(input_.parts.files, "texts/" + language + ".yaml", activity.message + ":"),
          {activity.message, language, std::to_string(*announced), form->id(), number}));
    }
  }

  // Only questions that everybody sees, and answers that everybody must give.
  static double least_minutes(const std::vector<Item>& items, const std::string& language) {
    double sum = 0;
    for (const Item& item : items) {
      if (!item.enable_when.empty()) continue;
      if (const auto text = item.text.find(language); text != item.text.end())
        sum += static_cast<double>(count_text(text->second, language).words) / words_a_minute;
      if (item.required) sum += seconds_of(item.type) / 60;
      sum += least_minutes(item.items, language);
    }
    return sum;
  }

  static double seconds_of(ItemType type) {
    switch (type) {
      case ItemType::boolean:
      case ItemType::choice:
        return seconds_to_choose;
      case ItemType::decimal:
      case ItemType::integer:
      case ItemType::date:
      case ItemType::date_time:
      case ItemType::string:
        return seconds_to_type;
      case ItemType::text:
        return seconds_to_write;
      case ItemType::group:
      case ItemType::display:
        return 0;
    }
    return 0;
  }

  // "Two minutes are enough", "5 min": the number before the word.
  static std::optional<int> announced_minutes(const std::string& text) {
    static const std::map<std::string, int, std::less<>> numbers = {
        {"un", 1},   {"une", 1},  {"deux", 2},    {"trois", 3},   {"quatre", 4}, {"cinq", 5},
        {"dix", 10}, {"one", 1},  {"a", 1},       {"two", 2},     {"three", 3},  {"four", 4},
        {"five", 5}, {"ten", 10}, {"quinze", 15}, {"fifteen", 15}};
    std::string before;
    std::string words = lower(text);
    std::replace_if(
        words.begin(), words.end(),
        [](char c) { return c == '.' || c == ',' || c == ':' || c == '!' || c == '?'; }, ' ');
    for (const std::string_view word : split(words, ' ')) {
      if (word.empty()) continue;
      if (word == "minute" || word == "minutes" || word == "min") {
        if (const auto found = numbers.find(before); found != numbers.end()) return found->second;
        if (!before.empty() && before.size() <= 3 &&
            before.find_first_not_of("0123456789") == std::string::npos)
          return std::stoi(before);
      }
      before = word;
    }
    return std::nullopt;
  }

  const CheckInput& input_;
};

}  // namespace

void check_reading(const CheckInput& input) {
  ReadingCheck check(input);
  for (const std::string& language : input.parts.organisation.languages) check.check(language);
}

}  // namespace passerelle::pathway
