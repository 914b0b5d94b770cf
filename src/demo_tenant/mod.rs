//! The demo tenant: an OpenID provider that behaves as an Auth0 tenant with Organizations does, for the lab to work
//! without a network. It has an origin of its own, and the app has no way to it but OpenID Connect over HTTP.
//!
//! In reading order: the model (`tenant`, `checkpoints`), what may be changed in it (`changes`, `directory`), who may sign in where
//! (`admission`, `action`); the protocol, from discovery to logout (`protocol`), with what it keeps (`sessions`,
//! `signing`, `state`); the instructor's page (`dashboard`) and the scripts' interface (`api`); the server around it all (`server`).

use std::{io, net::TcpListener};

use actix_web::{dev::Server, web};

use crate::clock::Clock;
pub use checkpoints::{Checkpoint, UnknownCheckpoint};
pub use seed::{Seed, SeedError};
use state::Shared;
use tenant::Tenant;

mod ids;

mod checkpoints;
mod seed;
mod tenant;

mod changes;
mod directory;
mod invitations;

mod action;
mod admission;

mod protocol;

mod faults;
mod guide;
mod log;

mod backchannel;
mod sessions;
mod signing;
mod state;

mod api;
mod dashboard;
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

/// An application as it is registered with the tenant. All addresses are compared character for character.
#[derive(Debug, Clone)]
pub struct ClientRegistration {
    /// The client id.
    pub client_id: String,
    /// What the sign-in pages call it.
    pub name: String,
    /// Where answers to authorization requests may go.
    pub callbacks: Vec<String>,
    /// Where browsers may go after logout.
    pub logout_urls: Vec<String>,
    /// Where a sign-in that begins at the tenant is taken to: an invitation's link leads there.
    pub initiate_login_uri: String,
    /// Where the tenant tells that a session has ended.
    pub backchannel_logout_uri: String,
}

impl ClientRegistration {
    /// The lab's application at this origin: `http://localhost:3000`, without a slash at the end.
    #[must_use]
    pub fn of(base: &str) -> Self {
        Self {
            client_id: "orglab".into(),
            name: "Orglab".into(),
            callbacks: vec![base.into(), format!("{base}/callback")],
            logout_urls: vec![base.into(), format!("{base}/")],
            initiate_login_uri: format!("{base}/login"),
            backchannel_logout_uri: format!("{base}/backchannel-logout"),
        }
    }
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
    #[must_use]
    #[expect(clippy::expect_used, reason = "at the start, and nothing in it depends on the settings")]
    pub fn new(options: Options, clock: Clock) -> Self {
        Self { shared: web::Data::new(Shared::new(options, clock).expect("a key and a client can be made")) }
    }

    /// The issuer, which is also the address of the dashboard: `http://localhost:3001/`.
    #[must_use]
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
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.shared.state().tenant)
    }
}

/// What there is to sign in to, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// In the order in which they were made.
    pub organizations: Vec<OrganizationSummary>,
    /// Users who belong to no organization: their e-mail addresses.
    pub individuals: Vec<String>,
}

/// An organization in a [`Summary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSummary {
    /// What to type.
    pub name: String,
    /// What its metadata says.
    pub license: Option<String>,
    /// Its members' e-mail addresses, each with the name of its connection.
    pub members: Vec<(String, String)>,
}

impl Summary {
    fn of(tenant: &Tenant) -> Self {
        let member = |user: &tenant::User| {
            let connection = tenant.connection(user.connection.as_str()).map(|it| it.name.clone());
            (user.email.clone(), connection.unwrap_or_default())
        };
        let is_individual = |user: &&tenant::User| !tenant.organizations.iter().any(|it| it.has_member(&user.id));
        Self {
            organizations: tenant
                .organizations
                .iter()
                .map(|organization| OrganizationSummary {
                    name: organization.name.clone(),
                    license: organization.license().map(str::to_owned),
                    members: organization
                        .members
                        .iter()
                        .filter_map(|id| tenant.user(id.as_str()))
                        .map(member)
                        .collect(),
                })
                .collect(),
            individuals: tenant.users.iter().filter(is_individual).map(|user| user.email.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkpoints::Cast;

    #[test]
    fn the_summary_names_organizations_licenses_and_users() {
        let summary = Summary::of(&Cast::new(Clock::system().now()).at(Checkpoint::SecondOrganization));
        let [org1, org2] = summary.organizations.as_slice() else { panic!("two organizations") };
        assert_eq!((org1.name.as_str(), org1.license.as_deref()), ("org1", Some("corporate")));
        assert_eq!(org2.members, [("bob@org2.example".to_owned(), "Okta2".to_owned())]);
        assert_eq!(summary.individuals, ["carol@example.com"]);
    }
}
