//! The binary itself, as a user starts it on a terminal.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use reqwest::Method;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    app::free_port,
    behaviour::Trouble,
    browser::Browser,
    process::{Process, failed_start, orglab},
    provider::Provider,
    raw, wait_until,
};

fn text(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap()
}

#[test]
fn help_and_version_say_what_it_is() {
    let help: Output = orglab(&[]).arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(text(&help.stdout).contains("http://localhost:3000") && text(&help.stdout).contains(".env"));
    let version = orglab(&[]).arg("--version").output().unwrap();
    assert_eq!(text(&version.stdout), format!("orglab {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_settings_stop_the_start_with_a_line_each() {
    let wrong =
        [("APP_BASE_URL", "nowhere"), ("SESSION_TTL", "soon"), ("SESSION_SECRET", "hunter2"), ("RUST_LOG", "verbose")];
    let output = orglab(&wrong).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let lines: Vec<_> = text(&output.stderr).lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["APP_BASE_URL", "SESSION_TTL", "SESSION_SECRET", "RUST_LOG"], "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("hunter2"));
}

/// A value that is not UTF-8 is not taken for one that is not set.
#[cfg(unix)]
#[rstest]
#[case("OIDC_ISSUER_URL")]
#[case("OIDC_CLIENT_SECRET")]
#[case("CLAIMS_NAMESPACE")]
fn a_value_in_another_encoding_is_refused(#[case] name: &str) {
    let value = std::os::unix::ffi::OsStrExt::from_bytes(b"hunt\xe9r2");
    let output = orglab(&[("OIDC_CLIENT_ID", "app")])
        .env(name, std::ffi::OsStr::new::<std::ffi::OsStr>(value))
        .output()
        .unwrap();
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors.lines().any(|line| line.starts_with(name) && line.contains(r"without \u{fffd} (character 5)")),
        "{errors}"
    );
}

#[test]
fn a_license_that_the_app_does_not_know_is_warned_of_at_the_start() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seed-with-a-license-of-gold.json");
    let seed = r#"{"connections": [], "organizations": [{"name": "acme", "metadata": {"license": "gold"}},
        {"name": "beta", "metadata": {"license": "\u001b[2J"}}]}"#;
    fs::write(&path, format!("\u{feff}{seed}")).unwrap();
    let orglab = Process::start(&[("DEMO_TENANT_SEED", path.to_str().unwrap())], "Ctrl-C");
    let line =
        orglab.welcome.lines().find(|line| line.contains("WARN")).unwrap_or_else(|| panic!("{}", orglab.welcome));
    assert!(line.contains(r#"the organization "acme" has the license "gold""#), "{line}");
    assert!(!orglab.welcome.contains('\u{1b}'), "a license that clears the screen: {:?}", orglab.welcome);
}

/// Attack: somebody on the network reads sessions and codes, since the app is served over plain http beyond this
/// machine.
#[rstest]
#[case::a_name("http://lab.example.com")]
#[case::an_address_in_the_house("http://192.168.1.5:3000")]
#[case::a_name_like_this_machines("http://localhost.example.com:3000")]
fn plain_http_on_another_host_stops_the_start_with_the_reason(#[case] base_url: &str) {
    let issuer = [("OIDC_ISSUER_URL", "https://t.example/"), ("OIDC_CLIENT_ID", "app")];
    for settings in [&issuer[..], &[]] {
        let (status, line) = failed_start(&[&[("APP_BASE_URL", base_url)], settings].concat());
        assert_eq!(status, Some(1));
        assert!(line.starts_with(&format!("APP_BASE_URL is {base_url:?}; it must be https")), "{line}");
        assert!(line.lines().count() == 1 && line.contains("plain http"), "{line}");
    }
}

/// Attack: whoever reads the terminal learns a secret, from a `.env` that can't be read.
#[rstest]
#[case::a_blank_in_a_value("OIDC_ISSUER_URL=t.example\nOIDC_CLIENT_SECRET=hunter2 and more", "line 2")]
#[case::no_name("hunter2 and more", "line 1")]
#[test]
fn a_line_of_the_file_that_cannot_be_read_is_named_without_its_value(#[case] file: &str, #[case] named: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dotenv-{named}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".env"), file).unwrap();
    for arguments in [&[][..], &["check", "--json"]] {
        let output = orglab(&[]).args(arguments).current_dir(&folder).output().unwrap();
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1));
        assert!(errors.starts_with(".env") && errors.contains(named) && errors.lines().count() == 1, "{errors}");
        assert!(!errors.contains("hunter2") && !said.contains("hunter2"), "{errors}{said}");
        assert_eq!(said.contains(named), !arguments.is_empty(), "{said}");
    }
}

const MISSPELT: [(&str, &str); 4] = [
    ("ORGANISATION_IDS", "ORGANIZATION_IDS"),
    ("OIDC_CLIENTSECRET", "OIDC_CLIENT_SECRET"),
    ("APP_BASEURL", "APP_BASE_URL"),
    ("oidc_issuer", "OIDC_ISSUER_URL"),
];

/// Attack: whoever reads the terminal learns the value of a misspelt secret.
#[test]
fn a_name_that_is_nearly_a_settings_is_warned_of_above_the_welcome() {
    let others = [
        ("SESSION_MANAGER", "hunter2"),
        ("APP_NAME", "hunter2"),
        ("REDIS_PORT", "tcp://10.0.0.1:6379"),
        ("REDIS_URI", ""),
    ];
    let settings = [MISSPELT.map(|(name, _)| (name, "hunter2")), others].concat();
    let orglab = Process::start(&settings, "Ctrl-C");
    let (log, welcome) = orglab.welcome.split_once("Orglab is ready").unwrap();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), MISSPELT.len(), "{log}");
    for (name, setting) in MISSPELT {
        assert!(
            warnings.iter().any(|line| line.contains(name) && line.contains(&format!("{setting}?"))),
            "{name}: {log}"
        );
    }
    assert!(!log.contains("hunter2") && !welcome.contains("WARN"), "{}", orglab.welcome);
}

#[test]
fn where_the_start_fails_a_misspelt_name_is_told_too() {
    let (status, said) = failed_start(&[("OIDC_ISSUER_URL", "https://t.example"), ("OIDC_CLIENTID", "app")]);
    let lines: Vec<_> = said.lines().collect();
    let [misspelt, missing] = lines[..] else { panic!("two lines: {said}") };
    assert_eq!(status, Some(1));
    assert!(misspelt.starts_with("OIDC_CLIENTID") && misspelt.contains("OIDC_CLIENT_ID?"), "{said}");
    assert!(missing.starts_with("OIDC_CLIENT_ID must be set"), "{said}");
}

#[test]
fn a_provider_that_is_not_there_is_one_warning_at_the_start() {
    let nobody = free_port();
    let issuer = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let settings = [("OIDC_ISSUER_URL", issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let orglab = Process::start(&settings, "OIDC_ISSUER_URL");
    let log: Vec<_> = orglab.welcome.lines().filter(|line| line.contains("WARN")).collect();
    assert!(orglab.welcome.contains("Users log in at"), "the start goes on: {}", orglab.welcome);
    let [warning] = log[..] else { panic!("one warning: {}", orglab.welcome) };
    for part in [issuer.as_str(), "Connection refused", "OIDC_ISSUER_URL"] {
        assert!(warning.contains(part), "{part} in {warning}");
    }
}

#[tokio::test]
async fn a_provider_that_hangs_does_not_delay_the_start() {
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(Trouble::Hang));
    let settings = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let began = Instant::now();
    let orglab = Process::start(&settings, "Users log in at");
    let browser = Browser::new(&orglab.base);
    wait_until("a response", async || browser.try_send(Method::GET, "/healthz", &[], None).await.is_ok()).await;
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
}

#[rstest]
#[case::as_it_is_by_default(&[], "\"https://myapp.com/license\" and \"https://myapp.com/organization\"")]
#[case::another(&[("CLAIMS_NAMESPACE", "urn:lab:")], "\"urn:lab:license\" and \"urn:lab:organization\"")]
#[case::none(&[("CLAIMS_NAMESPACE", "")], "\"license\" and \"organization\"")]
fn the_log_says_at_the_start_which_claims_are_read(#[case] settings: &[(&str, &str)], #[case] claims: &str) {
    let provider = Provider::start();
    let own = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let orglab = Process::start(&[&own, settings].concat(), "CLAIMS_NAMESPACE");
    assert!(orglab.welcome.contains(claims), "{}", orglab.welcome);
    assert!(!orglab.welcome.contains("WARN"), "{}", orglab.welcome);
}

#[rstest]
#[case::the_apps("APP_BASE_URL", true)]
#[case::the_tenants("DEMO_TENANT_LISTEN", false)]
fn a_port_in_use_is_one_line_that_says_which_and_what_to_set(#[case] setting: &str, #[case] is_apps: bool) {
    let (taken, free) = (free_port(), free_port());
    let free_port = free.local_addr().unwrap().port();
    drop(free);
    let port = taken.local_addr().unwrap().port();
    let (app, tenant) = if is_apps { (port, free_port) } else { (free_port, port) };
    let base = format!("http://localhost:{app}");
    let listen = format!("127.0.0.1:{tenant}");
    let output = orglab(&[("APP_BASE_URL", &base), ("DEMO_TENANT_LISTEN", &listen)]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(&format!("port {port} is in use")) && message.contains(setting), "{message}");
}

/// The origin in the line of the welcome that holds this text.
fn origin_in(welcome: &str, text: &str) -> String {
    let line = welcome.lines().find(|line| line.contains(text)).unwrap();
    line.split_whitespace().last().unwrap().trim_end_matches('/').to_owned()
}

#[rstest]
#[case::on_both_addresses(&[("DEMO_TENANT_LISTEN", "127.0.0.1:0,[::1]:0"), ("APP_BASE_URL", "http://localhost:0"), ("APP_LISTEN", "")])]
#[case::on_one_address(&[("DEMO_TENANT_LISTEN", "127.0.0.1:0"), ("APP_BASE_URL", ""), ("APP_LISTEN", "127.0.0.1:0")])]
#[tokio::test]
async fn where_the_system_chooses_the_ports_the_welcome_has_them_and_all_else_follows(#[case] ports: &[(&str, &str)]) {
    let orglab = Process::start(ports, "Ctrl-C");
    let [app, tenant] = ["Orglab is ready", "demo tenant:"].map(|text| origin_in(&orglab.welcome, text));
    for origin in [&app, &tenant] {
        let port: u16 = origin.strip_prefix("http://localhost:").unwrap().parse().unwrap();
        assert_ne!(port, 0, "{}", orglab.welcome);
    }
    assert_ne!(app, tenant);
    let browser = Browser::new(&app);
    wait_until("the app", async || browser.try_send(Method::GET, "/healthz", &[], None).await.is_ok()).await;
    let request = browser.login("org1").await.location().unwrap();
    assert_eq!(request.origin().ascii_serialization(), tenant, "the issuer");
    assert!(request.query_pairs().any(|(name, value)| name == "redirect_uri" && value == app), "{request}");
    // To the end, at a tenant that compares addresses character for character, and back again.
    let page = browser.authenticate(request.as_str(), "alice@org1.example").await;
    let page = browser.get(page.location().unwrap().as_str()).await;
    assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
    let page = browser.get("/profile").await;
    assert!(page.body.contains("alice@org1.example"), "{}", page.body);
}

#[test]
fn two_that_leave_the_choice_to_the_system_run_side_by_side() {
    let any =
        [("APP_BASE_URL", "http://localhost:0"), ("APP_LISTEN", ""), ("DEMO_TENANT_LISTEN", "127.0.0.1:0,[::1]:0")];
    let [one, other] = [(); 2].map(|()| Process::start(&any, "Ctrl-C"));
    let origin = |orglab: &Process| origin_in(&orglab.welcome, "Orglab is ready");
    assert_ne!(origin(&one), origin(&other));
}

/// Attack: somebody on the network signs in at a tenant that has no passwords.
#[rstest]
#[case::the_app("APP_LISTEN", "0.0.0.0:0")]
#[case::the_tenant("DEMO_TENANT_LISTEN", "[::]:0")]
fn beyond_this_machine_nothing_starts_beside_the_demo_tenant_unless_told(#[case] name: &str, #[case] address: &str) {
    let listen = [(name, address), ("APP_BASE_URL", "http://localhost:0")];
    let (status, said) = failed_start(&listen);
    assert_eq!(status, Some(1));
    assert!(said.starts_with(&format!("{name} is {address:?}")) && said.contains("DEMO_TENANT_EXPOSE"), "{said}");
    let other = if name == "APP_LISTEN" { "DEMO_TENANT_LISTEN" } else { "APP_LISTEN" };
    let orglab =
        Process::start(&[&listen[..], &[(other, "127.0.0.1:0"), ("DEMO_TENANT_EXPOSE", "yes")]].concat(), "Ctrl-C");
    assert!(orglab.welcome.contains("Orglab is ready: open http://localhost:"), "{}", orglab.welcome);
}

#[rstest]
#[case::sigterm("TERM")]
#[case::ctrl_c("INT")]
#[tokio::test]
async fn it_says_where_to_go_serves_and_ends_within_ten_seconds(#[case] signal: &str) {
    let mut orglab = Process::start(&[], "Ctrl-C");
    for part in [&orglab.base, &orglab.tenant, "org1", "corporate", "bob@org2.example"] {
        assert!(orglab.welcome.contains(part), "{part} in\n{}", orglab.welcome);
    }
    // A connection that is kept open, as browsers keep theirs, holds nothing up.
    let browser = Browser::new(&orglab.base);
    wait_until("a sign-in page", async || browser.sign_in("org1").await.status == 200).await;

    let began = Instant::now();
    orglab.signal(signal);
    wait_until("the end", async || orglab.child.try_wait().unwrap().is_some()).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(orglab.child.wait().unwrap().code(), Some(0));
    let mut errors = String::new();
    orglab.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}

/// As in `orglab 2>&1 | head`: what it logs at the end can't be written.
#[tokio::test]
async fn it_ends_where_nobody_reads_what_it_says() {
    let mut child =
        orglab(&[("APP_BASE_URL", "http://localhost:0"), ("DEMO_TENANT_LISTEN", "127.0.0.1:0")]).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("Ctrl-C")), "it has started");
    drop((said, child.stderr.take()));
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let ended = async || child.try_wait().unwrap().is_some();
    wait_until("the end", ended).await;
}

/// A dashboard that is open in a browser holds nothing up: its stream of events has no end of its own.
#[tokio::test]
async fn a_stream_of_events_ends_at_once() {
    let mut orglab = Process::start(&[], "Ctrl-C");
    let browser = Browser::new(&orglab.tenant);
    wait_until("the dashboard", async || browser.try_send(Method::GET, "/", &[], None).await.is_ok()).await;
    let mut stream = raw::connect(&orglab.tenant).await;
    let host = orglab.tenant.trim_start_matches("http://");
    stream.write_all(format!("GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut response = [0; 12];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"HTTP/1.1 200");
    let began = Instant::now();
    orglab.signal("TERM");
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    wait_until("the end", async || orglab.child.try_wait().unwrap().is_some()).await;
    assert!(began.elapsed() < Duration::from_secs(4), "requests in flight are given 5 s, a stream none");
    assert_eq!(orglab.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_request_in_flight_gets_its_response_before_the_end() {
    let provider = Provider::that(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_secs(2))));
    let settings = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let orglab = Process::start(&settings, "Users log in at");
    let browser = Browser::new(&orglab.base);
    let response = browser.response("org1").await;
    let stop = async {
        wait_until("the request", async || !provider.received("/token").is_empty()).await;
        orglab.signal("TERM");
    };
    let (page, ()) = futures_util::future::join(browser.get(response.as_str()), stop).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/profile")));
}
