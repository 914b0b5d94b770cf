//! The demo tenant: an OpenID provider that behaves like an Auth0 tenant with Organizations, so that the lab works
//! without a network. It has an origin of its own, and the app reaches it only through OpenID Connect over HTTP.
//!
//! In reading order. Each module imports only from those above it, and `protocol`, `api` and `dashboard` never from one
//! another.

use actix_web::{dev::HttpServiceFactory, web};
use url::Url;

use crate::{clock::Clock, middleware::OwnOrigin, random::Random};
pub use lab::checkpoints::{Checkpoint, UnknownCheckpoint};
pub use model::{
    client::ClientRegistration,
    seed::{Seed, SeedError},
    summary::{OrganizationSummary, Summary},
};
pub use options::Options;
use state::Shared;

/// Organizations, connections and users, and who may sign in where. Pure.
mod model;

/// What makes a tenant a lab: checkpoints, faults, the log, the guide through the chapters.
mod lab;

/// What was issued and must be recognized: sessions, codes, tokens, the signing key.
mod issued;

/// What the tenant is started with.
mod options;

/// A value behind a lock, whose changes can be watched.
mod watched;

/// What all handlers share: the settings, and the state behind a lock.
mod state;

/// What all pages share.
mod views;

/// The endpoints of OpenID Connect.
mod protocol;

/// The management API.
mod api;

/// The instructor's page.
mod dashboard;

/// The routes, and what wraps every request.
mod server;

/// The tenant, ready to serve.
#[derive(Clone)]
pub struct DemoTenant {
    shared: web::Data<Shared>,
    own_origin: web::Data<OwnOrigin>,
}

impl DemoTenant {
    /// A tenant with a new signing key and new identifiers.
    ///
    /// # Panics
    /// If no HTTP client can be created.
    #[expect(clippy::expect_used, reason = "at the start, and nothing in it depends on the settings")]
    pub fn new(options: Options, clock: Clock, random: Random) -> Self {
        let shared = Shared::new(options, clock, random).expect("an HTTP client can be made");
        let own_origin = OwnOrigin(Url::parse(&shared.issuer).expect("an address with a port is a URL"));
        Self { shared: web::Data::new(shared), own_origin: web::Data::new(own_origin) }
    }

    /// The issuer, which is also the address of the dashboard: `http://localhost:3001/`.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The tenant's routes and the layers around them, for a server that listens on [`Options::port`]. A server can
    /// have several sites, each behind a guard.
    pub fn site(&self) -> impl HttpServiceFactory + use<> {
        server::site(self.shared.clone(), self.own_origin.clone())
    }

    /// Ends the streams of events to browsers, which would otherwise delay the server's shutdown.
    pub fn end_streams(&self) {
        self.shared.state().end_watches();
    }

    /// The names of the first organizations in the order of their creation, at most `maximum`.
    pub fn first_organization_names(&self, maximum: usize) -> Vec<String> {
        let state = self.shared.state();
        state.tenant.organizations.iter().take(maximum).map(|organization| organization.name.clone()).collect()
    }

    /// Notes what the application says that it did with an authorization response, given as the query that the browser
    /// sent. If a fault was in that sign-in, the report of the fault shows it.
    pub fn observe_outcome(&self, response: &str, outcome: &str) {
        self.shared.state().faults.observe_outcome(response, outcome, self.shared.now());
    }

    /// The organizations to sign in to, and their users, for the welcome.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.shared.state().tenant)
    }
}
