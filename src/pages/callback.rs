//! The redirect URI, `GET /callback` or `GET /`: receives the authorization response and completes the sign-in.

use actix_session::Session;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use tracing::{field::display, info, warn};

use super::{
    attempt_cookie::{AttemptCookies, StoredAttempt},
    current_user::CurrentUser,
    errors::{
        failure::{EndedSignIn, FailedSignIn, Failure},
        page as error_page,
    },
    flash::Flash,
    navigation::Navigation,
    see_other, see_other_saying,
    sign_in_observer::{SavedSignIn, SignInObserver},
};
use crate::{
    clock::Clock,
    metrics::{Metrics, SignInOutcome},
    middleware::CookieRemovals,
    reference::Reference,
    session::{self, RevocationStore, SessionSettings},
    sign_in::{
        Completion, RelyingParty,
        attempt::Attempt,
        error::SignInError,
        identity::Identity,
        organization::OrganizationRef,
        record::Record,
        response::{AuthorizationResponse, MalformedResponse, Outcome},
        sign_out::SessionSelector,
    },
    workspace::{
        StoreError, WorkspaceStore,
        activity::{RefusedAttempt, SignIn},
        people::Person,
    },
};

/// What the handler needs, extracted from the request.
pub struct Callback {
    request: HttpRequest,
    relying_party: Data<RelyingParty>,
    cookies: AttemptCookies,
    session: Session,
    settings: Data<SessionSettings>,
    revocations: Data<dyn RevocationStore>,
    workspaces: Data<dyn WorkspaceStore>,
    observer: Data<SignInObserver>,
    metrics: Data<Metrics>,
    clock: Data<Clock>,
    reference: Reference,
}

impl FromRequest for Callback {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            Ok(Self {
                relying_party: Data::extract(&request).await?,
                cookies: AttemptCookies::extract(&request).await?,
                session: Session::extract(&request).await?,
                settings: Data::extract(&request).await?,
                revocations: Data::extract(&request).await?,
                workspaces: Data::extract(&request).await?,
                observer: Data::extract(&request).await?,
                metrics: Data::extract(&request).await?,
                clock: Data::extract(&request).await?,
                reference: Reference::extract(&request).await?,
                request,
            })
        })
    }
}

pub async fn callback(_: Navigation, callback: Callback) -> Result<HttpResponse, Failure> {
    let response = match AuthorizationResponse::parse(callback.request.query_string()) {
        Ok(response) => response,
        Err(MalformedResponse::NoState) if callback.cookies.any_is_waiting() => {
            return callback.refuse(Failure::MissingState);
        }
        Err(MalformedResponse::NoState | MalformedResponse::Absent) => {
            return callback.reject(Failure::ForeignResponse);
        }
        Err(MalformedResponse::Duplicate | MalformedResponse::TooLong | MalformedResponse::NoOutcome) => {
            return callback.reject(Failure::MalformedResponse);
        }
    };
    let Some(stored) = callback.cookies.attempt_for(&response) else {
        return callback.reject(Failure::ForeignResponse);
    };
    let is_error = matches!(response.outcome, Outcome::Refusal(_));
    let Completion { record, code_was_sent, outcome } =
        callback.relying_party.complete(&stored.attempt, response).await;
    if code_was_sent {
        // A code works only once, and so does its attempt, even if the session can't be saved.
        CookieRemovals::of(&callback.request).extend([callback.cookies.removal(&stored.attempt)]);
    }
    let error = match outcome {
        Ok(identity) => {
            let started = callback.start_session(&stored.attempt, identity, record).await;
            return started.inspect_err(|failure| {
                callback.tell(Err(failure));
                callback.metrics.count_sign_in(SignInOutcome::AppFailed);
            });
        }
        Err(error) => error,
    };
    // Without the provider's metadata, the app can't tell whether the error response comes from it.
    let outcome = SignInOutcome::from(&error);
    let is_reported = is_error && !matches!(error, SignInError::Provider(_));
    let destination = stored.attempt.destination().clone();
    let refused_before = error.refusal().and_then(|refusal| callback.cookies.refused_before(stored, refusal));
    let failure = Failure::SignIn(Box::new(FailedSignIn { error, destination, record, refused_before }));
    callback.tell(Err(&failure));
    if is_reported {
        return callback.report_refusal(stored, &failure).await;
    }
    // If no code was sent, nothing is used up: the attempt stays as it is, and a reload tries again.
    callback.metrics.count_sign_in(outcome);
    let organization = stored.attempt.organization().map(display);
    let reference = &callback.reference;
    warn!(event = "login_failed", %reference, organization, "sign-in failed: {failure} [{reference}]");
    Ok(error_page::respond(&callback.request, &failure, &callback.reference))
}

impl Callback {
    /// Handles a response that belongs to no attempt of this browser: the back button, a bookmark, a response that
    /// somebody else obtained (login CSRF; RFC 6749, 10.12). The page shows nothing of it: anybody can write such a
    /// link.
    fn reject(&self, failure: Failure) -> Result<HttpResponse, Failure> {
        if CurrentUser::of(&self.request).0.is_some() {
            return Ok(see_other("/profile"));
        }
        self.refuse(failure)
    }

    /// Tells the observer what the app did with the response.
    fn tell(&self, outcome: Result<(), &Failure>) {
        self.observer.tell(self.request.query_string(), outcome);
    }

    fn refuse(&self, failure: Failure) -> Result<HttpResponse, Failure> {
        let reference = &self.reference;
        self.metrics.count_sign_in(SignInOutcome::NoAttempt);
        warn!(event = "response_rejected", %reference, "{failure} [{reference}]");
        Err(failure)
    }

    async fn start_session(
        &self,
        attempt: &Attempt,
        identity: Identity,
        mut record: Record,
    ) -> Result<HttpResponse, Failure> {
        if self.has_ended(attempt, &identity).await? {
            return self.report_end(attempt, record).await;
        }
        record.refer_to(self.reference.clone());
        let now = self.clock.now();
        self.record_sign_in(&identity, now).await;
        let (subject, organization) = (identity.subject(), identity.organization());
        let organization = organization.map(|organization| &*organization.id);
        let reference = &self.reference;
        let place = organization.unwrap_or("no organization");
        info!(event = "login", %reference, organization, "logged in: {subject:?} at {place:?} [{reference}]");
        let flash = Flash::of_sign_in(CurrentUser::of(&self.request).0.as_deref(), &identity);
        session::start(&self.session, identity, &record, attempt, now, &self.settings).map_err(Failure::internal)?;
        self.request.extensions_mut().insert(SavedSignIn);
        let location = attempt.return_to().map_or("/profile", |path| path.as_str());
        see_other_saying(flash, &self.request, Some(now), location)
    }

    /// Whether the sign-in was revoked after its authorization request was sent: by the provider, or by a logout from
    /// the session that this request still belongs to. Each request of the new session checks for later revocations.
    async fn has_ended(&self, attempt: &Attempt, identity: &Identity) -> Result<bool, StoreError> {
        // Not `CurrentUser`: it is empty as soon as that session is revoked.
        let signed_in = session::read(&self.session, self.clock.now());
        let own = signed_in.and_then(|signed_in| signed_in.by_id());
        let any_of: Vec<_> = SessionSelector::all_for(identity).into_iter().chain(own).collect();
        session::is_revoked(&**self.revocations, &any_of, attempt.requested_at()).await
    }

    async fn report_end(&self, attempt: &Attempt, mut record: Record) -> Result<HttpResponse, Failure> {
        record.fail("ended before its session began");
        let destination = attempt.destination().clone();
        let failure = Failure::SignInEnded(Box::new(EndedSignIn { destination, record }));
        self.tell(Err(&failure));
        self.metrics.count_sign_in(SignInOutcome::Ended);
        let (reference, organization) = (&self.reference, attempt.organization().map(display));
        warn!(event = "login_failed", %reference, organization, "{failure} [{reference}]");
        CurrentUser::forget_if_revoked(&self.request, &**self.revocations).await?;
        Ok(error_page::respond(&self.request, &failure, &self.reference))
    }

    /// Records the sign-in in the organization's activity. If that fails, the sign-in still succeeds.
    async fn record_sign_in(&self, identity: &Identity, now: DateTime<Utc>) {
        let Some(organization) = identity.organization() else { return };
        let (person, sign_in) = (Person::signed_in(identity, now), SignIn::of(identity, &self.reference, now));
        if let Err(error) = self.workspaces.record_sign_in(organization, person, sign_in).await {
            let (reference, organization) = (&self.reference, &organization.id);
            warn!(
                event = "error", %reference, organization,
                "could not record the sign-in in the organization's activity: {error} [{reference}]"
            );
        }
    }

    /// Handles an error response. It is reported once, and the attempt stays: a reload shows the same page again. The
    /// page is shown even if the refusal can't be recorded.
    async fn report_refusal(&self, stored: &StoredAttempt, failure: &Failure) -> Result<HttpResponse, Failure> {
        let reference = stored.reported.clone().unwrap_or_else(|| self.reference.clone());
        if stored.reported.is_none() {
            match failure.refusal() {
                Some(refusal) => self.metrics.count_refusal(refusal.case()),
                None => self.metrics.count_sign_in(SignInOutcome::ResponseInvalid), // it names another provider
            }
            let organization = stored.attempt.organization().map(display);
            warn!(event = "login_refused", %reference, organization, "sign-in refused: {failure} [{reference}]");
            if let Err(error) = self.record_refusal(stored.attempt.organization(), failure).await {
                warn!(
                    event = "error", %reference, organization,
                    "could not record the refusal in the organization's activity: {error} [{reference}]"
                );
            }
        }
        let stored = stored.reported(reference.clone(), failure.refusal(), self.clock.now());
        let mut response = error_page::respond(&self.request, failure, &reference);
        let cookie = self.cookies.sealed(&stored)?;
        response.add_cookie(&cookie).map_err(Failure::internal)?;
        Ok(response)
    }

    async fn record_refusal(&self, asked: Option<&OrganizationRef>, failure: &Failure) -> Result<(), StoreError> {
        let (Some(asked), Some(refusal)) = (asked, failure.refusal()) else { return Ok(()) };
        let is_listed = asked.is_listed(&self.relying_party.settings().organization_ids);
        let refusal =
            RefusedAttempt { at: self.clock.now(), reason: refusal.case(), reference: self.reference.clone() };
        self.workspaces.record_refusal(asked, is_listed, refusal).await
    }
}
