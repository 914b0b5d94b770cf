//! The management API keeps its word: a request that succeeds has had its effect, and its values can be read back.
//! Any other is refused, and the response names the field or the parameter.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{management::includes, tenant::TestTenant};

const ORGANIZATIONS: &str = "/v2/organizations";
const ORG1: &str = "/v2/organizations/{org1}";
const ENABLED: &str = "/v2/organizations/{org1}/enabled_connections";
const ENABLED_OKTA1: &str = "/v2/organizations/{org1}/enabled_connections/{Okta1}";
const INVITATIONS: &str = "/v2/organizations/{org1}/invitations";
const MEMBERS: &str = "/v2/organizations/{org1}/members";
const CONNECTIONS: &str = "/v2/connections";
const OKTA1: &str = "/v2/connections/{Okta1}";
const USERS: &str = "/v2/users";
const ALICE: &str = "/v2/users/{alice}";
const CLIENT: &str = "/v2/clients/orglab";
const SETTINGS: &str = "/v2/tenants/settings";

#[rstest]
#[case::branding("POST", ORGANIZATIONS, json!({"name": "org3", "display_name": "Third", "metadata": {"license": "premium"},
    "branding": {"logo_url": "https://org3.example/logo.png", "colors": {"primary": "#635dff", "page_background": "#000"}}}))]
#[case::no_branding("POST", ORGANIZATIONS, json!({"name": "org3"}))]
#[case::new_branding("PATCH", ORG1, json!({"branding": {"logo_url": "https://org1.example/logo.png"}}))]
#[case::new_metadata("PATCH", ORG1, json!({"metadata": {"tier": "1"}}))]
#[case::new_name("PATCH", ORG1, json!({"name": "first", "display_name": " The First "}))]
#[case::hidden("POST", ENABLED, json!({"connection_id": "{Okta2}", "show_as_button": false, "is_signup_enabled": false}))]
#[case::shown("POST", ENABLED, json!({"connection_id": "{Database}", "show_as_button": true}))]
#[case::hidden_later("PATCH", ENABLED_OKTA1, json!({"show_as_button": false, "assign_membership_on_login": false}))]
#[case::invitation("POST", INVITATIONS, json!({"client_id": "orglab", "inviter": {"name": "Alice"}, "invitee": {"email": "eve@x.example"},
    "connection_id": "{Okta1}"}))]
#[case::invitation_without_email("POST", INVITATIONS, json!({"client_id": "orglab", "inviter": {"name": "Alice"},
    "invitee": {"email": "eve@x.example"}, "roles": [], "user_metadata": {}, "app_metadata": {}}))]
#[case::profile("POST", USERS, json!({"connection": "Okta2", "email": "dora@org3.example", "email_verified": false,
    "name": "Dora Dorn", "nickname": "dodo", "given_name": "Dora", "family_name": "Dorn", "picture": "https://x.example/d.png",
    "user_metadata": {"color": "red", "sizes": [1, 2]}, "app_metadata": {"plan": {"level": 3}}}))]
#[case::changed_profile("PATCH", ALICE, json!({"email_verified": false, "name": "A. Adams", "nickname": "al", "app_metadata": {"a": 1}}))]
#[case::address_as_it_is("PATCH", ALICE, json!({"email": "alice@org1.example", "blocked": false}))]
#[case::with_connections("POST", ORGANIZATIONS, json!({"name": "org3", "enabled_connections": [{"connection_id": "{Okta1}",
    "assign_membership_on_login": true, "show_as_button": false, "is_signup_enabled": false}]}))]
#[case::connection("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "display_name": "The Third",
    "options": {"domain": "org3.okta.com", "client_id": "0oa1", "scopes": ["openid"], "attribute_map": {"a": null}},
    "metadata": {"team": "blue"}, "enabled_clients": ["orglab"], "realms": ["Okta3"], "show_as_button": true,
    "is_domain_connection": false}))]
#[case::database("POST", CONNECTIONS, json!({"name": "People", "strategy": "auth0", "options": {"disable_signup": true}}))]
#[case::changed_connection("PATCH", OKTA1, json!({"display_name": "First", "options": {"domain": "org1.okta.com"},
    "metadata": {}, "enabled_clients": ["orglab"]}))]
#[case::connection_as_it_is("PATCH", OKTA1, json!({"name": "Okta1", "strategy": "okta"}))]
#[case::usage("PATCH", CLIENT, json!({"organization_usage": "require", "organization_require_behavior": "no_prompt"}))]
#[case::what_is_there("PATCH", CLIENT, json!({"name": "Orglab", "app_type": "spa",
    "callbacks": ["http://localhost:3000", "http://localhost:3000/callback"]}))]
#[case::friendly_name("PATCH", SETTINGS, json!({"friendly_name": "Stage"}))]
#[case::names("PATCH", SETTINGS, json!({"allow_organization_name_in_authentication_api": false}))]
#[tokio::test]
async fn what_is_written_reads_back(#[case] method: &str, #[case] path: &str, #[case] body: Value) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let body: Value = serde_json::from_str(&script.with_ids(&body.to_string()).await).unwrap();
    let path = script.with_ids(path).await;
    let written = script.ok(method, &path, body.clone()).await;
    let mut body = body;
    if let Some(connection) = body.as_object_mut().unwrap().remove("connection") {
        assert_eq!(written["identities"][0]["connection"], connection, "where users have it");
    }
    assert!(includes(&written, &body), "{written} for {body}");
    let id = ["connection_id", "id", "user_id"].map(|name| written[name].as_str());
    let id = if path.ends_with("invitations") { id[1] } else { id.into_iter().flatten().next() };
    let one = match (method, id) {
        ("POST", Some(id)) => format!("{path}/{}", id.replace('|', "%7C")),
        _ => path,
    };
    let mut written = written;
    if let Some(enabled) = written.as_object_mut().unwrap().remove("enabled_connections") {
        assert_eq!(script.get(&format!("{one}/enabled_connections")).await, enabled, "where organizations have them");
    }
    assert_eq!(script.get(&one).await, written);
}

#[rstest]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "token_quota": {}}), "token_quota")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "display_name": ""}), "display_name")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "display_name": null}), "display_name")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "metadata": {"a": 1}}), "metadata.a")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "branding": {"logo": "https://x.example"}}), "branding.logo")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "branding": {"logo_url": "javascript:alert(1)"}}), "branding.logo_url")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "branding": {"logo_url": null}}), "branding.logo_url")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "branding": {"colors": {"primary": "red", "page_background": "#fff"}}}), "branding.colors.primary")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "enabled_connections": [{"connection_id": "{Okta1}", "show": true}]}), "enabled_connections[0].show")]
#[case("POST", ORGANIZATIONS, json!({"name": "org3", "enabled_connections": [{"connection_id": "con_none"}]}), "connection_id")]
#[case("POST", ORGANIZATIONS, json!({}), "name")]
#[case("PATCH", ORG1, json!({"enabled_connections": []}), "enabled_connections")]
#[case("PATCH", ORG1, json!({"branding": null}), "branding")]
#[case("POST", ENABLED, json!({"connection_id": "{Okta2}", "is_signup_enabled": true}), "is_signup_enabled")]
#[case("POST", ENABLED, json!({"connection_id": "{Database}", "show_as_button": false}), "show_as_button")]
#[case("POST", ENABLED, json!({"connection_id": "{Okta2}", "show_as_button": "no"}), "show_as_button")]
#[case("POST", ENABLED, json!({"connection_id": "con_none"}), "connection_id")]
#[case("PATCH", ENABLED_OKTA1, json!({"connection_id": "{Okta2}"}), "connection_id")]
#[case("PATCH", ENABLED_OKTA1, json!({"is_signup_enabled": true}), "is_signup_enabled")]
#[case("POST", INVITATIONS, json!({"connection_id": "{Okta2}"}), "connection_id")]
#[case("POST", INVITATIONS, json!({"roles": ["rol_1"]}), "roles")]
#[case("POST", INVITATIONS, json!({"app_metadata": {"a": 1}}), "app_metadata")]
#[case("POST", INVITATIONS, json!({"send_invitation_email": true}), "send_invitation_email")]
#[case("POST", INVITATIONS, json!({"ttl_sec": 2_592_001}), "ttl_sec")]
#[case("POST", INVITATIONS, json!({"ttl_sec": -1}), "ttl_sec")]
#[case("POST", INVITATIONS, json!({"client_id": "other"}), "client_id")]
#[case("POST", INVITATIONS, json!({"inviter": {"name": "A", "email": "a@x.example"}}), "inviter.email")]
#[case("POST", INVITATIONS, json!({"inviter": {"name": "A\u{7}"}}), "inviter.name")]
#[case("POST", MEMBERS, json!({"members": ["auth0|nobody"]}), "members")]
#[case("POST", MEMBERS, json!({"members": []}), "members")]
#[case("POST", MEMBERS, json!({"members": ["{alice}"], "roles": []}), "roles")]
#[case("DELETE", MEMBERS, json!({"members": [5]}), "members[0]")]
#[case("POST", USERS, json!({"user_id": "mine"}), "user_id")]
#[case("POST", USERS, json!({"username": "dora"}), "username")]
#[case("POST", USERS, json!({"blocked": true}), "blocked")]
#[case("POST", USERS, json!({"phone_number": "+1"}), "phone_number")]
#[case("POST", USERS, json!({"verify_email": true}), "verify_email")]
#[case("POST", USERS, json!({"email_verified": "yes"}), "email_verified")]
#[case("POST", USERS, json!({"nickname": ""}), "nickname")]
#[case("POST", USERS, json!({"given_name": null}), "given_name")]
#[case("POST", USERS, json!({"picture": "picture"}), "picture")]
#[case("POST", USERS, json!({"user_metadata": []}), "user_metadata")]
#[case("POST", USERS, json!({"app_metadata": {"big": "x".repeat(17_000)}}), "app_metadata")]
#[case("POST", USERS, json!({"connection": "Okta9"}), "connection")]
#[case("POST", USERS, json!({"email": " dora@org3.example"}), "email")]
#[case("PATCH", ALICE, json!({"email": "al@org1.example"}), "email")]
#[case("PATCH", ALICE, json!({"connection": "Okta2"}), "connection")]
#[case("PATCH", ALICE, json!({"password": "secret"}), "password")]
#[case("PATCH", ALICE, json!({"name": "New", "blocked": true}), "blocked")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "options": []}), "options")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "options": null}), "options")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "options": {"big": "x".repeat(17_000)}}), "options")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "display_name": ""}), "display_name")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "enabled_clients": []}), "enabled_clients")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "metadata": {"a": 1}}), "metadata")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "show_as_button": false}), "show_as_button")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "authentication": {"active": true}}), "authentication")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "okta", "id": "con_mine"}), "id")]
#[case("PATCH", OKTA1, json!({"display_name": "First", "name": "Okta9"}), "name")]
#[case("PATCH", OKTA1, json!({"options": {"domain": "x"}, "enabled_clients": []}), "enabled_clients")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3", "strategy": "samlp"}), "strategy")]
#[case("POST", CONNECTIONS, json!({"name": "Okta3"}), "strategy")]
#[case("PATCH", CLIENT, json!({"callbacks": ["http://localhost:3000", "http://localhost:4000"]}), "callbacks")]
#[case("PATCH", CLIENT, json!({"organization_usage": "deny", "description": "An app"}), "description")]
#[case("PATCH", CLIENT, json!({"organization_usage": "sometimes"}), "organization_usage")]
#[case("PATCH", CLIENT, json!({"organization_usage": "deny", "organization_require_behavior": "pre_login_prompt"}), "organization_require_behavior")]
#[case("PATCH", "/v2/clients/orglab-management", json!({"organization_usage": "allow"}), "organization_usage")]
#[case("PATCH", SETTINGS, json!({"friendly_name": ""}), "friendly_name")]
#[case("PATCH", SETTINGS, json!({"picture_url": "https://x.example/logo.png"}), "picture_url")]
#[case("PATCH", SETTINGS, json!({"allow_organization_name_in_authentication_api": "no"}), "allow_organization_name_in_authentication_api")]
#[case("POST", "/sessions", json!({"user_id": "{alice}", "organization": "org1"}), "organization")]
#[tokio::test]
async fn what_would_not_read_back_is_refused_by_name_and_changes_nothing(
    #[case] method: &str,
    #[case] path: &str,
    #[case] wrong: Value,
    #[case] named: &str,
) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let mut body = match (method, path) {
        ("POST", INVITATIONS) => {
            json!({"client_id": "orglab", "inviter": {"name": "Alice"}, "invitee": {"email": "eve@x.example"}})
        }
        ("POST", USERS) => json!({"connection": "Okta2", "email": "dora@org3.example"}),
        _ => json!({}),
    };
    let wrong: Value = serde_json::from_str(&script.with_ids(&wrong.to_string()).await).unwrap();
    body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
    let path = script.with_ids(path).await;
    let log = script.get("/v2/logs").await;
    let (status, error) = script.call(method, &path, body).await;
    assert_eq!((status, error["statusCode"].as_u64()), (400, Some(400)), "{error}");
    assert_eq!((error["error"].as_str(), error["errorCode"].as_str()), (Some("Bad Request"), Some("invalid_body")));
    assert!(error["message"].as_str().unwrap().contains(named), "{error}");
    assert_eq!(script.get("/v2/logs").await, log);
}

/// Every address of the API, each with a method.
const ADDRESSES: [(&str, &str); 43] = [
    ("GET", ORGANIZATIONS),
    ("POST", ORGANIZATIONS),
    ("GET", "/v2/organizations/name/org1"),
    ("GET", ORG1),
    ("PATCH", ORG1),
    ("DELETE", ORG1),
    ("GET", MEMBERS),
    ("POST", MEMBERS),
    ("DELETE", MEMBERS),
    ("GET", ENABLED),
    ("POST", ENABLED),
    ("GET", ENABLED_OKTA1),
    ("PATCH", ENABLED_OKTA1),
    ("DELETE", ENABLED_OKTA1),
    ("GET", INVITATIONS),
    ("POST", INVITATIONS),
    ("GET", "/v2/organizations/{org1}/invitations/uinv_1"),
    ("DELETE", "/v2/organizations/{org1}/invitations/uinv_1"),
    ("GET", CONNECTIONS),
    ("POST", CONNECTIONS),
    ("GET", OKTA1),
    ("PATCH", OKTA1),
    ("DELETE", OKTA1),
    ("GET", USERS),
    ("POST", USERS),
    ("GET", "/v2/users-by-email?email=alice@org1.example"),
    ("GET", ALICE),
    ("PATCH", ALICE),
    ("DELETE", ALICE),
    ("GET", "/v2/users/{alice}/organizations"),
    ("GET", "/v2/clients"),
    ("GET", CLIENT),
    ("PATCH", CLIENT),
    ("GET", SETTINGS),
    ("PATCH", SETTINGS),
    ("GET", "/v2/logs"),
    ("GET", "/v2/logs/1"),
    ("GET", "/checkpoints"),
    ("POST", "/checkpoints/login"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("POST", "/sessions"),
];

#[tokio::test]
async fn an_unknown_parameter_or_field_is_refused_by_name_everywhere() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    for (method, path) in ADDRESSES {
        let path = script.with_ids(path).await;
        let with_parameter = format!("{path}{}surprise=1", if path.contains('?') { '&' } else { '?' });
        let (status, error) = script.call(method, &with_parameter, Value::Null).await;
        let message = error["message"].as_str().unwrap_or_default();
        assert!(status == 400 && message.contains("surprise"), "{method} {with_parameter}: {status} {error}");
        if method != "GET" && !(method == "DELETE" && path.starts_with("/v2/") && !path.ends_with("members")) {
            let (status, error) = script.call(method, &path, json!({"surprise": 1})).await;
            let message = error["message"].as_str().unwrap_or_default();
            let is_named = message.contains("surprise") || message.contains("missing field");
            assert!(status == 400 && is_named, "{method} {path}: {status} {error}");
        }
    }
}

#[rstest]
#[case("/v2/users?q=name:alice", "email:")]
#[case("/v2/users?q=alice@org1.example", "email:")]
#[case("/v2/users?q=email:", "email:")]
#[case("/v2/users?q=email:%22alice@org1.example", "email:")]
#[case("/v2/users?q=email:alice@org1.example%22", "email:")]
#[case("/v2/users?q=email:%22alice@org1.example%22+OR+email:%22bob@org2.example%22", "email:")]
#[case("/v2/users?q=email:alice@org1.example+AND+name:x", "email:")]
#[case("/v2/users?q=email:*@org1.example", "email:")]
#[case("/v2/users?q=NOT+email:alice@org1.example", "email:")]
#[case("/v2/users?q=(email:alice@org1.example)", "email:")]
#[case("/v2/users?q=email:[a+TO+b]", "email:")]
#[case("/v2/users?search_engine=v2", "search_engine")]
#[case("/v2/users?primary_order=false", "primary_order")]
#[case("/v2/users?sort=password:1", "sort")]
#[case("/v2/users-by-email", "email")]
#[case("/v2/connections?name=Okta1&name=Okta2", "name")]
#[case("/v2/clients?is_global=maybe", "is_global")]
#[case("/v2/logs?q=type:s", "q")]
#[case("/v2/logs?from=last", "from")]
#[case("/v2/logs?take=5&sort=date:1", "sort")]
#[case("/v2/organizations?page=1&take=5", "page")]
#[tokio::test]
async fn a_search_that_is_not_understood_is_refused_and_the_response_says_what_is(
    #[case] path: &str,
    #[case] named: &str,
) {
    let tenant = TestTenant::start();
    let (status, error) = tenant.script().await.call("GET", path, Value::Null).await;
    assert_eq!((status, error["errorCode"].as_str()), (400, Some("invalid_query_string")), "{error}");
    assert!(error["message"].as_str().unwrap().contains(named), "{error}");
}

#[rstest]
#[case("/v2/users?q=email:%22alice@org1.example%22", "email", &["alice@org1.example"])]
#[case("/v2/users?q=email:Alice@ORG1.example&search_engine=v3", "email", &["alice@org1.example"])]
#[case("/v2/users?q=email:nobody@org1.example", "email", &[])]
#[case("/v2/users?q=", "email", &["carol@example.com", "alice@org1.example", "bob@org2.example"])]
#[case("/v2/users?connection=Okta2", "email", &["bob@org2.example"])]
#[case("/v2/users?connection=Okta9", "email", &[])]
#[case("/v2/users?sort=email:1", "email", &["alice@org1.example", "bob@org2.example", "carol@example.com"])]
#[case("/v2/users?sort=email:-1&per_page=1&page=1", "email", &["bob@org2.example"])]
#[case("/v2/organizations?sort=name:-1", "name", &["org2", "org1"])]
#[case("/v2/connections?strategy=okta", "name", &["Okta1", "Okta2"])]
#[case("/v2/connections?strategy=auth0&strategy=okta&name=Okta2", "name", &["Okta2"])]
#[case("/v2/connections?strategy=auth0&strategy=samlp", "name", &["Username-Password-Authentication"])]
#[case("/v2/clients?app_type=spa,native&is_global=false&is_first_party=true", "client_id", &["orglab"])]
#[case("/v2/clients?is_global=true", "client_id", &[])]
#[tokio::test]
async fn a_list_is_filtered_and_sorted_as_it_says(#[case] path: &str, #[case] field: &str, #[case] expected: &[&str]) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let list = script.get(path).await;
    let found: Vec<_> = list.as_array().unwrap().iter().map(|it| it[field].as_str().unwrap()).collect();
    assert_eq!(found, expected);
    let only = script.get(&format!("{path}&fields={field}&include_fields=true")).await;
    assert!(only.as_array().unwrap().iter().all(|it| it.as_object().unwrap().keys().eq([field])), "{only}");
}

#[tokio::test]
async fn metadata_is_merged_and_null_removes() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let alice = script.with_ids(ALICE).await;
    script.ok("PATCH", &alice, json!({"app_metadata": {"a": 1, "b": {"c": 2}}})).await;
    let changed = script.ok("PATCH", &alice, json!({"app_metadata": {"a": null, "b": {"d": 3}}})).await;
    assert_eq!(changed["app_metadata"], json!({"b": {"d": 3}}));
}
