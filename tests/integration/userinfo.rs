//! Userinfo (OpenID Connect Core 1.0, 5.3): providers that send names only there.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change, with},
    hostile::{Outcome, assert_nothing_leaks, sign_in},
    provider::Provider,
};

const SUBJECT: &str = "okta|Okta1|alice";

/// Its ID tokens have no names, and these claims besides; userinfo says `said` of the user.
fn tells_at_userinfo(claims: Value, said: Value) -> impl FnOnce(&mut Behaviour) {
    move |behaviour| {
        let mut all = json!({"name": null, "nickname": null, "email": null});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        behaviour.claim(all);
        behaviour.userinfo = with(said);
    }
}

fn name_of(outcome: &Outcome) -> String {
    outcome.page.texts("h1").join(" ")
}

#[rstest]
#[case::whole(json!({"name": "Alice Adams", "preferred_username": "alice"}), "Alice Adams")]
#[case::in_parts(json!({"given_name": "Alice", "family_name": "Adams"}), "Alice Adams")]
#[case::username(json!({"preferred_username": "dwho"}), "dwho")]
#[case::nickname(json!({"nickname": "al"}), "al")]
#[case::email(json!({"email": "alice@org1.example"}), "alice@org1.example")]
#[case::of_odd_types(json!({"name": 5, "email": ["x"], "nickname": "al"}), "al")]
#[case::blank(json!({"name": "\u{200b}", "nickname": "al"}), "al")]
#[case::too_long(json!({"name": "x".repeat(3000), "nickname": "al"}), "al")]
#[case::without_a_name(json!({}), SUBJECT)]
#[tokio::test]
async fn a_name_that_only_userinfo_has_is_shown(#[case] said: Value, #[case] name: &str) {
    let outcome = sign_in(tells_at_userinfo(json!({}), said)).await;
    outcome.assert_signed_in().await;
    assert_eq!(name_of(&outcome), name);
    assert_eq!(outcome.provider.received("/userinfo").len(), 1);
}

/// What counts as a name in an ID token is a text that shows.
#[rstest]
#[case::name(json!({"name": "Alice"}), false)]
#[case::username(json!({"preferred_username": "alice"}), false)]
#[case::given_name(json!({"given_name": "Alice"}), false)]
#[case::family_name(json!({"family_name": "Adams"}), false)]
#[case::email(json!({"email": "alice@org1.example"}), false)]
#[case::nickname_alone(json!({"nickname": "al"}), true)]
#[case::blank(json!({"name": " "}), true)]
#[case::of_an_odd_type(json!({"name": 5, "email": {}}), true)]
#[tokio::test]
async fn userinfo_is_asked_for_only_if_the_id_token_names_nobody(#[case] claims: Value, #[case] is_asked: bool) {
    let outcome = sign_in(tells_at_userinfo(claims, json!({"name": "Userinfo"}))).await;
    outcome.assert_signed_in().await;
    assert_eq!(outcome.provider.received("/userinfo").len(), usize::from(is_asked));
    assert_eq!(name_of(&outcome) == "Userinfo", is_asked);
}

/// Attack (token substitution, Core 5.3.2): the access token, or the response, is somebody else's.
#[rstest]
#[case::anothers(json!("okta|Okta1|mallory"))]
#[case::null(json!(null))]
#[case::in_another_case(json!("OKTA|Okta1|alice"))]
#[case::with_a_blank(json!("okta|Okta1|alice "))]
#[case::as_list(json!([SUBJECT]))]
#[case::number(json!(1))]
#[tokio::test]
async fn the_response_counts_only_for_the_same_subject(#[case] subject: Value) {
    let said = json!({"sub": subject, "name": "Mallory", "picture": "https://pictures.example/mallory.png",
        "https://myapp.com/license": "corporate"});
    let outcome = sign_in(tells_at_userinfo(json!({"https://myapp.com/license": null}), said)).await;
    outcome.assert_signed_in().await;
    for path in ["/profile", "/trace", "/features"] {
        let page = outcome.browser.get(path).await;
        assert!(!page.body.contains("Mallory") && !page.body.contains("mallory.png"), "{path}: {}", page.body);
    }
    assert_eq!(outcome.browser.get("/features/board").await.status, 403, "nobody has a license");
    let trace = outcome.browser.get("/trace").await;
    assert!(trace.texts("tbody.failed").join(" ").contains(SUBJECT), "the check is shown: {}", trace.body);
}

/// Attack: userinfo, which nobody has signed, changes who signs in, to which organization, or what that may do.
#[tokio::test]
async fn what_the_id_token_says_is_never_changed() {
    let claims = json!({"https://myapp.com/license": ["none"], "nickname": "al", "picture": "https://pictures.example/alice.png"});
    let said = json!({"nickname": "mallory", "picture": "https://pictures.example/mallory.png", "org_id": "org_evil",
        "org_name": "evil", "sid": "another", "https://myapp.com/license": "corporate",
        "https://myapp.com/organization": "Evil Inc.", "iss": "https://evil.example/", "aud": "another", "exp": 1});
    let outcome = sign_in(tells_at_userinfo(claims, said)).await;
    outcome.assert_signed_in().await;
    let claims = outcome.browser.profile().await.unwrap();
    assert_eq!((&claims["org_id"], &claims["org_name"]), (&json!("org_org1"), &json!("org1")));
    for path in ["/profile", "/trace", "/features"] {
        let page = outcome.browser.get(path).await;
        for word in ["mallory", "evil", "Evil"] {
            assert!(!page.body.contains(word), "{word} on {path}: {}", page.body);
        }
    }
    assert_eq!(outcome.browser.get("/features/people").await.status, 403, "the license is the ID token's");
}

#[tokio::test]
async fn without_an_organization_in_the_id_token_userinfo_makes_no_member() {
    let said =
        json!({"name": "Alice", "org_id": "org_org1", "org_name": "org1", "https://myapp.com/license": "corporate"});
    let outcome = Outcome::of(tells_at_userinfo(json!({}), said), "/login").await;
    outcome.assert_signed_in().await;
    assert_eq!(outcome.browser.get("/features/board").await.status, 403);
    assert!(!outcome.page.body.contains("org1"), "{}", outcome.page.body);
}

#[tokio::test]
async fn license_and_organization_may_come_from_userinfo() {
    let without = json!({"https://myapp.com/license": null, "https://myapp.com/organization": null});
    let said = json!({"https://myapp.com/license": "corporate", "https://myapp.com/organization": "Org One Ltd."});
    let outcome = sign_in(tells_at_userinfo(without, said)).await;
    outcome.assert_signed_in().await;
    assert!(outcome.page.text("org-badge").unwrap().contains("Org One Ltd."));
    assert_eq!(outcome.browser.get("/features/people").await.status, 200);
}

/// Attack (another organization's license): userinfo may belong to no organization, and tells the license of the user's
/// other one.
#[rstest]
#[case::by_id(json!({"org_id": "org_org2"}))]
#[case::by_name(json!({"org_name": "org2"}))]
#[case::by_one_of_them(json!({"org_id": "org_org1", "org_name": "org2"}))]
#[tokio::test]
async fn a_license_of_another_organization_is_not_taken_from_userinfo(#[case] organization: Value) {
    let without = json!({"https://myapp.com/license": null, "https://myapp.com/organization": null});
    let mut said = json!({"name": "Alice", "https://myapp.com/license": "corporate",
        "https://myapp.com/organization": "Org Two Ltd."});
    said.as_object_mut().unwrap().extend(organization.as_object().unwrap().clone());
    let outcome = sign_in(tells_at_userinfo(without, said)).await;
    outcome.assert_signed_in().await;
    assert!(!outcome.page.body.contains("Org Two Ltd."), "{}", outcome.page.body);
    assert_eq!(outcome.browser.get("/features/board").await.status, 403);
    assert_eq!(name_of(&outcome), "Alice", "a name is nobody's right");
}

/// An optional request never costs a sign-in.
#[rstest]
#[case::failing(Trouble::html(500))]
#[case::refusing(Trouble::json(401, r#"{"error": "invalid_token"}"#))]
#[case::another_success(Trouble::json(203, r#"{"sub": "okta|Okta1|alice", "name": "Mallory"}"#))]
#[case::page(Trouble::html(200))]
#[case::signed(Trouble::Response(200, "application/jwt", "e30.e30.AA".to_owned()))]
#[case::list(Trouble::json(200, "[]"))]
#[case::empty(Trouble::json(200, ""))]
#[case::redirecting(Trouble::redirect())]
#[case::half(Trouble::Half)]
#[case::endless(Trouble::Endless)]
#[tokio::test]
async fn userinfo_that_fails_costs_no_sign_in(#[case] trouble: Trouble) {
    let outcome = sign_in(|behaviour| {
        tells_at_userinfo(json!({}), json!({"name": "Mallory"}))(behaviour);
        behaviour.userinfo_trouble = Some(trouble);
    })
    .await;
    outcome.assert_signed_in().await;
    assert_eq!(name_of(&outcome), SUBJECT);
    let trace = outcome.browser.get("/trace").await;
    assert_eq!(trace.texts("tbody.failed").len(), 1, "the trace tells it: {}", trace.body);
}

/// All calls share ten seconds.
#[tokio::test]
async fn userinfo_that_hangs_costs_no_sign_in() {
    let began = Instant::now();
    let outcome = sign_in(|behaviour| {
        tells_at_userinfo(json!({}), json!({}))(behaviour);
        behaviour.userinfo_trouble = Some(Trouble::Hang);
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(12));
    outcome.assert_signed_in().await;
}

/// Neither field nor token is needed for a sign-in. A token of another type than Bearer is not sent as one.
#[rstest]
#[case::no_endpoint(json!({"userinfo_endpoint": null}), json!({}))]
#[case::empty_endpoint(json!({"userinfo_endpoint": ""}), json!({}))]
#[case::endpoint_that_others_could_read(json!({"userinfo_endpoint": "http://provider.example/userinfo"}), json!({}))]
#[case::no_access_token(json!({}), json!({"access_token": null}))]
#[case::access_token_of_an_odd_type(json!({}), json!({"access_token": 5}))]
#[case::access_token_that_is_no_header(json!({}), json!({"access_token": "a\r\nb"}))]
#[case::another_token_type(json!({}), json!({"token_type": "DPoP"}))]
#[tokio::test]
async fn without_endpoint_or_token_nothing_is_asked(#[case] discovered: Value, #[case] tokens: Value) {
    let outcome = sign_in(|behaviour| {
        tells_at_userinfo(json!({}), json!({"name": "Alice"}))(behaviour);
        behaviour.discover(discovered);
        behaviour.tokens = change(move |response: &mut Value| {
            response.as_object_mut().unwrap().extend(tokens.as_object().unwrap().clone());
        });
    })
    .await;
    outcome.assert_signed_in().await;
    assert_eq!(name_of(&outcome), SUBJECT);
    assert_eq!(outcome.provider.received("/userinfo").len(), 0);
}

#[tokio::test]
async fn the_trace_and_the_profile_tell_what_came_from_userinfo_and_show_no_token() {
    let provider =
        Provider::that(tells_at_userinfo(json!({}), json!({"name": "Alice Adams", "birthdate": "2000-01-01"})));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let profile = browser.sign_in("org1").await;
    assert!(profile.text("userinfo").unwrap().contains("Alice Adams"));
    assert!(!profile.text("claims").unwrap().contains("Alice Adams"), "these are the ID token's");
    assert_eq!(browser.profile().await.unwrap()["name"], Value::Null);

    let trace = browser.get("/trace").await;
    let step = trace.text("trace-step-6").unwrap();
    for words in ["userinfo", "OpenID Connect Core 5.3", " ms", SUBJECT] {
        assert!(step.contains(words), "{words}: {step}");
    }
    assert!(step.contains("name") && !trace.body.contains("birthdate"), "only what was taken: {step}");
    assert_eq!(trace.texts("tbody.failed"), Vec::<String>::new());
    for page in [&profile, &trace] {
        assert_nothing_leaks(&provider, page);
    }
    let authorization = provider.received("/userinfo").pop().unwrap().authorization.unwrap();
    let token = authorization.strip_prefix("Bearer ").unwrap();
    assert!(provider.secrets().iter().any(|secret| secret == token), "the access token, as a bearer token");
}
