//! The app under another name of this machine than the demo tenant's, which is `localhost`.

use reqwest::Method;
use rstest::rstest;

use crate::support::{
    app::TestApp,
    browser::{Browser, with_query},
    management::End,
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
