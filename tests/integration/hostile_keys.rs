//! Unusual key sets, and keys that change: RFC 7517, and OpenID Connect Core 10.1.1.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, Trouble, change},
    hostile::sign_in,
    keys::{ED25519, Key, OTHER_RSA, P256, RSA, RSA_1024, RSA_2047},
    provider::Provider,
    token::{Draft, Signer},
};

fn publish(keys: Value) -> impl FnOnce(&mut Behaviour) {
    |behaviour| behaviour.keys = change(move |set: &mut Value| *set = json!({"keys": keys}))
}

fn without_kid(key: &Value) -> Value {
    let mut key = key.clone();
    key.as_object_mut().unwrap().remove("kid");
    key
}

/// The provider's key beside what a key set may also hold.
#[rstest]
#[case::kinds_that_nobody_knows(json!([{"kty": "oct", "k": "AAAA", "kid": "current"}, {"kty": "LMS", "pub": "x"}, RSA.jwk("current")]))]
#[case::keys_that_are_none(json!([5, null, "key", [], {}, {"kty": "RSA"}, {"kty": "RSA", "n": "!", "e": "!"}, RSA.jwk("current")]))]
#[case::of_the_same_name(json!([OTHER_RSA.jwk("current"), P256.jwk("current"), RSA.jwk("current")]))]
#[case::of_the_same_name_for_encryption(json!([{"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB", "kid": "current"}, RSA.jwk("current")]))]
#[case::with_members_of_any_kind(json!([{"kty": "RSA", "n": RSA.jwk("x")["n"], "e": RSA.jwk("x")["e"], "kid": "current", "x5c": ["AA"], "ext": {"a": [1]}}]))]
#[case::many((0..800).map(|number| ED25519.jwk(&number.to_string())).chain([RSA.jwk("current")]).collect())]
#[tokio::test]
async fn keys_of_other_kinds_are_passed_over(#[case] keys: Value) {
    sign_in(publish(keys)).await.assert_signed_in().await;
}

#[rstest]
#[case::one_key(json!([RSA.jwk("current")]))]
#[case::several_keys(json!([P256.jwk("a"), ED25519.jwk("b"), RSA.jwk("c")]))]
#[case::several_of_the_same_kind(json!([OTHER_RSA.jwk("a"), RSA.jwk("b")]))]
#[case::keys_without_names(json!([without_kid(&OTHER_RSA.jwk("")), without_kid(&RSA.jwk(""))]))]
#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_each(#[case] keys: Value) {
    let nameless = |token: &mut Draft| drop(token.header.as_object_mut().unwrap().remove("kid"));
    let misbehaves = |behaviour: &mut Behaviour| {
        publish(keys)(behaviour);
        behaviour.id_token = change(nameless);
    };
    sign_in(misbehaves).await.assert_signed_in().await;
}

/// Attack: a key is used for what it was not made for.
#[rstest]
#[case::no_keys(json!([]))]
#[case::anothers_key(json!([OTHER_RSA.jwk("current")]))]
#[case::the_right_key_under_another_name(json!([RSA.jwk("other")]))]
#[case::for_encryption({
    let mut key = RSA.jwk("current");
    key["use"] = "enc".into();
    json!([key])
})]
#[case::for_another_algorithm({
    let mut key = RSA.jwk("current");
    key["alg"] = "PS256".into();
    json!([key])
})]
#[case::for_an_algorithm_that_is_not_accepted({
    let mut key = RSA.jwk("current");
    key["alg"] = "RS384".into();
    json!([key])
})]
#[case::for_wrapping_keys({
    let mut key = RSA.jwk("current");
    key["key_ops"] = json!(["wrapKey"]);
    json!([key])
})]
#[case::with_its_private_part({
    let mut key = RSA.jwk("current");
    key["d"] = "AQAB".into();
    json!([key])
})]
#[case::too_short_to_be_safe(json!([{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "current"}]))]
#[case::shared_secret(json!([{"kty": "oct", "k": "c2VjcmV0", "kid": "current"}]))]
#[tokio::test]
async fn without_the_right_key_nobody_is_signed_in(#[case] keys: Value) {
    let outcome = sign_in(publish(keys)).await;
    outcome.assert_refused(502, "The ID token can't be trusted").await;
    assert!(outcome.page.body.contains("Signature: failed"), "{}", outcome.page.body);
}

fn with_leading_zeros(key: &Key, count: usize) -> Value {
    let mut jwk = key.jwk("current");
    let modulus = BASE64URL_NOPAD.decode(jwk["n"].as_str().unwrap().as_bytes()).unwrap();
    jwk["n"] = BASE64URL_NOPAD.encode(&[vec![0; count], modulus].concat()).into();
    jwk
}

/// Attack: with a key that can be broken, anybody can sign any token. RSA keys must have 2048 bits or more (RFC 7518,
/// 3.3).
#[rstest]
#[case::of_1024_bits(&RSA_1024, "RS256", 0)]
#[case::of_1024_bits_that_look_like_2048(&RSA_1024, "RS256", 128)]
#[case::a_bit_short(&RSA_2047, "RS256", 0)]
#[case::a_bit_short_and_longer_by_zeros(&RSA_2047, "RS256", 8)]
#[tokio::test]
async fn a_short_key_signs_nobody_in(#[case] key: &'static Key, #[case] algorithm: &'static str, #[case] zeros: usize) {
    for names_key in [true, false] {
        let outcome = sign_in(|behaviour| {
            publish(json!([with_leading_zeros(key, zeros)]))(behaviour);
            behaviour.id_token = change(move |token: &mut Draft| {
                token.header = json!({"alg": algorithm, "kid": names_key.then_some("current")});
                token.signer = Signer::Key(key);
            });
        })
        .await;
        outcome.assert_refused(502, "The ID token can't be trusted").await;
        assert!(outcome.page.body.contains("2048 bits"), "the page says why: {}", outcome.page.body);
    }
}

/// The length is that of the number, however it is encoded.
#[tokio::test]
async fn a_key_that_is_long_enough_may_be_written_with_leading_zeros() {
    sign_in(publish(json!([with_leading_zeros(&RSA, 1)]))).await.assert_signed_in().await;
    let beside = json!([RSA_1024.jwk("current"), RSA.jwk("current")]);
    sign_in(publish(beside)).await.assert_signed_in().await;
}

#[rstest]
#[case::failing(Trouble::html(500), "used")]
#[case::not_found(Trouble::json(404, "{}"), "used")]
#[case::html(Trouble::html(200), "used")]
#[case::no_set(Trouble::json(200, r#"{"keys": "none"}"#), "used")]
#[case::huge(Trouble::json(200, &format!(r#"{{"keys": [], "padding": "{}"}}"#, "x".repeat(2_000_000))), "used")]
#[case::redirecting(Trouble::redirect(), "used")]
#[case::half(Trouble::Half, "reached")]
#[case::hanging(Trouble::Hang, "reached")]
#[case::endless(Trouble::Endless, "used")]
#[tokio::test]
async fn without_a_key_set_nobody_is_signed_in(#[case] trouble: Trouble, #[case] cannot_be: &str) {
    let outcome = sign_in(|behaviour| behaviour.keys_trouble = Some(trouble)).await;
    outcome.assert_refused(503, &format!("The provider can't be {cannot_be}")).await;
    outcome.provider.repent();
    assert_eq!(outcome.browser.sign_in("org1").await.url.path(), "/profile", "it recovers by itself");
}

/// Every call is in time by itself, and all together are not: they share one budget.
#[tokio::test]
async fn all_calls_of_a_request_share_ten_seconds() {
    let late = Some(Trouble::Late(Duration::from_secs(6)));
    let outcome = sign_in(|behaviour| (behaviour.token_trouble, behaviour.keys_trouble) = (late.clone(), late)).await;
    outcome.assert_refused(503, "The provider can't be reached").await;
}

fn rotate(provider: &Provider) {
    provider.now(|behaviour| {
        behaviour.rotated = true;
        behaviour.id_token = change(|token: &mut Draft| token.header["kid"] = "next".into());
    });
}

#[tokio::test]
async fn a_key_that_changed_between_sign_ins_is_fetched() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
    assert_eq!(provider.received("/keys").len(), 1, "known keys are not fetched again");
    rotate(&provider);
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile");
    assert_eq!(provider.received("/keys").len(), 2);
}

#[tokio::test]
async fn a_key_that_changes_during_a_sign_in_is_fetched() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    app.browser().sign_in("org1").await;
    let browser = app.browser();
    let login = browser.login("org1").await;
    rotate(&provider);
    assert_eq!(browser.follow(login).await.url.path(), "/profile");
}

/// Attack: tokens that name keys which don't exist make the app hammer its provider.
#[tokio::test]
async fn unknown_keys_are_looked_for_five_times_a_minute_at_most() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    app.browser().sign_in("org1").await;
    provider.now(|behaviour| {
        behaviour.id_token = change(|token: &mut Draft| {
            token.header["kid"] = "nobody's".into();
            token.signer = Signer::Stranger;
        });
    });
    for _ in 0..12 {
        assert_eq!(app.browser().sign_in("org1").await.status, 502);
    }
    assert_eq!(provider.received("/keys").len(), 1 + 5);
    provider.repent();
    assert_eq!(app.browser().sign_in("org1").await.url.path(), "/profile", "known keys go on working");
}

#[tokio::test]
async fn many_sign_ins_at_once_share_one_fetch_of_discovery_and_keys() {
    let provider = Provider::that(|behaviour| {
        let late = Some(Trouble::Late(Duration::from_millis(300)));
        (behaviour.discovery_trouble, behaviour.keys_trouble) = (late.clone(), late);
    });
    let app = TestApp::at(&provider);
    let browsers: Vec<_> = (0..20).map(|_| app.browser()).collect();
    let pages = join_all(browsers.iter().map(|browser| browser.sign_in("org1"))).await;
    assert!(pages.iter().all(|page| page.url.path() == "/profile"), "{:?}", pages[0]);
    assert_eq!(provider.received("/.well-known/openid-configuration").len(), 1);
    assert_eq!(provider.received("/keys").len(), 1);
}
