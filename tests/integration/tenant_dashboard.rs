//! The dashboard of the demo tenant, and what guards it.

use reqwest::{StatusCode, header};

use crate::tenant_support::{Page, TestTenant, attempt};

#[actix_web::test]
async fn a_member_of_org2_is_refused_at_org1_until_invited() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    let enabled = admin.press(&dashboard, "enable-org1-Okta2").await;
    assert_eq!(enabled.status, StatusCode::SEE_OTHER);

    let mut bob = tenant.browser();
    let to_org1 = attempt(&[("organization", "org1")]);
    let choice = bob.get(&to_org1.path).await;
    assert_eq!(choice.test_ids("connection-"), ["connection-Okta1", "connection-Okta2"]);
    let page = bob.press(&choice, "connection-Okta2").await;
    let refused = bob.press(&page, "user-bob@org2.example").await;
    assert_eq!(refused.answer("error").as_deref(), Some("access_denied"));
    let description = refused.answer("error_description").unwrap();
    assert!(description.starts_with("user okta|Okta2|00u"), "{description}");
    assert!(description.contains(" is not part of the org_") && description.ends_with(" organization"));
    let again = bob.get(&to_org1.path).await;
    assert_eq!(again.answer("error").as_deref(), Some("access_denied"), "the session lives on, so refused at once");

    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "add-member-org1-bob@org2.example").await;
    let admitted = bob.get(&to_org1.path).await;
    let claims = tenant.claims(&admitted, &to_org1).await;
    assert_eq!(claims["https://myapp.com/license"], "corporate");
    assert_eq!(claims["https://myapp.com/organization"], "org1");

    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "remove-member-org1-bob@org2.example").await;
    assert_eq!(bob.get(&to_org1.path).await.answer("error").as_deref(), Some("access_denied"));
}

#[actix_web::test]
async fn there_is_one_button_for_each_pair() {
    let tenant = TestTenant::start();
    let page = tenant.browser().get("/").await;
    let buttons = |prefix: &str| page.test_ids(prefix);
    assert_eq!(buttons("disable-"), ["disable-org1-Okta1", "disable-org2-Okta2"]);
    assert_eq!(buttons("enable-org1-"), ["enable-org1-Username-Password-Authentication", "enable-org1-Okta2"]);
    assert_eq!(
        buttons("remove-member-"),
        ["remove-member-org1-alice@org1.example", "remove-member-org2-bob@org2.example"]
    );
    assert_eq!(buttons("add-member-org1-"), ["add-member-org1-carol@example.com", "add-member-org1-bob@org2.example"]);
}

#[actix_web::test]
async fn a_change_that_was_made_meanwhile_is_told() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "enable-org1-Okta2").await;
    let twice = admin.press(&dashboard, "enable-org1-Okta2").await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.body.contains("already enabled"));
}

#[actix_web::test]
async fn names_can_be_refused_and_usage_be_changed() {
    let tenant = TestTenant::start();
    let mut admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press(&dashboard, "organization-names-off").await;
    let refused = tenant.browser().get(&attempt(&[("organization", "org1")]).path).await;
    assert_eq!(
        refused.answer("error_description").as_deref(),
        Some("authorization request parameter organization must be an organization id")
    );
    admin.press(&dashboard, "prompt-off").await;
    let refused = tenant.browser().get(&attempt(&[]).path).await;
    assert_eq!(
        refused.answer("error_description").as_deref(),
        Some("parameter organization is required for this client")
    );
    admin.press(&dashboard, "usage-individuals").await;
    let page = tenant.browser().get(&attempt(&[]).path).await;
    assert_eq!(page.test_ids("connection-").len(), 3);
}

#[actix_web::test]
async fn posts_from_other_sites_are_refused() {
    let tenant = TestTenant::start();
    for (name, value) in [
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
    ] {
        let mut browser = tenant.browser();
        let request = browser.client.post(tenant.at("/")).header(name, value).form(&[("change", "set-usage")]);
        assert_eq!(browser.send("/", request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
}

#[actix_web::test]
async fn other_hosts_are_refused_and_other_names_of_this_machine_redirected() {
    let tenant = TestTenant::start();
    let mut browser = tenant.browser();
    let port = tenant.issuer.trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    for host in ["evil.example", &format!("evil.example:{port}"), "localhost", "localhost:1", "[::1]:1"] {
        let request = browser.client.get(tenant.at("/")).header(header::HOST, host);
        assert_eq!(browser.send("/", request).await.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    for host in ["127.0.0.1", "[::1]"] {
        let request = browser.client.get(tenant.at("/userinfo?a=b")).header(header::HOST, format!("{host}:{port}"));
        let page = browser.send("/", request).await;
        assert_eq!((page.status, page.location), (StatusCode::TEMPORARY_REDIRECT, Some(tenant.at("/userinfo?a=b"))));
    }
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let tenant = TestTenant::start();
    let mut browser = tenant.browser();
    let header =
        |page: &Page, name| page.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    for path in ["/", "/nothing", "/authorize", "/.well-known/jwks.json", &attempt(&[]).path] {
        let page = browser.get(path).await;
        let policy = header(&page, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(policy.contains("form-action 'self' http://localhost:3000"), "{path}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "cache-control"), "no-store");
        assert_eq!(header(&page, "server"), "");
    }
}
