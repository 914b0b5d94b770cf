//! ID tokens that are wrong in one way, sent by a provider over HTTP.

use orglab::text::is_blank;
use rsa::{
    RsaPublicKey,
    pkcs1::EncodeRsaPublicKey,
    pkcs8::{EncodePublicKey, LineEnding},
    traits::PublicKeyParts,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    behaviour::{Behaviour, change},
    hostile::{Outcome, sign_in},
    keys::RSA,
    log,
    provider::{CLIENT_SECRET, Provider},
    token::{Draft, Signer},
};

async fn assert_untrusted(outcome: &Outcome, label: &str) {
    outcome.assert_refused(502, "The ID token can't be trusted").await;
    let body = &outcome.page.body;
    assert!(body.contains(&format!("{label}: failed")), "{label}: {body}");
    assert!(body.contains("OpenID Connect Core") || body.contains("RFC 7"), "the standard that asks for it: {body}");
}

const FAR_FUTURE: i64 = 4_000_000_000;

#[rstest]
#[case::iss_wrong("Issuer (iss)", json!({"iss": "https://evil.example/"}))]
#[case::iss_missing("Issuer (iss)", json!({"iss": null}))]
#[case::iss_number("Issuer (iss)", json!({"iss": 5}))]
#[case::aud_wrong("Audience (aud)", json!({"aud": "another client"}))]
#[case::aud_missing("Audience (aud)", json!({"aud": null}))]
#[case::aud_empty_array("Audience (aud)", json!({"aud": []}))]
#[case::aud_with_another("Audience (aud)", json!({"aud": ["orglab", "another client"], "azp": "orglab"}))]
#[case::azp_wrong("Authorized party (azp)", json!({"azp": "another client"}))]
#[case::exp_long_past("Expiry (exp)", json!({"exp": 1_000_000_000}))]
#[case::exp_missing("Expiry (exp)", json!({"exp": null}))]
#[case::exp_text("Expiry (exp)", json!({"exp": "4000000000"}))]
#[case::iat_in_the_future("Time of issue (iat)", json!({"iat": FAR_FUTURE - 1, "exp": FAR_FUTURE}))]
#[case::iat_too_old("Time of issue (iat)", json!({"iat": 1_000_000_000}))]
#[case::iat_missing("Time of issue (iat)", json!({"iat": null}))]
#[case::nbf_in_the_future("Not before (nbf)", json!({"nbf": FAR_FUTURE}))]
#[case::nonce_wrong("Nonce", json!({"nonce": "another"}))]
#[case::nonce_missing("Nonce", json!({"nonce": null}))]
#[case::nonce_array("Nonce", json!({"nonce": ["another"]}))]
#[case::sub_empty("Subject (sub)", json!({"sub": ""}))]
#[case::sub_blank("Subject (sub)", json!({"sub": "   "}))]
#[case::sub_of_zero_width("Subject (sub)", json!({"sub": "\u{200b}\u{2060}\u{feff}"}))]
#[case::sub_missing("Subject (sub)", json!({"sub": null}))]
#[case::sub_number("Subject (sub)", json!({"sub": 5}))]
#[case::sub_too_long("Subject (sub)", json!({"sub": "a".repeat(256)}))]
#[case::auth_time_missing("Authentication time (auth_time)", json!({"auth_time": null}))]
#[case::auth_time_long_ago("Authentication time (auth_time)", json!({"auth_time": 1_000_000_000}))]
#[case::auth_time_text("Authentication time (auth_time)", json!({"auth_time": "now"}))]
#[tokio::test]
async fn a_wrong_claim_is_no_sign_in(#[case] label: &str, #[case] wrong: Value) {
    let login = "/login?organization=org1&max_age=600";
    let outcome = Outcome::of(|behaviour| behaviour.claim(wrong), login).await;
    assert_untrusted(&outcome, label).await;
}

/// The page shows what a check expected and found, even if the value is empty or invisible.
#[rstest]
#[case::alg_empty("Algorithm (alg)", |token: &mut Draft| token.header["alg"] = "".into())]
#[case::alg_blank("Algorithm (alg)", |token: &mut Draft| token.header["alg"] = " \u{200b}".into())]
#[case::kid_empty("Signature", |token: &mut Draft| token.header["kid"] = "".into())]
#[case::iss_empty("Issuer (iss)", |token: &mut Draft| token.claim(json!({"iss": ""})))]
#[case::aud_empty("Audience (aud)", |token: &mut Draft| token.claim(json!({"aud": ""})))]
#[case::azp_empty("Authorized party (azp)", |token: &mut Draft| token.claim(json!({"azp": ""})))]
#[case::exp_empty("Expiry (exp)", |token: &mut Draft| token.claim(json!({"exp": ""})))]
#[case::nonce_blank("Nonce", |token: &mut Draft| token.claim(json!({"nonce": "\t"})))]
#[case::sub_empty("Subject (sub)", |token: &mut Draft| token.claim(json!({"sub": ""})))]
#[case::sub_of_zero_width("Subject (sub)", |token: &mut Draft| token.claim(json!({"sub": "\u{200b}"})))]
#[case::organization_empty("Organization (org_id, org_name)", |token: &mut Draft| token.claim(json!({"org_id": "", "org_name": ""})))]
#[tokio::test]
async fn a_check_never_shows_an_empty_value(#[case] label: &str, #[case] forge: fn(&mut Draft)) {
    let outcome = sign_in(|behaviour| behaviour.id_token = change(forge)).await;
    assert_eq!(outcome.page.status, 502, "{}", outcome.page.body);
    assert_values_show(&outcome, label);
}

#[tokio::test]
async fn a_check_says_that_it_expected_nothing_where_no_algorithm_is_accepted() {
    let none = json!({"id_token_signing_alg_values_supported": ["HS256"]});
    assert_values_show(&sign_in(|behaviour| behaviour.discover(none)).await, "Algorithm (alg)");
}

fn assert_values_show(outcome: &Outcome, label: &str) {
    let body = &outcome.page.body;
    assert!(body.contains(label), "{body}");
    let texts = outcome.page.texts("main dd");
    let shows = |text: &String| !is_blank(text) && !text.contains("org_id ,") && !text.trim().ends_with("org_name");
    assert!(texts.len() > 10 && texts.iter().all(shows), "{texts:?}");
}

#[rstest]
#[case::aud_array(json!({"aud": ["orglab"]}))]
#[case::azp_ours(json!({"azp": "orglab"}))]
#[case::sub_of_255_characters(json!({"sub": "ö".repeat(255)}))]
#[case::times_with_fractions(json!({"exp": 4_000_000_000.5}))]
#[case::optional_claims_of_odd_types(json!({
    "name": 5, "address": "…", "amr": "pwd", "email_verified": 1, "updated_at": "yesterday", "picture": ["x"],
    "email": {"a": "b"}, "sid": 7, "locale": [], "auth_time": "now", "acr": 0, "zoneinfo": false,
}))]
#[case::no_optional_claims(json!({"name": null, "nickname": null, "email": null, "email_verified": null, "sid": null}))]
#[tokio::test]
async fn an_unusual_but_genuine_token_is_a_sign_in(#[case] unusual: Value) {
    sign_in(|behaviour| behaviour.claim(unusual)).await.assert_signed_in().await;
}

#[rstest]
#[case::recent(json!({}), None)]
#[case::missing(json!({"auth_time": null}), Some("Authentication time (auth_time)"))]
#[case::long_ago(json!({"auth_time": 1_000_000_000}), Some("Authentication time (auth_time)"))]
#[case::text(json!({"auth_time": "now"}), Some("Authentication time (auth_time)"))]
#[tokio::test]
async fn where_max_age_was_asked_the_sign_in_must_be_recent(#[case] auth_time: Value, #[case] label: Option<&str>) {
    let login = "/login?organization=org1&max_age=600";
    let outcome = Outcome::of(|behaviour| behaviour.claim(auth_time), login).await;
    match label {
        None => outcome.assert_signed_in().await,
        Some(label) => assert_untrusted(&outcome, label).await,
    }
}

/// The attacks on signatures, as the OpenID Foundation's conformance plan for relying parties and RFC 8725 name them.
#[rstest]
#[case::signature_of_another_key("Signature", |token: &mut Draft| token.signer = Signer::Stranger)]
#[case::key_unknown("Signature", |token: &mut Draft| token.header["kid"] = "evil".into())]
#[case::key_of_another_kind("Signature", |token: &mut Draft| token.header["kid"] = "ed25519".into())]
#[case::no_key_named_and_a_strangers_signature("Signature", |token: &mut Draft| {
    token.header.as_object_mut().unwrap().remove("kid");
    token.signer = Signer::Stranger;
})]
#[case::no_signature("Signature", |token: &mut Draft| token.signer = Signer::Nobody)]
#[case::alg_none("Algorithm (alg)", |token: &mut Draft| {
    token.header = json!({"alg": "none"});
    token.signer = Signer::Nobody;
})]
#[case::alg_none_in_another_case("Algorithm (alg)", |token: &mut Draft| {
    token.header = json!({"alg": "NoNe"});
    token.signer = Signer::Nobody;
})]
#[case::hmac_with_the_clients_secret("Algorithm (alg)", |token: &mut Draft| {
    token.header = json!({"alg": "HS256"});
    token.signer = Signer::Secret(CLIENT_SECRET.into());
})]
#[case::another_algorithm_than_the_signatures("Signature", |token: &mut Draft| {
    token.header["alg"] = "PS256".into();
    token.signer = Signer::Stranger;
})]
#[case::alg_is_a_number("Token format", |token: &mut Draft| token.header["alg"] = 5.into())]
#[case::alg_missing("Token format", |token: &mut Draft| drop(token.header.as_object_mut().unwrap().remove("alg")))]
#[case::alg_that_nobody_knows("Algorithm (alg)", |token: &mut Draft| token.header["alg"] = "RS1".into())]
#[case::its_own_key_in_the_header("Signature", |token: &mut Draft| {
    token.header = json!({"alg": "RS256", "jwk": crate::support::keys::OTHER_RSA.jwk("evil")});
    token.signer = Signer::Stranger;
})]
#[case::critical_extension("Token format", |token: &mut Draft| token.header["crit"] = json!(["exp"]))]
#[tokio::test]
async fn a_wrong_signature_is_no_sign_in(#[case] label: &str, #[case] forge: fn(&mut Draft)) {
    assert_untrusted(&sign_in(|behaviour| behaviour.id_token = change(forge)).await, label).await;
}

/// Attack: the attacker signs with the provider's public key. A verifier that accepts any key for any algorithm would
/// use it as a shared secret (RFC 8725, 2.1 and 3.1), in any of the forms in which it may hold the key.
#[rstest]
#[case::pem(|key: &RsaPublicKey| key.to_public_key_pem(LineEnding::LF).unwrap().into())]
#[case::pem_without_the_last_line_break(|key: &RsaPublicKey| {
    key.to_public_key_pem(LineEnding::LF).unwrap().trim_end().into()
})]
#[case::pem_of_windows(|key: &RsaPublicKey| key.to_public_key_pem(LineEnding::CRLF).unwrap().into())]
#[case::pem_of_pkcs_1(|key: &RsaPublicKey| key.to_pkcs1_pem(LineEnding::LF).unwrap().into())]
#[case::pem_of_pkcs_1_without_the_last_line_break(|key: &RsaPublicKey| {
    key.to_pkcs1_pem(LineEnding::LF).unwrap().trim_end().into()
})]
#[case::der(|key: &RsaPublicKey| key.to_public_key_der().unwrap().as_bytes().into())]
#[case::der_of_pkcs_1(|key: &RsaPublicKey| key.to_pkcs1_der().unwrap().as_bytes().into())]
#[case::modulus(|key: &RsaPublicKey| key.n().to_bytes_be())]
#[case::modulus_as_the_key_set_writes_it(|_: &RsaPublicKey| RSA.jwk("current")["n"].as_str().unwrap().into())]
#[case::json_web_key(|_: &RsaPublicKey| RSA.jwk("current").to_string().into())]
#[case::key_set(|_: &RsaPublicKey| json!({"keys": [RSA.jwk("current")]}).to_string().into())]
#[case::nothing(|_: &RsaPublicKey| Vec::new())]
#[tokio::test]
async fn hmac_with_the_public_key_is_no_sign_in(#[case] form: fn(&RsaPublicKey) -> Vec<u8>) {
    for kid in [Some("current"), None] {
        let secret = form(&RSA.rsa_public());
        let outcome = sign_in(|behaviour| {
            behaviour.discover(json!({"id_token_signing_alg_values_supported": ["HS256", "RS256"]}));
            behaviour.id_token = change(move |token: &mut Draft| {
                token.header = json!({"alg": "HS256", "typ": "JWT", "kid": kid});
                token.signer = Signer::Secret(secret.clone());
            });
        })
        .await;
        assert_untrusted(&outcome, "Algorithm (alg)").await;
    }
}

/// Attack: a genuine token is changed on the way.
#[rstest]
#[case::claims_swapped("Signature", |token: &mut String| {
    let parts: Vec<_> = token.split('.').collect();
    let claims = data_encoding::BASE64URL_NOPAD.encode(br#"{"sub":"admin"}"#);
    *token = format!("{}.{claims}.{}", parts[0], parts[2]);
})]
#[case::last_bit_of_the_signature("Signature", |token: &mut String| {
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    token.pop();
    token.push(last);
})]
#[case::signature_cut_off("Token format", |token: &mut String| token.truncate(token.rfind('.').unwrap()))]
#[case::signature_shortened("Signature", |token: &mut String| token.truncate(token.len() - 6))]
#[case::padded("Token format", |token: &mut String| token.push_str("=="))]
#[case::with_a_blank("Token format", |token: &mut String| token.push(' '))]
#[case::five_parts("Token format", |token: &mut String| token.push_str(".AA.AA"))]
#[case::no_token("Token format", |token: &mut String| *token = "<html>hello</html>".to_owned())]
#[case::huge("Token format", |token: &mut String| *token = "A".repeat(900_000))]
#[tokio::test]
async fn a_damaged_token_is_no_sign_in(#[case] label: &str, #[case] damage: fn(&mut String)) {
    assert_untrusted(&sign_in(|behaviour| behaviour.signed = change(damage)).await, label).await;
}

/// Attack: the client's secret, which others may know, is taken for a key (the confidential client's own HS256 trap).
#[tokio::test]
async fn a_confidential_client_does_not_take_its_secret_for_a_key() {
    let provider = Provider::that(|behaviour| {
        behaviour.client_authentication = "client_secret_basic";
        behaviour.discover(json!({"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}));
        behaviour.id_token = change(|token: &mut Draft| {
            token.header = json!({"alg": "HS256", "typ": "JWT"});
            token.signer = Signer::Secret(CLIENT_SECRET.into());
        });
    });
    let app = TestApp::at_with(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let outcome = Outcome::at(provider, app, "/login?organization=org1").await;
    assert_untrusted(&outcome, "Algorithm (alg)").await;
    assert_eq!(log::lines_with(CLIENT_SECRET), Vec::<String>::new());
}

/// Only what discovery offers of the four is taken.
#[rstest]
#[case::rs256("RS256", "current", &["RS256"], true)]
#[case::ps256("PS256", "current", &["PS256"], true)]
#[case::es256("ES256", "p256", &["ES256", "RS256"], true)]
#[case::eddsa("EdDSA", "ed25519", &["EdDSA"], true)]
#[case::rs256_not_offered("RS256", "current", &["ES256"], false)]
#[case::ps256_not_offered("PS256", "current", &["RS256"], false)]
#[case::es256_not_offered("ES256", "p256", &["RS256"], false)]
#[case::eddsa_not_offered("EdDSA", "ed25519", &["RS256"], false)]
#[case::none_offered("RS256", "current", &["none"], false)]
#[tokio::test]
async fn an_algorithm_is_taken_if_it_is_good_and_offered(
    #[case] algorithm: &'static str,
    #[case] key: &'static str,
    #[case] offered: &'static [&'static str],
    #[case] is_good: bool,
) {
    let misbehaves = |behaviour: &mut Behaviour| {
        behaviour.discover(json!({"id_token_signing_alg_values_supported": offered}));
        behaviour.id_token = change(move |token: &mut Draft| token.header = json!({"alg": algorithm, "kid": key}));
    };
    let outcome = sign_in(misbehaves).await;
    if is_good {
        outcome.assert_signed_in().await;
    } else {
        assert_untrusted(&outcome, "Algorithm (alg)").await;
    }
}
