//! The faults that the dashboard offers: each breaks one sign-in, in the way that it says.

use orglab::clock::Clock;
use rstest::rstest;
use serde_json::Value;

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
    assert!(admin.get("/").await.text("last-fault").unwrap().contains("answered 503"));

    tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let over = admin.get("/").await.text("last-fault").unwrap();
    assert!(over.contains("came for a sign-in again"));
    tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
    let later = admin.get("/").await.text("last-fault").unwrap();
    assert_eq!(later.matches("came for").count(), 1, "what follows has nothing to do with the fault: {later}");
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
