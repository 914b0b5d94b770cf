//! `orglab check` at providers of all kinds: it knows their words for what is wrong, and quotes those that it does not
//! know. The pages are theirs, shortened.

use rstest::rstest;

use crate::support::{
    auth0::REGISTERED,
    doctor::{Report, check, run},
    provider::CLIENT_SECRET,
    wordings::{Accepted, Reply, Speaker, Wordings},
};

const SECRET: (&str, &str) = ("OIDC_CLIENT_SECRET", CLIENT_SECRET);
const ELSEWHERE: (&str, &str) = ("APP_BASE_URL", "http://localhost:3999");

/// The report on an app whose redirect URI is not registered.
fn with_an_unregistered_redirect_uri(wordings: Wordings) -> Report {
    check(&Speaker::of(wordings).issuer, &[ELSEWHERE])
}

#[rstest]
#[case::auth0((403, "", "<title>Oops!</title><p>Callback URL mismatch."), "Callback URL mismatch")]
#[case::authlib(
    (400, "", r#"{"error": "invalid_request", "error_description": "Redirect URI http://localhost:3999 is not supported by client."}"#),
    "is not supported by client"
)]
#[case::authentik(
    (400, "", "<title>Redirect URI Error - authentik</title><h1>Redirect URI Error</h1><p>The request fails due to a missing, invalid, or mismatching redirection URI (redirect_uri).</p>"),
    "mismatching redirection URI"
)]
#[case::casdoor(
    (400, "", "Redirect URI: http://localhost:3999 doesn't exist in the allowed Redirect URI list"), "allowed Redirect URI list"
)]
#[case::cognito((302, "/error?error=redirect_mismatch&client_id=orglab", ""), "redirect_mismatch")]
#[case::dex(
    (400, "", "<title>dex</title><h2 class=\"theme-heading\">Bad Request</h2><p>Unregistered redirect_uri (&#34;http://localhost:3999&#34;).</p>"),
    "Unregistered redirect_uri"
)]
#[case::duende(
    (200, "", "<h1>Error</h1><div class=\"alert\">Sorry, there was an error <em>: invalid_request</em><div>Invalid redirect_uri</div></div>"),
    "Invalid redirect_uri"
)]
#[case::entra(
    (200, "", r#"<title>Sign in to your account</title><script>$Config={"strMainMessage":"Sorry","strServiceExceptionMessage":"AADSTS50011: The redirect URI \u0027http://localhost:3999\u0027 specified in the request does not match the redirect URIs configured for the application \u0027orglab\u0027."};</script>"#),
    "AADSTS50011: The redirect URI 'http://localhost:3999' specified"
)]
#[case::entra_without_any(
    (200, "", r#"<script>$Config={"strServiceExceptionMessage":"AADSTS500113: No reply address is registered for the application."};</script>"#),
    "AADSTS500113"
)]
#[case::forgerock(
    (400, "", "<script>pageData = { error: { message: \"redirect_uri_mismatch\", description: \"The redirection URI provided does not match a pre-registered value.\" } };</script>"),
    ""
)]
#[case::gitlab(
    (400, "", "<h3>An error has occurred</h3><main><p>The redirect URI included is not valid.</p></main>"),
    "The redirect URI included is not valid."
)]
#[case::doorkeeper(
    (400, "", "<h1>An error has occurred</h1><pre>The requested redirect uri is malformed or doesn&#39;t match client redirect URI.</pre>"),
    "doesn't match client redirect URI"
)]
#[case::google(
    (302, "/signin/oauth/error?authError=ChVyZWRpcmVjdF91cmlfbWlzbWF0Y2gSsAEKWW91IGNhbid0IHNpZ24gaW4gdG8gdGhpcyBhcHAgYmVjYXVzZSBpdCBkb2Vzbid0IGNvbXBseSB3aXRoIEdvb2dsZSdzIE9BdXRoIDIuMCBwb2xpY3ku&client_id=orglab", ""),
    "redirect_uri_mismatch"
)]
#[case::hydra(
    (302, "/oauth2/fallbacks/error?error=invalid_request&error_description=The+request+is+missing+a+required+parameter.+The+%27redirect_uri%27+parameter+does+not+match+any+of+the+OAuth+2.0+Client%27s+pre-registered+redirect+urls.", ""),
    "pre-registered redirect urls"
)]
#[case::keycloak(
    (400, "", "<html><head><title>Sign in to lab</title></head><body><h1 id=\"kc-page-title\">We are sorry...</h1><p class=\"instruction\">Invalid parameter: redirect_uri</p></body></html>"),
    "Invalid parameter: redirect_uri"
)]
#[case::lemonldap_for_programs((401, "", r#"{"error":108,"result":0}"#), "")]
#[case::lemonldap_for_programs_as_text((401, "", r#"{"result": 0, "error": "108"}"#), "")]
#[case::lemonldap_for_browsers((200, "", "<title>Authentication portal</title><div class=\"alert\"><span trmsg=\"108\"></span></div>"), "")]
#[case::node_oidc_provider(
    (400, "", "<h1>oops! something went wrong</h1><pre><strong>error</strong>: invalid_redirect_uri</pre><pre><strong>error_description</strong>: redirect_uri did not match any of the client&#39;s registered redirect_uris</pre>"),
    "redirect_uri did not match"
)]
#[case::oauthlib((400, "", "<h2>Error: invalid_request</h2><p>Mismatching redirect URI.</p>"), "Mismatching redirect URI")]
#[case::okta(
    (400, "", "<title>lab - Error</title><h1>400</h1><h2>Bad Request</h2><p>Your request resulted in an error. The &#39;redirect_uri&#39; parameter must be a Login redirect URI in the client app settings: https://lab-admin.okta.example/</p>"),
    "must be a Login redirect URI"
)]
#[case::spring(
    (400, "", "<!doctype html><title>HTTP Status 400 – Bad Request</title><h1>HTTP Status 400 – Bad Request</h1><p><b>Message</b> [invalid_request] OAuth 2.0 Parameter: redirect_uri</p>"),
    "OAuth 2.0 Parameter: redirect_uri"
)]
#[case::wso2(
    (302, "/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_callback&oauthErrorMsg=Registered+callback+does+not+match+with+the+provided+url.", ""),
    "Registered callback does not match"
)]
#[case::zitadel(
    (400, "", r#"{"error":"invalid_request","error_description":"The requested redirect_uri is missing in the client configuration. If you have any questions, you may contact the administrator of the application."}"#),
    "is missing in the client configuration"
)]
fn an_unregistered_redirect_uri_is_told_in_each_providers_words(#[case] unregistered: Reply, #[case] quoted: &str) {
    let report = with_an_unregistered_redirect_uri(Wordings { unregistered, ..Wordings::USUAL });
    assert_eq!(report.with("wrong"), ["callback-url"], "{:?}", report.lines);
    let line = &report.lines["callback-url"];
    assert!(line.found.contains("http://localhost:3999 is not registered") && line.found.contains(quoted), "{line:?}");
    assert!(line.change.as_deref().unwrap().contains("Allowed Callback URLs"), "{line:?}");
    assert_eq!(report.lines["client-id"].status, "ok", "{:?}", report.lines);
}

#[rstest]
#[case::authlib((400, "", r#"{"error": "invalid_client", "error_description": "The client does not exist on this server."}"#))]
#[case::authentik((400, "", "<h1>Client ID Error</h1><p>The client identifier (client_id) is missing or invalid.</p>"))]
#[case::cognito((302, "/error?error=Client+does+not+exist", ""))]
#[case::cognito_by_its_code((302, "/error?error=Invalid+client", ""))]
#[case::dex((404, "", "<h2>Bad Request</h2><p>Invalid client_id (&#34;another&#34;).</p>"))]
#[case::duende((200, "", "<h1>Error</h1>Sorry, there was an error : unauthorized_client <div>Unknown client or client not enabled</div>"))]
#[case::entra((200, "", r#"<title>Sign in</title><script>$Config={"strServiceExceptionMessage":"AADSTS700016: Application with identifier \u0027another\u0027 was not found in the directory \u0027lab\u0027."};</script>"#))]
#[case::gitlab((401, "", "<p>Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.</p>"))]
#[case::google((302, "/signin/oauth/error/v2?authError=Cg5pbnZhbGlkX2NsaWVudBIfVGhlIE9BdXRoIGNsaWVudCB3YXMgbm90IGZvdW5kLg%3D%3D", ""))]
#[case::hydra((302, "/oauth2/fallbacks/error?error=invalid_client&error_description=Client+authentication+failed.+The+requested+OAuth+2.0+Client+does+not+exist.", ""))]
#[case::keycloak((400, "", "<h1>We are sorry...</h1><p>Client not found.</p>"))]
#[case::lemonldap((401, "", r#"{"error":107,"result":0}"#))]
#[case::node_oidc_provider((400, "", r#"{"error":"invalid_client","error_description":"client is invalid"}"#))]
#[case::oauthlib((400, "", "<h2>Error: invalid_request</h2><p>Invalid client_id parameter value.</p>"))]
#[case::okta((400, "", "<h2>Bad Request</h2><p>Invalid value for &#39;client_id&#39; parameter.</p>"))]
#[case::spring((400, "", "<p><b>Message</b> [invalid_request] OAuth 2.0 Parameter: client_id</p>"))]
#[case::zitadel((400, "", r#"{"error":"invalid_request","error_description":"unable to retrieve client by id"}"#))]
#[case::zitadel_by_its_key((500, "", r#"{"error":"server_error","error_description":"Errors.App.NotFound"}"#))]
fn an_unknown_client_is_told_in_each_providers_words(#[case] unknown_client: Reply) {
    let provider = Speaker::of(Wordings { unknown_client, ..Wordings::USUAL });
    let report = check(&provider.issuer, &[("OIDC_CLIENT_ID", "another")]);
    assert_eq!(report.with("wrong"), ["client-id"], "{:?}", report.lines);
    let line = &report.lines["client-id"];
    for sent in ["\"another\"", REGISTERED] {
        assert!(line.found.contains(sent), "{line:?}");
    }
    assert!(line.change.as_deref().unwrap().contains("OIDC_CLIENT_ID"), "{line:?}");
}
