//! A site in this process, without a server: what a request costs between its head and its response.

use std::rc::Rc;

use actix_web::{
    App,
    body::to_bytes_limited,
    dev::{HttpServiceFactory, Service},
    http::{StatusCode, header::HeaderMap},
    test::{TestRequest, init_service},
};
use futures_util::future::LocalBoxFuture;
use orglab::{app::AppSite, clock::Clock, demo_tenant::DemoTenant, random::Random, settings::Settings, store::Stores};

use crate::support::{
    browser::{ACCEPT_ENCODING, AcceptEncoding, Browser, NAVIGATION, Response},
    provider::{CLIENT_ID, USER},
};

/// More than any body.
const MAXIMUM_BODY: usize = 100_000_000;

pub(crate) struct Site {
    call: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Page>>,
    host: &'static str,
}

/// A response whose body has been read.
pub(crate) struct Page {
    status: StatusCode,
    headers: HeaderMap,
    length: usize,
}

impl Site {
    /// The app at this provider, with the sessions of this process.
    pub(crate) async fn app(issuer: &str, clock: Clock, random: Random) -> Self {
        let settings = Settings::read(|name| match name {
            "OIDC_ISSUER_URL" => Some(issuer.to_owned()),
            "OIDC_CLIENT_ID" => Some(CLIENT_ID.to_owned()),
            "SESSION_SECRET" => Some("0f".repeat(64)),
            _ => None,
        });
        let settings = settings.unwrap();
        let site = AppSite::new(&settings, clock.clone(), random).unwrap();
        let stores = Stores::in_memory(&settings.session, clock);
        Self::of(site.service(stores), "localhost:3000").await
    }

    /// The demo tenant as it starts.
    #[allow(dead_code, reason = "benches/count.rs does not use it")]
    pub(crate) async fn demo_tenant() -> Self {
        let settings = Settings::read(|_| None).unwrap();
        let options = settings.demo_tenant.as_ref().unwrap().options(&settings.client);
        Self::of(DemoTenant::new(options, Clock::system(), Random::system()).site(), "localhost:3001").await
    }

    async fn of(site: impl HttpServiceFactory + 'static, host: &'static str) -> Self {
        let service = Rc::new(init_service(App::new().service(site)).await);
        let call = move |request: TestRequest| -> LocalBoxFuture<'static, Page> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = service.call(request.to_request()).await.unwrap();
                let (status, headers) = (response.status(), response.headers().clone());
                let body = to_bytes_limited(response.into_body(), MAXIMUM_BODY).await.unwrap().ok();
                Page { status, headers, length: body.unwrap().len() }
            })
        };
        Self { call: Box::new(call), host }
    }

    /// Asks for a page as a browser does.
    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Page {
        let request = TestRequest::get().uri(path).insert_header(("Host", self.host)).insert_header(ACCEPT_ENCODING);
        let request = NAVIGATION.into_iter().fold(request, TestRequest::insert_header);
        let request = if cookie.is_empty() { request } else { request.insert_header(("Cookie", cookie)) };
        (self.call)(request).await
    }

    /// Signs a user in, up to the profile. Returns the session's cookie. `provider` is the provider's port.
    pub(crate) async fn sign_in(&self, provider: u16, user: usize) -> String {
        let login = self.log_in().await;
        self.finish(&Callback::after(login, provider, user)).await
    }

    /// The first piece of a sign-in, before the browser is at the provider.
    pub(crate) async fn log_in(&self) -> Page {
        self.get("/login?organization=org1", "").await
    }

    /// The last piece of a sign-in.
    pub(crate) async fn finish(&self, callback: &Callback) -> String {
        let response = Response::from(self.get(&callback.path, &callback.attempt).await);
        let session = response.cookie("orglab_session_");
        let profile = self.get(&response.location(), &session).await;
        assert_eq!((response.location().as_str(), profile.status), ("/profile", StatusCode::OK));
        session
    }
}

/// What the browser brings back from the provider.
pub(crate) struct Callback {
    path: String,
    /// The cookie of the attempt.
    attempt: String,
}

impl Callback {
    /// The user signs in at the provider.
    pub(crate) fn after(login: Page, provider: u16, user: usize) -> Self {
        let login = Response::from(login);
        let mut browser = Browser::new(provider, "127.0.0.1", AcceptEncoding::None);
        let authorization = browser.get(&format!("{}&{USER}={user}", login.location()), "");
        Self { path: authorization.location(), attempt: login.cookie("orglab_attempt_") }
    }
}

impl From<Page> for Response {
    fn from(page: Page) -> Self {
        let headers = page.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Self { status: page.status.as_u16(), headers: headers.collect(), length: page.length }
    }
}
