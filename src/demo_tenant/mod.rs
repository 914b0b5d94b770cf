//! The demo tenant: an OpenID provider that behaves as an Auth0 tenant with Organizations does, for the lab to work
//! without a network. It has an origin of its own, and the app has no way to it but OpenID Connect over HTTP.
//!
//! In reading order: the model (`tenant`, `checkpoints`), what may be changed in it (`changes`, `directory`), who may sign in where
//! (`admission`, `action`); the protocol, from discovery to logout (`protocol`), with what it keeps (`sessions`,
//! `signing`, `state`); the instructor's page (`dashboard`) and the scripts' interface (`api`); the server around it all (`server`).

use std::{io, net::TcpListener};

use actix_web::{dev::Server, web};

use crate::clock::Clock;
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
}

impl DemoTenant {
    /// A tenant with a new signing key and new identifiers.
    ///
    /// # Panics
    /// Where the machine can't make an RSA key or an HTTP client.
    #[expect(clippy::expect_used, reason = "at the start, and nothing in it depends on the settings")]
    pub fn new(options: Options, clock: Clock) -> Self {
        Self { shared: web::Data::new(Shared::new(options, clock).expect("a key and a client can be made")) }
    }

    /// The issuer, which is also the address of the dashboard: `http://localhost:3001/`.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The HTTP server on these listeners, whose port is [`Options::port`]. It runs when it is awaited, and until it is
    /// stopped by its handle: it does not listen to signals.
    pub fn server(&self, listeners: Vec<TcpListener>) -> io::Result<Server> {
        server::server(self.shared.clone(), listeners)
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
