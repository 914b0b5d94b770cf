//! `METRICS_LISTEN`: what Prometheus reads, and who can't change it.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use rstest::rstest;
use tokio::io::AsyncWriteExt;

use crate::support::{
    app::free_port,
    behaviour::{Trouble, change},
    browser::{Browser, Page, with_query},
    documentation::page,
    instance::SECRET,
    process::{Process, failed_start},
    provider::Provider,
    raw,
    redis::{Kind, RedisServer},
    wait_until,
};

/// An app with metrics on a port that the system chooses, at this provider.
struct Measured {
    orglab: Process,
    /// Where the metrics are.
    metrics: String,
}

impl Measured {
    fn start(provider: &Provider, settings: &[(&str, &str)]) -> Self {
        let own = [
            ("OIDC_ISSUER_URL", provider.issuer.as_str()),
            ("OIDC_CLIENT_ID", "orglab"),
            ("METRICS_LISTEN", "127.0.0.1:0"),
        ];
        let orglab = Process::start(&[&own, settings].concat(), "Users log in at");
        let line = orglab.welcome.lines().find(|line| line.contains("Metrics are at")).unwrap();
        let metrics = line.split_whitespace().last().unwrap().to_owned();
        Self { orglab, metrics }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.orglab.base)
    }

    async fn page(&self) -> Page {
        Browser::new(&self.metrics).get(&self.metrics).await
    }

    /// The count of each series, as a scrape has it; sums of seconds are left out.
    async fn series(&self) -> BTreeMap<String, u64> {
        let page = self.page().await;
        let samples = page.body.lines().filter(|line| !line.starts_with('#') && !line.contains("_sum{"));
        let samples = samples.map(|line| line.rsplit_once(' ').unwrap());
        samples.map(|(series, count)| (series.to_owned(), count.parse().unwrap())).collect()
    }
}

/// The count of a series; 0 if it is not there.
fn value(series: &BTreeMap<String, u64>, name: &str) -> u64 {
    series.get(name).copied().unwrap_or_default()
}

/// From now on the provider refuses with this code.
fn refuse(provider: &Provider, error: &str, description: &str) {
    let words = [("error", error), ("error_description", description)];
    let words = words.map(|(name, value)| (name.to_owned(), value.to_owned()));
    provider.now(|behaviour| {
        behaviour.response = change(move |response: &mut Vec<(String, String)>| {
            response.retain(|(name, _)| name != "code");
            response.extend(words.clone());
        });
    });
}

#[tokio::test]
async fn a_sign_in_a_refusal_and_a_failure_of_the_provider_are_counted() {
    let provider = Provider::start();
    let app = Measured::start(&provider, &[]);
    let at_first = app.series().await;
    assert_eq!(value(&at_first, r#"orglab_sign_ins_total{outcome="success"}"#), 0);
    assert!(
        at_first.contains_key(r#"orglab_sign_ins_total{outcome="success"}"#),
        "a counter begins at 0: {at_first:?}"
    );
    assert_eq!(at_first["orglab_sessions"], 0);

    let alice = app.browser();
    assert_eq!(alice.sign_in("org1").await.status, 200);
    assert_eq!(app.series().await["orglab_sessions"], 1);
    provider.now(|behaviour| behaviour.token_trouble = Some(Trouble::html(500)));
    assert_eq!(app.browser().sign_in("org1").await.status, 503);
    provider.repent();
    refuse(&provider, "access_denied", "user a is not part of the org_1 organization");
    let (bob, mut pages) = (app.browser(), vec![]);
    let response = bob.response("org1").await;
    for _ in 0..2 {
        pages.push(bob.get(response.as_str()).await.status);
    }
    assert_eq!(pages, [403, 403], "shown again, and counted once");
    assert_eq!(app.browser().get("/callback?code=a&state=b").await.status, 400);

    let series = app.series().await;
    let sign_ins = |outcome: &str| value(&series, &format!("orglab_sign_ins_total{{outcome=\"{outcome}\"}}"));
    assert_eq!(["success", "refused", "exchange_failed", "no_attempt"].map(sign_ins), [1; 4], "{series:?}");
    assert_eq!(["id_token_invalid", "app_failed", "provider_unavailable"].map(sign_ins), [0; 3]);
    assert_eq!(value(&series, r#"orglab_refusals_total{case="not_a_member"}"#), 1, "{series:?}");
    let calls = |endpoint: &str, outcome: &str| {
        let labels = format!("{{endpoint=\"{endpoint}\",outcome=\"{outcome}\"");
        let name = "orglab_provider_request_duration_seconds";
        let counted = value(&series, &format!("{name}_count{labels}}}"));
        assert_eq!(value(&series, &format!("{name}_bucket{labels},le=\"+Inf\"}}")), counted);
        counted
    };
    assert_eq!([calls("token", "success"), calls("token", "server_error"), calls("keys", "success")], [1; 3]);
    assert!(calls("discovery", "success") >= 1, "{series:?}");
    let failures = value(&series, r#"orglab_http_requests_total{status="5xx"}"#);
    assert_eq!((failures, value(&series, r#"orglab_http_requests_total{status="4xx"}"#)), (1, 3));

    assert_eq!(alice.log_out().await.status, 303);
    assert_eq!(app.series().await["orglab_sessions"], 0);
}

#[tokio::test]
async fn a_provider_that_is_gone_is_counted() {
    let (nobody, provider) = (free_port(), Provider::start());
    let issuer = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let app = Measured::start(&provider, &[("OIDC_ISSUER_URL", &issuer)]);
    assert_eq!(app.browser().login("org1").await.status, 503);
    let name = r#"orglab_provider_request_duration_seconds_count{endpoint="discovery",outcome="not_connected"}"#;
    assert!(value(&app.series().await, name) >= 1, "{:?}", app.series().await);
}

/// A provider that hangs is noticed even if no user waits as long as the app would.
#[tokio::test]
async fn a_request_to_the_provider_that_nobody_waits_for_any_more_is_counted() {
    let provider = Provider::that(|behaviour| behaviour.token_trouble = Some(Trouble::Hang));
    let app = Measured::start(&provider, &[]);
    let browser = app.browser();
    let response = browser.response("org1").await;
    let [cookie] = &browser.cookies_named("orglab_attempt")[..] else { panic!("one attempt") };
    let head = format!(
        "GET /?{} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}={}\r\n\r\n",
        response.query().unwrap(),
        raw::host(&app.orglab.base),
        browser.cookie(cookie).unwrap()
    );
    let mut connection = raw::connect(&app.orglab.base).await;
    connection.write_all(head.as_bytes()).await.unwrap();
    wait_until("the token request", async || !provider.received("/token").is_empty()).await;
    connection.set_zero_linger().unwrap(); // resets the connection instead of closing it
    drop(connection);
    let name = r#"orglab_provider_request_duration_seconds_count{endpoint="token",outcome="abandoned"}"#;
    wait_until("the count", async || value(&app.series().await, name) == 1).await;
}

/// The label values of each metric.
fn labels(series: &BTreeMap<String, u64>) -> BTreeSet<String> {
    series.keys().filter_map(|name| Some(name.split_once('{')?.1.trim_end_matches('}').to_owned())).collect()
}

/// Attack: a visitor, or a provider, fills Prometheus with series.
#[tokio::test]
async fn nothing_from_outside_becomes_a_label() {
    let provider = Provider::start();
    let app = Measured::start(&provider, &[]);
    refuse(&provider, "never_heard_of", "");
    assert_eq!(app.browser().sign_in("org1").await.status, 400);
    let before = labels(&app.series().await);
    for number in 0..5 {
        let hostile = format!("evil-{number}\"}} 1\nforged{{a=\"");
        refuse(&provider, &hostile, &hostile);
        app.browser().sign_in(&hostile).await;
        let method = Method::from_bytes(format!("EVIL{number}").as_bytes()).unwrap();
        app.browser().send(method, "/", &[], None).await;
        app.browser().get(&format!("/evil-{number}")).await;
        app.browser().get(&with_query("/callback", &[("error", &hostile), ("state", &hostile)])).await;
    }
    let page = app.page().await;
    assert!(!page.body.to_lowercase().contains("evil") && !page.body.contains("forged"), "{}", page.body);
    assert_eq!(labels(&app.series().await), before);
    assert_eq!(value(&app.series().await, r#"orglab_refusals_total{case="unknown"}"#), 6);
}

#[tokio::test]
async fn the_server_has_one_page_and_the_app_has_none() {
    let provider = Provider::start();
    let app = Measured::start(&provider, &[]);
    let page = app.page().await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let browser = Browser::new(&app.metrics);
    assert_eq!(browser.send(Method::POST, "/metrics", &[], None).await.status, 405);
    for path in ["/", "/healthz", "/profile", "/metrics/"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(app.browser().get("/metrics").await.status, 404);
}

#[rstest]
#[case::unset(&[])]
#[case::empty(&[("METRICS_LISTEN", "")])]
fn there_is_no_server_unless_asked_for(#[case] settings: &[(&str, &str)]) {
    let orglab = Process::start(settings, "Ctrl-C");
    assert!(!orglab.welcome.contains("Metrics"), "{}", orglab.welcome);
}

#[test]
fn a_port_in_use_is_one_line_that_names_the_setting() {
    let taken = free_port();
    let address = taken.local_addr().unwrap().to_string();
    let settings = [
        ("METRICS_LISTEN", address.as_str()),
        ("APP_BASE_URL", "http://localhost:0"),
        ("DEMO_TENANT_LISTEN", "127.0.0.1:0"),
    ];
    let (status, line) = failed_start(&settings);
    assert_eq!((status, line.lines().count()), (Some(1), 1), "{line}");
    let port = taken.local_addr().unwrap().port();
    assert!(line.contains(&format!("port {port} is in use")) && line.contains("METRICS_LISTEN"), "{line}");
}

/// Redis would have to go through all keys.
#[tokio::test]
async fn sessions_in_redis_are_not_counted() {
    let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
    let app = Measured::start(&provider, &[("REDIS_URL", &redis.url()), ("SESSION_SECRET", SECRET)]);
    assert_eq!(app.browser().sign_in("org1").await.status, 200);
    let series = app.series().await;
    assert_eq!(value(&series, r#"orglab_sign_ins_total{outcome="success"}"#), 1);
    assert!(!series.contains_key("orglab_sessions"), "{series:?}");
}

/// The alerts in the documentation are about metrics and labels that there are.
#[tokio::test]
async fn the_documented_alerts_name_metrics_that_there_are() {
    let page = page("docs/deployment.md");
    let rules = page.split("```yaml\n").find(|block| block.contains("- alert:")).unwrap().split("```").next().unwrap();
    let provider = Provider::start();
    let app = Measured::start(&provider, &[]);
    assert_eq!(app.browser().sign_in("org1").await.status, 200);
    refuse(&provider, "never_heard_of", "");
    assert_eq!(app.browser().sign_in("org1").await.status, 400);
    let scrape = app.page().await.body;
    let names: BTreeSet<_> = rules
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("orglab_"))
        .collect();
    assert!(names.len() >= 2 && rules.matches("- alert:").count() == 3, "{rules}");
    for name in names {
        assert!(scrape.contains(&format!("\n{name}{{")), "{name} in {scrape}");
    }
    for metric in scrape.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(page.contains(&format!("| `{metric}` |")), "{metric}");
    }
    for outcome in labels(&app.series().await).iter().filter_map(|labels| labels.strip_prefix("outcome=\"")) {
        assert!(page.contains(&format!("`{}`", outcome.trim_end_matches('"'))), "{outcome}");
    }
}
