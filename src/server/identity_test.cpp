// Who may do what: log-in, sessions, roles, the audit.
#include "server/identity.h"

#include "server/test_client.h"

namespace passerelle::server {
namespace {

class Accounts : public testing::Test {
 protected:
  static ServerSettings settings() {
    ServerSettings made = TestServer::quick_settings();
    made.test_clock = Instant(std::chrono::seconds(1'585'209'600));
    made.accounts.push_back({{"claire", "Claire", {"admin"}, "fr"}, "mot-de-passe-claire", false});
    made.accounts.push_back({{"nobody", "No role", {}, "en"}, "password-of-nobody", false});
    return made;
  }
  Reply login(const std::string& account, const std::string& password) {
    return server.plain("POST", "/api/login",
                        R"({"account":")" + account + R"(","password":")" + password + "\"}",
                        {{"Content-Type", "application/json"}});
  }
  std::string cookie(const Reply& reply) {
    const std::string header = reply.header("set-cookie");
    return header.substr(0, header.find(';'));
  }
  TestServer server{settings()};
};

TEST_F(Accounts, LogInGivesATokenAndAGuardedCookie) {
  const Reply reply = login("claire", "mot-de-passe-claire");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.text("name"), "Claire");
  EXPECT_EQ(reply.text("language"), "fr");
  EXPECT_GE(reply.text("token").size(), 43u);
  EXPECT_NE(reply.header("set-cookie").find("HttpOnly"), std::string::npos);
  EXPECT_NE(reply.header("set-cookie").find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", cookie(reply)}}).text("account"),
            "claire");
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Authorization", "Bearer " + reply.text("token")}})
                .text("account"),
            "claire");
}

// The test clock stands at 2020-03-26T08:00:00Z.
TEST_F(Accounts, SayWhichSkillsTheyHaveAndFromWhenOnTheOthers) {
  Account newcomer{"newcomer", "Nadia", {}, "fr", {"suture"}};
  newcomer.skills_from = {{"call_script", *pathway::parse_calendar_day("2020-03-26")},
                          {"spirometry", *pathway::parse_calendar_day("2020-03-27")}};
  ASSERT_TRUE(server->identity().put_account(newcomer, "mot-de-passe-nadia", server->now()).ok());
  const Reply reply = login("newcomer", "mot-de-passe-nadia");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(json::write(reply.json()["skills"]), R"(["suture","call_script"])");
  EXPECT_EQ(json::write(reply.json()["skills_from"]), R"({"spirometry":"2020-03-27"})");
}

TEST_F(Accounts, AccountsOfEarlierProgramsHaveTheirSkillsAtOnce) {
  const auto store = std::move(*store::open_temporary());
  store::Transaction before;
  before.rows.push_back({"account",
                         "sam",
                         R"({"name":"Sam","roles":["nurse"],"skills":["suture"],)"
                         R"("language":"en","password":""})",
                         {}});
  ASSERT_TRUE(store->commit(std::move(before)).ok());
  Identity identity(*store);
  const auto sam = identity.find_account("sam");
  ASSERT_TRUE(sam.ok()) << to_text(sam.error());
  EXPECT_EQ(sam->skills, std::vector<std::string>{"suture"});
  EXPECT_TRUE(sam->skills_from.empty());
}

TEST_F(Accounts, NobodyIsToldWhetherAnAccountExists) {
  const Reply wrong = login("claire", "something-else");
  const Reply unknown = login("clara", "something-else");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(server.plain("GET", "/api/me").status, 401);
}

TEST_F(Accounts, WrongPasswordsFromElsewhereKeepNobodyOut) {
  const auto from = [&](const std::string& address, const std::string& password) {
    return server
        .plain("POST", "/api/login", R"({"account":"claire","password":")" + password + "\"}",
               {{"Content-Type", "application/json"}, {"X-Forwarded-For", address}})
        .status;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(from("203.0.113.7", "wrong-password"), 401);
  EXPECT_EQ(from("203.0.113.7", "mot-de-passe-claire"), 429);
  // Whoever guesses may write what it likes before the address that the proxy adds.
  EXPECT_EQ(from("10.0.0.5, 203.0.113.7", "mot-de-passe-claire"), 429);
  EXPECT_EQ(from("10.0.0.5", "mot-de-passe-claire"), 200);
  EXPECT_EQ(login("claire", "mot-de-passe-claire").status, 200);
}

TEST_F(Accounts, TenWrongPasswordsInARowPauseTheAccountThere) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(login("claire", "wrong-password").status, 401);
  const Reply paused = login("claire", "mot-de-passe-claire");
  EXPECT_EQ(paused.status, 429);
  EXPECT_GT(std::atoi(paused.header("retry-after").c_str()), 800);
  EXPECT_EQ(login("ada", "administrator-password").status, 200) << "others are not held up";
}

TEST_F(Accounts, ARightPasswordEndsTheCount) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 9; ++i) EXPECT_EQ(login("claire", "wrong-password").status, 401);
    EXPECT_EQ(login("claire", "mot-de-passe-claire").status, 200);
  }
}

TEST_F(Accounts, AChangeByCookieNeedsTheHeaderThatOtherSitesCannotSend) {
  const std::string mine = cookie(login("claire", "mot-de-passe-claire"));
  EXPECT_EQ(server.plain("POST", "/api/logout", "", {{"Cookie", mine}}).status, 403);
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", mine}}).status, 200);
  EXPECT_EQ(
      server.plain("POST", "/api/logout", "", {{"Cookie", mine}, {"X-Passerelle", "1"}}).status,
      200);
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", mine}}).status, 401);
}

TEST_F(Accounts, ATestClockThatMovesLogsNobodyOut) {
  const std::string mine = cookie(login("claire", "mot-de-passe-claire"));
  EXPECT_EQ(server.call("POST", "/api/test-clock", R"({"advance":"P30D"})").status, 200);
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", mine}}).status, 200);
}

TEST_F(Accounts, ANewPasswordEndsNoOtherAccountsSession) {
  const std::string mine = cookie(login("claire", "mot-de-passe-claire"));
  ASSERT_TRUE(server->identity().remove_account("nobody", server->now()).ok());
  EXPECT_EQ(login("nobody", "password-of-nobody").status, 401);
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", mine}}).status, 200);
  ASSERT_TRUE(server->identity().remove_account("claire", server->now()).ok());
  EXPECT_EQ(server.plain("GET", "/api/me", "", {{"Cookie", mine}}).status, 401);
}

TEST_F(Accounts, RolesOpenDoors) {
  const std::string none = cookie(login("nobody", "password-of-nobody"));
  EXPECT_EQ(server.plain("GET", "/fhir/Patient", "", {{"Cookie", none}}).status, 403);
  EXPECT_EQ(server.plain("GET", "/api/audit?at=2020-03", "", {{"Cookie", none}}).status, 403);
  EXPECT_EQ(server.get("/api/audit?at=2020-03").status, 403) << "a system is no administrator";
  EXPECT_EQ(server.plain("GET", "/fhir/Patient").status, 401);
  EXPECT_EQ(server.plain("GET", "/fhir/Patient").header("www-authenticate"),
            "Bearer realm=\"passerelle\"");
}

TEST_F(Accounts, ErrorsSpeakTheLanguageOfTheAccount) {
  const std::string claire = cookie(login("claire", "mot-de-passe-claire"));
  const Reply french = server.plain("GET", "/api/nothing/here", "", {{"Cookie", claire}});
  EXPECT_EQ(french.status, 404);
  EXPECT_NE(french.body.find("il n'y a rien à cette adresse"), std::string::npos) << french.body;
  const Reply english =
      server.plain("GET", "/api/nothing/here", "", {{"Accept-Language", "de, en;q=0.8"}});
  EXPECT_NE(english.body.find("there is nothing at this address"), std::string::npos);
}

TEST_F(Accounts, TheAuditSaysWhoReadAndWroteWhat) {
  server.get("/fhir/Patient/unknown");
  server.call("PUT", "/fhir/Patient/p1", R"({"resourceType":"Patient","id":"p1"})");
  const std::string ada = cookie(login("ada", "administrator-password"));
  const Reply audit = server.plain("GET", "/api/audit?at=2020-03-26", "", {{"Cookie", ada}});
  ASSERT_EQ(audit.status, 200) << audit.body;
  EXPECT_NE(audit.body.find(R"("account":"lab","peer":"127.0.0.1","action":"GET",)"
                            R"("target":"/fhir/Patient/unknown","status":404)"),
            std::string::npos)
      << audit.body;
  EXPECT_NE(audit.body.find(R"("action":"PUT","target":"Patient/p1")"), std::string::npos);
  EXPECT_NE(audit.body.find(R"("account":"ada","peer":"127.0.0.1","action":"login")"),
            std::string::npos);
  EXPECT_EQ(audit.body.find("administrator-password"), std::string::npos);
}

TEST(Passwords, TooShortOnesAndWrongNamesAreRefused) {
  auto store = store::open_temporary();
  ASSERT_TRUE(store.ok());
  Identity identity(**store, {64, 1});
  EXPECT_FALSE(identity.put_account({"a", "A", {}, "en"}, "short", Instant{}).ok());
  EXPECT_FALSE(identity.put_account({"a b", "A", {}, "en"}, "long-enough", Instant{}).ok());
  ASSERT_TRUE(identity.put_account({"a", "A", {}, "en"}, "long-enough", Instant{}).ok());
  const auto row = (*store)->read_row("account", "a");
  ASSERT_TRUE(row.ok());
  EXPECT_NE(row->value.find("$argon2id$"), std::string::npos);
  EXPECT_EQ(row->value.find("long-enough"), std::string::npos);
}

TEST(Roles, AreThoseThatAreDeclaredAndOurs) {
  EXPECT_TRUE(check_roles({"a", "A", {"nurse", "admin", "system"}, "en"}, {"nurse"}).ok());
  const auto slip = check_roles({"a", "A", {"nurze"}, "en"}, {"physician", "nurse", "nurse"});
  ASSERT_FALSE(slip.ok());
  EXPECT_EQ(slip.error().help, "did you mean 'nurse'?");
  EXPECT_EQ(check_roles({"a", "A", {"zzz"}, "en"}, {"nurse", "nurse"}).error().help,
            "known are admin, monitor, nurse, system");
}

TEST(Sessions, EndAfterTwelveHours) {
  auto store = store::open_temporary();
  ASSERT_TRUE(store.ok());
  Identity identity(**store, {64, 1});
  ASSERT_TRUE(identity.put_account({"a", "A", {}, "en"}, "long-enough", Instant{}).ok());
  const auto session = identity.log_in("a", "long-enough", "10.0.0.1", Instant{});
  ASSERT_TRUE(session.ok());
  const Instant later = Instant{} + std::chrono::hours(11);
  ASSERT_NE(identity.who(session->token, later), nullptr);
  EXPECT_EQ(identity.who(session->token, later + std::chrono::hours(1)), nullptr);
  ASSERT_TRUE(identity.sweep(later + std::chrono::hours(1)).ok());
  Identity restarted(**store, {64, 1});
  EXPECT_EQ(restarted.who(session->token, later), nullptr) << "it was swept away";
}

TEST(Sessions, ThePauseAfterWrongPasswordsEnds) {
  auto store = store::open_temporary();
  ASSERT_TRUE(store.ok());
  Identity identity(**store, {64, 1});
  ASSERT_TRUE(identity.put_account({"a", "A", {}, "en"}, "long-enough", Instant{}).ok());
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(identity.log_in("a", "wrong-one", "10.0.0.1", Instant{}).ok());
  EXPECT_EQ(identity.log_in("a", "long-enough", "10.0.0.1", Instant{}).error().code,
            ErrorCode::unavailable);
  EXPECT_TRUE(
      identity.log_in("a", "long-enough", "10.0.0.1", Instant{} + std::chrono::minutes(15)).ok());
}

TEST(Passwords, AreKeptWhenTheRestOfAnAccountChanges) {
  auto store = store::open_temporary();
  ASSERT_TRUE(store.ok());
  Identity identity(**store, {64, 1});
  ASSERT_TRUE(identity.put_account({"a", "A", {}, "en"}, "long-enough", Instant{}).ok());
  ASSERT_TRUE(identity.put_account({"a", "Anna", {"nurse"}, "fr"}, "", Instant{}).ok());
  const auto session = identity.log_in("a", "long-enough", "10.0.0.1", Instant{});
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->account->name, "Anna");
  // Only the token's hash is on the disk.
  const auto row = (*store)->read_row("session", session->token);
  EXPECT_FALSE(row.ok());
}

}  // namespace
}  // namespace passerelle::server
