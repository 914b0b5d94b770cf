//! Each check at its boundary, with the clock stopped.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::sign_in::organization::OrganizationIds;

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 24 * 60 * 60;
const ISSUER: &str = "https://tenant.example/";

fn expectations(max_age: Option<u32>) -> Expectations<'static> {
    Expectations {
        issuer: ISSUER,
        client_id: "orglab",
        algorithms: vec![CoreJwsSigningAlgorithm::EdDsa],
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
        nonce: Some("the request's"),
        max_age,
        organization: None,
    }
}

/// An honest token's claims, but for those that `changes` names; null stands for an absent claim.
fn claims(changes: Value) -> Claims {
    let mut claims = json!({
        "iss": ISSUER, "aud": "orglab", "sub": "okta|Okta1|alice", "nonce": "the request's", "iat": NOW, "exp": NOW + DAY,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// A number as a token may write it.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn failed(claims: &Claims, max_age: Option<u32>) -> Option<CheckId> {
    let expected = expectations(max_age);
    CLAIM_CHECKS.iter().map(|check| check(claims, &expected)).find(|check| !check.passed).map(|check| check.id)
}

#[test]
fn an_honest_token_passes() {
    assert_eq!(failed(&claims(json!({})), None), None);
}

#[rstest]
#[case::of_another_provider(json!("https://evil.example/"))]
#[case::without_its_slash(json!("https://tenant.example"))]
#[case::in_another_case(json!("https://TENANT.example/"))]
#[case::as_array(json!([ISSUER]))]
#[case::absent(json!(null))]
fn an_issuer_other_than_the_providers_is_refused(#[case] iss: Value) {
    assert_eq!(failed(&claims(json!({"iss": iss})), None), Some(CheckId::Issuer));
}

#[rstest]
#[case::ours(json!("orglab"), None)]
#[case::ours_in_an_array(json!(["orglab"]), None)]
#[case::ours_twice(json!(["orglab", "orglab"]), None)]
#[case::somebody_elses(json!("another client"), Some(CheckId::Audience))]
#[case::ours_and_somebody_elses(json!(["orglab", "another client"]), Some(CheckId::Audience))]
#[case::ours_and_a_number(json!(["orglab", 5]), Some(CheckId::Audience))]
#[case::in_another_case(json!("Orglab"), Some(CheckId::Audience))]
#[case::with_more_behind_it(json!("orglab "), Some(CheckId::Audience))]
#[case::no_audience(json!([]), Some(CheckId::Audience))]
#[case::object(json!({"orglab": true}), Some(CheckId::Audience))]
#[case::absent(json!(null), Some(CheckId::Audience))]
fn the_audience_is_this_client_and_nobody_else(#[case] aud: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"aud": aud})), None), outcome);
}

#[rstest]
#[case::absent(json!(null), None)]
#[case::ours(json!("orglab"), None)]
#[case::somebody_elses(json!("another client"), Some(CheckId::AuthorizedParty))]
#[case::empty(json!(""), Some(CheckId::AuthorizedParty))]
#[case::array(json!(["orglab"]), Some(CheckId::AuthorizedParty))]
fn an_authorized_party_is_this_client(#[case] azp: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"azp": azp})), None), outcome);
}

#[rstest]
#[case::to_come(json!(NOW + 1), None)]
#[case::just_within_the_leeway(json!(NOW - 59), None)]
#[case::at_the_leeways_end(json!(NOW - 60), Some(CheckId::Expiry))]
#[case::just_past_the_leeway(json!(NOW - 61), Some(CheckId::Expiry))]
#[case::long_past(json!(0), Some(CheckId::Expiry))]
#[case::negative(json!(-1), Some(CheckId::Expiry))]
#[case::beyond_all_calendars(json!(u64::MAX), Some(CheckId::Expiry))]
#[case::with_an_exponent(number("2.1E9"), None)]
#[case::with_more_digits_than_a_float(number("2100000000.00000000000000000000000000001"), None)]
#[case::past_by_its_digits(number("1799999940.0000000000000000000001"), Some(CheckId::Expiry))]
#[case::beyond_all_integers(number("18446744073709551616"), Some(CheckId::Expiry))]
#[case::beyond_all_floats(number("1E400"), Some(CheckId::Expiry))]
#[case::text(json!("2100000000"), Some(CheckId::Expiry))]
#[case::array(json!([NOW + 1]), Some(CheckId::Expiry))]
#[case::absent(json!(null), Some(CheckId::Expiry))]
fn an_expired_token_is_refused(#[case] exp: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"exp": exp})), None), outcome);
}

#[rstest]
#[case::with_a_fraction(json!(1_800_000_000.75), None)]
#[case::just_within_the_leeway(json!(NOW + 60), None)]
#[case::just_past_the_leeway(json!(NOW + 61), Some(CheckId::IssuedAt))]
#[case::a_day_old(json!(NOW - DAY), None)]
#[case::older_than_a_day(json!(NOW - DAY - 1), Some(CheckId::IssuedAt))]
#[case::text(json!("1800000000"), Some(CheckId::IssuedAt))]
#[case::with_an_exponent(number("1.8e9"), None)]
#[case::beyond_all_calendars(json!(1e300), Some(CheckId::IssuedAt))]
#[case::beyond_all_floats(number("-1e400"), Some(CheckId::IssuedAt))]
#[case::absent(json!(null), Some(CheckId::IssuedAt))]
fn a_token_from_the_future_or_from_long_ago_is_refused(#[case] iat: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"iat": iat})), None), outcome);
}

#[rstest]
#[case::past(json!(NOW - 5), None)]
#[case::just_within_the_leeway(json!(NOW + 60), None)]
#[case::just_past_the_leeway(json!(NOW + 61), Some(CheckId::NotBefore))]
#[case::text(json!("now"), Some(CheckId::NotBefore))]
fn a_token_is_not_used_before_its_time(#[case] nbf: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"nbf": nbf})), None), outcome);
}

#[rstest]
#[case::of_another_request(json!("another request's"))]
#[case::shortened(json!("the request'"))]
#[case::array(json!(["the request's"]))]
#[case::empty(json!(""))]
#[case::absent(json!(null))]
fn a_token_for_another_request_is_refused(#[case] nonce: Value) {
    assert_eq!(failed(&claims(json!({"nonce": nonce})), None), Some(CheckId::Nonce));
}

#[rstest]
#[case::one_character(json!("a"), None)]
#[case::as_long_as_may_be(json!("ö".repeat(255)), None)]
#[case::too_long(json!("ö".repeat(256)), Some(CheckId::Subject))]
#[case::empty(json!(""), Some(CheckId::Subject))]
#[case::blank(json!(" \t\n\u{a0}"), Some(CheckId::Subject))]
#[case::nothing_to_be_seen(json!("\u{200b}\u{feff}\u{202e}"), Some(CheckId::Subject))]
#[case::with_a_blank_behind_it(json!("alice "), None)]
#[case::number(json!(5), Some(CheckId::Subject))]
#[case::absent(json!(null), Some(CheckId::Subject))]
fn a_token_without_a_subject_is_refused(#[case] sub: Value, #[case] outcome: Option<CheckId>) {
    assert_eq!(failed(&claims(json!({"sub": sub})), None), outcome);
}

#[rstest]
#[case::not_asked(None, json!("whenever"), None)]
#[case::just_recent_enough(Some(300), json!(NOW - 360), None)]
#[case::just_too_long_ago(Some(300), json!(NOW - 361), Some(CheckId::AuthenticationTime))]
#[case::at_once(Some(0), json!(NOW - 60), None)]
#[case::as_long_ago_as_can_be_asked(Some(u32::MAX), json!(0), None)]
#[case::text(Some(300), json!(NOW.to_string()), Some(CheckId::AuthenticationTime))]
#[case::absent(Some(300), json!(null), Some(CheckId::AuthenticationTime))]
fn a_sign_in_older_than_was_asked_for_is_refused(
    #[case] max_age: Option<u32>,
    #[case] auth_time: Value,
    #[case] outcome: Option<CheckId>,
) {
    assert_eq!(failed(&claims(json!({"auth_time": auth_time})), max_age), outcome);
}

static KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());

fn keys() -> KeySet {
    let x = BASE64URL_NOPAD.encode(KEY.public_key().as_ref());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "x": x});
    vec![key].into()
}

fn signed(header: &Value, claims: &Claims) -> String {
    let encode = |json: String| BASE64URL_NOPAD.encode(json.as_bytes());
    let message = format!("{}.{}", encode(header.to_string()), encode(json!(claims).to_string()));
    let signature = KEY.sign(message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

fn failed_check(verification: Verification) -> Check {
    match verification.claims {
        Err(Rejected::Check(check)) => check,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_check_leaves_a_record_in_the_order_of_the_standard() {
    let token = signed(&json!({"alg": "EdDSA", "kid": "1"}), &claims(json!({})));
    let verification = verify(&token, &keys(), &expectations(None));
    let done: Vec<_> = verification.checks.iter().map(|check| (check.id, check.passed)).collect();
    let expected = [
        CheckId::Format,
        CheckId::Algorithm,
        CheckId::Signature,
        CheckId::Issuer,
        CheckId::Audience,
        CheckId::AuthorizedParty,
        CheckId::Expiry,
        CheckId::IssuedAt,
        CheckId::NotBefore,
        CheckId::Nonce,
        CheckId::Subject,
        CheckId::AuthenticationTime,
        CheckId::Organization,
    ];
    assert_eq!(done, expected.map(|id| (id, true)));
    assert_eq!(verification.claims.unwrap()["sub"], "okta|Okta1|alice");
}

#[test]
fn the_first_check_that_fails_ends_it() {
    let token = signed(&json!({"alg": "EdDSA"}), &claims(json!({"aud": "another client", "nonce": "another"})));
    let verification = verify(&token, &keys(), &expectations(None));
    let passed: Vec<_> = verification.checks.iter().map(|check| check.passed).collect();
    let failed = failed_check(verification);
    assert_eq!((failed.id, &*failed.found.to_string()), (CheckId::Audience, "another client"));
    assert_eq!(passed, [true, true, true, true, false]);
}

#[rstest]
#[case::none(json!({"alg": "none"}), CheckId::Algorithm)]
#[case::none_in_another_case(json!({"alg": "nOnE"}), CheckId::Algorithm)]
#[case::hmac(json!({"alg": "HS256"}), CheckId::Algorithm)]
#[case::not_offered(json!({"alg": "RS256"}), CheckId::Algorithm)]
#[case::no_algorithm(json!({"kid": "1"}), CheckId::Format)]
#[case::extension_that_must_be_understood(json!({"alg": "EdDSA", "crit": ["b64"], "b64": false}), CheckId::Format)]
#[case::key_unknown(json!({"alg": "EdDSA", "kid": "2"}), CheckId::Signature)]
#[case::array(json!(["EdDSA"]), CheckId::Format)]
fn a_header_that_asks_for_less_is_refused(#[case] header: Value, #[case] failed: CheckId) {
    let verification = verify(&signed(&header, &claims(json!({}))), &keys(), &expectations(None));
    assert_eq!(failed_check(verification).id, failed);
}

#[test]
fn another_algorithm_is_told_beside_those_that_are_accepted() {
    let expected = Expectations {
        algorithms: vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EdDsa],
        ..expectations(None)
    };
    let failed = failed_check(verify(&signed(&json!({"alg": "HS256"}), &claims(json!({}))), &keys(), &expected));
    let names = ["RS256", "EdDSA"].map(str::to_owned).to_vec();
    assert_eq!((failed.expected, failed.found), (Expected::OneOf(names), Found::Text("HS256".to_owned())));
}

#[rstest]
#[case::nothing("")]
#[case::no_dots("abc")]
#[case::two_parts("e30.e30")]
#[case::five_parts_as_an_encrypted_token_has("e30.e30.e30.e30.e30")]
#[case::padding("eyJhbGciOiJFZERTQSJ9==.e30.AA")]
#[case::no_json("AAAA.AAAA.AAAA")]
fn what_is_no_signed_token_is_refused(#[case] token: &str) {
    assert_eq!(failed_check(verify(token, &keys(), &expectations(None))).id, CheckId::Format);
}

#[test]
fn a_hostile_value_is_shortened_in_the_record() {
    let token = signed(&json!({"alg": "EdDSA"}), &claims(json!({"iss": "x".repeat(7000)})));
    let failed = failed_check(verify(&token, &keys(), &expectations(None)));
    assert_eq!(failed.found.to_string().chars().count(), 201);
}

#[rstest]
#[case::none_asked_for(None, json!({"org_id": "org_b"}), true)]
#[case::as_asked(Some("org_a"), json!({"org_id": "org_a"}), true)]
#[case::another(Some("org_a"), json!({"org_id": "org_b"}), false)]
#[case::absent(Some("org1"), json!({}), false)]
fn a_token_for_another_organization_is_refused(
    #[case] asked: Option<&str>,
    #[case] changes: Value,
    #[case] passes: bool,
) {
    let asked = asked.and_then(|text| OrganizationRef::parse(text, &OrganizationIds::default()).unwrap());
    let token = signed(&json!({"alg": "EdDSA"}), &claims(changes));
    let verification = verify(&token, &keys(), &Expectations { organization: asked.as_ref(), ..expectations(None) });
    let last = verification.checks.last().unwrap();
    assert_eq!((last.id, last.passed), (CheckId::Organization, passes));
    assert_eq!(
        (verification.claims.is_ok(), matches!(verification.claims, Err(Rejected::Organization(_)))),
        (passes, !passes)
    );
}

#[test]
fn where_another_check_fails_the_organization_is_not_to_blame() {
    let asked = OrganizationRef::parse("org_a", &OrganizationIds::default()).unwrap();
    let token = signed(&json!({"alg": "EdDSA"}), &claims(json!({"nonce": "another"})));
    let verification = verify(&token, &keys(), &Expectations { organization: asked.as_ref(), ..expectations(None) });
    assert_eq!(failed_check(verification).id, CheckId::Nonce);
}
