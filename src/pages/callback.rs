//! `GET /callback`, and `GET /` where the lab registers that: the provider's answer, and the sign-in it completes.

use actix_session::Session;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web::Data};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use tracing::{info, warn};

use super::{
    attempt_cookie::{AttemptCookies, StoredAttempt},
    current_user::CurrentUser,
    errors::page::{self as error_page, EndedSignIn, FailedSignIn, Failure},
    navigation::Navigation,
    see_other,
};
use crate::{
    clock::Clock,
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
        sign_out::Ended,
    },
    workspace::{
        StoreError, WorkspaceStore,
        activity::{RefusedAttempt, SignIn},
        people::Person,
    },
};

/// What it takes to answer the provider's answer.
pub struct Callback {
    request: HttpRequest,
    party: Data<RelyingParty>,
    cookies: AttemptCookies,
    session: Session,
    settings: Data<SessionSettings>,
    revocations: Data<dyn RevocationStore>,
    workspaces: Data<dyn WorkspaceStore>,
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
                party: Data::extract(&request).await?,
                cookies: AttemptCookies::extract(&request).await?,
                session: Session::extract(&request).await?,
                settings: Data::extract(&request).await?,
                revocations: Data::extract(&request).await?,
                workspaces: Data::extract(&request).await?,
                clock: Data::extract(&request).await?,
                reference: Reference::extract(&request).await?,
                request,
            })
        })
    }
}

/// Answers `GET /callback`.
pub async fn callback(_: Navigation, callback: Callback) -> Result<HttpResponse, Failure> {
    complete(callback).await
}

/// Completes the sign-in that the answer in the query belongs to.
pub async fn complete(callback: Callback) -> Result<HttpResponse, Failure> {
    let response = AuthorizationResponse::parse(callback.request.query_string());
    let kept = response.as_ref().ok().and_then(|response| callback.cookies.answered_by(response));
    let (Ok(response), Some(kept)) = (response.clone(), kept) else {
        let is_malformed = response.is_err_and(|why| why != MalformedResponse::NoState);
        return answer_to_nothing(&callback, is_malformed);
    };
    let is_error = matches!(response.outcome, Outcome::Refusal(_));
    let Completion { record, code_was_sent, outcome } = callback.party.complete(&kept.attempt, response).await;
    if code_was_sent {
        // A code works only once, and so does its attempt, even if the session can't be saved.
        CookieRemovals::of(&callback.request).extend([callback.cookies.removal(&kept.attempt)]);
    }
    let error = match outcome {
        Ok(identity) => return callback.signed_in(&kept.attempt, identity, record).await,
        Err(error) => error,
    };
    // Without the provider's metadata, the app can't tell whether the error response comes from it.
    let is_reported = is_error && !matches!(error, SignInError::Provider(_));
    let destination = kept.attempt.destination().clone();
    let failure = Failure::SignIn(Box::new(FailedSignIn { error, destination, record }));
    if is_reported {
        return callback.refused(kept, &failure).await;
    }
    // If no code was sent, nothing is used up: the attempt stays as it is, and a reload tries again.
    warn!("sign-in failed: {failure} [{}]", callback.reference);
    Ok(error_page::respond(&callback.request, &failure, &callback.reference))
}

/// An answer that belongs to no attempt of this browser: the back button, a bookmark, an answer that somebody else
/// obtained (login CSRF, RFC 6749, 10.12). Nothing of it is shown: anybody can write such a link.
fn answer_to_nothing(callback: &Callback, is_malformed: bool) -> Result<HttpResponse, Failure> {
    if CurrentUser::of(&callback.request).0.is_some() {
        return Ok(see_other("/profile"));
    }
    warn!("an answer that belongs to no attempt of this browser [{}]", callback.reference);
    Err(if is_malformed { Failure::MalformedResponse } else { Failure::ForeignResponse })
}

impl Callback {
    async fn signed_in(&self, attempt: &Attempt, identity: Identity, record: Record) -> Result<HttpResponse, Failure> {
        if self.has_ended(attempt, &identity).await? {
            return self.ended(attempt, record).await;
        }
        let now = self.clock.now();
        self.record_sign_in(&identity, now).await;
        let (subject, organization) = (identity.subject(), identity.organization());
        let organization = organization.map_or("no organization", |organization| &organization.id);
        info!("signed in: {subject:?} at {organization:?} [{}]", self.reference);
        session::start(&self.session, identity, &record, attempt, now, &self.settings)
            .map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(see_other(attempt.return_to().map_or("/profile", |path| path.as_str())))
    }

    /// Whether the sign-in was revoked after its authorization request was sent: by the provider, or by a logout from the
    /// session that this request still belongs to. Each request of the new session checks for later revocations.
    async fn has_ended(&self, attempt: &Attempt, identity: &Identity) -> Result<bool, StoreError> {
        // Not `CurrentUser`: it is empty as soon as that session is revoked.
        let signed_in = session::read(&self.session, self.clock.now());
        let itself = signed_in.and_then(|signed_in| signed_in.itself());
        let any_of: Vec<_> = Ended::all_that_end(identity).into_iter().chain(itself).collect();
        session::is_revoked(&**self.revocations, &any_of, attempt.requested_at()).await
    }

    async fn ended(&self, attempt: &Attempt, mut record: Record) -> Result<HttpResponse, Failure> {
        record.fail("ended before its session began");
        let destination = attempt.destination().clone();
        let failure = Failure::SignInEnded(Box::new(EndedSignIn { destination, record }));
        warn!("{failure} [{}]", self.reference);
        CurrentUser::look_again(&self.request, &**self.revocations).await?;
        Ok(error_page::respond(&self.request, &failure, &self.reference))
    }

    /// Records the sign-in in the organization's activity. If that fails, the sign-in still succeeds.
    async fn record_sign_in(&self, identity: &Identity, now: DateTime<Utc>) {
        let Some(organization) = identity.organization() else { return };
        let (person, sign_in) = (Person::signed_in(identity, now), SignIn::of(identity, &self.reference, now));
        if let Err(error) = self.workspaces.record_sign_in(organization, person, sign_in).await {
            warn!("could not record the sign-in in the organization's activity: {error} [{}]", self.reference);
        }
    }

    /// Handles an error response. It is reported once, and the attempt stays: a reload shows the same page again. The page is
    /// shown even if the refusal can't be recorded.
    async fn refused(&self, kept: &StoredAttempt, failure: &Failure) -> Result<HttpResponse, Failure> {
        let reference = kept.reported.clone().unwrap_or_else(|| self.reference.clone());
        if kept.reported.is_none() {
            warn!("sign-in refused: {failure} [{reference}]");
            if let Err(error) = self.record_refusal(kept.attempt.organization(), failure).await {
                warn!("the refusal is missing in the organization's activity: {error} [{reference}]");
            }
        }
        let kept = StoredAttempt { attempt: kept.attempt.clone(), reported: Some(reference.clone()) };
        let mut response = error_page::respond(&self.request, failure, &reference);
        let cookie = self.cookies.sealed(&kept)?;
        response.add_cookie(&cookie).map_err(|error| Failure::Internal(error.to_string()))?;
        Ok(response)
    }

    async fn record_refusal(&self, asked: Option<&OrganizationRef>, failure: &Failure) -> Result<(), StoreError> {
        let (Some(asked), Some(reason)) = (asked, failure.refusal_case()) else { return Ok(()) };
        let is_listed = asked.is_listed(&self.party.settings().organization_ids);
        let refusal = RefusedAttempt { at: self.clock.now(), reason, reference: self.reference.clone() };
        self.workspaces.record_refusal(asked, is_listed, refusal).await
    }
}
