//! The message about what a form did: on the next page that the user sees, and only there.

use chrono::TimeDelta;
use reqwest::{Method, header::SET_COOKIE};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    instance::ORIGIN,
    provider::Provider,
};

const POSTED: &str = "Your note was posted.";
const LOGGED_OUT: &str = "You are logged out.";

/// Posts a note; the page that would tell so has not been opened yet.
async fn posted(app: &TestApp) -> Browser {
    let browser = app.signed_in("org1").await;
    assert_eq!(browser.post_note("Welcome").await.location().unwrap().path(), "/features/board");
    assert!(browser.cookie(&app.flash_cookie()).is_some());
    browser
}

/// The `Set-Cookie` headers for the message's cookie.
fn set(page: &Page) -> Vec<String> {
    let values = page.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned());
    values.filter(|value| value.contains("orglab_flash")).collect()
}

#[tokio::test]
async fn a_note_that_was_posted_is_said_once() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = posted(&app).await;
    let page = browser.get("/features/board").await;
    assert_eq!(page.message().as_deref(), Some(POSTED));
    assert_eq!(page.attribute("[data-testid=flash]", "tabindex"), "-1", "a script reader is led there");
    assert_eq!(page.attribute("[data-testid=flash]", "autofocus"), "");
    assert_eq!(set(&page).len(), 1, "removed, once: {:?}", page.headers);
    assert_eq!(browser.cookie(&app.flash_cookie()), None);
    let again = browser.get("/features/board").await;
    assert_eq!((again.message(), set(&again).len()), (None, 0), "gone after a reload");
}

#[tokio::test]
async fn a_note_that_was_not_posted_says_nothing() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let page = browser.post_note("").await;
    assert_eq!((page.status, page.message(), set(&page).len()), (422, None, 0));
}

/// The message is on its way while the browser goes to the provider and comes back.
#[tokio::test]
async fn the_message_outlives_the_redirects_through_the_provider() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let page = browser.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!(
        (page.url.path(), page.message().as_deref()),
        ("/profile", Some("You are logged in to <bdi>org1</bdi>."))
    );

    let page = browser.log_out().await;
    assert!(page.location().unwrap().as_str().starts_with(&app.tenant), "the provider is told");
    let page = browser.follow(page).await;
    assert_eq!((page.url.as_str(), page.message().as_deref()), (format!("{}/", app.base).as_str(), Some(LOGGED_OUT)));
    assert_eq!(browser.get("/").await.message(), None);
}

#[tokio::test]
async fn a_log_out_is_said_where_the_provider_has_no_log_out_too() {
    let provider = Provider::that(|behaviour| behaviour.discover(json!({"end_session_endpoint": null})));
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let page = browser.log_out().await;
    assert_eq!(page.header("location"), Some("/"));
    assert_eq!(browser.follow(page).await.message().as_deref(), Some(LOGGED_OUT));
}

#[rstest]
#[case::to_the_profile("", "/profile")]
#[case::where_it_was_begun("&return_to=/features/board", "/features/board")]
#[tokio::test]
async fn a_sign_in_says_the_organization(#[case] return_to: &str, #[case] path: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.get(&format!("/login?organization=org1{return_to}")).await;
    let page = browser.follow(login).await;
    assert_eq!((page.url.path(), page.message().as_deref()), (path, Some("You are logged in to <bdi>org1</bdi>.")));
}

#[tokio::test]
async fn a_sign_in_to_another_organization_says_both() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let messages = [
        ("", "You are logged in."),
        ("org1", "You are logged in to <bdi>org1</bdi>."),
        ("org1", "You are logged in to <bdi>org1</bdi>."),
        ("org2", "You switched from <bdi>org1</bdi> to <bdi>org2</bdi>."),
        ("org1", "You switched from <bdi>org2</bdi> to <bdi>org1</bdi>."),
        ("", "You are logged in."),
    ];
    for (organization, message) in messages {
        assert_eq!(browser.sign_in(organization).await.message().as_deref(), Some(message));
    }
    let page = browser.log_out().await;
    assert_eq!(page.status, 303);
    assert_eq!(browser.sign_in("org2").await.message().as_deref(), Some("You are logged in to <bdi>org2</bdi>."));
}

/// A session that the provider has ended is no organization to switch from.
#[tokio::test]
async fn a_sign_in_after_an_ended_session_is_no_switch() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let token = provider.logout_token(|token| token.claim(json!({"sub": "okta|Okta1|alice"})));
    let ended = browser.post("/backchannel-logout", &[("logout_token", &token)]).await;
    assert!([200, 204].contains(&ended.status), "{}", ended.body);
    assert_eq!(browser.sign_in("org2").await.message().as_deref(), Some("You are logged in to <bdi>org2</bdi>."));
}

/// Names from outside, with letters that are written from right to left, marks that turn the direction, markup.
#[rstest]
#[case::right_to_left("שלום עולם")]
#[case::turned_around("\u{202e}1gro")]
#[case::an_isolate_left_early("\u{2069}\u{2069}org1")]
#[case::emoji("👩\u{200d}🚀 Räume 漢字")]
#[case::markup("<b>org1</b> & </bdi>")]
#[case::a_template("{{ layout }}")]
#[tokio::test]
async fn a_name_from_outside_stays_a_name(#[case] name: &str) {
    let provider = Provider::that_says(json!({"https://myapp.com/organization": name}));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    let escaped = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let shown = page.text("org-badge").unwrap();
    assert_eq!(shown, name);
    assert_eq!(page.message().unwrap(), format!("You are logged in to <bdi>{escaped}</bdi>."));
    provider.repent();
    let page = browser.sign_in("org2").await;
    assert_eq!(page.message().unwrap(), format!("You switched from <bdi>{escaped}</bdi> to <bdi>org2</bdi>."));
}

/// Attack: names so long that the cookies exceed what a proxy accepts.
#[rstest]
#[case::letters("x")]
#[case::wide("😀")]
#[case::escaped("\u{1}")]
#[case::quotes("\"")]
#[tokio::test]
async fn the_cookie_stays_below_a_kilobyte(#[case] letter: &str) {
    let provider = Provider::that_says(json!({"https://myapp.com/organization": format!("a{}", letter.repeat(300))}));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    provider.repent();
    let response = browser.response("org2").await;
    assert_eq!(browser.get(response.as_str()).await.status, 303);
    let name = app.flash_cookie();
    let value = browser.cookie(&name).unwrap();
    assert!(name.len() + value.len() < 1_024, "{} bytes", name.len() + value.len());
    assert!(browser.get("/profile").await.message().unwrap().contains("…</bdi> to <bdi>org2</bdi>."), "cut");
}

type Headers = &'static [(&'static str, &'static str)];

/// What a browser sends when a user opens a link.
const OPENED: Headers = &[
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "same-origin"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
];

/// What shows no page to the user neither shows nor removes the message.
#[rstest]
#[case::fetch(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")])]
#[case::a_program_of_node(&[("sec-fetch-mode", "cors")])]
#[case::image(&[("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors")])]
#[case::image_in_an_older_browser(&[("accept", "image/webp,image/png,image/*;q=0.8,*/*;q=0.5")])]
#[case::frame(&[("sec-fetch-dest", "iframe"), ("sec-fetch-mode", "navigate")])]
#[case::two_destinations(&[("sec-fetch-dest", "document"), ("sec-fetch-dest", "empty")])]
#[case::prefetch(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch")])]
#[case::prerender(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;prerender")])]
#[case::prefetch_in_an_older_browser(&[("purpose", "prefetch")])]
#[case::json(&[("accept", "application/json")])]
#[case::json_in_a_window(&[("sec-fetch-dest", "document"), ("accept", "application/json")])]
#[tokio::test]
async fn the_message_waits_for_a_page_that_the_user_sees(#[case] headers: Headers) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = posted(&app).await;
    for path in ["/features/board", "/profile", "/", "/nowhere", "/features/activity.csv"] {
        let page = browser.send(Method::GET, path, headers, None).await;
        assert!(set(&page).is_empty() && !page.body.contains(POSTED), "{path}: {}", page.body);
    }
    let page = browser.send(Method::GET, "/features/board", OPENED, None).await;
    assert_eq!(page.message().as_deref(), Some(POSTED));
}

#[tokio::test]
async fn files_health_and_redirects_leave_it() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let style = app.browser().get("/").await.attribute("link[rel=stylesheet]", "href");
    let browser = posted(&app).await;
    for path in
        [&style, "/healthz", "/readyz", "/login?organization=org1", "/features/activity.csv", "/static/none.css"]
    {
        let page = browser.send(Method::GET, path, OPENED, None).await;
        assert!(set(&page).is_empty(), "{path}: {:?}", page.headers);
    }
    let page = browser.send(Method::GET, "/nowhere", OPENED, None).await;
    assert_eq!((page.status, page.message().as_deref()), (404, Some(POSTED)), "an error page is a page");
}

#[rstest]
#[case::in_time(59, Some(POSTED))]
#[case::too_late(61, None)]
#[tokio::test]
async fn a_message_is_told_within_a_minute(#[case] seconds: i64, #[case] message: Option<&str>) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = posted(&app).await;
    app.clock.advance(TimeDelta::seconds(seconds));
    assert_eq!(browser.get("/features/board").await.message().as_deref(), message);
}

/// Attack: a cookie that was copied and is sent again later.
#[tokio::test]
async fn a_cookie_that_is_sent_again_later_says_nothing() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = posted(&app).await;
    let copy = browser.cookie(&app.flash_cookie()).unwrap();
    assert!(browser.get("/features/board").await.message().is_some());
    app.clock.advance(TimeDelta::seconds(61));
    browser.set_cookie(&app.flash_cookie(), &copy);
    assert_eq!(browser.get("/features/board").await.message(), None);
}

/// A log-out from which the browser never came back, for example since the provider failed.
#[tokio::test]
async fn a_sign_in_replaces_what_waits() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    browser.log_out().await;
    let page = browser.sign_in("org1").await;
    assert_eq!(page.message().as_deref(), Some("You are logged in to <bdi>org1</bdi>."));
    assert_eq!(browser.get("/").await.message(), None);
}

/// Attack: whoever can set cookies in another user's browser, for example from another port of the host, plants the
/// message of their own session: a text of their own on the user's page.
#[tokio::test]
async fn a_message_of_another_session_says_nothing() {
    let provider = Provider::that_says(json!({"https://myapp.com/organization": "Call 555-0100"}));
    let app = TestApp::at(&provider);
    let attacker = app.signed_in("org2").await;
    provider.repent();
    let response = attacker.response("org1").await;
    attacker.get(response.as_str()).await;
    let planted = attacker.cookie(&app.flash_cookie()).unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    let (victim, visitor) = (app.signed_in("org1").await, app.browser());
    for browser in [victim, visitor] {
        browser.set_cookie(&app.flash_cookie(), &planted);
        let page = browser.get("/").await;
        assert!(page.message().is_none() && !page.body.contains("555"), "{}", page.body);
    }
    assert!(attacker.get("/").await.message().unwrap().contains("Call 555-0100"), "at its own session it counts");
}

/// Attack: a forged message, by whoever can set cookies for this host.
#[tokio::test]
async fn forged_cookies_say_nothing_and_break_nothing() {
    let provider = Provider::start();
    let settings = [("SESSION_SECRET", "5e".repeat(64))];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let [app, same_key] = [(); 2].map(|()| TestApp::at_with(&provider, &settings));
    let other_key = TestApp::at(&provider);
    let browser = app.browser();
    browser.log_out().await;
    let genuine = browser.cookie(&app.flash_cookie()).unwrap();
    let mut forged = vec![
        String::new(),
        "garbage".to_owned(),
        "%00%ff".to_owned(),
        json!({"flash": "logged_out", "made_at": "2999-01-01T00:00:00Z", "session": null})
            .to_string()
            .replace(',', "%2C"),
        "A".repeat(3_000),
        genuine[1..].to_owned(),
        genuine[..genuine.len() - 4].to_owned(),
        format!("{genuine}AAAA"),
        genuine.replacen(&genuine[30..31], if &genuine[30..31] == "A" { "B" } else { "A" }, 1),
    ];
    for other in [&same_key, &other_key] {
        let browser = other.browser();
        browser.log_out().await;
        forged.push(browser.cookie(&other.flash_cookie()).unwrap());
    }
    browser.login("org1").await;
    let attempt = browser.cookies_named(&app.attempt_cookies()).remove(0);
    forged.push(browser.cookie(&attempt).unwrap());
    for value in forged {
        browser.set_cookie(&app.flash_cookie(), &value);
        let page = browser.get("/").await;
        assert_eq!((page.status, page.message(), set(&page).len()), (200, None, 0), "{value}");
    }
    browser.set_cookie(&app.flash_cookie(), &genuine);
    assert_eq!(browser.get("/").await.message().as_deref(), Some(LOGGED_OUT), "the genuine one counts");
}

/// Attack: a link that puts a message of its author's into the app's page.
#[rstest]
#[case("flash=logged_out")]
#[case("message=Your+session+has+expired&status=note_posted")]
#[case("orglab_flash=note_posted")]
#[tokio::test]
async fn a_link_says_nothing(#[case] query: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browsers = [app.browser(), app.signed_in("org1").await];
    for browser in &browsers {
        for path in ["/", "/logout", "/nowhere"] {
            assert_eq!(browser.get(&format!("{path}?{query}#{query}")).await.message(), None, "{path}");
        }
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_origin_and_this_minute() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let cookie = set(&app.browser().log_out().await).remove(0);
    assert!(cookie.starts_with(&format!("{}=", app.flash_cookie())), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
        assert!(cookie.contains(&format!("; {attribute}")), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("; Secure") && !cookie.contains("; Domain"), "{cookie}");
    let app = TestApp::at_with(&provider, &[("APP_BASE_URL", ORIGIN)]);
    let browser = app.browser();
    let cookie = set(&browser.log_out().await).remove(0);
    assert!(cookie.starts_with("__Host-orglab_flash=") && cookie.contains("; Secure"), "{cookie}");
    let page = browser.get("/").await;
    assert_eq!(page.message().as_deref(), Some(LOGGED_OUT));
    let removal = set(&page).remove(0);
    assert!(removal.starts_with("__Host-orglab_flash=;") && removal.contains("Max-Age=0"), "{removal}");
    assert!(removal.contains("; Secure") && removal.contains("; Path=/"), "or browsers would ignore it: {removal}");
}

/// The prompt's field has the focus; a screen reader reads the message with it.
#[tokio::test]
async fn on_the_prompt_the_field_refers_to_the_message() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.log_out().await;
    let page = browser.get("/").await;
    assert_eq!(page.message().as_deref(), Some(LOGGED_OUT));
    assert_eq!(page.attribute("[data-testid=organization]", "aria-describedby"), "flash organization-hint");
    assert_eq!(page.attribute("[autofocus]", "data-testid"), "organization");
    assert_eq!(page.texts("[autofocus]").len(), 1);
    let page = browser.get("/").await;
    assert!(!page.body.contains("aria-describedby=\"flash\""), "{}", page.body);
}

/// A program that posts gets the same cookie, and may ignore it.
#[tokio::test]
async fn claims_as_json_never_carry_it() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = posted(&app).await;
    let claims: Value = browser.profile().await.unwrap();
    assert_eq!(claims["org_name"], "org1");
    assert!(browser.cookie(&app.flash_cookie()).is_some());
}
