//! What a browser keeps of a sign-in that it has begun, and what is shown of it.

use rstest::rstest;

use crate::support::{app::TestApp, provider::Provider};

/// Attack: whoever saw the address of a refusal, over a shoulder or in a report to an administrator, knows the attempt's
/// `state`; with a code of their own they would sign the user in to their own account (login CSRF).
#[rstest]
#[case::refused("access_denied", None)]
#[case::the_provider_failed("server_error", None)]
#[case::an_error_of_no_standard("teapot", None)]
#[case::by_another_provider("access_denied", Some("https://elsewhere.example/"))]
#[tokio::test]
async fn a_reported_attempt_takes_no_code(#[case] error: &str, #[case] issuer: Option<&str>) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let browser = app.browser();
    let login = browser.login("org1").await;
    let genuine = browser.get(login.location().unwrap().as_str()).await.location().unwrap();
    let state = login.parameter("state").unwrap();
    let issuer = issuer.map(|issuer| format!("&iss={issuer}")).unwrap_or_default();
    let refusal = format!("/callback?error={error}&state={state}{issuer}");
    let reported = browser.get(&refusal).await;

    let page = browser.get(genuine.as_str()).await;
    assert_eq!((page.status, page.error_title().as_str()), (400, "This answer belongs to no sign-in of this browser"));
    assert_eq!(browser.profile().await, None);
    assert!(provider.received("/token").is_empty(), "the code is not even sent");
    let again = browser.get(&refusal).await;
    assert_eq!(again.text("error-reference"), reported.text("error-reference"), "a reload shows the same page");
    assert_eq!(again.status, reported.status);

    let page = browser.sign_in("org1").await;
    assert_eq!(page.url.path(), "/profile", "another attempt does");
    assert_eq!(browser.get(genuine.as_str()).await.header("location"), Some("/profile"), "as for any other answer");
}
