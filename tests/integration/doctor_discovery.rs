//! `orglab check`: what it reads in the discovery document and in the key set.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::closed_port,
    auth0::{Flaw, Tenant},
    behaviour::{Trouble, change},
    doctor::check,
    keys::{P256, RSA, RSA_1024},
    provider::{CLIENT_SECRET, Provider},
};

const SECRET: (&str, &str) = ("OIDC_CLIENT_SECRET", CLIENT_SECRET);

#[test]
fn a_way_of_authentication_that_is_not_offered_is_told() {
    let tenant = Tenant::with(Flaw::OnlyPrivateKeyJwt);
    let report = check(&tenant.issuer, &[SECRET]);
    assert_eq!(report.with("wrong"), ["client-authentication", "client-secret"], "{:?}", report.lines);
    let change = report.lines["client-authentication"].change.as_deref().unwrap();
    assert!(change.contains("client_secret_basic") && change.contains("Authentication Method"), "{change}");
}

#[test]
fn a_provider_that_is_not_there_is_told() {
    let socket = closed_port();
    let issuer = format!("http://{}/", socket.local_addr().unwrap());
    let report = check(&issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"]);
    assert!(report.lines["discovery"].change.as_deref().unwrap().contains("network"), "{:?}", report.lines);
    assert_eq!(report.with("ok"), Vec::<&str>::new());
}

#[rstest]
#[case::html(Trouble::Response(200, "text/html", "<h1>Welcome</h1>".into()), "OIDC_ISSUER_URL")]
#[case::failing(Trouble::Response(503, "text/plain", "no healthy upstream".into()), "network")]
#[case::endless(Trouble::Endless, "network")]
#[case::half(Trouble::Half, "network")]
fn a_discovery_document_that_is_none_is_told(#[case] trouble: Trouble, #[case] words: &str) {
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(trouble));
    let report = check(&provider.issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"], "{:?}", report.lines);
    assert!(report.lines["discovery"].change.as_deref().unwrap().contains(words), "{:?}", report.lines);
}

#[test]
fn what_the_provider_says_instead_of_a_discovery_document_is_quoted() {
    let words = "AADSTS90002: Tenant 'lab' not found.";
    let body = json!({"error": "invalid_tenant", "error_description": words}).to_string();
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(Trouble::json(400, &body)));
    let found = &check(&provider.issuer, &[]).lines["discovery"].found;
    assert!(found.contains("status 400") && found.contains(words), "{found}");
}

#[rstest]
#[case("authorization_endpoint")]
#[case("token_endpoint")]
#[case("jwks_uri")]
fn an_endpoint_that_others_could_read_is_told_by_its_name(#[case] field: &'static str) {
    let provider = Provider::that(|behaviour| {
        let place = "http://somebody:hunter2@provider.example/place";
        behaviour.discover(json!({field: place}));
    });
    let report = check(&provider.issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"], "{:?}", report.lines);
    let line = &report.lines["discovery"];
    assert!(line.found.contains(field) && !line.found.contains("hunter2"), "{line:?}");
    assert!(line.change.as_deref().unwrap().contains("https"), "{line:?}");
}

#[rstest]
#[case::alone(json!([RSA_1024.jwk("old\u{1b}[2J")]), "wrong")]
#[case::beside_a_good_one(json!([RSA_1024.jwk("old\u{1b}[2J"), RSA.jwk("current")]), "unknown")]
fn a_key_that_is_too_short_is_named(#[case] keys: Value, #[case] status: &str) {
    let provider = Provider::that(|behaviour| {
        behaviour.keys = change(move |set: &mut Value| *set = json!({"keys": keys}));
    });
    let report = check(&provider.issuer, &[]);
    let line = &report.lines["keys"];
    assert_eq!(line.status, status, "{line:?}");
    for words in ["old\\u{1b}[2J", "1024 bits", "2048"] {
        assert!(line.found.contains(words), "{line:?}");
    }
    assert!(status != "wrong" || line.change.as_deref().unwrap().contains("2048"), "{line:?}");
}

#[rstest]
#[case::another_kind(json!(["ES256"]), json!([RSA.jwk("rsa")]), Some("ES256"))]
#[case::another_use_of_the_same_kind(json!(["PS256"]), json!([with_algorithm(RSA.jwk("rsa"), "RS256")]), Some("PS256"))]
#[case::a_default(Value::Null, json!([P256.jwk("p256")]), Some("RS256"))]
#[case::one_of_two(json!(["ES256", "RS256"]), json!([RSA.jwk("rsa")]), None)]
#[case::one_key_of_two(json!(["ES256"]), json!([RSA.jwk("rsa"), P256.jwk("p256")]), None)]
fn keys_that_fit_no_algorithm_of_the_provider_are_wrong(
    #[case] algorithms: Value,
    #[case] keys: Value,
    #[case] needed: Option<&str>,
) {
    let provider = Provider::that(|behaviour| {
        behaviour.discover(json!({"id_token_signing_alg_values_supported": algorithms}));
        behaviour.keys = change(move |set: &mut Value| *set = json!({"keys": keys}));
    });
    let report = check(&provider.issuer, &[]);
    assert_eq!(report.with("wrong"), needed.map(|_| "keys").into_iter().collect::<Vec<_>>(), "{:?}", report.lines);
    let found = &report.lines["keys"].found;
    assert!(needed.is_none_or(|needed| found.contains(needed) && found.contains("1 usable key (")), "{found}");
}

fn with_algorithm(mut key: Value, algorithm: &str) -> Value {
    key["alg"] = algorithm.into();
    key
}

#[rstest]
#[case::public(&[], "uses none")]
#[case::confidential(&[SECRET], "uses client_secret_basic")]
fn a_provider_that_names_no_way_of_authentication_has_not_offered_any(
    #[case] settings: &[(&str, &str)],
    #[case] words: &str,
) {
    let provider = Provider::that(|behaviour| {
        behaviour.discovery = change(|document: &mut Value| {
            document.as_object_mut().unwrap().remove("token_endpoint_auth_methods_supported");
        });
    });
    let line = &check(&provider.issuer, settings).lines["client-authentication"];
    assert!(line.status == "unknown" && line.found.contains(words) && !line.found.contains("nothing"), "{line:?}");
}
