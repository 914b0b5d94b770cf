//! The organization's notes.

use rstest::rstest;

use crate::support::{app::TestApp, provider::Provider};

#[rstest]
#[case::nothing("")]
#[case::blanks(" \t\n ")]
#[case::zero_width("\u{200b}\u{2060}\u{feff}")]
#[case::direction("\u{202e}")]
#[case::a_filler("\u{3164}")]
#[tokio::test]
async fn a_note_that_nobody_can_see_is_no_note(#[case] text: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    browser.sign_in("org1").await;
    let page = browser.post_note(text).await;
    assert_eq!(page.status, 422, "{}", page.body);
    assert_eq!(page.text("note").unwrap(), format!("\n{text}").trim_start_matches('\n'), "what was typed is kept");
    assert!(page.body.contains("needs at least one character"), "{}", page.body);
    assert!(browser.get("/features/board").await.body.contains("Nothing yet"), "nothing was written");
}
