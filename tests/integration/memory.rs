//! What hostile providers and visitors can do to the memory of the process: little.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{
    behaviour::{Behaviour, Trouble, change},
    browser::Browser,
    process::Process,
    provider::Provider,
    raw,
};

/// In MB, of an unoptimised build.
const LIMIT: u64 = 64;
/// How many users try at once.
const USERS: usize = 8;

/// Attack: a provider sends more than anybody could want, for each user who tries to sign in.
#[tokio::test]
async fn hostile_responses_fill_no_memory() {
    type Case = (&'static str, fn(&mut Behaviour));
    let cases: [Case; 6] = [
        ("endless discovery", |behaviour| behaviour.discovery_trouble = Some(Trouble::Endless)),
        ("endless keys", |behaviour| behaviour.keys_trouble = Some(Trouble::Endless)),
        ("endless tokens", |behaviour| behaviour.token_trouble = Some(Trouble::Endless)),
        ("large token", |behaviour| {
            behaviour.claim(json!({"groups": vec!["x".repeat(100); 5_000]}));
        }),
        ("large key set", |behaviour| {
            behaviour.keys =
                change(|keys: &mut Value| keys["keys"] = json!(vec![json!({"kty": "RSA", "n": "AA"}); 20_000]));
        }),
        ("deep token", |behaviour| {
            behaviour.signed = change(|token: &mut String| {
                let deep = data_encoding::BASE64URL_NOPAD.encode("[".repeat(200_000).as_bytes());
                *token = format!("{deep}.{deep}.AA");
            });
        }),
    ];
    let provider = Provider::start();
    let settings = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab")];
    let orglab = Process::start(&settings, "Users log in at");
    for (name, misbehaves) in cases {
        provider.repent();
        provider.now(misbehaves);
        let browsers: Vec<_> = (0..USERS).map(|_| Browser::new(&orglab.base)).collect();
        join_all(browsers.iter().map(|browser| browser.sign_in("org1"))).await;
        let peak = orglab.peak_memory();
        assert!(peak < LIMIT, "{peak} MB after: {name}");
    }
    provider.repent();
    assert_eq!(Browser::new(&orglab.base).sign_in("org1").await.url.path(), "/profile");
}

/// Attack: bodies without end, as fast as they are taken.
#[tokio::test]
async fn bodies_without_end_fill_no_memory() {
    let orglab = Process::start(&[], "Ctrl-C");
    let piece = format!("100000\r\n{}\r\n", "a".repeat(0x10_0000));
    let attack = (0..USERS).map(|_| async {
        let mut stream = raw::connect(&orglab.base).await;
        let head = "POST /logout HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let began = Instant::now();
        // The server closes the connection long before.
        while began.elapsed() < Duration::from_secs(6) && stream.write_all(piece.as_bytes()).await.is_ok() {}
    });
    join_all(attack).await;
    let peak = orglab.peak_memory();
    assert!(peak < LIMIT, "{peak} MB");
    assert_eq!(Browser::new(&orglab.base).get("/healthz").await.status, 200);
}
