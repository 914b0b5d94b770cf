//! The error page, and the layers that turn failures into it.

use actix_session::storage::{SaveError, UpdateError};
use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{self, HeaderName},
    middleware::Next,
};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use super::{failure::Failure, message::ErrorMessage, messages::message};
use crate::{
    license::License,
    pages::{
        Layout,
        links::{front_page_url, login_url},
        render, see_other,
        times::TimeView,
        trace::view::{CheckView, TraceView},
        wants_json,
    },
    reference::Reference,
    sign_in::{attempt::Destination, error::SignInError, exchange::ExchangeError, record::Record, response::Refusal},
    text::shorten,
    workspace::StoreError,
};

/// How much of the provider's `error` and `error_description` is shown, in characters.
const MAXIMUM_SHOWN: usize = 500;

#[derive(Serialize)]
struct ErrorPage {
    layout: Layout,
    status: u16,
    /// The status in words (RFC 9110, 15).
    reason: &'static str,
    #[serde(flatten)]
    message: ErrorMessage,
    #[serde(flatten)]
    attempt: AttemptView,
    reference: String,
    /// The note that was not posted.
    typed: Option<String>,
    /// The licenses that include the feature that was refused, if one was.
    licenses: Option<Vec<License>>,
    is_sign_in: bool,
    /// The id of the organization's card on the demo tenant's dashboard, if what has to change is there.
    card: Option<String>,
}

/// The attempt to sign in that failed, if one did.
#[derive(Default, Serialize)]
struct AttemptView {
    /// The provider's own words.
    error: Option<String>,
    description: Option<String>,
    organization: Option<String>,
    organization_name: Option<String>,
    refused_before: Option<TimeView>,
    check: Option<CheckView>,
    trace: Option<TraceView>,
    /// The address that starts another attempt.
    try_again: Option<String>,
    /// The same without an organization.
    continue_without_organization: Option<String>,
}

/// The page or, for a client that asks for JSON, the problem details (RFC 9457) of a failure.
pub fn respond(request: &HttpRequest, failure: &Failure, reference: &Reference) -> HttpResponse {
    if let Failure::NotSignedIn { return_to } | Failure::SessionEnded { return_to } = failure
        && !wants_json(request)
    {
        return see_other(&front_page_url(return_to.as_ref()));
    }
    let Ok(page) = ErrorPage::new(request, failure, reference) else {
        return HttpResponse::InternalServerError().finish();
    };
    let status = page.message.status;
    if wants_json(request) {
        return HttpResponse::build(status).content_type("application/problem+json").json(json!({
            "type": "about:blank", "status": page.status, "title": page.message.title, "detail": page.message.text,
            "error": page.attempt.error, "error_description": page.attempt.description, "reference": page.reference,
        }));
    }
    render(status, "error.html", &page).unwrap_or_else(|failure| {
        tracing::error!(event = "error", %reference, "{failure} [{reference}]");
        HttpResponse::InternalServerError().finish()
    })
}

impl ErrorPage {
    fn new(request: &HttpRequest, failure: &Failure, reference: &Reference) -> Result<Self, Failure> {
        let message = message(failure);
        Ok(Self {
            layout: Layout::of(request)?,
            status: message.status.as_u16(),
            reason: message.status.canonical_reason().unwrap_or_default(),
            card: if message.ways_out.is_mended_at_organization { card(failure) } else { None },
            message,
            attempt: AttemptView::of(failure),
            reference: reference.to_string(),
            typed: if let Failure::MisplacedNote { typed, .. } = failure { Some(typed.clone()) } else { None },
            licenses: if let Failure::NotLicensed { feature, .. } = failure {
                Some(License::ALL.into_iter().filter(|license| license.includes(feature.license)).collect())
            } else {
                None
            },
            is_sign_in: matches!(failure, Failure::SignIn(_) | Failure::SignInEnded(_)),
        })
    }
}

impl AttemptView {
    fn of(failure: &Failure) -> Self {
        if let Failure::SignIn(failed) = failure {
            let view = Self::new(&failed.destination, &failed.record);
            let view = Self {
                refused_before: failed.refused_before.map(TimeView::of_day),
                check: CheckView::failed_in(&failed.record),
                ..view
            };
            if let SignInError::Refused(refusal) | SignInError::Exchange(ExchangeError::Refused(refusal, _)) =
                &failed.error
            {
                view.quoting(refusal)
            } else {
                view
            }
        } else if let Failure::SignInEnded(ended) = failure {
            Self::new(&ended.destination, &ended.record)
        } else if let Failure::ForeignResponse | Failure::MissingState | Failure::MalformedResponse = failure {
            Self { try_again: Some("/".to_owned()), ..Self::default() }
        } else {
            Self::default()
        }
    }

    fn new(destination: &Destination, record: &Record) -> Self {
        Self {
            organization: destination.organization.as_ref().map(ToString::to_string),
            organization_name: destination.organization_name.clone(),
            try_again: Some(login_url(destination)),
            continue_without_organization: Some(login_url(&destination.without_organization())),
            trace: TraceView::of_failure(record),
            ..Self::default()
        }
    }

    fn quoting(self, refusal: &Refusal) -> Self {
        let shown = |text: &str| shorten(text, MAXIMUM_SHOWN);
        Self { error: Some(shown(&refusal.error)), description: refusal.description.as_deref().map(shown), ..self }
    }
}

/// The id of an organization's card on the demo tenant's dashboard: by its id, or by its name, which is in lower case
/// there.
fn card(failure: &Failure) -> Option<String> {
    if let Failure::NotLicensed { organization: Some((organization, _)), .. } = failure {
        return Some(organization.id.clone());
    }
    let Failure::SignIn(failed) = failure else { return None };
    let asked = failed.destination.organization.as_ref()?;
    let id = asked.id().map_or_else(|| format!("organization-{}", asked.parameter().to_lowercase()), str::to_owned);
    Some(form_urlencoded::byte_serialize(id.as_bytes()).collect())
}

/// The layer that turns failures into pages: those of handlers and extractors, and refusals without a page of their
/// own.
pub async fn failures_to_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error() || response.response().error().is_some()) {
        return Ok(response);
    }
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.is_some_and(|value| value.starts_with("text/html") || value.contains("json")) {
        return Ok(response);
    }
    let request = response.request().clone();
    let reference = Reference::of(&request);
    let failure = response.response().error().and_then(|error| error.as_error::<Failure>());
    if status.is_server_error() {
        let cause = response.response().error().map(ToString::to_string).unwrap_or_default();
        tracing::error!(event = "error", %reference, "{cause} [{reference}]");
    }
    let page = match failure {
        Some(failure) => respond(&request, failure, &reference),
        None => respond(&request, &Failure::Status(status), &reference),
    };
    let is_kept = |name: &HeaderName| name == header::ALLOW || name == header::SET_COOKIE;
    let kept = response.headers().iter().filter(|(name, _)| is_kept(name));
    let kept: Vec<_> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut response = response.into_response(page);
    for (name, value) in kept {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

/// The layer around the sessions: if their store fails, the response is an error page instead of actix-session's empty
/// 500.
pub async fn session_store_failures(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await.map_err(|error| {
        // Only the type shows that an error comes from actix-session: on reading and deleting, saving, updating.
        let is_the_store = error.as_error::<InternalError<anyhow::Error>>().is_some()
            || error.as_error::<InternalError<SaveError>>().is_some()
            || error.as_error::<InternalError<UpdateError>>().is_some();
        if is_the_store { Failure::Store(StoreError(error.to_string())).into() } else { error }
    })
}

/// The handler for requests that match no route.
pub async fn not_found() -> Result<HttpResponse, Failure> {
    Err(Failure::NotFound)
}
