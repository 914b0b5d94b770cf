//! What the app makes of a provider's error response: who refused, with which status, and what the user can do.

use rstest::rstest;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page},
    provider::Provider,
};

/// The app's own words: title, text and advice.
fn own_words(page: &Page) -> String {
    [page.texts("article h1"), page.texts("article > p")].concat().join(" ")
}

const NEUTRAL: &str = "The sign-in was not completed";
const CANCELLED: &str = "The sign-in was cancelled";
const DENIED: &str = "The provider denied access";
const MORE: &str = "The provider needs more from you";
const UNKNOWN: &str = "The provider did not log you in";

/// What is not about the app's configuration may be about the account.
#[rstest]
#[case::nothing_said("access_denied", "", 403, NEUTRAL)]
#[case::nothing_visible_said("access_denied", "\u{200b} ", 403, NEUTRAL)]
#[case::the_standards_text(
    "access_denied",
    "The resource owner or authorization server denied the request.",
    403,
    NEUTRAL
)]
#[case::the_code_again("access_denied", "access_denied", 403, NEUTRAL)]
#[case::by_the_user("access_denied", "User did not authorize the request", 403, CANCELLED)]
#[case::by_the_user_at_entra(
    "access_denied",
    "AADSTS65004: User declined to consent to access the app.",
    403,
    CANCELLED
)]
#[case::by_the_user_at_github("access_denied", "The user has denied your application access.", 403, CANCELLED)]
#[case::by_the_user_at_linkedin("user_cancelled_login", "The user cancelled the login", 400, CANCELLED)]
#[case::by_an_action("access_denied", "Sign-ins are closed on weekends.", 403, DENIED)]
#[case::by_an_action_with_a_word_of_users("access_denied", "Your subscription was cancelled.", 403, DENIED)]
#[case::not_assigned("access_denied", "User is not assigned to the client application.", 403, DENIED)]
#[case::blocked("unauthorized", "user is blocked", 403, DENIED)]
#[case::unauthorized_without_a_reason("unauthorized", "", 403, DENIED)]
#[case::second_factor("mfa_required", "Multifactor authentication required", 400, MORE)]
#[case::second_factor_to_enroll("mfa_registration_required", "", 400, MORE)]
#[case::consent("consent_required", "AADSTS65001: The user or administrator has not consented", 400, MORE)]
#[case::interaction("interaction_required", "AADSTS50076: You must use multi-factor authentication", 400, MORE)]
#[case::login("login_required", "", 400, MORE)]
#[case::account("account_selection_required", "", 400, MORE)]
#[case::step_up("insufficient_user_authentication", "", 400, MORE)]
#[case::trouble("server_error", "Internal server error", 502, "The provider failed")]
#[case::busy("temporarily_unavailable", "authentication_expired", 503, "The provider is busy")]
#[case::locked("too_many_attempts", "", 400, UNKNOWN)]
#[case::password("password_leaked", "", 400, UNKNOWN)]
#[case::cognito(
    "invalid_request",
    "PreAuthentication failed with error not on weekends.",
    400,
    "The provider did not accept the request"
)]
#[case::never_heard_of("org_internal", "", 400, UNKNOWN)]
#[tokio::test]
async fn an_error_that_is_not_about_the_app_offers_a_different_account(
    #[case] error: &str,
    #[case] description: &str,
    #[case] status: u16,
    #[case] title: &str,
) {
    let provider = Provider::that_refuses(error, description);
    let app = TestApp::at(&provider);
    let page = app.browser().sign_in("org1").await;
    assert_eq!((page.status, page.error_title().as_str()), (status, title), "{}", page.body);
    assert_eq!(page.text("error-code").as_deref(), Some(error));
    assert!(page.has("try-again") && page.has("other-account"), "{}", page.body);
    assert_eq!(page.form_of("other-account").action, "/logout", "the refused account is signed in there");
}

/// Where the provider does not say who refused, the app does not either, here or in the organization's activity.
#[rstest]
#[case::nothing("")]
#[case::the_standards_text("The resource owner or authorization server denied the request.")]
#[case::with_a_hint(
    "The resource owner or authorization server denied the request. Make sure that the request you are making is valid."
)]
#[case::spring("OAuth 2.0 Parameter: client_id")]
#[tokio::test]
async fn a_refusal_by_nobody_in_particular_blames_nobody(#[case] description: &str) {
    let provider = Provider::that_refuses("access_denied", description);
    let app = TestApp::at_with(&provider, &[("ORGANIZATION_IDS", "org1=org_org1")]);
    let browser = app.browser();
    let page = browser.sign_in("org1").await;
    let words = own_words(&page);
    assert!(words.contains("does not say who refused"), "{words}");
    assert_blames_nobody(&words);
    provider.repent();
    let reasons = reasons(&browser).await;
    assert!(reasons.contains("not completed"), "{reasons}");
    assert_blames_nobody(&reasons);
}

/// The provider may not be Auth0, so advice that is only for Auth0 says so.
#[tokio::test]
async fn a_refusal_for_a_reason_is_the_providers_and_names_auth0s_actions_only_for_auth0() {
    let provider = Provider::that_refuses("access_denied", "User is not assigned to the client application.");
    let words = own_words(&TestApp::at(&provider).browser().sign_in("org1").await);
    let (auth0, action) = (words.find("at Auth0"), words.find("Action"));
    assert!(auth0.is_some() && auth0 < action, "{words}");
    assert!(!words.contains("rule"), "{words}");
}

fn assert_blames_nobody(words: &str) {
    let words = words.to_lowercase();
    assert!(!words.contains("rule") && !words.contains("action"), "{words}");
}

/// The reasons in the activity of org1, which this browser signs in to.
async fn reasons(browser: &Browser) -> String {
    browser.sign_in("org1").await;
    let page = browser.get("/features/activity").await;
    assert_eq!(page.status, 200);
    page.texts("main table").join(" ")
}
