//! What the parts of a request cost: `cargo bench`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::sync::LazyLock;

use actix_web::{
    cookie::{Cookie, Key},
    rt::System,
};
use divan::{Bencher, black_box};
use openidconnect::core::CoreJwsSigningAlgorithm;
use orglab::{
    clock::Clock,
    cookies::{seal, unseal},
    pages::attempt_cookie::StoredAttempt,
    random::Random,
    settings::Settings,
    sign_in::{
        RelyingParty,
        attempt::{Destination, LoginRequest},
        http::Http,
        id_token::{self, Expectations},
        key_set::KeySet,
        organization::{OrganizationIds, OrganizationRef},
        record::Record,
        response::AuthorizationResponse,
    },
};
use serde_json::json;

use self::{
    site::Site,
    support::{
        browser::{AcceptEncoding, Browser},
        provider::{CLIENT_ID, Provider, USER, claims, key, signed},
    },
};

#[path = "support/site.rs"]
mod site;

#[path = "support/mod.rs"]
mod support;

/// How many people have signed in to the organization.
const PEOPLE: usize = 50;

fn main() {
    divan::main();
}

/// All checks of an ID token, its signature included.
#[divan::bench(args = ["RS256", "PS256", "ES256", "EdDSA"])]
fn id_token(bencher: Bencher, algorithm: &str) {
    let (issuer, nonce) = ("https://my-tenant.us.auth0.com/", "a nonce of the usual length, 43 characters.");
    let keys = KeySet::from(vec![key(algorithm).jwk("key-1")]);
    let token = signed(algorithm, &claims(issuer, nonce, "org1", 1));
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(algorithm.into()).unwrap();
    let expected = Expectations {
        issuer,
        client_id: CLIENT_ID,
        algorithms: vec![algorithm],
        now: Clock::system().now(),
        nonce: Some(nonce),
        max_age: None,
        organization: None,
    };
    assert!(id_token::verify(&token, &keys, &expected).claims.is_ok());
    bencher.bench_local(|| id_token::verify(black_box(&token), &keys, &expected));
}

static KEY: LazyLock<Key> = LazyLock::new(|| Key::from(&[7; 64]));

/// What the form of the front page asks for.
fn login() -> LoginRequest {
    let organization = OrganizationRef::parse("org1", &OrganizationIds::default()).unwrap();
    LoginRequest { destination: Destination { organization, ..Destination::default() }, ..LoginRequest::default() }
}

/// An attempt in its cookie.
fn attempt() -> (StoredAttempt, Cookie<'static>) {
    let secret = Random::system().secret();
    let attempt = json!({
        "attempt": {
            "state": secret, "nonce": secret, "pkce_verifier": secret,
            "login": login(), "began_at": Clock::system().now(),
        },
        "reported": null,
    });
    (serde_json::from_value(attempt).unwrap(), Cookie::new("orglab_attempt_3000_0123456789", ""))
}

#[divan::bench]
fn attempt_sealed(bencher: Bencher) {
    let (attempt, cookie) = attempt();
    bencher.bench_local(|| seal(cookie.clone(), black_box(&attempt), &KEY));
}

#[divan::bench]
fn attempt_unsealed(bencher: Bencher) {
    let (attempt, cookie) = attempt();
    let sealed = seal(cookie, &attempt, &KEY).unwrap();
    assert!(unseal::<StoredAttempt>(&sealed, &KEY).is_some());
    bencher.bench_local(|| unseal::<StoredAttempt>(black_box(&sealed), &KEY));
}

/// The record of a sign-in as it happens.
fn record() -> Record {
    let provider = Provider::start("RS256");
    let settings = Settings::read(|name| match name {
        "OIDC_ISSUER_URL" => Some(provider.issuer.clone()),
        "OIDC_CLIENT_ID" => Some(CLIENT_ID.to_owned()),
        _ => None,
    });
    let client = settings.unwrap().client;
    System::new().block_on(async {
        let relying_party = RelyingParty::new(client, Http::new().unwrap(), Clock::system(), Random::system());
        let (attempt, url) = relying_party.begin(login(), Clock::system().now()).await.unwrap();
        let mut browser = Browser::new(provider.port, "127.0.0.1", AcceptEncoding::None);
        let callback = browser.get(&format!("/authorize?{}&{USER}=1", url.query().unwrap()), "").location();
        let response = AuthorizationResponse::parse(callback.split_once('?').unwrap().1).unwrap();
        let completion = relying_party.complete(&attempt, response).await;
        assert!(completion.outcome.is_ok());
        completion.record
    })
}

#[divan::bench]
fn record_packed(bencher: Bencher) {
    let record = record();
    bencher.bench_local(|| black_box(&record).pack());
}

#[divan::bench]
fn record_unpacked(bencher: Bencher) {
    let packed = record().pack().unwrap();
    bencher.bench_local(|| black_box(&packed).unpack());
}

/// A page as a browser asks for it, without a server: routing, session, template, compression.
#[divan::bench(args = ["/", "/profile", "/trace", "/features/board", "/features/people", "/features/activity", "/nowhere"])]
fn page(bencher: Bencher, path: &str) {
    let (system, provider) = (System::new(), Provider::start("EdDSA"));
    let site = system.block_on(Site::app(&provider.issuer, Clock::system(), Random::system()));
    let sign_ins = (0..PEOPLE).map(|user| system.block_on(site.sign_in(provider.port, user)));
    let session = sign_ins.last().unwrap();
    let visitor = if path == "/" { "" } else { &session };
    bencher.bench_local(|| system.block_on(site.get(path, visitor)));
}

#[divan::bench]
fn dashboard(bencher: Bencher) {
    let system = System::new();
    let site = system.block_on(Site::demo_tenant());
    bencher.bench_local(|| system.block_on(site.get("/", "")));
}
