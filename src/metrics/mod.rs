//! What is counted, for Prometheus. Label values come only from names in this code, so no request can add one.

mod labels;
pub mod server;

use std::{fmt, sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

pub use self::labels::SignInOutcome;
use self::labels::{CallLabels, RefusalLabels, STATUS_CLASSES, SignInLabels, StatusLabels};
use crate::{
    session::CountSessions,
    sign_in::{
        calls::{CallObserver, CallOutcome, Endpoint},
        response::RefusalCase,
    },
};

/// The upper bounds of the histogram's buckets, in seconds. All requests that one sign-in causes share ten seconds.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The metrics of one app, shared by its worker threads. By default they are off, and nothing is counted.
#[derive(Clone, Default)]
pub struct Metrics(Option<Arc<Counted>>);

struct Counted {
    registry: Registry,
    /// By the first digit of the status, from 1 to 5.
    responses: [Counter; STATUS_CLASSES.len()],
    sign_ins: Family<SignInLabels, Counter>,
    refusals: Family<RefusalLabels, Counter>,
    calls: Family<CallLabels, Histogram, fn() -> Histogram>,
    sessions: Option<(Gauge, Box<CountSessions>)>,
}

impl Metrics {
    /// Metrics that are on, or off. `count_sessions` is absent if the store can't count its sessions cheaply.
    pub fn if_on(is_on: bool, count_sessions: Option<Box<CountSessions>>) -> Self {
        if is_on { Self::new(count_sessions) } else { Self::default() }
    }

    fn new(count_sessions: Option<Box<CountSessions>>) -> Self {
        let mut registry = Registry::with_prefix("orglab");
        let responses = Family::<StatusLabels, Counter>::default();
        registry.register(
            "http_requests",
            "Requests to the app that got a response, by class of status",
            responses.clone(),
        );
        let sign_ins = Family::<SignInLabels, Counter>::default();
        registry.register("sign_ins", "Authorization responses, by what the app did with them", sign_ins.clone());
        let refusals = Family::<RefusalLabels, Counter>::default();
        registry.register("refusals", "Sign-ins that the provider refused, by reason", refusals.clone());
        let calls =
            Family::<CallLabels, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        let help = "Requests of the app to the provider, by endpoint and outcome";
        registry.register_with_unit("provider_request_duration", help, Unit::Seconds, calls.clone());
        let sessions = count_sessions.map(|count_sessions| {
            let sessions = Gauge::default();
            let help = "Sessions in this instance's memory that were neither logged out nor have expired";
            registry.register("sessions", help, sessions.clone());
            (sessions, count_sessions)
        });
        for outcome in SignInOutcome::ALL {
            drop(sign_ins.get_or_create(&outcome.into())); // so that it begins at 0
        }
        let responses = STATUS_CLASSES.map(|class| responses.get_or_create_owned(&class.into()));
        Self(Some(Arc::new(Counted { registry, responses, sign_ins, refusals, calls, sessions })))
    }

    /// Counts responses.
    pub fn response_observer(&self) -> Option<Arc<dyn Fn(StatusCode) + Send + Sync>> {
        let counted = self.0.clone()?;
        Some(Arc::new(move |status: StatusCode| {
            let class = usize::from(status.as_u16() / 100);
            if let Some(responses) = class.checked_sub(1).and_then(|index| counted.responses.get(index)) {
                responses.inc();
            }
        }))
    }

    /// Counts an authorization response.
    pub fn count_sign_in(&self, outcome: SignInOutcome) {
        if let Some(counted) = &self.0 {
            counted.sign_ins.get_or_create(&outcome.into()).inc();
        }
    }

    /// Counts a sign-in that the provider refused.
    pub fn count_refusal(&self, case: RefusalCase) {
        self.count_sign_in(SignInOutcome::Refused);
        if let Some(counted) = &self.0 {
            counted.refusals.get_or_create(&case.into()).inc();
        }
    }

    /// Counts requests to the provider.
    pub fn call_observer(&self) -> CallObserver {
        let Some(counted) = self.0.clone() else { return CallObserver::default() };
        CallObserver::from_fn(move |endpoint: Endpoint, outcome: CallOutcome, duration: Duration| {
            counted.calls.get_or_create(&CallLabels::of(endpoint, outcome)).observe(duration.as_secs_f64());
        })
    }

    /// All metrics, in Prometheus's text format.
    async fn text(&self) -> Result<String, fmt::Error> {
        let Some(counted) = &self.0 else { return Ok(String::new()) };
        if let Some((gauge, count_sessions)) = &counted.sessions {
            gauge.set(count_sessions().await.try_into().unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        prometheus_text::encode(&mut text, &counted.registry)?;
        Ok(text)
    }
}
