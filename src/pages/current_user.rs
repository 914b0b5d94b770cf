//! Who is signed in, and the extractors: a handler with such a parameter can't forget to check who is signed in, or
//! what the license includes.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
    rc::Rc,
};

use actix_session::SessionExt;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use super::errors::failure::Failure;
use crate::{
    clock::Clock,
    diagnosis::Misconfiguration,
    license::Feature,
    session::{self, RevocationStore, SignedInSession},
    sign_in::{identity::Organization, return_to::ReturnTo},
    workspace::StoreError,
};

/// The layer that finds out who is signed in, once per request: the user of the session, unless that has been revoked.
/// What is left of a revoked session is removed once the front page has told the user why it ended.
pub async fn load_session(
    clock: Data<Clock>,
    revocations: Data<dyn RevocationStore>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let session = request.get_session();
    if let Some(signed_in) = session::read(&session, clock.now()) {
        request.extensions_mut().insert(Rc::new(signed_in));
        if let Err(error) = CurrentUser::forget_if_revoked(request.request(), &**revocations).await {
            return Ok(request.error_response(Failure::from(error)));
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// The request's session has been revoked.
#[derive(Clone, Copy)]
struct SessionEnded;

/// Who is signed in, if anybody.
pub struct CurrentUser(pub Option<Rc<SignedInSession>>);

impl CurrentUser {
    /// The user that [`load_session`] found.
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.extensions().get::<Rc<SignedInSession>>().cloned())
    }

    /// If the session has been revoked, nobody is signed in from here on.
    pub async fn forget_if_revoked(request: &HttpRequest, revocations: &dyn RevocationStore) -> Result<(), StoreError> {
        if let Self(Some(session)) = Self::of(request)
            && session.is_revoked(revocations).await?
        {
            request.extensions_mut().remove::<Rc<SignedInSession>>();
            request.extensions_mut().insert(SessionEnded);
        }
        Ok(())
    }

    /// Whether nobody is signed in because the session has been revoked.
    pub fn session_has_ended(request: &HttpRequest) -> bool {
        request.extensions().get::<SessionEnded>().is_some()
    }
}

impl FromRequest for CurrentUser {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// Who is signed in. If nobody is, the handler is not called: the user is asked to sign in, and comes back afterwards.
pub struct SignedIn(pub Rc<SignedInSession>);

impl SignedIn {
    fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let CurrentUser(session) = CurrentUser::of(request);
        session.map(Self).ok_or_else(|| {
            let return_to = ReturnTo::parse(request.uri().path_and_query().map_or("/", |path| path.as_str()));
            if CurrentUser::session_has_ended(request) {
                Failure::SessionEnded { return_to }
            } else {
                Failure::NotSignedIn { return_to }
            }
        })
    }
}

impl FromRequest for SignedIn {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// Names the feature that a page belongs to.
pub trait FeaturePage {
    const FEATURE: &'static Feature;
}

/// Who is signed in to an organization whose license includes the feature of `F`. For anybody else, the handler is not
/// called.
pub struct Licensed<F> {
    pub session: Rc<SignedInSession>,
    /// The only organization whose data the feature may use.
    pub organization: Organization,
    feature: PhantomData<F>,
}

impl<F: FeaturePage> Licensed<F> {
    /// Checks the license. There is no other way to make a `Licensed`.
    pub fn of(SignedIn(session): SignedIn) -> Result<Self, Failure> {
        let license = session.identity.license();
        match session.identity.organization().cloned() {
            Some(organization) if F::FEATURE.is_included_in(license) => {
                Ok(Self { session, organization, feature: PhantomData })
            }
            organization => Err(Failure::NotLicensed {
                feature: F::FEATURE,
                organization: organization.map(|organization| (organization, license)),
                unknown_license: session.identity.unknown_license(),
                misconfiguration: Misconfiguration::behind_no_license(&session.identity),
            }),
        }
    }
}

impl<F: FeaturePage> FromRequest for Licensed<F> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(SignedIn::of(request).and_then(Self::of))
    }
}
