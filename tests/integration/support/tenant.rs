//! A demo tenant alone, on a free port, and the requests that an application sends to it.

use std::net::TcpListener;

use actix_web::{App, dev::Server};
use data_encoding::BASE64URL_NOPAD;
use orglab::{
    connections,
    demo_tenant::{Checkpoint, ClientRegistration, DemoTenant, KeyQueue, ManagementSecret, Options},
    loopback::PlainHttp,
    random::Random,
};
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::{
    app::{Running, TestClock, cookie_at, free_port},
    browser::{Browser, Page, encoded, with_query},
    management::Script,
};

/// The application's origin; nothing listens there.
pub(crate) const APPLICATION: &str = "http://localhost:3000";

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server with the tenant alone.
pub(crate) fn serve(socket: TcpListener, tenant: DemoTenant) -> Running {
    Running::server(move || {
        connections::serve(Server::build().workers(1), vec![socket], move || App::new().service(tenant.site())).unwrap()
    })
}

/// A running tenant.
pub(crate) struct TestTenant {
    /// With the slash at the end.
    pub(crate) issuer: String,
    pub(crate) clock: TestClock,
    _server: Running,
}

impl TestTenant {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn at_checkpoint(checkpoint: Checkpoint) -> Self {
        Self::with(|options| options.checkpoint = checkpoint)
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let (socket, clock) = (free_port(), TestClock::default());
        let port = socket.local_addr().unwrap().port();
        let mut options = Options {
            issuer: Url::parse(&format!("http://localhost:{port}")).unwrap(),
            client: ClientRegistration::of(APPLICATION),
            claims_namespace: "https://myapp.com/".into(),
            checkpoint: Checkpoint::default(),
            seed: None,
            management_secret: ManagementSecret::Public,
            home: None,
            key_queue: KeyQueue::default(),
            plain_http: PlainHttp::default(),
        };
        change(&mut options);
        let server = serve(socket, DemoTenant::new(options, clock.clock(), Random::system()));
        Self { issuer: format!("http://localhost:{port}/"), clock, _server: server }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{}", self.issuer, path.trim_start_matches('/'))
    }

    /// The name of the session's cookie.
    pub(crate) fn session_cookie(&self) -> String {
        cookie_at(&self.issuer, "demo_tenant_session")
    }

    /// The name of the cookie with the message after a form.
    pub(crate) fn flash_cookie(&self) -> String {
        cookie_at(&self.issuer, "demo_tenant_flash")
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    /// Opens the management API.
    pub(crate) async fn script(&self) -> Script {
        Script::at(&self.issuer).await
    }

    /// Alice, signed in to org1, and the tokens that the application has got for it.
    pub(crate) async fn alice(&self) -> (Browser, Value) {
        let browser = self.browser();
        let response = browser.authenticate(&to_organization("org1"), "alice@org1.example").await;
        let tokens = self.tokens(&response).await;
        (browser, tokens)
    }

    /// Invites to org1 on the dashboard, and gives the request that the application makes of the link.
    pub(crate) async fn invite_to_org1(&self, email: &str) -> String {
        let admin = self.browser();
        let dashboard = admin.get("/").await;
        admin.press_with(&dashboard, "invite-org1", &[("email", email)]).await;
        let link = admin.get("/").await.attribute("a.invitation-link", "href");
        let link = Url::parse(&link).unwrap();
        let get = |name: &str| link.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
        assert_eq!(get("organization_name").as_deref(), Some("org1"));
        request(&[("invitation", &get("invitation").unwrap()), ("organization", &get("organization").unwrap())])
    }

    /// Exchanges a code for tokens.
    pub(crate) async fn exchange(&self, code: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "orglab"),
            ("code", code),
            ("redirect_uri", APPLICATION),
            ("code_verifier", VERIFIER),
        ];
        let page = self.browser().send(Method::POST, "/oauth/token", &[], Some(encoded(&form))).await;
        (page.status, serde_json::from_str(&page.body).unwrap_or_default())
    }

    /// The tokens that an authorization response is good for.
    pub(crate) async fn tokens(&self, response: &Page) -> Value {
        let code = response.parameter("code").unwrap_or_else(|| panic!("no code in {:?}", response.location()));
        let (status, tokens) = self.exchange(&code).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// The claims of the ID token among them.
    pub(crate) async fn claims(&self, response: &Page) -> Value {
        let tokens = self.tokens(response).await;
        serde_json::from_slice(&decoded(tokens["id_token"].as_str().unwrap())[1]).unwrap()
    }
}

impl Browser {
    /// Signs in at the tenant, from a request to the response to the application: the user's connection, if there is a
    /// choice, and the user.
    pub(crate) async fn authenticate(&self, request: &str, email: &str) -> Page {
        let connection = format!("connection-{}", connection_of(email));
        let user = format!("user-{email}");
        let mut page = self.get(request).await;
        if page.has(&connection) {
            page = self.press(&page, &connection).await;
        }
        if page.has(&user) { self.press(&page, &user).await } else { page }
    }
}

impl Page {
    /// Whether the guide's step is ticked.
    pub(crate) fn step_is_done(&self, number: &str) -> bool {
        let html = self.html();
        let step = scraper::Selector::parse(&format!("[data-testid='step-{number}']")).unwrap();
        html.select(&step).next().unwrap().attr("data-done") == Some("true")
    }
}

/// The connection of a user who is there from the start.
fn connection_of(email: &str) -> &'static str {
    match email {
        "alice@org1.example" => "Okta1",
        "bob@org2.example" => "Okta2",
        "carol@example.com" => "Username-Password-Authentication",
        _ => "none",
    }
}

/// A request to sign in to this organization.
pub(crate) fn to_organization(name: &str) -> String {
    request(&[("organization", name)])
}

/// An authorization request as the app makes it, with these parameters besides the ones that every request has.
pub(crate) fn request(more: &[(&str, &str)]) -> String {
    let own = [
        ("client_id", "orglab"),
        ("redirect_uri", APPLICATION),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    with_query("/authorize", &[&own, more].concat())
}

/// The three parts of a token: header, claims, signature.
pub(crate) fn decoded(token: &str) -> Vec<Vec<u8>> {
    token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).collect()
}
