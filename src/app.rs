//! The application: built, running, stopped; the table of routes; what wraps every request.

use std::{io, net::TcpListener};

use actix_session::storage::SessionStore;
use actix_web::{
    App,
    dev::{HttpServiceFactory, Server, ServerHandle},
    guard::{GuardContext, fn_guard},
    http::{StatusCode, header::HeaderValue},
    middleware::from_fn,
    web::{self, Data, FormConfig, ServiceConfig},
};
use serde::Serialize;
use url::Url;

use crate::{
    assets,
    clock::Clock,
    compression::compress_large_responses,
    connections,
    home_link::HomeLink,
    metrics::Metrics,
    middleware::{
        MAXIMUM_BODY, OwnOrigin, RequestEnvelope, read_body, redirect_loopback_names, refuse_cross_site,
        request_envelope,
    },
    pages::{
        Site, backchannel_logout, callback,
        current_user::load_session,
        errors::page as error_page,
        features, front_page, health, login, logout,
        organization_names::OrganizationNames,
        profile,
        resource::{get_and_post, get_only, refuse_other_methods},
        sign_in_observer::{SignInObserver, tell_saved_sign_ins},
        trace::page as trace,
    },
    random::Random,
    reference::Reference,
    session::{self, SessionSettings},
    settings::Settings,
    sign_in::{RelyingParty, http::Http, provider::ClientSettings, response::AuthorizationResponse},
    store::Stores,
};

/// How long a shutdown waits for requests in flight, in seconds.
const SHUTDOWN_SECONDS: u64 = 8;

/// The app, ready to serve.
pub struct Application {
    server: Server,
    metrics: Metrics,
}

/// Why the app could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("can't create the HTTP client for the provider: {0}")]
    Client(io::Error),
    #[error("can't start the server: {0}")]
    Server(#[from] io::Error),
}

impl Application {
    /// Builds the app on sockets that are already open. `organizations` are those that the front page names. `observer`
    /// learns how sign-ins end.
    pub fn build(
        settings: &Settings,
        sockets: Vec<TcpListener>,
        organizations: OrganizationNames,
        observer: SignInObserver,
        clock: Clock,
        random: Random,
    ) -> Result<Self, BuildError> {
        let is_counted = settings.metrics.is_some();
        let site = |metrics: &Metrics| {
            let site = AppSite::counted_by(metrics, settings, clock.clone(), random).map_err(BuildError::Client)?;
            Ok::<_, BuildError>(site.naming(organizations).observed_by(observer))
        };
        let session = settings.session.clone();
        let (server, metrics) = match settings.redis.clone() {
            None => {
                let stores = Stores::in_memory(&session, clock.clone());
                let metrics = Metrics::if_on(is_counted, Some(stores.sessions.counter()));
                let site = site(&metrics)?;
                (serve(sockets, move || site.service(stores.clone()))?, metrics)
            }
            Some(address) => {
                let metrics = Metrics::if_on(is_counted, None);
                let site = site(&metrics)?;
                (serve(sockets, move || site.service(Stores::in_redis(&address, &session)))?, metrics)
            }
        };
        Ok(Self { server, metrics })
    }

    /// What the app counts, if `METRICS_LISTEN` is set.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// The handle that stops the app: it accepts no more connections, and ends once requests in flight are finished.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until it is stopped by its handle.
    pub async fn run(self) -> io::Result<()> {
        self.server.await
    }
}

/// A server with one site.
fn serve<Site: HttpServiceFactory + 'static>(
    sockets: Vec<TcpListener>,
    site: impl Fn() -> Site + Clone + Send + 'static,
) -> io::Result<Server> {
    let server = Server::build().shutdown_timeout(SHUTDOWN_SECONDS);
    connections::serve(server, sockets, move || App::new().service(site()))
}

/// The settings of one site.
#[derive(Clone)]
pub struct SiteSettings {
    /// The app's origin, as browsers see it.
    pub base_url: Url,
    pub client: ClientSettings,
    pub session: SessionSettings,
    /// Whether the provider is the demo tenant.
    pub is_demo: bool,
    /// Every page links to it.
    pub home: Option<HomeLink>,
}

/// The app's site: what its routes and layers need, apart from the server that listens. A server can have several
/// sites, each behind a guard.
#[derive(Clone)]
pub struct AppSite {
    site: Data<Site>,
    envelope: Data<RequestEnvelope>,
    organizations: Data<OrganizationNames>,
    observer: Data<SignInObserver>,
    metrics: Data<Metrics>,
    relying_party: Data<RelyingParty>,
    session: Data<SessionSettings>,
    own_origin: Data<OwnOrigin>,
    clock: Data<Clock>,
}

impl AppSite {
    pub fn new(settings: &Settings, clock: Clock, random: Random) -> io::Result<Self> {
        Self::counted_by(&Metrics::default(), settings, clock, random)
    }

    /// The site whose requests and sign-ins these metrics count.
    pub fn counted_by(metrics: &Metrics, settings: &Settings, clock: Clock, random: Random) -> io::Result<Self> {
        let http = Http::observed_by(metrics.call_observer(), &settings.client.plain_http)?;
        let settings = SiteSettings {
            base_url: settings.app.base_url.clone(),
            client: settings.client.clone(),
            session: settings.session.clone(),
            is_demo: settings.demo_tenant.is_some(),
            home: None,
        };
        Ok(Self::with_client(http, metrics, settings, clock, random))
    }

    /// The same with this HTTP client, which several sites can share.
    pub fn with_client(http: Http, metrics: &Metrics, settings: SiteSettings, clock: Clock, random: Random) -> Self {
        let site = Site {
            base_url: settings.base_url.clone(),
            provider: settings.client.issuer.url().clone(),
            is_demo: settings.is_demo,
            is_without_fetch_metadata: settings.client.plain_http.reaches_beyond_loopback(),
            home: settings.home,
        };
        let envelope = RequestEnvelope {
            server: "app",
            content_security_policy: content_security_policy(&site),
            is_secure: site.base_url.scheme() == "https",
            fallback_page,
            secret_path: None,
            random: random.clone(),
            observer: metrics.response_observer(),
        };
        let relying_party = RelyingParty::new(settings.client.clone(), http, clock.clone(), random);
        Self {
            site: Data::new(site),
            envelope: Data::new(envelope),
            organizations: Data::default(),
            observer: Data::default(),
            metrics: Data::new(metrics.clone()),
            relying_party: Data::new(relying_party),
            session: Data::new(settings.session),
            own_origin: Data::new(OwnOrigin(settings.base_url)),
            clock: Data::new(clock),
        }
    }

    /// The same site, whose front page names these organizations.
    #[must_use]
    pub fn naming(self, organizations: OrganizationNames) -> Self {
        Self { organizations: Data::new(organizations), ..self }
    }

    /// The same site, which tells this observer how sign-ins end.
    #[must_use]
    pub fn observed_by(self, observer: SignInObserver) -> Self {
        Self { observer: Data::new(observer), ..self }
    }

    /// The routes and the layers around them. Each worker thread has its own, with its own `stores`.
    pub fn service<Sessions: SessionStore + 'static>(
        &self,
        stores: Stores<Sessions>,
    ) -> impl HttpServiceFactory + use<Sessions> {
        let pages = web::scope("")
            .configure(page_routes)
            .wrap(from_fn(load_session))
            .wrap(from_fn(refuse_cross_site))
            .wrap(session::middleware(stores.sessions, &self.session, self.site.cookies()))
            .wrap(from_fn(tell_saved_sign_ins))
            .wrap(from_fn(error_page::session_store_failures))
            .wrap(from_fn(redirect_loopback_names));
        web::scope("")
            .app_data(self.site.clone())
            .app_data(self.envelope.clone())
            .app_data(self.organizations.clone())
            .app_data(self.observer.clone())
            .app_data(self.metrics.clone())
            .app_data(self.relying_party.clone())
            .app_data(Data::from(stores.workspaces))
            .app_data(Data::from(stores.revocations))
            .app_data(self.session.clone())
            .app_data(self.own_origin.clone())
            .app_data(self.clock.clone())
            .app_data(FormConfig::default().limit(MAXIMUM_BODY))
            .configure(program_routes)
            .service(pages)
            .wrap(from_fn(error_page::failures_to_pages))
            .wrap(from_fn(compress_large_responses))
            .wrap(from_fn(read_body))
            .wrap(from_fn(request_envelope))
    }
}

/// The routes for programs. They need neither a session nor the app's own host name.
fn program_routes(routes: &mut ServiceConfig) {
    let backchannel_logout = web::resource("/backchannel-logout")
        .route(web::post().to(backchannel_logout::backchannel_logout))
        .default_service(refuse_other_methods("POST"));
    routes
        .service(get_only("/static/{file}").route(web::get().to(assets::serve)))
        .service(get_only("/favicon.ico").route(web::get().to(|request| assets::serve_unhashed(request, "app.ico"))))
        .service(get_only("/robots.txt").route(web::get().to(|request| assets::serve_unhashed(request, "robots.txt"))))
        .service(get_only("/healthz").route(web::get().to(health::alive)))
        .service(get_only("/readyz").route(web::get().to(health::ready)))
        .service(backchannel_logout);
}

/// The routes for browsers.
fn page_routes(routes: &mut ServiceConfig) {
    routes
        .service(
            get_only("/")
                .route(web::get().guard(fn_guard(has_authorization_response)).to(callback::callback))
                .route(web::get().guard(fn_guard(has_invitation)).to(login::login))
                .route(web::get().to(front_page::show)),
        )
        .service(get_only("/login").route(web::get().to(login::login)))
        .service(get_only("/callback").route(web::get().to(callback::callback)))
        .service(get_only("/profile").route(web::get().to(profile::profile)))
        .service(get_only("/trace").route(web::get().to(trace::show)))
        .configure(features::routes)
        .service(get_and_post("/logout").route(web::get().to(logout::confirm)).route(web::post().to(logout::logout)))
        .default_service(web::to(error_page::not_found));
}

/// Where the base URL itself is the redirect URI, as in the lab, the authorization response comes to the front page.
fn has_authorization_response(request: &GuardContext) -> bool {
    request.head().uri.query().is_some_and(AuthorizationResponse::is_in)
}

/// If the base URL is the login URI, an invitation link leads to the front page.
fn has_invitation(request: &GuardContext) -> bool {
    request.head().uri.query().is_some_and(login::is_invitation)
}

/// Allows only the app's own files, users' pictures, and forms that post to the app. The app may redirect a form to the
/// provider, and the provider to any identity provider: some browsers apply `form-action` to these redirects, too.
#[expect(clippy::expect_used, reason = "at the start, and an origin in ASCII is always a header's value")]
fn content_security_policy(site: &Site) -> HeaderValue {
    let provider = site.provider.origin().ascii_serialization();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self' https: {provider}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    policy.try_into().expect("the policy is a header's value")
}

/// The page for a request that no handler could respond to. It needs neither session nor store.
fn fallback_page(status: StatusCode, reference: &Reference) -> String {
    #[derive(Serialize)]
    struct FallbackPage<'a> {
        status: u16,
        reference: &'a Reference,
    }
    assets::render("fallback_page.html", &FallbackPage { status: status.as_u16(), reference })
        .unwrap_or_else(|_| format!("Something went wrong. Reference: {reference}"))
}
