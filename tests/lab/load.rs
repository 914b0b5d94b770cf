//! Load that an attacker sends: from this machine to this machine, bounded, and over by itself.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all, select};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{sleep, timeout},
};

use crate::support::{app::TestApp, behaviour::Trouble, browser::Browser, process::Process, provider::Provider, raw};

const CONNECTIONS: usize = 300;
const CUT_OFF: Duration = Duration::from_secs(10);

/// Sends `beginning`, and then `drop` over and over, until the server closes the connection: after how long.
async fn trickle(base: &str, beginning: &str, drop: &str) -> Duration {
    let mut stream = raw::connect(base).await;
    let began = Instant::now();
    stream.write_all(beginning.as_bytes()).await.unwrap();
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
    let _ = timeout(CUT_OFF * 2, select(Box::pin(closed), Box::pin(dripping))).await;
    began.elapsed()
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
    let others = async {
        let mut times = Vec::new();
        for _ in 0..9 {
            sleep(Duration::from_millis(400)).await;
            let began = Instant::now();
            assert_eq!(app.browser().get("/").await.status, 200);
            times.push(began.elapsed());
        }
        times.sort();
        times[times.len() / 2]
    };
    let (held, median) = join(join_all(attack), others).await;
    let longest = held.iter().max().unwrap();
    assert!(*longest < CUT_OFF, "a connection was held for {longest:?}");
    assert!(median < Duration::from_secs(1), "others were served in {median:?}");
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
    let provider = Provider::that(|behaviour| behaviour.token_trouble = Some(Trouble::Late(Duration::from_secs(2))));
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
    let orglab = Process::start(&settings, "It signs in at");
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
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut buffer).await.unwrap();
                assert!(read > 0, "the connection was closed");
                answer.extend_from_slice(&buffer[..read]);
            }
            assert!(answer.starts_with(b"HTTP/1.1 303"), "{}", String::from_utf8_lossy(&answer));
        }
    });
    join_all(visitors).await;
}
