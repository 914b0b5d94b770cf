//! The servers, which run until a signal stops them.

use std::io;

use actix_web::dev::ServerHandle;
use futures_util::future::{LocalBoxFuture, join_all, try_join_all};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// Servers that are ready to run.
pub(crate) struct Servers {
    running: Vec<LocalBoxFuture<'static, io::Result<()>>>,
    stops: Vec<Stop>,
    interrupt: Signal,
    terminate: Signal,
}

struct Stop {
    handle: ServerHandle,
    end_streams: Box<dyn FnOnce()>,
}

impl Servers {
    /// From now on, Ctrl-C and SIGTERM do not end the process. They stop the servers once they run.
    pub(crate) fn new() -> io::Result<Self> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { running: Vec::new(), stops: Vec::new(), interrupt, terminate })
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

    /// Runs the servers until Ctrl-C or SIGTERM, and then until the requests in flight are finished.
    pub(crate) async fn run_until_stopped(self) -> io::Result<()> {
        actix_web::rt::spawn(stop_on_signal(self.interrupt, self.terminate, self.stops));
        try_join_all(self.running).await.map(drop)
    }
}

async fn stop_on_signal(mut interrupt: Signal, mut terminate: Signal, stops: Vec<Stop>) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    info!("stopping: finishing requests in flight");
    let stop = |stop: Stop| {
        let stopped = stop.handle.stop(true); // begins now, awaited or not
        (stop.end_streams)();
        stopped
    };
    join_all(stops.into_iter().map(stop)).await;
}
