//! The endpoints that take the demo tenant's access tokens: how they answer a request without a token, or with a bad
//! one.

use reqwest::{Method, StatusCode, header};
use rstest::rstest;

use crate::tenant_support::{TestTenant, attempt};

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
#[actix_web::test]
async fn userinfo_says_what_is_wrong_with_the_token_and_nothing_where_there_is_none(
    #[case] authorization: Option<&str>,
    #[case] form: Option<&str>,
    #[case] status: u16,
    #[case] challenge: Option<&str>,
) {
    let tenant = TestTenant::start();
    let to_org1 = attempt(&[("organization", "org1")]);
    let code = tenant.browser().sign_in(&to_org1, "Okta1", "alice@org1.example").await.answer("code").unwrap();
    let (_, tokens) = tenant.exchange(&code, &to_org1.verifier).await;
    let fill = |text: &str| text.replace("{token}", tokens["access_token"].as_str().unwrap());
    let mut browser = tenant.browser();
    let methods: &[_] = if form.is_some() { &[Method::POST] } else { &[Method::GET, Method::POST] }; // RFC 6750 2.2
    for method in methods {
        let mut request = browser.client.request(method.clone(), tenant.at("/userinfo"));
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, fill(authorization));
        }
        if let Some(form) = form {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(fill(form));
        }
        let page = browser.send("/userinfo", request).await;
        let found = page.headers.get(header::WWW_AUTHENTICATE).map(|it| it.to_str().unwrap());
        assert_eq!((page.status.as_u16(), found), (status, challenge), "{method}: {}", page.body);
        assert_eq!(page.body.contains("alice@org1.example"), status == 200);
    }
}

/// RFC 6750 3: the management API says what is missing. The token endpoint answers as Auth0's, without a challenge: a
/// client such as openid-client would report that instead of the error code.
#[actix_web::test]
async fn the_management_api_challenges_for_a_token_and_the_token_endpoint_does_not() {
    let tenant = TestTenant::start();
    let client = tenant.browser().client;
    let (list, token) = (tenant.at("/api/v2/users"), tenant.at("/oauth/token"));
    let script = [("grant_type", "client_credentials"), ("client_id", "orglab-management"), ("client_secret", "wrong")];
    let app = [("grant_type", "authorization_code"), ("client_id", "orglab"), ("code", "unknown")];
    for (request, challenge) in [
        (client.get(&list), Some("Bearer")),
        (client.get(&list).bearer_auth("unknown"), Some(r#"Bearer error="invalid_token""#)),
        (client.post(&token).form(&script), None),
        (client.post(&token).form(&app).basic_auth("orglab", Some("secret")), None),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers().get(header::WWW_AUTHENTICATE).map(|it| it.to_str().unwrap()), challenge);
    }
}
