//! Providers that don't respond as they should. The user gets a page, in time; nobody is signed in.

use std::{io::Write, net::TcpStream, thread, time::Duration};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    behaviour::{Trouble, with},
    hostile::sign_in,
    raw,
};

#[rstest]
#[case::html(Trouble::html(200), "used", "it is a page, HTML or XML")]
#[case::not_found(Trouble::html(404), "used", "returned status 404")]
#[case::failing(Trouble::html(500), "used", "returned status 500")]
#[case::redirecting(Trouble::redirect(), "used", "returned status 307: a redirect")]
#[case::no_content(Trouble::json(204, ""), "used", "the body is empty")]
#[case::empty(Trouble::json(200, ""), "used", "the body is empty")]
#[case::json_of_another_shape(Trouble::json(200, r#"{"error": "unknown tenant"}"#), "used", "issuer in the provider")]
#[case::an_array(Trouble::json(200, "[]"), "used", "it is JSON of another shape (line 1, column 0)")]
#[case::half_a_json(Trouble::json(200, r#"{"issuer": "#), "used", "it is not JSON (line 1, column 11)")]
#[case::half(Trouble::Half, "reached", "the connection failed")]
#[case::hanging(Trouble::Hang, "reached", "the request timed out")]
#[case::endless(Trouble::Endless, "used", "larger than 1 MiB")]
#[case::trickling(Trouble::Trickle, "reached", "the request timed out")]
#[tokio::test]
async fn without_discovery_no_sign_in_begins_and_the_page_says_what_came(
    #[case] trouble: Trouble,
    #[case] cannot_be: &str,
    #[case] what: &str,
) {
    let outcome = sign_in(|behaviour| behaviour.discovery_trouble = Some(trouble)).await;
    outcome.assert_refused(503, &format!("The provider can't be {cannot_be}")).await;
    let body = &outcome.page.body;
    assert!(body.contains(what), "{body}");
    assert!(!body.contains("alert(1)") && !body.contains("evil.example"), "{body}");
    assert!(outcome.provider.received("/authorize").is_empty());
    outcome.provider.repent();
    assert_eq!(outcome.browser.sign_in("org1").await.url.path(), "/profile", "it recovers by itself");
}

#[tokio::test]
async fn a_discovery_document_that_comes_late_is_waited_for() {
    let late = Trouble::Late(Duration::from_secs(3));
    sign_in(|behaviour| behaviour.discovery_trouble = Some(late)).await.assert_signed_in().await;
}

#[rstest]
#[case::html(Trouble::html(200), 502, "The provider's response can't be used")]
#[case::refused(Trouble::json(400, r#"{"error": "invalid_grant"}"#), 502, "The provider did not exchange the code")]
#[case::client_refused(
    Trouble::json(401, r#"{"error": "access_denied"}"#),
    502,
    "The provider did not exchange the code"
)]
#[case::refused_without_words(Trouble::json(403, ""), 502, "The provider's response can't be used")]
#[case::failing(Trouble::html(500), 503, "The provider can't be reached")]
#[case::redirecting(Trouble::redirect(), 502, "The provider's response can't be used")]
#[case::empty(Trouble::json(200, ""), 502, "The provider's response can't be used")]
#[case::half_a_json(
    Trouble::json(200, r#"{"access_token": "a", "token_type""#),
    502,
    "The provider's response can't be used"
)]
#[case::no_id_token(
    Trouble::json(200, r#"{"access_token": "a", "token_type": "Bearer"}"#),
    502,
    "The provider's response can't be used"
)]
#[case::half(Trouble::Half, 503, "The provider can't be reached")]
#[case::hanging(Trouble::Hang, 503, "The provider can't be reached")]
#[case::endless(Trouble::Endless, 503, "The provider can't be reached")]
#[case::trickling(Trouble::Trickle, 503, "The provider can't be reached")]
#[case::too_late(Trouble::Late(Duration::from_secs(11)), 503, "The provider can't be reached")]
#[tokio::test]
async fn without_tokens_nobody_is_signed_in(#[case] trouble: Trouble, #[case] status: u16, #[case] title: &str) {
    sign_in(|behaviour| behaviour.token_trouble = Some(trouble)).await.assert_refused(status, title).await;
}

/// A failing server is no refusal: the page says what came, and offers to try again.
#[rstest]
#[case::failing(Trouble::html(500), "it returned an error to the app (status 500)")]
#[case::busy(Trouble::json(503, "{}"), "it returned an error to the app (status 503)")]
#[case::half(Trouble::Half, "it did not respond to the app")]
#[tokio::test]
async fn a_token_endpoint_that_fails_is_told_by_its_status(#[case] trouble: Trouble, #[case] what: &str) {
    let outcome = sign_in(|behaviour| behaviour.token_trouble = Some(trouble)).await;
    outcome.assert_refused(503, "The provider can't be reached").await;
    assert!(outcome.page.body.contains(&format!("You logged in at the provider, but then {what}.")));
    assert!(outcome.page.body.contains("Try again in a moment."), "{}", outcome.page.body);
}

/// Tokens count only in a successful response.
#[rstest]
#[case::refused(400, 502, "The provider's response can't be used")]
#[case::failing(500, 503, "The provider can't be reached")]
#[tokio::test]
async fn tokens_in_an_error_response_sign_nobody_in(#[case] sent: u16, #[case] shown: u16, #[case] title: &str) {
    let dressed = Trouble::Dressed(sent, "application/json", "");
    sign_in(|behaviour| behaviour.token_trouble = Some(dressed)).await.assert_refused(shown, title).await;
}

/// An unknown code is a refusal, whatever the status, and is quoted.
#[rstest]
#[case::client_error(400)]
#[case::server_error(500)]
#[case::success(200)]
#[tokio::test]
async fn an_unknown_error_code_of_the_token_endpoint_is_quoted(#[case] status: u16) {
    let trouble = Trouble::json(status, r#"{"error": "teapot", "error_description": "short and stout"}"#);
    let outcome = sign_in(|behaviour| behaviour.token_trouble = Some(trouble)).await;
    outcome.assert_refused(502, "The provider did not exchange the code").await;
    assert_eq!(outcome.page.text("error-code").as_deref(), Some("teapot"));
    assert!(outcome.page.body.contains("short and stout"), "{}", outcome.page.body);
}

#[rstest]
#[case::secret("access_denied", "Authentication Method")]
#[case::client("invalid_client", "Authentication Method")]
#[case::grant("unauthorized_client", "Grant Types")]
#[tokio::test]
async fn where_the_client_may_not_exchange_a_code_the_switch_is_named(#[case] error: &str, #[case] switch: &str) {
    let refused = Trouble::json(401, &json!({"error": error}).to_string());
    let outcome = sign_in(|behaviour| behaviour.token_trouble = Some(refused)).await;
    outcome.assert_refused(502, "The provider did not exchange the code").await;
    assert!(outcome.page.body.contains(switch), "{}", outcome.page.body);
}

#[rstest]
#[case::id_token_null(json!({"id_token": null}))]
#[case::id_token_number(json!({"id_token": 5}))]
#[case::id_token_array(json!({"id_token": []}))]
#[case::id_token_object(json!({"id_token": {"jwt": "a.b.c"}}))]
#[case::id_token_true(json!({"id_token": true}))]
#[tokio::test]
async fn a_token_response_without_an_id_token_is_no_sign_in_and_the_page_says_so(#[case] changes: Value) {
    let outcome = sign_in(|behaviour| behaviour.tokens = with(changes)).await;
    outcome.assert_refused(502, "The provider's response can't be used").await;
    assert!(outcome.page.body.contains("its token response has no id_token"), "{}", outcome.page.body);
}

fn say(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

/// Says it over and over, until nobody listens any more.
fn repeat(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    while say(stream, bytes) {
        thread::sleep(pause);
    }
}

const NO_PAUSE: Duration = Duration::ZERO;
const PAUSE: Duration = Duration::from_millis(200);

/// Answers that are hardly HTTP.
#[rstest]
#[case::closes_without_a_word(|_: &mut TcpStream| {})]
#[case::no_http(|stream: &mut TcpStream| assert!(say(stream, b"hello\r\n\r\n")))]
#[case::half_a_head(|stream: &mut TcpStream| assert!(say(stream, b"HTTP/1.1 200 OK\r\nContent-Type: appl")))]
#[case::shorter_than_it_says(|stream: &mut TcpStream| assert!(say(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}")))]
#[case::chunks_that_are_none(|stream: &mut TcpStream| assert!(say(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")))]
#[case::two_lengths(|stream: &mut TcpStream| assert!(say(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 999\r\n\r\n{}")))]
#[case::a_head_without_end(|stream: &mut TcpStream| {
    say(stream, b"HTTP/1.1 200 OK\r\n");
    repeat(stream, b"X: y\r\n", NO_PAUSE);
})]
#[case::a_line_without_end(|stream: &mut TcpStream| {
    say(stream, b"HTTP/1.1 200 OK\r\nX: ");
    repeat(stream, &[b'a'; 4096], NO_PAUSE);
})]
#[case::a_head_that_trickles(|stream: &mut TcpStream| {
    say(stream, b"HTTP/1.1 200 OK\r\n");
    repeat(stream, b"X: y\r\n", PAUSE);
})]
#[case::continue_for_ever(|stream: &mut TcpStream| repeat(stream, b"HTTP/1.1 100 Continue\r\n\r\n", PAUSE))]
#[case::chunks_without_end(|stream: &mut TcpStream| {
    say(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    repeat(stream, b"1\r\n \r\n", NO_PAUSE);
})]
#[tokio::test]
async fn a_token_endpoint_that_hardly_speaks_http_signs_nobody_in(#[case] serve: fn(&mut TcpStream)) {
    let server = raw::Server::start(serve);
    let endpoint = server.url("/token");
    let outcome = sign_in(|behaviour| behaviour.discover(json!({"token_endpoint": endpoint}))).await;
    outcome.assert_refused(503, "The provider can't be reached").await;
}
