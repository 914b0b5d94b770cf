//! The demo tenant: an OpenID provider that behaves as an Auth0 tenant with Organizations does, for the lab to work
//! without a network. It has an origin of its own, and the app has no way to it but OpenID Connect over HTTP.
//!
//! In reading order: the model (`tenant`, `checkpoints`), what may be changed in it (`changes`, `directory`), who may sign in where
//! (`admission`, `action`); the protocol, from discovery to logout (`protocol`), with what it keeps (`sessions`,
//! `signing`, `state`); the instructor's page (`dashboard`) and the scripts' interface (`api`); the server around it all (`server`).

use actix_web::{dev::HttpServiceFactory, web};
use url::Url;

use crate::{clock::Clock, middleware::OwnOrigin};
pub use lab::checkpoints::{Checkpoint, UnknownCheckpoint};
pub use model::{
    client::ClientRegistration,
    seed::{Seed, SeedError},
    summary::{OrganizationSummary, Summary},
};
use state::Shared;

mod model;

mod lab;

mod issued;

mod state;

mod api;
mod dashboard;
mod protocol;

mod server;

/// What the tenant has to know at its start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port it is reached at: its origin is `http://localhost:{port}`.
    pub port: u16,
    /// The one application of the tenant.
    pub client: ClientRegistration,
    /// Before the names of the claims that the login Action sets: `https://myapp.com/`.
    pub claims_namespace: String,
    /// The state of the lab that it begins in.
    pub checkpoint: Checkpoint,
    /// What it begins with instead.
    pub seed: Option<Seed>,
}

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
    /// Where the machine can't make an RSA key or an HTTP client.
    #[expect(clippy::expect_used, reason = "at the start, and nothing in it depends on the settings")]
    pub fn new(options: Options, clock: Clock) -> Self {
        let shared = Shared::new(options, clock).expect("a key and a client can be made");
        let own_origin = OwnOrigin(Url::parse(&shared.issuer).expect("an address with a port is a URL"));
        Self { shared: web::Data::new(shared), own_origin: web::Data::new(own_origin) }
    }

    /// The issuer, which is also the address of the dashboard: `http://localhost:3001/`.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The tenant's routes and the layers around them, for a server that listens at [`Options::port`]. A server can have
    /// several sites, each behind a guard.
    pub fn site(&self) -> impl HttpServiceFactory + use<> {
        server::site(self.shared.clone(), self.own_origin.clone())
    }

    /// Ends the streams of events to browsers, which would otherwise hold up the end of the server.
    pub fn end_streams(&self) {
        self.shared.state().log.end_streams();
    }

    /// What there is to sign in to, and as whom, for a welcome.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.shared.state().tenant)
    }
}
