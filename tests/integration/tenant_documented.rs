//! What the documentation says about the demo tenant.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::{
    app::TestApp,
    browser::with_query,
    documentation::{example, page, root},
};

#[tokio::test]
async fn the_example_of_a_seed_starts_and_its_users_sign_in() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seed-of-the-documentation.json");
    fs::write(&path, example("docs/seed.md", "json")).unwrap();
    let app = TestApp::start(&[("DEMO_TENANT_SEED", path.to_str().unwrap())]);
    for (email, connection) in [("dora@acme.example", "Entra"), ("gustav@partner.example", "Partner")] {
        let browser = app.browser();
        let login = browser.get(&with_query("/login", &[("organization", "acme"), ("connection", connection)])).await;
        let users = browser.follow(login).await;
        browser.choose_user(users, email).await;
        let claims = browser.profile().await.unwrap_or_else(|| panic!("{email} is not in"));
        assert_eq!(claims["https://myapp.com/license"], "corporate");
        assert_eq!(claims["https://myapp.com/organization"], "Acme Inc.");
    }
}

#[test]
fn every_test_id_of_the_demo_tenant_is_listed() {
    let documentation = page("docs/testing.md");
    let listed: BTreeSet<_> = documentation.split('`').map(without_names).collect();
    for template in fs::read_dir(root().join("templates/demo_tenant")).unwrap() {
        let template = fs::read_to_string(template.unwrap().path()).unwrap();
        for rest in template.split("data-testid=\"").skip(1) {
            let id = rest.split('"').next().unwrap();
            assert!(listed.contains(&without_names(id)), "{id} is not in docs/testing.md");
        }
    }
}

/// A test id without the names of what stands in braces.
fn without_names(id: &str) -> String {
    let id = id.replace("{{", "{").replace("}}", "}");
    id.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect::<Vec<_>>().join("{}")
}
