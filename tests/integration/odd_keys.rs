//! Keys as providers write them. They are used if that is safe; a key that can't be used is named.

use data_encoding::BASE64URL_NOPAD;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    behaviour::{Trouble, change},
    doctor::check,
    hostile::{Outcome, sign_in},
    keys::{ED25519, Key, P256, RSA, RSA_1024, RSA_4352},
    provider::Provider,
    token::{Draft, Signer},
};

/// A sign-in with a token of this header, at a provider with these keys.
async fn sign_in_by(keys: Value, header: Value) -> Outcome {
    sign_in(|behaviour| {
        behaviour.keys = change(move |set: &mut Value| *set = json!({"keys": keys}));
        behaviour.id_token = change(move |token: &mut Draft| token.header = header.clone());
    })
    .await
}

/// The key named `current`, with these members instead of its own; a null stays a null.
fn with(key: &Key, members: Value) -> Value {
    let mut jwk = key.jwk("current");
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

/// The key named `current`, with its numbers written differently.
fn written(key: &Key, write: fn(&[u8]) -> String) -> Value {
    let mut jwk = key.jwk("current");
    for member in ["n", "e", "x", "y"] {
        if let Some(text) = jwk[member].as_str() {
            jwk[member] = write(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()).into();
        }
    }
    jwk
}

fn padded(bytes: &[u8]) -> String {
    data_encoding::BASE64URL.encode(bytes)
}

fn in_base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn in_lines(bytes: &[u8]) -> String {
    data_encoding::BASE64_MIME.encode(bytes)
}

fn with_a_zero(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&[&[0], bytes].concat())
}

#[rstest]
#[case::rsa("RS256", &RSA)]
#[case::p256("ES256", &P256)]
#[case::ed25519("EdDSA", &ED25519)]
#[tokio::test]
async fn the_numbers_of_a_key_may_be_written_as_any_base64(#[case] algorithm: &str, #[case] key: &'static Key) {
    for write in [padded, in_base64, in_lines] {
        let outcome = sign_in_by(json!([written(key, write)]), json!({"alg": algorithm, "kid": "current"})).await;
        outcome.assert_signed_in().await;
    }
}

#[rstest]
#[case::rsa("RS256", &RSA)]
#[case::p256("ES256", &P256)]
#[tokio::test]
async fn a_number_may_have_a_leading_zero(#[case] algorithm: &str, #[case] key: &'static Key) {
    let keys = json!([written(key, with_a_zero)]);
    sign_in_by(keys, json!({"alg": algorithm, "kid": "current"})).await.assert_signed_in().await;
}

#[rstest]
#[case::use_empty(json!({"use": ""}))]
#[case::use_blank(json!({"use": " "}))]
#[case::use_null(json!({"use": null}))]
#[case::use_number(json!({"use": 1}))]
#[case::use_list(json!({"use": ["sig"]}))]
#[case::use_list_of_both(json!({"use": ["enc", "sig"]}))]
#[case::use_object(json!({"use": {}}))]
#[case::alg_empty(json!({"alg": ""}))]
#[case::alg_null(json!({"alg": null}))]
#[case::alg_number(json!({"alg": -257}))]
#[case::alg_its_own(json!({"alg": "RS256"}))]
#[case::alg_list(json!({"alg": ["PS256", "RS256"]}))]
#[case::key_ops(json!({"key_ops": ["verify"]}))]
#[case::key_ops_text(json!({"key_ops": "verify"}))]
#[case::key_ops_empty(json!({"key_ops": []}))]
#[case::key_ops_null(json!({"key_ops": null}))]
#[case::key_ops_of_numbers(json!({"key_ops": [2]}))]
#[case::certificates(json!({"x5c": ["MIIC"], "x5t": "AAAA", "x5u": "https://certificates.example/"}))]
#[case::broken_certificates(json!({"x5c": "none", "x5t": 5, "x5t#S256": null, "x5u": []}))]
#[case::unknown_members(json!({"issuer": 5, "exp": "never", "crv": "P-256", "x": "!", "k": 7, "d": null, "oth": {}}))]
#[tokio::test]
async fn an_odd_member_beside_costs_no_key(#[case] members: Value) {
    let keys = json!([with(&RSA, members)]);
    sign_in_by(keys, json!({"alg": "RS256", "kid": "current"})).await.assert_signed_in().await;
}

/// The name only selects the key; the signature decides.
#[rstest]
#[case::number_in_both(json!(7), json!(7))]
#[case::number_in_the_key(json!(7), json!("7"))]
#[case::number_in_the_token(json!("7"), json!(7))]
#[case::beyond_two_to_the_53rd(json!(9_007_199_254_740_993_u64), json!("9007199254740993"))]
#[case::of_no_kind_in_the_token(json!("7"), json!(["7"]))]
#[case::true_in_the_token(json!("7"), json!(true))]
#[case::empty_in_the_key(json!(""), json!(null))]
#[case::empty_in_both(json!(""), json!(""))]
#[tokio::test]
async fn a_key_may_be_named_by_a_number(#[case] key: Value, #[case] token: Value) {
    let keys = json!([P256.jwk("8"), with(&RSA, json!({"kid": key}))]);
    sign_in_by(keys, json!({"alg": "RS256", "kid": token})).await.assert_signed_in().await;
}

/// RFC 9864, 2.2: the newer name of `EdDSA` with such a key.
#[rstest]
#[case::in_the_key(json!("Ed25519"), "EdDSA")]
#[case::in_the_token(json!("EdDSA"), "Ed25519")]
#[case::in_both(json!("Ed25519"), "Ed25519")]
#[case::in_the_token_alone(json!(null), "Ed25519")]
#[tokio::test]
async fn ed25519_is_an_algorithm(#[case] key: Value, #[case] token: &str) {
    let keys = json!([with(&ED25519, json!({"alg": key}))]);
    let outcome = sign_in_by(keys, json!({"alg": token, "kid": "current"})).await;
    outcome.assert_signed_in().await;
    let trace = outcome.browser.get("/trace").await;
    assert!(trace.texts("main dd, main td").iter().any(|text| text == token), "it is shown as it came");
}

/// Attack: the newer name makes another kind of key pass for Ed25519.
#[rstest]
#[case::rsa(&RSA)]
#[case::p256(&P256)]
#[tokio::test]
async fn ed25519_needs_a_key_of_its_kind(#[case] key: &'static Key) {
    let outcome = sign_in_by(json!([key.jwk("current")]), json!({"alg": "Ed25519", "kid": "current"})).await;
    outcome.assert_refused(502, "The ID token can't be trusted").await;
}

#[tokio::test]
async fn a_long_rsa_key_is_a_key() {
    let keys = json!({"keys": [RSA_4352.jwk("current")]}); // it takes a while to make
    let outcome = sign_in(|behaviour| {
        behaviour.keys = change(move |set: &mut Value| *set = keys.clone());
        behaviour.id_token = change(|token: &mut Draft| token.signer = Signer::Key(&RSA_4352));
    })
    .await;
    outcome.assert_signed_in().await;
}

/// The keys that can't be used, and how the page and `orglab check` tell why.
fn unusable() -> Vec<(Value, &'static str)> {
    let certificate = json!({"kty": "RSA", "kid": "current", "use": "sig", "x5c": ["MIIC"]});
    let p521 = json!({"kty": "EC", "crv": "P-521", "alg": "ES512", "kid": "current", "x": "AQ", "y": "AQ"});
    let shared = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "current"});
    vec![
        (certificate, "certificate (x5c)"),
        (json!({"kid": "current", "x5c": ["MIIC"]}), "not supported"),
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "current", "pub": "AA"}), "AKP, ML-DSA-44"),
        (json!({"kty": ["RSA"], "kid": "current"}), "not supported"),
        (p521, "EC, P-521, ES512"),
        (json!({"kty": "OKP", "crv": "Ed448", "alg": "Ed448", "kid": "current", "x": "AQ"}), "Ed448"),
        (shared, "shared secret"),
        (with(&RSA, json!({"d": "AQAB"})), "private"),
        (with(&RSA, json!({"p": "AQAB"})), "private"),
        (with(&RSA, json!({"alg": "RS384"})), "RS384"),
        (with(&RSA, json!({"alg": "ES256"})), "ES256"),
        (with(&RSA, json!({"n": null})), "its n"),
        (with(&RSA, json!({"n": "!"})), "its n"),
        (with(&RSA, json!({"n": [1, 2]})), "its n"),
        (with(&RSA, json!({"n": BASE64URL_NOPAD.encode(&[0xfe; 256])})), "its n"),
        (with(&RSA, json!({"n": BASE64URL_NOPAD.encode(&[0xff; 1025])})), "8200 bits"),
        (with(&RSA, json!({"e": "AQAA"})), "its e"),
        (with(&RSA, json!({"e": "AQ"})), "its e"),
        (with(&RSA, json!({"e": "AgAAAAE"})), "its e"),
        (with(&RSA, json!({"e": "AQAAAAAAAAAAAAAAAQ"})), "its e"),
        (with(&P256, json!({"x": ""})), "its x"),
        (with(&P256, json!({"y": BASE64URL_NOPAD.encode(&[0xff; 33])})), "its y"),
        (with(&ED25519, json!({"x": "AQAB"})), "its x"),
        (RSA_1024.jwk("current"), "1024 bits"),
    ]
}

/// Keys that are for something else than signatures.
fn for_something_else() -> Vec<(Value, &'static str)> {
    vec![
        (with(&RSA, json!({"use": "enc"})), "not for signatures"),
        (with(&RSA, json!({"use": ["enc"]})), "not for signatures"),
        (with(&RSA, json!({"use": "", "key_ops": ["wrapKey"]})), "not for signatures"),
    ]
}

/// Attack: a token is verified with a key that is not safe, or not for this. The page does not accuse anybody: it names
/// the key, and why it can't be used.
#[tokio::test]
async fn a_key_that_cannot_be_used_is_named_and_the_token_is_not_called_a_forgery() {
    for (key, why) in unusable().into_iter().chain(for_something_else()) {
        let outcome = sign_in_by(json!([key]), json!({"alg": "RS256", "kid": "current"})).await;
        assert_named(&outcome, why).await;
        let beside = json!([P256.jwk("p256"), key, ED25519.jwk("ed25519")]);
        let outcome = sign_in_by(beside, json!({"alg": "RS256", "kid": "current"})).await;
        assert_named(&outcome, why).await;
    }
}

async fn assert_named(outcome: &Outcome, why: &str) {
    outcome.assert_refused(502, "The ID token can't be trusted").await;
    let text = outcome.page.texts("main .failure > p").join(" ");
    for words in ["\"current\"", why, "2048"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("made up") && !text.contains("somebody else"), "{text}");
}

#[rstest]
#[case::alone(json!([RSA_1024.jwk("current")]), json!(null))]
#[case::alone_under_another_name(json!([RSA_1024.jwk("current")]), json!("next"))]
#[case::beside_keys_of_other_kinds(json!([P256.jwk("p256"), RSA_1024.jwk("current")]), json!(null))]
#[tokio::test]
async fn the_only_key_that_may_have_signed_is_named_if_it_cannot_be_used(#[case] keys: Value, #[case] kid: Value) {
    assert_named(&sign_in_by(keys, json!({"alg": "RS256", "kid": kid})).await, "1024 bits").await;
}

/// A forgery stays one, whatever else is in the key set.
#[rstest]
#[case::by_a_stranger(json!("p256"), "ES256")]
#[case::under_no_keys_name(json!("nobody's"), "ES256")]
#[case::under_no_name(json!(null), "ES256")]
#[tokio::test]
async fn a_forgery_is_not_excused_by_a_key_that_cannot_be_used(#[case] kid: Value, #[case] algorithm: &'static str) {
    let outcome = sign_in(|behaviour| {
        behaviour.keys = change(|set: &mut Value| *set = json!({"keys": [P256.jwk("p256"), RSA_1024.jwk("old")]}));
        behaviour.id_token = change(move |token: &mut Draft| {
            token.header = json!({"alg": algorithm, "kid": kid});
            token.signer = Signer::Key(&ED25519);
        });
    })
    .await;
    outcome.assert_refused(502, "The ID token can't be trusted").await;
    let text = outcome.page.texts("main .failure > p").join(" ");
    assert!(text.contains("may be forged") && !text.contains("1024"), "{text}");
}

#[test]
fn the_doctor_names_a_key_that_cannot_be_used() {
    let keys_line = |keys: Value| {
        let provider = Provider::that(|behaviour| {
            behaviour.keys = change(move |set: &mut Value| *set = json!({"keys": keys}));
        });
        check(&provider.issuer, &[]).lines.remove("keys").unwrap()
    };
    for (rows, beside) in [(unusable(), "unknown"), (for_something_else(), "ok")] {
        let alone: Vec<_> = rows.iter().map(|(key, _)| key.clone()).collect();
        let with_a_good_one = [alone.as_slice(), &[P256.jwk("good")]].concat();
        for (keys, status) in [(alone, "wrong"), (with_a_good_one, beside)] {
            let line = keys_line(keys.into());
            assert_eq!(line.status, status, "{line:?}");
            assert_eq!(line.found.matches("\"current\"").count(), rows.len());
            assert!(rows.iter().all(|(_, why)| line.found.contains(why)), "{line:?}");
        }
    }
}

#[rstest]
#[case::absent("{}")]
#[case::null(r#"{"keys": null}"#)]
#[case::text(r#"{"keys": "none"}"#)]
#[case::object(r#"{"keys": {"current": {}}}"#)]
#[case::keys_without_a_set("[]")]
#[tokio::test]
async fn a_key_set_without_keys_is_told(#[case] document: &'static str) {
    let outcome = sign_in(|behaviour| behaviour.keys_trouble = Some(Trouble::json(200, document))).await;
    assert_eq!(outcome.page.status, 503);
    assert!(outcome.page.texts("main").join(" ").contains("\"keys\""), "{}", outcome.page.body);
    let line = check(&outcome.provider.issuer, &[]).lines.remove("keys").unwrap();
    assert!(line.status == "wrong" && line.found.contains("\"keys\""), "{line:?}");
}
