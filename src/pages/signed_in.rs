//! The extractors: a handler that takes one of them can't forget to ask who is signed in, or what the license includes.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_session::SessionExt;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use super::error_page::Failure;
use crate::{
    clock::Clock,
    license::{CATALOGUE, Feature},
    session::{self, SignedInSession},
    sign_in::{identity::Organization, return_to::ReturnTo},
};

/// Who is signed in, if anybody is.
pub struct Visitor(pub Option<SignedInSession>);

impl Visitor {
    /// Reads the request's session.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let now = request.app_data::<Data<Clock>>().map(|clock| clock.now());
        Self(now.and_then(|now| session::read(&request.get_session(), now)))
    }
}

impl FromRequest for Visitor {
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
        Visitor::of(request).0.map(Self).ok_or_else(|| Failure::NotSignedIn { return_to: ReturnTo::parse(path) })
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
    fn of(request: &HttpRequest) -> Result<Self, Failure> {
        let SignedIn(session) = SignedIn::of(request)?;
        let feature = find(F::SLUG).ok_or(Failure::NotFound)?;
        let organization = session.identity.organization().cloned();
        match organization.filter(|_| feature.is_included_in(session.identity.license())) {
            Some(organization) => Ok(Self { session, organization, feature: PhantomData }),
            None => Err(Failure::NotLicensed { feature, license: session.identity.license() }),
        }
    }
}

impl<F: FeaturePage> FromRequest for Licensed<F> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

fn find(slug: &str) -> Option<&'static Feature> {
    CATALOGUE.iter().find(|feature| feature.slug == slug)
}
