//! `orglab check`: what it reports about a provider, and that it changes nothing there.

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    auth0::{Flaw, Tenant},
    doctor::{IDS, NAMES, check, names_of, run},
    provider::{CLIENT_SECRET, Provider},
};

#[tokio::test]
async fn at_the_demo_tenant_all_is_well_and_nothing_is_changed() {
    let app = TestApp::with_demo_tenant();
    let before = state_of(&app).await;
    let report = check(&app.tenant, &[("APP_BASE_URL", &app.base)]);
    assert_eq!((report.exit, report.with("ok")), (0, names_of(false)), "{:?}", report.lines);
    assert_eq!(state_of(&app).await, before);
    assert_eq!(signed_in_at(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn at_the_demo_tenant_it_is_neither_in_the_log_nor_in_the_report_of_a_fault() {
    let app = TestApp::with_demo_tenant();
    let (alice, instructor) = (app.browser(), app.browser());
    let told = async |test_id: &str| instructor.get(&app.tenant).await.text(test_id).unwrap();
    let probe = || {
        check(&app.tenant, &[("APP_BASE_URL", &app.base)]);
        check(&app.tenant, &[("OIDC_CLIENT_ID", "another"), ("OIDC_CLIENT_SECRET", "a secret")]);
    };
    instructor.post(&format!("{}/faults/wrong-nonce", app.tenant), &[]).await;
    let log = told("log").await;
    probe();
    assert_eq!(told("log").await, log);

    let page = alice.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!(page.status, 502, "the fault was still to come");
    let report = told("last-fault").await;
    probe();
    assert_eq!(told("last-fault").await, report);
}

#[tokio::test]
async fn at_the_demo_tenant_it_finds_what_is_wrong() {
    let app = TestApp::with_demo_tenant();
    let other = [("APP_BASE_URL", app.base.as_str()), ("OIDC_CLIENT_ID", "another")];
    assert_eq!(check(&app.tenant, &other).with("wrong"), ["client-id"]);
    let secret = [("APP_BASE_URL", app.base.as_str()), ("OIDC_CLIENT_SECRET", "a secret")];
    assert_eq!(check(&app.tenant, &secret).with("wrong"), ["client-secret"]);
    assert_eq!(check(&app.tenant, &[]).with("wrong"), ["callback-url", "logout-url"]);
    let script = app.script().await;
    let settings = json!({"allow_organization_name_in_authentication_api": false});
    script.ok("PATCH", "/v2/tenants/settings", settings).await;
    assert_eq!(check(&app.tenant, &[("APP_BASE_URL", &app.base)]).with("wrong"), ["organization-names"]);
    let usage = json!({"organization_usage": "deny"});
    script.ok("PATCH", "/v2/clients/orglab", usage).await;
    assert!(check(&app.tenant, &[("APP_BASE_URL", &app.base)]).with("wrong").contains(&"organizations"));
}

const SECRET: (&str, &str) = ("OIDC_CLIENT_SECRET", CLIENT_SECRET);
const ELSEWHERE: (&str, &str) = ("APP_BASE_URL", "http://localhost:3999");
/// What can't be told of a tenant whose settings are all right: which algorithm the application uses.
const NEVER_TOLD: &[&str] = &["signing-algorithm"];
/// What can't be told of a provider that does not say what it is.
const UNSEEN: &[&str] = &[
    "issuer",
    "keys",
    "signing-algorithm",
    "client-authentication",
    "client-id",
    "callback-url",
    "organizations",
    "organization-names",
    "client-secret",
    "logout-url",
];

#[rstest]
#[case::all_right(Flaw::None, &[SECRET], None, NEVER_TOLD)]
#[case::a_public_client(Flaw::None, &[], None, &["signing-algorithm", "client-authentication"])]
#[case::wrong_domain(Flaw::NoSuchTenant, &[SECRET], Some(("discovery", "OIDC_ISSUER_URL")), UNSEEN)]
#[case::issuer_mismatch(Flaw::AnotherIssuer, &[SECRET], Some(("issuer", "OIDC_ISSUER_URL")), &UNSEEN[1..])]
#[case::clock_off(Flaw::ClockOff, &[SECRET], Some(("clock", "clock")), NEVER_TOLD)]
#[case::no_keys(Flaw::NoKeys, &[SECRET], Some(("keys", "")), NEVER_TOLD)]
#[case::wrong_client_id(
    Flaw::None, &[SECRET, ("OIDC_CLIENT_ID", "wrong")], Some(("client-id", "OIDC_CLIENT_ID")),
    &["signing-algorithm", "callback-url", "organizations", "organization-names", "client-secret", "logout-url"]
)]
#[case::a_client_for_machines(Flaw::NotForPeople, &[SECRET], Some(("client-secret", "OIDC_CLIENT_ID")), NEVER_TOLD)]
#[case::wrong_secret(
    Flaw::None, &[("OIDC_CLIENT_SECRET", "wrong")], Some(("client-secret", "OIDC_CLIENT_SECRET")), NEVER_TOLD
)]
#[case::callback_url_not_registered(
    Flaw::None, &[SECRET, ("APP_CALLBACK_PATH", "/callback")], Some(("callback-url", "Allowed Callback URLs")),
    &["signing-algorithm", "organizations", "organization-names"]
)]
#[case::organization_names_not_accepted(
    Flaw::IdsOnly, &[SECRET], Some(("organization-names", "Allow Organization Names in Authentication API")),
    &["signing-algorithm", "organizations"]
)]
#[case::organization_ids_listed(
    Flaw::IdsOnly, &[SECRET, (IDS, "org1=org_1")], None, &["signing-algorithm", "organizations"]
)]
#[case::organization_ids_that_are_unknown(
    Flaw::IdsOnly, &[SECRET, (IDS, "org1=org_1,org2=org_2,org3=org_3")],
    Some(("organization-ids", "ORGANIZATION_IDS")), &["signing-algorithm", "organizations"]
)]
#[case::organization_ids_that_are_not_looked_up(
    Flaw::UserFirst, &[SECRET, (IDS, "org1=org_1,org2=org_2")], None,
    &["signing-algorithm", "organizations", "organization-names", "organization-ids"]
)]
#[case::not_for_organizations(
    Flaw::NotForOrganizations, &[SECRET], Some(("organizations", "Business Users")),
    &["signing-algorithm", "organization-names"]
)]
#[case::an_organization_is_required(Flaw::OrganizationRequired, &[SECRET], None, NEVER_TOLD)]
#[case::signing_algorithm(Flaw::OnlyHs256, &[SECRET], Some(("signing-algorithm", "RS256")), &[])]
#[case::the_code_is_looked_at_first(
    Flaw::CodeFirst, &[("OIDC_CLIENT_SECRET", "wrong")], None, &["signing-algorithm", "client-secret"]
)]
#[case::out_of_order(
    Flaw::OutOfOrder, &[SECRET], None,
    &["signing-algorithm", "client-id", "callback-url", "organizations", "organization-names", "client-secret", "logout-url"]
)]
fn it_tells_what_is_wrong_what_to_change_and_what_it_could_not_tell(
    #[case] flaw: Flaw,
    #[case] settings: &[(&str, &str)],
    #[case] wrong: Option<(&str, &str)>,
    #[case] unknown: &[&str],
) {
    let tenant = Tenant::with(flaw);
    let report = check(&tenant.issuer, settings);
    assert_eq!(report.with("wrong"), wrong.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{:?}", report.lines);
    assert_eq!(report.with("unknown"), unknown, "{:?}", report.lines);
    for name in unknown {
        assert!(report.lines[*name].found.contains("could not tell"), "{:?}", report.lines[*name]);
    }
    if let Some((name, words)) = wrong {
        let change = report.lines[name].change.as_deref().unwrap();
        assert!(change.contains(words), "{change}");
    }
    assert_harmless(&tenant);
}

/// Nobody is asked, and no code that could be somebody's is redeemed.
fn assert_harmless(tenant: &Tenant) {
    for request in tenant.asked() {
        let is_authorization = request.contains_key("response_type") && request["prompt"] == "none";
        let is_exchange = request.get("code").is_some_and(|code| code == "orglab-check");
        let is_logout = request.contains_key("post_logout_redirect_uri") && !request.contains_key("id_token_hint");
        assert!(is_authorization || is_exchange || is_logout, "{request:?}");
    }
}

#[test]
fn a_port_that_the_system_chooses_is_not_to_be_registered() {
    let tenant = Tenant::with(Flaw::None);
    let report = check(&tenant.issuer, &[SECRET, ("APP_BASE_URL", "http://app.localhost:0")]);
    assert_eq!(report.with("wrong"), ["callback-url", "logout-url"], "{:?}", report.lines);
    for name in ["callback-url", "logout-url"] {
        let change = report.lines[name].change.as_deref().unwrap();
        assert!(change.contains("APP_BASE_URL") && !change.contains("Register the"), "{change}");
    }
}

#[test]
fn the_organizations_with_unknown_ids_are_named() {
    let tenant = Tenant::with(Flaw::None);
    let report = check(&tenant.issuer, &[SECRET, (IDS, "org1=org_1,org2=org_2,org3=org_3")]);
    let found = &report.lines["organization-ids"].found;
    assert!(found.contains("org2=org_2") && found.contains("org3=org_3") && !found.contains("org1"), "{found}");
}

#[tokio::test]
async fn the_demo_tenant_knows_its_own_ids_and_no_others() {
    let app = TestApp::with_demo_tenant();
    let good = format!("org1={}", app.script().await.organization("org1").await);
    let ids = |ids: &str| check(&app.tenant, &[("APP_BASE_URL", &app.base), (IDS, ids)]);
    assert_eq!(ids(&good).with("ok"), NAMES);
    let report = ids(&format!("{good},org2=org_aB3dE5fG7hJ9kL1m"));
    assert_eq!(report.with("wrong"), ["organization-ids"]);
    assert!(report.lines["organization-ids"].found.contains("org2=org_aB3dE5fG7hJ9kL1m"), "{:?}", report.lines);
    assert_eq!(signed_in_at(&app).await, Vec::<Value>::new());
}

#[test]
fn nothing_that_hangs_on_the_client_is_told_of_an_unknown_one() {
    let tenant = Tenant::with(Flaw::None);
    let report = check(&tenant.issuer, &[SECRET, ("OIDC_CLIENT_ID", "wrong"), (IDS, "org1=org_1")]);
    let hang =
        ["callback-url", "organizations", "organization-names", "organization-ids", "client-secret", "logout-url"];
    for name in hang {
        let line = &report.lines[name];
        assert_eq!(
            (line.status.as_str(), line.found.as_str()),
            ("unknown", "could not tell: the provider does not recognize the client")
        );
    }
}

/// The demo tenant at another name of this machine, as it is easily typed.
#[test]
fn a_provider_that_redirects_is_told_with_the_address_to_set() {
    let app = TestApp::with_demo_tenant();
    let report = check(&app.tenant.replace("localhost", "127.0.0.1"), &[("APP_BASE_URL", &app.base)]);
    assert_eq!(report.with("wrong"), ["discovery"], "{:?}", report.lines);
    let line = &report.lines["discovery"];
    assert!(line.found.contains("307"), "{line:?}");
    let change = line.change.as_deref().unwrap();
    let issuer = format!("OIDC_ISSUER_URL={}/", app.tenant);
    assert!(change.contains(&format!("redirects to {}/", app.tenant)) && change.contains(&issuer), "{change}");
    assert!(!change.contains("Auth0"), "{change}");
}

#[rstest]
#[case::to_a_tenant_below_a_path(
    "https://id.example/realms/lab/.well-known/openid-configuration?a=b",
    Some("https://id.example/realms/lab/")
)]
#[case::to_a_page("https://www.example.com/welcome", None)]
#[case::to_plain_http("http://id.example/.well-known/openid-configuration", None)]
#[case::to_itself("", None)]
#[case::with_a_password("https://me:hunter2@id.example/.well-known/openid-configuration", Some("https://id.example/"))]
fn only_where_discovery_is_said_to_be_is_an_address_to_set(#[case] place: &'static str, #[case] issuer: Option<&str>) {
    let tenant = Tenant::with(Flaw::MovedTo(place));
    let report = check(&tenant.issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"], "{:?}", report.lines);
    let line = &report.lines["discovery"];
    let change = line.change.as_deref().unwrap();
    assert_eq!(change.contains("OIDC_ISSUER_URL="), issuer.is_some(), "{change}");
    assert!(issuer.is_none_or(|issuer| change.contains(&format!("OIDC_ISSUER_URL={issuer}"))), "{change}");
    assert!(change.contains("OIDC_ISSUER_URL") && !format!("{line:?}").contains("hunter2"), "{line:?}");
}

#[test]
fn callback_and_logout_url_are_told_apart() {
    let tenant = Tenant::with(Flaw::None);
    let report = check(&tenant.issuer, &[SECRET, ELSEWHERE]);
    assert_eq!(report.with("wrong"), ["callback-url", "logout-url"]);
    assert!(report.lines["logout-url"].change.as_deref().unwrap().contains("Allowed Logout URLs"));
    assert!(report.lines["logout-url"].found.contains("http://localhost:3999"));
}

#[test]
fn a_provider_that_gives_a_code_to_nobody_proves_nothing() {
    let provider = Provider::start();
    let report = check(&provider.issuer, &[]);
    let unknown = ["client-id", "callback-url", "organizations", "organization-names", "logout-url"];
    assert_eq!((report.with("unknown"), report.with("wrong")), (unknown.to_vec(), vec![]), "{:?}", report.lines);
}

#[test]
fn a_provider_that_hangs_is_bounded() {
    let began = Instant::now();
    let tenant = Tenant::with(Flaw::Hangs);
    let report = check(&tenant.issuer, &[SECRET]);
    assert!(began.elapsed() < Duration::from_secs(16), "it took {:?}", began.elapsed());
    assert_eq!(report.with("wrong"), Vec::<&str>::new(), "{:?}", report.lines);
    assert_eq!(report.with("ok"), ["discovery", "issuer", "clock", "keys", "client-authentication"]);
}

#[test]
fn no_secret_is_in_the_output_though_the_provider_says_it() {
    let tenant = Tenant::with(Flaw::Echoes);
    let report = check(&tenant.issuer, &[SECRET, ("RUST_LOG", "trace")]);
    assert_eq!(report.with("wrong"), ["client-secret"]);
    let found = &report.lines["client-secret"].found;
    assert!(found.contains("is not the client's secret") && !found.contains(CLIENT_SECRET), "{found}");
    assert!(report.errors.contains("TRACE"), "the log is on standard error");
    for encoded in [CLIENT_SECRET, "s3cret+of", "s3cret%20of"] {
        assert!(!report.errors.contains(encoded), "{}", report.errors);
    }
}

#[test]
fn for_people_it_is_a_line_each_with_what_to_change_below() {
    let tenant = Tenant::with(Flaw::IdsOnly);
    let own = [("OIDC_ISSUER_URL", tenant.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab"), SECRET];
    let output = run(&[], &own);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    let names: Vec<_> = lines.iter().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(names, names_of(false));
    assert!(text.contains("\n    → Turn on “Allow Organization Names"), "{text}");
    assert!(!text.contains('\u{1b}'), "a provider's words steer no terminal");
}

/// What is at the tenant, by its management API: organizations, users, connections.
async fn state_of(app: &TestApp) -> Vec<Value> {
    let (script, mut state) = (app.script().await, vec![]);
    for what in ["organizations", "users", "connections", "clients", "tenants/settings"] {
        state.push(script.get(&format!("/v2/{what}")).await);
    }
    state
}

/// The sign-ins in the tenant's log, and the tokens that it has given for them.
async fn signed_in_at(app: &TestApp) -> Vec<Value> {
    let signed_in = ["s", "ssa", "seacft"];
    let log = app.script().await.get("/v2/logs").await;
    log.as_array()
        .unwrap()
        .iter()
        .filter(|entry| signed_in.contains(&entry["type"].as_str().unwrap()))
        .cloned()
        .collect()
}
