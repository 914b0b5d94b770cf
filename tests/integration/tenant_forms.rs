//! The dashboard's forms: what is refused is shown again where it was typed; what destroys much asks first.

use std::sync::LazyLock;

use orglab::{clock::Clock, demo_tenant::Checkpoint};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use crate::tenant_support::{TestTenant, attempt};

/// Longer than anything that is taken, and than the forms that actix-web takes.
static LONG: LazyLock<String> = LazyLock::new(|| "x".repeat(20_000));

#[rstest]
#[case(
    "create-organization", StatusCode::UNPROCESSABLE_ENTITY, "name",
    &[("name", "no spaces"), ("display_name", "No Spaces"), ("license", "premium")]
)]
#[case(
    "create-organization", StatusCode::CONFLICT, "name",
    &[("name", "org1"), ("display_name", "Another"), ("license", "")]
)]
#[case("create-connection", StatusCode::UNPROCESSABLE_ENTITY, "name", &[("name", "Okta--3"), ("strategy", "auth0")])]
#[case("create-connection", StatusCode::CONFLICT, "name", &[("name", "okta1"), ("strategy", "okta")])]
#[case("create-user-Okta1", StatusCode::UNPROCESSABLE_ENTITY, "email", &[("email", "no address"), ("name", "Nobody")])]
#[case("create-user-Okta1", StatusCode::CONFLICT, "email", &[("email", "alice@org1.example"), ("name", "Alice Again")])]
#[case(
    "save-organization-org2", StatusCode::UNPROCESSABLE_ENTITY, "display_name",
    &[("display_name", " "), ("license", "corporate")]
)]
#[case(
    "save-organization-org2", StatusCode::UNPROCESSABLE_ENTITY, "license",
    &[("display_name", "Two"), ("license", LONG.as_str())]
)]
#[case(
    "create-organization", StatusCode::UNPROCESSABLE_ENTITY, "name",
    &[("name", LONG.as_str()), ("display_name", "Long"), ("license", "")]
)]
#[case("invite-org2", StatusCode::UNPROCESSABLE_ENTITY, "email", &[("email", "nobody")])]
#[actix_web::test]
async fn a_refused_form_is_shown_again_with_what_was_typed_and_why(
    #[case] button: &str,
    #[case] status: StatusCode,
    #[case] field: &str,
    #[case] typed: &[(&str, &str)],
) {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, button, typed).await;
    assert_eq!(refused.status, status);

    let (action, _, fields) = refused.form_of(button);
    for (name, value) in typed {
        assert!(fields.contains(&((*name).to_owned(), (*value).to_owned())), "{name}: {fields:?}");
    }
    let form = action.strip_prefix("/#").unwrap_or_else(|| panic!("no fragment: {action}"));
    let alerts = refused.texts("[role=alert]");
    assert_eq!(refused.texts(&format!("form[id='{form}'] [role=alert]")), alerts, "the message is in the form");
    assert!(alerts.len() == 1 && !alerts[0].is_empty(), "{alerts:?}");
    let alert = refused.attribute("[role=alert]", "id").unwrap();
    let wrong = "[aria-invalid=true]";
    assert_eq!(refused.texts(wrong).len(), 1);
    assert_eq!(refused.attribute(wrong, "name").as_deref(), Some(field));
    let described_by = refused.attribute(wrong, "aria-describedby").unwrap();
    assert!(described_by.split(' ').any(|id| id == alert), "{described_by}");
}

#[actix_web::test]
async fn a_form_whose_organization_is_gone_is_answered_at_the_top() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let question = admin.press(&dashboard, "delete-organization-org2").await;
    admin.press(&question, "confirm").await;
    let refused = admin.press_with(&dashboard, "save-organization-org2", &[("display_name", "Two")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.texts("main > [role=alert]"), ["No organization found by that id or name."]);
}

#[rstest]
#[case("create-organization")]
#[case("create-connection")]
#[actix_web::test]
async fn the_hint_of_a_name_says_what_the_refusal_says(#[case] button: &str) {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, button, &[("name", "not/this")]).await;
    let says = refused.texts("[role=alert]").remove(0);
    let rule = says.trim_end_matches('.').strip_prefix("The name must be ").unwrap_or_else(|| panic!("{says}"));
    assert!(rule.contains("letters") && rule.contains("digits") && rule.contains("hyphens"), "{rule}");
    let hint = dashboard.attribute(&format!("#{button} [name=name]"), "aria-describedby").unwrap();
    assert_eq!(dashboard.texts(&format!("[id='{hint}']")), [format!("It must be {rule}")]);
}

#[rstest]
#[case("delete-organization-org1", "org1")]
#[case("delete-connection-Okta1", "Okta1")]
#[actix_web::test]
async fn what_takes_much_with_it_is_deleted_only_when_confirmed(#[case] button: &str, #[case] name: &str) {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let question = admin.press(&dashboard, button).await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(question.texts("h1")[0].contains(name));
    let before = admin.get("/").await;
    assert!(before.has(button), "nothing is deleted yet");
    let way_back = question.attribute("[data-testid=cancel]", "href").unwrap();
    let place = way_back.strip_prefix("/#").unwrap();
    assert_eq!(before.texts(&format!("[id='{place}']")).len(), 1, "back to where it was");

    let deleted = admin.press(&question, "confirm").await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    assert!(!admin.get("/").await.has(button));
    let twice = admin.press(&question, "confirm").await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn deleting_what_is_gone_asks_nothing() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "checkpoint-invited").await;
    let late = admin.press(&dashboard, "delete-organization-org1").await;
    assert_eq!((late.status, late.texts("main > [role=alert]").len()), (StatusCode::CONFLICT, 1));
}

#[actix_web::test]
async fn a_checkpoint_is_one_click_which_is_explained_before_and_told_after() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let explanation = dashboard.texts("[aria-labelledby=checkpoints] .lead").remove(0);
    for words in ["new ids", "signed out"] {
        assert!(explanation.contains(words), "{explanation}");
    }
    assert!(!dashboard.has("last-checkpoint"));

    let clicked = admin.press(&dashboard, "checkpoint-license").await;
    assert_eq!(clicked.location.as_deref(), Some("/#checkpoints"));
    let notice = admin.get("/").await.text_of("last-checkpoint");
    for words in ["chapter 5", "new ids", "signed out"] {
        assert!(notice.contains(words), "{notice}");
    }
}

#[rstest]
#[case(Checkpoint::Login, Some("choose Carol"))]
#[case(Checkpoint::EnterpriseConnection, Some("choose Okta1, then Alice"))]
#[case(Checkpoint::BusinessLogin, None)]
#[case(Checkpoint::SecondOrganization, None)]
#[case(Checkpoint::Collaboration, Some("step 6.3"))]
#[case(Checkpoint::Invited, Some("step 6.5"))]
#[actix_web::test]
async fn the_guide_says_where_to_begin_at_checkpoints_where_its_steps_do_not(
    #[case] checkpoint: Checkpoint,
    #[case] words: Option<&str>,
) {
    let tenant = TestTenant::start_with(checkpoint, Clock::system());
    let dashboard = tenant.browser().get("/").await;
    let said = dashboard.texts("[aria-labelledby=guide] [data-testid=beginning]");
    assert_eq!(said.len(), usize::from(words.is_some()), "{said:?}");
    assert!(words.is_none_or(|words| said[0].contains(words)), "{said:?}");
    assert_eq!(dashboard.test_ids("step-").len(), 7);
}

#[actix_web::test]
async fn on_the_dashboard_nobody_is_invited_who_is_no_user() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, "invite-org1", &[("email", "dora@org3.example")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let says = refused.texts("[role=alert]").remove(0);
    for words in ["dora@org3.example", "Create the user first", "alice@org1.example", "bob@org2.example"] {
        assert!(says.contains(words), "{says}");
    }
    assert!(!admin.get("/").await.body.contains("invitation-link"));

    let script = tenant.script().await; // as at Auth0
    let org1 = script.find("/v2/organizations", "name", "org1", "id").await;
    let invitee = json!({"invitee": {"email": "dora@org3.example"}, "inviter": {"name": "A"}, "client_id": "orglab"});
    script.ok("POST", &format!("/v2/organizations/{org1}/invitations"), invitee).await;
}

#[actix_web::test]
async fn an_invitation_that_nobody_can_accept_says_so_where_it_is_made_and_where_it_is_used() {
    let tenant = TestTenant::start();
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    assert!(dashboard.body.contains("nobody can accept it yet"), "Okta2 is not enabled for org1");
    let page = tenant.browser().get(&invited.path).await;
    let says = page.texts(".problem").remove(0);
    assert!(
        says.contains("No user of a connection that is enabled for org1 has the address bob@org2.example"),
        "{says}"
    );
    assert!(page.has("accept"));

    admin.press(&dashboard, "enable-org1-Okta2").await;
    assert!(!admin.get("/").await.body.contains("nobody can accept it yet"));
    assert_eq!(tenant.browser().get(&invited.path).await.texts(".problem"), Vec::<String>::new());
}

#[actix_web::test]
async fn an_invitation_says_for_whom_it_is_and_warns_everybody_else() {
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, Clock::system());
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut browser = tenant.browser();
    browser.sign_in(&attempt(&[("organization", "org1")]), "Okta1", "alice@org1.example").await;
    let page = browser.get(&invited.path).await;
    assert!(page.texts(".lead")[0].contains("invites bob@org2.example to join org1"));
    let warning = page.texts(".problem").remove(0);
    for words in ["Alice Adams", "for bob@org2.example", "used up"] {
        assert!(warning.contains(words), "{warning}");
    }

    let choice = browser.press(&page, "accept-as-another").await;
    let choice = browser.get(&choice.location.unwrap()).await;
    let users = browser.press(&choice, "connection-Okta2").await;
    assert!(users.texts(".lead")[0].contains("for bob@org2.example alone"), "{}", users.body);
    assert_eq!(users.texts(".choice.expected").len(), 1, "who is invited is suggested");
    assert!(browser.press(&users, "user-bob@org2.example").await.answer("code").is_some());
}

#[actix_web::test]
async fn who_is_invited_and_signed_in_is_not_warned() {
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, Clock::system());
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut bob = tenant.browser();
    bob.sign_in(&attempt(&[("organization", "org2")]), "Okta2", "bob@org2.example").await;
    let page = bob.get(&invited.path).await;
    assert_eq!(page.texts(".problem"), Vec::<String>::new());
    assert!(page.body.contains("You are signed in as") && page.body.contains("Bob Brown"));
}
