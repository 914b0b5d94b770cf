//! A provider that refuses in another provider's words: the client, the redirect URI, the code and the logout.

use std::{collections::HashMap, sync::Mutex};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes, Data},
};
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{
    app::{Running, free_port},
    auth0::REGISTERED,
    keys::RSA,
};

/// A response: the status, where it redirects to (a path at the provider, or nothing), and the body.
pub(crate) type Reply = (u16, &'static str, &'static str);

/// How it responds to authorization requests that it accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// As `prompt=none` asks: `login_required`, at the redirect URI.
    Refusal(&'static str),
    /// With a page, as if nobody had asked for none.
    Page(Reply),
}

#[derive(Clone, Copy)]
pub(crate) struct Wordings {
    pub(crate) unknown_client: Reply,
    pub(crate) unregistered: Reply,
    pub(crate) accepted: Accepted,
    /// The redirect URI that is registered. Nothing means any.
    pub(crate) registered: &'static str,
    pub(crate) token: Reply,
    pub(crate) logout: Reply,
    /// The page at `/error`.
    pub(crate) error_page: Reply,
    /// The response to an authorization request that may be answered with a page, if it is another one.
    pub(crate) to_browsers: Option<Reply>,
}

impl Wordings {
    /// All is well, and nobody is signed in.
    pub(crate) const USUAL: Self = Self {
        unknown_client: (400, "", "Unknown client"),
        unregistered: (400, "", "Callback URL mismatch"),
        accepted: Accepted::Refusal("login_required"),
        registered: REGISTERED,
        token: (400, "", r#"{"error":"invalid_grant"}"#),
        logout: (302, REGISTERED, ""),
        error_page: (404, "", ""),
        to_browsers: None,
    };
}

/// A running provider.
pub(crate) struct Speaker {
    pub(crate) issuer: String,
    shared: Data<Shared>,
    _server: Running,
}

struct Shared {
    issuer: String,
    wordings: Wordings,
    authorizations: Mutex<Vec<HashMap<String, String>>>,
}

impl Speaker {
    pub(crate) fn of(wordings: &Wordings) -> Self {
        let socket = free_port();
        let issuer = format!("http://127.0.0.1:{}/", socket.local_addr().unwrap().port());
        let shared =
            Data::new(Shared { issuer: issuer.clone(), wordings: *wordings, authorizations: Mutex::default() });
        let data = shared.clone();
        let server = Running::routes(socket, move |app| {
            app.app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/keys", web::get().to(async || HttpResponse::Ok().json(json!({"keys": [RSA.jwk("current")]}))))
                .route("/authorize", web::get().to(authorize))
                .route("/error", web::get().to(async |shared: Data<Shared>| respond(shared.wordings.error_page)))
                .route("/token", web::post().to(async |shared: Data<Shared>, _: Bytes| respond(shared.wordings.token)))
                .route("/logout", web::get().to(async |shared: Data<Shared>| respond(shared.wordings.logout)));
        });
        Self { issuer, shared, _server: server }
    }

    /// The authorization requests so far.
    pub(crate) fn authorizations(&self) -> Vec<HashMap<String, String>> {
        self.shared.authorizations.lock().unwrap().clone()
    }
}

fn respond((status, to, body): Reply) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if !to.is_empty() {
        response.insert_header((header::LOCATION, to));
    }
    response.content_type("text/html").body(body)
}

async fn discovery(shared: Data<Shared>) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", shared.issuer);
    HttpResponse::Ok().json(json!({
        "issuer": shared.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "end_session_endpoint": at("logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

/// The client first, then the redirect URI, as providers do.
async fn authorize(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let asked: HashMap<String, String> =
        form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    shared.authorizations.lock().unwrap().push(asked.clone());
    let Wordings { unknown_client, unregistered, accepted, registered, to_browsers, .. } = shared.wordings;
    if let Some(reply) = to_browsers.filter(|_| !asked.contains_key("prompt")) {
        return respond(reply);
    }
    if asked["client_id"] != "orglab" {
        return respond(unknown_client);
    }
    if !registered.is_empty() && asked["redirect_uri"] != registered {
        return respond(unregistered);
    }
    match accepted {
        Accepted::Page(reply) => respond(reply),
        Accepted::Refusal(error) => {
            let mut to = Url::parse(&asked["redirect_uri"]).unwrap();
            to.query_pairs_mut().append_pair("error", error).append_pair("state", &asked["state"]);
            HttpResponse::Found().insert_header((header::LOCATION, to.as_str())).finish()
        }
    }
}
