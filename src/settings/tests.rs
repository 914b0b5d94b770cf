//! Each setting's default, its valid values, and the line that names a wrong one.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use rstest::rstest;

use super::*;

const PROVIDER: [(&str, &str); 2] = [("OIDC_ISSUER_URL", "https://t.example/"), ("OIDC_CLIENT_ID", "app")];

pub(super) fn read(settings: &[(&str, &str)]) -> Result<Settings, InvalidSettings> {
    Settings::read(|wanted| settings.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned()))
}

pub(super) fn good(settings: &[(&str, &str)]) -> Settings {
    read(settings).unwrap_or_else(|invalid| panic!("{invalid}"))
}

pub(super) fn invalid(settings: &[(&str, &str)]) -> String {
    read(settings).err().map(|invalid| invalid.to_string()).unwrap_or_default()
}

/// With a provider, unless they name another one.
pub(super) fn with_provider(settings: &[(&str, &str)]) -> Settings {
    good(&[settings, &PROVIDER].concat())
}

pub(super) fn invalid_with_provider(settings: &[(&str, &str)]) -> String {
    invalid(&[settings, &PROVIDER].concat())
}

pub(super) fn addresses_of(listen: &Listen) -> Vec<String> {
    listen.addresses().iter().map(ToString::to_string).collect()
}

/// What is read is shown by `--help`, and is held against the documentation there.
#[test]
fn every_setting_that_is_read_has_a_summary() {
    let names = RefCell::new(BTreeSet::new());
    for issuer in [None, Some("https://t.example/".to_owned())] {
        let _ = Settings::read(|name| {
            names.borrow_mut().insert(name.to_owned());
            issuer.clone().filter(|_| name == "OIDC_ISSUER_URL")
        });
    }
    let summaries: BTreeSet<_> = Settings::summaries().map(|setting| setting.name.to_owned()).collect();
    assert_eq!(names.into_inner(), summaries);
    assert_eq!(Settings::summaries().count(), summaries.len());
}

#[test]
fn the_defaults_are_the_labs() {
    let settings = with_provider(&[]);
    assert_eq!(settings.app.base_url.as_str(), "http://localhost:3000/");
    assert_eq!(addresses_of(&settings.app.listen), ["127.0.0.1:3000", "[::1]:3000"]);
    assert!(settings.app.listen.is_default);
    assert_eq!(settings.session.lifetime, Duration::from_secs(8 * 3600));
    assert_eq!(settings.session.idle, Duration::from_secs(3600));
    assert_eq!(settings.client.scopes, ["openid", "profile", "email"]);
    assert_eq!(settings.client.redirect_uri, "http://localhost:3000");
    assert_eq!(settings.client.post_logout_redirect_uri, "http://localhost:3000");
    assert_eq!(settings.client.claims_namespace, "https://myapp.com/");
    assert!(settings.client.client_secret.is_none());
    assert!(settings.redis.is_none() && settings.demo_tenant.is_none());
}

#[test]
fn an_empty_value_counts_as_unset_everywhere_but_in_the_namespace() {
    let provider = PROVIDER.map(|(name, _)| name);
    let names = Settings::summaries().map(|setting| setting.name).filter(|name| !provider.contains(name));
    let settings = with_provider(&names.map(|name| (name, " ")).collect::<Vec<_>>());
    assert_eq!(settings.client.redirect_uri, "http://localhost:3000");
    assert_eq!(settings.client.scopes, ["openid", "profile", "email"]);
    assert_eq!(settings.client.claims_namespace, "");
    assert!(
        invalid(&[("OIDC_ISSUER_URL", "https://t.example/"), ("OIDC_CLIENT_ID", " ")]).starts_with("OIDC_CLIENT_ID")
    );
}

#[rstest]
#[case::as_it_is("https://t.us.auth0.com/", "https://t.us.auth0.com/")]
#[case::without_the_slash("https://t.us.auth0.com", "https://t.us.auth0.com")]
#[case::bare_domain("t.us.auth0.com", "https://t.us.auth0.com")]
#[case::bare_domain_with_space_around(" t.us.auth0.com ", "https://t.us.auth0.com")]
#[case::with_a_path("https://id.example/realms/lab", "https://id.example/realms/lab")]
#[case::with_its_own_port("https://id.example:443", "https://id.example:443")]
#[case::in_upper_case("https://ID.Example/Lab", "https://ID.Example/Lab")]
#[case::percent_encoded("https://id.example/%7Elab/", "https://id.example/%7Elab/")]
#[case::discovery("https://t.us.auth0.com/.well-known/openid-configuration", "https://t.us.auth0.com")]
#[case::discovery_without_a_scheme("t.us.auth0.com/.well-known/openid-configuration", "https://t.us.auth0.com")]
#[case::discovery_below_a_path(
    "https://id.example/realms/lab/.well-known/openid-configuration",
    "https://id.example/realms/lab"
)]
#[case::discovery_with_a_slash("https://id.example/lab/.well-known/openid-configuration/", "https://id.example/lab")]
#[case::discovery_with_a_query("https://id.example/.well-known/openid-configuration?a=b", "https://id.example")]
#[case::discovery_with_a_fragment("https://id.example/.well-known/openid-configuration#a", "https://id.example")]
#[case::discovery_in_upper_case("https://id.example/.Well-Known/OpenID-Configuration", "https://id.example")]
#[case::discovery_of_oauth("https://id.example/lab/.well-known/oauth-authorization-server", "https://id.example/lab")]
#[case::discovery_of_oauth_before_the_path(
    "https://id.example/.well-known/oauth-authorization-server/lab",
    "https://id.example/lab"
)]
#[case::http_on_this_machine("http://localhost:8080", "http://localhost:8080")]
#[case::http_on_this_machine_in_upper_case("http://LocalHost:8080", "http://LocalHost:8080")]
#[case::http_on_this_machine_by_address("http://[::1]:8080", "http://[::1]:8080")]
#[case::http_on_this_machine_by_a_name_below("http://tenant.localhost:8080", "http://tenant.localhost:8080")]
fn an_issuer_is_taken_as_people_paste_it(#[case] pasted: &str, #[case] issuer: &str) {
    let settings = with_provider(&[("OIDC_ISSUER_URL", pasted)]);
    assert_eq!(settings.client.issuer.as_str(), issuer);
    assert!(settings.demo_tenant.is_none());
}

#[rstest]
#[case::http_elsewhere("OIDC_ISSUER_URL", "http://t.us.auth0.com/")]
#[case::http_at_a_name_like_localhost("OIDC_ISSUER_URL", "http://localhost.evil.example/")]
#[case::with_a_query("OIDC_ISSUER_URL", "https://t.us.auth0.com/?a=b")]
#[case::with_a_placeholder("OIDC_ISSUER_URL", "https://login.microsoftonline.com/{tenantid}/v2.0")]
#[case::with_a_placeholder_in_code("OIDC_ISSUER_URL", "https://login.microsoftonline.com/%7Btenantid%7D/v2.0")]
#[case::another_scheme("OIDC_ISSUER_URL", "ftp://t.us.auth0.com/")]
#[case::with_a_user("OIDC_ISSUER_URL", "https://me@t.us.auth0.com/")]
#[case::with_a_password("OIDC_ISSUER_URL", "https://:password@t.us.auth0.com/")]
#[case::with_a_placeholder("OIDC_ISSUER_URL", "https://login.microsoftonline.com/{tenantid}/v2.0")]
#[case::discovery_elsewhere_by_http("OIDC_ISSUER_URL", "http://id.example/.well-known/openid-configuration")]
#[case::another_word("OIDC_CLIENT_AUTH_METHOD", "basic")]
#[case::a_way_that_the_app_lacks("OIDC_CLIENT_AUTH_METHOD", "private_key_jwt")]
#[case::two_ways("OIDC_CLIENT_AUTH_METHOD", "client_secret_basic,client_secret_post")]
#[case::basic_without_a_secret("OIDC_CLIENT_AUTH_METHOD", "client_secret_basic")]
#[case::post_without_a_secret("OIDC_CLIENT_AUTH_METHOD", "client_secret_post")]
#[case::no_openid("OIDC_SCOPES", "profile email")]
#[case::no_pair("ORGANIZATION_IDS", "org1")]
#[case::no_id("ORGANIZATION_IDS", "org1=abc")]
#[case::no_name("ORGANIZATION_IDS", "=org_abc")]
#[case::a_pair_too_many("ORGANIZATION_IDS", "org1=org_abc,")]
#[case::a_name_twice("ORGANIZATION_IDS", "org1=org_abc,Org1=org_def")]
#[case::with_a_path("APP_BASE_URL", "http://localhost:3000/app")]
#[case::no_url("APP_BASE_URL", "localhost:3000")]
#[case::another_path("APP_CALLBACK_PATH", "/elsewhere")]
#[case::no_port("APP_LISTEN", "127.0.0.1")]
#[case::a_name("APP_LISTEN", "localhost:3000")]
#[case::two_ports("APP_LISTEN", "127.0.0.1:3000,[::1]:3001")]
#[case::no_unit("SESSION_TTL", "8")]
#[case::nothing("SESSION_TTL", "0s")]
#[case::for_ever("SESSION_IDLE", "2years")]
#[case::no_directive("RUST_LOG", "orglab=loud")]
#[case::no_level("RUST_LOG", "verbose")]
#[case::nearly_a_level("RUST_LOG", "warning")]
#[case::a_number_beyond("RUST_LOG", "6")]
#[case::no_level_after_one("RUST_LOG", "info,verbose")]
#[case::no_level_after_a_directive("RUST_LOG", "orglab=debug, all")]
#[case::a_module_that_does_not_log("RUST_LOG", "hyper::client")]
#[case::another_mark_between_directives("RUST_LOG", "info;orglab=debug")]
#[case::a_space_between_directives("RUST_LOG", "info orglab=debug")]
fn a_wrong_setting_is_named_with_what_it_holds_and_what_would_be_right(#[case] name: &str, #[case] value: &str) {
    let text = invalid_with_provider(&[(name, value)]);
    assert!(text.starts_with(&format!("{name} is {value:?}; it must be ")), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[rstest]
#[case::both(&[("SESSION_TTL", "30m"), ("SESSION_IDLE", "1h")], "SESSION_IDLE is \"1h\"; it must be at most SESSION_TTL, which is 30m")]
#[case::beyond_the_default(&[("SESSION_IDLE", "12h")], "SESSION_IDLE is \"12h\"; it must be at most SESSION_TTL, which is 8h")]
#[case::the_same(&[("SESSION_TTL", "2h"), ("SESSION_IDLE", "120m")], "")]
#[case::a_wrong_lifetime_is_named_alone(&[("SESSION_TTL", "soon"), ("SESSION_IDLE", "12h")], "SESSION_TTL is")]
fn a_sign_in_is_not_unused_for_longer_than_it_lasts(#[case] settings: &[(&str, &str)], #[case] said: &str) {
    let text = invalid_with_provider(settings);
    assert!(text.starts_with(said) && text.is_empty() == said.is_empty(), "{text}");
    assert!(text.lines().count() <= 1, "{text}");
}

#[test]
fn a_short_lifetime_alone_shortens_the_unused_time_too() {
    let settings = with_provider(&[("SESSION_TTL", "30m")]);
    assert_eq!(settings.session.idle, Duration::from_secs(30 * 60));
}

#[rstest]
#[case::basic(&[("OIDC_CLIENT_AUTH_METHOD", "client_secret_basic"), ("OIDC_CLIENT_SECRET", "hunter2")], "")]
#[case::post(&[("OIDC_CLIENT_AUTH_METHOD", " client_secret_post "), ("OIDC_CLIENT_SECRET", "hunter2")], "")]
#[case::none(&[("OIDC_CLIENT_AUTH_METHOD", "none")], "")]
#[case::none_with_a_secret(
    &[("OIDC_CLIENT_AUTH_METHOD", "none"), ("OIDC_CLIENT_SECRET", "hunter2")],
    "OIDC_CLIENT_AUTH_METHOD is \"none\"; it must be client_secret_basic or client_secret_post, since OIDC_CLIENT_SECRET is set"
)]
#[case::post_without_a_secret(
    &[("OIDC_CLIENT_AUTH_METHOD", "client_secret_post")],
    "OIDC_CLIENT_AUTH_METHOD is \"client_secret_post\"; it must be none, since OIDC_CLIENT_SECRET is not set"
)]
fn a_secret_is_sent_in_a_way_that_sends_one(#[case] settings: &[(&str, &str)], #[case] said: &str) {
    let text = invalid_with_provider(settings);
    assert!(text.starts_with(said) && text.is_empty() == said.is_empty(), "{text}");
    assert!(text.lines().count() <= 1 && !text.contains("hunter2"), "{text}");
}

#[rstest]
#[case("off", "off")]
#[case("Debug", "Debug")]
#[case("0", "0")]
#[case("5", "5")]
#[case("orglab", "orglab")]
#[case("orglab::sign_in", "orglab::sign_in")]
#[case("actix_router", "actix_router")]
#[case("info,actix_server=warn", "info,actix_server=warn")]
#[case("info, orglab=debug", "info,orglab=debug")]
#[case("other_crate=debug", "other_crate=debug")]
#[case("[request]=debug", "[request]=debug")]
#[case("warn,", "warn,")]
fn directives_for_the_log_are_taken(#[case] held: &str, #[case] log: &str) {
    assert_eq!(with_provider(&[("RUST_LOG", held)]).log.directives, log);
}

/// Any text can be a namespace: Auth0 takes claims of any name since July 2022.
#[rstest]
#[case("https://myapp.com/")]
#[case("urn:example:")]
#[case("myapp_")]
fn a_namespace_is_taken_as_it_is(#[case] namespace: &str) {
    assert_eq!(with_provider(&[("CLAIMS_NAMESPACE", namespace)]).client.claims_namespace, namespace);
}

#[test]
fn all_wrong_settings_are_named_at_once_a_line_each() {
    let text = invalid(&[
        ("APP_BASE_URL", "nowhere"),
        ("SESSION_TTL", "soon"),
        ("OIDC_ISSUER_URL", "https://t.example/"),
        ("APP_CALLBACK_PATH", "/back"),
        ("SESSION_SECRET", "short"),
    ]);
    let named: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let expected = ["APP_BASE_URL", "SESSION_TTL", "SESSION_SECRET", "APP_CALLBACK_PATH", "OIDC_CLIENT_ID"];
    assert_eq!(named, expected, "{text}");
}

#[rstest]
#[case::hex("abc123".repeat(22), true)]
#[case::upper_case_hex("ABCDEF".repeat(22), true)]
#[case::base64("z+/9".repeat(22), true)]
#[case::base64url_without_padding("z-_9".repeat(22), true)]
#[case::hex_of_63_bytes("ab".repeat(63), false)]
#[case::hex_of_half_a_byte("abc".repeat(43), false)]
#[case::base64_of_63_bytes("zzzz".repeat(21), false)]
#[case::no_base64("correct horse battery staple ".repeat(9), false)]
fn a_session_secret_has_64_bytes_and_is_never_shown(#[case] secret: String, #[case] is_good: bool) {
    let text = invalid_with_provider(&[("SESSION_SECRET", &secret)]);
    assert_eq!(text.is_empty(), is_good, "{text}");
    assert!(!text.contains(secret.trim()), "{text}");
}

/// Attack: whoever reads the terminal or its log learns the client's secret.
#[test]
fn a_clients_secret_is_never_shown() {
    let secret = "the client's own secret";
    let text = invalid(&[("OIDC_CLIENT_SECRET", secret), ("OIDC_ISSUER_URL", "ftp://x"), ("SESSION_TTL", "0s")]);
    assert!(!text.is_empty() && !text.contains(secret), "{text}");
    let settings = with_provider(&[("OIDC_CLIENT_SECRET", secret)]);
    assert!(!format!("{:?}", settings.client).contains(secret));
}

#[rstest]
#[case("http://127.0.0.1:4000", &["127.0.0.1:4000", "[::1]:4000"])]
#[case("http://127.0.0.5:4000", &["127.0.0.1:4000", "[::1]:4000", "127.0.0.5:4000"])]
#[case("http://app.localhost:0", &["127.0.0.1:0", "[::1]:0"])]
fn by_default_the_app_listens_where_its_base_url_leads(#[case] base_url: &str, #[case] addresses: &[&str]) {
    assert_eq!(addresses_of(&with_provider(&[("APP_BASE_URL", base_url)]).app.listen), addresses);
}

#[test]
fn with_an_https_base_url_the_app_listens_for_a_proxy() {
    let settings = with_provider(&[("APP_BASE_URL", "https://lab.example.com")]);
    assert_eq!(addresses_of(&settings.app.listen), ["127.0.0.1:3000"]);
    assert_eq!(settings.client.redirect_uri, "https://lab.example.com");
}

/// Attack: somebody on the network reads codes and cookies.
#[rstest]
#[case::name("http://lab.example.com", false)]
#[case::address("http://192.168.1.5:3000", false)]
#[case::every_address("http://0.0.0.0:3000", false)]
#[case::below_another("http://localhost.example.com:3000", false)]
#[case::this_machine("http://127.0.0.1:3000", true)]
#[case::this_machine_with_a_dot("http://localhost.:3000", true)]
#[case::this_machine_by_a_name_below("http://lab.localhost:3000", true)]
#[case::this_machine_of_version_6("http://[::1]:3000", true)]
#[case::this_machine_mapped("http://[::ffff:127.0.0.1]:3000", true)]
fn a_plain_http_base_url_is_this_machines(#[case] base_url: &str, #[case] is_good: bool) {
    let text = invalid_with_provider(&[("APP_BASE_URL", base_url)]);
    assert_eq!(text.is_empty(), is_good, "{text}");
    assert!(is_good || text.starts_with(&format!("APP_BASE_URL is {base_url:?}; it must be https")), "{text}");
    assert!(text.lines().count() <= 1, "{text}");
}

#[rstest]
#[case::none(&[], "http://localhost:3000")]
#[case::callback(&[("APP_CALLBACK_PATH", "/callback")], "http://localhost:3000/callback")]
#[case::on_another_port(&[("APP_BASE_URL", "http://localhost:4000/")], "http://localhost:4000")]
fn the_redirect_uri_is_the_base_url_character_for_character(
    #[case] settings: &[(&str, &str)],
    #[case] redirect_uri: &str,
) {
    assert_eq!(with_provider(settings).client.redirect_uri, redirect_uri);
}

#[rstest]
#[case::with_https("https://lab.example.com:0", None, "APP_BASE_URL is ")]
#[case::with_https_here("https://localhost:0", None, "APP_BASE_URL is ")]
#[case::where_to_listen_alone("http://localhost:3000", Some("127.0.0.1:0"), "APP_LISTEN is ")]
fn a_port_that_browsers_could_not_know_is_refused(
    #[case] base_url: &str,
    #[case] listen: Option<&str>,
    #[case] said: &str,
) {
    let listen: Vec<_> = listen.map(|address| ("APP_LISTEN", address)).into_iter().collect();
    let text = invalid_with_provider(&[&[("APP_BASE_URL", base_url)], &listen[..]].concat());
    assert!(text.starts_with(said) && text.contains("port") && text.lines().count() == 1, "{text}");
}

#[rstest]
#[case::both(&[("APP_BASE_URL", "http://localhost:0")], ["127.0.0.1:4567", "[::1]:4567"].as_slice(), "http://localhost:4567")]
#[case::another_name(&[("APP_BASE_URL", "http://lab.localhost:0/")], &["127.0.0.1:4567", "[::1]:4567"], "http://lab.localhost:4567")]
#[case::an_address(&[("APP_BASE_URL", "http://[::1]:0")], &["127.0.0.1:4567", "[::1]:4567"], "http://[::1]:4567")]
#[case::where_to_listen_alone(&[("APP_LISTEN", "127.0.0.1:0")], &["127.0.0.1:4567"], "http://localhost:4567")]
#[case::where_to_listen_is_told(
    &[("APP_BASE_URL", "http://localhost:0"), ("APP_LISTEN", "[::1]:4567")], &["[::1]:4567"], "http://localhost:4567"
)]
#[case::behind_a_proxy(
    &[("APP_BASE_URL", "https://lab.example.com"), ("APP_LISTEN", "127.0.0.1:0")], &["127.0.0.1:4567"], "https://lab.example.com"
)]
#[case::a_port_of_its_own(
    &[("APP_BASE_URL", "http://localhost:3000"), ("APP_LISTEN", "127.0.0.1:4567")], &["127.0.0.1:4567"], "http://localhost:3000"
)]
fn what_derives_from_a_port_follows_the_systems_choice(
    #[case] settings: &[(&str, &str)],
    #[case] listen: &[&str],
    #[case] origin: &str,
) {
    let settings = [settings, &[("APP_CALLBACK_PATH", "/callback")]].concat();
    let settings = with_provider(&settings).listening_on(4567, None);
    assert_eq!(addresses_of(&settings.app.listen), listen);
    assert_eq!(settings.app.base_url.as_str(), format!("{origin}/"));
    assert_eq!(settings.client.redirect_uri, format!("{origin}/callback"));
    assert_eq!(settings.client.post_logout_redirect_uri, origin);
    assert_eq!(settings.client.issuer.as_str(), "https://t.example/");
}

#[test]
fn the_app_listens_where_it_is_told_or_on_its_own_port() {
    let listening = |settings: &[(&str, &str)]| addresses_of(&with_provider(settings).app.listen);
    assert_eq!(listening(&[("APP_BASE_URL", "http://localhost:4000")]), ["127.0.0.1:4000", "[::1]:4000"]);
    assert_eq!(listening(&[("APP_LISTEN", "0.0.0.0:80")]), ["0.0.0.0:80"]);
}

#[rstest]
#[case("redis://localhost", "localhost:6379")]
#[case("redis://:secret@127.0.0.1:7000", "127.0.0.1:7000")]
#[case("rediss://user:s%40cret@cache.example/2", "cache.example:6379")]
#[case("redis://[::1]:7000", "::1:7000")]
fn redis_is_named_without_its_credentials(#[case] url: &str, #[case] shown: &str) {
    let settings = with_provider(&[("REDIS_URL", url), ("SESSION_SECRET", &"0f".repeat(64))]);
    assert_eq!(settings.redis.expect("an address").to_string(), shown);
}

#[rstest]
#[case::another_scheme("http://:hunter2@localhost")]
#[case::no_scheme("hunter2@localhost:6379")]
#[case::no_host("redis://:hunter2@:6379")]
#[case::a_database_that_is_no_number("redis://:hunter2@localhost/main")]
#[case::an_option_of_the_drivers("rediss://:hunter2@localhost/#insecure")]
#[case::another_option("redis://:hunter2@localhost/?protocol=resp2")]
fn a_wrong_redis_is_named_without_what_it_holds(#[case] url: &str) {
    let said = invalid_with_provider(&[("REDIS_URL", url), ("SESSION_SECRET", &"0f".repeat(64))]);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("REDIS_URL must be redis://") && !said.contains("hunter2"), "{said}");
}

#[test]
fn redis_needs_a_secret_that_the_instances_share() {
    let said = invalid_with_provider(&[("REDIS_URL", "redis://localhost")]);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("SESSION_SECRET must be set if REDIS_URL is set"), "{said}");
}
