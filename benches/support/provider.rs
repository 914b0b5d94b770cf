//! A provider to sign in at: its users are signed in already, and it signs real ID tokens. It checks nothing, which is
//! what the tests are for. It keeps connections, and counts those that the app opens.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::header,
    rt::System,
    web::{self, Bytes, Data},
};
use data_encoding::BASE64URL_NOPAD;
use orglab::clock::Clock;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::keys::{ED25519, Key, P256, RSA};

pub(crate) const CLIENT_ID: &str = "orglab";
/// The parameter of an authorization request that says who signs in: a number.
pub(crate) const USER: &str = "user";
/// How long it keeps a connection: longer than the app is idle in a measurement.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const KEY_ID: &str = "key-1";

/// A provider that runs until the process ends.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

struct Shared {
    issuer: String,
    algorithm: &'static str,
    connections: Arc<AtomicUsize>,
}

/// Whether the app has used the connection.
struct UsedByApp(AtomicBool);

impl Provider {
    /// Starts a provider that signs with this algorithm.
    pub(crate) fn start(algorithm: &'static str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let (issuer, connections) = (format!("http://127.0.0.1:{port}/"), Arc::default());
        let shared = Data::new(Shared { issuer: issuer.clone(), algorithm, connections: Arc::clone(&connections) });
        thread::spawn(move || System::new().block_on(serve(socket, shared)));
        Self { issuer, port, connections }
    }

    /// How many connections the app has opened so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn serve(socket: TcpListener, shared: Data<Shared>) {
    let site = move || {
        App::new()
            .app_data(shared.clone())
            .route("/.well-known/openid-configuration", web::get().to(discovery))
            .route("/keys", web::get().to(keys))
            .route("/authorize", web::get().to(authorize))
            .route("/token", web::post().to(token))
    };
    let server = HttpServer::new(site).workers(1).keep_alive(KEEP_ALIVE).disable_signals();
    let server = server.on_connect(|_, data| _ = data.insert(UsedByApp(AtomicBool::default())));
    server.listen(socket).unwrap().run().await.unwrap();
}

impl Shared {
    fn note_connection(&self, request: &HttpRequest) {
        let is_known = request.conn_data::<UsedByApp>().is_some_and(|used| used.0.swap(true, Ordering::Relaxed));
        self.connections.fetch_add(usize::from(!is_known), Ordering::Relaxed);
    }
}

async fn discovery(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    shared.note_connection(&request);
    let at = |path: &str| format!("{}{path}", shared.issuer);
    HttpResponse::Ok().json(json!({
        "issuer": shared.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "end_session_endpoint": at("logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [shared.algorithm],
        "token_endpoint_auth_methods_supported": ["none"],
    }))
}

async fn keys(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    shared.note_connection(&request);
    HttpResponse::Ok().json(json!({ "keys": [key(shared.algorithm).jwk(KEY_ID)] }))
}

/// The code is the authorization request itself, so that there is nothing to keep.
async fn authorize(request: HttpRequest) -> HttpResponse {
    let asked: HashMap<_, _> = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let mut to = Url::parse(&asked["redirect_uri"]).unwrap();
    let kept = json!([asked["nonce"], asked["organization"], asked[USER].parse::<usize>().unwrap()]);
    let code = BASE64URL_NOPAD.encode(kept.to_string().as_bytes());
    to.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
    HttpResponse::Found().insert_header((header::LOCATION, to.as_str())).finish()
}

async fn token(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    shared.note_connection(&request);
    let (_, code) = form_urlencoded::parse(&body).find(|(name, _)| name == "code").unwrap();
    let asked = BASE64URL_NOPAD.decode(code.as_bytes()).unwrap();
    let (nonce, organization, user): (String, String, usize) = serde_json::from_slice(&asked).unwrap();
    let id_token = signed(shared.algorithm, &claims(&shared.issuer, &nonce, &organization, user));
    HttpResponse::Ok().json(json!({
        "access_token": "an access token of a usual length, which nobody uses here",
        "token_type": "Bearer",
        "expires_in": 3600,
        "id_token": id_token,
    }))
}

/// What Auth0 says about a member of an organization.
pub(crate) fn claims(issuer: &str, nonce: &str, organization: &str, user: usize) -> Value {
    let now = Clock::system().now();
    json!({
        "https://myapp.com/license": "corporate",
        "https://myapp.com/organization": organization,
        "nickname": format!("user{user}"),
        "name": format!("User {user}"),
        "picture": format!("https://{organization}.example/pictures/{user}.png"),
        "updated_at": "2026-11-01T08:00:00.000Z",
        "email": format!("user{user}@{organization}.example"),
        "email_verified": true,
        "iss": issuer,
        "aud": CLIENT_ID,
        "sub": format!("okta|Okta1|00u{user:017}"),
        "iat": now.timestamp(),
        "exp": now.timestamp() + 36_000,
        "sid": nonce.get(..32),
        "nonce": nonce,
        "org_id": format!("org_{organization}"),
        "org_name": organization,
    })
}

/// A token with these claims, signed with this algorithm.
pub(crate) fn signed(algorithm: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": KEY_ID }).to_string();
    let message = [header, claims.to_string()].map(|part| BASE64URL_NOPAD.encode(part.as_bytes())).join(".");
    let signature = key(algorithm).sign(algorithm, message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// The key for this algorithm.
pub(crate) fn key(algorithm: &str) -> &'static Key {
    match algorithm {
        "ES256" => &P256,
        "EdDSA" => &ED25519,
        _ => &RSA,
    }
}
