//! Authorization responses that are wrong in one way: RFC 6749, 4.1.2; OpenID Connect Core 3.1.2.5 and 3.1.2.6.

use rstest::rstest;

use crate::support::{
    app::TestApp,
    behaviour::change,
    hostile::{assert_nothing_leaks, sign_in},
    log,
    provider::Provider,
};

type Response = Vec<(String, String)>;

/// Makes the response one in which `name` has these values, one after the other.
fn set(response: &mut Response, name: &str, values: &[&str]) {
    response.retain(|(found, _)| found != name);
    response.extend(values.iter().map(|value| (name.to_owned(), (*value).to_owned())));
}

fn refuse(response: &mut Response, error: &str, description: &str) {
    set(response, "code", &[]);
    set(response, "error", &[error]);
    set(response, "error_description", &[description]);
}

const FOREIGN: &str = "This sign-in was not started in this browser";
const LEFT_OUT: &str = "The provider's response has no state";
const MALFORMED: &str = "Not a valid response from the provider";

/// Attack: a response is patched together so that one reader sees one value, and another reader another.
#[rstest]
#[case::state_wrong(FOREIGN, |response: &mut Response| set(response, "state", &["wrong"]))]
#[case::state_missing(LEFT_OUT, |response: &mut Response| set(response, "state", &[]))]
#[case::state_empty(LEFT_OUT, |response: &mut Response| set(response, "state", &[""]))]
#[case::state_cut_off(FOREIGN, |response: &mut Response| { response[1].1.pop(); })]
#[case::state_with_more_behind_it(FOREIGN, |response: &mut Response| response[1].1.push('A'))]
#[case::state_twice(MALFORMED, |response: &mut Response| response.push(response[1].clone()))]
#[case::state_twice_and_the_second_wrong(MALFORMED, |response: &mut Response| response.push(("state".into(), "wrong".into())))]
#[case::state_of_other_letters(FOREIGN, |response: &mut Response| set(response, "state", &["ä\u{0}\u{202e}<script>"]))]
#[case::state_oversized(MALFORMED, |response: &mut Response| set(response, "state", &[&"a".repeat(8193)]))]
#[case::code_missing(MALFORMED, |response: &mut Response| set(response, "code", &[]))]
#[case::code_empty(MALFORMED, |response: &mut Response| set(response, "code", &[""]))]
#[case::code_twice(MALFORMED, |response: &mut Response| set(response, "code", &["a", "b"]))]
#[case::code_oversized(MALFORMED, |response: &mut Response| set(response, "code", &[&"a".repeat(8193)]))]
#[case::code_and_error(MALFORMED, |response: &mut Response| set(response, "error", &["access_denied"]))]
#[case::error_empty(MALFORMED, |response: &mut Response| refuse(response, "", "nothing"))]
#[case::error_twice(MALFORMED, |response: &mut Response| {
    set(response, "code", &[]);
    set(response, "error", &["access_denied", "server_error"]);
})]
#[case::description_twice(MALFORMED, |response: &mut Response| {
    refuse(response, "access_denied", "one");
    response.push(("error_description".into(), "other".into()));
})]
#[case::description_oversized(MALFORMED, |response: &mut Response| refuse(response, "access_denied", &"a".repeat(8193)))]
#[case::iss_twice(MALFORMED, |response: &mut Response| set(response, "iss", &["a", "b"]))]
#[tokio::test]
async fn a_response_that_makes_no_sense_is_refused(#[case] title: &str, #[case] forge: fn(&mut Response)) {
    let provider = Provider::that(|behaviour| behaviour.response = change(forge));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (400, title));
    assert_eq!(page.attribute("[data-testid='try-again']", "href"), "/");
    assert_nothing_leaks(&provider, &page);
    assert!(provider.received("/token").is_empty(), "no code is given to anybody");
    assert_eq!(browser.profile().await, None);
    assert!(!page.body.contains("access_denied"), "nothing of the response is shown: {}", page.body);
}

#[rstest]
#[case::wrong("code-wrong")]
#[case::odd("ä/+ %00\u{0}\u{202e}'\"&=<b>")]
#[case::long(&"a".repeat(8192))]
#[tokio::test]
async fn a_code_that_is_not_the_providers_is_refused_by_it(#[case] code: &str) {
    let code = code.to_owned();
    let misbehaves = change(move |response: &mut Response| {
        for (name, value) in response.iter_mut() {
            if name == "code" {
                value.clone_from(&code);
            }
        }
    });
    let outcome = sign_in(|behaviour| behaviour.response = misbehaves).await;
    outcome.assert_refused(502, "The provider did not exchange the code").await;
    assert_eq!(outcome.page.text("error-code").as_deref(), Some("invalid_grant"));
}

#[tokio::test]
async fn what_else_is_in_a_response_is_passed_over() {
    let more = change(|response: &mut Response| {
        response.extend([("session_state".into(), "x".into()), (String::new(), String::new())]);
    });
    let outcome = sign_in(|behaviour| behaviour.response = more).await;
    outcome.assert_signed_in().await;
}

/// Every error code of RFC 6749 and OpenID Connect Core, some of later standards, and some that nobody knows.
#[rstest]
#[case("access_denied", 403)]
#[case("invalid_request", 400)]
#[case("unauthorized_client", 400)]
#[case("unsupported_response_type", 400)]
#[case("invalid_scope", 400)]
#[case("server_error", 502)]
#[case("temporarily_unavailable", 503)]
#[case("interaction_required", 400)]
#[case("login_required", 400)]
#[case("account_selection_required", 400)]
#[case("consent_required", 400)]
#[case("invalid_request_uri", 400)]
#[case("invalid_request_object", 400)]
#[case("request_not_supported", 400)]
#[case("request_uri_not_supported", 400)]
#[case("registration_not_supported", 400)]
#[case("unmet_authentication_requirements", 400)]
#[case("invalid_target", 400)]
#[case("teapot", 400)]
#[case("ACCESS_DENIED", 400)]
#[case("<script>alert(1)</script>", 400)]
#[case("{{ title }}", 400)]
#[tokio::test]
async fn a_refusal_is_shown_with_the_providers_own_words(#[case] error: &'static str, #[case] status: u16) {
    let description = "The provider's own words: 1 < 2 & 3 > 2 \"as they are\"";
    let provider = Provider::that(|behaviour| {
        behaviour.response = change(move |response: &mut Response| refuse(response, error, description));
    });
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.text("error-code").as_deref(), Some(error));
    assert_eq!(page.text("error-description").as_deref(), Some(description));
    assert_eq!(page.attribute("[data-testid='try-again']", "href"), "/login?organization=org1");
    assert!(page.body.contains("org1"), "what was asked for is shown");
    assert!(page.url.query().unwrap().contains("error="), "the address keeps the error");
    let reference = page.text("error-reference").unwrap();
    assert!(!log::lines_with(&reference).is_empty(), "the reference leads to the log");
    assert_eq!(provider.received("/authorize").len(), 1, "an error starts no sign-in by itself");

    let again = browser.get(page.url.as_str()).await;
    assert_eq!((again.status, again.text("error-reference")), (status, Some(reference)), "a reload is no new refusal");
}

/// Attack: text that comes from elsewhere is more than text on the page, or in the log.
#[rstest]
#[case::markup("</q><script>alert(1)</script><img src=x onerror=alert(1)>")]
#[case::an_attribute("\" onmouseover=\"alert(1)")]
#[case::template("{{ layout.user }} {% include \"base.html\" %} {{ 7 * 7 }}")]
#[case::right_to_left("\u{202e}dekcah\u{202c} \u{2066}x")]
#[case::entities("&lt;b&gt; &amp; &#x41;")]
#[case::percent("%3Cscript%3E %00 %0d%0a")]
#[tokio::test]
async fn hostile_words_are_words_and_nothing_more(#[case] text: &'static str) {
    let provider = Provider::that(|behaviour| {
        behaviour.response = change(move |response: &mut Response| refuse(response, "access_denied", text));
    });
    let app = TestApp::at(&provider);
    let page = app.browser().sign_in("org1").await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(page.text("error-description").as_deref(), Some(text));
    for markup in ["<script>", "<img src=x", "\" onmouseover"] {
        assert!(!page.body.contains(markup), "{}", page.body);
    }
}

/// Attack: a description with line breaks writes lines of its own into the log.
#[tokio::test]
async fn hostile_words_forge_no_line_of_the_log() {
    let provider = Provider::that(|behaviour| {
        let forged = "x\r\n2030-01-01T00:00:00Z  INFO logged in: \"admin-forged\"\u{85}\u{2028}\u{1b}[31m admin-forged";
        behaviour.response = change(move |response: &mut Response| refuse(response, "access_denied", forged));
    });
    let app = TestApp::at(&provider);
    let page = app.browser().sign_in("org1").await;
    assert_eq!(page.status, 403);
    let lines = log::lines_with("admin-forged");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && !lines[0].contains('\u{1b}') && !lines[0].contains('\u{2028}'), "{lines:?}");
}

#[tokio::test]
async fn a_long_description_is_shortened() {
    let provider = Provider::that(|behaviour| {
        behaviour.response = change(|response: &mut Response| refuse(response, "access_denied", &"ö".repeat(4000)));
    });
    let page = TestApp::at(&provider).browser().sign_in("org1").await;
    assert_eq!(page.text("error-description").unwrap().chars().count(), 501);
}

/// Attack: anybody can write a link with an error in it, to make a page of ours say what they want.
#[rstest]
#[case("/?error=access_denied&error_description=Call%20555-1234%20now&state=x")]
#[case("/callback?error=access_denied&error_description=Call%20555-1234%20now&state=x")]
#[case("/callback?error=access_denied&error_description=Call%20555-1234%20now")]
#[case("/profile?error=access_denied&error_description=Call%20555-1234%20now")]
#[tokio::test]
async fn a_description_that_was_never_asked_for_is_not_shown(#[case] link: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let visitor = app.browser();
    let page = visitor.get(link).await;
    let page = visitor.follow(page).await;
    assert!(!page.body.contains("555-1234"), "{}", page.body);
    let user = app.browser();
    user.sign_in("org1").await;
    let page = user.get(link).await;
    let page = user.follow(page).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"));
    assert!(!page.body.contains("555-1234"), "{}", page.body);
    assert!(user.profile().await.is_some());
}
