//! What another site, another user, or somebody with an address bar can try.

use data_encoding::BASE64URL_NOPAD;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    instance::{self, ORIGIN, shared, sign_in_across, signed_in},
    log,
    provider::Provider,
    raw,
    redis::{Kind, RedisServer},
};

/// Attack (login CSRF): the attacker signs in, keeps the response, and makes the victim's browser bring it, so that the
/// victim works in the attacker's account without knowing it.
#[tokio::test]
async fn a_response_from_another_browser_signs_nobody_in() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (attacker, visitor) = (app.browser(), app.browser());
    let stolen = attacker.response("org2").await.to_string();
    let page = visitor.get(&stolen).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
    assert_eq!(visitor.profile().await, None);
    assert!(provider.received("/token").is_empty(), "the code is not spent for anybody");

    let victim = app.signed_in("org1").await;
    let page = victim.get(&stolen).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/profile")));
    assert_eq!(victim.profile().await.unwrap()["org_name"], "org1", "still the victim's own session");

    victim.login("org1").await; // with an attempt of the victim's own under way it is the same
    victim.get(&stolen).await;
    assert_eq!(victim.profile().await.unwrap()["org_name"], "org1");
}

/// Attack: the attempt's cookie is planted together with the response, under another attempt's name.
#[tokio::test]
async fn an_attempts_cookie_is_good_under_its_own_name_only() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let first = browser.response("org1").await.to_string();
    let name = browser.cookies_named("orglab_attempt_").remove(0);
    let sealed = browser.cookie(&name).unwrap();
    let other = app.browser();
    other.set_cookie(&(app.attempt_cookies() + "AAAAAAAAAAAA"), &sealed);
    other.set_cookie(&app.session_cookie(), &sealed);
    assert_eq!(other.get(&first).await.status, 400);
    assert_eq!(other.profile().await, None);
}

#[tokio::test]
async fn a_response_is_good_once() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let link = browser.response("org1").await.to_string();
    let copy = browser.copy();
    assert_eq!(browser.get(&link).await.header("location"), Some("/profile"));
    let again = browser.get(&link).await;
    assert_eq!((again.status, again.header("location")), (303, Some("/profile")), "the back button");
    let page = copy.get(&link).await;
    assert_eq!((page.status, page.error_title().as_str()), (502, "The provider did not exchange the code"));
    assert_eq!(copy.profile().await, None);
}

/// Attack (CSRF): a page of another site makes the user's browser post here.
#[rstest]
#[case::cross_site(&[("sec-fetch-site", "cross-site")], false)]
#[case::same_site_other_port(&[("sec-fetch-site", "same-site")], false)]
#[case::cross_site_with_the_right_origin(&[("sec-fetch-site", "cross-site"), ("origin", "{base}")], false)]
#[case::nonsense(&[("sec-fetch-site", "same-origin, cross-site")], false)]
#[case::nothing(&[("sec-fetch-site", "")], false)]
#[case::origin_of_another_site(&[("origin", "https://evil.example")], false)]
#[case::origin_of_another_port(&[("origin", "http://localhost:1")], false)]
#[case::origin_of_another_scheme(&[("origin", "https://{host}")], false)]
#[case::origin_with_more_behind_it(&[("origin", "{base}.evil.example")], false)]
#[case::origin_null(&[("origin", "null")], false)]
#[case::origin_empty(&[("origin", "")], false)]
#[case::same_origin(&[("sec-fetch-site", "same-origin"), ("origin", "{base}")], true)]
#[case::by_the_user(&[("sec-fetch-site", "none")], true)]
#[case::older_browser(&[("origin", "{base}")], true)]
#[case::no_browser(&[], true)]
#[tokio::test]
async fn a_post_from_elsewhere_changes_nothing(#[case] headers: &[(&str, &str)], #[case] is_own: bool) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let host = app.base.trim_start_matches("http://");
    let fill = |value: &str| value.replace("{base}", &app.base).replace("{host}", host);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, fill(value))).collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (path, body) in [("/features/board", "note=csrf"), ("/logout", "")] {
        let page = browser.send(Method::POST, path, &headers, Some(body.to_owned())).await;
        assert_eq!(page.status, if is_own { 303 } else { 403 }, "{path}: {}", page.body);
    }
    let board = app.signed_in("org1").await.get("/features/board").await;
    assert_eq!(board.body.contains("csrf"), is_own);
    assert_eq!(browser.profile().await.is_some(), !is_own, "logged out by its own post alone");
}

fn damages(cookie: &str) -> Vec<String> {
    let half = &cookie[..cookie.len() / 2];
    let changed = |at: usize| {
        let letter = if cookie.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        format!("{}{letter}{}", &cookie[..at], &cookie[at + 1..])
    };
    let odd = ["", "=", "AAAA", "%", "%00", "null", "{}", "a;b", "\"", "../../etc/passwd", "ä"];
    let long = "A".repeat(6000);
    let made_up = [half.to_owned(), changed(0), changed(cookie.len() / 2), changed(cookie.len() - 3), long];
    odd.iter().map(ToString::to_string).chain(made_up).chain([BASE64URL_NOPAD.encode(&[7; 600])]).collect()
}

/// Attack: a cookie is made up, changed or cut off.
#[tokio::test]
async fn damaged_cookies_sign_nobody_in_and_break_nothing() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let session = app.signed_in("org1").await.cookie(&app.session_cookie()).unwrap();
    for damaged in damages(&session) {
        let browser = app.browser();
        browser.set_cookie(&app.session_cookie(), &damaged);
        assert_eq!(browser.profile().await, None, "{damaged:?}");
        assert_eq!(browser.get("/").await.status, 200, "{damaged:?}");
        let page = browser.sign_in("org1").await;
        assert_eq!(page.url.path(), "/profile", "{damaged:?}: {}", page.body);
    }
    for number in 0..damages(&session).len() {
        let browser = app.browser();
        let link = browser.response("org1").await.to_string();
        let name = browser.cookies_named("orglab_attempt_").remove(0);
        let damaged = damages(&browser.cookie(&name).unwrap()).remove(number);
        browser.set_cookie(&name, &damaged);
        let page = browser.get(&link).await;
        assert_eq!((page.status, page.error_title().as_str()), (400, "This sign-in was not started in this browser"));
        assert_eq!(browser.profile().await, None, "{damaged:?}");
    }
}

/// A restart with another secret, or another instance: cookies that were good once.
#[tokio::test]
async fn cookies_of_another_key_are_worth_nothing() {
    let provider = Provider::start();
    let [app, other] = [(); 2].map(|()| TestApp::at_with(&provider, &[("APP_BASE_URL", ORIGIN)]));
    let browser = signed_in(&app.base).await;
    assert!(browser.profile().await.is_some());
    assert_eq!(browser.at(&other.base).profile().await, None);
}

/// The same secret and the same Redis, but another provider, or another client there: sessions of the old one are not
/// accepted at the new one.
#[rstest]
#[case::the_same(false, "orglab", true)]
#[case::another_issuer(true, "orglab", false)]
#[case::another_client(false, "another", false)]
#[tokio::test]
async fn sign_ins_count_for_one_provider_and_client(
    #[case] is_elsewhere: bool,
    #[case] client: &str,
    #[case] counts: bool,
) {
    let (provider, elsewhere, redis) = (Provider::start(), Provider::start(), RedisServer::start(Kind::Redis));
    let url = redis.url();
    let app = TestApp::at_with(&provider, &shared(&url));
    let browser = instance::signed_in(&app.base).await;
    let link = browser.response("org1").await.to_string();
    let query = link.split_once('?').unwrap().1;

    let issuer = if is_elsewhere { &elsewhere.issuer } else { &provider.issuer };
    // The same issuer with and without a trailing slash.
    let settings = [("OIDC_ISSUER_URL", issuer.trim_end_matches('/')), ("OIDC_CLIENT_ID", client)];
    let other = TestApp::start(&[&settings[..], &shared(&url)].concat());
    let browser = browser.at(&other.base);
    assert_eq!(browser.profile().await.is_some(), counts);
    let page = browser.get("/").await;
    assert_eq!((page.status, page.text("org-badge").is_some()), (200, counts), "the prompt, without an error");
    let page = browser.get(&format!("/callback?{query}")).await;
    let expected = if counts { (303, Some("/profile")) } else { (400, None) };
    assert_eq!((page.status, page.header("location")), expected, "{}", page.body);
    assert!(elsewhere.received("/token").is_empty(), "no code of the old provider goes to the new one");

    for key in redis.say("KEYS orglab:session:*").lines().filter(|line| line.starts_with("orglab:")) {
        assert!(!redis.say(&format!("PTTL {key}")).starts_with(":-"), "{key} expires");
    }
    if client == "orglab" {
        let (_, page) = sign_in_across(&browser, &other.base, "org1").await;
        assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
    }
}

/// Attack: whoever sits down at the machine after a logout presses the back button.
#[tokio::test]
async fn nothing_is_left_for_the_back_button_after_logout() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let pages = ["/profile", "/features/board", "/features/people", "/features/activity", "/trace"];
    for path in pages {
        assert_eq!(browser.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
    browser.log_out().await;
    for path in pages {
        let page = browser.get(path).await;
        assert_eq!((page.status, page.location().unwrap().path()), (303, "/"), "{path}");
        assert!(!page.body.contains("alice"), "{path}");
    }
}

/// Attack: bytes that are no request, or one that means two things to two servers (request smuggling).
#[rstest]
#[case::no_http(b"hello\r\n\r\n")]
#[case::no_host(b"GET / HTTP/1.1\r\n\r\n")]
#[case::null_in_the_path(b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
#[case::space_in_the_path(b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n")]
#[case::two_lengths(b"POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello")]
#[case::length_that_is_no_number(b"POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello")]
#[case::length_and_chunks(
    b"POST /logout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
)]
#[case::chunks_that_are_none(b"POST /logout HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
#[case::header_without_a_name(b"GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n")]
#[case::header_folded(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n")]
#[case::version_of_the_future(b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n")]
#[tokio::test]
async fn what_is_no_request_is_no_harm(#[case] bytes: &[u8]) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let response = raw::exchange(&app.base, bytes).await;
    let status = raw::status(&response);
    assert!(status < 500, "{response}");
    assert!(!response.to_lowercase().contains("panicked") && !response.contains("src/"), "{response}");
    assert_eq!(app.browser().get("/healthz").await.status, 200, "the app lives");
}

#[tokio::test]
async fn headers_and_addresses_of_any_size_are_no_harm() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let long = "a".repeat(200_000);
    let many = (0..5000).map(|number| format!("X-{number}: a\r\n")).collect::<Vec<_>>().concat();
    for request in [
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: orglab_attempt_{long}={long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
    ] {
        let status = raw::status(&raw::exchange(&app.base, request.as_bytes()).await);
        assert!(status < 500, "{status}");
    }
    assert_eq!(app.browser().get("/healthz").await.status, 200, "the app lives");
}

#[rstest]
#[case::no_form("application/json", r#"{"note": "hello"}"#, 415)]
#[case::no_type("", "note=hello", 415)]
#[case::other_field("application/x-www-form-urlencoded", "text=hello", 422)]
#[case::no_field("application/x-www-form-urlencoded", "", 422)]
#[case::field_twice("application/x-www-form-urlencoded", "note=a&note=b", 400)]
#[case::odd_bytes("application/x-www-form-urlencoded", "note=%ff%fe%zz", 303)]
#[case::too_long("application/x-www-form-urlencoded", &format!("note={}", "a".repeat(501)), 422)]
#[case::much_too_long("application/x-www-form-urlencoded", &format!("note={}", "%C3%A9".repeat(9_000)), 422)]
#[case::longest("application/x-www-form-urlencoded", &format!("note={}", "a".repeat(500)), 303)]
#[case::enormous("application/x-www-form-urlencoded", &format!("note={}", "a".repeat(300_000)), 413)]
#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_on_a_page(
    #[case] media_type: &str,
    #[case] body: &str,
    #[case] status: u16,
) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let cookie = format!("{}={}", app.session_cookie(), browser.cookie(&app.session_cookie()).unwrap());
    let length = body.len();
    let host = app.base.trim_start_matches("http://");
    let request = format!(
        "POST /features/board HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Type: {media_type}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let response = raw::exchange(&app.base, request.as_bytes()).await;
    assert_eq!(raw::status(&response), status, "{response}");
    assert!(status == 303 || response.contains("<main"), "on a page: {response}");
}

async fn activity(browser: &Browser) -> Page {
    browser.get("/features/activity").await
}

/// Attack: a visitor begins attempts and makes up their responses, to fill an organization's log, to push its sign-ins
/// out, or to write into it.
#[tokio::test]
async fn made_up_refusals_neither_fill_an_organizations_log_nor_write_into_it() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let member = app.signed_in("org1").await;
    let visitor = app.browser();
    for number in 0..80 {
        let login = visitor.login("org1").await;
        let state = login.parameter("state").unwrap();
        let made_up =
            format!("/callback?error=access_denied&error_description=madeup{number}%0D%0Aforged&state={state}");
        assert_eq!(visitor.get(&made_up).await.status, 403);
        assert_eq!(visitor.get(&made_up).await.status, 403, "a reload");
        if number == 0 {
            assert_eq!(activity(&member).await.body.matches("badge none").count(), 1, "a reload is no new refusal");
        }
    }
    let page = activity(&member).await;
    assert_eq!(page.body.matches("badge none").count(), 30, "{}", page.body);
    let download = member.get("/features/activity.csv").await.body;
    assert_eq!(download.matches("refusal (reported)").count(), 60, "{download}");
    assert!(!page.body.contains("madeup") && page.body.contains("Alice Adams"), "{}", page.body);
    let lines = log::lines_with("madeup7");
    assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("WARN")), "{lines:?}");
    assert!(log::lines_with("forged").iter().all(|line| !line.starts_with("forged")));

    let login = visitor.login("nobody-knows-this").await;
    let state = login.parameter("state").unwrap();
    visitor.get(&format!("/callback?error=access_denied&state={state}")).await;
    provider.now(|behaviour| behaviour.claim(json!({"org_id": "org_nobody-knows-this"})));
    let first = app.signed_in("nobody-knows-this").await;
    assert_eq!(activity(&first).await.body.matches("badge none").count(), 0, "an unknown organization keeps nothing");
}

/// Attack: control characters in a path reach the terminal or the log's reader.
#[tokio::test]
async fn a_path_forges_no_line_of_the_log() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let host = app.base.trim_start_matches("http://");
    for (marker, odd) in
        [("forged-a", "\u{2028}"), ("forged-b", "\u{9b}31m"), ("forged-c", "\u{202e}"), ("forged-d", "\u{85}")]
    {
        let request = format!("GET /{odd}{marker} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let response = raw::exchange(&app.base, request.as_bytes()).await;
        assert_eq!(raw::status(&response), 400, "{response}");
        assert_eq!(log::lines_with(marker), Vec::<String>::new());
    }
}
