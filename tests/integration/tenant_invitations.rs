//! Invitations: created on the dashboard, accepted once, by the account that they are for. `tenant_requests` has the
//! attacks.

use chrono::TimeDelta;
use orglab::demo_tenant::Checkpoint;

use crate::support::tenant::{TestTenant, to_organization};

#[tokio::test]
async fn an_invitation_makes_a_member_and_is_good_once() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let bob = tenant.browser();
    let page = bob.get(&invited).await;
    assert!(page.has("accept") && page.has("cancel") && page.test_ids("user-").is_empty());
    let choice = bob.press(&page, "accept").await;
    let choice = bob.get(choice.header("location").unwrap()).await;
    let page = bob.press(&choice, "connection-Okta2").await;
    let response = bob.press(&page, "user-bob@org2.example").await;
    assert_eq!(tenant.claims(&response).await["org_name"], "org1");
    assert!(tenant.browser().get("/").await.has("remove-member-org1-bob@org2.example"));
    assert!(tenant.browser().get("/").await.step_is_done("6.4"));

    let again = bob.get(&invited).await;
    assert_eq!(again.parameter("error").as_deref(), Some("invalid_request"));
    assert_eq!(again.parameter("error_description").as_deref(), Some("invitation not found or already used"));
}

#[tokio::test]
async fn an_invitation_is_never_accepted_without_its_button() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let bob = tenant.browser();
    bob.authenticate(&to_organization("org2"), "bob@org2.example").await;
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let page = bob.get(&invited).await;
    assert!(page.has("accept") && page.body.contains("bob@org2.example"));
    assert!(!tenant.browser().get("/").await.has("remove-member-org1-bob@org2.example"));
    let response = bob.press(&page, "accept").await;
    assert!(response.parameter("code").is_some(), "the session is enough: {:?}", response.location());
}

#[tokio::test]
async fn another_account_cannot_accept_and_uses_the_invitation_up() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let alice = tenant.browser();
    alice.authenticate(&to_organization("org1"), "alice@org1.example").await;
    let page = alice.get(&invited).await;
    let refused = alice.press(&page, "accept").await;
    assert_eq!(refused.parameter("error").as_deref(), Some("access_denied"));
    let description = refused.parameter("error_description");
    assert_eq!(description.as_deref(), Some("the specified account is not allowed to accept the current invitation"));
    let again = alice.get(&invited).await;
    assert_eq!(again.parameter("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn an_invitation_expires() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    tenant.clock.advance(TimeDelta::days(8));
    let refused = tenant.browser().get(&invited).await;
    assert_eq!(refused.parameter("error_description").as_deref(), Some("invitation not found or already used"));
}

#[tokio::test]
async fn on_the_dashboard_nobody_is_invited_who_is_no_user() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, "invite-org1", &[("email", "dora@org3.example")]).await;
    assert_eq!(refused.status, 422);
    let says = refused.texts("[role=alert]").remove(0);
    for words in ["dora@org3.example", "Create the user first", "alice@org1.example", "bob@org2.example"] {
        assert!(says.contains(words), "{says}");
    }
    assert!(!admin.get("/").await.body.contains("invitation-link"));

    tenant.script().await.invite_to_org1("dora@org3.example").await; // as at Auth0
}

#[tokio::test]
async fn an_invitation_that_nobody_can_accept_says_so_where_it_is_made_and_where_it_is_used() {
    let tenant = TestTenant::start();
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    assert!(dashboard.body.contains("Nobody can accept it yet"), "Okta2 is not enabled for org1");
    let page = tenant.browser().get(&invited).await;
    let says = page.texts(".notice.bad").remove(0);
    assert!(
        says.contains("no connection that is enabled for org1 has a user with the address bob@org2.example"),
        "{says}"
    );
    assert!(page.has("accept"));

    admin.press(&dashboard, "enable-org1-Okta2").await;
    assert!(!admin.get("/").await.body.contains("Nobody can accept it yet"));
    assert_eq!(tenant.browser().get(&invited).await.texts(".notice.bad"), Vec::<String>::new());
}

#[tokio::test]
async fn an_invitation_says_for_whom_it_is_and_warns_everybody_else() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let browser = tenant.browser();
    browser.authenticate(&to_organization("org1"), "alice@org1.example").await;
    let page = browser.get(&invited).await;
    assert!(page.texts(".lead")[0].contains("invites bob@org2.example to join org1"));
    let warning = page.texts(".notice.bad").remove(0);
    for words in ["Alice Adams", "for bob@org2.example", "can't be used again"] {
        assert!(warning.contains(words), "{warning}");
    }

    let choice = browser.press(&page, "accept-as-another").await;
    let choice = browser.get(choice.header("location").unwrap()).await;
    let users = browser.press(&choice, "connection-Okta2").await;
    assert!(
        users.texts(".notice")[0].contains("Choose bob@org2.example. Any other account is refused"),
        "{}",
        users.body
    );
    assert_eq!(users.texts(".choice.expected").len(), 1, "who is invited is suggested");
    assert!(browser.press(&users, "user-bob@org2.example").await.parameter("code").is_some());
}

#[tokio::test]
async fn who_is_invited_and_signed_in_is_not_warned() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let bob = tenant.browser();
    bob.authenticate(&to_organization("org2"), "bob@org2.example").await;
    let page = bob.get(&invited).await;
    assert_eq!(page.texts(".notice.bad"), Vec::<String>::new());
    assert!(page.body.contains("You are logged in as") && page.body.contains("Bob Brown"));
}
