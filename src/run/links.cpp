// The patient's door: a token that opens one form of one case. Only its hash is stored, so that a
// copy of the data file opens nothing.
#include <openssl/evp.h>

#include "run/engine_impl.h"

namespace passerelle::run {
namespace {

constexpr size_t token_bytes = 18;  // 144 bits: nobody guesses one
constexpr size_t longest_token = 64;

// RFC 4648, 5: safe in a URL, without padding since 18 bytes are 24 characters.
std::string base64url(std::string_view bytes) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = held << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) out += letters[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += letters[held << (6 - bits) & 63];
  return out;
}

std::string encode_draft(const Answers& draft) {
  std::string out = "{";
  for (const auto& [name, text] : draft) {
    if (out.size() > 1) out += ',';
    out += json::quote(name) + ':' + json::quote(text);
  }
  return out += '}';
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), hash, &size, EVP_sha256(), nullptr);
  CHECK(done == 1, "SHA-256 is there");
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += digits[hash[i] >> 4];
    out += digits[hash[i] & 15];
  }
  return out;
}

std::string patient_language(json::Value patient, const pathway::Package& package) {
  for (const json::Value each : patient["communication"].items()) {
    const std::string_view code = each["language"]["coding"][0]["code"].string();
    for (const std::string& language : package.languages)
      if (code.substr(0, code.find('-')) == language) return language;
  }
  return package.languages.empty() ? "fr" : package.languages.front();
}

std::string Engine::Impl::make_link(const Link& link, store::Transaction& transaction) {
  const std::string token = base64url(settings.random_bytes(token_bytes));
  transaction.rows.push_back({std::string(link_space), sha256_hex(token),
                              "{\"case\":" + std::to_string(link.case_number) +
                                  ",\"activity\":" + json::quote(link.activity) +
                                  ",\"item\":" + std::to_string(link.item) +
                                  ",\"expires\":" + json::quote(format_instant(link.expires)) + "}",
                              0});
  return token;
}

Result<std::optional<Engine::Impl::Link>> Engine::Impl::read_link(std::string_view token) {
  if (token.empty() || token.size() > longest_token) return std::optional<Link>();
  const auto row = store.read_row(link_space, sha256_hex(token));
  if (!row) {
    if (row.error().code == ErrorCode::not_found) return std::optional<Link>();
    return row.error();
  }
  TRY(const json::Document document, json::Document::parse(row->value));
  const json::Value root = document.root();
  TRY(const int64_t number, root["case"].integer());
  TRY(const int64_t item, root["item"].integer());
  TRY(const Instant expires, parse_instant(root["expires"].string()));
  return std::optional(Link{static_cast<uint64_t>(number), std::string(root["activity"].string()),
                            static_cast<uint32_t>(item), expires});
}

Result<LinkForm> Engine::open_link(std::string_view token, Instant now) {
  LinkForm out;
  TRY(const auto link, impl_->read_link(token));
  if (!link) return out;
  TRY(const store::CaseRecord record, impl_->store.read_case(link->case_number));
  TRY(out.package, impl_->library.find(record.pathway, record.pathway_version));
  const pathway::Pathway& pathway = out.package->pathway;
  TRY(const pathway::State state, pathway::State::load(pathway, record.state));
  auto index = pathway.find_activity(link->activity);
  for (const pathway::Token& each : state.tokens())  // it may be called otherwise since
    if (each.item == link->item && each.item != 0) index = each.node;
  out.case_number = link->case_number;
  if (!index) {
    out.state = LinkState::closed;
    return out;
  }
  out.form = pathway.form(pathway.activities()[*index].form);
  const auto patient = impl_->store.read("Patient", record.patient);
  if (patient) {
    TRY(const json::Document document, json::Document::parse(patient->body));
    out.patient_name = display_name(document.root());
    out.language = patient_language(document.root(), *out.package);
  }
  uint32_t item = link->item;
  bool is_open = false;
  for (const pathway::Token& each : state.tokens()) {
    if (each.node != *index || each.status == pathway::Token::Status::waiting ||
        each.trouble != pathway::Token::Trouble::none)
      continue;
    if (item != 0 && each.item != item) continue;
    item = each.item;
    is_open = true;
  }
  out.state = is_open && now < link->expires ? LinkState::open : LinkState::closed;
  if (item == 0) return out;
  out.work = work_id(link->case_number, item);
  if (!is_open && impl_->store.read("QuestionnaireResponse", out.work))
    out.state = LinkState::already_sent;
  if (out.state != LinkState::open) return out;
  const auto draft = impl_->store.read_row(draft_space, out.work);
  if (draft) {
    TRY(const json::Document document, json::Document::parse(draft->value));
    for (const auto& member : document.root().members())
      out.draft[std::string(member.name)] = std::string(member.value.string());
  }
  return out;
}

Result<LinkState> Engine::save_draft(std::string_view token, const Answers& draft, Instant now) {
  TRY(const LinkForm link, open_link(token, now));
  if (link.state != LinkState::open) return link.state;
  store::Transaction transaction;
  transaction.at = now;
  transaction.rows = {{std::string(draft_space), link.work, encode_draft(draft), std::nullopt}};
  TRY_VOID(impl_->store.commit(std::move(transaction)));
  return LinkState::open;
}

}  // namespace passerelle::run
