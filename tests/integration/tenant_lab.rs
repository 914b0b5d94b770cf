//! The instructor's dashboard of the demo tenant: guide, faults, invitations, log.

use chrono::{DateTime, TimeDelta};
use data_encoding::BASE64URL_NOPAD;
use futures_util::StreamExt;
use orglab::{clock::Clock, demo_tenant::Checkpoint};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::tenant_support::{Page, TestTenant, attempt};

const STEPS: [&str; 7] = ["4.2", "5", "6.1", "6.2", "6.3", "6.4", "6.5"];

#[actix_web::test]
async fn the_guide_ticks_the_chapter_as_it_happens_and_starts_over_with_a_checkpoint() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let done = |page: &Page| STEPS.into_iter().filter(|step| page.step_is_done(step)).collect::<Vec<_>>();
    assert_eq!(done(&admin.get("/").await), Vec::<&str>::new());

    tenant.browser().sign_in(&attempt(&[("organization", "org1")]), "Okta1", "alice@org1.example").await;
    assert_eq!(done(&admin.get("/").await), ["4.2", "5"]);
    let mut bob = tenant.browser();
    bob.sign_in(&attempt(&[("organization", "org2")]), "Okta2", "bob@org2.example").await;
    assert_eq!(done(&admin.get("/").await), ["4.2", "5", "6.1"]);

    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "enable-org1-Okta2").await;
    let to_org1 = attempt(&[("organization", "org1")]);
    assert_eq!(bob.get(&to_org1.path).await.answer("error").as_deref(), Some("access_denied"));
    assert_eq!(done(&admin.get("/").await), ["4.2", "5", "6.1", "6.2", "6.3"]);

    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "add-member-org1-bob@org2.example").await;
    bob.get(&to_org1.path).await;
    let dashboard = admin.get("/").await;
    assert_eq!(done(&dashboard), STEPS);
    assert!(dashboard.body.contains("<strong>7 of 7</strong>"));
    admin.press(&dashboard, "checkpoint-second-organization").await;
    assert_eq!(done(&admin.get("/").await), Vec::<&str>::new());
}

#[rstest]
#[case("not-a-member", "access_denied", "is not part of the org_")]
#[case("consent-refused", "access_denied", "User did not authorize the request")]
#[case("action-denied", "access_denied", "weekends")]
#[case("server-error", "server_error", "")]
#[case("temporarily-unavailable", "temporarily_unavailable", "")]
#[actix_web::test]
async fn a_fault_refuses_the_next_sign_in_and_no_other(
    #[case] fault: &str,
    #[case] error: &str,
    #[case] description: &str,
) {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, &format!("fault-{fault}")).await;
    assert!(admin.get("/").await.has("call-off-fault"));
    let mut alice = tenant.browser();
    let to_org1 = attempt(&[("organization", "org1")]);
    let refused = alice.sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    assert_eq!(refused.answer("error").as_deref(), Some(error));
    assert!(refused.answer("error_description").unwrap().contains(description));
    assert!(refused.answer("state").is_some() && refused.answer("code").is_none());
    let dashboard = admin.get("/").await;
    assert!(dashboard.has("last-fault") && !dashboard.has("call-off-fault"));
    assert!(!dashboard.step_is_done("6.3"), "a refusal by order is no step of the guide");
    assert!(alice.get(&to_org1.path).await.answer("code").is_some(), "the next one is not spoiled");
}

/// Signs alice in to org1 with a fault ordered, and takes her ID token apart.
async fn spoiled_id_token(tenant: &TestTenant, fault: &str) -> (Value, Value, Vec<u8>) {
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, &format!("fault-{fault}")).await;
    let to_org1 = attempt(&[("organization", "org1")]);
    let answered = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    let (_, tokens) = tenant.exchange(&answered.answer("code").unwrap_or_default(), &to_org1.verifier).await;
    let parts: Vec<Vec<u8>> = tokens["id_token"]
        .as_str()
        .unwrap_or_default()
        .split('.')
        .map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap_or_default())
        .collect();
    let json = |part: &[u8]| serde_json::from_slice(part).unwrap_or_default();
    (json(&parts[0]), json(&parts[1]), parts[2].clone())
}

#[actix_web::test]
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

#[actix_web::test]
async fn the_token_endpoint_is_down_once_and_the_report_says_so() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "fault-token-endpoint-down").await;
    let to_org1 = attempt(&[("organization", "org1")]);
    let answered = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    let form =
        [("grant_type", "authorization_code"), ("client_id", "orglab"), ("redirect_uri", "http://localhost:3000")];
    let code = answered.answer("code").unwrap();
    let form = [&form[..], &[("code", &code), ("code_verifier", &to_org1.verifier)]].concat();
    let request = admin.client.post(tenant.at("/oauth/token")).form(&form);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(admin.get("/").await.text_of("last-fault").contains("answered 503"));

    tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    let over = admin.get("/").await.text_of("last-fault");
    assert!(over.contains("came for a sign-in again"));
    tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    let later = admin.get("/").await.text_of("last-fault");
    assert_eq!(later.matches("came for").count(), 1, "what follows has nothing to do with the fault: {later}");
}

#[actix_web::test]
async fn a_method_that_an_address_does_not_take_is_told_with_those_it_takes() {
    let tenant = TestTenant::start();
    let page = "does not work that way";
    let json = "\"statusCode\":405";
    for (path, says) in [("/delete", page), ("/checkpoints/login", page), ("/oauth/token", page), ("/api/faults", json)]
    {
        let page = tenant.browser().get(path).await;
        assert_eq!(
            (page.status, &page.headers["allow"]),
            (StatusCode::METHOD_NOT_ALLOWED, "POST".parse().as_ref().unwrap()),
            "{path}"
        );
        assert!(page.body.contains(says), "{path}: {}", page.body);
    }
    let page = tenant.browser().post("/events", &[]).await;
    assert_eq!(page.headers["allow"], "GET, HEAD");
}

#[actix_web::test]
async fn a_checkpoint_of_a_seed_that_is_not_there_is_not_found() {
    let tenant = TestTenant::start();
    assert_eq!(tenant.browser().post("/checkpoints/seed", &[]).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_fault_is_called_off() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "fault-server-error").await;
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "call-off-fault").await;
    let to_org1 = attempt(&[("organization", "org1")]);
    let answered = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
    assert!(answered.answer("code").is_some());
}

#[actix_web::test]
async fn an_invitation_makes_a_member_and_is_good_once() {
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, Clock::system());
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut bob = tenant.browser();
    let page = bob.get(&invited.path).await;
    assert!(page.has("accept") && page.has("cancel") && page.test_ids("user-").is_empty());
    let choice = bob.press(&page, "accept").await;
    let path = choice.location.unwrap();
    let choice = bob.get(&path).await;
    let page = bob.press(&choice, "connection-Okta2").await;
    let answered = bob.press(&page, "user-bob@org2.example").await;
    assert_eq!(tenant.claims(&answered, &invited).await["org_name"], "org1");
    assert!(tenant.browser().get("/").await.has("remove-member-org1-bob@org2.example"));
    assert!(tenant.browser().get("/").await.step_is_done("6.4"));

    let again = bob.get(&invited.path).await;
    assert_eq!(again.answer("error").as_deref(), Some("invalid_request"));
    assert_eq!(again.answer("error_description").as_deref(), Some("invitation not found or already used"));
}

#[actix_web::test]
async fn an_invitation_is_never_accepted_without_its_button() {
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, Clock::system());
    let mut bob = tenant.browser();
    bob.sign_in(&attempt(&[("organization", "org2")]), "Okta2", "bob@org2.example").await;
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let page = bob.get(&invited.path).await;
    assert!(page.has("accept") && page.body.contains("bob@org2.example"));
    assert!(!tenant.browser().get("/").await.has("remove-member-org1-bob@org2.example"));
    let answered = bob.press(&page, "accept").await;
    assert!(answered.answer("code").is_some(), "the session is enough: {:?}", answered.location);
}

#[actix_web::test]
async fn another_account_cannot_accept_and_uses_the_invitation_up() {
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, Clock::system());
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut alice = tenant.browser();
    alice.sign_in(&attempt(&[("organization", "org1")]), "Okta1", "alice@org1.example").await;
    let page = alice.get(&invited.path).await;
    let refused = alice.press(&page, "accept").await;
    assert_eq!(refused.answer("error").as_deref(), Some("access_denied"));
    let description = refused.answer("error_description");
    assert_eq!(description.as_deref(), Some("the specified account is not allowed to accept the current invitation"));
    let again = alice.get(&invited.path).await;
    assert_eq!(again.answer("error").as_deref(), Some("invalid_request"));
}

#[actix_web::test]
async fn an_invitation_expires() {
    let (start, later) = (Clock::system().now().timestamp(), Arc::new(AtomicI64::new(0)));
    let seconds = later.clone();
    let clock = Clock::telling(move || {
        DateTime::from_timestamp(start, 0).unwrap_or_default() + TimeDelta::seconds(seconds.load(Ordering::SeqCst))
    });
    let tenant = TestTenant::start_with(Checkpoint::Collaboration, clock);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    later.store(8 * 24 * 60 * 60, Ordering::SeqCst);
    let refused = tenant.browser().get(&invited.path).await;
    assert_eq!(refused.answer("error_description").as_deref(), Some("invitation not found or already used"));
}

#[actix_web::test]
async fn the_log_says_what_happens_while_one_watches() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let response = admin.client.get(tenant.at("/events")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream();
    tenant.browser().sign_in(&attempt(&[("organization", "org1")]), "Okta1", "alice@org1.example").await;
    let event = events.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&event).contains("data: "));
    let log = admin.get("/").await.text_of("log");
    assert!(log.contains(r#""alice@org1.example" of "Okta1" signed in to "org1""#), "{log}");
}
