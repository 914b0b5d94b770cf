//! Which responses are compressed, as browsers ask.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, COOKIE, HeaderMap, VARY};
use rstest::rstest;

use crate::support::{
    app::TestApp,
    browser::{Browser, CLIENT},
    tenant::TestTenant,
};

/// What Chrome, Firefox and Safari send over https.
const BROWSERS: &str = "gzip, deflate, br, zstd";

/// The response as it is on the wire.
async fn fetch(url: &str, cookie: &str, accepted: Option<&str>) -> (HeaderMap, Vec<u8>) {
    let mut request = CLIENT.get(url).header(COOKIE, cookie);
    if let Some(accepted) = accepted {
        request = request.header(ACCEPT_ENCODING, accepted);
    }
    let response = request.send().await.unwrap();
    let headers = response.headers().clone();
    let body = response.bytes().await.unwrap().to_vec();
    assert_eq!(headers[CONTENT_LENGTH], body.len().to_string(), "{url}");
    (headers, body)
}

/// Asserts that the response is what it is without compression, but compressed, and that caches can tell the two apart.
async fn assert_compressed(url: &str, cookie: &str) {
    let (plain_headers, plain) = fetch(url, cookie, None).await;
    let (headers, compressed) = fetch(url, cookie, Some(BROWSERS)).await;
    assert_eq!(headers.get(CONTENT_ENCODING).unwrap(), "gzip", "{url}");
    assert_eq!(plain_headers.get(CONTENT_ENCODING), None, "{url}");
    for headers in [headers, plain_headers] {
        assert_eq!(headers.get(VARY).unwrap(), "accept-encoding", "{url}");
    }
    let mut whole = Vec::new();
    GzDecoder::new(&*compressed).read_to_end(&mut whole).unwrap();
    assert!(whole == plain && compressed.len() < plain.len(), "{url}");
}

async fn assert_not_compressed(url: &str, cookie: &str) {
    let (headers, body) = fetch(url, cookie, Some(BROWSERS)).await;
    assert_eq!((headers.get(CONTENT_ENCODING), headers.get(VARY)), (None, None), "{url}: {} bytes", body.len());
}

fn session(app: &TestApp, browser: &Browser) -> String {
    let name = app.session_cookie();
    format!("{name}={}", browser.cookie(&name).unwrap())
}

#[tokio::test]
async fn pages_that_fit_into_the_first_packets_are_sent_as_they_are() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    let cookie = session(&app, &browser);
    for path in ["/", "/profile", "/features", "/features/board", "/logout", "/healthz"] {
        assert_not_compressed(&format!("{}{path}", app.base), &cookie).await;
    }
    for path in ["/", "/nothing", "/login?max_age=soon"] {
        assert_not_compressed(&format!("{}{path}", app.base), "").await;
    }
    assert_not_compressed(&format!("{}/.well-known/jwks.json", app.tenant), "").await;
}

#[tokio::test]
async fn large_pages_and_static_files_are_compressed() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    browser.sign_in_as("alice@org1.example", "org1").await;
    let cookie = session(&app, &browser);
    assert_compressed(&format!("{}/trace", app.base), &cookie).await;
    let sheet = browser.get("/").await.attribute("link[rel=stylesheet]", "href");
    assert_compressed(&format!("{}{sheet}", app.base), "").await;
    assert_compressed(&app.tenant, "").await;
    let script = app.browser().get(&app.tenant).await.attribute("script", "src");
    assert_compressed(&format!("{}{script}", app.tenant), "").await;
}

#[rstest]
#[case::another_coding("br, zstd", false)]
#[case::none("", false)]
#[case::gzip_refused("gzip;q=0, *", false)]
#[case::rather_not("identity, gzip;q=0.5", false)]
#[case::gzip_alone("gzip", true)]
#[case::in_capitals("GZIP;Q=0.3", true)]
#[case::among_unknown_codings("dcb, gzip;q=0.1, br;q=1", true)]
#[tokio::test]
async fn the_client_decides(#[case] accepted: &str, #[case] compressed: bool) {
    let tenant = TestTenant::start();
    let (headers, _) = fetch(&tenant.issuer, "", Some(accepted)).await;
    assert_eq!(headers.contains_key(CONTENT_ENCODING), compressed, "{headers:?}");
}
