//! Requests to the demo tenant's endpoints: by the methods that the standards require, from every origin that may send
//! them; and the parameters that only the tenant's own pages may send.

use orglab::demo_tenant::Checkpoint;
use reqwest::Method;
use rstest::rstest;

use crate::support::{
    browser::{Browser, Page, borrowed, encoded, filled, with_query},
    tenant::{APPLICATION, TestTenant, request, to_organization},
};

/// Where a request comes from, as browsers report it: `Sec-Fetch-Site` and `Origin`.
type From = &'static [(&'static str, &'static str)];

const CROSS_SITE: From = &[("sec-fetch-site", "cross-site"), ("origin", "https://another.example")];
const OTHER_PORT: From = &[("sec-fetch-site", "same-site"), ("origin", APPLICATION)];
/// A sandboxed page, or one that hides its origin.
const NULL: From = &[("sec-fetch-site", "cross-site"), ("origin", "null")];
const OLD_BROWSER: From = &[("origin", "https://another.example")];
const OLD_BROWSER_NULL: From = &[("origin", "null")];
const MAIL: From = &[("sec-fetch-site", "none")];

impl Browser {
    /// Follows a link on a page there. Browsers send no `Origin` with it.
    async fn get_from(&self, from: From, path: &str) -> Page {
        let headers: Vec<_> = from.iter().filter(|(name, _)| *name != "origin").copied().collect();
        self.send(Method::GET, path, &headers, None).await
    }

    /// Posts a form on a page there.
    async fn post_from(&self, from: From, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, from, Some(encoded(form))).await
    }

    /// Follows the tenant's own redirects, as requests from the same place. A GET carries the browser's cookie.
    async fn follow_from(&self, from: From, mut page: Page) -> Page {
        while let Some(to) = page.location().filter(|to| to.origin() == page.url.origin()) {
            page = self.get_from(from, to.as_str()).await;
        }
        page
    }

    async fn is_signed_in(&self) -> bool {
        let silent = request(&[("organization", "org1"), ("prompt", "none")]);
        self.get(&silent).await.parameter("code").is_some()
    }
}

/// The parameters of a request, as a form sends them.
fn form_of(request: &str) -> Vec<(String, String)> {
    let query = request.split_once('?').unwrap().1;
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// OpenID Connect Core 3.1.2.1: "Authorization Servers MUST support the use of the HTTP GET and POST methods".
#[rstest]
#[case(CROSS_SITE)]
#[case(OTHER_PORT)]
#[case(NULL)]
#[case(OLD_BROWSER)]
#[case(OLD_BROWSER_NULL)]
#[case::a_program(&[])]
#[tokio::test]
async fn an_authorization_request_may_be_posted_from_anywhere(#[case] from: From) {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    let to_org1 = to_organization("org1");
    let form = form_of(&to_org1);
    let page = browser.post_from(from, "/authorize", &borrowed(&form)).await;
    let page = browser.follow_from(from, page).await;
    let response = browser.press(&page, "user-alice@org1.example").await;
    assert_eq!(tenant.claims(&response).await["org_name"], "org1");

    // SameSite=Lax: the cookie is not sent with another site's form, but with the redirect.
    let page = tenant.browser().post_from(from, "/authorize", &borrowed(&form)).await;
    assert_eq!(page.header("set-cookie"), None, "the session stays");
    let response = browser.follow_from(from, page).await;
    assert!(response.parameter("code").is_some(), "by single sign-on: {} {:?}", response.status, response.location());
}

#[tokio::test]
async fn a_posted_request_that_is_wrong_is_refused_as_any_other() {
    let tenant = TestTenant::start();
    let browser = tenant.browser();
    for (changes, expected) in [
        (("client_id", "evil"), Err(400)),
        (("redirect_uri", "http://evil.example"), Err(403)),
        (("response_type", "token"), Ok("unsupported_response_type")),
        (("organization", "org9"), Ok("invalid_request")),
    ] {
        let mut form = form_of(&to_organization("org1"));
        form.iter_mut().filter(|(name, _)| name == changes.0).for_each(|(_, value)| changes.1.clone_into(value));
        let page = browser.post_from(CROSS_SITE, "/authorize", &borrowed(&form)).await;
        let page = browser.follow_from(CROSS_SITE, page).await;
        let error = page.location().and_then(|_| page.parameter("error")).ok_or(page.status);
        assert_eq!(error.as_deref(), expected.as_ref().copied(), "{changes:?}");
    }
}

/// Attack (login CSRF): another site's form chooses the user who signs in, or makes another choice for the user.
#[rstest]
#[tokio::test]
async fn a_form_of_another_origin_chooses_nothing(
    #[values(CROSS_SITE, OTHER_PORT, NULL, OLD_BROWSER, OLD_BROWSER_NULL)] from: From,
    #[values(false, true)] request_in_the_address: bool,
) {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let to_org1 = to_organization("org1");
    let page = tenant.browser().get(&format!("{to_org1}&chosen_connection=Okta1")).await;
    let user = page.value_of("user-alice@org1.example");
    for own in [("user_id", user.as_str()), ("cancel", "1"), ("accept", "1"), ("chosen_connection", "Okta1")] {
        let browser = tenant.browser();
        let request = form_of(&to_org1);
        let page = if request_in_the_address {
            browser.post_from(from, &to_org1, &[own]).await
        } else {
            browser.post_from(from, "/authorize", &[borrowed(&request), vec![own]].concat()).await
        };
        let page = browser.follow_from(from, page).await;
        assert_eq!((page.status, page.header("location")), (200, None), "{own:?}");
        assert_eq!(page.test_ids("connection-"), ["connection-Okta1", "connection-Okta2"], "{own:?}");
        assert_eq!(browser.cookie(&tenant.session_cookie()), None);
    }
    let form = [form_of(&request(&[])), vec![("typed_organization".to_owned(), "org1".to_owned())]].concat();
    let browser = tenant.browser();
    let page = browser.post_from(from, "/authorize", &borrowed(&form)).await;
    assert!(browser.follow_from(from, page).await.has("organization"), "the tenant still asks for the organization");
}

/// Attack: a link decides for the user what the tenant's own pages ask.
#[rstest]
#[tokio::test]
async fn a_link_from_elsewhere_chooses_nothing(#[values(CROSS_SITE, OTHER_PORT, MAIL)] from: From) {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let browser = tenant.browser();
    let choice = request(&[("organization", "org1"), ("chosen_connection", "Okta1")]);
    assert!(browser.get_from(from, &choice).await.has("connection-Okta2"));
    let typed = request(&[("typed_organization", "org1")]);
    assert!(browser.get_from(from, &typed).await.has("organization"));
}

/// Attack: a link or a form accepts an invitation for the user who opens it.
#[rstest]
#[tokio::test]
async fn an_invitation_is_accepted_by_the_button_of_its_own_page_alone(
    #[values(&[], CROSS_SITE, OTHER_PORT, MAIL, &[("sec-fetch-site", "same-origin")])] from: From,
    #[values(false, true)] signed_in: bool,
) {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let mut bob = tenant.browser();
    let page = bob.authenticate(&to_organization("org2"), "bob@org2.example").await;
    let users = tenant.browser().get(&to_organization("org2")).await;
    let bobs_id = users.value_of("user-bob@org2.example");
    assert!(page.parameter("code").is_some());
    if !signed_in {
        bob = tenant.browser();
    }
    let link = format!("{invited}&accepted_invitation=1&accept=1&user_id={}", bobs_id.replace('|', "%7C"));
    let mut pages = vec![bob.get_from(from, &link).await];
    // The button of the user selection page, which has not been shown.
    pages.push(bob.post(&link, &[("user_id", &bobs_id)]).await);
    if from.iter().any(|(_, site)| ["cross-site", "same-site"].contains(site)) {
        pages.push(bob.post_from(from, &link, &[("accept", "1"), ("user_id", &bobs_id)]).await);
    }
    for page in pages {
        let page = bob.follow_from(from, page).await;
        assert!(page.has("accept") && page.test_ids("connection-").is_empty(), "{} {:?}", page.status, page.location());
    }
    assert!(!tenant.browser().get("/").await.has("remove-member-org1-bob@org2.example"));
}

/// Attack: the holder of an invitation presses its button, and sends the next address to somebody else.
#[tokio::test]
async fn an_invitation_is_accepted_in_one_browser_alone() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let browser = tenant.browser();
    let page = browser.get(&invited).await;
    let accepted = browser.press(&page, "accept").await;
    let accepted = accepted.header("location").unwrap();
    assert!(browser.get(accepted).await.has("connection-Okta2"));
    assert!(browser.get(accepted).await.has("connection-Okta2"), "reloaded");
    assert!(tenant.browser().get(accepted).await.has("accept"));

    let script = tenant.script().await;
    let (other, org1) = (script.invite_to_org1("alice@org1.example").await, script.organization("org1").await);
    let other = request(&[("invitation", other["ticket_id"].as_str().unwrap()), ("organization", &org1)]);
    assert!(browser.get(&other).await.has("accept"), "another invitation");
}

/// Attack: tickets that were never given out, of any length and in any number, fill the tenant's memory.
#[rstest]
#[case::made_up(&[("invitation", "made-up"), ("organization", "org1")])]
#[case::long(&[("invitation", "{long}"), ("organization", "org1")])]
#[case::blank(&[("invitation", " "), ("organization", "org1")])]
#[case::of_another_organization(&[("invitation", "{ticket}"), ("organization", "org2")])]
#[case::of_an_unknown_organization(&[("invitation", "{ticket}"), ("organization", "org9")])]
#[case::of_no_organization_yet(&[("invitation", "made-up")])]
#[tokio::test]
async fn only_of_an_open_invitation_is_it_kept_who_accepted_it(
    #[case] parameters: &[(&str, &str)],
    #[values(false, true)] signed_in: bool,
    #[values("1", "as-another")] accept: &str,
) {
    let tenant = TestTenant::at_checkpoint(Checkpoint::Collaboration);
    let invited = tenant.invite_to_org1("bob@org2.example").await;
    let ticket = form_of(&invited).into_iter().find(|(name, _)| name == "invitation").unwrap().1;
    let bob = tenant.browser();
    if signed_in {
        bob.authenticate(&to_organization("org2"), "bob@org2.example").await;
    }
    let fill = |value: &str| value.replace("{ticket}", &ticket).replace("{long}", &"x".repeat(4_000));
    let page = bob.post(&request(&borrowed(&filled(parameters, fill))), &[("accept", accept)]).await;
    let is_refused = page.has("organization") || page.parameter("error").as_deref() == Some("invalid_request");
    assert!(is_refused, "{}", page.body);
    assert_eq!(page.header("set-cookie"), None, "nothing to remember the browser by");
    assert!(bob.get(&invited).await.has("accept"), "nothing was accepted");
}

/// RP-Initiated Logout 2: "OpenID Providers MUST support the use of the HTTP GET and POST methods at the Logout
/// Endpoint".
#[rstest]
#[case::same_origin(&[("sec-fetch-site", "same-origin")], "", true)]
#[case::a_program(&[], "", true)]
#[case::the_application(OTHER_PORT, "", true)]
#[case::another_site(CROSS_SITE, "", false)]
#[case::a_sandbox(NULL, "", false)]
#[case::old_browser(OLD_BROWSER, "", false)]
#[case::old_browser_null(OLD_BROWSER_NULL, "", false)]
#[case::old_browser_of_the_application(&[("origin", APPLICATION)], "", true)]
#[case::another_site_with_nonsense(CROSS_SITE, "e30.e30.", false)]
#[case::another_site_with_the_hint(CROSS_SITE, "own", true)]
#[case::a_sandbox_with_the_hint(NULL, "own", true)]
#[tokio::test]
async fn a_logout_may_be_posted_and_asks_first_where_it_comes_from_another_site_without_a_hint(
    #[case] from: From,
    #[case] hint: &str,
    #[case] at_once: bool,
    #[values(false, true)] cookie_is_kept_back: bool,
) {
    let tenant = TestTenant::start();
    let (alice, tokens) = tenant.alice().await;
    let hint = if hint == "own" { tokens["id_token"].as_str().unwrap() } else { hint };
    let form = [
        ("client_id", "orglab"),
        ("post_logout_redirect_uri", APPLICATION),
        ("state", "the-state"),
        ("id_token_hint", hint),
    ];
    let is_from_elsewhere = from.iter().any(|(_, site)| *site != "same-origin");
    let page = if cookie_is_kept_back && is_from_elsewhere {
        let page = tenant.browser().post_from(from, "/oidc/logout", &form).await; // SameSite=Lax
        assert_eq!(page.header("set-cookie"), None, "the session stays");
        page
    } else {
        alice.post_from(from, "/oidc/logout", &form).await
    };
    let left = alice.follow_from(from, page).await;
    assert_eq!(alice.is_signed_in().await, !at_once);
    let back = if at_once {
        left
    } else {
        assert!(left.body.contains("Log out?"), "{}", left.body);
        let form = left.form_of("confirm");
        assert_eq!(form.method, "get");
        let button = with_query(&form.action, &borrowed(&form.fields));
        alice.get_from(&[("sec-fetch-site", "same-origin")], &button).await
    };
    assert_eq!(back.header("location"), Some("http://localhost:3000/?state=the-state"));
    assert!(!alice.is_signed_in().await);
}

/// Attack: a link with somebody else's `client_id`, or a hint that was not issued to the client, ends a session.
#[rstest]
#[case::unknown(&[("client_id", "evil")])]
#[case::another_case(&[("client_id", "ORGLAB")])]
#[case::of_scripts(&[("client_id", "orglab-management")])]
#[case::twice(&[("client_id", "orglab"), ("client_id", "evil")])]
#[case::another_than_the_hints(&[("client_id", "orglab"), ("id_token_hint", "for another")])]
#[tokio::test]
async fn a_logout_for_a_client_that_is_none_is_refused_on_a_page(
    #[case] client: &[(&str, &str)],
    #[values("GET /oidc/logout", "POST /oidc/logout", "GET /v2/logout")] endpoint: &str,
) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.fault("wrong-audience").await;
    let (alice, for_another) = tenant.alice().await;
    let for_another = for_another["id_token"].as_str().unwrap();

    let mut parameters = vec![("post_logout_redirect_uri", APPLICATION), ("returnTo", APPLICATION)];
    parameters
        .extend(client.iter().map(|(name, value)| (*name, if *value == "for another" { for_another } else { value })));
    let (method, path) = endpoint.split_once(' ').unwrap();
    let page = if method == "GET" {
        alice.get(&with_query(path, &parameters)).await
    } else {
        alice.post(path, &parameters).await
    };
    assert_eq!((page.status, page.header("location")), (400, None), "{}", page.body);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(alice.is_signed_in().await);
}

/// Attack: another token that the tenant signed, or one for another client, is used as a hint.
#[rstest]
#[case::in_another_providers_name("wrong-issuer")]
#[case::for_another_application("wrong-audience")]
#[tokio::test]
async fn a_hint_that_is_none_of_the_tenants_for_the_client_counts_for_nothing(#[case] fault: &str) {
    let tenant = TestTenant::start();
    let script = tenant.script().await;
    script.fault(fault).await;
    let (alice, tokens) = tenant.alice().await;
    let link = with_query("/oidc/logout", &[("id_token_hint", tokens["id_token"].as_str().unwrap())]);
    let page = alice.get_from(CROSS_SITE, &link).await;
    assert!(page.body.contains("Log out?") && alice.is_signed_in().await, "{}", page.body);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_told_with_those_it_takes() {
    let tenant = TestTenant::start();
    let page = "Method not allowed";
    let json = "\"statusCode\":405";
    for (path, says) in
        [("/confirm", page), ("/checkpoints/login", page), ("/oauth/token", page), ("/api/sessions", json)]
    {
        let page = tenant.browser().get(path).await;
        assert_eq!((page.status, page.header("allow")), (405, Some("POST")), "{path}");
        assert!(page.body.contains(says), "{path}: {}", page.body);
    }
    let page = tenant.browser().post("/events", &[]).await;
    assert_eq!(page.header("allow"), Some("GET, HEAD"));
}
