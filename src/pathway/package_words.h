// What a package knows for the words of its rules: its texts, the questions of its forms, the names
// of answers, in one language.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pathway/dmn/words.h"
#include "pathway/package.h"

namespace passerelle::pathway {

// The package must outlive it. A text that a language lacks is the one of the package's first.
class PackageWords : public dmn::Vocabulary {
 public:
  PackageWords(const Package& package, std::string_view language);

  std::optional<std::string> text(std::string_view key) const override;
  std::optional<std::string> question(std::string_view path) const override;
  // Of a variable that keeps others' answers ("previous"), where all forms that ask agree on the
  // word.
  std::optional<std::string> answer(std::string_view path, const feel::Value& value) const override;

 private:
  const Item* item(std::string_view path) const;
  std::optional<std::string> name_of(const Item& asked, const feel::Value& value) const;
  std::optional<std::string> in_language(const Texts& texts) const;

  const Package& package_;
  std::string language_;
  std::map<std::string, std::vector<const Form*>, std::less<>> forms_;  // by the variable they fill
  std::vector<const Form*> all_;
};

// The rules of a decision's event in words; nothing when it tells of none.
dmn::Telling tell_event(const Package& package, const dmn::Vocabulary& words,
                        std::string_view language, std::string_view activity,
                        const feel::Value& fired);

}  // namespace passerelle::pathway
