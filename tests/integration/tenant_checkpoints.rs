//! The checkpoints of the demo tenant, and what an administrator creates there.

use orglab::demo_tenant::Checkpoint;
use reqwest::Method;
use rstest::rstest;
use scraper::Selector;
use serde_json::{Value, json};

use crate::support::{
    browser::{Browser, Page},
    tenant::{APPLICATION, TestTenant, request, to_organization},
};

/// The ids of the organizations on the dashboard.
async fn organization_ids(browser: &Browser) -> Vec<String> {
    let html = browser.get("/").await.html();
    let articles = Selector::parse("article[id^=org_]").unwrap();
    html.select(&articles).filter_map(|article| article.attr("id")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_database_user_signs_in_without_an_organization() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Login);
    let browser = tenant.browser();
    let plain = request(&[]);
    let response = browser.authenticate(&plain, "carol@example.com").await;
    let claims = tenant.claims(&response).await;
    assert!(claims["sub"].as_str().unwrap().starts_with("auth0|"));
    for absent in ["org_id", "org_name", "https://myapp.com/license", "https://myapp.com/organization"] {
        assert_eq!(claims.get(absent), None, "{absent}");
    }
    let refused = browser.get(&to_organization("org1")).await;
    let description = refused.parameter("error_description");
    assert_eq!(description.as_deref(), Some("parameter organization is not allowed for this client"));
}

#[tokio::test]
async fn the_enterprise_connection_is_a_second_way_to_sign_in() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::EnterpriseConnection);
    let browser = tenant.browser();
    let page = browser.get(&request(&[])).await;
    assert_eq!(page.test_ids("connection-"), ["connection-Username-Password-Authentication", "connection-Okta1"]);
    let page = browser.press(&page, "connection-Okta1").await;
    assert!(browser.press(&page, "user-alice@org1.example").await.parameter("code").is_some());
    let chosen_by_the_application = request(&[("connection", "Username-Password-Authentication")]);
    assert!(browser.get(&chosen_by_the_application).await.has("user-carol@example.com"));
    let unknown = browser.get(&request(&[("connection", "Okta7")])).await;
    assert_eq!(unknown.parameter("error_description").as_deref(), Some("the connection was not found"));
}

#[tokio::test]
async fn org1_has_no_license_at_first_and_gets_one_on_the_dashboard() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::BusinessLogin);
    let alice = tenant.browser();
    let to_org1 = to_organization("org1");
    let response = alice.authenticate(&to_org1, "alice@org1.example").await;
    let claims = tenant.claims(&response).await;
    assert_eq!(claims.get("https://myapp.com/license"), None);
    assert_eq!(claims["https://myapp.com/organization"], "org1");

    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let edit = [("license", "corporate"), ("display_name", " Organization One ")];
    admin.press_with(&dashboard, "save-organization-org1", &edit).await;
    let response = alice.get(&to_org1).await;
    let claims = tenant.claims(&response).await;
    assert_eq!(claims["https://myapp.com/license"], "corporate");
    assert_eq!(claims["https://myapp.com/organization"], "Organization One");
    assert_eq!(claims["org_name"], "org1");
}

#[rstest]
#[case("collaboration", None)]
#[case("invited", Some(()))]
#[tokio::test]
async fn bob_gets_into_org1_once_he_is_invited(#[case] checkpoint: &str, #[case] admitted: Option<()>) {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    admin.confirm_at("/", &format!("checkpoint-{checkpoint}")).await;
    let bob = tenant.browser();
    let choice = bob.get(&to_organization("org1")).await;
    let page = bob.press(&choice, "connection-Okta2").await;
    let response = bob.press(&page, "user-bob@org2.example").await;
    assert_eq!(response.parameter("code").map(|_| ()), admitted);
}

#[tokio::test]
async fn a_checkpoint_gives_new_ids_and_ends_all_sessions() {
    let tenant = TestTenant::start();
    let alice = tenant.browser();
    let to_org1 = to_organization("org1");
    let code = alice.authenticate(&to_org1, "alice@org1.example").await.parameter("code").unwrap();
    let before = organization_ids(&alice).await;

    let script = tenant.browser();
    let response = script.post("/api/checkpoints/second-organization", &[]).await;
    assert_eq!(response.status, 200);
    let after = organization_ids(&alice).await;
    assert_eq!((before.len(), after.len()), (2, 2));
    assert!(before.iter().all(|id| !after.contains(id)));
    assert!(alice.get(&to_org1).await.has("user-alice@org1.example"), "asked again");
    assert_eq!(tenant.exchange(&code).await.0, 403);
}

#[tokio::test]
async fn a_checkpoint_is_set_by_post_alone_and_not_from_elsewhere() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    assert_eq!(browser.get("/api/checkpoints/login").await.status, 405);
    let page = browser.send(Method::POST, "/api/checkpoints/login", &[("origin", APPLICATION)], None).await;
    assert_eq!(page.status, 403);
    assert_eq!(organization_ids(&browser).await.len(), 2);
    assert_eq!(browser.post("/api/checkpoints/nowhere", &[]).await.status, 404);
}

#[tokio::test]
async fn the_checkpoints_are_listed_with_the_one_that_was_set_last() {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let current = async || {
        let all = script.get("/checkpoints").await;
        let names: Vec<_> = all.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, Checkpoint::ALL.map(Checkpoint::name));
        let current: Vec<_> = all.as_array().unwrap().iter().filter(|it| it["current"] == true).collect();
        current.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(current().await, ["second-organization"]);
    script.checkpoint("login").await;
    assert_eq!(current().await, ["login"]);
}

#[rstest]
#[case::asked_to(json!({"clear_log": true}), true)]
#[case::told_not_to(json!({"clear_log": false}), false)]
#[case::asked_nothing(json!({}), false)]
#[case::without_a_body(Value::Null, false)]
#[tokio::test]
async fn a_checkpoint_clears_the_log_if_it_is_asked_to(#[case] body: Value, #[case] is_cleared: bool) {
    let tenant = TestTenant::start();
    tenant.alice().await;
    let script = tenant.script().await;
    let before = script.get("/v2/logs").await[0]["log_id"].clone();
    script.ok("POST", "/checkpoints/license", body).await;
    let log = script.get("/v2/logs").await;
    let signed_in = log.as_array().unwrap().iter().any(|entry| entry["type"] == "s");
    assert_eq!((log == json!([]), signed_in), (is_cleared, !is_cleared), "{log}");
    tenant.alice().await;
    let new = script.get(&format!("/v2/logs?from={}&take=100", before.as_str().unwrap())).await;
    assert!(new.as_array().unwrap().iter().any(|entry| entry["type"] == "s"), "numbers go on: {new}");
}

#[rstest]
#[case(json!({"clear_log": "true"}), "clear_log")]
#[case(json!({"clear_log": 1}), "clear_log")]
#[case(json!({"clear_log": null}), "clear_log")]
#[case(json!({"clearLog": true}), "clearLog")]
#[case(json!([true]), "object")]
#[tokio::test]
async fn a_checkpoint_with_wrong_options_is_not_set(#[case] body: Value, #[case] named: &str) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    let (status, error) = script.call("POST", "/checkpoints/login", body).await;
    assert!(status == 400 && error["message"].as_str().unwrap().contains(named), "{status} {error}");
    assert_eq!(script.get("/v2/organizations").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn organizations_connections_and_users_are_made_on_the_dashboard() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "create-organization", &[("name", "Org3"), ("license", "premium")]).await;
    admin.press_with(&dashboard, "create-connection", &[("name", "Okta3")]).await;
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "create-user-Okta3", &[("email", "dora@org3.example"), ("name", "Dora")]).await;
    admin.press_with(&dashboard, "enable-org3-Okta3", &[("auto_membership", "1")]).await;

    let dora = tenant.browser();
    let to_org3 = request(&[("organization", "org3"), ("login_hint", "dora@org3.example")]);
    let page = dora.get(&to_org3).await;
    assert!(page.body.contains("Suggested"));
    let response = dora.press(&page, "user-dora@org3.example").await;
    assert_eq!(tenant.claims(&response).await["https://myapp.com/license"], "premium");
    assert!(admin.get("/").await.has("remove-member-org3-dora@org3.example"), "a member by auto-membership");

    let problem = admin.press_with(&dashboard, "create-organization", &[("name", "org3")]).await;
    assert_eq!(problem.status, 409);
    let problem = admin.press_with(&dashboard, "create-organization", &[("name", "no spaces")]).await;
    assert!(problem.body.contains("name must be"));
}

#[tokio::test]
async fn the_same_person_through_both_connections_is_two_users() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin
        .press_with(&dashboard, "create-user-Okta2", &[("email", "alice@org1.example"), ("name", "Alice Adams")])
        .await;
    let dashboard = admin.get("/").await;
    let buttons = |page: &Page| page.test_ids("add-member-org2-alice");
    assert_eq!(
        buttons(&dashboard),
        ["add-member-org2-alice@org1.example-Okta1", "add-member-org2-alice@org1.example-Okta2"]
    );
}

#[tokio::test]
async fn a_checkpoint_of_a_seed_that_is_not_there_is_not_found() {
    let tenant = TestTenant::start();
    assert_eq!(tenant.browser().post("/checkpoints/seed", &[]).await.status, 404);
}
