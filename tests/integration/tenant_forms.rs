//! The dashboard's forms: rejected input is shown again where it was typed, with the reason.

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
    assert_eq!(form.action, "/", "without a fragment, which would keep browsers from the field with autofocus");
    let alerts = refused.texts("[role=alert]");
    let in_form = format!("form:has([data-testid='{button}']) [role=alert]");
    assert_eq!(refused.texts(&in_form), alerts, "the message is in the form");
    assert!(alerts.len() == 1 && !alerts[0].is_empty(), "{alerts:?}");
    let alert = refused.attribute("[role=alert]", "id");
    let wrong = "[aria-invalid=true]";
    assert_eq!(refused.texts(wrong).len(), 1);
    assert_eq!(refused.attribute(wrong, "name"), field);
    assert_eq!((refused.texts("[autofocus]").len(), refused.attribute("[autofocus]", "name")), (1, field.to_owned()));
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
    assert_eq!(refused.texts("[role=alert][autofocus]"), ["This organization no longer exists. Nothing was changed."]);
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
