//! A sign-in begins and ends only when a user opens an address.

use reqwest::Method;
use rstest::rstest;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    provider::Provider,
};

type Headers = &'static [(&'static str, &'static str)];

/// What a browser sends when a user opens a link.
const OPENED: Headers = &[("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1")];

const LINK: &str = "/login?organization=evil&connection=%22%3E%3Cscript%3E&%3Cb%3E=call-this-number";

async fn open(browser: &Browser, to: &str, headers: &[(&str, &str)]) -> Page {
    browser.send(Method::GET, to, headers, None).await
}

/// Attack: a link on another site, or on another port of this host, moves a signed-in user to the attacker's
/// organization unnoticed, since single sign-on asks nothing.
#[rstest]
#[case::from_another_site("cross-site")]
#[case::from_another_port("same-site")]
#[case::from_nobody_knows_where("same-origin, cross-site")]
#[tokio::test]
async fn a_link_from_elsewhere_moves_nobody_to_another_organization(#[case] site: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    for dest in ["document", "iframe", "frame"] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-dest", dest)];
        let page = open(&browser, LINK, &headers).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.text("continue").is_some() && !page.body.contains("<script>"), "{}", page.body);
        assert!(!page.body.contains("call-this-number"), "an unknown parameter is not passed on: {}", page.body);
        assert!(page.headers.get("set-cookie").is_none(), "no attempt was begun");
        let own = open(&browser, LINK, &[("sec-fetch-site", "same-origin"), ("sec-fetch-dest", dest)]).await;
        assert_eq!(own.status, 303);
        let visitor = open(&app.browser(), LINK, &headers).await;
        assert_eq!(visitor.status, 303, "a visitor who is not signed in has nothing to lose");
    }
    assert_eq!(browser.profile().await.unwrap()["org_name"], "org1");
}

/// Attack: an image, a script or a plug-in on any page signs its reader in to another organization, or the browser
/// itself does so by a prefetch.
#[rstest]
#[case::image(&[("sec-fetch-dest", "image"), ("sec-fetch-mode", "no-cors")])]
#[case::script_tag(&[("sec-fetch-dest", "script")])]
#[case::by_a_script(&[("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")])]
#[case::plug_in(&[("sec-fetch-dest", "embed"), ("sec-fetch-mode", "navigate")])]
#[case::object(&[("sec-fetch-dest", "object"), ("sec-fetch-mode", "navigate")])]
#[case::nothing(&[("sec-fetch-dest", "")])]
#[case::nobody_knows_what(&[("sec-fetch-dest", "document, image")])]
#[case::two_of_them(&[("sec-fetch-dest", "document"), ("sec-fetch-dest", "image")])]
#[case::prefetched(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch")])]
#[case::prerendered(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;prerender")])]
#[case::prefetched_through_a_proxy(&[("sec-fetch-dest", "document"), ("sec-purpose", "prefetch;anonymous-client-ip")])]
#[case::prefetched_by_an_older_browser(&[("purpose", "prefetch")])]
#[case::prefetched_in_capitals(&[("sec-fetch-dest", "document"), ("sec-purpose", "PREFETCH;PRERENDER")])]
#[case::prefetched_among_others(&[("sec-purpose", "translate, prefetch")])]
#[case::prefetched_in_a_second_header(&[("sec-purpose", "translate"), ("sec-purpose", "prefetch")])]
#[case::prefetched_by_an_older_firefox(&[("x-moz", "prefetch")])]
#[case::previewed(&[("purpose", "Preview")])]
#[case::previewed_by_safari(&[("x-purpose", "preview")])]
#[tokio::test]
async fn what_nobody_opened_neither_begins_nor_ends_a_sign_in(#[case] headers: Headers) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.signed_in("org1").await;
    let login = browser.login("org2").await;
    let response = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
    let query = response.query().unwrap();
    let state = login.parameter("state").unwrap();
    let addresses = [
        LINK.to_owned(),
        format!("/?{query}"),
        format!("/callback?{query}"),
        format!("/callback?error=access_denied&state={state}"),
        "/?invitation=ticket&organization=org_evil".to_owned(),
    ];
    let exchanged = provider.received("/token").len();
    for site in ["cross-site", "same-site", "same-origin", "none"] {
        for address in &addresses {
            let page = open(&browser, address, &[headers, &[("sec-fetch-site", site)]].concat()).await;
            assert_eq!((page.status, page.header("set-cookie")), (403, None), "{address} from {site}: {}", page.body);
            assert_eq!(page.error_title(), "Logging in needs a page of its own");
        }
    }
    assert_eq!(provider.received("/token").len(), exchanged, "the code is not spent");
    assert_eq!(browser.profile().await.unwrap()["org_name"], "org1");
    let other_pages = ["/", "/?return_to=/features", "/profile", "/features/board"];
    for path in other_pages {
        assert_eq!(open(&browser, path, headers).await.status, 200, "{path} begins nothing");
    }

    let page = open(&browser, response.as_str(), &[OPENED, &[("sec-fetch-site", "same-site")]].concat()).await;
    assert_eq!(page.header("location"), Some("/profile"), "the response can still be used: {}", page.body);
}

/// What browsers send when the provider redirects them back, and what programs send.
#[rstest]
#[case::from_the_provider(&[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")])]
#[case::from_the_demo_tenant(&[("sec-fetch-site", "same-site"), ("sec-fetch-dest", "document")])]
#[case::in_a_frame(&[("sec-fetch-site", "same-site"), ("sec-fetch-dest", "iframe")])]
#[case::by_an_older_browser(&[])]
#[case::by_node(&[("sec-fetch-mode", "cors")])]
#[case::for_another_purpose(&[("sec-fetch-dest", "document"), ("sec-purpose", "translate")])]
#[tokio::test]
async fn a_response_is_taken_from_wherever_the_browser_is_sent_back(#[case] headers: Headers) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    for path in ["/", "/callback"] {
        let browser = app.browser();
        let login = open(&browser, "/login?organization=org1", headers).await;
        let response = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
        let page = open(&browser, &format!("{path}?{}", response.query().unwrap()), headers).await;
        assert_eq!(page.header("location"), Some("/profile"), "{}", page.body);
    }
}
