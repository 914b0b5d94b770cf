//! The real application, started for one test and stopped with it.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    rt::System,
    web::ServiceConfig,
};
use chrono::TimeDelta;
use orglab::{
    app::Application,
    clock::Clock,
    demo_tenant::DemoTenant,
    pages::{organization_names::OrganizationNames, sign_in_observer::SignInObserver},
    random::Random,
    settings::Settings,
};
use tokio::net::TcpSocket;
use url::Url;

use super::{browser::Browser, log, management::Script, provider::Provider, tenant};

/// The app, on a free port.
pub(crate) struct TestApp {
    /// Where it listens: `http://localhost:{port}`, which is also its origin unless `APP_BASE_URL` says otherwise.
    pub(crate) base: String,
    /// The demo tenant's origin, if there is one.
    pub(crate) tenant: String,
    pub(crate) clock: TestClock,
    _app: Running,
    _tenant: Option<Running>,
}

impl TestApp {
    /// With the demo tenant beside it.
    pub(crate) fn with_demo_tenant() -> Self {
        Self::start(&[])
    }

    /// With a provider that the test controls, as a public client.
    pub(crate) fn at(provider: &Provider) -> Self {
        Self::at_with(provider, &[])
    }

    /// The same, with more settings.
    pub(crate) fn at_with(provider: &Provider, settings: &[(&str, &str)]) -> Self {
        let own = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
        Self::start(&[&own, settings].concat())
    }

    /// With these settings, where `{port}` stands for the app's; without `OIDC_ISSUER_URL`, with the demo tenant.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        log::capture();
        let (socket, tenant_socket) = (free_port(), free_port());
        let [port, tenant_port] = [&socket, &tenant_socket].map(|socket| socket.local_addr().unwrap().port());
        let base = format!("http://localhost:{port}");
        let mut all =
            HashMap::from([("APP_BASE_URL", base.clone()), ("DEMO_TENANT_LISTEN", format!("127.0.0.1:{tenant_port}"))]);
        all.extend(settings.iter().map(|(name, value)| (*name, value.replace("{port}", &port.to_string()))));
        let settings = Settings::read(|name| all.get(name).cloned()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let clock = TestClock::default();
        let tenant = settings
            .demo_tenant
            .as_ref()
            .map(|tenant| DemoTenant::new(tenant.options(&settings.client), clock.clock(), Random::system()));
        let (organizations, observer) = tenant.clone().map(hand_over).unwrap_or_default();
        let tenant = tenant.map(|tenant| tenant::serve(tenant_socket, tenant));
        let app_clock = clock.clock();
        let app = Running::start(move || {
            let sockets = vec![socket];
            let app = Application::build(&settings, sockets, organizations, observer, app_clock, Random::system());
            let app = app.unwrap();
            (app.handle(), app.run())
        });
        let tenant_origin = format!("http://localhost:{tenant_port}");
        Self { base, tenant: tenant_origin, clock, _app: app, _tenant: tenant }
    }

    /// The name of the session's cookie.
    pub(crate) fn session_cookie(&self) -> String {
        cookie_at(&self.base, "orglab_session")
    }

    /// How the names of the attempts' cookies begin.
    pub(crate) fn attempt_cookies(&self) -> String {
        cookie_at(&self.base, "orglab_attempt") + "_"
    }

    /// The name of the cookie with the message after a form.
    pub(crate) fn flash_cookie(&self) -> String {
        cookie_at(&self.base, "orglab_flash")
    }

    /// The name of the session's cookie at the demo tenant.
    pub(crate) fn tenant_cookie(&self) -> String {
        cookie_at(&self.tenant, "demo_tenant_session")
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// Opens the demo tenant's management API.
    pub(crate) async fn script(&self) -> Script {
        Script::at(&self.tenant).await
    }

    /// The browser of a user who has just signed in, at a provider that asks nothing.
    pub(crate) async fn signed_in(&self, organization: &str) -> Browser {
        let browser = self.browser();
        let page = browser.sign_in(organization).await;
        assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
        browser
    }
}

/// What the binary hands from the tenant to the app.
fn hand_over(tenant: DemoTenant) -> (OrganizationNames, SignInObserver) {
    let named = tenant.clone();
    (
        OrganizationNames::from_fn(move |maximum| named.first_organization_names(maximum)),
        SignInObserver::from_fn(move |response, outcome| tenant.observe_outcome(response, outcome)),
    )
}

/// The name of a cookie at an http origin: with the port, since cookies have none.
pub(crate) fn cookie_at(origin: &str, name: &str) -> String {
    format!("{name}_{}", Url::parse(origin).unwrap().port_or_known_default().unwrap())
}

/// A socket on a free port of 127.0.0.1.
pub(crate) fn free_port() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap()
}

/// A port that refuses connections for as long as the socket lives: it is bound, so that no other test gets it, and
/// nobody listens.
pub(crate) fn closed_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket
}

/// A clock that a test can put forward.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let (system, ahead) = (Clock::system(), Arc::clone(&self.0));
        Clock::from_fn(move || system.now() + TimeDelta::seconds(ahead.load(Ordering::SeqCst)))
    }
}

/// A server on a thread of its own, with an event loop of its own; it ends with the test.
pub(crate) struct Running {
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn server(server: impl FnOnce() -> Server + Send + 'static) -> Self {
        Self::start(move || {
            let server = server();
            (server.handle(), server)
        })
    }

    /// A server with these routes.
    pub(crate) fn routes(socket: TcpListener, routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        Self::server(move || {
            let app = move || App::new().configure(routes.clone());
            HttpServer::new(app).workers(1).disable_signals().listen(socket).unwrap().run()
        })
    }

    pub(crate) fn start<Served>(build: impl FnOnce() -> (ServerHandle, Served) + Send + 'static) -> Self
    where
        Served: Future<Output = std::io::Result<()>> + 'static,
    {
        let (ready, wait) = mpsc::channel();
        let thread = thread::spawn(move || {
            System::new().block_on(async move {
                let (handle, served) = build();
                ready.send(handle).unwrap();
                served.await.unwrap();
            });
        });
        Self { handle: wait.recv().unwrap(), thread: Some(thread) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false)); // the command is sent at once, whether or not its future is awaited
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
