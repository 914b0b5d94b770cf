//! What every response carries, whatever it is: a redirect, errors, refusals and static files included.

use reqwest::Method;
use rstest::rstest;

use crate::support::{app::TestApp, browser::Page, provider::Provider, raw};

/// The security headers of every response of the app.
pub(crate) fn assert_safe(page: &Page) {
    let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{} has no policy", page.url));
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
        assert!(policy.contains(directive), "{}: {policy}", page.url);
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{}: {policy}", page.url);
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{}", page.url);
    assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{}", page.url);
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(page.header(name), None, "{}", page.url);
    }
}

#[rstest]
#[case::start(Method::GET, "/", 200)]
#[case::redirect_to_the_provider(Method::GET, "/login?organization=org1", 303)]
#[case::redirect_to_the_prompt(Method::GET, "/profile", 303)]
#[case::malformed_response(Method::GET, "/callback?code=1", 400)]
#[case::foreign_response(Method::GET, "/?code=1&state=2", 400)]
#[case::bad_parameter(Method::GET, "/login?prompt=none", 400)]
#[case::unknown_page(Method::GET, "/nowhere", 404)]
#[case::unknown_static_file(Method::GET, "/static/nothing.css", 404)]
#[case::wrong_method(Method::DELETE, "/profile", 405)]
#[case::wrong_method_for_static(Method::PUT, "/static/app.css", 405)]
#[case::method_that_nobody_knows(Method::from_bytes(b"BREW").unwrap(), "/", 405)]
#[case::trace_method(Method::TRACE, "/", 405)]
#[case::options(Method::OPTIONS, "/profile", 405)]
#[case::alive(Method::GET, "/healthz", 200)]
#[case::ready(Method::GET, "/readyz", 200)]
#[case::logout(Method::POST, "/logout", 303)]
#[case::path_of_nonsense(Method::GET, "/%ff%00", 404)]
#[tokio::test]
async fn every_response_carries_the_security_headers(#[case] method: Method, #[case] path: &str, #[case] status: u16) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let page = app.browser().send(method, path, &[], None).await;
    assert_eq!(page.status, status, "{}", page.body);
    assert_safe(&page);
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

/// A target without a path belongs to no route, and still to the site.
#[rstest]
#[case::options("OPTIONS")]
#[case::get("GET")]
#[tokio::test]
async fn a_request_for_the_server_as_a_whole_gets_them_too(#[case] method: &str) {
    let app = TestApp::with_demo_tenant();
    for base in [&app.base, &app.tenant] {
        let host = raw::host(base);
        let request = format!("{method} * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let response = raw::exchange(base, request.as_bytes()).await;
        assert_eq!(raw::status(&response), 404, "{response}");
        for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
            assert!(response.to_lowercase().contains(header), "{base}: {response}");
        }
    }
}

#[tokio::test]
async fn signed_in_pages_and_refusals_carry_them_too() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    for path in ["/", "/profile", "/features", "/features/board", "/features/people", "/logout", "/login"] {
        let page = browser.get(path).await;
        assert_safe(&page);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
    }
    let cross_site = browser.send(Method::POST, "/logout", &[("sec-fetch-site", "cross-site")], None).await;
    assert_eq!(cross_site.status, 403);
    assert_safe(&cross_site);
}

#[tokio::test]
async fn a_static_file_is_named_by_its_content_and_kept_for_ever() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let address = app.browser().get("/").await.attribute("link[rel=stylesheet]", "href");
    let page = app.browser().get(&address).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_safe(&page);
}

#[rstest]
#[case::start("/")]
#[case::health("/healthz")]
#[case::unknown("/nowhere")]
#[case::redirect("/profile")]
#[tokio::test]
async fn head_responds_as_get_without_the_body(#[case] path: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let get = app.browser().get(path).await;
    let head = app.browser().send(Method::HEAD, path, &[], None).await;
    assert_eq!((head.status, head.body.as_str()), (get.status, ""));
    assert_eq!(head.header("location"), get.header("location"));
    assert_safe(&head);
}

/// The sign-in form is redirected to the provider, and some browsers hold that against `form-action`.
#[tokio::test]
async fn forms_may_lead_to_the_provider() {
    let provider = Provider::start();
    let page = TestApp::at(&provider).browser().get("/").await;
    let origin = provider.issuer.trim_end_matches('/');
    assert!(page.header("content-security-policy").unwrap().contains(origin));
}

/// Attack: a forged `Host` or `X-Forwarded-Host` turns the app's own redirects and links to the attacker's site.
#[tokio::test]
async fn a_foreign_host_is_not_repeated() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let forged = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")];
    for path in ["/", "/login?organization=org1", "/profile", "/nowhere"] {
        let page = app.browser().send(Method::GET, path, &forged, None).await;
        let headers = format!("{:?}", page.headers);
        assert!(!page.body.contains("evil.example") && !headers.contains("evil.example"), "{path}: {headers}");
    }
}

/// Headers that make sense only with https: later requests must use https (RFC 6797), and a window that another site
/// opened is isolated from that site.
#[rstest]
#[case::https("https://lab.example.com", Some("max-age=31536000"), Some("same-origin"))]
#[case::http("http://localhost:3000", None, None)]
#[tokio::test]
async fn an_app_that_is_served_by_https_says_so_with_every_response(
    #[case] base_url: &str,
    #[case] transport: Option<&str>,
    #[case] opener: Option<&str>,
) {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("APP_BASE_URL", base_url)]);
    let browser = app.browser();
    let style = browser.get("/").await.attribute("link[rel=stylesheet]", "href");
    let addresses =
        [&style, "/", "/login?organization=org1", "/profile", "/callback?code=1", "/nowhere", "/healthz", "/readyz"];
    let mut pages = Vec::new();
    for address in addresses {
        pages.push(browser.get(address).await);
    }
    pages.push(browser.send(Method::DELETE, "/profile", &[], None).await);
    pages.push(browser.send(Method::POST, "/logout", &[("sec-fetch-site", "cross-site")], None).await);
    pages.push(browser.send(Method::POST, "/backchannel-logout", &[], None).await);
    for page in pages {
        assert_eq!(page.header("strict-transport-security"), transport, "{}", page.url);
        assert_eq!(page.header("cross-origin-opener-policy"), opener, "{}", page.url);
    }
}
