//! When the demo tenant runs, and when it does not.

use std::fs;

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
        assert_eq!(addresses_of(tenant.listen()), ["127.0.0.1:3001", "[::1]:3001"]);
        assert!(tenant.listen().is_default);
        assert_eq!(tenant.checkpoint, Checkpoint::default());
    }
}

#[test]
fn its_issuer_has_the_port_that_it_listens_on() {
    let settings = good(&[("DEMO_TENANT_LISTEN", "127.0.0.1:4001")]);
    assert_eq!(settings.client.issuer.as_str(), "http://localhost:4001/");
}

#[rstest]
#[case::the_tenant("DEMO_TENANT_LISTEN", "0.0.0.0:3001")]
#[case::the_tenant_of_version_6("DEMO_TENANT_LISTEN", "[::]:3001")]
#[case::the_tenant_on_one_address_of_two("DEMO_TENANT_LISTEN", "127.0.0.1:3001,192.168.1.5:3001")]
#[case::the_app("APP_LISTEN", "0.0.0.0:3000")]
#[case::the_app_of_version_6("APP_LISTEN", "[::]:3000")]
#[case::the_app_in_the_house("APP_LISTEN", "192.168.1.5:3000")]
#[case::the_app_on_one_address_of_two("APP_LISTEN", "127.0.0.1:3000,192.168.1.5:3000")]
#[case::a_mapped_address("APP_LISTEN", "[::ffff:192.168.1.5]:3000")]
fn beyond_this_machine_app_and_tenant_listen_only_if_told_to(#[case] name: &str, #[case] address: &str) {
    for refused in [&[][..], &[("DEMO_TENANT_EXPOSE", "no")], &[("DEMO_TENANT_EXPOSE", " ")]] {
        let text = invalid(&[&[(name, address)], refused].concat());
        assert!(text.starts_with(&format!("{name} is {address:?}; it must be a loopback")), "{text}");
        assert!(text.contains("DEMO_TENANT_EXPOSE=yes") && text.lines().count() == 1, "{text}");
    }
    for yes in ["yes", "YES"] {
        let settings = good(&[(name, address), ("DEMO_TENANT_EXPOSE", yes)]);
        let tenant = settings.demo_tenant.expect(WITHOUT_ISSUER);
        let listen = if name == "APP_LISTEN" { &settings.app.listen } else { tenant.listen() };
        assert_eq!(addresses_of(listen).join(","), address);
        assert_eq!(settings.client.issuer.as_str(), "http://localhost:3001/");
    }
}

#[rstest]
#[case("127.0.0.2:3000")]
#[case("[::1]:3000")]
#[case("[::ffff:127.0.0.1]:3000")]
fn every_loopback_address_is_this_machine(#[case] address: &str) {
    assert_eq!(addresses_of(&good(&[("APP_LISTEN", address)]).app.listen), [address]);
    assert_eq!(addresses_of(good(&[("DEMO_TENANT_LISTEN", address)]).demo_tenant.unwrap().listen()), [address]);
}

/// Attack: as below, with a demo tenant that may be exposed.
#[test]
fn an_exposed_demo_tenant_still_wants_a_base_url_of_this_machine() {
    let exposed = [("DEMO_TENANT_EXPOSE", "yes"), ("APP_LISTEN", "0.0.0.0:3000")];
    let text = invalid(&[&exposed[..], &[("APP_BASE_URL", "https://lab.example.com")]].concat());
    assert!(text.starts_with("OIDC_ISSUER_URL must be set") && text.lines().count() == 1, "{text}");
    let text = invalid(&[&exposed[..], &[("APP_BASE_URL", "http://192.168.1.5:3000")]].concat());
    assert!(text.starts_with("APP_BASE_URL is ") && text.lines().count() == 1, "{text}");
}

#[test]
fn where_an_issuer_is_missing_that_is_named_alone() {
    let text = invalid(&[("APP_BASE_URL", "https://lab.example.com"), ("APP_LISTEN", "0.0.0.0:3000")]);
    assert!(text.starts_with("OIDC_ISSUER_URL must be set") && text.lines().count() == 1, "{text}");
}

#[rstest]
#[case::neither("DEMO_TENANT_EXPOSE", "maybe")]
#[case::a_number("DEMO_TENANT_EXPOSE", "1")]
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

const SEED_FILE: &str = r#"{"connections": [], "organizations": [
    {"name": "acme", "metadata": {"license": "gold"}}, {"name": "b", "metadata": {"license": " Premium "}},
    {"name": "c", "metadata": {"license": ""}}, {"name": "d"}, {"name": "e", "metadata": {"license": "corporate"}}
]}"#;

/// A file of the test's own.
fn file(name: &str, bytes: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("orglab-seed-{}-{name}.json", std::process::id()));
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_license_of_the_seed_that_the_app_does_not_know_is_warned_of() {
    let path = file("licenses", SEED_FILE.as_bytes());
    let warnings = good(&[("DEMO_TENANT_SEED", &path)]).demo_tenant.unwrap().warnings();
    let [acme, c] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(acme.starts_with("DEMO_TENANT_SEED: ") && acme.contains("\"acme\"") && acme.contains("\"gold\""), "{acme}");
    assert!(acme.contains("premium and corporate") && c.contains("\"c\""), "{warnings:?}");
    assert!(good(&[]).demo_tenant.unwrap().warnings().is_empty());
}

#[test]
fn a_byte_order_mark_before_the_seed_is_passed_over() {
    let path = file("mark", format!("\u{feff}{SEED_FILE}").as_bytes());
    assert!(good(&[("DEMO_TENANT_SEED", &path)]).demo_tenant.unwrap().seed.is_some());
}

#[rstest]
#[case::little_endian(&[0xff, 0xfe, b'{', 0, b'}', 0], "UTF-16")]
#[case::big_endian(&[0xfe, 0xff, 0, b'{', 0, b'}'], "UTF-16")]
#[case::little_endian_without_a_mark(&[b'{', 0, b'}', 0], "UTF-16")]
#[case::big_endian_without_a_mark(&[0, b'{', 0, b'}'], "UTF-16")]
#[case::latin_1(b"{\"connections\": [\"M\xfcnchen\"]}", "not UTF-8")]
#[case::empty(b"", "EOF")]
#[case::only_a_mark(b"\xef\xbb\xbf", "EOF")]
#[case::two_marks(b"\xef\xbb\xbf\xef\xbb\xbf{}", "line 1")]
fn a_seed_that_cannot_be_read_is_named_with_the_reason(#[case] bytes: &[u8], #[case] reason: &str) {
    let digest: u32 = bytes.iter().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    let path = file(&digest.to_string(), bytes);
    let text = invalid(&[("DEMO_TENANT_SEED", &path)]);
    assert!(text.starts_with("DEMO_TENANT_SEED is ") && text.contains(reason), "{text}");
    assert!(!reason.contains("UTF") || text.contains("save it as UTF-8"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
