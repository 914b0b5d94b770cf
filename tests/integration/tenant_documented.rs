//! What the documentation says about the demo tenant.

use std::{collections::BTreeSet, fs, path::Path};

use orglab::demo_tenant::Checkpoint;

use crate::support::{
    app::TestApp,
    browser::with_query,
    documentation::{example, page, root},
    tenant::TestTenant,
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

/// The steps with their chapters, from which a reader jumps; the checkpoints; and the faults, as the dashboard has them.
#[tokio::test]
async fn the_page_of_the_lab_has_every_step_checkpoint_and_fault_of_the_dashboard() {
    let (lab, tenant) = (page("docs/lab.md"), TestTenant::start());
    let dashboard = tenant.browser().get("/").await;
    let steps = dashboard.texts("[data-testid^=step-] .step-number");
    let rows: Vec<_> = lab.lines().filter(|line| line.contains("| click *Jump* beside ")).collect();
    let chapters: Vec<_> = rows.iter().map(|row| row["| ".len()..].split(',').next().unwrap()).collect();
    assert_eq!(chapters, steps);
    for row in rows {
        let beside = row.split("click *Jump* beside ").nth(1).unwrap().split([' ', ',']).next().unwrap();
        assert!(dashboard.text(&format!("step-{beside}")).unwrap().contains("Jump"), "no jump beside {beside}: {row}");
    }
    for checkpoint in Checkpoint::ALL {
        assert!(lab.contains(&format!("| `{checkpoint}`")), "{checkpoint}");
    }
    for fault in dashboard.texts("[data-testid^=fault-] > strong") {
        assert!(lab.contains(&format!("*{fault}*")), "{fault}");
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
