//! Names in the environment that are nearly a setting's. They have no effect, which is hard to notice.

use strsim::osa_distance;

/// Variables of other programs whose names are nearly a setting's.
const FALSE_FRIENDS: [&str; 2] = ["RUSTC_LOG", "SESSION_SECURE"];
/// In names of at least this many letters, two may be wrong. In shorter ones, that would be another word: `REDIS_SSL`
/// is not `REDIS_URL`.
const LONG: usize = 12;
/// The longest last word that somebody may leave out, as in `OIDC_ISSUER`.
const SHORT_WORD: usize = 3;

/// The setting whose name is nearly `name`. `None` if there is none, or if `name` is itself a setting.
pub(super) fn setting_meant(name: &str, settings: impl Iterator<Item = &'static str> + Clone) -> Option<&'static str> {
    // On Windows, names of variables are case-insensitive.
    let is_read = |setting: &str| setting == name || (cfg!(windows) && setting.eq_ignore_ascii_case(name));
    if settings.clone().any(is_read) || FALSE_FRIENDS.contains(&name) {
        return None;
    }
    let distances = settings.filter_map(|setting| Some((distance(name, setting)?, setting)));
    distances.min_by_key(|(distance, _)| *distance).map(|(_, setting)| setting)
}

/// How many letters differ, ignoring case and punctuation. `None` if too many do.
fn distance(name: &str, setting: &str) -> Option<usize> {
    let (letters, expected) = (letters(name), letters(setting));
    let distance = osa_distance(&letters, &expected);
    let allowed = if letters.len().min(expected.len()) < LONG { 1 } else { 2 };
    (distance <= allowed || lacks_last_word(name, setting)).then_some(distance)
}

fn letters(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).collect::<String>().to_uppercase()
}

fn lacks_last_word(name: &str, setting: &str) -> bool {
    let rest = setting.strip_prefix(&name.to_uppercase()).and_then(|rest| rest.strip_prefix('_'));
    name.contains('_') && rest.is_some_and(|word| word.len() <= SHORT_WORD)
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    fn meant(name: &str) -> Option<&'static str> {
        super::setting_meant(name, Settings::summaries().map(|setting| setting.name))
    }

    #[rstest::rstest]
    #[case("ORGANISATION_IDS", "ORGANIZATION_IDS")]
    #[case("ORGANIZATION_ID", "ORGANIZATION_IDS")]
    #[case("ORGANIZATIONS_IDS", "ORGANIZATION_IDS")]
    #[case("OIDC_CLIENTSECRET", "OIDC_CLIENT_SECRET")]
    #[case("OIDC_CLIENT_SECRETE", "OIDC_CLIENT_SECRET")]
    #[case("OIDC_CLIENT_SECERT", "OIDC_CLIENT_SECRET")]
    #[case("OIDC_CLIENT", "OIDC_CLIENT_ID")]
    #[case("OIDC_CLIENTID", "OIDC_CLIENT_ID")]
    #[case("OICD_CLIENT_ID", "OIDC_CLIENT_ID")]
    #[case("oidc_client_id", "OIDC_CLIENT_ID")]
    #[case("OIDC-CLIENT-ID", "OIDC_CLIENT_ID")]
    #[case("oidc.client.id", "OIDC_CLIENT_ID")]
    #[case("oidcClientId", "OIDC_CLIENT_ID")]
    #[case("OIDC_ISSUER", "OIDC_ISSUER_URL")]
    #[case("oidc_issuer", "OIDC_ISSUER_URL")]
    #[case("OIDC_ISSUER_URI", "OIDC_ISSUER_URL")]
    #[case("OIDC_ISUER_URL", "OIDC_ISSUER_URL")]
    #[case("OIDC_SCOPE", "OIDC_SCOPES")]
    #[case("APP_BASEURL", "APP_BASE_URL")]
    #[case("APP_BASE_URI", "APP_BASE_URL")]
    #[case("APP_BASE", "APP_BASE_URL")]
    #[case("App_Base_Url", "APP_BASE_URL")]
    #[case("APP_CALLBACKPATH", "APP_CALLBACK_PATH")]
    #[case("APP_LISTENS", "APP_LISTEN")]
    #[case("CLAIM_NAMESPACE", "CLAIMS_NAMESPACE")]
    #[case("REDIS_URI", "REDIS_URL")]
    #[case("REDISURL", "REDIS_URL")]
    #[case("SESSION_SECRETS", "SESSION_SECRET")]
    #[case("SESION_SECRET", "SESSION_SECRET")]
    #[case("SESSIONTTL", "SESSION_TTL")]
    #[case("RUST_LOGS", "RUST_LOG")]
    #[cfg_attr(feature = "demo-tenant", case("DEMO_TENANT_SEEDS", "DEMO_TENANT_SEED"))]
    #[cfg_attr(feature = "demo-tenant", case("DEMOTENANT_LISTEN", "DEMO_TENANT_LISTEN"))]
    fn a_name_that_is_nearly_a_settings_is_told(#[case] name: &str, #[case] setting: &str) {
        assert_eq!(meant(name), Some(setting));
    }

    /// What desktops, shells, build systems, containers and other programs put into the environment.
    #[test]
    fn the_names_of_others_are_passed_over() {
        let others = "
            SESSION_MANAGER SESSION_ID SESSION_TYPE SESSION_SECURE SESSION_URL SESSION_DRIVER SESSION_LIFETIME SESSION_KEY
            SESSION_NAME SESSION_COOKIE SESSION_SECRET_KEY SESSION_SECURE_COOKIE SESSIONNAME DESKTOP_SESSION SESSION
            XDG_SESSION_ID XDG_SESSION_TYPE GNOME_DESKTOP_SESSION_ID DBUS_SESSION_BUS_ADDRESS
            APP_NAME APP_ENV APP_KEY APP_URL APP_DEBUG APP_PORT APP_HOST APP_SECRET APP_VERSION APP_PATH APP_ROOT APP_HOME
            APP_LOG APP_ID APP_USER APP_DIR APP_BASE_DIR APP_BASE_PATH APP_SERVICE_HOST APP_SERVICE_PORT APP_PORT_3000_TCP
            LOG_LEVEL LOG_FILE LOGNAME LOG_DIR RUST_BACKTRACE RUST_LOG_STYLE RUST_LIB_BACKTRACE RUST_MIN_STACK RUST_TEST_THREADS
            RUSTC_LOG RUSTFLAGS RUSTUP_HOME RUSTC_WRAPPER RUST_VERSION CARGO_LOG CARGO_HOME CARGO_PKG_NAME JAVA_HOME
            REDIS REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_USERNAME REDIS_USER REDIS_DB REDIS_SSL REDIS_TLS REDIS_TTL
            REDIS_TLS_URL REDIS_URL_FILE REDIS_NAME REDIS_SERVICE_HOST REDIS_SERVICE_PORT REDIS_PORT_6379_TCP
            REDIS_PORT_6379_TCP_ADDR REDIS_ENV_REDIS_VERSION REDIS_AUTH REDIS_CLIENT REDIS_CLUSTER REDIS_PREFIX
            OIDC OIDC_PROVIDER OIDC_NAME OIDC_ENABLED OIDC_REDIRECT_URI OIDC_CALLBACK_URL OIDC_AUTH_URL OIDC_TOKEN_URL
            OIDC_CLIENT_NAME OIDC_CLIENT_ID_FILE OIDC_CLIENT_SECRET_FILE OIDC_AUDIENCE OIDC_USERNAME_CLAIM OIDC_LOGOUT_URL
            OIDC_DISCOVERY_URL OIDC_URL OIDC_TOKEN OIDC_CLIENT_KEY OIDC_CLIENT_SCOPE OIDC_JWKS_URL OIDC_RESPONSE_TYPE
            ACTIONS_ID_TOKEN_REQUEST_URL CI_JOB_JWT GITHUB_TOKEN ORGANIZATION ORGANIZATION_NAME ORGANIZATION_URL ORG_ID
            CLIENT_ID CLIENT_SECRET ISSUER_URL BASE_URL LISTEN_PID LISTEN_FDS AUTH0_DOMAIN AUTH0_CLIENT_ID VITE_OIDC_CLIENT_ID
            CLAIMS NAMESPACE POD_NAMESPACE TENANT_ID DEMO DEMO_MODE DEMO_TENANT DATABASE_URL PATH HOME PWD SHELL TERM USER
            LANG HOSTNAME EDITOR DISPLAY COLORTERM HTTP_PROXY https_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR TZ _";
        for name in others.split_whitespace() {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn a_setting_is_not_taken_for_another() {
        for setting in Settings::summaries() {
            assert_eq!(meant(setting.name), None);
        }
    }
}
