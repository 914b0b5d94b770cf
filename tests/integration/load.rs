//! Load that an attacker sends: from this machine to this machine, bounded, and over by itself.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all, select};
use rstest::rstest;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{
    app::TestApp,
    behaviour::{Trouble, change},
    browser::Browser,
    process::Process,
    provider::Provider,
    raw,
    token::Draft,
};

const CONNECTIONS: usize = 300;
const CUT_OFF: Duration = Duration::from_secs(10);
/// On a keep-alive connection, the next head must arrive within 15 s of the last response. The rest allows for a busy
/// machine.
const CUT_OFF_SECOND: Duration = Duration::from_secs(17);
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends `beginning`, and then `drop` over and over, until the server closes the connection: after how long.
async fn trickle(base: &str, beginning: &str, drop: &str) -> Duration {
    trickle_on(raw::connect(base).await, beginning, drop).await
}

async fn trickle_on(mut stream: TcpStream, beginning: &str, drop: &str) -> Duration {
    let began = Instant::now();
    let _ = stream.write_all(beginning.as_bytes()).await; // if it is closed already, the loop below notices
    let (mut reading, mut writing) = stream.split();
    let closed = async {
        let mut buffer = [0; 4096];
        while matches!(reading.read(&mut buffer).await, Ok(1..)) {}
    };
    let dripping = async {
        loop {
            sleep(Duration::from_millis(500)).await;
            if writing.write_all(drop.as_bytes()).await.is_err() {
                return;
            }
        }
    };
    // A closed connection can be noticed at both of its ends.
    let _ = timeout(PATIENCE, select(Box::pin(closed), Box::pin(dripping))).await;
    began.elapsed()
}

/// How long others wait for a page during the attack, in the median.
async fn wait_of_others(base: &str, pages: usize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..pages {
        sleep(Duration::from_millis(400)).await;
        let began = Instant::now();
        assert_eq!(Browser::new(base).get("/").await.status, 200);
        times.push(began.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

const FORM: &str = "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";

/// Attack (slow loris): connections that are held by sending next to nothing, so that nobody else gets one.
#[rstest]
#[case::headers(&["GET / HTTP/1.1\r\nHost: localhost\r\n".to_owned()], "X-A: b\r\n")]
#[case::header_line(&["GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ".to_owned()], "b")]
#[case::bodies(&[
    format!("POST /logout HTTP/1.1\r\n{FORM}Content-Length: 5000\r\n\r\n"),
    format!("POST /features/board HTTP/1.1\r\n{FORM}Content-Length: 5000\r\n\r\nnote="),
    format!("POST /backchannel-logout HTTP/1.1\r\n{FORM}Content-Length: 5000\r\n\r\nlogout_token="),
    format!("POST /nowhere HTTP/1.1\r\n{FORM}Content-Length: 5000\r\n\r\n"),
    format!("GET / HTTP/1.1\r\n{FORM}Content-Length: 5000\r\n\r\n"),
], "a")]
#[case::bodies_in_chunks(&[
    format!("POST /logout HTTP/1.1\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n"),
    format!("POST /features/board HTTP/1.1\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n"),
    format!("POST /backchannel-logout HTTP/1.1\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n"),
    format!("POST /nowhere HTTP/1.1\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n"),
    format!("GET /static/x HTTP/1.1\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n"),
], "1\r\na\r\n")]
#[tokio::test]
async fn connections_that_trickle_are_cut_off_and_hold_nobody_up(#[case] beginnings: &[String], #[case] drop: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let attack = (0..CONNECTIONS).map(|number| trickle(&app.base, &beginnings[number % beginnings.len()], drop));
    let (held, median) = join(join_all(attack), wait_of_others(&app.base, 9)).await;
    let longest = held.iter().max().unwrap();
    assert!(*longest < CUT_OFF, "a connection was held for {longest:?}");
    assert!(median < Duration::from_secs(1), "others were served in {median:?}");
}

/// Attack (slow loris): the head of a second request, on a keep-alive connection, tries what the head of a first
/// request may not do; against both servers.
#[tokio::test]
async fn second_heads_that_trickle_are_cut_off_and_hold_nobody_up() {
    rlimit::increase_nofile_limit(8 * CONNECTIONS as u64 * 2).unwrap(); // both ends of all connections are in this process
    let app = TestApp::with_demo_tenant();
    let half = "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ";
    let heads = [("absent", "", ""), ("in one half", half, ""), ("trickled", half, "b"), ("blank lines", "", "\r\n")];
    let attack = |base, connections| {
        let one = move |(name, beginning, drop)| async move {
            (name, trickle_on(raw::kept_connection(base).await, beginning, drop).await)
        };
        join_all((0..connections).flat_map(move |_| heads.map(one)))
    };
    let attacks = join(attack(&app.base, CONNECTIONS), attack(&app.tenant, CONNECTIONS / 10));
    let others = join(wait_of_others(&app.base, 30), wait_of_others(&app.tenant, 30));
    let ((at_app, at_tenant), medians) = join(attacks, others).await;
    let (name, longest) = at_app.into_iter().chain(at_tenant).max_by_key(|(_, held)| *held).unwrap();
    assert!(longest < CUT_OFF_SECOND, "a connection whose second head is {name} was held for {longest:?}");
    assert!(medians.0.max(medians.1) < Duration::from_secs(1), "others were served in {medians:?}");
}

/// Attack: a body without end, as fast as it is taken, fills the memory or holds the connection.
#[rstest]
#[case::by_length("Content-Length: 10000000000\r\n\r\n", "a")]
#[case::in_chunks("Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n")]
#[tokio::test]
async fn a_body_without_end_is_cut_off(#[case] head: &str, #[case] piece: &str) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    for path in ["/logout", "/nowhere"] {
        let held = trickle(&app.base, &format!("POST {path} HTTP/1.1\r\n{FORM}{head}"), &piece.repeat(100_000)).await;
        assert!(held < CUT_OFF, "{path}: the connection was held for {held:?}");
    }
}

/// The demo tenant is behind the same layers.
#[tokio::test]
async fn the_demo_tenant_cuts_off_bodies_that_trickle() {
    let app = TestApp::with_demo_tenant();
    let form = FORM.replace("localhost", app.tenant.trim_start_matches("http://"));
    let beginning = format!("POST /oauth/token HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\n");
    let held = trickle(&app.tenant, &beginning, "1\r\na\r\n").await;
    assert!(held < CUT_OFF, "the connection was held for {held:?}");
}

#[tokio::test]
async fn a_hundred_sign_ins_at_once_against_a_slow_provider_all_succeed() {
    let number = AtomicUsize::new(0);
    let provider = Provider::that(|behaviour| {
        behaviour.token_trouble = Some(Trouble::Late(Duration::from_secs(2)));
        // A hundred users: one of them would have too many sessions.
        behaviour.id_token = change(move |token: &mut Draft| {
            token.claim(json!({"sub": format!("user {}", number.fetch_add(1, Ordering::SeqCst))}));
        });
    });
    let app = TestApp::at(&provider);
    let browsers: Vec<_> = (0..100).map(|_| app.browser()).collect();
    let pages = join_all(browsers.iter().map(|browser| browser.sign_in("org1"))).await;
    let failed: Vec<_> = pages.iter().filter(|page| page.url.path() != "/profile").collect();
    assert!(failed.is_empty(), "{} failed, such as {:?}", failed.len(), failed[0]);
}

/// Attack: sign-ins that are begun and never ended. The browser keeps them, not the server.
#[tokio::test]
async fn abandoned_sign_ins_leave_no_memory() {
    let provider = Provider::start();
    let settings = [("OIDC_ISSUER_URL", provider.issuer.as_str()), ("OIDC_CLIENT_ID", "orglab"), ("RUST_LOG", "error")];
    let orglab = Process::start(&settings, "Users log in at");
    assert_eq!(Browser::new(&orglab.base).login("org1").await.status, 303);
    abandon(&orglab, 1_000).await; // what each worker needs once
    let before = orglab.memory();
    abandon(&orglab, 20_000).await;
    let after = orglab.memory();
    // Were 100 bytes kept of each, it would be 2,000 kB.
    assert!(after < before + 1_500, "from {before} kB to {after} kB");
}

/// Begins that many sign-ins, over eight connections that are kept open, each to another organization.
async fn abandon(orglab: &Process, count: usize) {
    let host = orglab.base.trim_start_matches("http://");
    let visitors = (0..8).map(|visitor| async move {
        let mut stream = raw::connect(&orglab.base).await;
        let mut buffer = vec![0; 16 * 1024];
        for number in 0..count / 8 {
            let request = format!("GET /login?organization=v{visitor}n{number} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut response = Vec::new();
            while !response.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut buffer).await.unwrap();
                assert!(read > 0, "the connection was closed");
                response.extend_from_slice(&buffer[..read]);
            }
            assert!(response.starts_with(b"HTTP/1.1 303"), "{}", String::from_utf8_lossy(&response));
        }
    });
    join_all(visitors).await;
}
