//! The endpoints that require the demo tenant's access tokens: how they respond to a request without a token, or with
//! an invalid one.

use reqwest::Method;
use rstest::rstest;

use crate::support::{
    browser::{borrowed, encoded},
    tenant::TestTenant,
};

/// RFC 6750 3.1: no error code without a token. OpenID Connect Core 5.3.1: GET and POST.
#[rstest]
#[case::none(None, None, 401, Some("Bearer"))]
#[case::not_a_bearers(Some("Basic b3JnbGFiOg=="), None, 401, Some("Bearer"))]
#[case::unknown(Some("Bearer unknown"), None, 401, Some(r#"Bearer error="invalid_token""#))]
#[case::unknown_in_the_form(None, Some("access_token=unknown"), 401, Some(r#"Bearer error="invalid_token""#))]
#[case::a_form_without(None, Some("a=b"), 401, Some("Bearer"))]
#[case::good(Some("Bearer {token}"), None, 200, None)]
#[case::another_case(Some("bEARER {token}"), None, 200, None)]
#[case::good_in_the_form(None, Some("access_token={token}"), 200, None)]
#[case::two_ways(Some("Bearer {token}"), Some("access_token={token}"), 400, Some(r#"Bearer error="invalid_request""#))]
#[case::twice(None, Some("access_token={token}&access_token={token}"), 400, Some(r#"Bearer error="invalid_request""#))]
#[tokio::test]
async fn userinfo_says_what_is_wrong_with_the_token_and_nothing_where_there_is_none(
    #[case] authorization: Option<&str>,
    #[case] form: Option<&str>,
    #[case] status: u16,
    #[case] challenge: Option<&str>,
) {
    let tenant = TestTenant::start();
    let (_, tokens) = tenant.alice().await;
    let browser = tenant.browser();
    let fill = |text: &str| text.replace("{token}", tokens["access_token"].as_str().unwrap());
    let headers = authorization.map(|it| ("authorization", fill(it)));
    let headers = borrowed(headers.as_slice());
    let methods: &[_] = if form.is_some() { &[Method::POST] } else { &[Method::GET, Method::POST] }; // RFC 6750 2.2
    for method in methods {
        let page = browser.send(method.clone(), "/userinfo", &headers, form.map(fill)).await;
        let found = (page.status, page.header("www-authenticate"));
        assert_eq!(found, (status, challenge), "{method}: {}", page.body);
        assert_eq!(page.body.contains("alice@org1.example"), status == 200);
    }
}

/// RFC 6750 3: the management API says what is missing. The token endpoint responds as Auth0's, without a challenge: a
/// client such as openid-client would report that instead of the error code.
#[tokio::test]
async fn the_management_api_challenges_for_a_token_and_the_token_endpoint_does_not() {
    let tenant = TestTenant::start();
    let script = [("grant_type", "client_credentials"), ("client_id", "orglab-management"), ("client_secret", "wrong")];
    let app = [("grant_type", "authorization_code"), ("client_id", "orglab"), ("code", "unknown")];
    let (list, token) = ((Method::GET, "/api/v2/users"), (Method::POST, "/oauth/token"));
    for ((method, path), authorization, form, challenge) in [
        (&list, "", &[][..], Some("Bearer")),
        (&list, "Bearer unknown", &[], Some(r#"Bearer error="invalid_token""#)),
        (&token, "", &script, None),
        (&token, "Basic b3JnbGFiOnNlY3JldA==", &app, None), // orglab:secret
    ] {
        let headers = [("authorization", authorization)];
        let headers = if authorization.is_empty() { &[] } else { &headers[..] };
        let page =
            tenant.browser().send(method.clone(), path, headers, (!form.is_empty()).then(|| encoded(form))).await;
        assert_eq!((page.status, page.header("www-authenticate")), (401, challenge), "{path}: {}", page.body);
    }
}
