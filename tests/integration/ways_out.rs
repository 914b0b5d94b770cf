//! What an error page offers, and what it says to somebody who tries again.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use crate::support::{app::TestApp, behaviour::change, browser::Page, provider::Provider};

const PRIMARY: &str = "main .primary";

/// The page of a sign-in that the provider refuses in these words.
async fn refused(error: &str, description: &str, organization: &str) -> Page {
    let provider = Provider::that_refuses(error, description);
    TestApp::at(&provider).browser().sign_in(organization).await
}

#[rstest]
#[case::not_a_member("access_denied", "user a is not part of the org_a organization", "Try again")]
#[case::unknown("invalid_request", "the organization org1 does not exist", "Another organization")]
#[case::none_named("invalid_request", "parameter organization is required for this client", "Enter an organization")]
#[case::an_invitation("invalid_request", "invitation not found or already used", "Log in without the invitation")]
#[case::cancelled("access_denied", "User did not authorize the request", "Try again")]
#[tokio::test]
async fn one_way_out_comes_first(#[case] error: &str, #[case] description: &str, #[case] way: &str) {
    let page = refused(error, description, "org1").await;
    assert_eq!(page.texts(PRIMARY), [way], "{}", page.body);
    assert_eq!(page.texts("main .actions .button")[0], way, "{}", page.body);
}

#[rstest]
#[case::not_found("/nowhere", 404, "Go to the start page")]
#[case::bad_request("/login?prompt=none", 400, "Another organization")]
#[case::foreign("/callback?code=a&state=b", 400, "Start again")]
#[tokio::test]
async fn one_way_out_comes_first_where_nobody_was_refused(#[case] path: &str, #[case] status: u16, #[case] way: &str) {
    let provider = Provider::start();
    let page = TestApp::at(&provider).browser().get(path).await;
    assert_eq!((page.status, page.texts(PRIMARY)), (status, vec![way.to_owned()]), "{}", page.body);
}

/// The link to the dashboard of the demo tenant, from its `#` on.
fn fragment(page: &Page) -> Option<String> {
    page.has("open-dashboard").then(|| {
        let link = page.attribute("[data-testid='open-dashboard']", "href");
        link.split_once("/#").unwrap().1.to_owned()
    })
}

#[tokio::test]
async fn at_the_demo_tenant_a_button_leads_to_where_it_is_mended() {
    let app = TestApp::with_demo_tenant();
    let script = app.script().await;
    script.checkpoint("collaboration").await;
    let browser = app.browser();
    let page = browser.sign_in("ORG1").await;
    let page = browser.press(&page, "connection-Okta2").await;
    let page = browser.choose_user(page, "bob@org2.example").await;
    assert_eq!(page.error_title(), "You are not a member of this organization");
    assert_eq!(fragment(&page).as_deref(), Some("organization-org1"), "the organization's own card");

    let id = script.organization("org1").await;
    let page = browser.sign_in(&id).await;
    assert_eq!(fragment(&page), Some(id), "the same by its id");

    let page = browser.sign_in("acme").await;
    assert_eq!(fragment(&page).as_deref(), Some("organizations"), "there is no such card");

    let member = app.browser();
    member.sign_in_as("bob@org2.example", "org2").await;
    let page = member.get("/features/people").await;
    assert_eq!(fragment(&page), Some(script.organization("org2").await), "the license is changed there");
    assert_eq!(fragment(&member.get("/nowhere").await), None, "nothing is to be mended");
}

#[tokio::test]
async fn another_provider_has_no_dashboard() {
    let page = refused("access_denied", "user a is not part of the org_a organization", "org1").await;
    assert_eq!(fragment(&page), None, "{}", page.body);
}

#[rstest]
#[case::board("/features/board", &["premium", "corporate"])]
#[case::people("/features/people", &["corporate"])]
#[tokio::test]
async fn where_a_license_is_missing_the_page_names_those_that_include_the_feature(
    #[case] path: &str,
    #[case] licenses: &[&str],
) {
    let provider = Provider::that_says(json!({"https://myapp.com/license": null}));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let page = browser.get(path).await;
    assert_eq!(page.status, 403);
    let included = page.texts("main dt + dd").into_iter().find(|text| text.contains("corporate")).unwrap();
    assert_eq!(included, licenses.join(" or "));
}

/// What the page says about an earlier refusal, in the words of the page.
fn same_reason(page: &Page) -> Option<String> {
    assert!(page.has("error-title"), "{}", page.body);
    page.text("refused-before")
}

/// The same as the error page shows it.
fn time(app: &TestApp) -> String {
    app.clock.clock().now().format("%H:%M").to_string()
}

#[tokio::test]
async fn a_second_refusal_for_the_same_reason_says_when_the_first_was() {
    let provider = Provider::that_refuses("access_denied", "user a is not part of the org_a organization");
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let first = browser.sign_in("org1").await;
    assert_eq!(same_reason(&first), None);
    assert_eq!(same_reason(&browser.get(first.url.as_str()).await), None, "a reload is no second try");
    let began = time(&app);
    app.clock.advance(TimeDelta::seconds(65));

    let again = browser.get(&first.attribute("[data-testid='try-again']", "href")).await;
    let second = browser.follow(again).await;
    let says = same_reason(&second).unwrap();
    assert!(says.contains("the provider gave the same reason") && says.contains(&began), "{began}: {says}");
    let datetime = second.attribute("[data-testid='refused-before'] time", "datetime");
    assert!(datetime.contains(&format!("T{began}:")) && datetime.ends_with('Z'), "{datetime}");
    assert_eq!(same_reason(&browser.get(second.url.as_str()).await), Some(says), "a reload says the same");
    assert_eq!(same_reason(&browser.get(first.url.as_str()).await), None, "nothing was before the first");

    assert_eq!(same_reason(&browser.sign_in("org2").await), None, "another organization");
    assert_eq!(same_reason(&app.browser().sign_in("org1").await), None, "another browser");
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(same_reason(&browser.sign_in("org1").await), None, "too long ago");
}

#[tokio::test]
async fn a_refusal_in_other_words_is_another_reason() {
    let provider = Provider::that_refuses("access_denied", "user a is not part of the org_a organization");
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    for (error, description) in [
        ("access_denied", Some("user b is not part of the org_a organization")),
        ("unauthorized", Some("user a is not part of the org_a organization")),
        ("access_denied", None),
    ] {
        provider.now(|behaviour| {
            behaviour.response = change(move |response: &mut Vec<(String, String)>| {
                response.retain(|(name, _)| name != "code");
                response.push(("error".into(), error.into()));
                response.extend(description.map(|text| ("error_description".into(), text.into())));
            });
        });
        assert_eq!(same_reason(&browser.sign_in("org1").await), None, "{error}: {description:?}");
    }
}

#[tokio::test]
async fn the_question_before_a_logout_offers_to_stay_to_who_is_logged_in() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    assert!(!browser.get("/logout").await.has("stay"), "there is nothing to stay in");
    browser.sign_in("org1").await;
    let page = browser.get("/logout").await;
    assert_eq!(
        (page.text("stay").as_deref(), page.texts(PRIMARY)),
        (Some("Stay logged in"), vec!["Log out".to_owned()])
    );
    assert_eq!(
        browser.get(&page.attribute("[data-testid='stay']", "href")).await.text("org-badge").as_deref(),
        Some("org1")
    );
}
