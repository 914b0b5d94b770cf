//! What went wrong → status, message, ways out: the one place where failures become pages.

use actix_session::storage::{SaveError, UpdateError};
use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    middleware::Next,
    web::Data,
};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use super::{message::ErrorMessage, messages::message};
use crate::{
    assets::RenderError,
    diagnosis::Misconfiguration,
    license::{Feature, License},
    pages::{
        Layout, Site,
        current_user::CurrentUser,
        render, see_other,
        trace::page::{CheckView, TraceView},
        wants_json,
    },
    reference::Reference,
    sign_in::{
        attempt::Destination,
        error::SignInError,
        exchange::ExchangeError,
        record::Record,
        response::{Refusal, RefusalCase},
        return_to::ReturnTo,
    },
    text::shorten,
    workspace::StoreError,
};

/// The longest text of the provider's that is shown, in characters.
const MAXIMUM_SHOWN: usize = 500;

/// Everything that ends on an error page or, where a sign-in is missing, at the prompt.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    NotSignedIn {
        /// The page that wanted a sign-in.
        return_to: Option<ReturnTo>,
    },
    /// The provider has ended the session.
    #[error("the provider has ended the session")]
    SessionEnded {
        /// The page that wanted a sign-in.
        return_to: Option<ReturnTo>,
    },
    /// The organization's license does not include the feature.
    #[error("the license does not include {}", feature.slug)]
    NotLicensed {
        /// The feature.
        feature: &'static Feature,
        /// The organization's name and license; none where the user works in no organization.
        organization: Option<(String, Option<License>)>,
        /// What came in place of a license that the app knows.
        unknown_license: Option<String>,
        /// What is missing, where there is no license at all.
        misconfiguration: Option<Misconfiguration>,
    },
    /// A note for another organization than the one that the user works for now, which has no board.
    #[error("the note was written for another organization")]
    MisplacedNote {
        /// What was typed.
        typed: String,
        /// The name of the organization that the user works for now, if for any.
        organization: Option<String>,
    },
    /// The sign-in failed.
    #[error("{}", .0.error)]
    SignIn(Box<FailedSignIn>),
    /// The sign-in would have succeeded, but was ended in the meantime.
    #[error("the sign-in was ended before its session began")]
    SignInEnded(Box<EndedSignIn>),
    /// An answer that belongs to no attempt of this browser.
    #[error("the answer belongs to no attempt of this browser")]
    ForeignResponse,
    /// An answer that no provider sends.
    #[error("the answer is malformed")]
    MalformedResponse,
    /// A sign-in can only begin or end with a navigation: a request that a user makes by opening the address.
    #[error("the request is not a navigation")]
    NoNavigation,
    /// A request that makes no sense, and why.
    #[error("{0}")]
    BadRequest(String),
    /// There is no such page.
    #[error("there is no such page")]
    NotFound,
    /// The store is not to be had.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A mistake of ours.
    #[error("{0}")]
    Internal(String),
    /// Refused before a handler saw it; the status says why.
    #[error("status {0}")]
    Status(StatusCode),
}

/// A sign-in that failed, with what its page needs to offer another try.
#[derive(Debug)]
pub struct FailedSignIn {
    /// Why.
    pub error: SignInError,
    /// Where it was to lead.
    pub destination: Destination,
    /// How it went.
    pub record: Record,
}

/// A sign-in that was ended before its session began, and what the error page needs to offer another try.
#[derive(Debug)]
pub struct EndedSignIn {
    /// Where it was to lead.
    pub destination: Destination,
    /// How it went.
    pub record: Record,
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl Failure {
    /// Why the provider refused, if that is what happened.
    pub fn refusal_case(&self) -> Option<RefusalCase> {
        let Self::SignIn(failed) = self else { return None };
        if let SignInError::Refused(refusal) = &failed.error { Some(refusal.case()) } else { None }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        message(self).status
    }
}

#[derive(Serialize)]
struct ErrorPage {
    layout: Layout,
    #[serde(flatten)]
    message: ErrorMessage,
    status: u16,
    error: Option<String>,
    description: Option<String>,
    organization: Option<String>,
    organization_name: Option<String>,
    reference: String,
    check: Option<CheckView>,
    trace: Option<TraceView>,
    try_again: Option<String>,
    typed: Option<String>,
    is_feature_refused: bool,
    is_sign_in: bool,
}

/// The page, or problem details (RFC 9457), for a failure.
pub fn respond(request: &HttpRequest, failure: &Failure, reference: &Reference) -> HttpResponse {
    if let Failure::NotSignedIn { return_to } | Failure::SessionEnded { return_to } = failure
        && !wants_json(request)
    {
        return see_other(&prompt_url(return_to.as_ref()));
    }
    let Some(site) = request.app_data::<Data<Site>>() else {
        return HttpResponse::InternalServerError().finish();
    };
    let page = ErrorPage::new(request, site, failure, reference);
    let status = page.message.status;
    if wants_json(request) {
        return HttpResponse::build(status).content_type("application/problem+json").json(json!({
            "type": "about:blank", "status": status.as_u16(), "title": page.message.title, "detail": page.message.what,
            "error": page.error, "error_description": page.description, "reference": page.reference,
        }));
    }
    render(status, "error.html", &page).unwrap_or_else(|failure| {
        tracing::error!("{failure} [{reference}]");
        HttpResponse::InternalServerError().finish()
    })
}

impl ErrorPage {
    fn new(request: &HttpRequest, site: &Site, failure: &Failure, reference: &Reference) -> Self {
        let message = message(failure);
        let current_user = CurrentUser::of(request).0;
        let mut page = Self {
            layout: Layout::new(site, current_user.as_ref()),
            status: message.status.as_u16(),
            message,
            error: None,
            description: None,
            organization: None,
            organization_name: None,
            reference: reference.to_string(),
            check: None,
            trace: None,
            try_again: None,
            typed: None,
            is_feature_refused: matches!(failure, Failure::NotLicensed { .. }),
            is_sign_in: matches!(failure, Failure::SignIn(_) | Failure::SignInEnded(_)),
        };
        if let Failure::SignInEnded(ended) = failure {
            page.offer_another_try(&ended.destination);
            page.trace = TraceView::of_failure(&ended.record);
        }
        if let Failure::SignIn(failed) = failure {
            page.offer_another_try(&failed.destination);
            if let SignInError::Refused(refusal) | SignInError::Exchange(ExchangeError::Refused(refusal)) =
                &failed.error
            {
                page.quote(refusal);
            }
            page.check = failed.record.failed_check().map(CheckView::of);
            page.trace = TraceView::of_failure(&failed.record);
        }
        if let Failure::MisplacedNote { typed, .. } = failure {
            page.typed = Some(typed.clone());
        }
        if let Failure::ForeignResponse | Failure::MalformedResponse = failure {
            page.try_again = Some("/".to_owned());
        }
        page
    }

    fn offer_another_try(&mut self, destination: &Destination) {
        self.organization = destination.organization.as_ref().map(ToString::to_string);
        self.organization_name.clone_from(&destination.organization_name);
        self.try_again = Some(login_url(destination));
    }

    /// The provider's own words.
    fn quote(&mut self, refusal: &Refusal) {
        self.error = Some(shorten(&refusal.error, MAXIMUM_SHOWN));
        self.description = refusal.description.as_deref().map(|text| shorten(text, MAXIMUM_SHOWN));
    }
}

/// The prompt, which leads back to `return_to`.
fn prompt_url(return_to: Option<&ReturnTo>) -> String {
    with_query("/", [("return_to", return_to.map(ReturnTo::as_str))])
}

/// `/login` to the same destination.
pub fn login_url(to: &Destination) -> String {
    let organization = to.organization.as_ref().map(ToString::to_string);
    let parameters = [
        ("organization", organization.as_deref()),
        ("organization_name", to.organization_name.as_deref()),
        ("return_to", to.return_to.as_ref().map(ReturnTo::as_str)),
    ];
    with_query("/login", parameters)
}

fn with_query<const N: usize>(path: &str, parameters: [(&str, Option<&str>); N]) -> String {
    let present = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(present).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The layer that turns failures into pages: those of handlers and extractors, and refusals without a page of their own.
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
        tracing::error!("{cause} [{reference}]");
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

/// The layer around the sessions: where their store fails, the answer is not actix-session's empty 500.
pub async fn session_store_failures(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await.map_err(|error| {
        // What actix-session wraps is told apart by its type alone: for reading and deleting, saving, updating.
        let is_the_store = error.as_error::<InternalError<anyhow::Error>>().is_some()
            || error.as_error::<InternalError<SaveError>>().is_some()
            || error.as_error::<InternalError<UpdateError>>().is_some();
        if is_the_store { Failure::Store(StoreError(error.to_string())).into() } else { error }
    })
}

/// Answers what no route answers.
pub async fn not_found() -> Result<HttpResponse, Failure> {
    Err(Failure::NotFound)
}
