//! `orglab check`: what it says of a provider, and that it does nothing there.

use std::{
    collections::BTreeMap,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, free_port},
    auth0::{Flaw, REGISTERED, Tenant},
    behaviour::Trouble,
    provider::{CLIENT_SECRET, Provider},
};

/// All checks, in their order.
const NAMES: [&str; 12] = [
    "discovery",
    "issuer",
    "clock",
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

/// What `orglab check --json` said.
struct Report {
    exit: i32,
    ok: bool,
    lines: BTreeMap<String, Line>,
    errors: String,
}

#[derive(Debug)]
struct Line {
    status: String,
    found: String,
    change: Option<String>,
}

fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orglab"));
    command.env_clear().envs(settings.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).arg("check").args(arguments).output().unwrap()
}

fn check(issuer: &str, settings: &[(&str, &str)]) -> Report {
    let own = [("OIDC_ISSUER_URL", issuer), ("OIDC_CLIENT_ID", "orglab"), ("APP_BASE_URL", REGISTERED)];
    let output = run(&["--json"], &[&own, settings].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let fields: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["ok", "checks"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut names = vec![];
    let mut lines = BTreeMap::new();
    for line in document["checks"].as_array().unwrap() {
        let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["name", "status", "found", "change"]);
        let change = line["change"].as_str().map(str::to_owned);
        assert_eq!(change.is_some(), line["status"] == "wrong", "what to change, where something is wrong: {line}");
        assert!(!text(&line["found"]).is_empty());
        names.push(text(&line["name"]));
        lines.insert(text(&line["name"]), Line { status: text(&line["status"]), found: text(&line["found"]), change });
    }
    assert_eq!(names, NAMES);
    let report = Report { exit: output.status.code().unwrap(), ok: document["ok"].as_bool().unwrap(), lines, errors };
    assert_eq!(report.exit, i32::from(!report.ok));
    assert_eq!(report.ok, report.with("wrong").is_empty());
    report
}

impl Report {
    /// The names of all checks with this status.
    fn with(&self, status: &str) -> Vec<&str> {
        NAMES.into_iter().filter(|name| self.lines[*name].status == status).collect()
    }
}

#[rstest]
#[case::not_set(&[])]
#[case::empty(&[("OIDC_ISSUER_URL", " ")])]
fn without_a_provider_it_is_one_line_and_status_2(#[case] settings: &[(&str, &str)]) {
    let output = run(&["--json"], settings);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(errors.lines().count() == 1 && errors.contains("OIDC_ISSUER_URL"), "{errors}");
}

#[tokio::test]
async fn at_the_demo_tenant_all_is_well_and_nothing_is_changed() {
    let app = TestApp::with_demo_tenant();
    let before = state_of(&app.tenant).await;
    let report = check(&app.tenant, &[("APP_BASE_URL", &app.base)]);
    assert_eq!((report.exit, report.with("ok")), (0, NAMES.to_vec()), "{:?}", report.lines);
    assert_eq!(state_of(&app.tenant).await, before);
    assert_eq!(signed_in_at(&app.tenant).await, Vec::<Value>::new());
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
    assert_eq!(check(&app.tenant, &other).with("wrong"), ["client-id", "client-secret"]);
    let secret = [("APP_BASE_URL", app.base.as_str()), ("OIDC_CLIENT_SECRET", "a secret")];
    assert_eq!(check(&app.tenant, &secret).with("wrong"), ["client-secret"]);
    assert_eq!(check(&app.tenant, &[]).with("wrong"), ["callback-url", "logout-url"]);
    let settings = json!({"allow_organization_name_in_authentication_api": false});
    management(&app.tenant, reqwest::Method::PATCH, "tenants/settings", Some(settings)).await;
    assert_eq!(check(&app.tenant, &[("APP_BASE_URL", &app.base)]).with("wrong"), ["organization-names"]);
    let usage = json!({"organization_usage": "deny"});
    management(&app.tenant, reqwest::Method::PATCH, "clients/orglab", Some(usage)).await;
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
    &["signing-algorithm", "callback-url", "organizations", "organization-names"]
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
    Flaw::IdsOnly, &[SECRET, ("ORGANIZATION_IDS", "org1=org_1")], None, &["signing-algorithm", "organizations"]
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
fn callback_and_logout_url_are_told_apart() {
    let tenant = Tenant::with(Flaw::None);
    let report = check(&tenant.issuer, &[SECRET, ELSEWHERE]);
    assert_eq!(report.with("wrong"), ["callback-url", "logout-url"]);
    assert!(report.lines["logout-url"].change.as_deref().unwrap().contains("Allowed Logout URLs"));
    assert!(report.lines["logout-url"].found.contains("http://localhost:3999"));
}

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
    let socket = free_port();
    let issuer = format!("http://{}/", socket.local_addr().unwrap());
    drop(socket);
    let report = check(&issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"]);
    assert!(report.lines["discovery"].change.as_deref().unwrap().contains("network"), "{:?}", report.lines);
    assert_eq!(report.with("ok"), Vec::<&str>::new());
}

#[rstest]
#[case::html(Trouble::Answer(200, "text/html", "<h1>Welcome</h1>".into()), "OIDC_ISSUER_URL")]
#[case::failing(Trouble::Answer(503, "text/plain", "no healthy upstream".into()), "network")]
#[case::endless(Trouble::Endless, "network")]
#[case::half(Trouble::Half, "network")]
fn a_discovery_document_that_is_none_is_told(#[case] trouble: Trouble, #[case] words: &str) {
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(trouble));
    let report = check(&provider.issuer, &[]);
    assert_eq!(report.with("wrong"), ["discovery"], "{:?}", report.lines);
    assert!(report.lines["discovery"].change.as_deref().unwrap().contains(words), "{:?}", report.lines);
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
    assert_eq!(names, NAMES);
    assert!(text.contains("\n    → Switch on “Allow Organization Names"), "{text}");
    assert!(!text.contains('\u{1b}'), "a provider's words steer no terminal");
}

/// What is at the tenant, by its management API: organizations, users, connections.
async fn state_of(tenant: &str) -> Vec<Value> {
    let mut state = vec![];
    for what in ["organizations", "users", "connections", "clients", "tenants/settings"] {
        state.push(management(tenant, reqwest::Method::GET, what, None).await);
    }
    state
}

/// The sign-ins in the tenant's log, and the tokens that it has given for them.
async fn signed_in_at(tenant: &str) -> Vec<Value> {
    let signed_in = ["s", "ssa", "seacft"];
    let log = management(tenant, reqwest::Method::GET, "logs", None).await;
    log.as_array()
        .unwrap()
        .iter()
        .filter(|entry| signed_in.contains(&entry["type"].as_str().unwrap()))
        .cloned()
        .collect()
}

async fn management(tenant: &str, method: reqwest::Method, what: &str, body: Option<Value>) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let order = json!({
        "grant_type": "client_credentials",
        "client_id": "orglab-management",
        "client_secret": "demo",
        "audience": format!("{tenant}/api/v2/"),
    });
    let token = http.post(format!("{tenant}/oauth/token")).json(&order).send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    let request = http.request(method, format!("{tenant}/api/v2/{what}"));
    let request = request.bearer_auth(token["access_token"].as_str().unwrap());
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    request.send().await.unwrap().json().await.unwrap()
}
