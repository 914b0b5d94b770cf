//! The management API of the demo tenant, in the shapes of Auth0's.

use orglab::{
    clock::Clock,
    demo_tenant::{Checkpoint, ClientRegistration, Seed},
    random::Random,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::tenant_support::{APPLICATION, TestTenant, attempt};

#[actix_web::test]
async fn a_script_walks_the_chapter() {
    let tenant = TestTenant::start_with(Checkpoint::License, Clock::system());
    let script = tenant.script().await;
    let okta2 = script.ok("POST", "/v2/connections", json!({"name": "Okta2", "strategy": "okta"})).await;
    let okta2 = okta2["id"].as_str().unwrap();
    let bob = json!({"connection": "Okta2", "email": "bob@org2.example", "name": "Bob Brown"});
    let bob = script.ok("POST", "/v2/users", bob).await["user_id"].as_str().unwrap().to_owned();
    assert!(bob.starts_with("okta|Okta2|00u"));
    let org2 = json!({
        "name": "org2", "display_name": "org2", "metadata": {"license": "premium"},
        "enabled_connections": [{"connection_id": okta2, "assign_membership_on_login": true}],
    });
    let (status, org2) = script.call("POST", "/v2/organizations", org2).await;
    assert_eq!((status, org2["name"].as_str()), (201, Some("org2")));
    let org1 = script.ok("GET", "/v2/organizations/name/org1", Value::Null).await["id"].as_str().unwrap().to_owned();
    let enable = json!({"connection_id": okta2, "assign_membership_on_login": false});
    let enabled = script.ok("POST", &format!("/v2/organizations/{org1}/enabled_connections"), enable.clone()).await;
    assert_eq!(enabled["connection"], json!({"name": "Okta2", "strategy": "okta"}));

    let mut browser = tenant.browser();
    let to_org1 = attempt(&[("organization", &org1)]);
    let refused = browser.sign_in(&to_org1, "Okta2", "bob@org2.example").await;
    assert_eq!(refused.answer("error").as_deref(), Some("access_denied"));
    let (status, _) =
        script.call("POST", &format!("/v2/organizations/{org1}/members"), json!({"members": [bob]})).await;
    assert_eq!(status, 204);
    let admitted = browser.get(&to_org1.path).await;
    assert_eq!(tenant.claims(&admitted, &to_org1).await["https://myapp.com/license"], "corporate");

    let (status, error) = script.call("POST", &format!("/v2/organizations/{org1}/enabled_connections"), enable).await;
    assert_eq!((status, error["error"].as_str()), (409, Some("Conflict")));
    let encoded = bob.replace('|', "%7C");
    let organizations = script.ok("GET", &format!("/v2/users/{encoded}/organizations"), Value::Null).await;
    assert_eq!(organizations[0]["name"], "org1");
    let logs = script.ok("GET", "/v2/logs?per_page=5", Value::Null).await;
    assert!(logs.as_array().unwrap().iter().any(|entry| entry["type"] == "seacft"), "{logs}");
}

#[actix_web::test]
async fn an_organization_that_is_refused_is_not_there() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let connections = script.ok("GET", "/v2/connections", Value::Null).await;
    let twice = json!({"connection_id": connections[0]["id"]});
    let half = json!({"name": "half", "enabled_connections": [twice, twice]});
    assert_eq!(script.call("POST", "/v2/organizations", half).await.0, 409);
    assert_eq!(script.call("GET", "/v2/organizations/name/half", Value::Null).await.0, 404);
}

#[actix_web::test]
async fn what_a_change_of_an_enabled_connection_does_not_name_stays() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let org1 = script.ok("GET", "/v2/organizations/name/org1", Value::Null).await["id"].as_str().unwrap().to_owned();
    let enabled = script.ok("GET", &format!("/v2/organizations/{org1}/enabled_connections"), Value::Null).await;
    let id = enabled[0]["connection_id"].as_str().unwrap();
    let path = format!("/v2/organizations/{org1}/enabled_connections/{id}");
    let changed = script.ok("PATCH", &path, json!({"show_as_button": true})).await;
    assert_eq!(changed, enabled[0]);
}

#[actix_web::test]
async fn nothing_is_open_without_a_token() {
    let tenant = TestTenant::start();
    let client = tenant.browser().client;
    let answer = client.get(tenant.at("/api/v2/organizations")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let error: Value = answer.json().await.unwrap();
    assert_eq!((error["statusCode"].as_u64(), error["error"].as_str()), (Some(401), Some("Unauthorized")));
    let answer = client.get(tenant.at("/api/v2/users")).bearer_auth("wrong").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let login = client.post(tenant.at("/api/checkpoints/login")).bearer_auth("wrong").send().await.unwrap();
    assert_eq!(login.status(), StatusCode::UNAUTHORIZED);
    for (secret, audience) in [("wrong", tenant.at("/api/v2/")), ("demo", "https://elsewhere.example/".into())] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "orglab-management"),
            ("client_secret", secret),
            ("audience", audience.as_str()),
        ];
        let answer = client.post(tenant.at("/oauth/token")).form(&form).send().await.unwrap();
        assert!(answer.status().is_client_error());
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], "access_denied");
    }
}

#[actix_web::test]
async fn a_token_is_good_from_anywhere() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.ok("POST", "/checkpoints/login", Value::Null).await;
    assert_eq!(script.ok("GET", "/v2/organizations", Value::Null).await, json!([]));
    let client = tenant.browser().client;
    let request = client.post(tenant.at("/api/checkpoints/invited")).header("sec-fetch-site", "cross-site");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn lists_come_in_pages() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let page = script.ok("GET", "/v2/organizations?per_page=1&page=1&include_totals=true", Value::Null).await;
    assert_eq!((page["total"].as_u64(), page["organizations"][0]["name"].as_str()), (Some(2), Some("org2")));
    let first = script.ok("GET", "/v2/organizations?take=1", Value::Null).await;
    let next = first["next"].as_str().unwrap();
    let second = script.ok("GET", &format!("/v2/organizations?take=1&from={next}"), Value::Null).await;
    assert_eq!((second["organizations"][0]["name"].as_str(), second.get("next")), (Some("org2"), None));
    assert_eq!(script.call("GET", "/v2/organizations?per_page=1000", Value::Null).await.0, 400);
    assert_eq!(script.call("GET", "/v2/organizations?per_page=many", Value::Null).await.0, 400);
}

#[actix_web::test]
async fn the_application_is_listed_and_its_usage_changed() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let client = script.ok("GET", "/v2/clients/orglab", Value::Null).await;
    assert_eq!(client["name"], "Orglab");
    assert_eq!(client["callbacks"], json!(["http://localhost:3000", "http://localhost:3000/callback"]));
    assert_eq!(client["allowed_logout_urls"], json!(["http://localhost:3000", "http://localhost:3000/"]));
    assert_eq!(client["organization_usage"], "require");
    let changed = script.ok("PATCH", "/v2/clients/orglab", json!({"organization_usage": "deny"})).await;
    assert_eq!(changed["organization_usage"], "deny");
    let off = json!({"allow_organization_name_in_authentication_api": false});
    assert_eq!(script.ok("PATCH", "/v2/tenants/settings", off.clone()).await["friendly_name"], "Demo Tenant");
    assert_eq!(script.call("GET", "/v2/clients/other", Value::Null).await.0, 404);
}

#[actix_web::test]
async fn mistakes_are_told_in_auth0s_shape() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let (status, error) = script.call("POST", "/v2/organizations", json!({"name": "Not A Name"})).await;
    assert_eq!((status, error["statusCode"].as_u64(), error["error"].as_str()), (400, Some(400), Some("Bad Request")));
    assert!(error["message"].as_str().unwrap().contains("name must be"));
    assert_eq!(script.call("POST", "/v2/organizations", json!({"name": 5})).await.0, 400);
    assert_eq!(script.call("POST", "/v2/organizations", json!({"name": "org1"})).await.0, 409);
    assert_eq!(script.call("GET", "/v2/organizations/org_none", Value::Null).await.0, 404);
    assert_eq!(script.call("POST", "/checkpoints/nowhere", Value::Null).await.0, 404);
    assert_eq!(script.call("POST", "/faults", json!({"name": "nothing"})).await.0, 400);
    assert_eq!(script.call("POST", "/sessions", json!({"user_id": "nobody"})).await.0, 404);
    assert_eq!(script.call("GET", "/v2/nowhere", Value::Null).await.0, 404);
}

#[actix_web::test]
async fn a_test_signs_in_without_clicks() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let alice = script.find("/v2/users", "email", "alice@org1.example", "user_id").await;
    let client = tenant.browser().client;
    let request = client.post(tenant.at("/api/sessions")).json(&json!({"user_id": alice}));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let to_org1 = attempt(&[("organization", "org1")]);
    let request = client.get(tenant.at(&to_org1.path)).header("cookie", cookie);
    let answered = tenant.browser().send(&to_org1.path, request).await;
    assert_eq!(tenant.claims(&answered, &to_org1).await["email"], "alice@org1.example");
}

#[actix_web::test]
async fn a_fault_is_ordered_for_several_sign_ins() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.ok("POST", "/faults", json!({"name": "server-error", "count": 2})).await;
    let to_org1 = attempt(&[("organization", "org1")]);
    let mut errors = vec![];
    for _ in 0..3 {
        let answered = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await;
        errors.push(answered.answer("error"));
    }
    assert_eq!(errors, [Some("server_error".to_owned()), Some("server_error".to_owned()), None]);
}

#[actix_web::test]
async fn an_invitation_is_made_read_and_revoked() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let org1 = script.find("/v2/organizations", "name", "org1", "id").await;
    let path = format!("/v2/organizations/{org1}/invitations");
    let body = json!({
        "inviter": {"name": "Alice"}, "invitee": {"email": "bob@org2.example"}, "client_id": "orglab", "ttl_sec": 60,
    });
    let invitation = script.ok("POST", &path, body).await;
    let url = invitation["invitation_url"].as_str().unwrap();
    assert!(url.starts_with("http://localhost:3000/login?invitation="), "{url}");
    let one = format!("{path}/{}", invitation["id"].as_str().unwrap());
    assert_eq!(script.ok("GET", &one, Value::Null).await, invitation);
    assert_eq!(script.call("DELETE", &one, Value::Null).await.0, 204);
    assert_eq!(script.call("GET", &one, Value::Null).await.0, 404);
}

#[actix_web::test]
async fn a_seed_is_the_start_and_can_be_returned_to() {
    let seed = r#"{
        "connections": [{"name": "Entra", "strategy": "okta"}],
        "users": [{"connection": "Entra", "email": "dora@acme.example"}],
        "organizations": [{
            "name": "acme", "metadata": {"license": "premium"},
            "enabled_connections": [{"connection": "Entra", "assign_membership_on_login": true}]
        }]
    }"#;
    let seed = Seed::parse(seed, Clock::system().now(), &Random::system()).unwrap();
    let client = ClientRegistration::of(APPLICATION);
    let tenant = TestTenant::start_for(client, Checkpoint::default(), Some(seed), Clock::system());
    let to_acme = attempt(&[("organization", "acme")]);
    let answered = tenant.browser().sign_in(&to_acme, "Entra", "dora@acme.example").await;
    assert_eq!(tenant.claims(&answered, &to_acme).await["https://myapp.com/license"], "premium");
    let script = tenant.script().await;
    script.ok("POST", "/checkpoints/login", Value::Null).await;
    let back = script.ok("POST", "/checkpoints/seed", Value::Null).await;
    assert_eq!(back["organizations"][0]["name"], "acme");
}
