//! `orglab check`: what a provider refuses at the redirect URI, and after a logout.

use rstest::rstest;

use crate::support::{
    auth0::REGISTERED,
    doctor::check,
    wordings::{Accepted, Reply, Speaker, Wordings},
};

#[rstest]
#[case::auth0((400, "", "<p>The \"returnTo\" querystring parameter \"http://localhost:3000\" is not defined as a valid URL in \"Allowed Logout URLs\""))]
#[case::django_oauth_toolkit((400, "", "<h2>Error: invalid_request</h2><p>This client does not have this redirect uri registered.</p>"))]
#[case::hydra((302, "/oauth2/fallbacks/error?error=invalid_request&error_description=Logout+failed+because+query+parameter+post_logout_redirect_uri+is+not+a+whitelisted+as+a+post_logout_redirect_uri+for+the+client.", ""))]
#[case::keycloak((400, "", "<h1>We are sorry...</h1><p>Invalid redirect uri</p>"))]
#[case::lemonldap((200, "", "<span trmsg=\"108\"></span>"))]
#[case::okta((400, "", "<h2>Bad Request</h2>The &#39;post_logout_redirect_uri&#39; parameter must be a Logout redirect URI in the client app settings"))]
#[case::zitadel((400, "", r#"{"error":"invalid_request","error_description":"post_logout_redirect_uri invalid"}"#))]
fn an_unregistered_logout_url_is_told_in_each_providers_words(#[case] logout: Reply) {
    let report = check(&Speaker::of(&Wordings { logout, ..Wordings::USUAL }).issuer, &[]);
    assert_eq!(report.with("wrong"), ["logout-url"], "{:?}", report.lines);
    assert!(report.lines["logout-url"].found.contains(REGISTERED), "{:?}", report.lines);
}

#[rstest]
#[case::keycloak((400, "", "<p>Either the parameter &#39;client_id&#39; or the &#39;id_token_hint&#39; is required when &#39;post_logout_redirect_uri&#39; is used.</p>"), "id_token_hint")]
#[case::a_question((200, "", "<h1>Log out</h1>Do you want to log out?"), "Do you want to log out?")]
fn a_logout_that_ends_otherwise_proves_nothing_and_is_quoted(#[case] logout: Reply, #[case] quoted: &str) {
    let report = check(&Speaker::of(&Wordings { logout, ..Wordings::USUAL }).issuer, &[]);
    let line = &report.lines["logout-url"];
    assert!(line.status == "unknown" && line.found.contains(quoted), "{line:?}");
}

/// At the redirect URI, so that the provider knows the client.
#[rstest]
#[case::scope("invalid_scope", "OIDC_SCOPES")]
#[case::grant("unauthorized_client", "grant type Authorization Code")]
#[case::flow("unsupported_response_type", "authorization code flow")]
fn a_request_that_is_refused_is_wrong(#[case] error: &'static str, #[case] change: &str) {
    let report = check(&Speaker::of(&Wordings { accepted: Accepted::Refusal(error), ..Wordings::USUAL }).issuer, &[]);
    assert_eq!(report.with("wrong"), ["client-id"], "{:?}", report.lines);
    assert!(report.lines["client-id"].change.as_deref().unwrap().contains(change), "{:?}", report.lines);
}

#[test]
fn a_refusal_without_state_is_told_all_the_same() {
    let accepted = Accepted::Page((302, "http://localhost:3000/?error=invalid_scope&error_description=no+email", ""));
    let report = check(&Speaker::of(&Wordings { accepted, ..Wordings::USUAL }).issuer, &[]);
    assert_eq!(report.with("wrong"), ["client-id"], "{:?}", report.lines);
    assert!(report.lines["client-id"].found.contains("no email"), "{:?}", report.lines);
}

/// The provider may refuse every request, or only one with `prompt=none`.
#[rstest]
#[case::request("invalid_request")]
#[case::denied("access_denied")]
#[case::out_of_order("server_error")]
#[case::never_heard_of("teapot")]
fn a_refusal_for_another_reason_proves_nothing_and_is_quoted(#[case] error: &'static str) {
    let report = check(&Speaker::of(&Wordings { accepted: Accepted::Refusal(error), ..Wordings::USUAL }).issuer, &[]);
    assert_eq!(report.with("wrong"), Vec::<&str>::new(), "{:?}", report.lines);
    let line = &report.lines["client-id"];
    assert!(line.status == "unknown" && line.found.contains(error) && line.found.contains("\"orglab\""), "{line:?}");
    assert_eq!(report.lines["callback-url"].status, "ok", "{:?}", report.lines);
}
