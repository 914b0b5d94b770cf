//! The hostile provider: honest by default, misbehaving in one named way when a test tells it to. It speaks real HTTP,
//! is strict with the app (PKCE, redirect URI, client authentication), asks its users nothing, and counts its requests.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Bytes, Data},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use orglab::clock::Clock;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{
    app::{Running, free_port},
    behaviour::{Behaviour, Trouble, change},
    token::Draft,
};

/// The secret of the provider's confidential client.
pub(crate) const CLIENT_SECRET: &str = "s3cret of the client's, with: odd/characters+";

/// Who need not authenticate, where nobody must.
const PUBLIC_CLIENTS: [&str; 2] = ["orglab", "another"];

/// A running provider.
pub(crate) struct Provider {
    /// With the slash at the end, as Auth0 has it.
    pub(crate) issuer: String,
    shared: Data<Shared>,
    _server: Running,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

pub(super) struct Shared {
    issuer: String,
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Received>>,
    codes: Mutex<HashMap<String, AuthorizationRequest>>,
    issued: Mutex<Vec<String>>,
}

/// What was asked for, for one code.
type AuthorizationRequest = HashMap<String, String>;

impl Provider {
    /// An honest provider.
    pub(crate) fn start() -> Self {
        Self::on(free_port())
    }

    /// A provider that misbehaves in this way.
    pub(crate) fn that(misbehaves: impl FnOnce(&mut Behaviour)) -> Self {
        let provider = Self::start();
        provider.now(misbehaves);
        provider
    }

    /// A provider whose ID tokens say this; a null takes the claim away.
    pub(crate) fn that_says(claims: Value) -> Self {
        Self::that(|behaviour| behaviour.claim(claims))
    }

    /// A provider that refuses every sign-in with this code and, if it is not empty, this description.
    pub(crate) fn that_refuses(error: &str, description: &str) -> Self {
        let words = [("error", error), ("error_description", description)];
        let words = words.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::that(|behaviour| {
            behaviour.response = change(move |response: &mut Vec<(String, String)>| {
                response.retain(|(name, _)| name != "code");
                response.extend(words.iter().filter(|(_, value)| !value.is_empty()).cloned());
            });
        })
    }

    /// An honest provider on this socket.
    pub(crate) fn on(socket: std::net::TcpListener) -> Self {
        Self::behind(format!("http://127.0.0.1:{}/", socket.local_addr().unwrap().port()), socket)
    }

    /// An honest provider on this socket, which others reach by way of `issuer`.
    pub(crate) fn behind(issuer: String, socket: std::net::TcpListener) -> Self {
        let shared = Data::new(Shared {
            issuer: issuer.clone(),
            behaviour: Mutex::new(Behaviour::honest()),
            received: Mutex::default(),
            codes: Mutex::default(),
            issued: Mutex::default(),
        });
        let data = shared.clone();
        let server = Running::routes(socket, move |app| {
            app.app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/keys", web::get().to(keys))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token))
                .route("/userinfo", web::get().to(userinfo));
        });
        Self { issuer, shared, _server: server }
    }

    /// From now on it behaves like this.
    pub(crate) fn now(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour());
    }

    /// From now on it is honest again.
    pub(crate) fn repent(&self) {
        self.now(|behaviour| *behaviour = Behaviour::honest());
    }

    /// A logout token, changed before it is signed.
    pub(crate) fn logout_token(&self, change: impl FnOnce(&mut Draft)) -> String {
        let mut draft = Draft::logout(&self.issuer, random("token"), Clock::system().now());
        change(&mut draft);
        draft.sign(&self.shared.behaviour())
    }

    /// The requests for a path so far.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        self.shared.received.lock().unwrap().iter().filter(|request| request.path == path).cloned().collect()
    }

    /// All that it has issued and that is nobody else's business: codes and tokens.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.shared.issued.lock().unwrap().clone()
    }
}

impl Shared {
    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    fn note(&self, request: &HttpRequest, body: &Bytes) {
        let authorization = request.headers().get(header::AUTHORIZATION);
        self.received.lock().unwrap().push(Received {
            path: request.path().to_owned(),
            authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
            body: String::from_utf8_lossy(body).into_owned(),
        });
    }

    fn issue(&self, secret: String) -> String {
        self.issued.lock().unwrap().push(secret.clone());
        secret
    }

    async fn response(&self, trouble: Option<Trouble>, honest: Value) -> HttpResponse {
        match trouble {
            Some(trouble) => trouble.response(&honest).await,
            None => HttpResponse::Ok().json(honest),
        }
    }
}

async fn discovery(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note(&request, &body);
    let at = |path: &str| format!("{}{path}", shared.issuer);
    let mut document = json!({
        "issuer": shared.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "end_session_endpoint": at("logout"),
        "userinfo_endpoint": at("userinfo"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    });
    let behaviour = shared.behaviour().clone();
    behaviour.discovery.apply(&mut document);
    shared.response(behaviour.discovery_trouble, document).await
}

async fn keys(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note(&request, &body);
    let behaviour = shared.behaviour().clone();
    let mut keys = behaviour.published_keys();
    behaviour.keys.apply(&mut keys);
    shared.response(behaviour.keys_trouble, keys).await
}

/// The user is signed in here, and has nothing against it.
async fn authorize(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note(&request, &body);
    let asked: AuthorizationRequest = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let code = shared.issue(random("code"));
    let mut response = vec![("code".to_owned(), code.clone()), ("state".to_owned(), asked["state"].clone())];
    shared.behaviour().response.apply(&mut response);
    let mut to = Url::parse(&asked["redirect_uri"]).unwrap();
    to.query_pairs_mut().extend_pairs(response);
    shared.codes.lock().unwrap().insert(code, asked);
    HttpResponse::Found().insert_header((header::LOCATION, to.as_str())).finish()
}

async fn token(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note(&request, &body);
    let behaviour = shared.behaviour().clone();
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let refuse = |error: &str| HttpResponse::BadRequest().json(json!({"error": error}));
    if !is_authenticated(&behaviour, &request, &form) {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_client"}));
    }
    let Some(asked) = form.get("code").and_then(|code| shared.codes.lock().unwrap().remove(code)) else {
        return refuse("invalid_grant");
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    if asked["code_challenge_method"] != "S256" || asked["code_challenge"] != challenge {
        return refuse("invalid_grant");
    }
    let is_another_clients = form.get("client_id").is_some_and(|id| *id != asked["client_id"]);
    if is_another_clients || form.get("redirect_uri") != Some(&asked["redirect_uri"]) {
        return refuse("invalid_grant");
    }
    shared.issue(verifier);
    let mut draft = Draft::honest(&shared.issuer, &asked, Clock::system().now());
    behaviour.id_token.apply(&mut draft);
    let mut id_token = draft.sign(&behaviour);
    behaviour.signed.apply(&mut id_token);
    let mut tokens = json!({
        "access_token": shared.issue(random("access")),
        "token_type": "Bearer",
        "expires_in": 3600,
        "id_token": shared.issue(id_token),
    });
    behaviour.tokens.apply(&mut tokens);
    shared.response(behaviour.token_trouble, tokens).await
}

/// Only for an access token that it has issued (RFC 6750, 2.1).
async fn userinfo(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note(&request, &body);
    let authorization = request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
    let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !token.starts_with("access-") || !shared.issued.lock().unwrap().iter().any(|issued| issued == token) {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_token"}));
    }
    let mut claims = json!({"sub": "okta|Okta1|alice"});
    let behaviour = shared.behaviour().clone();
    behaviour.userinfo.apply(&mut claims);
    shared.response(behaviour.userinfo_trouble, claims).await
}

/// A confidential client must show its secret, in the way that discovery offers and in no other (RFC 6749, 2.3).
fn is_authenticated(behaviour: &Behaviour, request: &HttpRequest, form: &HashMap<String, String>) -> bool {
    let authorization = request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = BASE64.encode(format!("{}:{}", encode("orglab"), encode(CLIENT_SECRET)).as_bytes());
    let (id, secret) = (form.get("client_id").map(String::as_str), form.get("client_secret").map(String::as_str));
    match behaviour.client_authentication {
        "none" => authorization.is_none() && id.is_some_and(|id| PUBLIC_CLIENTS.contains(&id)) && secret.is_none(),
        "client_secret_basic" => authorization == Some(&format!("Basic {basic}")) && secret.is_none(),
        "client_secret_post" => authorization.is_none() && id == Some("orglab") && secret == Some(CLIENT_SECRET),
        other => panic!("{other} is no way to authenticate"),
    }
}

/// A text that nobody can guess.
fn random(prefix: &str) -> String {
    let mut bytes = [0; 18];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).unwrap();
    format!("{prefix}-{}", BASE64URL_NOPAD.encode(&bytes))
}
