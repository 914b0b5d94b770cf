//! The demo tenant: an OpenID provider that behaves like an Auth0 tenant with Organizations, so that the lab works
//! without a network. It has an origin of its own, and the app reaches it only through OpenID Connect over HTTP.
//!
//! In reading order. Each module imports only from those above it, and `protocol`, `api` and `dashboard` never from one
//! another.

use std::num::NonZeroU32;

use actix_web::{dev::HttpServiceFactory, web};

use crate::{clock::Clock, middleware::OwnOrigin, random::Random};
pub use issued::signing::KeyQueue;
pub use lab::checkpoints::{Checkpoint, UnknownCheckpoint};
use lab::{faults::Fault, steps::Step};
pub use model::{
    client::{ClientRegistration, ManagementSecret},
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

/// How far somebody is in the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabProgress {
    /// The numbers of the steps that have happened, in order.
    pub done: Vec<&'static str>,
    /// The number of the first step that is not done, for example `6.1`. `None` once all are done.
    pub next: Option<&'static str>,
    /// How many sign-ins were refused since a step was last done.
    pub refusals: usize,
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
    /// If no HTTP client can be created.
    #[expect(clippy::expect_used, reason = "at the start, and nothing in it depends on the settings")]
    pub fn new(options: Options, clock: Clock, random: Random) -> Self {
        let own_origin = OwnOrigin(options.issuer.clone());
        let shared = Shared::new(options, clock, random).expect("an HTTP client can be made");
        Self { shared: web::Data::new(shared), own_origin: web::Data::new(own_origin) }
    }

    /// The issuer, which is also the address of the dashboard: `http://localhost:3001/`.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// The tenant's routes and the layers around them, for a server at [`Options::issuer`]. A server can
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

    /// How far the lab is. `None` if the seed does not fit its steps.
    pub fn progress(&self) -> Option<LabProgress> {
        let state = self.shared.state();
        state.guide.as_ref().map(|guide| LabProgress {
            done: guide.done().map(Step::number).collect(),
            next: guide.next().map(Step::number),
            refusals: guide.refusals_since_last_step(),
        })
    }

    /// The numbers and titles of the lab's steps, in order.
    pub fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
        Step::ALL.into_iter().map(|step| (step.number(), step.title()))
    }

    /// Jumps to a checkpoint. Everybody is logged out, here and in the application.
    pub async fn jump_to(&self, checkpoint: Checkpoint) {
        self.shared.reset_to(Some(checkpoint)).await;
    }

    /// Begins again, for somebody else: as at the start, with nothing of what happened, and nobody is logged in. Tokens and
    /// secrets of before are void, and streams of events end. The application is not told.
    pub fn restart(&self) {
        self.shared.restart();
    }

    /// The names and titles of the faults.
    pub fn faults() -> impl Iterator<Item = (&'static str, &'static str)> {
        Fault::all().map(|fault| (fault.name, fault.title))
    }

    /// Makes the next sign-in fail in this way, whoever's it is. `false` if no fault has this name.
    pub fn arm_fault(&self, name: &str) -> bool {
        Fault::named(name).is_ok_and(|fault| self.shared.arm_fault(fault, NonZeroU32::MIN, None).is_ok())
    }

    /// Cancels the faults that no sign-in has met yet.
    pub fn cancel_faults(&self) {
        self.shared.call_off_faults();
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
