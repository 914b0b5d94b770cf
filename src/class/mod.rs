//! A class: each participant gets a *room*, which is an app and a demo tenant of their own. Nobody needs more than a
//! browser. All rooms are in this process, and share its worker threads; nothing else is shared.
//!
//! In reading order. Each module imports only from those above it.

use std::{io, sync::Arc};

use actix_server::{Server, ServerHandle};
use actix_web::cookie::Key;
use futures_util::future::join_all;
use url::Url;

use crate::{
    app::{AppSite, SiteSettings},
    clock::Clock,
    demo_tenant::{ClientRegistration, DemoTenant, KeyQueue, ManagementSecret, Options},
    home_link::HomeLink,
    metrics::Metrics,
    pages::{organization_names::OrganizationNames, sign_in_observer::SignInObserver},
    random::Random,
    session::{CountSessions, SessionSettings},
    sign_in::{http::Http, provider::ClientSettings},
    store::MemoryStores,
};
use cookies::ClassCookies;
pub use host::{ClassHost, HostError};
pub use ports::{Ports, PortsError, Sockets};
use room::Room;
use state::ClassState;
pub use views::qr_text;

/// Where it is served.
mod host;

/// The ports of front door and rooms.
mod ports;

/// Which room a browser has, and who the instructor is.
mod cookies;

/// A room, and who has it.
mod room;

/// The class: its rooms, and what the instructor decides.
mod state;

/// Who may what in a room.
mod admission;

/// What the pages share.
mod views;

/// The gate of each site in a room.
mod gate;

/// The pages for participants.
mod front_door;

/// The pages for the instructor.
mod overview;

/// What the instructor does.
mod actions;

/// The table of routes.
mod server;

/// A class, ready to serve.
pub struct Class {
    state: Arc<ClassState>,
    server: Server,
    metrics: Metrics,
}

/// What a class is started with. Each room replaces the addresses in `client` and `tenant` with its own.
pub struct ClassOptions {
    pub host: ClassHost,
    pub ports: Ports,
    /// What the front door calls it.
    pub name: String,
    pub session: SessionSettings,
    pub client: ClientSettings,
    pub tenant: Options,
    /// Whether there are metrics.
    pub is_counted: bool,
}

/// Why a class can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("can't create the HTTP client for the providers: {0}")]
    Client(io::Error),
    #[error("can't start the server: {0}")]
    Server(io::Error),
}

impl Class {
    /// Builds the class on sockets that are already open.
    pub fn build(options: &ClassOptions, sockets: Sockets, clock: Clock, random: Random) -> Result<Self, BuildError> {
        let ClassOptions { host, ports, name, session, is_counted, .. } = options;
        let origin = host.origin(ports.front_door());
        let stores: Vec<_> = ports.rooms().map(|_| MemoryStores::new(session, clock.clone())).collect();
        let metrics = Metrics::if_on(*is_counted, Some(count_sessions(&stores)));
        let http = Http::observed_by(metrics.call_observer(), &host.plain_http()).map_err(BuildError::Client)?;
        let places = ports.rooms().zip(1..).map(|((app, tenant), number)| Place {
            number,
            origins: (host.origin(app), host.origin(tenant)),
            front_door: &origin,
        });
        let keys = KeyQueue::default();
        let room =
            |(place, store): (Place<'_>, _)| place.room(options, (&http, &metrics, &keys), store, (&clock, &random));
        let rooms = places.zip(stores).map(room).collect();
        let cookies = ClassCookies::at(ports.front_door(), &random);
        let state = Arc::new(ClassState::new(name.clone(), origin, rooms, cookies, clock, random));
        let server = server::serve(&state, sockets).map_err(BuildError::Server)?;
        Ok(Self { state, server, metrics })
    }

    /// Where participants go.
    pub fn front_door(&self) -> &str {
        self.state.origin.as_str()
    }

    /// Where the instructor goes. The key in it opens every room.
    pub fn overview(&self) -> String {
        format!("{}overview?key={}", self.state.origin, self.state.overview_key)
    }

    /// What the class counts, if `METRICS_LISTEN` is set.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// The handle that stops the class: it accepts no more connections, and ends once requests in flight are finished.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Ends the streams of events to browsers, which would otherwise delay a shutdown.
    pub fn end_streams(&self) -> impl FnOnce() + use<> {
        let state = Arc::clone(&self.state);
        move || state.end_streams()
    }

    /// Serves until it is stopped by its handle.
    pub async fn run(self) -> io::Result<()> {
        self.server.await
    }
}

/// Where a room is.
struct Place<'a> {
    number: usize,
    /// The app's, and the tenant's.
    origins: (Url, Url),
    front_door: &'a Url,
}

impl Place<'_> {
    /// Secrets, keys and stores are the room's own. So is the secret for scripts: `demo` would open every room to
    /// everybody.
    fn room(
        self,
        options: &ClassOptions,
        (http, metrics, keys): (&Http, &Metrics, &KeyQueue),
        store: MemoryStores,
        (clock, random): (&Clock, &Random),
    ) -> Room {
        let (app, issuer) = self.origins;
        let base = app.origin().ascii_serialization();
        let home = Some(HomeLink { label: format!("Room {}", self.number), url: format!("{}room", self.front_door) });
        let tenant = Options {
            issuer: issuer.clone(),
            client: ClientRegistration::of(&base),
            management_secret: ManagementSecret::Random,
            home: home.clone(),
            key_queue: keys.clone(),
            plain_http: options.host.plain_http(),
            ..options.tenant.clone()
        };
        let tenant = DemoTenant::new(tenant, clock.clone(), random.clone());
        let client = ClientSettings {
            issuer: issuer.clone().into(),
            redirect_uri: base.clone(),
            post_logout_redirect_uri: base,
            plain_http: options.host.plain_http(),
            ..options.client.clone()
        };
        let session = SessionSettings { key: Key::generate(), ..options.session.clone() };
        let session = session.bound_to(client.issuer.as_str(), &client.client_id);
        let site = SiteSettings { base_url: app.clone(), client, session, is_demo: true, home };
        let (named, observing) = (tenant.clone(), tenant.clone());
        let observe = move |response: &str, outcome: &str| observing.observe_outcome(response, outcome);
        let site = AppSite::with_client(http.clone(), metrics, site, clock.clone(), random.clone())
            .naming(OrganizationNames::from_fn(move |maximum| named.first_organization_names(maximum)))
            .observed_by(SignInObserver::from_fn(observe));
        Room::new(self.number, (app, site, store), (issuer, tenant))
    }
}

/// Counts the sessions in all rooms.
fn count_sessions(stores: &[MemoryStores]) -> Box<CountSessions> {
    let counters: Arc<[_]> = stores.iter().map(MemoryStores::session_counter).collect();
    Box::new(move || {
        let counts = counters.iter().map(|count| count()).collect::<Vec<_>>();
        Box::pin(async move { join_all(counts).await.into_iter().sum() })
    })
}
