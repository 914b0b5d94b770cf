//! What error pages say and offer, where the provider's own words are not enough.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::{Page, with_query},
    provider::Provider,
};

/// The words of the page's main part, one blank between them.
fn words(page: &Page) -> String {
    page.texts("main").remove(0)
}

const LINK: &[(&str, &str)] =
    &[("invitation", "a-ticket"), ("organization", "org_9EbbZ2vFqXyT4nKd"), ("organization_name", "acme")];

#[rstest]
#[case::used_up(
    "invalid_request",
    "invitation not found or already used",
    "Ask an administrator of the organization for a new one"
)]
#[case::for_another(
    "access_denied",
    "the specified account is not allowed to accept the current invitation",
    "Ask for a new invitation"
)]
#[tokio::test]
async fn an_invitation_that_is_not_good_is_not_offered_again(
    #[case] error: &'static str,
    #[case] description: &'static str,
    #[case] advice: &str,
) {
    let provider = Provider::that_refuses(error, description);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.get(&with_query("/login", LINK)).await;
    assert_eq!(login.parameter("invitation").as_deref(), Some("a-ticket"));
    assert_eq!(login.parameter("organization_name"), None, "that is for us alone");
    let page = browser.follow(login).await;
    let text = words(&page);
    assert!(text.contains(advice), "{text}");
    assert!(text.contains("Log in without the invitation") && !text.contains("Try again"), "{text}");
    let again = page.attribute("[data-testid='try-again']", "href");
    assert!(again.contains("organization=org_9EbbZ2vFqXyT4nKd") && !again.contains("invitation="), "{again}");
    assert!(text.contains("acme (org_9EbbZ2vFqXyT4nKd)"), "{text}");
}

#[tokio::test]
async fn the_organizations_name_is_shown_where_a_link_tells_it() {
    let provider =
        Provider::that_refuses("access_denied", "user a is not part of the org_9EbbZ2vFqXyT4nKd organization");
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.get(&with_query("/login", LINK)).await;
    let page = browser.follow(page).await;
    assert!(words(&page).contains("is not a member of acme."), "{}", words(&page));
    let again = browser.get(&page.attribute("[data-testid='try-again']", "href")).await;
    assert!(words(&browser.follow(again).await).contains("is not a member of acme."), "and after another try");
}

/// Attack: a link names the attacker's organization by another's name.
#[tokio::test]
async fn a_links_name_never_stands_for_the_id() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.get("/login?organization=org_evil&organization_name=org1").await;
    assert_eq!(login.parameter("organization").as_deref(), Some("org_evil"));
    browser.follow(login).await;
    assert_eq!(browser.profile().await.unwrap()["org_id"], "org_evil");
    assert_eq!(browser.get("/profile").await.text("org-badge").unwrap().trim(), "evil", "by the ID token alone");
    let long = "ö".repeat(3000);
    for name in [long.as_str(), "", " ", "\u{202e}\u{200b}", "a\nb"] {
        let query = [("organization", "org_a"), ("organization_name", name)];
        let page = browser.get(&with_query("/login", &query)).await;
        assert_eq!(page.status, 303, "a name that is none is passed over: {name:?}");
    }
}

#[rstest]
#[case::board("/features/board", "Board", "premium")]
#[case::people("/features/people", "People", "corporate")]
#[tokio::test]
async fn without_an_organization_a_feature_asks_for_one(#[case] path: &str, #[case] name: &str, #[case] license: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("").await;
    let page = browser.get(path).await;
    assert_eq!((page.status, page.error_title().as_str()), (403, "You are not logged in to an organization"));
    let refused = page.text("feature-refused").unwrap();
    assert!(refused.contains(name) && refused.contains(license), "{refused}");
    let text = words(&page);
    assert!(text.contains("Enter an organization") && !text.contains("administrator"), "{text}");
    assert!(text.contains("Chapter 4.2 of the lab"), "{text}");
    let way = page.attribute("[data-testid='switch-organization']", "href");
    assert!(browser.get(&way).await.text("continue").is_some(), "{way} asks for it");
}

/// What is missing is told on the pages and at a feature: which setting, and which chapter of the lab brings it.
#[rstest]
#[case::no_action(json!({}), "has no license", "Actions → Triggers → post-login")]
#[case::no_metadata(json!({"https://myapp.com/organization": "org1"}), "has no license", "metadata “license” to premium")]
#[case::another_license(json!({"https://myapp.com/license": "gold"}), "“gold”", "metadata “license” to premium")]
#[tokio::test]
async fn without_a_license_the_switch_is_named_that_brings_one(
    #[case] says: Value,
    #[case] what: &str,
    #[case] switch: &str,
) {
    let mut claims = json!({"https://myapp.com/license": null, "https://myapp.com/organization": null});
    claims.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
    let provider = Provider::that_says(claims);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    for path in ["/", "/features", "/profile", "/features/board"] {
        let text = words(&browser.get(path).await);
        for part in [what, switch, "Chapter 5 of the lab"] {
            assert!(text.contains(part), "{part} at {path}: {text}");
        }
    }
}

/// Attack: a license without an organization opens nothing, and no page says that it does.
#[tokio::test]
async fn a_license_without_an_organization_is_none() {
    let license = json!({"https://myapp.com/license": "corporate", "org_id": null, "org_name": null});
    let provider = Provider::that_says(license);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("").await;
    for path in ["/", "/features", "/profile"] {
        let page = browser.get(path).await;
        assert_eq!(page.text("license-badge").as_deref(), Some("no license"), "{path}");
        assert!(words(&page).contains("You are not logged in to an organization"), "{path}: {}", words(&page));
    }
    assert_eq!(browser.get("/features/board").await.status, 403);
}

#[tokio::test]
async fn an_ended_session_names_all_that_ends_one() {
    let app = TestApp::with_demo_tenant();
    for path in ["/profile", "/"] {
        let browser = app.browser();
        browser.sign_in_as("alice@org1.example", "org1").await;
        app.script().await.checkpoint("second-organization").await;
        let page = browser.get(path).await;
        let text = words(&browser.follow(page).await);
        for reason in ["logged out elsewhere", "no longer a member", "checkpoint"] {
            assert!(text.contains(reason), "{reason} in {text}");
        }
    }
}

/// What is written from right to left until it is told to end, and is not told.
const TURNED: &str = "\u{202e}dekcah";

/// Attack: a mark in a name, or in the provider's words, turns round what stands behind it, and makes our words say
/// what they don't.
#[tokio::test]
async fn a_direction_ends_with_the_words_that_set_it_on_an_error_page() {
    let refused = Provider::that_refuses("access_denied", "\u{202e}user a is not part of the organization");
    let app = TestApp::at(&refused);
    let page = app.browser().sign_in(TURNED).await;
    assert_isolated(&page);
    assert!(words(&page).contains("is not a member of dekcah."), "{}", words(&page));
}

#[rstest]
#[case::corporate("corporate")]
#[case::an_unknown_license(TURNED)]
#[tokio::test]
async fn a_direction_ends_with_the_name_that_sets_it(#[case] license: &str) {
    let names = json!({
        "name": TURNED, "email": TURNED, "sub": format!("a|{TURNED}|b"), "org_name": "org1",
        "https://myapp.com/organization": TURNED, "https://myapp.com/license": license,
    });
    let provider = Provider::that_says(names);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    browser.post_note(TURNED).await;
    for path in ["/", "/profile", "/features", "/features/board", "/features/people", "/features/activity", "/nowhere"]
    {
        assert_isolated(&browser.get(path).await);
    }
    let link = with_query("/login", &[("organization", TURNED)]);
    assert_isolated(&browser.send(Method::GET, &link, &[("sec-fetch-site", "cross-site")], None).await);
}

/// Each text with a direction of its own is in a `<bdi>` or another element with `dir`, or is all of its block.
fn assert_isolated(page: &Page) {
    const WHOLE: [&str; 5] = ["bdi", "pre", "title", "dd", "td"];
    let document = page.html();
    for node in
        document.tree.nodes().filter(|node| node.value().as_text().is_some_and(|text| text.contains('\u{202e}')))
    {
        let elements: Vec<_> = node.ancestors().filter_map(|parent| parent.value().as_element()).collect();
        let is_isolated = elements.iter().any(|it| WHOLE.contains(&it.name()) || it.attr("dir").is_some());
        assert!(is_isolated, "{:?} in {elements:?} on {}", node.value(), page.url);
    }
    assert!(page.body.contains('\u{202e}') || page.status == 403, "nothing was looked at on {}", page.url);
}
