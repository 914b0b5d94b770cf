//! The servers, which run until a signal stops them.

use std::{io, net::SocketAddr};

use actix_web::dev::ServerHandle;
use futures_util::future::{LocalBoxFuture, join_all, try_join_all};
use orglab::metrics::{self, Metrics};
use tracing::{info, warn};

use crate::sockets::Sockets;

/// How many files (mostly connections) the process may have open at once, if the system allows it. Enough for what one
/// process can serve, and far less than the billion that some systems allow.
const OPEN_FILES: u64 = 65_536;

/// Servers that are ready to run.
pub(crate) struct Servers {
    running: Vec<LocalBoxFuture<'static, io::Result<()>>>,
    stops: Vec<Stop>,
    stop_signal: LocalBoxFuture<'static, ()>,
}

struct Stop {
    handle: ServerHandle,
    end_streams: Box<dyn FnOnce()>,
}

impl Servers {
    /// From now on, Ctrl-C and SIGTERM do not end the process. They stop the servers once they run.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { running: Vec::new(), stops: Vec::new(), stop_signal: Box::pin(stop_signal()?) })
    }

    /// Adds a server. `end_streams` ends its responses that would never end by themselves.
    pub(crate) fn add(
        &mut self,
        handle: ServerHandle,
        running: impl Future<Output = io::Result<()>> + 'static,
        end_streams: impl FnOnce() + 'static,
    ) {
        self.running.push(Box::pin(running));
        self.stops.push(Stop { handle, end_streams: Box::new(end_streams) });
    }

    /// Adds the server for metrics. Returns its address.
    pub(crate) fn add_metrics(&mut self, metrics: Metrics, sockets: Sockets) -> io::Result<SocketAddr> {
        let address = sockets.listeners[0].local_addr()?;
        let server = metrics::server::serve(metrics, sockets.listeners)?;
        self.add(server.handle(), server, || ());
        Ok(address)
    }

    /// Runs the servers until Ctrl-C or SIGTERM, and then until the requests in flight are finished.
    pub(crate) async fn run_until_stopped(self) -> io::Result<()> {
        actix_web::rt::spawn(stop_on_signal(self.stop_signal, self.stops));
        try_join_all(self.running).await.map(drop)
    }
}

/// Raises the limit on open files as far as the system allows, up to [`OPEN_FILES`]. The usual limit is 1,024 (256 on
/// macOS), which that many connections would exhaust. Warns if the limit is lower than `needed`.
pub(crate) fn raise_limit_of_open_files(needed: u64) {
    match rlimit::increase_nofile_limit(OPEN_FILES) {
        Ok(limit) if limit < needed => {
            warn!("this process may open {limit} files, but may need {needed}: raise the limit (ulimit -Hn)");
        }
        Ok(_) => {}
        Err(error) => warn!("could not raise the limit on open files: {error}"),
    }
}

/// Waits for Ctrl-C or SIGTERM. They are caught as soon as this is called.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

/// Waits for Ctrl-C, or for the window to be closed or the system to shut down. They are caught as soon as this is
/// called.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut interrupt, mut close, mut shutdown) = (ctrl_c()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = close.recv() => {}, _ = shutdown.recv() => {} }
    })
}

async fn stop_on_signal(stop_signal: impl Future<Output = ()>, stops: Vec<Stop>) {
    stop_signal.await;
    info!(event = "shutdown", "shutting down: finishing requests in flight");
    let stop = |stop: Stop| {
        let stopped = stop.handle.stop(true); // begins now, awaited or not
        (stop.end_streams)();
        stopped
    };
    join_all(stops.into_iter().map(stop)).await;
}
