//! A tenant that responds as Auth0 does to requests that sign nobody in: with Auth0's statuses and texts, and with one
//! thing that is not as it should be.

use std::{collections::HashMap, sync::Mutex};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{self, Bytes, Data},
};
use chrono::TimeDelta;
use orglab::clock::Clock;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{
    app::{Running, free_port},
    keys::RSA,
    provider::CLIENT_SECRET,
};

/// The only callback and logout URL that is registered.
pub(crate) const REGISTERED: &str = "http://localhost:3000";
/// The only organization that there is.
pub(crate) const ORGANIZATION: &str = "org_1";

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    NoSuchTenant,
    AnotherIssuer,
    ClockOff,
    OnlyPrivateKeyJwt,
    OnlyHs256,
    NoKeys,
    IdsOnly,
    /// Asks who the user is before it looks for the organization.
    UserFirst,
    NotForOrganizations,
    OrganizationRequired,
    NotForPeople,
    /// The page behind a load balancer that is out of order, for everything but discovery and keys.
    OutOfOrder,
    /// Discovery is redirected to this address.
    MovedTo(&'static str),
    /// Everything but discovery and keys hangs.
    Hangs,
    /// Says what it was sent.
    Echoes,
    /// The code is looked at before the secret.
    CodeFirst,
}

/// A running tenant.
pub(crate) struct Tenant {
    pub(crate) issuer: String,
    shared: Data<Shared>,
    _server: Running,
}

struct Shared {
    issuer: String,
    flaw: Flaw,
    asked: Mutex<Vec<HashMap<String, String>>>,
}

impl Tenant {
    pub(crate) fn with(flaw: Flaw) -> Self {
        let socket = free_port();
        let issuer = format!("http://127.0.0.1:{}/", socket.local_addr().unwrap().port());
        let shared = Data::new(Shared { issuer: issuer.clone(), flaw, asked: Mutex::default() });
        let data = shared.clone();
        let server = Running::routes(socket, move |app| {
            app.app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/.well-known/jwks.json", web::get().to(keys))
                .route("/authorize", web::get().to(authorize))
                .route("/oauth/token", web::post().to(token))
                .route("/oidc/logout", web::get().to(logout));
        });
        Self { issuer, shared, _server: server }
    }

    /// The authorization and token requests so far.
    pub(crate) fn asked(&self) -> Vec<HashMap<String, String>> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn discovery(shared: Data<Shared>) -> HttpResponse {
    let at = |path: &str| format!("{}{path}", shared.issuer);
    let only = |flaw, odd: Value, usual: Value| if shared.flaw == flaw { odd } else { usual };
    if shared.flaw == Flaw::NoSuchTenant {
        return HttpResponse::NotFound().body("Not Found");
    }
    if let Flaw::MovedTo(place) = shared.flaw {
        return HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, place)).finish();
    }
    let mut response = HttpResponse::Ok();
    if shared.flaw == Flaw::ClockOff {
        let date = Clock::system().now() - TimeDelta::minutes(10);
        response.insert_header((header::DATE, date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    }
    response.json(json!({
        "issuer": only(Flaw::AnotherIssuer, "https://login.example.com/".into(), shared.issuer.clone().into()),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("oauth/token"),
        "jwks_uri": at(".well-known/jwks.json"),
        "end_session_endpoint": at("oidc/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported":
            only(Flaw::OnlyHs256, json!(["HS256"]), json!(["HS256", "RS256", "PS256"])),
        "token_endpoint_auth_methods_supported":
            only(Flaw::OnlyPrivateKeyJwt, json!(["private_key_jwt"]), json!(["client_secret_basic", "client_secret_post"])),
    }))
}

async fn keys(shared: Data<Shared>) -> HttpResponse {
    let keys = if shared.flaw == Flaw::NoKeys { vec![] } else { vec![RSA.jwk("\u{1b}[2Jcurrent")] };
    HttpResponse::Ok().json(json!({ "keys": keys }))
}

impl Shared {
    /// Notes the request, and how a tenant in trouble responds to any.
    async fn receive(&self, encoded: &[u8]) -> Result<HashMap<String, String>, HttpResponse> {
        let asked: HashMap<String, String> = form_urlencoded::parse(encoded).into_owned().collect();
        self.asked.lock().unwrap().push(asked.clone());
        if self.flaw == Flaw::Hangs {
            std::future::pending::<()>().await;
        }
        if self.flaw == Flaw::OutOfOrder {
            return Err(page(StatusCode::FORBIDDEN, "Just a moment…"));
        }
        Ok(asked)
    }
}

fn page(status: StatusCode, text: &str) -> HttpResponse {
    let page = format!("<!doctype html><title>Oops!, something went wrong</title><p>{text}");
    HttpResponse::build(status).content_type("text/html").body(page)
}

async fn authorize(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    let asked = match shared.receive(request.query_string().as_bytes()).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    if asked["client_id"] != "orglab" {
        return page(StatusCode::BAD_REQUEST, &format!("Unknown client: {}", asked["client_id"]));
    }
    if asked["redirect_uri"] != REGISTERED {
        let text = "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.";
        return page(StatusCode::FORBIDDEN, text);
    }
    let organization = asked.get("organization");
    let (error, description) = match (organization, shared.flaw) {
        (Some(_), Flaw::NotForOrganizations) => {
            ("invalid_request", "parameter organization is not allowed for this client".to_owned())
        }
        (Some(name), Flaw::IdsOnly) if !name.starts_with("org_") => {
            ("invalid_request", "authorization request parameter organization must be an organization id".to_owned())
        }
        (Some(name), flaw) if name != ORGANIZATION && flaw != Flaw::UserFirst => {
            ("invalid_request", format!("organization {name} does not exist"))
        }
        (None, Flaw::OrganizationRequired) => {
            ("invalid_request", "parameter organization is required for this client".to_owned())
        }
        _ => ("login_required", "Login required".to_owned()),
    };
    let mut to = Url::parse(REGISTERED).unwrap();
    let response = [("error", error), ("error_description", &description), ("state", &asked["state"])];
    to.query_pairs_mut().extend_pairs(response);
    HttpResponse::Found().insert_header((header::LOCATION, to.as_str())).finish()
}

async fn token(shared: Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    if let Err(response) = shared.receive(&body).await {
        return response;
    }
    let refuse = |status, error: &str, description: &str| {
        HttpResponse::build(status).json(json!({"error": error, "error_description": description}))
    };
    let secret = secret_of(&request);
    match (shared.flaw, secret.as_deref()) {
        (Flaw::Echoes, Some(secret)) => {
            refuse(StatusCode::UNAUTHORIZED, "access_denied", &format!("{secret} is not the client's secret"))
        }
        (Flaw::NotForPeople, _) => {
            let text = "Grant type 'authorization_code' not allowed for the client.";
            refuse(StatusCode::FORBIDDEN, "unauthorized_client", text)
        }
        (Flaw::CodeFirst, _) | (_, None | Some(CLIENT_SECRET)) => {
            refuse(StatusCode::FORBIDDEN, "invalid_grant", "Invalid authorization code")
        }
        _ => refuse(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized"),
    }
}

/// The secret in a header of HTTP Basic authentication.
fn secret_of(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().unwrap();
    let pair = data_encoding::BASE64.decode(header.strip_prefix("Basic ").unwrap().as_bytes()).unwrap();
    let pair = String::from_utf8(pair).unwrap();
    let (_, secret) = pair.split_once(':').unwrap();
    Some(form_urlencoded::parse(secret.as_bytes()).next().unwrap().0.into_owned())
}

async fn logout(shared: Data<Shared>, request: HttpRequest) -> HttpResponse {
    match shared.receive(request.query_string().as_bytes()).await {
        Err(response) => response,
        Ok(asked) if asked["post_logout_redirect_uri"] == REGISTERED => {
            HttpResponse::Found().insert_header((header::LOCATION, REGISTERED)).finish()
        }
        Ok(asked) => {
            let back = &asked["post_logout_redirect_uri"];
            let text = format!("The post_logout_redirect_uri \"{back}\" is not in the list of Allowed Logout URLs.");
            page(StatusCode::BAD_REQUEST, &text)
        }
    }
}
