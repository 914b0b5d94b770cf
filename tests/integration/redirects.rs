//! Where a redirect may go: to a page of this app, and nowhere else.

use reqwest::Method;
use rstest::rstest;

use crate::support::{app::TestApp, browser::with_query, provider::Provider};

/// Attack (open redirect): a link to the app signs the user in and then leads to a place that looks like it. Each
/// spelling is tried through the front door.
#[tokio::test]
async fn no_spelling_of_another_place_is_redirected_to() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let mut count = 0;
    for line in include_str!("open_redirects.txt").lines().filter(|line| !line.starts_with('#')) {
        let spelling = line.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n");
        let browser = app.browser();
        let login = browser.get(&with_query("/login", &[("organization", "org1"), ("return_to", &spelling)])).await;
        assert_eq!(login.status, 303, "{spelling:?}: {}", login.body);
        let response = browser.get(login.location().unwrap().as_str()).await;
        let end = browser.get(response.location().unwrap().as_str()).await;
        assert_eq!((end.status, end.header("location")), (303, Some("/profile")), "{spelling:?}");
        let prompt = app.browser().get(&with_query("/", &[("return_to", &spelling)])).await;
        // A query that carries a response is no prompt.
        if prompt.status == 200 {
            assert!(!prompt.body.contains("return_to"), "{spelling:?} is on the page:\n{}", prompt.body);
        }
        count += 1;
    }
    assert!(count >= 40, "only {count} spellings were tried");
}

#[rstest]
#[case::page("/features", "/features")]
#[case::page_with_a_query("/features/board?x=1&y=%2F", "/features/board?x=1&y=%2F")]
#[case::start("/", "/")]
#[case::odd_letters("/ö?a=ä", "/%C3%B6?a=%C3%A4")]
#[case::quotes("/\"><script>", "/%22%3E%3Cscript%3E")]
#[tokio::test]
async fn a_page_of_this_app_is_come_back_to(#[case] return_to: &str, #[case] location: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.get(&with_query("/login", &[("organization", "org1"), ("return_to", return_to)])).await;
    let response = browser.get(login.location().unwrap().as_str()).await;
    let end = browser.get(response.location().unwrap().as_str()).await;
    assert_eq!((end.status, end.header("location")), (303, Some(location)));
}

#[rstest]
#[case::prompt_none("prompt=none")]
#[case::prompt_of_two("prompt=login+consent")]
#[case::age_that_is_no_number("max_age=soon")]
#[case::negative_age("max_age=-1")]
#[case::age_with_a_sign("max_age=%2B5")]
#[case::age_beyond_all_bounds("max_age=99999999999999999999")]
#[case::twice("organization=org1&organization=org2")]
#[case::unknown_twice("x=1&x=2")]
#[case::encoded_twice("return_to=/a&return%5Fto=/b")]
#[case::return_to_too_long(&format!("return_to=/{}", "a".repeat(512)))]
#[case::organization_too_long(&format!("organization={}", "a".repeat(256)))]
#[case::hint_too_long(&format!("login_hint={}", "a".repeat(1025)))]
#[tokio::test]
async fn a_login_that_makes_no_sense_is_refused(#[case] query: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.get(&format!("/login?{query}")).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "Bad request"));
    assert_eq!(browser.cookies_named(""), Vec::<String>::new());
}

/// Attack (content spoofing): a link makes the app's page show text that the link's author wrote.
#[rstest]
#[case::unknown_parameter_twice("/login?{text}=1&{text}=1")]
#[case::known_and_unknown_twice("/login?{text}=1&{text}=1&prompt=x&prompt=y")]
#[case::prompt("/login?prompt={text}")]
#[case::age("/login?max_age={text}")]
#[case::organization("/login?organization={text}{long}")]
#[case::hint("/login?login_hint={text}{long}")]
#[case::response("/callback?{text}=1&{text}=1&state=x&code=y")]
#[case::response_at_the_start_page("/?{text}=1&{text}=1&state=x&code=y")]
#[case::response_with_words_of_its_own("/callback?error={text}&error_description={text}&error_uri={text}&state={text}")]
#[case::unknown_page("/{text}?{text}")]
#[case::unknown_feature("/features/{text}")]
#[case::unknown_file("/static/{text}")]
#[tokio::test]
async fn a_links_own_words_are_not_on_the_page_that_refuses_it(#[case] address: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let address = address.replace("{text}", "Call+555-1234+now").replace("{long}", &"x".repeat(256));
    for accept in ["text/html", "application/json"] {
        let page = app.browser().send(Method::GET, &address, &[("accept", accept)], None).await;
        assert!((400..500).contains(&page.status), "{}", page.status);
        assert!(!page.body.contains("555-1234"), "{}", page.body);
    }
}

#[rstest]
#[case::blank("organization=%20&prompt=&max_age=&return_to=")]
#[case::unknown("x=1&client_id=evil&redirect_uri=https://evil.example&response_type=token&request=eyJ")]
#[case::longest_organization(&format!("organization={}", "a".repeat(255)))]
#[case::longest_return_to(&format!("return_to=/{}", "a".repeat(511)))]
#[case::odd_bytes("organization=%ff%fe&x=%zz")]
#[case::line_break("organization=org1%0d%0aSet-Cookie:a=b")]
#[case::null("organization=org1%00")]
#[tokio::test]
async fn a_login_that_makes_sense_enough_goes_on(#[case] query: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let page = app.browser().get(&format!("/login?{query}")).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let location = page.location().unwrap();
    assert!(location.as_str().starts_with(&provider.issuer), "{location}");
    assert!(!location.as_str().contains("evil") && !location.as_str().contains("request="), "{location}");
}

/// Attack: values that are long each, and too long together, for the cookie that browsers keep: without it the response
/// would belong to no attempt, and the user would be told lies.
#[tokio::test]
async fn an_attempt_fits_its_cookie_or_is_refused_at_once() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let (long, wide) = ("ü".repeat(511), "😀".repeat(255));
    let browser = app.browser();
    let page = browser.get(&with_query("/login", &[("organization", &wide), ("return_to", &format!("/{long}"))])).await;
    match page.status {
        303 => {
            let cookie = page.header("set-cookie").unwrap();
            assert!(cookie.split(';').next().unwrap().len() <= 4096, "{} bytes", cookie.len());
        }
        status => assert_eq!(status, 400, "{}", page.body),
    }
}
