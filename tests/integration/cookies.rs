//! Requests also carry the cookies of other apps on the same host, whatever they contain.

use std::slice;

use reqwest::Method;
use rstest::rstest;
use serde_json::Value;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page, with_query},
    provider::Provider,
    raw,
};

/// The response to a GET at `base` with these cookies, in which `$` stands for ours. Each line is a separate header.
async fn get(base: &str, path: &str, cookies: &[u8], ours: &str) -> String {
    let host = base.trim_start_matches("http://");
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close").into_bytes();
    for line in cookies.split(|byte| *byte == b'\n') {
        request.extend_from_slice(b"\r\nCookie: ");
        request
            .extend(line.iter().flat_map(|byte| if *byte == b'$' { ours.as_bytes() } else { slice::from_ref(byte) }));
    }
    request.extend_from_slice(b"\r\n\r\n");
    raw::exchange(base, &request).await
}

/// All cookies with this prefix, as a browser sends them.
fn sent(browser: &Browser, prefix: &str) -> String {
    let pair = |name: &String| format!("{name}={}", browser.cookie(name).unwrap());
    browser.cookies_named(prefix).iter().map(pair).collect::<Vec<_>>().join("; ")
}

/// `$` stands for our own cookies.
#[rstest]
#[case::before(b"other=\xff; $")]
#[case::behind(b"$; other=caf\xe9")]
#[case::in_its_name(b"caf\xe9=1; $; \xff")]
#[case::everywhere(b"a=\xff;$;b=\xfe;=\xfd;\xfc")]
#[case::cut_in_the_middle_of_a_character(b"a=\xf0\x9f\x98; $")]
#[case::in_another_header(b"other=\xff\n$")]
#[case::in_another_header_behind(b"$\nother=\xff; b=c")]
#[case::encoded(b"other=%ff; %ff=other; $")]
#[case::without_a_value(b"other; =; =x; ; $;;")]
#[case::quotes(b"a=\"b; $; c=\"d\"")]
#[case::letters("ä=ö; $; 漢=😀".as_bytes())]
#[case::very_many(&[&b"a=\xff; ".repeat(3000)[..], b"$"].concat())]
#[tokio::test]
async fn a_cookie_that_cannot_be_read_is_passed_over_and_the_rest_counts(#[case] cookies: &[u8]) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let response = browser.response("org1").await;
    let path = format!("/callback?{}", response.query().unwrap());
    let page = get(&app.base, &path, cookies, &sent(&browser, "orglab_")).await;
    assert!(raw::status(&page) == 303 && page.contains("location: /profile"), "the attempt: {page}");

    browser.sign_in("org1").await;
    let page = get(&app.base, "/profile", cookies, &sent(&browser, &app.session_cookie())).await;
    assert!(raw::status(&page) == 200 && page.contains("alice"), "the session: {page}");
    let page = get(&app.base, "/profile", b"other=\xff", "").await;
    assert_eq!(raw::status(&page), 303, "nobody: {page}");
}

#[tokio::test]
async fn the_demo_tenant_passes_over_them_too() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    let login = browser.login("org1").await.location().unwrap();
    let path = format!("/authorize?{}", login.query().unwrap());
    let page = get(&app.tenant, &path, b"other=\xff; $", &sent(&browser, &app.tenant_cookie())).await;
    assert!(page.contains("code="), "the session is known, and no question is asked: {page}");
}

/// Browsers send a host's cookies to all its ports.
#[rstest]
#[case::on_a_port("http://localhost:{port}", "orglab_attempt_{port}_")]
#[case::below_localhost("http://app.localhost:{port}", "orglab_attempt_{port}_")]
#[case::by_address("http://127.0.0.1:{port}", "orglab_attempt_{port}_")]
#[case::on_the_port_of_http("http://localhost", "orglab_attempt_80_")]
#[case::on_the_port_of_https("http://localhost:443", "orglab_attempt_443_")]
#[case::at_another_port_than_it_listens_on("http://localhost:3000/", "orglab_attempt_3000_")]
#[case::https("https://lab.example.com", "__Host-orglab_attempt_")]
#[case::https_on_a_port("https://localhost:8443", "__Host-orglab_attempt_")]
#[tokio::test]
async fn a_cookies_name_has_the_port_of_an_http_base_url(#[case] base_url: &str, #[case] prefix: &str) {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("APP_BASE_URL", base_url)]);
    let port = app.base.rsplit(':').next().unwrap();
    let host = base_url.split("//").last().unwrap().trim_end_matches('/').replace("{port}", port);
    let login = app.browser().send(Method::GET, "/login?organization=org1", &[("host", &host)], None).await;
    let state = login.parameter("state").unwrap();
    let cookie = login.header("set-cookie").unwrap();
    let name = format!("{}{}", prefix.replace("{port}", port), &state[..12]);
    assert_eq!(cookie.split('=').next(), Some(name.as_str()));
    assert_eq!(cookie.contains("; Secure"), base_url.starts_with("https"), "{cookie}");
}

/// One browser before several apps and tenants on one host.
struct Visitor(Browser);

impl Visitor {
    async fn login(&self, app: &TestApp, organization: &str) -> Page {
        let login = with_query(&format!("{}/login", app.base), &[("organization", organization)]);
        let page = self.0.get(&login).await;
        self.0.follow(page).await
    }

    async fn organization(&self, app: &TestApp) -> Option<String> {
        let address = format!("{}/profile", app.base);
        let page = self.0.send(Method::GET, &address, &[("accept", "application/json")], None).await;
        let claims: Value = serde_json::from_str(&page.body).unwrap();
        claims["org_name"].as_str().map(str::to_owned)
    }

    async fn log_out(&self, app: &TestApp) {
        let page = self.0.post(&format!("{}/logout", app.base), &[]).await;
        self.0.follow(page).await;
    }
}

#[tokio::test]
async fn instances_on_two_ports_of_a_host_leave_each_others_cookies_alone() {
    let (app, other) = (TestApp::with_demo_tenant(), TestApp::with_demo_tenant());
    let visitor = Visitor(app.browser());
    for (at, email, organization) in [(&app, "alice@org1.example", "org1"), (&other, "bob@org2.example", "org2")] {
        let page = visitor.login(at, organization).await;
        assert_eq!(visitor.0.choose_user(page, email).await.url.path(), "/profile");
    }
    assert_eq!(visitor.organization(&app).await.as_deref(), Some("org1"));
    assert_eq!(visitor.organization(&other).await.as_deref(), Some("org2"));
    for at in [&app, &other] {
        let organization = visitor.organization(at).await.unwrap();
        let page = visitor.login(at, &organization).await;
        assert_eq!(page.url.path(), "/profile", "the tenant's session is known, and nothing is asked: {}", page.body);
    }

    let begun = visitor.0.get(&format!("{}/login?organization=org1", app.base)).await;
    visitor.log_out(&other).await;
    assert_eq!(visitor.organization(&other).await, None);
    assert_eq!(visitor.organization(&app).await.as_deref(), Some("org1"));
    let page = visitor.0.follow(begun).await;
    assert_eq!(page.url.path(), "/profile", "neither the attempt nor the tenant's session is gone: {}", page.body);
}

/// Attack: a page on another port of the host, or an app there that has the same key, passes its own cookies on.
#[tokio::test]
async fn a_cookie_of_another_port_counts_for_nothing() {
    let secret = "5e".repeat(64);
    let provider = Provider::start();
    let settings = [("SESSION_SECRET", secret.as_str())];
    let (app, other) = (TestApp::at_with(&provider, &settings), TestApp::at_with(&provider, &settings));
    let browser = app.browser();
    let response = browser.response("org1").await;
    let attempt = browser.cookies_named(&app.attempt_cookies()).remove(0);
    let renamed = attempt.replace(&app.attempt_cookies(), &other.attempt_cookies());
    browser.set_cookie(&renamed, &browser.cookie(&attempt).unwrap());
    let page = browser.get(&format!("{}/callback?{}", other.base, response.query().unwrap())).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(browser.get(response.as_str()).await.header("location").is_some(), "at its own it counts");
}
