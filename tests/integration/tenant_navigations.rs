//! Only opening an address signs a user in or out at the demo tenant, as at the app (`navigations`).

use reqwest::Method;
use rstest::rstest;

use crate::support::tenant::{APPLICATION, TestTenant, request, to_organization};

type Headers = &'static [(&'static str, &'static str)];

/// The request of a sign-in to org1.
fn sign_in() -> String {
    to_organization("org1")
}

/// Attack: an image, a script or a frame's plug-in on any port of this host, whose requests bring the session's cookie,
/// signs the reader out or takes the fault that the instructor has armed; or the browser does so itself, ahead of time.
#[rstest]
#[case::image(&[("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors")])]
#[case::script_tag(&[("sec-fetch-dest", "script")])]
#[case::by_a_script(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "no-cors")])]
#[case::plug_in(&[("sec-fetch-dest", "embed"), ("sec-fetch-mode", "navigate")])]
#[case::object(&[("sec-fetch-dest", "object"), ("sec-fetch-mode", "navigate")])]
#[case::nothing(&[("sec-fetch-dest", "")])]
#[case::two_of_them(&[("sec-fetch-dest", "document"), ("sec-fetch-dest", "image")])]
#[case::prefetched(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch")])]
#[case::prerendered(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;prerender")])]
#[case::prefetched_by_an_older_browser(&[("purpose", "prefetch")])]
#[tokio::test]
async fn what_nobody_opened_neither_signs_out_nor_takes_a_fault(#[case] headers: Headers) {
    let tenant = TestTenant::start();
    let (alice, _) = tenant.alice().await;
    tenant.browser().post("/faults/server-error", &[]).await;
    let silent = request(&[("organization", "org1"), ("prompt", "none")]);
    let logout = format!("/oidc/logout?client_id=orglab&post_logout_redirect_uri={APPLICATION}");
    let auth0s_logout = format!("/v2/logout?client_id=orglab&returnTo={APPLICATION}");
    let requests = [
        (Method::GET, sign_in()),
        (Method::HEAD, sign_in()),
        (Method::POST, sign_in()),
        (Method::GET, silent),
        (Method::GET, "/oidc/logout".to_owned()),
        (Method::GET, logout.clone()),
        (Method::POST, logout),
        (Method::GET, "/v2/logout".to_owned()),
        (Method::GET, auth0s_logout),
    ];
    for site in ["same-site", "same-origin", "cross-site", "none"] {
        for (method, path) in &requests {
            let page = alice.send(method.clone(), path, &[headers, &[("sec-fetch-site", site)]].concat(), None).await;
            assert_eq!(page.status, 403, "{method} {path} from {site}: {}", page.body);
            assert!(
                *method == Method::HEAD || page.body.contains("Open this address in a window of its own"),
                "{}",
                page.body
            );
        }
    }
    assert_eq!(
        alice.get(&sign_in()).await.parameter("error").as_deref(),
        Some("server_error"),
        "the fault is still armed"
    );
    assert!(alice.get(&sign_in()).await.parameter("code").is_some(), "alice is still signed in");
}

/// What browsers send where the app sends them here, and what programs send.
#[rstest]
#[case::from_the_app(&[("sec-fetch-site", "same-site"), ("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")])]
#[case::by_hand(&[("sec-fetch-site", "none"), ("sec-fetch-dest", "document"), ("sec-fetch-user", "?1")])]
#[case::in_a_frame(&[("sec-fetch-site", "same-site"), ("sec-fetch-dest", "iframe")])]
#[case::by_an_older_browser(&[])]
#[case::by_node(&[("sec-fetch-mode", "cors")])]
#[tokio::test]
async fn whoever_is_sent_here_signs_in_and_out(
    #[case] headers: Headers,
    #[values("/oidc/logout?post_logout_redirect_uri", "/v2/logout?returnTo")] logout: &str,
    #[values(Method::GET, Method::HEAD)] method: Method,
) {
    let tenant = TestTenant::start();
    let alice = tenant.browser();
    let page = alice.send(Method::GET, &sign_in(), headers, None).await;
    assert!(alice.press(&page, "user-alice@org1.example").await.parameter("code").is_some());
    assert!(alice.send(method.clone(), &sign_in(), headers, None).await.parameter("code").is_some());
    let page = alice.send(method, &format!("{logout}={APPLICATION}"), headers, None).await;
    assert_eq!((page.header("location"), alice.cookie(&tenant.session_cookie())), (Some(APPLICATION), None));
}
