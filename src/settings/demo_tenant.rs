//! The demo tenant.

use std::{fs, path::Path};

use url::Url;

use super::{
    characters,
    listen::Listen,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::{
    clock::Clock,
    demo_tenant::{Checkpoint, ClientRegistration, KeyQueue, ManagementSecret, Options, Seed},
    license::License,
    random::Random,
    sign_in::provider::ClientSettings,
};

pub(super) const SUMMARIES: &[SettingSummary] =
    &[LISTEN.summary(), EXPOSE.summary(), CHECKPOINT.summary(), SEED.summary()];

/// The provider if no issuer is set.
pub(super) const WITHOUT_ISSUER: &str = "the demo tenant";

const LISTEN: Setting<Listen> = Setting {
    name: "DEMO_TENANT_LISTEN",
    default: Fallback::Value("127.0.0.1:3001,[::1]:3001"),
    description: "The loopback addresses that the demo tenant listens on",
    must_be: "a loopback socket address such as 127.0.0.1:3001 or [::1]:3001, unless DEMO_TENANT_EXPOSE=yes",
    find_misplaced: characters::invisible,
    parse: Listen::parse,
    is_secret: false,
};
const EXPOSE: Setting<bool> = Setting {
    name: "DEMO_TENANT_EXPOSE",
    default: Fallback::Value("no"),
    description: "Whether app and tenant may listen beyond loopback (for containers)",
    must_be: "yes or no",
    find_misplaced: characters::invisible,
    parse: yes_or_no,
    is_secret: false,
};
const CHECKPOINT: Setting<Checkpoint> = Setting {
    name: "DEMO_TENANT_CHECKPOINT",
    default: Fallback::Value("second-organization"),
    description: "The checkpoint of the lab at which the demo tenant starts",
    must_be: "one of login, enterprise-connection, business-login, license, second-organization, collaboration, invited",
    find_misplaced: characters::invisible,
    parse: |name| name.parse().ok(),
    is_secret: false,
};
const SEED: Setting<String> = Setting {
    name: "DEMO_TENANT_SEED",
    default: Fallback::Words("none"),
    description: "A JSON file with your own connections, users and organizations",
    must_be: "the path to a valid seed file",
    // A file name may have any characters.
    find_misplaced: |_| None,
    parse: |path| Some(path.to_owned()),
    is_secret: false,
};

#[derive(Clone, Debug)]
pub struct DemoTenantSettings {
    listen: Listen,
    /// Whether app and tenant may listen beyond loopback.
    is_exposed: bool,
    checkpoint: Checkpoint,
    /// Takes precedence over the checkpoint.
    seed: Option<Seed>,
}

impl DemoTenantSettings {
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    pub(super) fn is_exposed(&self) -> bool {
        self.is_exposed
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.listen.set_port(port);
    }

    /// The tenant's issuer, which is on `localhost` whatever it listens on, and the app's client id there.
    #[expect(clippy::expect_used, reason = "any port makes a URL")]
    pub(super) fn issuer_and_client_id(&self) -> (Url, String) {
        let issuer = Url::parse(&format!("http://localhost:{}", self.listen.port())).expect("a URL");
        (issuer, ClientRegistration::CLIENT_ID.to_owned())
    }

    /// A sentence for each license in the seed that the app does not know. It is probably a mistake, but may be
    /// intended, to show how the app treats it.
    pub fn warnings(&self) -> Vec<String> {
        let licenses = self.seed.iter().flat_map(Seed::licenses);
        let unknown = licenses.filter(|(_, license)| License::from_claim(&(*license).into()).is_none());
        let sentence = |(organization, license)| {
            format!(
                "{}: the organization {organization:?} has the license {license:?}, which the app does not \
                 recognize, so it includes no features. The licenses are {} and {}",
                SEED.name,
                License::Premium,
                License::Corporate
            )
        };
        unknown.map(sentence).collect()
    }

    /// The options to start the tenant with.
    pub fn options(&self, client: &ClientSettings) -> Options {
        Options {
            issuer: self.issuer_and_client_id().0,
            client: ClientRegistration::of(&client.post_logout_redirect_uri),
            claims_namespace: client.claims_namespace.clone(),
            checkpoint: self.checkpoint,
            seed: self.seed.clone(),
            management_secret: ManagementSecret::Public,
            home: None,
            key_queue: KeyQueue::default(),
            plain_http: client.plain_http.clone(),
        }
    }
}

/// `None` if a provider is configured. In that case, the seed is not read, and may be missing.
pub(super) fn read(reader: &mut Reader, is_provider_configured: bool) -> Option<DemoTenantSettings> {
    let is_exposed = reader.value_or_default(&EXPOSE);
    let listen = reader.value(&LISTEN);
    if !is_exposed && listen.as_ref().is_some_and(|listen| !listen.is_loopback()) {
        reader.reject(&LISTEN, LISTEN.must_be);
    }
    let checkpoint = reader.value_or_default(&CHECKPOINT);
    if is_provider_configured {
        return None;
    }
    let listen = listen.unwrap_or_else(|| Listen { is_default: true, ..LISTEN.default_value() });
    Some(DemoTenantSettings { listen, is_exposed, checkpoint, seed: seed(reader) })
}

fn seed(reader: &mut Reader) -> Option<Seed> {
    let seed = read_seed(Path::new(&reader.value(&SEED)?));
    seed.map_err(|problem| reader.reject(&SEED, format!("{} ({problem})", SEED.must_be))).ok()
}

fn read_seed(path: &Path) -> Result<Seed, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let json = utf8(&bytes)?;
    Seed::parse(json, Clock::system().now(), &Random::system()).map_err(|error| error.to_string())
}

/// The text, without the byte order mark that some editors write before it.
fn utf8(bytes: &[u8]) -> Result<&str, &'static str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // JSON begins with two ASCII characters. In UTF-16 and UTF-32, one of their bytes is zero.
    let has_zero = bytes.iter().take(4).any(|byte| *byte == 0);
    if has_zero || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("the file is UTF-16: save it as UTF-8");
    }
    str::from_utf8(bytes).map_err(|_| "the file is not UTF-8: save it as UTF-8")
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
