//! Who is signed in, and the extractors: a handler that takes one of them can't forget to ask who is signed in, or what the license includes.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_session::SessionExt;
use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use super::errors::page::Failure;
use crate::{
    clock::Clock,
    diagnosis::Misconfiguration,
    license::{CATALOGUE, Feature},
    session::{self, RevocationStore, SignedInSession},
    sign_in::{identity::Organization, return_to::ReturnTo},
    workspace::StoreError,
};

/// The layer that finds out who is signed in, once a request: whom the session names, unless the provider has ended that.
/// What is left of such a session goes once the prompt has said why.
pub async fn load_session(
    clock: Data<Clock>,
    revocations: Data<dyn RevocationStore>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let session = request.get_session();
    if let Some(signed_in) = session::read(&session, clock.now()) {
        request.extensions_mut().insert(signed_in);
        if let Err(error) = CurrentUser::look_again(request.request(), &**revocations).await {
            return Ok(request.error_response(Failure::from(error)));
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// The request's session was revoked.
#[derive(Clone, Copy)]
struct SessionEnded;

/// Who is signed in, if anybody is.
pub struct CurrentUser(pub Option<SignedInSession>);

impl CurrentUser {
    /// Whom [`load_session`] found.
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.extensions().get::<SignedInSession>().cloned())
    }

    /// Forgets the visitor that [`load_session`] found, if the session has been revoked.
    pub async fn look_again(request: &HttpRequest, revocations: &dyn RevocationStore) -> Result<(), StoreError> {
        if let Some(signed_in) = Self::of(request).0
            && signed_in.is_revoked(revocations).await?
        {
            request.extensions_mut().remove::<SignedInSession>();
            request.extensions_mut().insert(SessionEnded);
        }
        Ok(())
    }

    /// Whether this request's session was revoked.
    pub fn has_been_signed_out(request: &HttpRequest) -> bool {
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

/// Who is signed in; nobody else gets to the handler, but is asked to sign in and comes back.
pub struct SignedIn(pub SignedInSession);

impl SignedIn {
    fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        CurrentUser::of(request).0.map(Self).ok_or_else(|| {
            let return_to = ReturnTo::parse(path);
            if CurrentUser::has_been_signed_out(request) {
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

/// A feature's page says which feature it is.
pub trait FeaturePage {
    /// The feature's slug in the catalogue.
    const SLUG: &'static str;
}

/// Who is signed in to an organization whose license includes the feature `F`; nobody else gets to the handler.
pub struct Licensed<F> {
    /// Who.
    pub session: SignedInSession,
    /// The organization, whose data alone the feature works on.
    pub organization: Organization,
    feature: PhantomData<F>,
}

impl<F: FeaturePage> Licensed<F> {
    /// Checks the license. There is no other way to make a `Licensed`.
    pub fn of(SignedIn(session): SignedIn) -> Result<Self, Failure> {
        let feature = find(F::SLUG).ok_or(Failure::NotFound)?;
        let license = session.identity.license();
        match session.identity.organization().cloned() {
            Some(organization) if feature.is_included_in(license) => {
                Ok(Self { session, organization, feature: PhantomData })
            }
            other => {
                let organization = other.map(|organization| (organization.name, license));
                let unknown_license = session.identity.unknown_license();
                let misconfiguration = Misconfiguration::behind_no_license(&session.identity);
                Err(Failure::NotLicensed { feature, organization, unknown_license, misconfiguration })
            }
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

fn find(slug: &str) -> Option<&'static Feature> {
    CATALOGUE.iter().find(|feature| feature.slug == slug)
}
