//! The prompt: it asks for the organization, and names those of the demo tenant.

use rstest::rstest;
use scraper::Selector;
use serde_json::json;

use crate::support::{app::TestApp, browser::Page, provider::Provider};

/// What the field holds at first.
fn filled_in(page: &Page) -> Option<String> {
    let field = Selector::parse("input[data-testid='organization']").unwrap();
    page.html().select(&field).next().unwrap().attr("value").map(str::to_owned)
}

fn hint(page: &Page) -> String {
    page.texts("#organization-hint").concat()
}

#[tokio::test]
async fn the_hint_names_at_most_three_of_the_organizations_there_are_now() {
    let app = TestApp::with_demo_tenant();
    let (browser, script) = (app.browser(), app.script().await);
    let assert = async |names: &[&str], words: &str| {
        let page = browser.get("/").await;
        assert_eq!(page.texts("#organization-hint a"), names);
        assert!(hint(&page).starts_with(words), "{}", hint(&page));
    };
    assert(&["org1", "org2"], "The demo tenant has org1 and org2.").await;
    for name in ["org3", "org4"] {
        script.ok("POST", "/v2/organizations", json!({"name": name})).await;
        let more = if name == "org3" { "org1, org2 and org3." } else { "org1, org2, org3 and others." };
        assert(&["org1", "org2", "org3"], &format!("The demo tenant has {more}")).await;
    }
    script.checkpoint("login").await;
    assert(&[], "The demo tenant has no organizations yet.").await;
    script.checkpoint("business-login").await;
    assert(&["org1"], "The demo tenant has org1.").await;
}

#[tokio::test]
async fn a_link_fills_the_form_that_switches_the_organization_too() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    let page = browser.get("/?organization=org2").await;
    assert_eq!((page.status, filled_in(&page).as_deref()), (200, Some("org2")));
    assert_eq!(filled_in(&browser.get("/").await), None);
    assert_eq!(browser.get("/profile").await.text("org-badge").as_deref(), Some("org1"), "and switches nothing");
}

#[tokio::test]
async fn nobody_knows_the_organizations_of_a_configured_provider() {
    let provider = Provider::start();
    let page = TestApp::at(&provider).browser().get("/").await;
    assert!(page.texts("#organization-hint a").is_empty(), "{}", page.body);
    assert_eq!(hint(&page), "Its name, such as org1, or its ID.");
}

#[tokio::test]
async fn a_link_in_the_hint_fills_the_field_and_begins_nothing() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let prompt = browser.get("/?return_to=%2Ffeatures%2Fboard").await;
    assert_eq!(filled_in(&prompt), None);
    let page = browser.get(&prompt.attribute("#organization-hint a", "href")).await;
    assert_eq!((page.status, filled_in(&page).as_deref()), (200, Some("org1")));
    assert_eq!(page.header("set-cookie"), None, "nothing is begun");
    let login = browser.press(&page, "continue").await;
    assert_eq!(login.parameter("organization").as_deref(), Some("org1"));
    let page = browser.choose_user(browser.follow(login).await, "alice@org1.example").await;
    assert_eq!(page.url.path(), "/features/board", "the link keeps where to go");
}

#[rstest]
#[case::name("org1", Some("org1"))]
#[case::id("org_aB3dE5fG7hJ9kL1m", Some("org_aB3dE5fG7hJ9kL1m"))]
#[case::right_to_left("ארגון", Some("ארגון"))]
#[case::emoji("👩‍🚀", Some("👩🚀"))]
#[case::invisible("\u{feff} or\u{200b}g\u{202e}1\u{0} ", Some("org1"))]
#[case::markup("\"><script>alert(1)</script>", Some("\"><script>alert(1)</script>"))]
#[case::template("{{ layout }}", Some("{{ layout }}"))]
#[case::as_long_as_can_be(&"ö".repeat(255), Some(&*"ö".repeat(255)))]
#[case::too_long(&"ö".repeat(256), None)]
#[case::empty("", None)]
#[case::blank(" \t\u{200b}", None)]
#[tokio::test]
async fn a_link_may_fill_the_field_with_what_users_can_type(#[case] text: &str, #[case] filled: Option<&str>) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("organization", text).finish();
    let page = app.browser().get(&format!("/?{query}")).await;
    assert_eq!((page.status, filled_in(&page).as_deref()), (200, filled));
    assert_eq!(page.header("set-cookie"), None, "nothing is begun");
    assert!(page.texts("script").is_empty(), "{}", page.body);
}

#[rstest]
#[case::twice("organization=org1&organization=org2")]
#[case::no_utf8("organization=%ff%fe&organization=%ff")]
#[case::another_name("organisation=org1")]
#[tokio::test]
async fn what_is_no_organization_leaves_the_field_empty(#[case] query: &str) {
    let provider = Provider::start();
    let page = TestApp::at(&provider).browser().get(&format!("/?{query}")).await;
    assert_eq!((page.status, filled_in(&page)), (200, None), "{}", page.body);
}
