//! The connection to Redis. Many commands share it, and it is replaced if the server behind it does not serve.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{
    Client, Cmd, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::{Instant, timeout};

use crate::workspace::StoreError;

/// How long one attempt to connect may take, including the handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a command may take, including the wait for a connection. A request that comes while Redis restarts succeeds
/// once Redis is back; while Redis is gone, a request fails after this time.
pub(super) const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a connected server may take to reply. It is shorter than [`COMMAND_TIMEOUT`], so that a silent server can
/// be told from a missing connection, which the driver waits for.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(900);
/// The pauses between attempts to connect: they double from the shortest to the longest. A random part of up to the
/// same length is added, so that not all instances connect at once. The app works again within a second after Redis
/// does.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// A younger connection is not replaced. So while Redis does not serve, each worker thread connects at most once in
/// this time.
const MINIMUM_AGE: Duration = Duration::from_secs(1);

/// A connection that many commands share. If it is lost, the driver connects again, until it succeeds.
///
/// A server can also respond but not serve: it has become a replica in a failover (`READONLY`), is at its memory limit
/// (`OOM`), or is still loading its data. Or it no longer responds, but a proxy before it keeps the connection open.
/// The driver keeps such connections, although the same address may lead to a server that serves. So the connection is
/// replaced after an error reply, and if no reply comes in time.
#[derive(Clone)]
pub(super) struct Connection {
    client: Client,
    config: ConnectionManagerConfig,
    current: Arc<Mutex<Current>>,
}

#[derive(Clone)]
struct Current {
    manager: ConnectionManager,
    since: Instant,
}

impl Connection {
    /// Connects in the background.
    ///
    /// # Panics
    /// Outside an event loop.
    pub(super) fn new(client: Client) -> Self {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_min_delay(SHORTEST_PAUSE)
            .set_max_delay(LONGEST_PAUSE)
            .set_number_of_retries(usize::MAX);
        let current = Arc::new(Mutex::new(connect(&client, &config)));
        Self { client, config, current }
    }

    /// Runs a command within [`COMMAND_TIMEOUT`].
    pub(super) async fn run<T, Reply: Future<Output = RedisResult<T>>>(
        &self,
        command: impl Fn(ConnectionManager) -> Reply,
    ) -> Result<T, StoreError> {
        let run = async {
            let used = self.current();
            match command(used.manager.clone()).await {
                // After any other I/O error, the driver connects again.
                Err(error) if !error.is_io_error() || error.is_timeout() => match self.replace(&used) {
                    Some(new) if is_from_replica(&error) => command(new.manager).await,
                    _ => Err(error),
                },
                outcome => outcome,
            }
        };
        match timeout(COMMAND_TIMEOUT, run).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(StoreError(format!("no response within {COMMAND_TIMEOUT:?}"))),
        }
    }

    fn current(&self) -> Current {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the connection that was used, unless it is too young. Commands in flight on it are not affected.
    /// Returns the connection that is newer, if there is one.
    fn replace(&self, used: &Current) -> Option<Current> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.since == used.since && used.since.elapsed() >= MINIMUM_AGE {
            *current = connect(&self.client, &self.config);
        }
        (current.since != used.since).then(|| current.clone())
    }
}

#[expect(clippy::expect_used, reason = "it fails only for options that are not used here")]
fn connect(client: &Client, config: &ConnectionManagerConfig) -> Current {
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), config.clone());
    let manager = manager.expect("these options go together");
    let mut first = manager.clone();
    tokio::spawn(async move { Cmd::ping().exec_async(&mut first).await });
    Current { manager, since: Instant::now() }
}

/// Whether a replica refused to write. It checks that before it executes a command, a script's first write, or any
/// command of a transaction; so nothing was written, and the command can be sent again.
fn is_from_replica(error: &RedisError) -> bool {
    error.to_string().contains("READONLY") // older servers put it into the text of a script's error
}
