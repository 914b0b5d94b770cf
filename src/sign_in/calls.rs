//! Tells an observer of each request to the provider, if there is one.

use std::{sync::Arc, time::Duration};

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

    pub(super) fn tell(&self, endpoint: Endpoint, outcome: CallOutcome, duration: Duration) {
        if let Some(observe) = &self.0 {
            observe(endpoint, outcome, duration);
        }
    }
}
