//! `orglab check` at providers of all kinds: it recognizes the wording of their errors, and quotes any other. The pages
//! are theirs, shortened.

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
fn with_an_unregistered_redirect_uri(wordings: &Wordings) -> Report {
    check(&Speaker::of(wordings).issuer, &[ELSEWHERE])
}

#[rstest]
#[case::auth0((403, "", "<title>Oops!</title><p>Callback URL mismatch."), "Callback URL mismatch")]
#[case::in_the_source(
    (400, "", "<meta http-equiv=\"refresh\" content=\"0; url=/lo/error?tracking=1&error_description=Callback%20URL+mismatch\">"), ""
)]
#[case::in_a_fragment((302, "/login#/error?error=redirect_mismatch", ""), "redirect_mismatch")]
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
#[case::google_ip_address(
    (302, "/signin/oauth/error?authError=Cg9pbnZhbGlkX3JlcXVlc3QSRUludmFsaWQgcGFyYW1ldGVyIHZhbHVlIGZvciByZWRpcmVjdF91cmk6IFJhdyBJUCBhZGRyZXNzZXMgbm90IGFsbG93ZWQ%3D", ""),
    "Invalid parameter value for redirect_uri"
)]
#[case::simple_id_server(
    (400, "", r#"{"error":"invalid_request","error_description":"redirect_uri http://localhost:3999 is not correct"}"#),
    "is not correct"
)]
#[case::fiware((400, "", r#"{"state": "xyz", "error": "mismatching_redirect_uri"}"#), "mismatching_redirect_uri")]
#[case::small_ones(
    (400, "", r#"{"error":"invalid_request","error_description":"redirect_uri does not match any registered redirect URIs"}"#),
    "does not match any registered"
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
    let report = with_an_unregistered_redirect_uri(&Wordings { unregistered, ..Wordings::USUAL });
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
    let provider = Speaker::of(&Wordings { unknown_client, ..Wordings::USUAL });
    let report = check(&provider.issuer, &[("OIDC_CLIENT_ID", "another")]);
    assert_eq!(report.with("wrong"), ["client-id"], "{:?}", report.lines);
    let line = &report.lines["client-id"];
    for sent in ["\"another\"", REGISTERED] {
        assert!(line.found.contains(sent), "{line:?}");
    }
    assert!(line.change.as_deref().unwrap().contains("OIDC_CLIENT_ID"), "{line:?}");
}

/// What an administrator would have to know to find out: the client id and the redirect URI, as they were sent.
#[test]
fn what_was_sent_is_told_whatever_comes_back() {
    let sign_in = (200, "", "<title>Sign in to lab</title><form><input type=password></form>");
    for (base, accepted) in [
        ("http://localhost:3000", Accepted::Page(sign_in)),
        ("http://localhost:3000", Accepted::Refusal("login_required")),
    ] {
        let provider = Speaker::of(&Wordings { accepted, ..Wordings::USUAL });
        let report = check(&provider.issuer, &[("APP_BASE_URL", base)]);
        assert!(report.lines["client-id"].found.contains("\"orglab\""), "{:?}", report.lines);
        assert!(report.lines["callback-url"].found.contains(base), "{:?}", report.lines);
    }
}

#[rstest]
#[case::with_a_slash(None, "http://localhost:3999", "http://localhost:3999/", "with a trailing slash")]
#[case::without_a_slash(Some("/"), "http://localhost:3999/", "http://localhost:3999", "without the trailing slash")]
#[case::below_a_path(
    Some("/callback"),
    "http://localhost:3999/callback",
    "http://localhost:3999/callback/",
    "with a trailing slash"
)]
fn a_redirect_uri_that_is_registered_with_a_slash_is_told(
    #[case] path: Option<&str>,
    #[case] sent: &str,
    #[case] registered: &'static str,
    #[case] words: &str,
) {
    let sign_in = (200, "", "<title>Sign in</title>");
    let settings: Vec<_> = [ELSEWHERE].into_iter().chain(path.map(|path| ("APP_CALLBACK_PATH", path))).collect();
    let unregistered = [(400, "", "Callback URL mismatch"), (400, "", "<h1>Sorry</h1>"), (403, "", "")];
    for unregistered in unregistered {
        for accepted in [Accepted::Refusal("login_required"), Accepted::Page(sign_in)] {
            let wordings = Wordings { unregistered, accepted, registered, ..Wordings::USUAL };
            let report = check(&Speaker::of(&wordings).issuer, &settings);
            assert_eq!(report.with("wrong"), ["callback-url"], "{:?}", report.lines);
            let found = &report.lines["callback-url"].found;
            assert!(found.contains(&format!("{sent} is not registered, but {registered} ({words}")), "{found}");
        }
    }
}

/// The page says nothing that is known, but it is the page for what is not registered.
#[rstest]
#[case::a_page((401, "", "<h1>Accès refusé</h1>Demande 4711"), "Accès refusé")]
#[case::a_code((400, "", r#"{"error": "invalid_request"}"#), "invalid_request")]
#[case::an_error_page_of_its_own((302, "/error?id=4711", ""), "Etwas ist schiefgegangen")]
fn a_redirect_uri_that_is_refused_like_an_unregistered_one_is_wrong(#[case] unregistered: Reply, #[case] quoted: &str) {
    let error_page = (200, "", "<title>Fehler</title><h1>Etwas ist schiefgegangen</h1>");
    let report = with_an_unregistered_redirect_uri(&Wordings { unregistered, error_page, ..Wordings::USUAL });
    assert_eq!(report.with("wrong"), ["callback-url"], "{:?}", report.lines);
    let found = &report.lines["callback-url"].found;
    assert!(found.contains("http://localhost:3999 is not registered") && found.contains(quoted), "{found}");
}

/// What refuses everything may be something before the provider, or a request that it does not like.
#[rstest]
#[case::a_firewall((403, "", "<title>Attention</title><h1>Just a moment…</h1>"), "Just a moment…")]
#[case::too_many((429, "", "Too many requests"), "Too many requests")]
#[case::out_of_order((503, "", "no healthy upstream"), "no healthy upstream")]
fn what_everything_gets_proves_nothing_and_is_quoted(#[case] reply: Reply, #[case] quoted: &str) {
    let wordings =
        Wordings { unknown_client: reply, unregistered: reply, token: reply, logout: reply, ..Wordings::USUAL };
    let report = with_an_unregistered_redirect_uri(&wordings);
    assert_eq!((report.exit, report.with("wrong")), (0, vec![]), "{:?}", report.lines);
    for name in ["client-id", "callback-url", "client-secret", "logout-url"] {
        let line = &report.lines[name];
        assert!(line.status == "unknown" && line.found.contains("could not tell"), "{line:?}");
        assert!(line.found.contains(quoted), "{line:?}");
    }
}

#[rstest]
#[case::busy((429, "", "<h1>Slow down</h1>"), "Slow down")]
#[case::out_of_order((502, "", "<h1>Bad gateway</h1>"), "Bad gateway")]
fn what_may_pass_is_not_taken_for_a_refusal_of_the_redirect_uri(#[case] unregistered: Reply, #[case] quoted: &str) {
    let report = with_an_unregistered_redirect_uri(&Wordings { unregistered, ..Wordings::USUAL });
    assert_eq!(report.with("wrong"), Vec::<&str>::new(), "{:?}", report.lines);
    assert!(report.lines["callback-url"].found.contains(quoted), "{:?}", report.lines);
}

/// Whatever the reason is: a browser gets the same, and nobody can sign in.
#[rstest]
#[case::glewlwyd((403, "", ""), "empty page")]
#[case::lemonldap((401, "", "<title>Authentication portal</title><h1>Accès refusé</h1>"), "Accès refusé")]
#[case::lemonldap_without_words((401, "", r#"{"error":9,"result":0}"#), "error 9: result 0")]
#[case::a_page((400, "", "<h1>Something is wrong</h1>"), "Something is wrong")]
fn an_error_page_for_everything_is_a_refusal_of_the_client_or_the_redirect_uri(
    #[case] reply: Reply,
    #[case] quoted: &str,
) {
    let wordings = Wordings { unknown_client: reply, unregistered: reply, ..Wordings::USUAL };
    let report = with_an_unregistered_redirect_uri(&wordings);
    assert_eq!((report.exit, report.with("wrong")), (1, vec!["callback-url"]), "{:?}", report.lines);
    let line = &report.lines["callback-url"];
    assert!(line.found.contains(quoted) && line.found.contains("\"orglab\""), "{line:?}");
    assert!(line.change.as_deref().unwrap().contains("OIDC_CLIENT_ID"), "{line:?}");

    // LemonLDAP::NG 2.16 refuses every request that must be answered without a page.
    let to_browsers = Some((200, "", "<title>Sign in</title>"));
    let report = with_an_unregistered_redirect_uri(&Wordings { to_browsers, ..wordings });
    assert_eq!((report.exit, report.with("wrong")), (0, vec![]), "{:?}", report.lines);
    assert!(report.lines["callback-url"].found.contains(quoted), "{:?}", report.lines);
}

/// Some redirect to any address, and look at it only once somebody has signed in.
#[test]
fn a_provider_that_redirects_to_any_address_proves_nothing() {
    let report = with_an_unregistered_redirect_uri(&Wordings { registered: "", ..Wordings::USUAL });
    assert_eq!(report.with("wrong"), Vec::<&str>::new(), "{:?}", report.lines);
    let line = &report.lines["callback-url"];
    assert!(line.status == "unknown" && line.found.contains("any redirect URI"), "{line:?}");
}

/// A sign-in page may have all the provider's messages in its scripts.
#[rstest]
#[case::a_page((200, "", "<title>Sign in</title><script>messages = ['redirect_uri_mismatch', 'invalid_client', 'Unknown client']</script><h1>Welcome"))]
#[case::a_redirect((302, "/login?return_to=%2Fauthorize%3Fclient_id%3Dorglab%26redirect_uri%3Dhttp%3A%2F%2Flocalhost%3A3000", ""))]
fn a_page_to_sign_in_for_any_address_is_neither_right_nor_wrong(#[case] page: Reply) {
    let provider = Speaker::of(&Wordings { accepted: Accepted::Page(page), registered: "", ..Wordings::USUAL });
    let report = check(&provider.issuer, &[]);
    assert_eq!((report.exit, report.with("wrong")), (0, vec![]), "{:?}", report.lines);
    for name in ["client-id", "callback-url"] {
        assert_eq!(report.lines[name].status, "unknown", "{:?}", report.lines[name]);
    }
}

/// Authlib, for one, knows no `prompt=none`: where somebody would be asked to sign in, there is a page.
#[rstest]
#[case::a_page((200, "", "<title>Sign in</title><h1>Welcome"))]
#[case::a_redirect((302, "/login", ""))]
fn a_page_to_sign_in_for_no_other_address_shows_that_the_redirect_uri_is_registered(#[case] page: Reply) {
    let provider = Speaker::of(&Wordings { accepted: Accepted::Page(page), ..Wordings::USUAL });
    let report = check(&provider.issuer, &[]);
    for name in ["client-id", "callback-url"] {
        assert_eq!(report.lines[name].status, "ok", "{:?}", report.lines[name]);
    }
}

#[test]
fn a_quoted_page_is_short_and_steers_no_terminal() {
    let page = "<script>secret()</script><h1>\u{1b}[2JNo\u{202e}</h1> <b>way</b> &#27;[31m <p>".to_owned();
    let page: &str = (page + &"on ".repeat(100) + "the end").leak();
    let reply = (400, "", page);
    let wordings = Wordings { unknown_client: reply, unregistered: reply, ..Wordings::USUAL };
    let found = &with_an_unregistered_redirect_uri(&wordings).lines["callback-url"].found;
    assert!(found.contains("No way") && !found.contains("secret()") && !found.contains("the end"), "{found}");
    assert!(!found.contains(['\u{1b}', '\u{202e}', '<']), "{found}");
}

#[rstest]
#[case::cognito(r#"{"error":"invalid_client"}"#, "OIDC_CLIENT_SECRET")]
#[case::entra_wrong_secret(
    r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#,
    "OIDC_CLIENT_SECRET"
)]
#[case::entra_no_secret(r#"{"error":"invalid_client","error_description":"AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}"#, "OIDC_CLIENT_AUTH_METHOD")]
#[case::entra_single_page(r#"{"error":"invalid_request","error_description":"AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."}"#, "")]
#[case::entra_unknown(r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'orglab' was not found in the directory."}"#, "OIDC_CLIENT_ID")]
#[case::entra_tenant(
    r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'lab' not found."}"#,
    "OIDC_ISSUER_URL"
)]
#[case::google_unknown(
    r#"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#,
    "OIDC_CLIENT_ID"
)]
#[case::google_no_secret(
    r#"{"error":"invalid_request","error_description":"client_secret is missing."}"#,
    "OIDC_CLIENT_AUTH_METHOD"
)]
#[case::hydra(r#"{"error":"invalid_client","error_description":"Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method). crypto/bcrypt"}"#, "OIDC_CLIENT_SECRET")]
#[case::keycloak(
    r#"{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}"#,
    "OIDC_CLIENT_SECRET"
)]
#[case::keycloak_before_version_20(
    r#"{"error":"unauthorized_client","error_description":"Client secret not provided in request"}"#,
    "OIDC_CLIENT_AUTH_METHOD"
)]
#[case::okta_unknown(r#"{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter.","errorLink":"invalid_client","errorCauses":[]}"#, "OIDC_CLIENT_ID")]
#[case::okta_wrong_secret(r#"{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}"#, "OIDC_CLIENT_SECRET")]
#[case::spring_unknown(
    r#"{"error":"invalid_client","error_description":"Client authentication failed: client_id"}"#,
    "OIDC_CLIENT_ID"
)]
#[case::zitadel_unknown(r#"{"error":"invalid_client","error_description":"Errors.App.NotFound"}"#, "OIDC_CLIENT_ID")]
fn a_refused_client_is_told_in_each_providers_words(#[case] body: &'static str, #[case] setting: &str) {
    let provider = Speaker::of(&Wordings { token: (401, "", body), ..Wordings::USUAL });
    let report = check(&provider.issuer, &[SECRET]);
    assert_eq!(report.with("wrong"), ["client-secret"], "{:?}", report.lines);
    let line = &report.lines["client-secret"];
    assert!(line.change.as_deref().unwrap().contains(setting), "{line:?}");
}

/// Some ask everybody to sign in first, so that a client that is not known is refused without a word about it.
#[test]
fn a_secret_that_is_refused_at_a_provider_that_may_not_know_the_client_is_not_all_to_look_at() {
    let sign_in = (200, "", "<title>Sign in</title>");
    let token = (401, "", r#"{"error":"invalid_client"}"#);
    let accepted = Accepted::Page(sign_in);
    let wordings = Wordings { unknown_client: sign_in, accepted, registered: "", token, ..Wordings::USUAL };
    let report = check(&Speaker::of(&wordings).issuer, &[("OIDC_CLIENT_ID", "another"), SECRET]);
    assert_eq!(report.with("wrong"), ["client-secret"], "{:?}", report.lines);
    assert!(report.lines["client-secret"].change.as_deref().unwrap().ends_with("Also check OIDC_CLIENT_ID."));
}

/// Half of it would be in what is quoted.
#[test]
fn a_secret_at_the_end_of_what_is_quoted_is_not_shown() {
    let filler = "a".repeat(190);
    for body in [
        format!(r#"{{"error":"invalid_client","error_description":"{filler} {CLIENT_SECRET} is wrong"}}"#),
        format!("<p>{filler}{filler:.90} {CLIENT_SECRET} is wrong"),
    ] {
        let provider = Speaker::of(&Wordings { token: (401, "", body.leak()), ..Wordings::USUAL });
        let found = &check(&provider.issuer, &[SECRET]).lines["client-secret"].found;
        assert!(found.contains("aaa") && !found.contains("s3cret"), "{found}");
    }
}

/// No probe asks anybody anything, whatever came back before it.
#[test]
fn every_authorization_request_asks_for_a_response_without_a_page() {
    let provider = Speaker::of(&Wordings { unregistered: (400, "", "<h1>Sorry</h1>"), ..Wordings::USUAL });
    check(&provider.issuer, &[ELSEWHERE]);
    let asked = provider.authorizations();
    assert!(asked.len() > 3 && asked.iter().all(|request| request["prompt"] == "none"), "{asked:?}");
}

#[test]
fn what_could_not_be_told_for_one_reason_is_told_once() {
    let settings = [("OIDC_ISSUER_URL", "http://127.0.0.1:1/"), ("OIDC_CLIENT_ID", "orglab")];
    let text = String::from_utf8(run(&[], &settings).stdout).unwrap();
    assert_eq!(text.matches("could not tell").count(), 1, "{text}");
    assert_eq!(text.matches("Connection refused").count(), 1, "{text}");
    for name in ["issuer", "clock", "keys", "callback-url", "logout-url"] {
        assert!(text.contains(name), "{text}");
    }
}
