//! When the demo tenant runs, and when it does not.

use rstest::rstest;

use super::{CHECKPOINT, Checkpoint, WITHOUT_ISSUER};
use crate::settings::{
    Settings,
    tests::{addresses_of, good, invalid},
};

#[test]
fn with_no_settings_at_all_the_lab_runs() {
    let names = Settings::summaries().map(|setting| setting.name).filter(|name| *name != "CLAIMS_NAMESPACE");
    let empty: Vec<_> = names.map(|name| (name, " ")).collect();
    for settings in [good(&[]), good(&empty)] {
        assert_eq!(settings.client.issuer.as_str(), "http://localhost:3001/");
        assert_eq!(settings.client.client_id, "orglab");
        assert_eq!(settings.client.claims_namespace, "https://myapp.com/");
        assert!(settings.client.client_secret.is_none());
        let tenant = settings.demo_tenant.expect(WITHOUT_ISSUER);
        assert_eq!(addresses_of(&tenant.listen), ["127.0.0.1:3001", "[::1]:3001"]);
        assert!(tenant.listen.is_default);
        assert_eq!(tenant.checkpoint, Checkpoint::default());
    }
}

#[test]
fn its_issuer_has_the_port_that_it_listens_on() {
    let settings = good(&[("DEMO_TENANT_LISTEN", "127.0.0.1:4001")]);
    assert_eq!(settings.client.issuer.as_str(), "http://localhost:4001/");
}

#[rstest]
#[case::not_this_machine("DEMO_TENANT_LISTEN", "0.0.0.0:3001")]
#[case::unknown("DEMO_TENANT_CHECKPOINT", "the-end")]
#[case::no_file("DEMO_TENANT_SEED", "nowhere.json")]
fn a_wrong_setting_is_named_with_what_it_holds_and_what_would_be_right(#[case] name: &str, #[case] value: &str) {
    let text = invalid(&[(name, value)]);
    assert!(text.starts_with(&format!("{name} is {value:?}; it must be ")), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn every_checkpoint_is_named_to_whoever_names_a_wrong_one() {
    assert_eq!(CHECKPOINT.must_be, format!("one of {}", Checkpoint::ALL.map(Checkpoint::name).join(", ")));
}

/// Attack: a configuration meant for a real provider loses one line, and the app signs anybody in without a password.
#[rstest]
#[case::client_id(&[("OIDC_CLIENT_ID", "app")], "OIDC_CLIENT_ID is set")]
#[case::client_secret(&[("OIDC_CLIENT_SECRET", "secret")], "OIDC_CLIENT_SECRET is set")]
#[case::public_host(&[("APP_BASE_URL", "https://lab.example.com")], "no passwords")]
#[case::public_address(&[("APP_BASE_URL", "https://192.168.1.5:3000")], "no passwords")]
fn without_an_issuer_it_stays_away_where_somebody_else_could_reach_it(
    #[case] settings: &[(&str, &str)],
    #[case] reason: &str,
) {
    let text = invalid(settings);
    assert!(text.starts_with("OIDC_ISSUER_URL must be set") && text.contains(reason), "{text}");
    assert!(!text.contains('\n'), "{text}");
}

/// Attack: somebody on the network reads codes and cookies.
#[test]
fn a_plain_http_base_url_elsewhere_is_named_alone() {
    let text = invalid(&[("APP_BASE_URL", "http://lab.example.com")]);
    assert!(text.starts_with("APP_BASE_URL is ") && !text.contains('\n'), "{text}");
}
