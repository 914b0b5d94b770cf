//! A user is signed in to the organization that was asked for, or not at all.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{app::TestApp, behaviour::change, provider::Provider};

const IDS: (&str, &str) = ("ORGANIZATION_IDS", "Listed=org_listed, other=org_other");

#[rstest]
#[case::by_name("org1", "org1", json!({"org_id": "org_a", "org_name": "org1"}))]
#[case::by_name_in_another_case("ORG1", "ORG1", json!({"org_id": "org_a", "org_name": "org1"}))]
#[case::by_id("org_a", "org_a", json!({"org_id": "org_a", "org_name": null}))]
#[case::by_a_listed_name("listed", "org_listed", json!({"org_id": "org_listed", "org_name": null}))]
#[case::by_a_listed_name_in_another_case("LISTED", "org_listed", json!({"org_id": "org_listed", "org_name": "odd"}))]
#[tokio::test]
async fn the_organization_that_was_asked_for_is_signed_in_to(
    #[case] typed: &str,
    #[case] sent: &str,
    #[case] claims: Value,
) {
    let provider = Provider::that_says(claims.clone());
    let app = TestApp::at_with(&provider, &[IDS]);
    let browser = app.browser();
    let login = browser.login(typed).await;
    assert_eq!(login.parameter("organization").as_deref(), Some(sent));
    let page = browser.follow(login).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(browser.profile().await.unwrap()["org_id"], claims["org_id"]);
}

/// Text that is pasted from slides or a chat may contain invisible characters.
#[rstest]
#[case::zero_width_space("org1\u{200b}", Some("org1"))]
#[case::zero_width_joiner_inside("or\u{200d}g1", Some("org1"))]
#[case::zero_width_non_joiner("\u{200c}org1", Some("org1"))]
#[case::byte_order_mark("\u{feff}org1", Some("org1"))]
#[case::soft_hyphen("or\u{ad}g1", Some("org1"))]
#[case::word_joiner("org\u{2060}1", Some("org1"))]
#[case::direction_marks("\u{200e}\u{202a}\u{2068}org1\u{2069}\u{202c}\u{200f}", Some("org1"))]
#[case::variation_selector("org1\u{fe0f}", Some("org1"))]
#[case::tag("org1\u{e0001}", Some("org1"))]
#[case::filler("\u{3164}org1", Some("org1"))]
#[case::control_characters("\u{b}org1\u{7f}\u{85}", Some("org1"))]
#[case::line_break("org1\r\n", Some("org1"))]
#[case::line_separator_inside("org\u{2028}1\u{2029}", Some("org1"))]
#[case::the_place_of_a_picture("\u{fffc}org1", Some("org1"))]
#[case::no_break_spaces("\u{a0}\u{202f}org1\u{a0}", Some("org1"))]
#[case::a_blank_behind_an_invisible_character("\u{feff} org1 \u{200b}", Some("org1"))]
#[case::an_id("\u{200b}org_a\u{200b}", Some("org_a"))]
#[case::a_listed_name("\u{feff}lis\u{ad}ted", Some("org_listed"))]
#[case::nothing_else("\u{200b} \u{feff}", None)]
#[case::visible_characters_stay("Ärzte.org-1_ü", Some("Ärzte.org-1_ü"))]
#[tokio::test]
async fn invisible_characters_in_an_organization_are_ignored(#[case] pasted: &str, #[case] sent: Option<&str>) {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[IDS]);
    let login = app.browser().login(pasted).await;
    assert_eq!((login.status, login.parameter("organization").as_deref()), (303, sent), "{}", login.body);
}

#[tokio::test]
async fn an_organization_is_counted_by_its_visible_characters() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let login = |length: usize| "ö\u{200b}".repeat(length);
    assert_eq!(app.browser().login(&login(255)).await.status, 303);
    assert_eq!(app.browser().login(&login(256)).await.status, 400);
}

/// Attack: the sign-in of another organization is brought to a user who asked for their own (a mix-up, or a provider
/// that does not know the parameter).
#[rstest]
#[case::another_name("org1", json!({"org_name": "org2"}), "The ID token is for another organization")]
#[case::another_id("org_a", json!({"org_id": "org_b"}), "The ID token is for another organization")]
#[case::id_in_another_case("org_a", json!({"org_id": "org_A"}), "The ID token is for another organization")]
#[case::listed_name_and_only_the_name_right("listed", json!({"org_id": "org_evil"}), "The ID token is for another organization")]
#[case::name_with_a_look_alike("org1", json!({"org_name": "оrg1"}), "The ID token is for another organization")]
#[case::no_claims_for_a_name("org1", json!({"org_id": null, "org_name": null}), "The ID token names no organization")]
#[case::no_id_for_a_name("org1", json!({"org_id": null}), "The ID token names no organization")]
#[case::no_id_for_an_id("org_a", json!({"org_id": null}), "The ID token names no organization")]
#[case::no_name_for_a_name("org1", json!({"org_name": null}), "The ID token does not name the organization")]
#[case::id_is_blank("org1", json!({"org_id": "  "}), "The ID token names no organization")]
#[case::id_of_zero_width("org1", json!({"org_id": "\u{200b}"}), "The ID token names no organization")]
#[case::id_is_a_number("org_a", json!({"org_id": 5}), "The ID token names no organization")]
#[case::id_is_an_array("org_a", json!({"org_id": ["org_a"]}), "The ID token names no organization")]
#[case::name_is_an_array("org1", json!({"org_name": ["org1"]}), "The ID token does not name the organization")]
#[tokio::test]
async fn another_organization_or_none_is_no_sign_in(#[case] typed: &str, #[case] claims: Value, #[case] title: &str) {
    let provider = Provider::that_says(claims);
    let app = TestApp::at_with(&provider, &[IDS]);
    let browser = app.browser();
    let page = browser.sign_in(typed).await;
    assert_eq!((page.status, page.error_title().as_str()), (502, title));
    assert!(page.body.contains(typed), "what was asked for is shown");
    assert!(page.body.contains("Organization (org_id, org_name): failed"), "the check is named: {}", page.body);
    assert_eq!(browser.profile().await, None);
}

#[tokio::test]
async fn names_that_are_not_switched_on_name_the_switch() {
    let provider = Provider::that_says(json!({"org_name": null}));
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert!(page.body.contains("Allow Organization Names in Authentication API"), "{}", page.body);
    assert!(page.body.contains("ORGANIZATION_IDS"), "{}", page.body);
}

#[tokio::test]
async fn an_organization_that_the_provider_asked_for_itself_is_accepted() {
    let provider =
        Provider::that_says(json!({"org_id": "org_a", "org_name": "org1", "https://myapp.com/license": "premium"}));
    let app = TestApp::at(&provider);
    let page = app.browser().sign_in("").await;
    assert_eq!(page.text("org-badge").unwrap().trim(), "org1");
}

#[tokio::test]
async fn nobody_asked_and_none_came_is_a_sign_in_without_an_organization() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.login("").await;
    assert_eq!(login.parameter("organization"), None);
    let page = browser.follow(login).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    assert_eq!(browser.get("/features/board").await.status, 403);
    assert_eq!(browser.post_note("to nobody").await.status, 403);
}

/// An organization is an isolated environment, kept by its id: another one of the same name sees nothing of it.
#[tokio::test]
async fn an_organization_of_the_same_name_sees_nothing_of_another() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (one, other) = (app.browser(), app.browser());
    one.sign_in("org1").await;
    assert_eq!(one.post_note("for our eyes only").await.status, 303);
    provider.now(|behaviour| behaviour.claim(json!({"org_id": "org_evil"})));
    other.sign_in("org1").await;
    assert_eq!(other.profile().await.unwrap()["https://myapp.com/organization"], "org1");
    assert!(!other.get("/features/board").await.body.contains("for our eyes only"));
    assert!(one.get("/features/board").await.body.contains("for our eyes only"));
}

/// RFC 9207: the response says whose it is, so that one provider's response is not taken for another's (mix-up attack).
#[rstest]
#[case::the_providers(Some(""), false, true)]
#[case::the_providers_as_promised(Some(""), true, true)]
#[case::none_and_none_promised(None, false, true)]
#[case::none_although_promised(None, true, false)]
#[case::another_providers(Some("https://evil.example/"), false, false)]
#[case::another_providers_although_promised(Some("https://evil.example/"), true, false)]
#[tokio::test]
async fn a_response_names_the_provider_that_was_asked(
    #[case] issuer: Option<&'static str>,
    #[case] promised: bool,
    #[case] is_good: bool,
) {
    let provider = Provider::start();
    let own = provider.issuer.clone();
    provider.now(|behaviour| {
        behaviour.discover(json!({"authorization_response_iss_parameter_supported": promised}));
        behaviour.response = change(move |response: &mut Vec<(String, String)>| {
            let name = |issuer: &str| if issuer.is_empty() { own.clone() } else { issuer.to_owned() };
            response.extend(issuer.map(|issuer| ("iss".to_owned(), name(issuer))));
        });
    });
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    if is_good {
        assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    } else {
        assert_eq!((page.status, page.error_title().as_str()), (400, "The response came from another provider"));
        assert!(provider.received("/token").is_empty(), "the code is not given to anybody");
        assert_eq!(browser.profile().await, None);
        assert_eq!(browser.cookies_named("orglab_attempt").len(), 1, "its code was not sent: the attempt stays");
    }
}
