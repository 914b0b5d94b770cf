//! Tells an observer of each request to the provider, if there is one.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

/// Which of the provider's endpoints a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Discovery,
    Keys,
    Token,
    Userinfo,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// A status of 200 to 299.
    Success,
    /// A status of 300 to 399: redirects are not followed.
    Redirect,
    /// A status of 400 to 499.
    ClientError,
    /// A status of 500 or more.
    ServerError,
    /// There was no connection.
    NotConnected,
    /// The response did not come in time.
    Timeout,
    /// The connection broke, or what came is too large or is not HTTP.
    Broken,
    /// Nobody waited for the response any more, for example because the browser's connection broke.
    Abandoned,
}

impl Endpoint {
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
        }
    }
}

impl CallOutcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Redirect => "redirect",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::NotConnected => "not_connected",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Abandoned => "abandoned",
        }
    }
}

/// Learns of each request to the provider: where it went, how it ended, and how long it took. By default there is no
/// observer.
#[derive(Clone, Default)]
pub struct CallObserver(Option<Arc<Observe>>);

type Observe = dyn Fn(Endpoint, CallOutcome, Duration) + Send + Sync;

impl CallObserver {
    pub fn from_fn(observe: impl Fn(Endpoint, CallOutcome, Duration) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    /// A request that begins now.
    pub(super) fn begin(&self, endpoint: Endpoint) -> Call {
        Call { observer: self.clone(), endpoint, began: Instant::now(), outcome: CallOutcome::Abandoned }
    }
}

/// A request in progress. The observer learns of it when this is dropped.
pub(super) struct Call {
    observer: CallObserver,
    endpoint: Endpoint,
    began: Instant,
    outcome: CallOutcome,
}

impl Call {
    pub(super) fn end(mut self, outcome: CallOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(observe) = &self.observer.0 {
            observe(self.endpoint, self.outcome, self.began.elapsed());
        }
    }
}
