//! Attacks on the demo tenant as a provider. It has no passwords, so only the protocol protects it. Each attack begins
//! with a valid request of the app's, and changes one thing.

use chrono::TimeDelta;
use reqwest::Method;
use rstest::rstest;
use serde_json::Value;
use url::Url;

use crate::support::{
    app::TestApp,
    browser::{Browser, Page, borrowed, encoded, filled, with_query},
    tenant::{CHALLENGE, VERIFIER},
};

/// `own` with these parameters changed or added, as a form sends them; an empty value takes one away.
fn changed(own: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let kept = own.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let all: Vec<_> = kept.chain(changes).filter(|(_, value)| !value.is_empty()).copied().collect();
    encoded(&all)
}

/// The address of the app's authorization request, with these parameters changed.
async fn request(app: &TestApp, changes: &[(&str, &str)]) -> String {
    let own = app.browser().login("org1").await.location().unwrap();
    let own: Vec<_> = own.query_pairs().into_owned().collect();
    format!("{}/authorize?{}", app.tenant, changed(&borrowed(&own), changes))
}

/// Signs alice in at this request, as far as the redirect to the app.
async fn sign_in(browser: &Browser, request: &str) -> Page {
    let page = browser.get(request).await;
    if page.status != 200 {
        return page;
    }
    browser.press(&page, "user-alice@org1.example").await
}

/// A code for the app, whose verifier is [`VERIFIER`].
async fn code(app: &TestApp, browser: &Browser) -> String {
    let request = request(app, &[("code_challenge", CHALLENGE)]).await;
    sign_in(browser, &request).await.parameter("code").unwrap()
}

/// The app's token request, with these parameters changed.
async fn exchange(app: &TestApp, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
    let own = [
        ("grant_type", "authorization_code"),
        ("client_id", "orglab"),
        ("redirect_uri", app.base.as_str()),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let body = changed(&own, changes);
    let page = app.browser().send(Method::POST, &format!("{}/oauth/token", app.tenant), &[], Some(body)).await;
    (page.status, serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{}", page.body)))
}

/// Attack: the response, and with it the code, is sent to an address of the attacker's that looks like the client's.
#[rstest]
#[case::another_host("http://evil.example")]
#[case::suffix("{base}.evil.example")]
#[case::user_info("{base}@evil.example")]
#[case::path_behind("{base}/callback/../evil")]
#[case::deeper("{base}/callback/evil")]
#[case::slash("{base}/")]
#[case::query("{base}?x=1")]
#[case::fragment("{base}#x")]
#[case::another_scheme("https://{host}")]
#[case::another_case("HTTP://{host}")]
#[case::another_port("http://localhost:1")]
#[case::another_name_of_this_machine("http://127.0.0.1:{port}")]
#[case::blank_behind("{base} ")]
#[case::encoded("{base}%2fcallback")]
#[case::script("javascript:alert(1)")]
#[case::none("")]
#[tokio::test]
async fn a_response_goes_to_a_registered_address_alone(#[case] redirect_uri: &str) {
    let app = TestApp::with_demo_tenant();
    let host = app.base.trim_start_matches("http://");
    let port = host.rsplit(':').next().unwrap();
    let redirect_uri = redirect_uri.replace("{base}", &app.base).replace("{host}", host).replace("{port}", port);
    for more in [&[][..], &[("prompt", "none")], &[("response_type", "token")]] {
        let changes = [&[("redirect_uri", redirect_uri.as_str())], more].concat();
        let page = app.browser().get(&request(&app, &changes).await).await;
        assert!((400..500).contains(&page.status), "{}: {}", page.status, page.body);
        assert_eq!(page.header("location"), None);
        assert!(page.body.contains("Callback URL mismatch"), "{}", page.body);
    }
}

#[rstest]
#[case::another("evil")]
#[case::another_case("ORGLAB")]
#[case::the_management_client("orglab-management")]
#[case::none("")]
#[tokio::test]
async fn an_unknown_client_gets_a_page_and_no_redirect(#[case] client_id: &str) {
    let app = TestApp::with_demo_tenant();
    let page = app.browser().get(&request(&app, &[("client_id", client_id)]).await).await;
    assert!((400..500).contains(&page.status), "{}", page.body);
    assert_eq!(page.header("location"), None);
}

/// What is wrong with a request is told to the app, with `state`, and never with a code.
#[rstest]
#[case::no_pkce(&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request")]
#[case::plain_pkce(&[("code_challenge_method", "plain")], "invalid_request")]
#[case::pkce_without_a_method(&[("code_challenge_method", "")], "invalid_request")]
#[case::challenge_too_short(&[("code_challenge", "abc")], "invalid_request")]
#[case::implicit(&[("response_type", "token")], "unsupported_response_type")]
#[case::implicit_id_token(&[("response_type", "id_token")], "unsupported_response_type")]
#[case::hybrid(&[("response_type", "code id_token")], "unsupported_response_type")]
#[case::no_response_type(&[("response_type", "")], "unsupported_response_type")]
#[case::in_the_fragment(&[("response_mode", "fragment")], "invalid_request")]
#[case::by_post(&[("response_mode", "form_post")], "invalid_request")]
#[case::by_message(&[("response_mode", "web_message")], "invalid_request")]
#[case::request_object(&[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported")]
#[case::request_address(&[("request_uri", "http://evil.example/")], "request_uri_not_supported")]
#[case::silently_without_a_session(&[("prompt", "none")], "login_required")]
#[case::silently_and_not(&[("prompt", "none login")], "invalid_request")]
#[case::unknown_organization(&[("organization", "org9")], "invalid_request")]
#[tokio::test]
async fn a_bad_request_is_refused_at_the_callback_without_a_code(
    #[case] changes: &[(&str, &str)],
    #[case] error: &str,
) {
    let app = TestApp::with_demo_tenant();
    let page = sign_in(&app.browser(), &request(&app, changes).await).await;
    let location = page.location().unwrap_or_else(|| panic!("{}: {}", page.status, page.body));
    assert!(location.as_str().starts_with(&app.base), "{location}");
    assert_eq!(page.parameter("error").as_deref(), Some(error), "{location}");
    assert!(page.parameter("state").is_some() && page.parameter("code").is_none(), "{location}");
    assert_eq!(location.fragment(), None);
}

#[tokio::test]
async fn a_silent_request_with_a_session_gets_its_response_at_once_in_the_query() {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    code(&app, &browser).await;
    let page = browser.get(&request(&app, &[("prompt", "none")]).await).await;
    assert!(page.parameter("code").is_some(), "{:?}", page.location());
}

/// Attack: somebody else's code is turned into tokens.
#[rstest]
#[case::unknown_code(&[("code", "unknown")])]
#[case::no_code(&[("code", "")])]
#[case::of_another_client(&[("client_id", "evil")])]
#[case::of_the_management_client(&[("client_id", "orglab-management")])]
#[case::of_no_client(&[("client_id", "")])]
#[case::for_another_address(&[("redirect_uri", "http://evil.example")])]
#[case::for_the_other_address(&[("redirect_uri", "{base}/callback")])]
#[case::for_no_address(&[("redirect_uri", "")])]
#[case::without_the_verifier(&[("code_verifier", "")])]
#[case::with_the_challenge_for_a_verifier(&[("code_verifier", CHALLENGE)])]
#[case::by_another_grant(&[("grant_type", "password")])]
#[case::by_a_refresh(&[("grant_type", "refresh_token")])]
#[tokio::test]
async fn a_code_is_good_for_its_client_address_and_verifier_alone(#[case] changes: &[(&str, &str)]) {
    let app = TestApp::with_demo_tenant();
    let code = code(&app, &app.browser()).await;
    let changes = filled(changes, |value| value.replace("{base}", &app.base));
    let (status, response) = exchange(&app, &code, &borrowed(&changes)).await;
    assert!((400..500).contains(&status), "{status}: {response}");
    assert!(response["id_token"].is_null() && response["access_token"].is_null(), "{response}");
    assert!(response["error"].is_string(), "{response}");
}

#[tokio::test]
async fn a_code_is_good_once_and_its_reuse_kills_its_tokens() {
    let app = TestApp::with_demo_tenant();
    let code = code(&app, &app.browser()).await;
    let (status, tokens) = exchange(&app, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let userinfo = format!("{}/userinfo", app.tenant);
    let ask = async || app.browser().send(Method::GET, &userinfo, &[("authorization", &bearer)], None).await.status;
    assert_eq!(ask().await, 200);
    assert!((400..500).contains(&exchange(&app, &code, &[]).await.0));
    assert_eq!(ask().await, 401);
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let app = TestApp::with_demo_tenant();
    let (early, late) = (code(&app, &app.browser()).await, code(&app, &app.browser()).await);
    app.clock.advance(TimeDelta::seconds(40));
    assert_eq!(exchange(&app, &early, &[]).await.0, 200);
    app.clock.advance(TimeDelta::seconds(21));
    assert!((400..500).contains(&exchange(&app, &late, &[]).await.0));
}

/// Attack (DNS rebinding): a site makes its own name resolve to this machine, and scripts the tenant from there.
#[rstest]
#[case("evil.example")]
#[case("evil.example:{port}")]
#[case("localhost.evil.example:{port}")]
#[case("localhost")]
#[case("localhost:1")]
#[case("0.0.0.0:{port}")]
#[case("localhost:{port}@evil.example")]
#[case("tenant.localhost:{port}")]
#[case("localhost.:{port}")]
#[case("127.8.9.10:{port}")]
#[case("[::ffff:127.0.0.1]:{port}")]
#[case::user_info("x@localhost:{port}")]
#[case::password("x:y@localhost:{port}")]
#[case::no_user_info("@localhost:{port}")]
#[case::path("localhost:{port}/x")]
#[case::path_of_another("localhost:{port}/.evil.example")]
#[case::backslash("localhost:{port}\\x")]
#[case::query("localhost:{port}?x")]
#[case::fragment("localhost:{port}#x")]
#[case::scheme("http://localhost:{port}")]
#[case::slashes("//localhost:{port}")]
#[case::percent_encoded("%6cocalhost:{port}")]
#[case::tab("local\thost:{port}")]
#[tokio::test]
async fn under_a_foreign_name_nothing_is_served(#[case] host: &str) {
    let app = TestApp::with_demo_tenant();
    let host = host.replace("{port}", app.tenant.rsplit(':').next().unwrap());
    for path in ["/", "/.well-known/openid-configuration", "/authorize", "/api/v2/organizations", "/static/x"] {
        let page = app.browser().send(Method::GET, &format!("{}{path}", app.tenant), &[("host", &host)], None).await;
        assert!([400, 421].contains(&page.status), "{path}: {}", page.status);
        assert!(!page.body.contains("org1"), "{path}: {}", page.body);
    }
}

/// Attack (CSRF): another site signs the user in as somebody, or changes the tenant.
#[rstest]
#[case::cross_site(&[("sec-fetch-site", "cross-site")])]
#[case::same_site_other_port(&[("sec-fetch-site", "same-site")])]
#[case::origin_of_another_site(&[("origin", "http://evil.example")])]
#[case::origin_null(&[("origin", "null")])]
#[case::origin_of_the_app(&[("origin", "{base}")])]
#[tokio::test]
async fn a_post_from_elsewhere_is_refused(#[case] headers: &[(&str, &str)]) {
    let app = TestApp::with_demo_tenant();
    let browser = app.browser();
    let headers = filled(headers, |value| value.replace("{base}", &app.base));
    let headers = borrowed(&headers);
    let authorize = request(&app, &[]).await;
    let user = browser.get(&authorize).await.value_of("user-alice@org1.example");
    let send = async |path: &str, fields: &[(&str, &str)]| {
        browser.send(Method::POST, &format!("{}{path}", app.tenant), &headers, Some(encoded(fields))).await
    };
    for (path, fields) in [
        ("/", &[("change", "set-usage"), ("usage", "individuals")][..]),
        ("/confirm", &[("change", "delete-organization"), ("organization", "org1")]),
        ("/checkpoints/login", &[]),
        ("/faults/server-error", &[]),
        ("/userinfo", &[]),
    ] {
        let page = send(path, fields).await;
        assert_eq!((page.status, page.header("location")), (403, None), "{path}");
    }
    // An authorization request may come from another site, but the choice of its user may not.
    let page = send(authorize.trim_start_matches(&app.tenant), &[("user_id", &user)]).await;
    assert!(browser.follow(page).await.body.contains("user-alice@org1.example"), "the tenant still asks");
    assert_eq!(browser.cookie(&app.tenant_cookie()), None);
}

/// Attack (open redirect): the logout leads on to the attacker's site.
#[rstest]
#[case("http://evil.example")]
#[case("{base}.evil.example")]
#[case("{base}@evil.example")]
#[case("{base}/callback")]
#[case("{base}//evil.example")]
#[case("{base}?x=1")]
#[case("//evil.example")]
#[case("javascript:alert(1)")]
#[tokio::test]
async fn logout_leads_to_a_registered_address_alone(#[case] to: &str) {
    let app = TestApp::with_demo_tenant();
    let to = to.replace("{base}", &app.base);
    for (path, parameter) in [("/oidc/logout", "post_logout_redirect_uri"), ("/v2/logout", "returnTo")] {
        let address = |to| with_query(&format!("{}{path}", app.tenant), &[("client_id", "orglab"), (parameter, to)]);
        let page = app.browser().get(&address(&to)).await;
        assert!(!(300..400).contains(&page.status) && page.header("location").is_none(), "{path}: {}", page.status);
        assert_eq!(app.browser().get(&address(&app.base)).await.location(), Some(Url::parse(&app.base).unwrap()));
    }
}

/// Attack: a link of another site logs the user out. With a hint that belongs to the session it may, as RP-Initiated
/// Logout 2 has it; else the tenant asks.
#[rstest]
#[case::without_a_hint("cross-site", &[], false)]
#[case::with_nonsense_for_a_hint("cross-site", &[("id_token_hint", "e30.e30.")], false)]
#[case::with_somebody_elses_hint("cross-site", &[("id_token_hint", "{theirs}")], false)]
#[case::with_its_own_hint("cross-site", &[("id_token_hint", "{own}")], true)]
#[case::from_the_application("same-site", &[], true)]
#[case::by_hand("none", &[], true)]
#[tokio::test]
async fn another_sites_link_logs_nobody_out(
    #[case] from: &str,
    #[case] parameters: &[(&str, &str)],
    #[case] at_once: bool,
    #[values("/oidc/logout", "/v2/logout")] path: &str,
) {
    let app = TestApp::with_demo_tenant();
    let (user, other) = (app.browser(), app.browser());
    let mut tokens = Vec::new();
    for browser in [&user, &other] {
        let (_, response) = exchange(&app, &code(&app, browser).await, &[]).await;
        tokens.push(response["id_token"].as_str().unwrap().to_owned());
    }
    let fill = |value: &str| value.replace("{own}", &tokens[0]).replace("{theirs}", &tokens[1]);
    let parameters = filled(parameters, fill);
    let is_signed_in = async || {
        let silent = user.get(&request(&app, &[("prompt", "none")]).await).await;
        silent.parameter("code").is_some()
    };
    assert!(is_signed_in().await);
    let link = with_query(&format!("{}{path}", app.tenant), &borrowed(&parameters));
    let page = user.send(Method::GET, &link, &[("sec-fetch-site", from)], None).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(is_signed_in().await, !at_once);
    if !at_once {
        assert!(page.body.contains("Log out?"), "{}", page.body);
        let own = user.send(Method::GET, &link, &[("sec-fetch-site", "same-origin")], None).await;
        assert!(own.status == 200 && !is_signed_in().await, "the page's button does it");
    }
}

/// Attack: a script of another site reads what the tenant responds.
#[rstest]
#[case("/.well-known/openid-configuration")]
#[case("/.well-known/jwks.json")]
#[case("/userinfo")]
#[case("/authorize")]
#[case("/oauth/token")]
#[case("/api/v2/organizations")]
#[case("/")]
#[tokio::test]
async fn no_script_of_another_origin_may_read_a_response(#[case] path: &str) {
    let app = TestApp::with_demo_tenant();
    let preflight = [
        ("origin", app.base.as_str()),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    for method in [Method::GET, Method::OPTIONS, Method::POST] {
        let page = app.browser().send(method.clone(), &format!("{}{path}", app.tenant), &preflight, None).await;
        let allowing: Vec<_> = page.headers.keys().filter(|name| name.as_str().starts_with("access-control")).collect();
        assert!(allowing.is_empty(), "{method} {path}: {allowing:?}");
    }
}

/// Attack: the sign-in page's own field is changed on the way back, to a user whom the page did not offer.
#[tokio::test]
async fn nobody_signs_in_as_a_user_who_was_not_offered() {
    let app = TestApp::with_demo_tenant();
    // bob's id, from a page that does offer him.
    let for_bob = app.browser().get(&request(&app, &[("organization", "org2")]).await).await;
    let bob = for_bob.value_of("user-bob@org2.example");
    for user in ["", "unknown", "okta|Okta1|unknown", &bob] {
        let browser = app.browser();
        let page = browser.post(&request(&app, &[]).await, &[("user_id", user)]).await;
        assert_eq!(page.status, 200, "asked again, not sent to {:?}", page.header("location"));
        assert_eq!(browser.cookie(&app.tenant_cookie()), None, "{user:?}");
    }
}
