// Opening a case: the patient's record, the start of the pathway and the first work, in one commit.
#include <algorithm>
#include <charconv>

#include "fhir/outcome.h"
#include "fhir/validate.h"
#include "run/access.h"
#include "run/engine_impl.h"
#include "run/indexing.h"

namespace passerelle::run {

using pathway::Stimulus;

namespace {

constexpr size_t id_bytes = 12;
constexpr int opening_tries = 20;

std::string new_id(const Settings& settings) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char byte : settings.random_bytes(id_bytes)) {
    out += digits[static_cast<unsigned char>(byte) >> 4];
    out += digits[static_cast<unsigned char>(byte) & 15];
  }
  return out;
}

// Whole years from a birth date to a day of the site; null when the date is not known to the day.
feel::Value age(std::string_view birth_date, const feel::Value& today) {
  int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (birth_date.size() != 10) return {};
  std::from_chars(birth_date.data(), birth_date.data() + 4, year);
  std::from_chars(birth_date.data() + 5, birth_date.data() + 7, month);
  std::from_chars(birth_date.data() + 8, birth_date.data() + 10, day);
  const auto born = feel::Value::date(year, month, day);
  if (!born) return {};
  const std::chrono::year_month_day then{std::chrono::sys_days(std::chrono::days(born->whole()))};
  const std::chrono::year_month_day now{std::chrono::sys_days(std::chrono::days(today.whole()))};
  int years = static_cast<int>(now.year()) - static_cast<int>(then.year());
  if (now.month() < then.month() || (now.month() == then.month() && now.day() < then.day()))
    --years;
  return feel::Value::integer(years);
}

std::string encode_opened(const Opened& opened) {
  return std::to_string(opened.case_number) + "/" + opened.patient_id + "/" +
         (opened.work ? opened.work->id : std::string());
}

struct Done {
  uint64_t case_number = 0;
  std::string patient_id, work;
};
Done decode_opened(std::string_view text) {
  Done done;
  const size_t first = text.find('/');
  const size_t second = text.find('/', first + 1);
  std::from_chars(text.data(), text.data() + first, done.case_number);
  done.patient_id = std::string(text.substr(first + 1, second - first - 1));
  done.work = std::string(text.substr(second + 1));
  return done;
}

Error followed_already(std::string_view language, uint64_t number) {
  const std::string name = std::to_string(number);
  return said(
      language, ErrorCode::conflict,
      {"this patient is followed already: case " + name, "ce patient est déjà suivi : cas " + name},
      {"open that case, or end it first", "ouvrez ce cas, ou terminez-le d'abord"});
}

// The patient's record: the one that is there under its id, else a new one, written with the case.
Result<json::Value> find_patient(store::Store& store, const Settings& settings,
                                 std::string_view text, json::Document& document, bool& is_new) {
  TRY(document, json::Document::parse(text));
  json::Value patient = document.root();
  const std::string id(patient["id"].string());
  if (!id.empty()) {
    const auto known = store.read("Patient", id);
    if (known) {
      TRY(document, json::Document::parse(known->body));
      is_new = false;
      return document.root();
    }
    if (known.error().code != ErrorCode::not_found) return known.error();
  } else if (patient.is_object()) {
    patient = document.with(patient, "id", document.string(new_id(settings)));
  }
  fhir::ValidateOptions options;
  options.expected_type = "Patient";
  auto issues = fhir::validate(patient, options);
  if (!fhir::has_errors(issues) && settings.validate) issues = settings.validate(patient);
  if (fhir::has_errors(issues)) return fhir::to_error(issues);
  is_new = true;
  return patient;
}

// Starts the case; with the first work locked for the doer when it may do it.
Result<void> start(Change& change, json::Value patient, const Actor& actor, const Doer& doer,
                   bool start_first_work, Instant now, std::optional<uint32_t>& first) {
  const pathway::Pathway& pathway = change.package().pathway;
  Stimulus stimulus;
  stimulus.kind = Stimulus::Kind::start;
  stimulus.data = feel::Value::context(
      {{"patient", patient_context(patient, pathway.organisation().zone, now)}});
  TRY_VOID(change.apply(std::move(stimulus), doer));
  for (const WorkItem& work : change.opened()) {
    if (work.patient_facing || work.incident) continue;
    const auto role = role_for(pathway.organisation(), work, actor, now);
    if (!start_first_work || !role || !lacking(pathway.organisation(), work, actor, now).empty())
      break;
    first = work.item;
    Stimulus assign;
    assign.kind = Stimulus::Kind::assign;
    assign.item = work.item;
    Doer in_role = doer;
    in_role.role = *role;
    return change.apply(std::move(assign), in_role);
  }
  return {};
}

}  // namespace

feel::Value patient_context(json::Value patient, const Zone& zone, Instant now) {
  const auto text = [](std::string_view value) {
    return value.empty() ? feel::Value() : feel::Value::string(value);
  };
  const auto local = std::chrono::floor<std::chrono::days>(zone.to_local(now));
  const feel::Value today = feel::Value::date(local.time_since_epoch().count());
  return feel::Value::context({{"name", text(display_name(patient))},
                               {"birth_date", text(patient["birthDate"].string())},
                               {"age", age(patient["birthDate"].string(), today)},
                               {"gender", text(patient["gender"].string())},
                               {"phone", text(telecom(patient, "phone"))}});
}

Result<Opened> Engine::open_case(const Opening& opening, const Actor& actor, Instant now) {
  TRY(const PackagePointer package, impl_->library.current(opening.pathway));
  const pathway::Organisation& organisation = package->pathway.organisation();
  if (!may_enrol(organisation, actor))
    return said(actor.language, ErrorCode::forbidden,
                {"your role does not open cases of this pathway",
                 "votre rôle n'ouvre pas de cas dans ce parcours"});
  const std::string key = opening.idempotency_key.empty()
                              ? std::string()
                              : "open/" + actor.account + "/" + opening.idempotency_key;
  const auto finished = [&](const store::Receipt& receipt) -> Result<Opened> {
    const Done done = decode_opened(receipt.answer);
    Opened opened{done.case_number, done.patient_id, std::nullopt, receipt.repeated};
    if (done.work.empty()) return opened;
    TRY(const WorkDetails details, work(done.work, actor, now));
    opened.work = details.item;
    return opened;
  };
  if (const auto receipt = impl_->repeated(key, now)) return finished(*receipt);
  json::Document document;
  bool is_new = false;
  TRY(const json::Value patient,
      find_patient(impl_->store, impl_->settings, opening.patient, document, is_new));
  store::CaseRecord record;
  record.pathway = package->id;
  record.pathway_version = package->version;
  record.patient = std::string(patient["id"].string());
  std::optional<uint64_t> other;
  TRY_VOID(impl_->store.scan_cases({store::CaseStatus::open, package->id, record.patient, 0},
                                   [&](const auto& known) {
                                     other = known.number;
                                     return false;
                                   }));
  if (other) return followed_already(actor.language, *other);
  std::string role;
  for (const std::string& each : organisation.enrolling_roles)
    if (role.empty() &&
        std::find(actor.roles.begin(), actor.roles.end(), each) != actor.roles.end())
      role = each;
  TRY(const Doer doer, impl_->doer(actor, role, now));
  for (int tries = 0; tries < opening_tries; ++tries) {
    TRY(record.number, impl_->store.next_case_number());
    TRY(Change change, Change::begin(impl_->store, package, record, impl_->writing, now));
    if (is_new) {
      TRY(store::Write write, make_write(patient, impl_->writing, store::Method::create));
      write.if_version = 0;
      change.transaction.writes.push_back(std::move(write));
    }
    std::optional<uint32_t> first;
    TRY_VOID(start(change, patient, actor, doer, opening.start_first_work, now, first));
    Opened opened{record.number, record.patient, std::nullopt, false};
    if (first) opened.work = *change.touched(*first);
    TRY(store::Transaction transaction, change.finish());
    transaction.idempotency_key = key;
    transaction.answer = encode_opened(opened);
    const auto done = impl_->store.commit(std::move(transaction));
    if (done) return finished(*done);
    if (done.error().code != ErrorCode::conflict) return done.error();
  }
  return Error{ErrorCode::unavailable, "too many cases are opened at once", "", "try again"};
}

}  // namespace passerelle::run
