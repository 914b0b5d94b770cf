//! What browsers and crawlers ask of a site unasked, and what its pages tell them about themselves.

use reqwest::{Method, header::CONTENT_TYPE};
use rstest::rstest;

use crate::{
    headers::assert_safe,
    support::{
        app::TestApp,
        browser::{Browser, Page},
    },
};

/// A well-known file at both sites: the same by GET and HEAD, for everybody, and kept by browsers for a while.
async fn well_known(path: &str, media_type: &str) -> Vec<Page> {
    let app = TestApp::with_demo_tenant();
    let mut pages = Vec::new();
    for base in [&app.base, &app.tenant] {
        let browser = Browser::new(base);
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.url);
        let found = page.header(CONTENT_TYPE.as_str()).unwrap();
        assert_eq!(found.split(';').next(), Some(media_type), "{}", page.url);
        // Another app may be at this address tomorrow.
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.url);
        assert_eq!(page.header("set-cookie"), None, "{}", page.url);
        assert_headers(&app, &page);

        let head = browser.send(Method::HEAD, path, &[], None).await;
        assert_eq!((head.status, head.size), (200, 0), "{}", page.url);
        for name in ["content-type", "cache-control"] {
            assert_eq!(head.header(name), page.header(name), "{}", page.url);
        }
        assert_headers(&app, &head);

        let post = browser.send(Method::POST, path, &[("sec-fetch-site", "same-origin")], None).await;
        assert_eq!(post.status, 405, "{}", page.url);
        pages.push(page);
    }
    pages
}

/// The headers that every response carries; the tenant's policy differs in what its scripts and forms may do.
fn assert_headers(app: &TestApp, page: &Page) {
    if page.url.as_str().starts_with(&app.base) {
        assert_safe(page);
        return;
    }
    let policy = page.header("content-security-policy").unwrap();
    for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(directive), "{}: {policy}", page.url);
    }
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{}", page.url);
    assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{}", page.url);
}

#[tokio::test]
async fn crawlers_may_read_both_sites_as_the_robots_file_says() {
    for page in well_known("/robots.txt", "text/plain").await {
        let rules: Vec<_> =
            page.body.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#')).collect();
        assert!(rules.first().unwrap().eq_ignore_ascii_case("user-agent: *"), "{rules:?}");
        for rule in rules {
            let (name, value) = rule.split_once(':').unwrap();
            assert!(["user-agent", "allow", "disallow"].contains(&name.to_lowercase().as_str()), "{rule}");
            assert!(name.to_lowercase() != "disallow" || value.trim() != "/", "nobody may read the start page");
        }
    }
}

#[tokio::test]
async fn both_sites_have_an_icon_where_browsers_look_for_one() {
    let icons = well_known("/favicon.ico", "image/x-icon").await;
    for icon in &icons {
        assert!(icon.body.starts_with("\0\0\u{1}\0"), "{} is no icon", icon.url);
        assert!(icon.size <= 16 * 1024, "{}: {} bytes", icon.url, icon.size);
    }
    assert_ne!(icons[0].body, icons[1].body, "the sites are told apart by their icons");
}

/// The files are the same for a browser with a session.
#[rstest]
#[case::robots("/robots.txt")]
#[case::icon("/favicon.ico")]
#[tokio::test]
async fn a_signed_in_browser_gets_the_same_file(#[case] path: &str) {
    let app = TestApp::with_demo_tenant();
    let alice = app.browser();
    alice.sign_in_as("alice@org1.example", "org1").await;
    for base in [&app.base, &app.tenant] {
        let address = format!("{base}{path}");
        let (page, anybodys) = (alice.get(&address).await, Browser::new(base).get(path).await);
        assert_eq!((page.status, &page.body), (200, &anybodys.body), "{address}");
        assert_eq!(page.header("set-cookie"), None, "{address}");
    }
}

#[tokio::test]
async fn every_page_describes_itself_for_previews_and_names_its_color() {
    let app = TestApp::with_demo_tenant();
    let (visitor, alice) = (app.browser(), app.browser());
    let script = app.script().await;
    alice.sign_in_as("alice@org1.example", "org1").await;
    visitor.press_at(&app.tenant, "enable-org1-Okta2").await;
    let mut pages = Vec::new();
    for path in ["/", "/nowhere", "/logout", "/login?prompt=none", "/?error=access_denied&state=made-up"] {
        pages.push(visitor.get(path).await);
    }
    for path in [
        "/",
        "/profile",
        "/trace",
        "/features",
        "/features/board",
        "/features/people",
        "/features/activity",
        "/logout",
        "/nowhere",
    ] {
        pages.push(alice.get(path).await);
    }
    let connections = visitor.sign_in("org1").await;
    pages.push(visitor.press(&connections, "connection-Okta2").await);
    pages.push(connections);
    let client = "/authorize?client_id=orglab&response_type=code&redirect_uri=http://localhost:1/elsewhere";
    for path in ["/", "/nowhere", client, "/oidc/logout?client_id=orglab"] {
        pages.push(visitor.get(&format!("{}{path}", app.tenant)).await);
    }
    pages.push(visitor.press_at(&app.tenant, "delete-organization-org1").await);
    let invitation = script.invite_to_org1("bob@org2.example").await;
    let link = visitor.get(invitation["invitation_url"].as_str().unwrap()).await;
    pages.push(visitor.follow(link).await);

    for page in pages {
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{}", page.url);
        let description = page.attribute("head meta[name=description]", "content");
        assert!((20..=160).contains(&description.chars().count()), "{}: {description}", page.url);
        let color = page.attribute("head meta[name=theme-color]", "content");
        assert!(color.starts_with('#') || color.contains('('), "{}: {color}", page.url);
        let title = page.attribute("head meta[property='og:title']", "content");
        assert!(!title.trim().is_empty(), "{}", page.url);
        let picture = page.attribute("head meta[property='og:image']", "content");
        let picture = visitor.get(page.url.join(&picture).unwrap().as_str()).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")), "{}", picture.url);
    }
}
