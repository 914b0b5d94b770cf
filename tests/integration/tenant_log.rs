//! The log on the dashboard: what its lines say, which of them it shows, and how it is cleared.

use futures_util::StreamExt;
use reqwest::Method;
use rstest::rstest;

use crate::support::{
    browser::{CLIENT, encoded},
    tenant::{TestTenant, to_organization},
};

/// A tenant that has refused a sign-in.
async fn tenant_with_a_failure() -> TestTenant {
    let tenant = TestTenant::start();
    tenant.browser().get(&to_organization("org9")).await;
    tenant
}

#[tokio::test]
async fn each_line_says_its_time_its_kind_what_happened_and_what_its_code_means() {
    let tenant = tenant_with_a_failure().await;
    let page = tenant.browser().get("/").await;
    assert_eq!(page.texts(".log-kind"), ["failure"]);
    assert_eq!(page.texts(".log-text"), [r#"Sign-in refused: invalid_request "the organization org9 does not exist""#]);
    assert_eq!(page.texts(".log-code"), ["f Failed Login"]);
    let datetime = page.attribute(".log-line time", "datetime");
    let (_, time_of_day) = datetime.split_once('T').unwrap();
    assert_eq!(page.texts(".log-line time"), [&time_of_day[..8]]);
    assert!(datetime.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(&datetime).is_ok(), "{datetime}");
}

#[tokio::test]
async fn the_latest_of_the_chosen_kind_are_shown_however_much_else_happened_since() {
    let tenant = tenant_with_a_failure().await;
    let admin = tenant.browser();
    for usage in ["both", "individuals"].into_iter().cycle().take(102) {
        admin.post("/", &[("change", "set-usage"), ("usage", usage)]).await;
    }
    for (query, kind, count) in
        [("", "change", 100), ("?log=change", "change", 100), ("?log=failure", "failure", 1), ("?log=x", "change", 100)]
    {
        let kinds = admin.get(&format!("/{query}")).await.texts(".log-kind");
        assert!(kinds.len() == count && kinds.iter().all(|it| it == kind), "{query}: {kinds:?}");
    }
}

#[tokio::test]
async fn the_chosen_kind_is_marked_and_a_log_without_a_line_says_so() {
    let tenant = TestTenant::start();
    for (query, chosen, label, empty) in [
        ("", "log-all", "All", "The log is empty."),
        ("?log=success", "log-success", "Successes", "No successes yet."),
        ("?log=failure", "log-failure", "Failures", "No failures yet."),
        ("?log=change", "log-change", "Changes", "No changes yet."),
        ("?log=fault", "log-fault", "Faults", "No faults yet."),
        ("?log=%3Cb%3E", "log-all", "All", "The log is empty."),
    ] {
        let page = tenant.browser().get(&format!("/{query}")).await;
        assert_eq!(page.test_ids("log-"), ["log-all", "log-success", "log-failure", "log-change", "log-fault"]);
        assert_eq!(page.texts("[data-testid^='log-'][aria-current=true]"), [label], "{query}");
        assert_eq!(page.attribute("[data-testid^='log-'][aria-current=true]", "data-testid"), chosen);
        assert!(page.text("log").unwrap().contains(empty), "{query}: {}", page.body);
    }
}

#[rstest]
#[case("/", &[("change", "set-usage"), ("usage", "both")], "usage-label")]
#[case("/checkpoints/license", &[("confirmed", "yes")], "lab")]
#[case("/faults/slow", &[], "fault-slow")]
#[case("/faults/none", &[], "break-it")]
#[case("/log/clear", &[], "log")]
#[tokio::test]
async fn a_form_leads_back_to_the_chosen_kind_whatever_other_sites_say(
    #[case] path: &str,
    #[case] fields: &[(&str, &str)],
    #[case] place: &str,
) {
    let tenant = TestTenant::start();
    for (referer, expected) in [
        (tenant.at("/?log=failure"), format!("/?log=failure#{place}")),
        (tenant.at("/?log=//evil.example"), format!("/#{place}")),
        ("http://evil.example/?log=failure".to_owned(), format!("/#{place}")),
        ("nothing".to_owned(), format!("/#{place}")),
    ] {
        let headers = [("sec-fetch-site", "same-origin"), ("referer", referer.as_str())];
        let page = tenant.browser().send(Method::POST, path, &headers, Some(encoded(fields))).await;
        assert_eq!((page.status, page.header("location")), (303, Some(expected.as_str())), "{path} from {referer}");
    }
}

#[tokio::test]
async fn clearing_the_log_empties_it_on_every_open_dashboard_and_keeps_steps_and_faults() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let page = admin.get("/").await;
    admin.press(&page, "enable-org1-Okta2").await;
    admin.press(&page, "fault-slow").await;
    let response = CLIENT.get(tenant.at("/events")).send().await.unwrap();
    let mut events = response.bytes_stream();

    let cleared = admin.press_at("/", "clear-log").await;
    assert_eq!((cleared.status, cleared.header("location")), (303, Some("/#log")));
    let event = events.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&event).contains("data: "));
    let page = tenant.browser().get("/").await;
    assert!(page.text("log").unwrap().contains("The log is empty."), "{}", page.body);
    assert!(page.step_is_done("6.2") && page.has("call-off-fault"));
}

#[tokio::test]
async fn another_sites_form_or_link_does_not_clear_the_log() {
    let tenant = tenant_with_a_failure().await;
    let browser = tenant.browser();
    for (name, value) in [
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ] {
        let page = browser.send(Method::POST, "/log/clear", &[(name, value)], None).await;
        assert_eq!(page.status, 403, "{name}: {value}");
    }
    assert_eq!(browser.get("/log/clear").await.status, 405);
    assert_eq!(browser.get("/").await.texts(".log-kind"), ["failure"]);
}

/// The attack: a page of another site fills the log with requests so long that no browser can show the dashboard, with
/// its button that clears the log.
#[tokio::test]
async fn long_requests_of_other_sites_leave_the_dashboard_short() {
    let tenant = TestTenant::start();
    let (long, other_site) = ("A".repeat(60_000), [("sec-fetch-site", "cross-site")]);
    for _ in 0..20 {
        let body = encoded(&[("grant_type", long.as_str())]);
        let refused = tenant.browser().send(Method::POST, "/oauth/token", &other_site, Some(body)).await;
        assert_eq!(refused.status, 403);
        tenant.browser().get(&format!("/authorize?client_id=orglab&redirect_uri={}", &long[..20_000])).await;
        tenant.browser().get(&to_organization(&long[..20_000])).await;
    }
    let page = tenant.browser().get("/").await;
    assert_eq!(page.texts(".log-line").len(), 60);
    assert!(page.body.len() < 100_000, "{} bytes", page.body.len());
}
