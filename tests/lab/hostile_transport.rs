//! Providers that don't answer as they should. The user gets a page, in time; nobody is signed in.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    behaviour::{Behaviour, Trouble, change},
    hostile::Outcome,
};

async fn sign_in(misbehaves: impl FnOnce(&mut Behaviour)) -> Outcome {
    Outcome::of(misbehaves, "/login?organization=org1").await
}

fn html(status: u16) -> Trouble {
    Trouble::Answer(status, "text/html", "<!doctype html><title>Sorry</title><script>alert(1)</script>".to_owned())
}

fn text(status: u16, body: &str) -> Trouble {
    Trouble::Answer(status, "application/json", body.to_owned())
}

/// The answer is good where it leads; but a provider's address is its own, so it is not followed.
fn redirect() -> Trouble {
    Trouble::Redirect("https://evil.example/".to_owned())
}

#[rstest]
#[case::html(html(200))]
#[case::not_found(html(404))]
#[case::failing(html(500))]
#[case::redirecting(redirect())]
#[case::no_content(text(204, ""))]
#[case::empty(text(200, ""))]
#[case::json_of_another_shape(text(200, r#"{"error": "unknown tenant"}"#))]
#[case::an_array(text(200, "[]"))]
#[case::half(Trouble::Half)]
#[case::hanging(Trouble::Hang)]
#[case::endless(Trouble::Endless)]
#[case::trickling(Trouble::Trickle)]
#[tokio::test]
async fn without_discovery_no_sign_in_begins(#[case] trouble: Trouble) {
    let outcome = sign_in(|behaviour| behaviour.discovery_trouble = Some(trouble)).await;
    outcome.assert_refused(503, "The provider can't be reached").await;
    let body = &outcome.page.body;
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
#[case::html(html(200), 502, "The provider's answer can't be used")]
#[case::refused(text(400, r#"{"error": "invalid_grant"}"#), 502, "The provider did not exchange the code")]
#[case::client_refused(text(401, r#"{"error": "access_denied"}"#), 502, "The provider did not exchange the code")]
#[case::refused_without_words(text(403, ""), 502, "The provider's answer can't be used")]
#[case::failing(html(500), 502, "The provider's answer can't be used")]
#[case::redirecting(redirect(), 502, "The provider's answer can't be used")]
#[case::empty(text(200, ""), 502, "The provider's answer can't be used")]
#[case::half_a_json(text(200, r#"{"access_token": "a", "token_type""#), 502, "The provider's answer can't be used")]
#[case::no_id_token(
    text(200, r#"{"access_token": "a", "token_type": "Bearer"}"#),
    502,
    "The provider's answer can't be used"
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

#[rstest]
#[case::id_token_null(json!({"id_token": null}))]
#[case::id_token_number(json!({"id_token": 5}))]
#[case::id_token_array(json!({"id_token": []}))]
#[case::token_type_missing(json!({"token_type": null}))]
#[case::access_token_missing(json!({"access_token": null}))]
#[tokio::test]
async fn a_token_response_of_another_shape_is_no_sign_in(#[case] changes: Value) {
    let outcome = sign_in(|behaviour| {
        behaviour.tokens = change(move |tokens: &mut Value| {
            for (name, value) in changes.as_object().unwrap() {
                tokens[name] = value.clone();
            }
        });
    })
    .await;
    outcome.assert_refused(502, "The provider's answer can't be used").await;
}
