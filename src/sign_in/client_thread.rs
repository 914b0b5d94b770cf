//! A thread of the HTTP client's own, on which it opens, uses and closes its connections.
//!
//! A connection belongs to the runtime of the thread that opened it. On a worker thread, it would end with that thread,
//! in the middle of another thread's request; and while the worker is busy, nobody would notice that the provider has
//! closed a connection. This thread does nothing else, and all worker threads share its connections.

use std::{convert::Infallible, io, thread};

use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
    task::JoinSet,
};

/// The thread ends when this is dropped, and closes its connections.
pub(super) struct ClientThread {
    runtime: Handle,
    _end: oneshot::Sender<Infallible>,
}

impl ClientThread {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("http-client".to_owned()).spawn(move || {
            _ = runtime.block_on(ended); // an error: the sender is dropped
        })?;
        Ok(Self { runtime: handle, _end: end })
    }

    /// Does `work` on the thread, and aborts it if the caller stops waiting. `None` if it panics.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let mut tasks = JoinSet::new(); // which aborts its tasks when it is dropped
        tasks.spawn_on(work, &self.runtime);
        tasks.join_next().await?.ok()
    }
}
