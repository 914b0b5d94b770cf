//! How much the pages weigh.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use reqwest::Method;
use serde_json::json;

use crate::support::{app::TestApp, browser::Browser};

/// Bytes of the stylesheets of app and demo tenant together, as they stand in the repository.
const STYLESHEETS: u64 = 25_000;

/// The same for what the pages of a class have besides.
const STYLESHEET_OF_CLASS: u64 = 10_000;

/// Bytes of a page on the wire, with its stylesheets, scripts and pictures.
const PAGE: usize = 40_000;

/// The same for the dashboard of the demo tenant, which is one page with everything.
const DASHBOARD: usize = 120_000;

#[test]
fn the_stylesheets_are_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sheets: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "css")).collect();
    for name in ["base.css", "app.css", "tenant.css", "class.css"] {
        assert!(sheets.iter().any(|path| path.ends_with(name)), "there is no {name}");
    }
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let (of_class, of_both_sites): (Vec<_>, Vec<_>) = sheets.iter().partition(|path| path.ends_with("class.css"));
    assert!(of_both_sites.into_iter().map(size).sum::<u64>() <= STYLESHEETS, "{sheets:?}");
    assert!(of_class.into_iter().map(size).sum::<u64>() <= STYLESHEET_OF_CLASS, "{sheets:?}");
}

/// What a browser loads for a page: the document and the files of the same site that it names.
async fn weight(browser: &Browser, address: &str) -> (u16, usize) {
    let page = browser.get(address).await;
    let html = page.html();
    let files = html.root_element().descendants().filter_map(scraper::ElementRef::wrap).filter_map(|element| {
        let name = if element.value().name() == "link" { "href" } else { "src" };
        element.attr(name).filter(|address| address.starts_with("/static/")).map(|it| page.url.join(it).unwrap())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files.dedup();
    let mut weight = 0;
    for address in files.iter().chain([&page.url]) {
        let encodings = [("accept-encoding", "gzip, deflate, br, zstd"), ("accept", "text/html,*/*;q=0.8")];
        let response = browser.send(Method::GET, address.as_str(), &encodings, None).await;
        assert_eq!(response.status == 200, *address != page.url || page.status == 200, "{address}");
        weight += response.size;
    }
    (page.status, weight)
}

/// Text of this many characters, other words each time, so that it does not compress better than a person's.
fn note(number: usize, length: usize) -> String {
    const WORDS: [&str; 16] = [
        "organization",
        "launch",
        "Tuesday",
        "we",
        "review",
        "the",
        "contract",
        "before",
        "somebody",
        "travels",
        "and",
        "Berlin",
        "budget",
        "please",
        "answer",
        "quarterly",
    ];
    let mut seed = (number * 2_654_435_761 + 1) % (1 << 31);
    let mut text = String::new();
    while text.len() < length {
        seed = (seed * 1_103_515_245 + 12_345) % (1 << 31);
        write!(text, "{} {} ", WORDS[(seed >> 16) % WORDS.len()], (seed >> 8) % 100).unwrap();
    }
    text.truncate(length);
    text
}

#[tokio::test]
async fn a_page_weighs_little_on_the_wire() {
    let app = TestApp::with_demo_tenant();
    let (visitor, alice, bob) = (app.browser(), app.browser(), app.browser());
    alice.sign_in_as("alice@org1.example", "org1").await;
    for number in 0..50 {
        assert_eq!(alice.post_note(&note(number, 500)).await.status, 303);
    }
    bob.sign_in_as("bob@org2.example", "org2").await;
    visitor.press_at(&app.tenant, "enable-org1-Okta2").await;
    let refusal = bob.sign_in("org1").await;
    assert_eq!(refusal.status, 403, "{}", refusal.body);
    let provider_page = visitor.sign_in("org2").await;

    let signed_in =
        ["/", "/profile", "/trace", "/features/board", "/features/people", "/features/activity", "/features"];
    let pages = [(&visitor, "/", 200), (&visitor, "/nowhere", 404), (&visitor, "/?error=access_denied&state=a", 400)];
    let pages = pages.into_iter().chain(signed_in.map(|path| (&alice, path, 200)));
    let pages = pages.chain([(&bob, refusal.url.as_str(), 403), (&visitor, provider_page.url.as_str(), 200)]);
    for (browser, address, status) in pages {
        let (found, weight) = weight(browser, address).await;
        assert_eq!(found, status, "{address}");
        assert!(weight <= PAGE, "{address}: {weight} bytes");
    }
}

#[tokio::test]
async fn a_dashboard_with_ten_organizations_and_a_full_log_weighs_little_on_the_wire() {
    let app = TestApp::with_demo_tenant();
    let (visitor, script) = (app.browser(), app.script().await);
    for number in 1..=8 {
        script.ok("POST", "/v2/organizations", json!({"name": format!("organization{number}")})).await;
    }
    for number in 1..=100 {
        let user = json!({"connection": "Okta1", "email": format!("user{number}@org1.example")});
        let user = script.ok("POST", "/v2/users", user).await;
        script.ok("DELETE", &format!("/v2/users/{}", user["user_id"].as_str().unwrap()), json!(null)).await;
    }
    let (status, weight) = weight(&visitor, &app.tenant).await;
    assert_eq!(status, 200);
    assert!(weight <= DASHBOARD, "{weight} bytes");
}
