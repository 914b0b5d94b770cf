//! A demo tenant on a free port, and a browser that visits it as an application would send it there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{net::TcpListener, sync::LazyLock};

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use orglab::{
    clock::Clock,
    demo_tenant::{Checkpoint, ClientRegistration, DemoTenant, Options, Seed},
    random::Random,
};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use url::Url;

use crate::support::app::serve_tenant;

/// The application's origin; nothing listens there.
pub(crate) const APPLICATION: &str = "http://localhost:3000";

/// A running tenant, stopped when it is dropped.
pub(crate) struct TestTenant {
    pub(crate) issuer: String,
    handle: actix_web::dev::ServerHandle,
}

impl TestTenant {
    pub(crate) fn start() -> Self {
        Self::start_with(Checkpoint::default(), Clock::system())
    }

    pub(crate) fn start_with(checkpoint: Checkpoint, clock: Clock) -> Self {
        Self::start_for(ClientRegistration::of(APPLICATION), checkpoint, None, clock)
    }

    pub(crate) fn start_for(
        client: ClientRegistration,
        checkpoint: Checkpoint,
        seed: Option<Seed>,
        clock: Clock,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let options = Options { port, client, claims_namespace: "https://myapp.com/".into(), checkpoint, seed };
        let tenant = DemoTenant::new(options, clock, Random::system());
        let server = serve_tenant(&tenant, listener);
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { issuer: tenant.issuer().to_owned(), handle }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{}", self.issuer, path.trim_start_matches('/'))
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { tenant: self, client: CLIENT.clone(), cookie: None }
    }
}

impl Drop for TestTenant {
    fn drop(&mut self) {
        actix_web::rt::spawn(self.handle.stop(false));
    }
}

/// Made once, since that takes long; it keeps no connections, which would end with the test that opened them.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.pool_max_idle_per_host(0).build().unwrap()
});

/// Keeps the tenant's cookie, follows nothing by itself.
pub(crate) struct Browser<'t> {
    tenant: &'t TestTenant,
    pub(crate) client: reqwest::Client,
    pub(crate) cookie: Option<String>,
}

/// An answer that was read.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: String,
    address: String,
}

impl Browser<'_> {
    pub(crate) fn at(&self, path: &str) -> String {
        self.tenant.at(path)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.client.get(self.tenant.at(path));
        self.send(path, request).await
    }

    /// Posts a form as the tenant's own pages do.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let request = self.client.post(self.tenant.at(path)).header("sec-fetch-site", "same-origin").form(form);
        self.send(path, request).await
    }

    pub(crate) async fn send(&mut self, path: &str, mut request: RequestBuilder) -> Page {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = request.send().await.unwrap();
        self.keep_cookie(&response);
        let location = response.headers().get(header::LOCATION).map(|it| it.to_str().unwrap().to_owned());
        Page {
            status: response.status(),
            location,
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
            address: path.to_owned(),
        }
    }

    fn keep_cookie(&mut self, response: &Response) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let pair = cookie.split(';').next().unwrap();
            let value = pair.strip_prefix("demo_tenant_session=").unwrap();
            self.cookie = (!value.is_empty()).then(|| pair.to_owned());
        }
    }

    /// The ids of the organizations on the dashboard.
    pub(crate) async fn organization_ids(&mut self) -> Vec<String> {
        let html = self.get("/").await.html();
        let ids = Selector::parse("article[id^=org_]").unwrap();
        html.select(&ids).filter_map(|article| article.attr("id")).map(str::to_owned).collect()
    }

    /// Signs in, from a request to the answer at the application: the connection, if there is a choice, and the user.
    pub(crate) async fn sign_in(&mut self, attempt: &Attempt, connection: &str, email: &str) -> Page {
        let mut page = self.get(&attempt.path).await;
        if page.has(&format!("connection-{connection}")) {
            page = self.press(&page, &format!("connection-{connection}")).await;
        }
        if page.has(&format!("user-{email}")) { self.press(&page, &format!("user-{email}")).await } else { page }
    }

    /// Presses the button with this test id: its form, its hidden fields, itself.
    pub(crate) async fn press(&mut self, page: &Page, test_id: &str) -> Page {
        self.press_with(page, test_id, &[]).await
    }

    /// The same, with something typed into the form's fields.
    pub(crate) async fn press_with(&mut self, page: &Page, test_id: &str, typed: &[(&str, &str)]) -> Page {
        let (action, method, mut fields) = page.form_of(test_id);
        for (name, value) in typed {
            fields.retain(|(it, _)| it != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let borrowed: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if method == "post" {
            return self.post(&action, &borrowed).await;
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&borrowed).finish();
        self.get(&format!("{action}?{query}")).await
    }
}

impl Page {
    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// The test ids that begin so, in the page's order.
    pub(crate) fn test_ids(&self, prefix: &str) -> Vec<String> {
        let selector = Selector::parse("[data-testid]").unwrap();
        let html = self.html();
        let ids = html.select(&selector).filter_map(|element| element.attr("data-testid"));
        ids.filter(|id| id.starts_with(prefix)).map(str::to_owned).collect()
    }

    pub(crate) fn has(&self, test_id: &str) -> bool {
        self.test_ids("").iter().any(|id| id == test_id)
    }

    /// Whether the guide's step is ticked.
    pub(crate) fn step_is_done(&self, number: &str) -> bool {
        let step = Selector::parse(&format!(r#"[data-testid="step-{number}"]"#)).unwrap();
        self.html().select(&step).next().unwrap().attr("data-done") == Some("true")
    }

    /// The text of the element with this test id.
    pub(crate) fn text_of(&self, test_id: &str) -> String {
        let element = Selector::parse(&format!(r#"[data-testid="{test_id}"]"#)).unwrap();
        self.html().select(&element).flat_map(|it| it.text()).collect::<String>()
    }

    /// An attribute of the first element that the selector finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).unwrap();
        self.html().select(&selector).next()?.attr(name).map(str::to_owned)
    }

    /// The texts of the elements that the selector finds, with single spaces between words.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let words = |it: scraper::ElementRef| it.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        self.html().select(&selector).map(words).collect()
    }

    /// A parameter of the address that the answer redirects to.
    pub(crate) fn answer(&self, name: &str) -> Option<String> {
        let url = Url::parse(self.location.as_deref()?).ok()?;
        url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    }

    /// The form of the button with this test id: where it goes, how, and what it sends.
    pub(crate) fn form_of(&self, test_id: &str) -> (String, String, Vec<(String, String)>) {
        let html = self.html();
        let button = Selector::parse(&format!(r#"button[data-testid="{test_id}"]"#)).unwrap();
        let button = html.select(&button).next().unwrap_or_else(|| panic!("no button {test_id} on {}", self.body));
        assert!(button.attr("disabled").is_none(), "the button {test_id} is disabled");
        let form = button.ancestors().filter_map(scraper::ElementRef::wrap).find(|it| it.value().name() == "form");
        let form = form.unwrap();
        let inputs = Selector::parse("input, select, textarea").unwrap();
        let options = Selector::parse("option").unwrap();
        let field = |it: scraper::ElementRef| {
            let unchecked = it.attr("type") == Some("checkbox") && it.attr("checked").is_none();
            let name = it.attr("name").filter(|_| !unchecked)?;
            let selected = it.select(&options).find(|option| option.attr("selected").is_some());
            let option = selected.or_else(|| it.select(&options).next()).and_then(|option| option.attr("value"));
            Some((name.to_owned(), it.attr("value").or(option).unwrap_or_default().to_owned()))
        };
        let mut fields: Vec<_> = form.select(&inputs).filter_map(field).collect();
        fields.extend(field(button));
        let action = form.attr("action").unwrap_or(&self.address).to_owned();
        (action, form.attr("method").unwrap_or("get").to_owned(), fields)
    }
}

/// An authorization request as the app makes it, and the verifier to its challenge.
pub(crate) struct Attempt {
    pub(crate) path: String,
    pub(crate) verifier: String,
}

/// A request with these parameters besides the ones that every request has.
pub(crate) fn attempt(more: &[(&str, &str)]) -> Attempt {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("client_id", "orglab"),
        ("redirect_uri", APPLICATION),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    query.extend_pairs(more);
    Attempt { path: format!("/authorize?{}", query.finish()), verifier: secret(&verifier) }
}

fn secret(verifier: &PkceCodeVerifier) -> String {
    verifier.secret().clone()
}

/// A script with an access token for the management API.
pub(crate) struct Script<'t> {
    tenant: &'t TestTenant,
    client: reqwest::Client,
    pub(crate) token: String,
}

impl TestTenant {
    /// Opens the management API.
    pub(crate) async fn script(&self) -> Script<'_> {
        let client = self.browser().client;
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": "orglab-management",
            "client_secret": "demo",
            "audience": self.at("/api/v2/"),
        });
        let answer: Value =
            client.post(self.at("/oauth/token")).json(&body).send().await.unwrap().json().await.unwrap();
        Script { tenant: self, client, token: answer["access_token"].as_str().unwrap().to_owned() }
    }
}

impl Script<'_> {
    /// A request below `/api`: status and JSON, null where there is no body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, self.tenant.at(&format!("/api{path}"))).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// A successful request's JSON.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The id of the thing in a list that has this value in this field.
    pub(crate) async fn find(&self, list: &str, field: &str, value: &str, id: &str) -> String {
        let all = self.ok("GET", list, Value::Null).await;
        let found = all.as_array().unwrap().iter().find(|it| it[field] == value);
        found.unwrap_or_else(|| panic!("no {value} in {all}"))[id].as_str().unwrap().to_owned()
    }
}

impl TestTenant {
    /// Invites to org1, and gives the request that the application makes of the link.
    pub(crate) async fn invite_to_org1(&self, email: &str) -> Attempt {
        let mut admin = self.browser();
        let dashboard = admin.get("/").await;
        admin.press_with(&dashboard, "invite-org1", &[("email", email)]).await;
        let dashboard = admin.get("/").await;
        let link = dashboard.attribute("a.invitation-link", "href");
        let link = Url::parse(&link.unwrap_or_else(|| panic!("no link in {}", dashboard.body))).unwrap();
        let get = |name: &str| link.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
        assert_eq!(get("organization_name").as_deref(), Some("org1"));
        attempt(&[("invitation", &get("invitation").unwrap()), ("organization", &get("organization").unwrap())])
    }

    /// Exchanges a code for tokens.
    pub(crate) async fn exchange(&self, code: &str, verifier: &str) -> (StatusCode, Value) {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "orglab"),
            ("code", code),
            ("redirect_uri", APPLICATION),
            ("code_verifier", verifier),
        ];
        let request = self.browser().client.post(self.at("/oauth/token")).form(&form);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    /// The claims of the ID token that a page's code is good for.
    pub(crate) async fn claims(&self, answered: &Page, attempt: &Attempt) -> Value {
        let code = answered.answer("code").unwrap_or_else(|| panic!("no code in {:?}", answered.location));
        let (status, tokens) = self.exchange(&code, &attempt.verifier).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
    }
}
