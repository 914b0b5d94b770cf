//! The management API of the demo tenant, in the shapes of Auth0's.

use orglab::{
    clock::Clock,
    demo_tenant::{Checkpoint, Seed},
    random::Random,
};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    browser::encoded,
    tenant::{APPLICATION, TestTenant, to_organization},
};

#[tokio::test]
async fn what_a_script_creates_is_there() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::License);
    let script = tenant.script().await;
    let okta2 = script.ok("POST", "/v2/connections", json!({"name": "Okta2", "strategy": "okta"})).await["id"].clone();
    let bob = json!({"connection": "Okta2", "email": "bob@org2.example", "name": "Bob Brown"});
    let bob = script.ok("POST", "/v2/users", bob).await["user_id"].as_str().unwrap().to_owned();
    assert!(bob.starts_with("okta|Okta2|00u"));
    let org2 = json!({
        "name": "org2", "display_name": "org2", "metadata": {"license": "premium"},
        "enabled_connections": [{"connection_id": okta2, "assign_membership_on_login": true}],
    });
    let (status, org2) = script.call("POST", "/v2/organizations", org2).await;
    assert_eq!((status, org2["name"].as_str()), (201, Some("org2")));

    let org1 = format!("/v2/organizations/{}", script.organization("org1").await);
    let enable = json!({"connection_id": okta2, "assign_membership_on_login": false});
    let enabled = script.ok("POST", &format!("{org1}/enabled_connections"), enable.clone()).await;
    assert_eq!(enabled["connection"], json!({"name": "Okta2", "strategy": "okta"}));
    let (status, error) = script.call("POST", &format!("{org1}/enabled_connections"), enable).await;
    assert_eq!((status, error["error"].as_str()), (409, Some("Conflict")));
    let members = json!({"members": [bob]});
    assert_eq!(script.call("POST", &format!("{org1}/members"), members).await, (204, Value::Null));
    let organizations = script.get(&format!("/v2/users/{}/organizations", bob.replace('|', "%7C"))).await;
    assert_eq!(organizations[0]["name"], "org1");
}

#[tokio::test]
async fn an_organization_that_is_refused_is_not_there() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let connections = script.get("/v2/connections").await;
    let twice = json!({"connection_id": connections[0]["id"]});
    let half = json!({"name": "half", "enabled_connections": [twice, twice]});
    assert_eq!(script.call("POST", "/v2/organizations", half).await.0, 409);
    assert_eq!(script.call("GET", "/v2/organizations/name/half", Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_a_change_of_an_enabled_connection_does_not_name_stays() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let org1 = script.organization("org1").await;
    let enabled = script.get(&format!("/v2/organizations/{org1}/enabled_connections")).await;
    let id = enabled[0]["connection_id"].as_str().unwrap();
    let path = format!("/v2/organizations/{org1}/enabled_connections/{id}");
    let changed = script.ok("PATCH", &path, json!({"show_as_button": true})).await;
    assert_eq!(changed, enabled[0]);
}

#[tokio::test]
async fn nothing_is_open_without_a_token() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let wrong = [("authorization", "Bearer wrong")];
    for (method, path, headers) in [
        (Method::GET, "/api/v2/organizations", &[][..]),
        (Method::GET, "/api/v2/users", &wrong),
        (Method::POST, "/api/checkpoints/login", &wrong),
    ] {
        let page = browser.send(method, path, headers, None).await;
        let error: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(page.status, 401, "{path}: {error}");
        assert_eq!((error["statusCode"].as_u64(), error["error"].as_str()), (Some(401), Some("Unauthorized")));
    }
    for (secret, audience) in [("wrong", tenant.at("/api/v2/")), ("demo", "https://elsewhere.example/".into())] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "orglab-management"),
            ("client_secret", secret),
            ("audience", audience.as_str()),
        ];
        let page = browser.send(Method::POST, "/oauth/token", &[], Some(encoded(&form))).await;
        assert!((400..500).contains(&page.status), "{}", page.status);
        assert_eq!(serde_json::from_str::<Value>(&page.body).unwrap()["error"], "access_denied");
    }
}

#[tokio::test]
async fn a_token_is_good_from_anywhere() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.checkpoint("login").await;
    assert_eq!(script.get("/v2/organizations").await, json!([]));
    let from_elsewhere = [("sec-fetch-site", "cross-site")];
    let page = tenant.browser().send(Method::POST, "/api/checkpoints/invited", &from_elsewhere, None).await;
    assert_eq!(page.status, 403);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let page = script.get("/v2/organizations?per_page=1&page=1&include_totals=true").await;
    assert_eq!((page["total"].as_u64(), page["organizations"][0]["name"].as_str()), (Some(2), Some("org2")));
    let first = script.get("/v2/organizations?take=1").await;
    let next = first["next"].as_str().unwrap();
    let second = script.get(&format!("/v2/organizations?take=1&from={next}")).await;
    assert_eq!((second["organizations"][0]["name"].as_str(), second.get("next")), (Some("org2"), None));
    assert_eq!(script.call("GET", "/v2/organizations?per_page=1000", Value::Null).await.0, 400);
    assert_eq!(script.call("GET", "/v2/organizations?per_page=many", Value::Null).await.0, 400);
}

#[tokio::test]
async fn the_application_is_listed_and_its_usage_changed() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let client = script.get("/v2/clients/orglab").await;
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

#[tokio::test]
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

#[tokio::test]
async fn a_test_signs_in_without_clicks() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let alice = script.user("alice@org1.example").await;
    let (browser, json) = (tenant.browser(), [("content-type", "application/json")]);
    let session = json!({"user_id": alice}).to_string();
    assert_eq!(browser.send(Method::POST, "/api/sessions", &json, Some(session)).await.status, 201);
    let to_org1 = to_organization("org1");
    let response = browser.get(&to_org1).await;
    assert_eq!(tenant.claims(&response).await["email"], "alice@org1.example");
}

#[tokio::test]
async fn a_fault_is_ordered_for_several_sign_ins() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.ok("POST", "/faults", json!({"name": "server-error", "count": 2})).await;
    let to_org1 = to_organization("org1");
    let mut errors = vec![];
    for _ in 0..3 {
        let response = tenant.browser().authenticate(&to_org1, "alice@org1.example").await;
        errors.push(response.parameter("error"));
    }
    assert_eq!(errors, [Some("server_error".to_owned()), Some("server_error".to_owned()), None]);
}

#[tokio::test]
async fn an_invitation_is_made_read_and_revoked() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let org1 = script.organization("org1").await;
    let path = format!("/v2/organizations/{org1}/invitations");
    let body = json!({
        "inviter": {"name": "Alice"}, "invitee": {"email": "bob@org2.example"}, "client_id": "orglab", "ttl_sec": 60,
    });
    let invitation = script.ok("POST", &path, body).await;
    let url = invitation["invitation_url"].as_str().unwrap();
    assert!(url.starts_with("http://localhost:3000/login?invitation="), "{url}");
    let one = format!("{path}/{}", invitation["id"].as_str().unwrap());
    assert_eq!(script.get(&one).await, invitation);
    assert_eq!(script.call("DELETE", &one, Value::Null).await.0, 204);
    assert_eq!(script.call("GET", &one, Value::Null).await.0, 404);
}

#[tokio::test]
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
    let tenant = TestTenant::with(|options| options.seed = Some(seed));
    let to_acme = to_organization("acme");
    let response = tenant.browser().authenticate(&to_acme, "dora@acme.example").await;
    assert_eq!(tenant.claims(&response).await["https://myapp.com/license"], "premium");
    let script = tenant.script().await;
    script.checkpoint("login").await;
    let back = script.checkpoint("seed").await;
    assert_eq!(back["organizations"][0]["name"], "acme");
    let last = script.get("/checkpoints").await.as_array().unwrap().last().cloned();
    assert_eq!(last, Some(json!({"name": "seed", "current": true})));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_whoever_asks() {
    let tenant = TestTenant::start();
    let bearer = format!("Bearer {}", tenant.script().await.token);
    let elsewhere = [("sec-fetch-site", "cross-site"), ("origin", APPLICATION)];
    let with_token = [elsewhere[0], elsewhere[1], ("authorization", bearer.as_str())];
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for (path, headers, is_json) in [
            ("/api/nowhere", &elsewhere[..], true),
            ("/api/checkpoints/login/now", &elsewhere, true),
            ("/api/v2/nowhere", &with_token, true),
            ("/api/v2/users/x/roles", &with_token, true),
            ("/api/v2/users/%FF", &with_token, true),
            ("/api/v1/users", &with_token, true),
            ("/nowhere", &elsewhere, false),
            ("/dbconnections/signup", &elsewhere, false),
        ] {
            let page = tenant.browser().send(method.clone(), path, headers, None).await;
            let is_405 = path.ends_with("%FF") && [Method::POST, Method::PUT].contains(&method);
            assert_eq!(page.status, if is_405 { 405 } else { 404 }, "{method} {path}");
            let error: Value = serde_json::from_str(&page.body).unwrap_or_default();
            assert_eq!(error["statusCode"] == page.status, is_json, "{method} {path}: {}", page.body);
        }
    }
}

#[rstest]
#[case(json!({"organization": null}), 200)]
#[case(json!({"organization": null, "scope": null, "resource": null}), 200)]
#[case(json!({"organization": ""}), 200)]
#[case(json!({"organization": 5}), 400)]
#[case(json!({"audience": null}), 400)]
#[case(json!({"client_secret": null}), 401)]
#[case(json!({"grant_type": null}), 400)]
#[tokio::test]
async fn null_is_absent_in_a_token_request(#[case] more: Value, #[case] expected: u16) {
    let tenant = TestTenant::start();
    let mut body = json!({
        "grant_type": "client_credentials", "client_id": "orglab-management", "client_secret": "demo",
        "audience": tenant.at("/api/v2/"),
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let json = [("content-type", "application/json")];
    let page = tenant.browser().send(Method::POST, "/oauth/token", &json, Some(body.to_string())).await;
    assert_eq!(page.status, expected, "{}", page.body);
}
