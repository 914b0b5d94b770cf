//! The questions of the dashboard: before a jump, a deletion or a member's removal, it says what will be lost.

use orglab::{clock::Clock, demo_tenant::Seed, random::Random};
use rstest::rstest;
use serde_json::json;

use crate::support::{
    browser::Page,
    tenant::{TestTenant, to_organization},
};

/// What the question says will be lost.
fn consequences(question: &Page) -> Vec<String> {
    question.texts("#consequences li")
}

#[rstest]
#[case("delete-organization-org1", "Delete org1?")]
#[case("delete-connection-Okta1", "Delete Okta1?")]
#[case("delete-user-alice@org1.example", "Delete alice@org1.example of Okta1?")]
#[case("remove-member-org1-alice@org1.example", "Remove alice@org1.example of Okta1 from org1?")]
#[case("checkpoint-login", "Jump to the state after chapter 2?")]
#[tokio::test]
async fn what_takes_something_away_happens_only_when_confirmed(#[case] button: &str, #[case] heading: &str) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let alice = "remove-member-org1-alice@org1.example";
    for _ in 0..2 {
        let question = admin.press(&dashboard, button).await; // and once more: a double click, or a reload
        assert_eq!((question.status, question.texts("h1")), (200, vec![heading.to_owned()]));
        assert!(admin.get("/").await.has(alice), "nothing is changed yet");
    }
    let question = admin.press(&dashboard, button).await;
    let way_back = question.attribute("[data-testid=cancel]", "href").replace("%7C", "|");
    let place = way_back.strip_prefix("/#").unwrap();
    assert_eq!(dashboard.texts(&format!("[id='{place}']")).len(), 1, "back to where it was");
    assert_eq!(question.attribute("[autofocus]", "data-testid"), "cancel", "Enter changes nothing");
    let stops = question.test_ids("c");
    assert_eq!(stops, ["cancel", "confirm"], "in the order of the Tab key");

    let done = admin.press(&question, "confirm").await;
    assert_eq!(done.status, 303);
    assert!(!admin.get("/").await.has(alice));
    let twice = admin.press(&question, "confirm").await;
    assert_eq!(twice.status, 303, "a double click is harmless");
}

#[rstest]
#[case("delete-organization-org1", "Nothing to change: this organization no longer exists.")]
#[case("delete-user-bob@org2.example", "Nothing to change: this user no longer exists.")]
#[case("delete-connection-Okta2", "Nothing to change: this connection no longer exists.")]
#[tokio::test]
async fn no_question_is_asked_about_what_is_gone(#[case] button: &str, #[case] message: &str) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    tenant.script().await.checkpoint("license").await;
    let late = admin.press(&dashboard, button).await;
    assert_eq!(late.status, 303, "{}", late.body);
    let dashboard = admin.get("/").await;
    assert_eq!(dashboard.dashboard_message().as_deref(), Some(message));
    assert!(dashboard.has("delete-organization-org1"), "the new one of this name stays");
}

/// A member of an organization that is gone is no longer there to remove.
#[tokio::test]
async fn no_question_is_asked_about_a_member_of_what_is_gone() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    tenant.script().await.checkpoint("license").await;
    let late = admin.press(&dashboard, "remove-member-org1-alice@org1.example").await;
    assert_eq!(late.texts("[role=alert]"), ["This organization no longer exists. Nothing was changed."]);
    assert!(late.has("remove-member-org1-alice@org1.example"));
}

#[tokio::test]
async fn an_organizations_question_counts_what_goes_with_it() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let nobody = [
        "Its license (premium) is deleted.",
        "Its 1 membership is deleted. The users and connections stay.",
        "Nobody is logged in to it.",
        "This can't be undone.",
    ];
    assert_eq!(consequences(&admin.press_at("/", "delete-organization-org2").await), nobody);
    tenant.alice().await;
    tenant.alice().await; // the same person in another browser
    tenant.invite_to_org1("alice@org1.example").await;
    let question = admin.press_at("/", "delete-organization-org1").await;
    let counted = ["1 invitation link stops working.", "1 user is logged out of Orglab immediately."];
    assert_eq!(consequences(&question)[2..4], counted);
}

#[tokio::test]
async fn the_questions_about_a_connection_and_a_user_name_what_goes_with_them() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    tenant.alice().await;
    assert_eq!(
        consequences(&admin.press_at("/", "delete-connection-Okta1").await),
        [
            "Its 1 user is deleted: alice@org1.example.",
            "Their 1 membership is deleted.",
            "It is no longer enabled for org1.",
            "1 user is logged out of Orglab immediately.",
            "This can't be undone.",
        ]
    );
    assert_eq!(
        consequences(&admin.press_at("/", "delete-user-alice@org1.example").await),
        [
            "The user's 1 membership is deleted: org1.",
            "The user is logged out of Orglab immediately.",
            "If you create the user again, they get a new ID, so Orglab treats them as a different user.",
            "This can't be undone.",
        ]
    );
}

#[tokio::test]
async fn a_removals_question_says_whether_the_user_can_come_back() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    tenant.alice().await;
    let button = "remove-member-org1-alice@org1.example";
    let asked = async || consequences(&admin.press_at("/", button).await);
    let logged_out = "alice@org1.example is logged out of org1 in Orglab immediately.";
    let again = "Auto-membership of Okta1 is on, so the user becomes a member again at the next sign-in. \
                 To prevent this, turn it off first.";
    assert_eq!(asked().await, [logged_out, again]);
    admin.press_at("/", "auto-membership-org1-Okta1").await;
    let until = "The user can't log in to org1 again until you add or invite them.";
    assert_eq!(asked().await, [logged_out, until]);
    admin.press_at("/", "disable-org1-Okta1").await;
    let neither = "Okta1 is not enabled for org1, so the user can't log in there anyway.";
    assert_eq!(asked().await, [logged_out, neither]);
    admin.confirm_at("/", button).await;
    admin.press_at("/", "add-member-org1-alice@org1.example").await;
    assert_eq!(asked().await[0], "alice@org1.example is not logged in to org1 now.");
}

#[tokio::test]
async fn a_checkpoints_question_names_what_it_takes_away() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "create-organization", &[("name", "acme")]).await;
    admin.press_with(&dashboard, "create-connection", &[("name", "Okta3")]).await;
    for user in ["u1", "u2", "u3", "u4"] {
        let email = format!("{user}@org1.example");
        admin.press_with(&dashboard, "create-user-Okta1", &[("email", &email)]).await;
    }
    tenant.browser().authenticate(&to_organization("org1"), "u1@org1.example").await;
    admin.press(&dashboard, "fault-slow").await;
    let question = admin.press(&dashboard, "checkpoint-license").await;
    assert_eq!(
        consequences(&question),
        [
            "2 organizations are deleted: org2 and acme.",
            "2 connections are deleted: Okta2 and Okta3.",
            "5 users are deleted: bob@org2.example, u1@org1.example, u2@org1.example and 2 more.",
            "Orglab starts with no data for org1, since organizations get new IDs.",
            "Licenses, enabled connections, members and settings that you changed are reset.",
            "1 user is logged out, here and in Orglab.",
            "Your progress in the lab is reset, and queued faults are cancelled.",
            "This can't be undone.",
        ]
    );
}

#[tokio::test]
async fn a_jump_back_to_a_seed_asks_too_and_the_management_api_never_asks() {
    let seed = json!({"connections": [], "organizations": [{"name": "acme"}]}).to_string();
    let seed = Seed::parse(&seed, Clock::system().now(), &Random::system()).unwrap();
    let tenant = TestTenant::with(|options| options.seed = Some(seed));
    let admin = tenant.browser();
    let question = admin.press_at("/", "checkpoint-seed").await;
    assert_eq!(question.texts("h1"), ["Jump back to your seed?"]);
    assert_eq!(admin.press(&question, "confirm").await.status, 303);
    let message = admin.get("/").await.dashboard_message().unwrap();
    assert!(message.starts_with("You jumped back to your seed."), "{message}");
    tenant.script().await.checkpoint("license").await;
    assert!(admin.get("/").await.has("delete-organization-org1"));
}
