//! The dashboard's forms: rejected input is shown again where it was typed, and large deletions ask first.

use std::sync::LazyLock;

use rstest::rstest;

use crate::support::{browser::borrowed, tenant::TestTenant};

/// Longer than anything that is taken, and than the forms that actix-web takes.
static LONG: LazyLock<String> = LazyLock::new(|| "x".repeat(20_000));

#[rstest]
#[case(
    "create-organization", 422, "name",
    &[("name", "no spaces"), ("display_name", "No Spaces"), ("license", "premium")]
)]
#[case(
    "create-organization", 409, "name",
    &[("name", "org1"), ("display_name", "Another"), ("license", "")]
)]
#[case("create-connection", 422, "name", &[("name", "Okta--3"), ("strategy", "auth0")])]
#[case("create-connection", 409, "name", &[("name", "okta1"), ("strategy", "okta")])]
#[case("create-user-Okta1", 422, "email", &[("email", "no address"), ("name", "Nobody")])]
#[case("create-user-Okta1", 409, "email", &[("email", "alice@org1.example"), ("name", "Alice Again")])]
#[case(
    "save-organization-org2", 422, "display_name",
    &[("display_name", " "), ("license", "corporate")]
)]
#[case(
    "save-organization-org2", 422, "license",
    &[("display_name", "Two"), ("license", LONG.as_str())]
)]
#[case(
    "create-organization", 422, "name",
    &[("name", LONG.as_str()), ("display_name", "Long"), ("license", "")]
)]
#[case("invite-org2", 422, "email", &[("email", "nobody")])]
#[tokio::test]
async fn a_refused_form_is_shown_again_with_what_was_typed_and_why(
    #[case] button: &str,
    #[case] status: u16,
    #[case] field: &str,
    #[case] typed: &[(&str, &str)],
) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, button, typed).await;
    assert_eq!(refused.status, status);

    let form = refused.form_of(button);
    for (name, value) in typed {
        assert!(borrowed(&form.fields).contains(&(*name, *value)), "{name}: {:?}", form.fields);
    }
    let form = form.action.strip_prefix("/#").unwrap_or_else(|| panic!("no fragment: {}", form.action));
    let alerts = refused.texts("[role=alert]");
    assert_eq!(refused.texts(&format!("form[id='{form}'] [role=alert]")), alerts, "the message is in the form");
    assert!(alerts.len() == 1 && !alerts[0].is_empty(), "{alerts:?}");
    let alert = refused.attribute("[role=alert]", "id");
    let wrong = "[aria-invalid=true]";
    assert_eq!(refused.texts(wrong).len(), 1);
    assert_eq!(refused.attribute(wrong, "name"), field);
    let described_by = refused.attribute(wrong, "aria-describedby");
    assert!(described_by.split(' ').any(|id| id == alert), "{described_by}");
}

#[tokio::test]
async fn a_form_whose_organization_is_gone_is_refused_at_the_top() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let question = admin.press(&dashboard, "delete-organization-org2").await;
    admin.press(&question, "confirm").await;
    let refused = admin.press_with(&dashboard, "save-organization-org2", &[("display_name", "Two")]).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.texts("main > [role=alert]"), ["No organization found by that id or name."]);
}

#[rstest]
#[case("create-organization")]
#[case("create-connection")]
#[tokio::test]
async fn the_hint_of_a_name_says_what_the_refusal_says(#[case] button: &str) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let refused = admin.press_with(&dashboard, button, &[("name", "not/this")]).await;
    let says = refused.texts("[role=alert]").remove(0);
    let rule = says.trim_end_matches('.').strip_prefix("The name must be ").unwrap_or_else(|| panic!("{says}"));
    assert!(rule.contains("letters") && rule.contains("digits") && rule.contains("hyphens"), "{rule}");
    let hint = dashboard.attribute(&format!("#{button} [name=name]"), "aria-describedby");
    assert_eq!(dashboard.texts(&format!("[id='{hint}']")), [format!("It must be {rule}")]);
}

#[rstest]
#[case("delete-organization-org1", "org1")]
#[case("delete-connection-Okta1", "Okta1")]
#[tokio::test]
async fn what_takes_much_with_it_is_deleted_only_when_confirmed(#[case] button: &str, #[case] name: &str) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let question = admin.press_at("/", button).await;
    assert_eq!(question.status, 200);
    assert!(question.texts("h1")[0].contains(name));
    let before = admin.get("/").await;
    assert!(before.has(button), "nothing is deleted yet");
    let way_back = question.attribute("[data-testid=cancel]", "href");
    let place = way_back.strip_prefix("/#").unwrap();
    assert_eq!(before.texts(&format!("[id='{place}']")).len(), 1, "back to where it was");

    let deleted = admin.press(&question, "confirm").await;
    assert_eq!(deleted.status, 303);
    assert!(!admin.get("/").await.has(button));
    let twice = admin.press(&question, "confirm").await;
    assert_eq!(twice.status, 409);
}

#[tokio::test]
async fn deleting_what_is_gone_asks_nothing() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "checkpoint-invited").await;
    let late = admin.press(&dashboard, "delete-organization-org1").await;
    assert_eq!((late.status, late.texts("main > [role=alert]").len()), (409, 1));
}

#[tokio::test]
async fn a_checkpoint_is_one_click_which_is_explained_before_and_told_after() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let explanation = dashboard.texts("#checkpoints").remove(0);
    for words in ["new IDs", "logged out"] {
        assert!(explanation.contains(words), "{explanation}");
    }
    assert!(!dashboard.has("last-checkpoint"));

    let clicked = admin.press(&dashboard, "checkpoint-license").await;
    assert_eq!(clicked.header("location"), Some("/#checkpoints"));
    let notice = admin.get("/").await.text("last-checkpoint").unwrap();
    for words in ["chapter 5", "new IDs", "logged out"] {
        assert!(notice.contains(words), "{notice}");
    }
}
