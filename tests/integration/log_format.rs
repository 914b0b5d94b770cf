//! `LOG_FORMAT`: each line of the log as a JSON object, with fields for programs and without secrets.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;
use serde_json::Value;

use crate::support::{
    behaviour::{Trouble, change},
    browser::Browser,
    documentation::{page, root},
    process::{Process, failed_start, orglab},
    provider::{CLIENT_SECRET, Provider},
};

/// An app that logs JSON, at this provider, once its last words of welcome are said.
fn start(provider: &Provider, settings: &[(&str, &str)]) -> Process {
    let own = [
        ("OIDC_ISSUER_URL", provider.issuer.as_str()),
        ("OIDC_CLIENT_ID", "orglab"),
        ("LOG_FORMAT", "json"),
        ("RUST_LOG", "info,orglab=trace"),
    ];
    Process::start(&[&own, settings].concat(), "Users log in at")
}

/// An organization's name that would be an event if it were not escaped.
const FORGED: &str = r#"org3", "event": "login", "x": ""#;

/// The objects in these lines, each of which must be one.
fn objects(lines: &[String]) -> Vec<Value> {
    let object = |line: &String| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    lines.iter().map(object).collect()
}

/// Those with this `event`.
fn events<'o>(objects: &'o [Value], event: &str) -> Vec<&'o Value> {
    objects.iter().filter(|object| object["event"] == event).collect()
}

/// The only one with this `event`.
fn event<'o>(objects: &'o [Value], name: &str) -> &'o Value {
    let found = events(objects, name);
    let [event] = found[..] else { panic!("one {name}: {found:?}") };
    event
}

/// The duration of a request is in a field, and in whole milliseconds in the message.
fn assert_durations_agree(request: &Value) {
    let duration = request["duration_ms"].as_f64().unwrap();
    let (before, _) = request["message"].as_str().unwrap().split_once(" ms [").unwrap();
    let whole: f64 = before.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(duration > 0.0 && (duration - whole).abs() <= 1.0, "{request}");
}

/// Attack: whoever reads the log takes over a sign-in that succeeded, was refused or failed.
#[tokio::test]
async fn each_line_of_sign_ins_refusals_and_error_pages_is_an_object_without_secrets() {
    let provider = Provider::that(|behaviour| behaviour.client_authentication = "client_secret_basic");
    let orglab = start(&provider, &[("OIDC_CLIENT_SECRET", CLIENT_SECRET)]);
    let browser = Browser::new(&orglab.base);
    let mut secrets = Vec::new();
    let mut end = async |organization: &str| {
        let response = browser.response(organization).await;
        secrets.extend(response.query_pairs().filter(|(name, _)| name == "state").map(|(_, state)| state.into_owned()));
        browser.get(response.as_str()).await
    };

    assert_eq!(end("org1").await.header("location"), Some("/profile"));
    assert_eq!(browser.log_out().await.status, 303);
    provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::html(500)));
    let failed = end("org2").await;
    provider.now(|behaviour| {
        behaviour.response = change(|response: &mut Vec<(String, String)>| {
            response.retain(|(name, _)| name == "state");
            response.push(("error".to_owned(), "access_denied".to_owned()));
        });
    });
    let refused = end(FORGED).await;
    let missing = browser.get("/nowhere%0A?code=secret-in-the-query").await;
    assert_eq!([&failed, &refused, &missing].map(|page| page.status), [503, 403, 404]);

    let lines = orglab.all_lines();
    let log = objects(&lines);
    for object in &log {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(object[field].is_string(), "{field} in {object}");
        }
    }
    secrets.extend(provider.secrets());
    secrets.extend([CLIENT_SECRET, "secret-in-the-query"].map(str::to_owned));
    assert!(secrets.len() >= 10, "{secrets:?}");
    for secret in secrets {
        let line = lines.iter().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }

    let place = |name: &str| event(&log, name)["organization"].clone();
    assert_eq!((place("login"), place("logout")), ("org_org1".into(), "org_org1".into()));
    assert_eq!((place("login_failed"), place("login_refused")), ("org2".into(), FORGED.into()));
    for (page, name) in [(&failed, "login_failed"), (&refused, "login_refused")] {
        let reference = page.text("error-reference").unwrap();
        assert_eq!(event(&log, name)["reference"], reference.as_str());
        let requests = events(&log, "request");
        let request = requests.iter().find(|request| request["reference"] == reference.as_str()).unwrap();
        assert_eq!((&request["method"], &request["path"]), (&"GET".into(), &"/".into()));
        assert_eq!((&request["status"], &request["server"]), (&page.status.into(), &"app".into()));
        assert_durations_agree(request);
    }
    assert!(events(&log, "ready").iter().any(|event| event["message"].as_str().unwrap().contains("Orglab is ready")));
    assert_eq!(events(&log, "shutdown").len(), 1);
}

#[tokio::test]
async fn the_demo_tenant_logs_json_too() {
    let orglab = Process::start(&[("LOG_FORMAT", "json")], "Ctrl-C");
    let page = Browser::new(&orglab.base).sign_in_as("alice@org1.example", "org1").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let log = objects(&orglab.all_lines());
    assert!(!events(&log, "demo_tenant").is_empty() && !events(&log, "login").is_empty(), "{log:?}");
}

/// Text is what it has always been: the fields for programs are not in it.
#[rstest]
#[case::by_default(&[])]
#[case::empty(&[("LOG_FORMAT", " ")])]
#[case::asked_for(&[("LOG_FORMAT", "text")])]
#[tokio::test]
async fn text_has_the_message_alone(#[case] settings: &[(&str, &str)]) {
    let orglab = Process::start(settings, "Ctrl-C");
    assert_eq!(Browser::new(&orglab.base).sign_in_as("alice@org1.example", "org1").await.status, 200);
    let lines = orglab.all_lines();
    let line = |text: &str| lines.iter().find(|line| line.contains(text)).unwrap();
    let request = line("app GET /profile 200").split_once(" INFO app GET /profile 200 ").unwrap().1;
    let (milliseconds, reference) = request.split_once(" ms [").unwrap();
    assert!(milliseconds.parse::<u64>().is_ok() && reference.len() == 9 && reference.ends_with(']'), "{request}");
    assert!(line("logged in: ").ends_with(']') && !line("logged in: ").contains("reference="), "{lines:?}");
}

#[rstest]
#[case::another("LOG_FORMAT", "xml", "text or json")]
#[case::another_case("LOG_FORMAT", "JSON", "text or json")]
#[case::a_port_alone("METRICS_LISTEN", "9464", "a socket address")]
#[case::a_name("METRICS_LISTEN", "localhost:9464", "a socket address")]
#[case::a_url("METRICS_LISTEN", "http://127.0.0.1:9464", "a socket address")]
fn a_wrong_value_stops_the_start_with_one_line(#[case] name: &str, #[case] value: &str, #[case] right: &str) {
    let (status, line) = failed_start(&[(name, value)]);
    assert_eq!(status, Some(1));
    assert!(line.starts_with(&format!("{name} is {value:?}; it must be {right}")), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
}

/// Programs look for the names of events, so they are documented.
#[test]
fn every_event_in_the_source_is_documented() {
    let documented = page("docs/deployment.md");
    let sources = rust_files(&root().join("src")).into_iter().map(|path| fs::read_to_string(path).unwrap());
    let source = sources.collect::<String>();
    let names: BTreeSet<_> = source.split("event = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(documented.contains(&format!("`{name}`")), "{name}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}

/// Programs read the report on standard output, and the log on standard error.
#[test]
fn the_log_of_a_check_is_json_on_standard_error() {
    let provider = Provider::start();
    let settings = [
        ("OIDC_ISSUER_URL", provider.issuer.as_str()),
        ("OIDC_CLIENT_ID", "orglab"),
        ("LOG_FORMAT", "json"),
        ("SSL_CERT_FILE", "/nowhere"), // which the log warns of
    ];
    let output = orglab(&settings).args(["check", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["checks"].is_array(), "{report}");
    let lines: Vec<_> = String::from_utf8(output.stderr).unwrap().lines().map(str::to_owned).collect();
    let log = objects(&lines);
    assert!(log.iter().any(|line| line["message"].as_str().unwrap().contains("SSL_CERT_FILE")), "{log:?}");
}
