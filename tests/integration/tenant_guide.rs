//! The guide on the demo tenant's dashboard: the lab as one timeline, with the lab's names or a seed's.

use orglab::{
    clock::Clock,
    demo_tenant::{Checkpoint, Seed},
    random::Random,
};
use rstest::rstest;
use scraper::Selector;
use serde_json::{Value, json};

use crate::support::{
    browser::Page,
    tenant::{TestTenant, request, to_organization},
};

impl Page {
    /// The states of the guide's steps, in order.
    fn states(&self) -> String {
        let steps = Selector::parse(".timeline > [data-testid^=step-]").unwrap();
        let html = self.html();
        let states: Vec<_> = html
            .select(&steps)
            .map(|step| {
                let state = step.attr("class").unwrap().strip_prefix("step ").unwrap();
                assert_eq!(step.attr("data-done"), Some(if state == "done" { "true" } else { "false" }));
                state
            })
            .collect();
        states.join(" ")
    }

    /// The text of a step, with single spaces.
    fn step(&self, number: &str) -> String {
        let text = self.text(&format!("step-{number}")).unwrap_or_else(|| panic!("no step {number}"));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl TestTenant {
    fn with_seed(seed: &Value) -> Self {
        let seed = Seed::parse(&seed.to_string(), Clock::system().now(), &Random::system()).unwrap();
        Self::with(|options| options.seed = Some(seed))
    }

    async fn dashboard(&self) -> Page {
        self.browser().get("/").await
    }

    /// Logs a user in, through the connection if there is a choice. Returns whether that succeeded.
    async fn log_in(&self, request: &str, connection: &str, email: &str) -> bool {
        let browser = self.browser();
        let mut page = browser.get(request).await;
        let connection = format!("connection-{connection}");
        if page.has(&connection) {
            page = browser.press(&page, &connection).await;
        }
        browser.press(&page, &format!("user-{email}")).await.parameter("code").is_some()
    }
}

#[rstest]
#[case(None, "prepared prepared next open open open open open open", "0 of 7 done")]
#[case(Some(Checkpoint::Login), "next open open open open open open open open", "0 of 9 done")]
#[case(Some(Checkpoint::EnterpriseConnection), "prepared next open open open open open open open", "0 of 8 done")]
#[case(Some(Checkpoint::BusinessLogin), "prepared prepared next open open open open open open", "0 of 7 done")]
#[case(Some(Checkpoint::License), "prepared prepared prepared next open open open open open", "0 of 6 done")]
#[case(
    Some(Checkpoint::SecondOrganization),
    "prepared prepared prepared prepared next open open open open",
    "0 of 5 done"
)]
#[case(
    Some(Checkpoint::Collaboration),
    "prepared prepared prepared prepared prepared prepared next open open",
    "0 of 3 done"
)]
#[case(
    Some(Checkpoint::Invited),
    "prepared prepared prepared prepared prepared prepared prepared prepared next",
    "0 of 1 done"
)]
#[tokio::test]
async fn a_jump_prepares_the_steps_before_it_and_completes_none(
    #[case] checkpoint: Option<Checkpoint>,
    #[case] states: &str,
    #[case] progress: &str,
) {
    let tenant = TestTenant::start();
    if let Some(checkpoint) = checkpoint {
        tenant.browser().confirm_at("/", &format!("checkpoint-{checkpoint}")).await;
    }
    let dashboard = tenant.dashboard().await;
    assert_eq!(dashboard.states(), states);
    assert_eq!(dashboard.texts("[aria-labelledby=lab] header p"), [progress]);

    if let Some(checkpoint) = checkpoint {
        let tenant = TestTenant::start();
        tenant.script().await.checkpoint(checkpoint.name()).await;
        assert_eq!(tenant.dashboard().await.states(), states, "by the API");
    }
    let started = TestTenant::at_checkpoint(checkpoint.unwrap_or_default()).dashboard().await.states();
    assert!(started == states || checkpoint == Some(Checkpoint::default()), "at the start: {started}");
}

#[tokio::test]
async fn states_and_jumps_are_written_in_words() {
    let tenant = TestTenant::start();
    assert!(tenant.log_in(&to_organization("org1"), "Okta1", "alice@org1.example").await);
    let dashboard = tenant.dashboard().await;
    assert_eq!(dashboard.states(), "prepared prepared done done next open open open open");
    for (step, begins_with) in
        [("2", "2 Prepared: Log in"), ("4.2", "4.2 Done: Log in"), ("6.1", "6.1 Next: Log out"), ("6.2", "6.2 Enable")]
    {
        let text = dashboard.step(step);
        assert!(text.starts_with(begins_with), "{text}");
    }
    assert!(
        dashboard.step("6.4").ends_with("Jump to the state after chapter 6.4: bob@org2.example is a member of org1")
    );
    assert!(!dashboard.step("6.3").contains("Jump"), "{}", dashboard.step("6.3"));
}

#[tokio::test]
async fn the_first_steps_are_sign_ins_without_an_organization() {
    let tenant = TestTenant::at_checkpoint(Checkpoint::EnterpriseConnection);
    tenant.script().await.checkpoint("login").await;
    assert!(
        tenant.dashboard().await.step("4.1").contains("Create the connection Okta1 and its user alice@org1.example.")
    );
    tenant.log_in(&request(&[]), "none", "carol@example.com").await;
    assert!(tenant.dashboard().await.states().starts_with("done next open"));

    tenant.script().await.checkpoint("enterprise-connection").await;
    tenant.log_in(&request(&[]), "Username-Password-Authentication", "carol@example.com").await;
    assert!(tenant.dashboard().await.states().starts_with("done next open"));
    tenant.log_in(&request(&[]), "Okta1", "alice@org1.example").await;
    let dashboard = tenant.dashboard().await;
    assert!(dashboard.states().starts_with("done done next"));
    assert!(dashboard.step("4.2").contains("Create the organization org1. Enable Okta1 for it"));
}

/// Two organizations: acme with Entra, and partner with Partner, each with one user.
fn seed() -> Value {
    json!({
        "connections": [
            {"name": "Entra", "strategy": "okta"},
            {"name": "Partner", "strategy": "okta"},
            {"name": "People", "strategy": "auth0"},
        ],
        "users": [
            {"connection": "Entra", "email": "eva@acme.example"},
            {"connection": "Partner", "email": "ohara@partner.example"},
        ],
        "organizations": [
            {
                "name": "acme",
                "enabled_connections": [{"connection": "Entra", "assign_membership_on_login": true}],
            },
            {
                "name": "partner",
                "metadata": {"license": "premium"},
                "enabled_connections": [{"connection": "Partner"}],
                "members": [{"connection": "Partner", "email": "ohara@partner.example"}],
            },
        ],
    })
}

#[tokio::test]
async fn with_a_seed_the_steps_of_the_whole_lab_name_what_is_in_the_seed() {
    let tenant = TestTenant::with_seed(&seed());
    let (admin, acme) = (tenant.browser(), to_organization("acme"));
    let (eva, ohara) = (("Entra", "eva@acme.example"), ("Partner", "ohara@partner.example"));
    let says = async |states: &str, step: &str, words: &str| {
        let dashboard = tenant.dashboard().await;
        assert_eq!(dashboard.states(), states);
        assert!(dashboard.step(step).contains(words), "{}", dashboard.step(step));
        for other in ["org1", "org2", "Okta", "alice", "bob"] {
            let steps = dashboard.texts(".timeline .step-text p, .timeline .step-text a").join(" ");
            assert!(!steps.contains(other), "{other} in {steps}");
        }
    };
    let start = "prepared prepared next open open open open open open";
    says(start, "4.2", "Next: Log in to acme as eva@acme.example.").await;
    says(start, "2", "Prepared: Log in").await;
    assert!(tenant.log_in(&acme, eva.0, eva.1).await);
    let without_license = "prepared prepared done next open open open open open";
    says(
        without_license,
        "5",
        "Set the license of acme to corporate. Log out, and log in to acme as eva@acme.example again.",
    )
    .await;
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "save-organization-acme", &[("license", "corporate")]).await;
    assert!(tenant.log_in(&acme, eva.0, eva.1).await);
    let licensed = "prepared prepared done done next open open open open";
    says(licensed, "6.1", "log in to partner as ohara@partner.example. The profile shows the license premium.").await;
    assert!(tenant.log_in(&to_organization("partner"), ohara.0, ohara.1).await);
    let both = "prepared prepared done done done next open open open";
    says(both, "6.2", "Enable Partner for acme, without auto-membership. Go to acme").await;
    admin.press_at("/", "enable-acme-Partner").await;
    let enabled = "prepared prepared done done done done next open open";
    says(enabled, "6.3", "log in to acme with Partner as ohara@partner.example. Access is denied.").await;
    assert!(!tenant.log_in(&acme, ohara.0, ohara.1).await);
    let refused = "prepared prepared done done done done done next open";
    says(refused, "6.4", "Add ohara@partner.example of Partner as a member of acme.").await;
    admin.press_at("/", "add-member-acme-ohara@partner.example").await;
    says("prepared prepared done done done done done done next", "6.5", "shows the license corporate.").await;
    assert!(tenant.log_in(&acme, ohara.0, ohara.1).await);
    says("prepared prepared done done done done done done done", "6.5", "Done").await;
}

#[rstest]
#[case::nobody("users", json!([]))]
#[case::one_organization("organizations", json!([{"name": "org1"}]))]
#[case::the_labs_names_without_connections("organizations", json!([{"name": "org1"}, {"name": "org2"}]))]
#[tokio::test]
async fn a_seed_that_does_not_fit_has_checkpoints_but_no_steps(#[case] field: &str, #[case] value: Value) {
    let mut seed = seed();
    seed["organizations"][1]["members"] = json!([]);
    seed[field] = value;
    let tenant = TestTenant::with_seed(&seed);
    let admin = tenant.browser();
    for (checkpoint, steps) in [("seed", 0), ("license", 9), ("seed", 0)] {
        admin.post(&format!("/checkpoints/{checkpoint}"), &[("confirmed", "yes")]).await;
        let dashboard = admin.get("/").await;
        assert_eq!(dashboard.test_ids("step-").len(), steps, "at {checkpoint}");
        assert_eq!(dashboard.has("no-guide"), steps == 0, "at {checkpoint}");
        assert_eq!(dashboard.test_ids("checkpoint-").len(), 8, "at {checkpoint}");
    }
}

#[tokio::test]
async fn names_from_a_seed_can_neither_write_html_nor_turn_the_sentence_around() {
    let mut seed = seed();
    let (name, email) = ("a23456789-123456789-123456789-123456789-123456789_", "דנה&amp`@חברה.example");
    let license = "<b>\"גולד\" \u{202e}";
    seed["organizations"][0]["name"] = json!(name);
    seed["organizations"][0]["metadata"] = json!({"license": license});
    seed["users"][0]["email"] = json!(email);
    let guest = "o'hara&amp`@partner.example";
    seed["users"][1]["email"] = json!(guest);
    seed["organizations"][1]["members"][0]["email"] = json!(guest);
    assert_eq!(name.len(), 50);
    let tenant = TestTenant::with_seed(&seed);
    let dashboard = tenant.dashboard().await;
    let names = dashboard.texts("[data-testid='step-5'] .step-text bdi");
    assert_eq!(names[..3], [name, email, "<b>\"גולד\""], "{names:?}");
    assert_eq!(dashboard.texts("[data-testid='step-6.1'] .step-text bdi")[..2], ["partner", guest]);
    assert_eq!(dashboard.texts(".timeline b"), Vec::<String>::new());
    assert!(
        !dashboard.body[dashboard.body.find("id=\"guide\"").unwrap()..]
            .split("</ol>")
            .next()
            .unwrap()
            .contains('\u{202e}')
    );
    assert!(tenant.log_in(&to_organization(name), "Entra", email).await);
    assert!(tenant.dashboard().await.states().starts_with("prepared prepared done done next"), "with such a license");
}

#[tokio::test]
async fn the_guide_follows_a_renamed_organization_and_asks_to_create_again_what_is_deleted() {
    let tenant = TestTenant::with_seed(&seed());
    let script = tenant.script().await;
    let acme = script.organization("acme").await;
    script.ok("PATCH", &format!("/v2/organizations/{acme}"), json!({"name": "acme-inc"})).await;
    assert!(tenant.dashboard().await.step("4.2").contains("Log in to acme-inc as eva@acme.example."));
    assert!(tenant.log_in(&to_organization("acme-inc"), "Entra", "eva@acme.example").await);
    assert!(tenant.dashboard().await.states().starts_with("prepared prepared done next"));

    script.ok("DELETE", &format!("/v2/organizations/{acme}"), Value::Null).await;
    let step = tenant.dashboard().await.step("5");
    assert!(step.contains("Create the organization acme-inc. Enable Entra for it, with auto-membership."), "{step}");
    script.ok("POST", "/v2/organizations", json!({"name": "acme-inc", "metadata": {"license": "corporate"}})).await;
    let step = tenant.dashboard().await.step("5");
    assert!(step.contains("Enable Entra for acme-inc, with auto-membership."), "{step}");

    let eva = script.user("eva@acme.example").await.replace('|', "%7C");
    script.ok("DELETE", &format!("/v2/users/{eva}"), Value::Null).await;
    assert!(tenant.dashboard().await.step("5").contains("Under Entra, create the user eva@acme.example."));
    let partner = script.connection("Partner").await;
    script.ok("DELETE", &format!("/v2/connections/{partner}"), Value::Null).await;
    let step = tenant.dashboard().await.step("6.1");
    assert!(step.contains("Create the connection Partner and its user ohara@partner.example."), "{step}");

    tenant.browser().confirm_at("/", "checkpoint-seed").await;
    assert!(tenant.dashboard().await.step("4.2").contains("Log in to acme as eva@acme.example."), "as it was");
}

#[tokio::test]
async fn before_the_refusal_the_guide_asks_to_remove_bob_if_he_is_a_member() {
    let tenant = TestTenant::start();
    let admin = tenant.browser();
    let dashboard = admin.get("/").await;
    admin.press_with(&dashboard, "enable-org1-Okta2", &[("auto_membership", "1")]).await;
    let dashboard = admin.get("/").await;
    assert!(!dashboard.step_is_done("6.2"), "it was to be without auto-membership");
    assert!(dashboard.step("6.2").contains("Turn off auto-membership of Okta2 at org1."));
    admin.press(&dashboard, "auto-membership-org1-Okta2").await;
    admin.press_at("/", "add-member-org1-bob@org2.example").await;
    let dashboard = admin.get("/").await;
    assert!(dashboard.step_is_done("6.2") && dashboard.step_is_done("6.4"));
    assert!(dashboard.step("6.3").contains("Remove bob@org2.example of Okta2 from org1. Log out, and log in"));
}
