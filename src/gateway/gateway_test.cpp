#include "gateway/gateway.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/json.h"
#include "base/text.h"

namespace passerelle::gateway {
namespace {

std::string fresh_folder() {
  std::string name = testing::TempDir() + "passerelle-gateway-XXXXXX";
  return mkdtemp(name.data());
}

TEST(FolderGateway, WritesEachMessageOnce) {
  const std::string folder = fresh_folder();
  const auto gateways = Gateways::to_folder(folder);
  Outgoing message{.id = "m1", .channel = "web", .to = "+33600000001", .text = "Bonjour"};
  EXPECT_EQ(gateways.deliver(message).outcome, Outcome::delivered);
  message.text = "a repeat under the same id must not replace it";
  EXPECT_EQ(gateways.deliver(message).outcome, Outcome::delivered);
  const auto content = read_file(folder + "/m1.json");
  ASSERT_TRUE(content.ok());
  const auto document = json::Document::parse(*content);
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->root()["text"].string(), "Bonjour");
}

TEST(FolderGateway, RefusesAnIdThatLeavesTheFolder) {
  const auto gateways = Gateways::to_folder(fresh_folder());
  EXPECT_EQ(gateways.deliver({.id = "../x", .channel = "web", .to = "1"}).outcome,
            Outcome::refused);
}

TEST(Gateways, APatientWithoutANumberIsRefusedAndNotRetried) {
  const auto gateways = Gateways::to_folder(fresh_folder());
  EXPECT_EQ(gateways.deliver({.id = "m", .channel = "web"}).outcome, Outcome::refused);
}

TEST(Gateways, AChannelWithoutARouteIsRefused) {
  const auto gateways = Gateways::parse(
      "gateways: {box: {folder: /nowhere}}\nroutes: {mail: box}\n", "gateways.yaml");
  ASSERT_TRUE(gateways.ok()) << to_text(gateways.error());
  const auto delivery = gateways->deliver({.id = "m", .channel = "web", .to = "1"});
  EXPECT_EQ(delivery.outcome, Outcome::refused);
  EXPECT_NE(delivery.detail.find("web"), std::string::npos);
}

TEST(Gateways, ARouteToNowhereIsAnErrorWithItsPlace) {
  const auto gateways =
      Gateways::parse("gateways:\n  box: {folder: x}\nroutes:\n  web: bix\n", "gateways.yaml");
  ASSERT_FALSE(gateways.ok());
  EXPECT_EQ(gateways.error().where.substr(0, 15), "gateways.yaml:4");
}

TEST(Gateways, APeerThatDoesNotListenMeansNotDeliveredSoThatItIsTriedAgain) {
  // Port 1 of loopback: nothing listens there.
  const auto sms = make_http_sms_gateway({.url = "http://127.0.0.1:1/send?to={to}"});
  EXPECT_EQ(sms->deliver({.id = "m", .to = "1", .text = "x"}).outcome, Outcome::not_delivered);
  const auto mail = make_smtp_gateway({.url = "smtp://127.0.0.1:1", .from = "a@b.example"});
  EXPECT_EQ(mail->deliver({.id = "m", .to = "c@d.example", .text = "x"}).outcome,
            Outcome::not_delivered);
}

TEST(Template, ReplacesKnownNamesAndKeepsOtherBraces) {
  const auto same = [](std::string_view text) { return std::string(text); };
  EXPECT_EQ(expand_template(R"({"to": "{to}", "x": {}})", {{"to", "+33"}}, same),
            R"({"to": "+33", "x": {}})");
}

TEST(Mail, EncodesTextAndNeverLetsAnAddressBreakAHeader) {
  const auto mail = compose_mail(
      {.id = "m1", .to = "p@example.org", .language = "fr", .text = "Réponse attendue\nMerci"},
      "suivi@hopital.example");
  EXPECT_NE(mail.find("Message-ID: <m1@hopital.example>\r\n"), std::string::npos);
  EXPECT_NE(mail.find("Subject: =?UTF-8?B?"), std::string::npos);
  const auto gateway = make_smtp_gateway({.url = "smtp://127.0.0.1:1", .from = "a@b.example"});
  EXPECT_EQ(gateway->deliver({.id = "m", .to = "a@b\r\nBcc: c@d"}).outcome, Outcome::refused);
}

}  // namespace
}  // namespace passerelle::gateway
