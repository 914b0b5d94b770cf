//! What is set by the management API has its effect on sign-ins.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    management::includes,
    tenant::{TestTenant, decoded, request, to_organization},
};

#[tokio::test]
async fn a_profile_is_in_the_id_token_and_at_userinfo() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let profile = json!({
        "email_verified": false, "nickname": "al", "given_name": "Alice", "family_name": "Adams",
        "picture": "https://x.example/a.png",
    });
    script.ok("PATCH", &script.with_ids("/v2/users/{alice}").await, profile.clone()).await;
    let response = tenant.browser().authenticate(&to_organization("org1"), "alice@org1.example").await;
    let tokens = tenant.tokens(&response).await;
    let parts = decoded(tokens["id_token"].as_str().unwrap());
    let claims: Value = serde_json::from_slice(&parts[1]).unwrap();
    assert!(includes(&claims, &profile), "{claims}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let page = tenant.browser().send(Method::GET, "/userinfo", &[("authorization", &bearer)], None).await;
    let userinfo: Value = serde_json::from_str(&page.body).unwrap();
    assert!(includes(&userinfo, &profile), "{userinfo}");
}

#[tokio::test]
async fn a_connection_without_a_button_is_used_if_the_application_names_it() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let enabled = script.with_ids("/v2/organizations/{org1}/enabled_connections").await;
    for name in ["Okta2", "Username-Password-Authentication"] {
        script.ok("POST", &enabled, json!({"connection_id": script.connection(name).await})).await;
    }
    let okta2 = format!("{enabled}/{}", script.connection("Okta2").await);
    script.ok("PATCH", &okta2, json!({"show_as_button": false})).await;
    let page = tenant.browser().get(&to_organization("org1")).await;
    assert_eq!(page.test_ids("connection-"), ["connection-Okta1", "connection-Username-Password-Authentication"]);
    let named = request(&[("organization", "org1"), ("connection", "Okta2")]);
    assert!(tenant.browser().get(&named).await.has("user-bob@org2.example"));
    script.ok("PATCH", &okta2, json!({"show_as_button": true})).await;
    assert!(tenant.browser().get(&to_organization("org1")).await.has("connection-Okta2"));
}

#[tokio::test]
async fn a_connections_display_name_is_on_its_button_and_page_and_its_name_stays_in_requests() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let enabled = script.with_ids("/v2/organizations/{org1}/enabled_connections").await;
    let okta2 = script.connection("Okta2").await;
    script.ok("POST", &enabled, json!({"connection_id": okta2})).await;
    script.ok("PATCH", &format!("/v2/connections/{okta2}"), json!({"display_name": "Two & Sons"})).await;
    let page = tenant.browser().get(&to_organization("org1")).await;
    assert!(page.text("connection-Okta2").unwrap().contains("Two & Sons"), "{}", page.body);
    let named = request(&[("organization", "org1"), ("connection", "Okta2")]);
    let page = tenant.browser().get(&named).await;
    assert!(page.has("user-bob@org2.example") && page.body.contains("Two &amp; Sons"), "{}", page.body);
}

#[tokio::test]
async fn an_invitation_for_a_connection_is_accepted_with_that_one_alone() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.checkpoint("collaboration").await;
    let body = json!({
        "client_id": "orglab", "inviter": {"name": "Alice"}, "invitee": {"email": "bob@org2.example"},
        "connection_id": script.connection("Okta2").await,
    });
    let invitation = script.ok("POST", &script.with_ids("/v2/organizations/{org1}/invitations").await, body).await;
    let (organization, ticket) = (invitation["organization_id"].as_str(), invitation["ticket_id"].as_str());
    let link = [("organization", organization.unwrap()), ("invitation", ticket.unwrap())];
    let bob = tenant.browser();
    let page = bob.get(&request(&link)).await;
    let accepted = bob.press(&page, "accept").await;
    let users = bob.follow(accepted).await;
    assert_eq!(users.test_ids("user-"), ["user-bob@org2.example"], "no choice of a connection");
    assert!(bob.press(&users, "user-bob@org2.example").await.parameter("code").is_some());
}
