//! Tells an observer how sign-ins end, if there is one.

use std::sync::Arc;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use super::errors::{failure::Failure, messages::message};
use crate::metrics::{Metrics, SignInOutcome};

/// Learns what the app did with each authorization response that belongs to an attempt of the same browser. If the
/// browser sends a response again, the observer learns of it again. By default there is no observer.
#[derive(Clone, Default)]
pub struct SignInObserver(Option<Arc<Observe>>);

/// Takes the response and the outcome.
type Observe = dyn Fn(&str, &str) + Send + Sync;

impl SignInObserver {
    /// `observe` gets the response, as the query that the browser sent, and a description of what the app did with it.
    /// Keep the query secret: it has `state`, and may have a code. The description has no text from outside the app.
    pub fn from_fn(observe: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(super) fn tell(&self, response: &str, outcome: Result<(), &Failure>) {
        if let Some(observe) = &self.0 {
            observe(response, &in_words(outcome));
        }
    }
}

/// Marks a request whose sign-in has succeeded, if its session can be saved.
pub(super) struct SavedSignIn;

/// The layer around the sessions: tells the observer of a sign-in once its session is saved.
pub async fn tell_saved_sign_ins(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let request = response.request();
    if request.extensions_mut().remove::<SavedSignIn>().is_some()
        && let Some(observer) = request.app_data::<Data<SignInObserver>>()
        && let Some(metrics) = request.app_data::<Data<Metrics>>()
    {
        metrics.count_sign_in(SignInOutcome::Success);
        observer.tell(request.query_string(), Ok(()));
    }
    Ok(response)
}

fn in_words(outcome: Result<(), &Failure>) -> String {
    let Err(failure) = outcome else { return "logged the user in".to_owned() };
    let check = if let Failure::SignIn(failed) = failure { failed.record.failed_check() } else { None };
    match check {
        Some(check) => format!("refused the sign-in: {}", check.id.label()),
        None => format!("showed an error page: {}", message(failure).title),
    }
}
