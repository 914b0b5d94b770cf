//! The environment -> the settings that the modules below own. Every mistake is named at once.

mod base_url;
pub mod dotenv;

use std::{fmt, net::SocketAddr, time::Duration};

use actix_web::cookie::Key;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::{
    clock::Clock,
    demo_tenant::{Checkpoint, Seed},
    loopback::{is_https_or_loopback, is_loopback},
    random::Random,
    session::SessionSettings,
    settings::base_url::{base_url, default_base_url},
    sign_in::{organization::OrganizationIds, provider::ClientSettings},
    store::redis::RedisAddress,
};

/// The client id that the app has at the demo tenant.
pub const DEMO_CLIENT_ID: &str = "orglab";
/// The longest lifetime of a session that makes sense.
const MAXIMUM_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// All settings.
pub struct Settings {
    /// The app's own origin.
    pub base_url: Url,
    /// Where the app listens. By default on each loopback address, `[::1]` only where there is one.
    pub listen: Listen,
    /// Sign-ins and cookies.
    pub session: SessionSettings,
    /// Where sessions and the organizations' data are kept; `None` for this process's memory.
    pub redis: Option<RedisAddress>,
    /// The app as its provider knows it.
    pub client: ClientSettings,
    /// `None` where a provider is configured.
    pub demo_tenant: Option<DemoTenantSettings>,
    /// What is logged: directives of `tracing_subscriber::EnvFilter`.
    pub log: String,
}

/// The demo tenant at its start.
#[derive(Clone, Debug)]
pub struct DemoTenantSettings {
    /// Loopback addresses.
    pub listen: Listen,
    /// The part of the lab after which it starts.
    pub checkpoint: Checkpoint,
    /// What it starts with instead.
    pub seed: Option<Seed>,
}

/// Socket addresses to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// All with the same port.
    pub addresses: Vec<SocketAddr>,
    /// Set by the user, or the default of both loopback addresses, of which `[::1]` may not exist.
    pub is_default: bool,
}

impl Listen {
    fn loopback(port: u16) -> Self {
        let addresses =
            [SocketAddr::from(([127, 0, 0, 1], port)), SocketAddr::from(([0u16, 0, 0, 0, 0, 0, 0, 1], port))];
        Self { addresses: addresses.to_vec(), is_default: true }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, SocketAddr::port)
    }
}

/// A setting that is wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidSetting {
    /// The setting's name.
    pub name: &'static str,
    /// What it holds, unless that is a secret or nothing.
    pub held: Option<String>,
    /// What would be right.
    pub right: String,
}

impl InvalidSetting {
    /// What was found, for a report.
    pub fn found(&self) -> String {
        match &self.held {
            Some(held) => format!("{} is {held:?}", self.name),
            None => format!("{} is missing, or not right", self.name),
        }
    }

    /// What to change, for a report.
    pub fn change(&self) -> String {
        format!("{} must be {}", self.name, self.right)
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.held {
            Some(held) => write!(formatter, "{} is {held:?}; it must be {}", self.name, self.right),
            None => write!(formatter, "{} must be {}", self.name, self.right),
        }
    }
}

/// All the settings that are wrong, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct InvalidSettings(pub Vec<InvalidSetting>);

/// Reads settings by name, and collects what is wrong with them.
struct Reader<L> {
    lookup: L,
    invalid: Vec<InvalidSetting>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// An empty value counts as unset.
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A value that `parse` understands; else a mistake, with what would be `right`.
    fn parsed<T>(&mut self, name: &'static str, right: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let held = self.text(name)?;
        let value = parse(&held);
        if value.is_none() {
            self.wrong(name, Some(held), right);
        }
        value
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.invalid.iter().any(|invalid| invalid.name == name)
    }

    fn wrong(&mut self, name: &'static str, held: Option<String>, right: &str) {
        self.invalid.push(InvalidSetting { name, held, right: right.to_owned() });
    }
}

impl Settings {
    /// Reads the settings from the environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_environment() -> Result<Self, InvalidSettings> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Whether the environment names a provider.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn has_issuer() -> bool {
        std::env::var("OIDC_ISSUER_URL").is_ok_and(|issuer| !issuer.trim().is_empty())
    }

    /// Reads the settings from wherever `lookup` finds them by name.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSettings> {
        let mut reader = Reader { lookup, invalid: Vec::new() };
        let base_url = base_url(&mut reader);
        let listen = listen(&mut reader, &base_url);
        let session = session(&mut reader);
        let redis = redis(&mut reader);
        let demo_tenant = demo_tenant(&mut reader, &base_url);
        let client = client(&mut reader, &base_url, demo_tenant.as_ref());
        let right = "error, warn, info, debug or trace, or directives such as info,orglab=debug";
        let log = reader.parsed("RUST_LOG", right, |text| EnvFilter::try_new(text).is_ok().then(|| text.to_owned()));
        let log = log.unwrap_or_else(|| "info,actix_server=warn".to_owned());
        let session = session.bound_to(&client.issuer, &client.client_id);
        if reader.invalid.is_empty() {
            Ok(Self { base_url, listen, session, redis, client, demo_tenant, log })
        } else {
            Err(InvalidSettings(reader.invalid))
        }
    }

    /// Whether the app is served by https, so that its cookies are for https alone.
    pub fn is_secure(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

fn listen(reader: &mut Reader<impl Fn(&str) -> Option<String>>, base_url: &Url) -> Listen {
    let right = "a socket address such as 127.0.0.1:3000 or [::1]:3000";
    let default = if base_url.scheme() == "https" {
        Listen { addresses: vec![SocketAddr::from(([127, 0, 0, 1], 3000))], is_default: false }
    } else {
        Listen::loopback(base_url.port_or_known_default().unwrap_or(3000))
    };
    reader.parsed("APP_LISTEN", right, addresses).unwrap_or(default)
}

/// One socket address, or several with commas between them and one port.
fn addresses(text: &str) -> Option<Listen> {
    let addresses: Vec<SocketAddr> =
        text.split(',').map(|address| address.trim().parse()).collect::<Result<_, _>>().ok()?;
    let is_one_port = addresses.iter().all(|address| address.port() == addresses[0].port());
    is_one_port.then_some(Listen { addresses, is_default: false })
}

fn session(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> SessionSettings {
    let right = "a duration of up to a year, such as 8h or 30m";
    let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
    let lifetime = reader.parsed("SESSION_TTL", right, duration).unwrap_or(hours(8));
    let idle = reader.parsed("SESSION_IDLE", right, duration);
    if idle.is_some_and(|idle| idle > lifetime) && !reader.is_wrong("SESSION_TTL") {
        let right = format!("at most SESSION_TTL, which is {}", humantime::format_duration(lifetime));
        reader.wrong("SESSION_IDLE", reader.text("SESSION_IDLE"), &right);
    }
    let idle = idle.unwrap_or(lifetime.min(hours(1)));
    let key = match reader.text("SESSION_SECRET").map(|text| secret(&text)) {
        None => Key::generate(),
        Some(Some(bytes)) => Key::from(&bytes),
        Some(None) => {
            let right = "at least 64 random bytes, in hex or base64: `openssl rand -hex 64` makes them";
            reader.wrong("SESSION_SECRET", None, right);
            Key::generate()
        }
    };
    SessionSettings { lifetime, idle, key, namespace: String::new() }
}

fn duration(text: &str) -> Option<Duration> {
    let duration = humantime::parse_duration(text).ok()?;
    (Duration::from_secs(1)..=MAXIMUM_LIFETIME).contains(&duration).then_some(duration)
}

/// Hex if it has only hex digits, else base64, in either alphabet.
fn secret(text: &str) -> Option<Vec<u8>> {
    let bytes = if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?
    } else {
        BASE64
            .decode(text.as_bytes())
            .or_else(|_| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()))
            .ok()?
    };
    (bytes.len() >= 64).then_some(bytes)
}

/// What it holds is never shown: a password may be in it, wherever in a wrong one.
fn redis(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> Option<RedisAddress> {
    let text = reader.text("REDIS_URL")?;
    let address = RedisAddress::parse(&text);
    if address.is_none() {
        let right = "redis://[user:password@]host[:port][/database], or rediss://… for TLS";
        reader.wrong("REDIS_URL", None, right);
    }
    if reader.text("SESSION_SECRET").is_none() {
        let right = "set with REDIS_URL, to the same for all instances: one opens the cookies that another has sealed";
        reader.wrong("SESSION_SECRET", None, right);
    }
    address
}

/// The demo tenant has no passwords, so it is there for this machine alone, and only where nothing speaks for another
/// provider.
fn demo_tenant(reader: &mut Reader<impl Fn(&str) -> Option<String>>, base_url: &Url) -> Option<DemoTenantSettings> {
    let right = "a loopback socket address such as 127.0.0.1:3001 or [::1]:3001";
    let loopback =
        |text: &str| addresses(text).filter(|listen| listen.addresses.iter().all(|address| address.ip().is_loopback()));
    let listen = reader.parsed("DEMO_TENANT_LISTEN", right, loopback);
    let right = format!("one of {}", Checkpoint::ALL.map(Checkpoint::name).join(", "));
    let checkpoint = reader.parsed("DEMO_TENANT_CHECKPOINT", &right, |name| name.parse().ok());
    if reader.text("OIDC_ISSUER_URL").is_some() {
        return None;
    }
    let seed = seed(reader);
    let set = ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"].into_iter().find(|name| reader.text(name).is_some());
    if let Some(name) = set {
        let right = format!("set to your provider's domain, since {name} is set; or unset that, for the demo tenant");
        reader.wrong("OIDC_ISSUER_URL", None, &right);
    } else if !is_loopback(base_url) {
        let right = "set to your provider's domain: the demo tenant has no passwords, and is there only where \
                     APP_BASE_URL is a loopback host";
        reader.wrong("OIDC_ISSUER_URL", None, right);
    }
    let listen = listen.unwrap_or_else(|| Listen::loopback(3001));
    Some(DemoTenantSettings { listen, checkpoint: checkpoint.unwrap_or_default(), seed })
}

fn seed(reader: &mut Reader<impl Fn(&str) -> Option<String>>) -> Option<Seed> {
    let path = reader.text("DEMO_TENANT_SEED")?;
    let json = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let seed = json.and_then(|json| {
        Seed::parse(&json, Clock::system().now(), &Random::system()).map_err(|error| error.to_string())
    });
    seed.map_err(|problem| {
        reader.wrong("DEMO_TENANT_SEED", Some(path), &format!("a file with a good seed ({problem})"));
    })
    .ok()
}

fn client(
    reader: &mut Reader<impl Fn(&str) -> Option<String>>,
    base_url: &Url,
    demo_tenant: Option<&DemoTenantSettings>,
) -> ClientSettings {
    let base = base_url.origin().ascii_serialization();
    let right = "empty, for the base URL itself, or /callback";
    let path = |path: &str| ["/", "/callback"].contains(&path).then(|| path.to_owned());
    let callback_path = reader.parsed("APP_CALLBACK_PATH", right, path).unwrap_or_default();
    let right = "scopes with spaces between them, among them openid";
    let scopes = |text: &str| {
        let scopes: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        scopes.iter().any(|scope| scope == "openid").then_some(scopes)
    };
    let scopes = reader.parsed("OIDC_SCOPES", right, scopes);
    let right = "names and ids such as org1=org_9EbbZ2vF,org2=org_aB3dE5fG";
    let organization_ids = reader.parsed("ORGANIZATION_IDS", right, organization_ids).unwrap_or_default();
    // Any text will do: a tenant may name its claims as it likes (urn:example:, myapp_), and Auth0 has taken names that are
    // no URLs since July 2022. Empty means the bare names here, so emptiness can't count as unset.
    let claims_namespace =
        (reader.lookup)("CLAIMS_NAMESPACE").map_or("https://myapp.com/".to_owned(), |text| text.trim().to_owned());
    let right = "your provider's domain, such as https://my-tenant.us.auth0.com; http only for a loopback host";
    let issuer = reader.parsed("OIDC_ISSUER_URL", right, issuer);
    let client_id = reader.text("OIDC_CLIENT_ID");
    let (issuer, client_id) = match demo_tenant {
        Some(demo_tenant) => (demo_issuer(demo_tenant.listen.port()), DEMO_CLIENT_ID.to_owned()),
        None => (issuer.unwrap_or_else(default_base_url), client_id.unwrap_or_default()),
    };
    if client_id.is_empty() {
        reader.wrong("OIDC_CLIENT_ID", None, "set to the client id that your provider gave the app");
    }
    ClientSettings {
        issuer,
        client_id,
        client_secret: reader.text("OIDC_CLIENT_SECRET").map(SecretString::from),
        scopes: scopes.unwrap_or_else(|| ["openid", "profile", "email"].map(str::to_owned).to_vec()),
        redirect_uri: format!("{base}{callback_path}"),
        post_logout_redirect_uri: base,
        organization_ids,
        claims_namespace,
    }
}

/// The issuer of the demo tenant that listens on `port`.
fn demo_issuer(port: u16) -> Url {
    let mut url = default_base_url();
    // It fails only for URLs without a host.
    let _ = url.set_port(Some(port));
    url
}

/// An issuer as people paste it: with or without the slash, or the bare domain.
fn issuer(text: &str) -> Option<Url> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&text).ok()?;
    let is_issuer = url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && is_https_or_loopback(&url);
    is_issuer.then_some(url)
}

fn organization_ids(text: &str) -> Option<OrganizationIds> {
    let pair = |pair: &str| {
        let (name, id) = pair.split_once('=')?;
        let (name, id) = (name.trim(), id.trim());
        (!name.is_empty() && id.starts_with("org_")).then(|| (name.to_owned(), id.to_owned()))
    };
    text.split(',').map(pair).collect::<Option<Vec<_>>>().map(OrganizationIds::new)
}

#[cfg(test)]
mod tests;
