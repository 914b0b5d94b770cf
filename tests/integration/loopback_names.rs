//! The names of this machine: as the app's own, as the provider's, and as a request's `Host`.

use std::net::TcpListener;

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{
    app::{TestApp, closed_port},
    browser::{Browser, with_query},
    management::End,
    process::Process,
    provider::Provider,
};

/// The app at `http://{host}:{port}`, and alice signed in there.
async fn alice_at(host: &str) -> (TestApp, Browser) {
    let app = TestApp::start(&[("APP_BASE_URL", &format!("http://{host}:{{port}}"))]);
    let alice = Browser::new(&app.base.replace("localhost", host));
    assert_eq!(alice.sign_in_as("alice@org1.example", "org1").await.url.path(), "/profile");
    (app, alice)
}

/// Few systems look names below `localhost` up (RFC 6761, 6.3).
#[rstest]
#[tokio::test]
async fn what_ends_at_the_demo_tenant_ends_in_the_app(
    #[values("localhost", "lab.localhost", "127.0.0.1")] host: &str,
    #[values(End::MemberRemoved, End::Checkpoint)] end: End,
) {
    let (app, alice) = alice_at(host).await;
    end.order(&app.script().await).await;
    assert_eq!(alice.get("/profile").await.status, 303);
}

/// Browsers take `lab.localhost` and `127.0.0.1` for other sites than `localhost`: as from an app that is served by
/// https, the logout can't be told from another site's, and the app's own is asked nothing.
#[rstest]
#[case("localhost", "same-site")]
#[case("lab.localhost", "cross-site")]
#[case("127.0.0.1", "cross-site")]
#[tokio::test]
async fn the_apps_logout_asks_nothing_at_the_demo_tenant(#[case] host: &str, #[case] site: &str) {
    let (app, alice) = alice_at(host).await;
    let base = app.base.replace("localhost", host);
    // What the app sends where nobody is signed in to it any more.
    let parameters = [("client_id", "orglab"), ("post_logout_redirect_uri", &base)];
    let logout = with_query(&format!("{}/oidc/logout", app.tenant), &parameters);
    let cookie = format!("{}={}", app.tenant_cookie(), alice.cookie(&app.tenant_cookie()).unwrap());
    let headers = [("sec-fetch-site", site), ("sec-fetch-dest", "document"), ("cookie", &cookie)];
    let page = Browser::new(&base).send(Method::GET, &logout, &headers, None).await;
    assert_eq!(page.header("location"), Some(base.as_str()), "{}", page.body);
    assert!(page.header("set-cookie").unwrap().contains("Max-Age=0"), "{:?}", page.headers);
}

/// Otherwise, cookies would be set at one name, and the provider's response would come to the other.
#[rstest]
#[case::address("http://localhost:{port}", "127.0.0.1:{port}", true)]
#[case::another_address("http://localhost:{port}", "127.8.9.10:{port}", true)]
#[case::of_version_6("http://localhost:{port}", "[::1]:{port}", true)]
#[case::mapped("http://localhost:{port}", "[::ffff:127.0.0.1]:{port}", true)]
#[case::with_a_dot("http://localhost:{port}", "localhost.:{port}", true)]
#[case::below("http://localhost:{port}", "lab.localhost:{port}", true)]
#[case::far_below_in_capitals("http://localhost:{port}", "A.B.LocalHost.:{port}", true)]
#[case::to_a_name_below("http://app.localhost:{port}", "localhost:{port}", true)]
#[case::to_another_name_below("http://app.localhost:{port}", "other.localhost:{port}", true)]
#[case::to_a_name_with_a_dot("http://localhost.:{port}", "localhost:{port}", true)]
#[case::to_an_address("http://127.0.0.1:{port}", "localhost:{port}", true)]
#[case::with_https("https://localhost:{port}", "127.0.0.1:{port}", true)]
#[case::the_apps_own("http://localhost:{port}", "localhost:{port}", false)]
#[case::the_apps_own_in_capitals("http://localhost:{port}", "LocalHost:{port}", false)]
#[case::another_port("http://localhost:{port}", "127.0.0.1:1", false)]
#[case::like_localhost("http://localhost:{port}", "localhost.evil.example:{port}", false)]
#[case::like_the_address("http://localhost:{port}", "127.0.0.1.evil.example:{port}", false)]
#[case::longer("http://localhost:{port}", "evillocalhost:{port}", false)]
#[case::two_dots("http://localhost:{port}", "localhost..:{port}", false)]
#[case::every_address("http://localhost:{port}", "0.0.0.0:{port}", false)]
#[case::of_an_app_elsewhere("https://lab.example.com", "localhost", false)]
#[tokio::test]
async fn a_request_under_another_name_of_this_machine_is_redirected_to_the_apps_own(
    #[case] base_url: &str,
    #[case] host: &str,
    #[case] is_redirected: bool,
    #[values(Method::GET, Method::HEAD)] method: Method,
) {
    let provider = Provider::start();
    let app = TestApp::at_with(&provider, &[("APP_BASE_URL", base_url)]);
    let port = app.base.rsplit(':').next().unwrap();
    let [base_url, host] = [base_url, host].map(|text| text.replace("{port}", port));
    for path in ["/login?organization=org1", "/callback?code=1&state=2", "/?error=access_denied"] {
        let page = app.browser().send(method.clone(), path, &[("host", &host)], None).await;
        assert_eq!(page.status == 307, is_redirected, "{path}: {}", page.status);
        if is_redirected {
            assert_eq!(page.header("location"), Some(format!("{base_url}{path}").as_str()));
            assert_eq!(page.header("set-cookie"), None);
        }
    }
}

/// Few systems look these names up.
#[rstest]
#[case::with_a_dot("localhost.")]
#[case::below("tenant.localhost")]
#[case::far_below_in_capitals("A.Tenant.LOCALHOST")]
#[case::below_with_a_dot("tenant.localhost.")]
#[case::another_address("127.8.9.10")]
#[case::mapped("[::ffff:127.0.0.1]")]
#[tokio::test]
async fn a_provider_on_this_machine_has_any_of_its_names(#[case] host: &str) {
    let provider = Provider::on(TcpListener::bind(("0.0.0.0", 0)).unwrap());
    let at = |path: &str| format!("{}{path}", provider.issuer.replace("127.0.0.1", host));
    let issuer = at("");
    let endpoints = json!({"issuer": issuer, "token_endpoint": at("token"), "jwks_uri": at("keys")});
    provider.now(|behaviour| {
        behaviour.discover(endpoints);
        behaviour.claim(json!({"iss": issuer}));
    });
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &issuer), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

#[tokio::test]
async fn a_provider_that_listens_on_the_address_of_version_6_alone_is_found() {
    let Ok(socket) = TcpListener::bind(("::1", 0)) else { return }; // this machine has none
    let provider = Provider::on(socket);
    let issuer = provider.issuer.replace("127.0.0.1", "tenant.localhost");
    provider.now(|behaviour| behaviour.discover(json!({"issuer": issuer})));
    let app = TestApp::start(&[("OIDC_ISSUER_URL", &issuer), ("OIDC_CLIENT_ID", "orglab")]);
    let page = app.browser().get("/readyz").await;
    assert_eq!(page.status, 200, "{}", page.body);
}

/// No proxy can reach them; and what is sent there over plain http must not leave the machine.
#[rstest]
#[case("127.0.0.1")]
#[case("localhost.")]
#[case("tenant.localhost")]
#[case("[::ffff:127.0.0.1]")]
#[tokio::test]
async fn no_name_of_this_machine_is_reached_through_a_proxy(#[case] host: &str) {
    let proxy = closed_port();
    let proxy = format!("http://{}", proxy.local_addr().unwrap());
    let provider = Provider::start();
    let issuer = url::Url::parse(&provider.issuer.replace("127.0.0.1", host)).unwrap().to_string();
    provider.now(|behaviour| behaviour.discover(json!({"issuer": issuer})));
    let settings = [
        ("OIDC_ISSUER_URL", issuer.as_str()),
        ("OIDC_CLIENT_ID", "orglab"),
        ("HTTP_PROXY", &proxy),
        ("http_proxy", &proxy),
        ("ALL_PROXY", &proxy),
    ];
    let orglab = Process::start(&settings, "Users log in at");
    let page = Browser::new(&orglab.base).get("/readyz").await;
    assert_eq!(page.status, 200, "{}", page.body);
}
