//! The demo tenant.

use std::{fs, path::Path};

use url::Url;

use super::{
    listen::Listen,
    reader::Reader,
    setting::{Fallback, Setting, SettingSummary},
};
use crate::{
    clock::Clock,
    demo_tenant::{Checkpoint, ClientRegistration, Options, Seed},
    license::License,
    random::Random,
    sign_in::provider::ClientSettings,
};

pub(super) const SUMMARIES: &[SettingSummary] = &[LISTEN.summary(), CHECKPOINT.summary(), SEED.summary()];

/// The provider if no issuer is set.
pub(super) const WITHOUT_ISSUER: &str = "the demo tenant";

const LISTEN: Setting<Listen> = Setting {
    name: "DEMO_TENANT_LISTEN",
    default: Fallback::Value("127.0.0.1:3001,[::1]:3001"),
    description: "Where the demo tenant listens: loopback addresses",
    must_be: "a loopback socket address such as 127.0.0.1:3001 or [::1]:3001",
    parse: loopback,
    is_secret: false,
};
const CHECKPOINT: Setting<Checkpoint> = Setting {
    name: "DEMO_TENANT_CHECKPOINT",
    default: Fallback::Value("second-organization"),
    description: "The part of the lab after which the demo tenant starts",
    must_be: "one of login, enterprise-connection, business-login, license, second-organization, collaboration, invited",
    parse: |name| name.parse().ok(),
    is_secret: false,
};
const SEED: Setting<String> = Setting {
    name: "DEMO_TENANT_SEED",
    default: Fallback::Words("none"),
    description: "A JSON file with connections, users and organizations of your own",
    must_be: "a file with a valid seed",
    parse: |path| Some(path.to_owned()),
    is_secret: false,
};

#[derive(Clone, Debug)]
pub struct DemoTenantSettings {
    /// Loopback addresses.
    pub listen: Listen,
    checkpoint: Checkpoint,
    /// Takes precedence over the checkpoint.
    seed: Option<Seed>,
}

impl DemoTenantSettings {
    /// The tenant's issuer, which is on `localhost` whatever it listens on, and the app's client id there.
    #[expect(clippy::expect_used, reason = "any port makes a URL")]
    pub(super) fn issuer_and_client_id(&self) -> (Url, String) {
        let issuer = Url::parse(&format!("http://localhost:{}", self.listen.port())).expect("a URL");
        (issuer, ClientRegistration::CLIENT_ID.to_owned())
    }

    /// What is probably a mistake in the seed, in a sentence each: licenses that the app does not know. They may also be
    /// meant, to show what the app makes of them.
    pub fn warnings(&self) -> Vec<String> {
        let licenses = self.seed.iter().flat_map(Seed::licenses);
        let unknown = licenses.filter(|(_, license)| License::from_claim(&(*license).into()).is_none());
        let sentence = |(organization, license)| {
            format!(
                "{}: the organization {organization:?} has the license {license:?}, which the app does not know: it \
                 includes no feature. The licenses are {} and {}",
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
            port: self.listen.port(),
            client: ClientRegistration::of(&client.post_logout_redirect_uri),
            claims_namespace: client.claims_namespace.clone(),
            checkpoint: self.checkpoint,
            seed: self.seed.clone(),
        }
    }
}

/// `None` if a provider is configured. In that case, the seed is not read, and may be missing.
pub(super) fn read(reader: &mut Reader, is_provider_configured: bool) -> Option<DemoTenantSettings> {
    let listen = reader.value(&LISTEN);
    let checkpoint = reader.value_or_default(&CHECKPOINT);
    if is_provider_configured {
        return None;
    }
    let listen = listen.unwrap_or_else(|| Listen { is_default: true, ..LISTEN.default_value() });
    Some(DemoTenantSettings { listen, checkpoint, seed: seed(reader) })
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
        return Err("it is UTF-16: save it as UTF-8");
    }
    str::from_utf8(bytes).map_err(|_| "it is not UTF-8: save it as UTF-8")
}

fn loopback(text: &str) -> Option<Listen> {
    Listen::parse(text).filter(|listen| listen.addresses().iter().all(|address| address.ip().is_loopback()))
}

#[cfg(test)]
mod tests;
