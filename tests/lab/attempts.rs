//! What a browser keeps of a sign-in that it has begun, and what is shown of it.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change},
    browser::{Browser, Page},
    log,
    provider::Provider,
    token::Draft,
};

type Answer = Vec<(String, String)>;

fn refuse(answer: &mut Answer) {
    answer.retain(|(name, _)| name != "code");
    answer.push(("error".into(), "access_denied".into()));
}

/// Attack: whoever saw the address of a refusal, over a shoulder or in a report to an administrator, knows the attempt's
/// `state`; with a code of their own they would sign the user in to their own account (login CSRF).
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
    assert_eq!((page.status, page.error_title().as_str()), (400, "This answer belongs to no sign-in of this browser"));
    assert_eq!(browser.profile().await, None);
    assert!(provider.received("/token").is_empty(), "the code is not even sent");
    let again = browser.get(&refusal).await;
    assert_eq!(again.text("error-reference"), reported.text("error-reference"), "a reload shows the same page");
    assert_eq!(again.status, reported.status);

    let page = browser.sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "another attempt does");
    assert_eq!(browser.get(genuine.as_str()).await.header("location"), Some("/profile"), "as for any other answer");
}

#[rstest]
#[case::refused(|behaviour: &mut Behaviour| behaviour.answer = change(refuse))]
#[case::by_another_provider(|behaviour: &mut Behaviour| {
    behaviour.answer = change(|answer: &mut Answer| answer.push(("iss".into(), "https://elsewhere.example/".into())));
})]
#[case::code_refused(|behaviour: &mut Behaviour| {
    behaviour.token_trouble = Some(Trouble::Answer(400, "application/json", json!({"error": "invalid_grant"}).to_string()));
})]
#[case::no_keys(|behaviour: &mut Behaviour| behaviour.keys_trouble = Some(Trouble::Answer(500, "text/plain", String::new())))]
#[case::wrong_signature(|behaviour: &mut Behaviour| behaviour.signed = change(|token: &mut String| {
    token.pop();
}))]
#[case::wrong_subject(|behaviour: &mut Behaviour| {
    behaviour.id_token = change(|token: &mut Draft| token.claim(json!({"sub": ""})));
})]
#[case::wrong_nonce(|behaviour: &mut Behaviour| {
    behaviour.id_token = change(|token: &mut Draft| token.claim(json!({"nonce": "of-another-sign-in"})));
})]
#[case::another_organization(|behaviour: &mut Behaviour| {
    behaviour.id_token = change(|token: &mut Draft| token.claim(json!({"org_name": "org2"})));
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
        let answer = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
        let page = browser.send(Method::GET, answer.as_str(), &[("accept", accept)], None).await;
        assert!(page.status >= 400, "{}", page.status);
        assert_blacked_out(&login, &page);
        if accept == "text/html" {
            assert_blacked_out(&login, &browser.get(answer.as_str()).await);
        }
    }
    assert_eq!(log::lines_with("of-another-sign-in"), Vec::<String>::new(), "a nonce that came is one, too");
}

/// The authorization request's secrets are on the page by their first eight characters alone, and nowhere in the log.
fn assert_blacked_out(login: &Page, page: &Page) {
    for name in ["state", "nonce", "code_challenge"] {
        let value = login.parameter(name).unwrap();
        assert!(!page.body.contains(&value[..9]), "{name} is shown: {}", page.body);
        assert_eq!(log::lines_with(&value[..9]), Vec::<String>::new(), "{name} is in the log");
        if page.body.contains(&format!("<code>{name}</code>")) {
            assert!(page.body.contains(&format!("<code>{}…</code>", &value[..8])), "{name}: {}", page.body);
        }
    }
    assert!(!page.body.contains("of-another-sign-in"), "{}", page.body);
}

/// Who has signed in may see all of it: the attempt is used up.
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
