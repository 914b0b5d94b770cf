//! The stores in Redis or Valkey: shared by all instances, and not lost in a restart.
//!
//! What belongs together is one transaction or one script, so that all limits and lifetimes hold, however many
//! instances write at once. Keys begin with `orglab:`. Those of sessions and revocations also name the client and its
//! provider, by [`SessionSettings::namespace`]; the organizations' data is shared.

mod connection;
mod indexes;
mod record;
mod revocations;
mod sessions;
mod workspaces;

use std::{fmt, time::Duration};

use redis::{
    Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, Pipeline,
    ProtocolVersion, RedisError, RedisResult, ScriptInvocation, TlsCertificates,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;
use tracing::warn;
use url::Url;

use self::connection::{COMMAND_TIMEOUT, Connection};
use crate::{session::SessionSettings, tls, workspace::StoreError};

/// How long a connection may be silent before the system probes it, so that a connection that a firewall has dropped is
/// replaced before a request needs it.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// How long sent bytes may stay unacknowledged, so that connections to a machine that has vanished end.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);

/// The address of Redis, with the credentials. `Display` shows only host and port.
#[derive(Clone)]
pub struct RedisAddress(ConnectionInfo);

/// Redis refuses to serve the app: trying again would not help.
#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL: {address} rejects the connection: {why}")]
pub struct CredentialsRejected {
    address: String,
    why: String,
}

impl RedisAddress {
    /// Reads `redis://` or, for TLS, `rediss://`, then `[user:password@]host[:port][/database]`.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        // The driver reads its own options from query and fragment. None of them is for users.
        let is_plain = url.query().is_none() && url.fragment().is_none();
        if !(matches!(url.scheme(), "redis" | "rediss") && is_plain) {
            return None;
        }
        let info = url.into_connection_info().ok()?;
        // With the third version of the protocol, the driver notices a lost connection before a request does.
        let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(TcpKeepalive::new().with_time(KEEPALIVE));
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(UNACKNOWLEDGED);
        Some(Self(info.set_redis_settings(redis).set_tcp_settings(tcp)))
    }

    /// Pings once. Fails only if Redis responds and refuses: if it can't be reached, it may come up later.
    pub async fn check_credentials(&self) -> Result<(), CredentialsRejected> {
        let problem = match timeout(COMMAND_TIMEOUT, self.ping()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => {
                if let Some(why) = refusal(&error) {
                    return Err(CredentialsRejected { address: self.to_string(), why });
                }
                describe(&error)
            }
            Err(_) => "the request timed out".to_owned(),
        };
        warn!("REDIS_URL: {self} can't be reached yet: {problem}");
        Ok(())
    }

    /// The driver's client. Over TLS, it trusts the same certificate authorities as HTTP does.
    fn client(&self) -> RedisResult<Client> {
        if !matches!(self.0.addr(), ConnectionAddr::TcpTls { .. }) {
            return Client::open(self.0.clone());
        }
        let trusted = TlsCertificates { client_tls: None, root_cert: Some(tls::authorities_in_pem().into_bytes()) };
        Client::build_with_tls(self.0.clone(), trusted)
    }

    async fn ping(&self) -> RedisResult<()> {
        let mut connection = self.client()?.get_multiplexed_async_connection().await?;
        Cmd::ping().exec_async(&mut connection).await
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.addr().fmt(formatter)
    }
}

/// Why Redis refuses to serve the app, if it does.
fn refusal(error: &RedisError) -> Option<String> {
    if error.kind() == ErrorKind::RESP3NotSupported {
        return Some("it is older than Redis 6".to_owned());
    }
    if error.to_string().contains("refused to switch database") {
        return Some("it has no database with the number in the URL".to_owned());
    }
    let code = error.code().filter(|code| ["NOAUTH", "WRONGPASS", "NOPERM"].contains(code))?;
    Some(format!("it returned {code}; set the user name and password that it requires"))
}

/// The error in words, without the arguments of a command: some servers repeat a command that they don't know, and a
/// password may be among its arguments.
fn describe(error: &RedisError) -> String {
    let text = error.to_string();
    text.split(", with args").next().unwrap_or_default().to_owned()
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self(describe(&error))
    }
}

/// Sessions, revocations and workspaces, over one connection that many commands share.
///
/// Its tasks run on the thread that created it, and end with that thread. So each worker thread creates its own.
#[derive(Clone)]
pub struct RedisStore {
    connection: Connection,
    idle: Duration,
    lifetime: Duration,
    revocation_lifetime: Duration,
    namespace: String,
}

impl RedisStore {
    /// Connects in the background, and tries again until it succeeds.
    ///
    /// # Panics
    /// Outside an event loop.
    #[expect(clippy::expect_used, reason = "at the start; address and certificates have been read already")]
    pub fn new(address: &RedisAddress, settings: &SessionSettings) -> Self {
        let (idle, lifetime, revocation_lifetime) = (settings.idle, settings.lifetime, settings.revocation_lifetime());
        let connection = Connection::new(address.client().expect("an address, and certificates"));
        let namespace = settings.namespace.clone();
        Self { connection, idle, lifetime, revocation_lifetime, namespace }
    }

    /// The key of something that belongs to this client at this provider.
    fn key(&self, kind: &str, id: &str) -> String {
        format!("orglab:{kind}:{}:{id}", self.namespace)
    }

    async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.connection.run(|mut connection| async move { command.query_async(&mut connection).await }).await
    }

    async fn transaction<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, StoreError> {
        self.connection.run(|mut connection| async move { commands.query_async(&mut connection).await }).await
    }

    async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        self.connection.run(|mut connection| async move { script.invoke_async(&mut connection).await }).await
    }
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError(error.to_string()))
}

/// In whole milliseconds, as Redis counts time.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
