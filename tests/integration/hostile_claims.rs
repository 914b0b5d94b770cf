//! Claims of a validly signed token that are attacks, or of unexpected types and sizes.

use rstest::rstest;
use scraper::Selector;
use serde_json::{Value, json};

use crate::support::{app::TestApp, hostile::assert_nothing_leaks, provider::Provider};

const PAGES: [&str; 8] =
    ["/", "/profile", "/trace", "/features", "/features/board", "/features/people", "/features/activity", "/nowhere"];

const HOSTILE: [&str; 6] = [
    "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" x='",
    "{{ layout }} {% include \"base.html\" %} {{ 7 * 7 }}",
    "\u{202e}dekcah\u{202c}\u{0}\u{7}\u{feff}",
    "javascript:alert(1)",
    "' OR 1=1; -- \\ \r\n\r\nHTTP/1.1 200 OK",
];

/// Attack: whoever may set their own name, or the name of their organization, writes markup into everybody's pages.
#[tokio::test]
async fn hostile_claims_are_text_on_every_page() {
    for text in HOSTILE {
        let provider = Provider::that_says(json!({
            "name": text, "nickname": text, "email": text, "picture": text, "sub": text, "org_name": "org1",
            "https://myapp.com/organization": text, "locale": {text: text},
        }));
        let app = TestApp::at(&provider);
        let browser = app.browser();
        let page = browser.sign_in("org1").await;
        assert_eq!(page.url.path(), "/profile", "{}", page.body);
        assert_eq!(browser.post_note(text).await.status, 303);
        for path in PAGES {
            let page = browser.get(path).await;
            assert!([200, 404].contains(&page.status), "{path}: {}", page.status);
            assert_nothing_leaks(&provider, &page);
            let document = page.html();
            let find = |selector: &str| document.select(&Selector::parse(selector).unwrap()).count();
            let foreign =
                ["script", "[onmouseover]", "[onerror]", "img[src='x']", "[src^='javascript']", "[href^='javascript']"];
            for selector in foreign {
                assert_eq!(find(selector), 0, "{selector} on {path} by {text:?}");
            }
            assert!(!page.text("org-badge").is_some_and(|badge| badge.contains("49")), "a template ran: {path}");
        }
        let claims: Value = serde_json::from_str(&browser.get("/profile").await.text("claims").unwrap()).unwrap();
        // A parser of HTML puts U+FFFD for a null.
        assert_eq!(claims["name"].as_str().unwrap().replace('\u{fffd}', "\u{0}"), text, "shown as it is");
    }
}

#[rstest]
#[case::https("https://pictures.example/alice.png", true)]
#[case::http("http://pictures.example/alice.png", false)]
#[case::script("javascript:alert(1)", false)]
#[case::data("data:image/svg+xml,<svg onload=alert(1)>", false)]
#[case::with_an_attribute("https://pictures.example/\" onerror=\"alert(1)", false)]
#[case::relative("/logout", false)]
#[case::scheme_relative("//pictures.example/alice.png", false)]
#[case::of_another_case("HTTPS://pictures.example/alice.png", false)]
#[tokio::test]
async fn a_picture_is_shown_from_https_alone(#[case] picture: &str, #[case] is_shown: bool) {
    let provider = Provider::that_says(json!({"picture": picture}));
    let app = TestApp::at(&provider);
    let page = app.browser().sign_in("org1").await;
    let document = page.html();
    let images = Selector::parse("img").unwrap();
    let shown = document.select(&images).any(|image| image.attr("src") == Some(picture));
    assert_eq!(shown, is_shown, "{}", page.body);
}

/// Claims of any type and size: an optional claim never costs a sign-in, nor a page.
#[rstest]
#[case::nulls(json!({"x": {"y": null}, "z": [null]}))]
#[case::numbers(json!({"name": 5, "email": 1e300, "picture": -1, "locale": 0.1, "x": u64::MAX}))]
#[case::deep(json!({"x": [[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]}))]
#[case::two_thousand_groups(json!({"groups": (0..2000).map(|group| format!("group number {group}")).collect::<Vec<_>>()}))]
#[case::long_text(json!({"name": "ö".repeat(7000), "email": "e".repeat(7000), "https://myapp.com/organization": "o".repeat(7000)}))]
#[case::long_names_of_claims(json!({"x".repeat(7000): 1}))]
#[case::own_claims_of_odd_types(json!({"https://myapp.com/license": ["corporate"], "https://myapp.com/organization": 5}))]
#[case::subject_of_odd_form(json!({"sub": "||||"}))]
#[tokio::test]
async fn claims_of_any_type_and_size_cost_nobody_a_page(#[case] claims: Value) {
    let provider = Provider::that_says(claims.clone());
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    for path in PAGES {
        let page = browser.get(path).await;
        assert!([200, 403, 404].contains(&page.status), "{path}: {}", page.status);
    }
    let shown = browser.profile().await.unwrap();
    for (name, value) in claims.as_object().unwrap() {
        assert_eq!(shown[name], *value);
    }
    let logout = browser.log_out().await;
    assert_eq!(logout.status, 303);
    assert!(logout.location().unwrap().as_str().len() < 8000, "addresses of more are cut off on the way");
}

#[rstest]
#[case::premium(json!(" Premium "), "premium", 200, 403)]
#[case::corporate(json!("CORPORATE"), "corporate", 200, 200)]
#[case::none(json!(null), "", 403, 403)]
#[case::unknown(json!("platinum"), "platinum", 403, 403)]
#[case::array(json!(["corporate"]), "corporate", 403, 403)]
#[case::object(json!({"license": "corporate"}), "corporate", 403, 403)]
#[case::markup(json!("<script>corporate</script>"), "corporate", 403, 403)]
#[tokio::test]
async fn a_license_is_never_guessed(
    #[case] license: Value,
    #[case] shown: &str,
    #[case] board: u16,
    #[case] people: u16,
) {
    let provider = Provider::that_says(json!({"https://myapp.com/license": license}));
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    assert!(page.body.contains(shown) && !page.body.contains("<script>"), "{}", page.body);
    for (path, status) in [("/features/board", board), ("/features/people", people)] {
        let page = browser.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(status == 200 || page.body.contains(shown), "the page says which license there is: {}", page.body);
    }
    assert_eq!(browser.post_note("hello").await.status, if board == 200 { 303 } else { 403 });
}

/// Attack (CSV injection): a name that a spreadsheet runs as a formula when an administrator opens the download; some
/// spreadsheets split it at semicolons.
#[tokio::test]
async fn no_cell_of_the_download_is_a_formula() {
    let names =
        ["=HYPERLINK(\"http://evil.example\")", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "＝1+1"];
    let past_a_separator = ["Mallory;=1+1", "Mallory; +1", "Mallory;\"=1+1\"", "a,b;@SUM(A1)", "Mallory;\t=1"];
    for name in names.into_iter().chain(past_a_separator) {
        let provider = Provider::that_says(json!({"name": name, "email": name}));
        let app = TestApp::at(&provider);
        let browser = app.browser();
        browser.sign_in("org1").await;
        let download = browser.get("/features/activity.csv").await;
        assert_eq!(download.status, 200);
        let rest = name.trim().replace('\t', " ");
        for separator in [b',', b';'] {
            let mut reader = csv::ReaderBuilder::new();
            let mut rows = reader.delimiter(separator).flexible(true).from_reader(download.body.as_bytes());
            let cells: Vec<String> =
                rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
            let formula = cells.iter().find(|cell| {
                cell.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝'])
            });
            assert_eq!(formula, None, "{}", download.body);
            let is_whole = cells.iter().any(|cell| cell.replace('\'', "").contains(&rest));
            assert!(separator == b';' || is_whole, "the name is there: {}", download.body);
        }
    }
}
