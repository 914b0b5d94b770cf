//! Requests also carry the cookies of other apps on the same host, whatever they contain.

use std::slice;

use rstest::rstest;

use crate::support::{app::TestApp, browser::Browser, provider::Provider, raw};

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
    let page = get(&app.base, "/profile", cookies, &sent(&browser, "orglab_session")).await;
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
    let page = get(&app.tenant, &path, b"other=\xff; $", &sent(&browser, "demo_tenant_session")).await;
    assert!(page.contains("code="), "the session is known, and no question is asked: {page}");
}
