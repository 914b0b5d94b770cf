//! The faults that the dashboard offers: each breaks one sign-in, in the way that it says.

use orglab::clock::Clock;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::tenant::{TestTenant, decoded, to_organization};

#[rstest]
#[case("not-a-member", "access_denied", "is not part of the org_")]
#[case("consent-refused", "access_denied", "User did not authorize the request")]
#[case("action-denied", "access_denied", "weekends")]
#[case("server-error", "server_error", "")]
#[case("temporarily-unavailable", "temporarily_unavailable", "")]
#[tokio::test]
async fn a_fault_refuses_the_next_sign_in_and_no_other(
    #[case] fault: &str,
    #[case] error: &str,
    #[case] description: &str,
) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    admin.press_at("/", &format!("fault-{fault}")).await;
    assert!(admin.get("/").await.has("call-off-fault"));
    let alice = tenant.browser();
    let to_org1 = to_organization("org1");
    let refused = alice.authenticate(&to_org1, "alice@org1.example").await;
    assert_eq!(refused.parameter("error").as_deref(), Some(error));
    assert!(refused.parameter("error_description").unwrap().contains(description));
    assert!(refused.parameter("state").is_some() && refused.parameter("code").is_none());
    let dashboard = admin.get("/").await;
    assert!(dashboard.has("last-fault") && !dashboard.has("call-off-fault"));
    assert!(!dashboard.step_is_done("6.3"), "a refusal by order is no step of the guide");
    assert!(alice.get(&to_org1).await.parameter("code").is_some(), "the next one is not spoiled");
}

/// Signs alice in to org1 with a fault ordered, and takes her ID token apart.
async fn spoiled_id_token(tenant: &TestTenant, fault: &str) -> (Value, Value, Vec<u8>) {
    let admin = tenant.browser();
    admin.press_at("/", &format!("fault-{fault}")).await;
    let to_org1 = to_organization("org1");
    let response = tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let tokens = tenant.tokens(&response).await;
    let parts = decoded(tokens["id_token"].as_str().unwrap());
    let json = |part: &[u8]| serde_json::from_slice(part).unwrap();
    (json(&parts[0]), json(&parts[1]), parts[2].clone())
}

#[tokio::test]
async fn faults_of_the_id_token_are_what_they_say() {
    let tenant = TestTenant::start();
    let now = Clock::system().now().timestamp();
    let (_, claims, _) = spoiled_id_token(&tenant, "expired").await;
    assert!(claims["exp"].as_i64() < Some(now) && claims["iat"].as_i64() < claims["exp"].as_i64());
    let (_, claims, _) = spoiled_id_token(&tenant, "wrong-nonce").await;
    assert_ne!(claims["nonce"], "the-nonce");
    let (_, claims, _) = spoiled_id_token(&tenant, "wrong-audience").await;
    assert_ne!(claims["aud"], "orglab");
    let (_, claims, _) = spoiled_id_token(&tenant, "wrong-issuer").await;
    assert_ne!(claims["iss"], tenant.issuer);
    let (_, claims, _) = spoiled_id_token(&tenant, "other-organization").await;
    assert_eq!(claims["org_name"], "org2");
    let (_, claims, _) = spoiled_id_token(&tenant, "no-organization").await;
    assert_eq!((claims.get("org_id"), claims.get("org_name")), (None, None));
    let (_, claims, _) = spoiled_id_token(&tenant, "no-license").await;
    assert_eq!(claims.get("https://myapp.com/license"), None);
    let (_, claims, _) = spoiled_id_token(&tenant, "unknown-license").await;
    assert_eq!(claims["https://myapp.com/license"], "platinum");
    let (header, _, signature) = spoiled_id_token(&tenant, "alg-none").await;
    assert_eq!((header["alg"].as_str(), signature.len()), (Some("none"), 0));
    let (header, _, _) = spoiled_id_token(&tenant, "unknown-key").await;
    let keys = tenant.browser().get("/.well-known/jwks.json").await.body;
    assert!(!keys.contains(header["kid"].as_str().unwrap()));
}

#[tokio::test]
async fn the_token_endpoint_is_down_once_and_the_report_says_so() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    admin.press_at("/", "fault-token-endpoint-down").await;
    let to_org1 = to_organization("org1");
    let response = tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let code = response.parameter("code").unwrap();
    assert_eq!(tenant.exchange(&code).await.0, 503);
    assert!(admin.get("/").await.text("last-fault").unwrap().contains("received 503"));

    tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let over = admin.get("/").await.text("last-fault").unwrap();
    assert!(over.contains("started another sign-in"));
    tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let later = admin.get("/").await.text("last-fault").unwrap();
    assert_eq!(later.matches("started another").count(), 1, "what follows has nothing to do with the fault: {later}");
}

/// The card of a fault and its report give the same reason.
#[rstest]
#[case::a_check("wrong-audience", "Without this check, anybody who", "https://openid.net/")]
#[case::a_refusal("server-error", "Users should not look for a mistake of their own", "https://www.rfc-editor.org/")]
#[case::a_license("no-license", "An app that unlocks features by default", "https://cheatsheetseries.owasp.org/")]
#[tokio::test]
async fn the_card_and_the_report_say_why_the_fault_matters(#[case] fault: &str, #[case] why: &str, #[case] link: &str) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let test_id = format!("fault-{fault}");
    let dashboard = admin.get("/").await;
    assert!(dashboard.text(&test_id).unwrap().contains(why));
    admin.press(&dashboard, &test_id).await;
    tenant.browser().authenticate(&to_organization("org1"), "alice@org1.example").await;
    let dashboard = admin.get("/").await;
    assert!(dashboard.text("last-fault").unwrap().contains(why));
    assert!(dashboard.attribute("[data-testid='last-fault'] a", "href").starts_with(link));
    assert!(dashboard.attribute("[data-testid='last-fault'] time", "datetime").ends_with('Z'));
}

#[tokio::test]
async fn a_fault_for_several_sign_ins_says_for_how_many() {
    let tenant = TestTenant::start();
    tenant.script().await.ok("POST", "/faults", json!({"name": "slow", "count": 3})).await;
    let dashboard = tenant.browser().get("/").await;
    assert!(dashboard.body.contains("Queued for the next 3 sign-ins"));
    assert_eq!(dashboard.text("call-off-fault").as_deref(), Some("Cancel"));
}

#[tokio::test]
async fn a_fault_is_called_off() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    admin.press_at("/", "fault-server-error").await;
    admin.press_at("/", "call-off-fault").await;
    let to_org1 = to_organization("org1");
    let response = tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    assert!(response.parameter("code").is_some());
}

/// The codes and errors of `count` sign-ins of a user.
async fn outcomes(tenant: &TestTenant, email: &str, organization: &str, count: usize) -> Vec<Option<String>> {
    let mut outcomes = vec![];
    for _ in 0..count {
        let response = tenant.browser().authenticate(&to_organization(organization), email).await;
        assert!(response.parameter("error").is_some() != response.parameter("code").is_some());
        outcomes.push(response.parameter("error"));
    }
    outcomes
}

#[tokio::test]
async fn faults_for_one_user_leave_others_alone() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let bob = script.user("bob@org2.example").await;
    let order = json!({"name": "server-error", "count": 2, "user": bob});
    assert_eq!(script.ok("POST", "/faults", order.clone()).await, order);
    assert_eq!(outcomes(&tenant, "alice@org1.example", "org1", 2).await, [None, None]);
    assert_eq!(script.get("/faults").await, json!([order]), "alice's sign-ins have not used it up");
    let failed = || Some("server_error".to_owned());
    assert_eq!(outcomes(&tenant, "bob@org2.example", "org2", 3).await, [failed(), failed(), None]);
    assert_eq!(script.get("/faults").await, json!([]));
}

#[tokio::test]
async fn a_users_own_fault_goes_before_everybodys_and_both_are_listed() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let bob = script.user("bob@org2.example").await;
    let everybodys = json!({"name": "server-error", "count": 1});
    let bobs = json!({"name": "consent-refused", "count": 1, "user": bob});
    script.ok("POST", "/faults", json!({"name": "action-denied", "count": 7})).await;
    script.ok("POST", "/faults", everybodys.clone()).await;
    script.ok("POST", "/faults", bobs.clone()).await;
    assert_eq!(script.get("/faults").await, json!([everybodys, bobs]), "one for everybody, and one for each user");
    let dashboard = tenant.browser().get("/").await;
    let armed = dashboard.texts(".armed p").join("\n");
    assert!(armed.contains("Queued for the next sign-in of bob@org2.example (Okta2)"), "{armed}");
    assert_eq!(dashboard.text("call-off-fault").as_deref(), Some("Cancel all"));
    let errors = ["access_denied", "server_error"].map(|error| Some(error.to_owned()));
    assert_eq!(outcomes(&tenant, "bob@org2.example", "org2", 2).await, errors);
}

#[tokio::test]
async fn faults_are_called_off_all_at_once() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let bob = script.user("bob@org2.example").await;
    for order in [json!({"name": "server-error", "count": 3}), json!({"name": "server-error", "user": bob})] {
        script.ok("POST", "/faults", order).await;
    }
    assert_eq!(script.call("DELETE", "/faults", json!({"name": "server-error"})).await.0, 400, "not one alone");
    assert_eq!(script.call("DELETE", "/faults", Value::Null).await, (204, Value::Null));
    assert_eq!(script.get("/faults").await, json!([]));
    assert_eq!(outcomes(&tenant, "bob@org2.example", "org2", 1).await, [None]);
    assert_eq!(script.call("DELETE", "/faults", Value::Null).await.0, 204, "also where there is none");
}

#[tokio::test]
async fn a_fault_goes_with_its_user() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let bob = script.user("bob@org2.example").await;
    script.ok("POST", "/faults", json!({"name": "server-error", "user": bob})).await;
    script.ok("DELETE", &format!("/v2/users/{}", bob.replace('|', "%7C")), Value::Null).await;
    assert_eq!(script.get("/faults").await, json!([]));
}

#[rstest]
#[case(json!({"name": "server-error", "count": 0}), "count")]
#[case(json!({"name": "server-error", "count": -1}), "count")]
#[case(json!({"name": "server-error", "count": 1.5}), "count")]
#[case(json!({"name": "server-error", "count": "2"}), "count")]
#[case(json!({"name": "server-error", "count": null}), "count")]
#[case(json!({"name": "server-error", "user": "bob@org2.example"}), "user")]
#[case(json!({"name": "server-error", "user": ""}), "user")]
#[case(json!({"name": "server-error", "user": 5}), "user")]
#[case(json!({"name": "no-such-fault"}), "name")]
#[case(json!({"count": 2}), "name")]
#[case(json!({"name": "server-error", "times": 2}), "times")]
#[case(json!(["server-error"]), "object")]
#[tokio::test]
async fn a_wrong_order_is_refused_by_name_and_arms_nothing(#[case] order: Value, #[case] named: &str) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let (status, error) = script.call("POST", "/faults", order).await;
    assert_eq!((status, error["statusCode"].as_u64(), error["error"].as_str()), (400, Some(400), Some("Bad Request")));
    assert!(error["message"].as_str().unwrap().contains(named), "{error}");
    assert_eq!(script.get("/faults").await, json!([]));
}

#[tokio::test]
async fn programs_need_no_token_for_faults_and_checkpoints_and_other_sites_are_refused() {
    let tenant = TestTenant::start();
    let json = [("content-type", "application/json")];
    let elsewhere = [("content-type", "application/json"), ("origin", "http://localhost:3000")];
    let order = json!({"name": "server-error"}).to_string();
    for (method, path, body) in [
        (Method::GET, "/api/faults", None),
        (Method::GET, "/api/checkpoints", None),
        (Method::POST, "/api/faults", Some(order)),
        (Method::DELETE, "/api/faults", None),
        (Method::POST, "/api/checkpoints/login", None),
    ] {
        let browser = tenant.browser();
        if !method.is_safe() {
            assert_eq!(browser.send(method.clone(), path, &elsewhere, body.clone()).await.status, 403, "{path}");
        }
        let status = browser.send(method.clone(), path, &json, body).await.status;
        assert!((200..300).contains(&status), "{method} {path}: {status}");
    }
}
