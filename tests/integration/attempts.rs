//! What a browser keeps of a sign-in in progress, and what pages and logs show of it.

use chrono::TimeDelta;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change},
    browser::{Browser, Page, with_query},
    instance::{ORIGIN, SECRET},
    log,
    provider::Provider,
};

type Response = Vec<(String, String)>;

fn refuse(response: &mut Response) {
    response.retain(|(name, _)| name != "code");
    response.push(("error".into(), "access_denied".into()));
}

/// Attack: somebody who saw the address of an error response, over a shoulder or in a report to an administrator, knows
/// the attempt's `state`. With a code of their own, they would sign the user in to the attacker's account (login CSRF).
#[rstest]
#[case::refused("access_denied", None)]
#[case::the_provider_failed("server_error", None)]
#[case::an_error_of_no_standard("teapot", None)]
#[case::by_another_provider("access_denied", Some("https://elsewhere.example/"))]
#[tokio::test]
async fn a_reported_attempt_takes_no_code(#[case] error: &str, #[case] issuer: Option<&str>) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.login("org1").await;
    let genuine = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
    let state = login.parameter("state").unwrap();
    let issuer = issuer.map(|issuer| format!("&iss={issuer}")).unwrap_or_default();
    let refusal = format!("/callback?error={error}&state={state}{issuer}");
    let reported = browser.get(&refusal).await;

    let page = browser.get(genuine.as_str()).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
    assert_eq!(browser.profile().await, None);
    assert!(provider.received("/token").is_empty(), "the code is not even sent");
    let again = browser.get(&refusal).await;
    assert_eq!(again.text("error-reference"), reported.text("error-reference"), "a reload shows the same page");
    assert_eq!(again.status, reported.status);

    let page = browser.sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "another attempt does");
    assert_eq!(browser.get(genuine.as_str()).await.header("location"), Some("/profile"), "as for any other response");
}

#[rstest]
#[case::refused(|behaviour: &mut Behaviour| behaviour.response = change(refuse))]
#[case::by_another_provider(|behaviour: &mut Behaviour| {
    behaviour.response = change(|response: &mut Response| response.push(("iss".into(), "https://elsewhere.example/".into())));
})]
#[case::code_refused(|behaviour: &mut Behaviour| {
    behaviour.token_trouble = Some(Trouble::Response(400, "application/json", json!({"error": "invalid_grant"}).to_string()));
})]
#[case::no_keys(|behaviour: &mut Behaviour| behaviour.keys_trouble = Some(Trouble::Response(500, "text/plain", String::new())))]
#[case::wrong_signature(|behaviour: &mut Behaviour| behaviour.signed = change(|token: &mut String| {
    token.pop();
}))]
#[case::wrong_subject(|behaviour: &mut Behaviour| {
    behaviour.claim(json!({"sub": ""}));
})]
#[case::wrong_nonce(|behaviour: &mut Behaviour| {
    behaviour.claim(json!({"nonce": "of-another-sign-in"}));
})]
#[case::another_organization(|behaviour: &mut Behaviour| {
    behaviour.claim(json!({"org_name": "org2"}));
})]
#[tokio::test]
async fn a_failed_attempts_values_are_blacked_out_wherever_it_is_shown(
    #[case] misbehaves: impl FnOnce(&mut Behaviour),
) {
    let provider = Provider::that(misbehaves);
    let app = TestApp::at(&provider);
    let browser = app.browser();
    for accept in ["text/html", "application/json"] {
        let login = browser.login("org1").await;
        let response = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
        let page = browser.send(Method::GET, response.as_str(), &[("accept", accept)], None).await;
        assert!(page.status >= 400, "{}", page.status);
        assert_blacked_out(&login, &page);
        if accept == "text/html" {
            assert_blacked_out(&login, &browser.get(response.as_str()).await);
        }
    }
    assert_eq!(log::lines_with("of-another-sign-in"), Vec::<String>::new(), "nor is the received nonce in the log");
}

/// The page shows only the first eight characters of the authorization request's secrets, and the log shows nothing of
/// them.
fn assert_blacked_out(login: &Page, page: &Page) {
    for name in ["state", "nonce", "code_challenge"] {
        let value = login.parameter(name).unwrap();
        assert!(!page.body.contains(&value[..9]), "{name} is shown: {}", page.body);
        assert_eq!(log::lines_with(&value[..9]), Vec::<String>::new(), "{name} is in the log");
        if page.body.contains(&format!("<code>{name}</code>")) {
            assert!(page.body.contains(&format!("<bdi>{}…</bdi>", &value[..8])), "{name}: {}", page.body);
        }
    }
    assert!(!page.body.contains("of-another-sign-in"), "{}", page.body);
}

/// A user who has signed in may see all values: the attempt is used up.
#[tokio::test]
async fn the_trace_of_ones_own_sign_in_shows_its_values() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser: Browser = app.browser();
    let login = browser.login("org1").await;
    let values = ["state", "nonce", "code_challenge"].map(|name| login.parameter(name).unwrap());
    browser.follow(login).await;
    let trace = browser.get("/trace").await;
    for value in values {
        assert!(trace.body.contains(&value), "{value} in {}", trace.body);
    }
}

/// Each parameter at its maximum length.
fn longest() -> Vec<(&'static str, String)> {
    let value = |length: usize| "x".repeat(length);
    let long = ["organization", "connection", "login_hint", "invitation"].map(|name| (name, value(255)));
    let others = [("return_to", format!("/{}", value(511))), ("organization_name", value(50))];
    long.into_iter().chain(others).collect()
}

async fn begin(browser: &Browser, parameters: &[(&str, String)]) -> Page {
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.get(&with_query("/login", &parameters)).await
}

/// Attack: a page opens links with long parameters until the browser's cookies exceed what a proxy accepts. For ten
/// minutes, the user can't reach the app.
#[rstest]
#[case::http(&[])]
#[case::longest_port(&[("APP_BASE_URL", "http://localhost:65535")])]
#[case::https(&[("APP_BASE_URL", "https://lab.example.com")])]
#[tokio::test]
async fn all_attempts_together_take_at_most_4096_bytes(#[case] settings: &[(&str, &str)]) {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, settings);
    let browser = app.browser();
    let prefix = match settings {
        [(_, "http://localhost:65535")] => "orglab_attempt_65535_",
        [_] => "__Host-orglab_attempt_",
        _ => &app.attempt_cookies(),
    };
    for number in 0..12 {
        let parameters = if number % 3 == 2 { vec![("organization", "org1".to_owned())] } else { longest() };
        let login = begin(&browser, &parameters).await;
        assert_eq!(login.status, 303, "{}", login.body);
        let state = login.parameter("state").unwrap();
        if number % 4 == 3 {
            // A reported attempt takes a few more bytes.
            assert_eq!(browser.get(&format!("/callback?error=access_denied&state={state}")).await.status, 403);
        }
        let names = browser.cookies_named(prefix);
        assert!(names.iter().any(|name| name.ends_with(&state[..12])), "the newest is among them");
        let bytes: usize = names.iter().map(|name| name.len() + browser.cookie(name).unwrap().len()).sum();
        assert!(bytes <= 4096, "{bytes} bytes in {} cookies", names.len());
    }
}

#[tokio::test]
async fn five_plain_tabs_fit_and_the_oldest_goes_first() {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("APP_BASE_URL", ORIGIN)]);
    let browser = app.browser();
    let mut responses = Vec::new();
    for tab in 0..6 {
        let parameters = [("organization", "a-name-of-an-organization"), ("return_to", "/features/activity")];
        let login = browser.get(&with_query("/login", &parameters)).await;
        app.clock.advance(TimeDelta::seconds(1));
        responses.push(browser.get(login.location().unwrap().as_str()).await.location().unwrap());
        assert_eq!(browser.cookies_named("__Host-orglab_attempt_").len(), (tab + 1).min(5));
    }
    for (tab, response) in responses.iter().enumerate() {
        let page = browser.get(&format!("/?{}", response.query().unwrap())).await;
        let location = if tab == 0 { None } else { Some("/features/activity") };
        assert_eq!(page.header("location"), location, "tab {tab}: {}", page.body);
    }
}

/// After a restart with another key, or if another app on this host names its cookies like ours.
#[tokio::test]
async fn attempts_that_cannot_be_read_go_before_those_that_can() {
    let provider = Provider::start();
    let [app, other] = [(); 2].map(|()| TestApp::at_with(&provider, &[("APP_BASE_URL", ORIGIN)]));
    let browser = app.browser();
    browser.login("org1").await;
    let [unreadable] = browser.cookies_named("__Host-orglab_attempt_").try_into().unwrap();
    let browser = browser.at(&other.base);
    browser.set_cookie("__Host-orglab_attempt_%0d%0aSet-Cookie:a", "not-ours");
    browser.login("org1").await;
    browser.login("org1").await;
    assert!(browser.cookie(&unreadable).is_some(), "it stays while there is room");
    let login = begin(&browser, &longest()).await;
    assert_eq!((login.status, browser.cookie(&unreadable)), (303, None));
    assert_eq!(browser.cookies_named("__Host-orglab_attempt_").len(), 4, "three we can read, and one that is not ours");
    let response = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
    browser.get(&format!("/?{}", response.query().unwrap())).await;
    assert!(browser.profile().await.is_some());
}

/// The figures of docs/providers.md: each value may have its maximum length, even all at once. A longer value is refused with its
/// name, and parameters that are too long together are refused with the limit.
#[tokio::test]
async fn what_does_not_fit_is_refused_with_the_limit() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    assert_eq!(begin(&browser, &longest()).await.status, 303, "each as long as it may be");
    for (name, value) in longest().into_iter().filter(|(name, _)| *name != "organization_name") {
        let page = begin(&browser, &[(name, value.clone() + "x")]).await;
        let limit = value.chars().count().to_string();
        assert_eq!(page.status, 400, "{name}: {}", page.body);
        assert!(page.body.contains(&limit) && page.body.contains(name), "{name}: {}", page.body);
    }
    let wide = |name| (name, "😀".repeat(255));
    let page = begin(&browser, &["organization", "connection", "login_hint", "invitation"].map(wide)).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("at most 3900 bytes"), "{}", page.body);
    assert_eq!(browser.cookies_named("orglab_attempt_").len(), 1, "nothing was begun");
}

/// An attempt that just fits must still fit once it is reported.
#[tokio::test]
async fn an_attempt_that_was_begun_can_be_reported() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let mut longest_taken = None;
    for length in (1..512).rev() {
        let wide = |name| (name, "😀".repeat(255));
        let return_to = ("return_to", format!("/{}", "x".repeat(length)));
        let login = begin(&browser, &[wide("organization"), wide("connection"), return_to]).await;
        if login.status == 303 {
            longest_taken = Some((length, login));
            break;
        }
    }
    let (length, login) = longest_taken.unwrap();
    assert!(length < 511, "nothing was refused");
    let state = login.parameter("state").unwrap();
    for _ in 0..2 {
        let page = browser.get(&format!("/callback?error=access_denied&state={state}")).await;
        assert_eq!(page.status, 403, "{}", page.body);
    }
}

/// Two apps of a company share a secret, and are clients of their own: neither takes what the other has sealed.
#[tokio::test]
async fn an_attempt_is_good_at_the_client_that_began_it_only() {
    let provider = Provider::start();
    let [one, other] = ["orglab", "another"].map(|client| {
        let settings = [("APP_BASE_URL", ORIGIN), ("SESSION_SECRET", SECRET), ("OIDC_CLIENT_ID", client)];
        TestApp::at_with(&provider, &settings)
    });
    let browser = one.browser();
    let response = browser.response("org1").await;
    let page = browser.at(&other.base).get(&format!("/callback?{}", response.query().unwrap())).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
    assert!(provider.received("/token").is_empty());
}

/// Whoever comes to the browser next can't complete what was begun.
#[tokio::test]
async fn a_logout_removes_every_attempt() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    for organization in ["org1", "org2", "org3"] {
        browser.login(organization).await;
    }
    assert_eq!(browser.cookies_named(&app.attempt_cookies()).len(), 3);
    browser.log_out().await;
    assert_eq!(browser.cookies_named(&app.attempt_cookies()), Vec::<String>::new());
    assert_eq!(browser.cookie(&app.session_cookie()), None);
}
