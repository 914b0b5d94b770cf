//! Keep-alive connections: what an honest client may do on one, however long its requests take. (`load` covers
//! attacks.)

use std::time::{Duration, Instant};

use futures_util::future::join;
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{
    app::TestApp,
    behaviour::Trouble,
    process::Process,
    provider::Provider,
    raw::{connect, head, host, kept_connection, response, status},
};

/// By then a connection without a request in flight is closed.
const LIMIT: Duration = Duration::from_secs(15);

#[rstest]
#[case::at_once(Duration::ZERO)]
#[case::after_a_pause(Duration::from_secs(4))]
#[tokio::test]
async fn a_second_head_in_two_pieces_gets_its_response(#[case] pause: Duration) {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let mut stream = kept_connection(&app.base).await;
    sleep(pause).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHo").await.unwrap();
    sleep(Duration::from_secs(1)).await;
    stream.write_all(format!("st: {}\r\n\r\n", host(&app.base)).as_bytes()).await.unwrap();
    assert_eq!(status(&response(&mut stream).await), 200);
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_five_seconds() {
    let app = TestApp::with_demo_tenant();
    let idle = async |base| {
        let mut stream = kept_connection(base).await;
        let began = Instant::now();
        let closed = timeout(LIMIT, stream.read(&mut [0])).await;
        assert!(matches!(closed, Ok(Ok(0))), "it is closed cleanly: {closed:?}");
        began.elapsed()
    };
    let (app, tenant) = join(idle(&app.base), idle(&app.tenant)).await;
    for kept in [app, tenant] {
        assert!((Duration::from_secs(4)..Duration::from_secs(8)).contains(&kept), "it was kept for {kept:?}");
    }
}

#[tokio::test]
async fn what_is_in_flight_is_not_cut_off() {
    join(a_slow_request_with_a_slow_response(), a_stream_of_events()).await;
}

/// A body that takes 7 of the allowed 8 seconds, and then a provider that takes 9 of the allowed 10.
async fn a_slow_request_with_a_slow_response() {
    let late = Trouble::Late(Duration::from_secs(9));
    let provider = Provider::that(|behaviour| behaviour.discovery_trouble = Some(late));
    let app = TestApp::at(&provider);
    let mut stream = kept_connection(&app.base).await;
    let began = Instant::now();
    let host = host(&app.base);
    let request = format!("GET /login?organization=org1 HTTP/1.1\r\nHost: {host}\r\nContent-Length: 7\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    for _ in 0..7 {
        sleep(Duration::from_secs(1)).await;
        stream.write_all(b"a").await.unwrap();
    }
    let page = response(&mut stream).await;
    assert!(began.elapsed() > LIMIT, "it took {:?}", began.elapsed());
    assert_eq!(status(&page), 303, "{page}");
}

/// The dashboard listens to events for as long as it is open.
async fn a_stream_of_events() {
    let app = TestApp::with_demo_tenant();
    let mut stream = kept_connection(&app.tenant).await;
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", host(&app.tenant));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(status(&head(&mut stream).await), 200);
    let first = event(&mut stream).await;
    sleep(LIMIT + Duration::from_secs(1)).await;
    app.script().await.checkpoint("login").await;
    assert_ne!(event(&mut stream).await, first);
}

/// The next event's data.
async fn event(stream: &mut TcpStream) -> String {
    let mut events = String::new();
    loop {
        if let Some((data, _)) = events.split_once("data: ").and_then(|(_, data)| data.split_once('\n')) {
            return data.to_owned();
        }
        let byte = timeout(Duration::from_secs(5), stream.read_u8()).await.unwrap();
        events.push(byte.unwrap().into());
    }
}

#[tokio::test]
async fn requests_sent_together_all_get_their_responses() {
    let app = TestApp::with_demo_tenant();
    let mut stream = connect(&app.base).await;
    let host = host(&app.base);
    let one = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let (beginning, end) = one.split_at(20);
    stream.write_all(format!("{}{beginning}", one.repeat(3)).as_bytes()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(status(&response(&mut stream).await), 200);
    }
    sleep(Duration::from_secs(1)).await;
    stream.write_all(end.as_bytes()).await.unwrap();
    assert_eq!(status(&response(&mut stream).await), 200);
}

#[tokio::test]
async fn head_and_a_body_that_waits_to_be_asked_for_get_their_responses_on_a_kept_connection() {
    let provider = Provider::start();
    let app = TestApp::at(&provider);
    let mut stream = kept_connection(&app.base).await;
    let host = host(&app.base);
    stream.write_all(format!("HEAD /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!(status(&head(&mut stream).await), 200);

    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\nExpect: 100-continue";
    let request = format!("POST /logout HTTP/1.1\r\nHost: {host}\r\n{form}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(status(&head(&mut stream).await), 100);
    sleep(Duration::from_secs(1)).await;
    stream.write_all(b"federated=true").await.unwrap();
    assert_eq!(status(&response(&mut stream).await), 303);
}

/// Systems start a process with a low limit on open files (1,024, or 256) and allow it to raise the limit.
#[tokio::test]
async fn there_are_more_connections_than_files_may_be_open_at_first() {
    let orglab = Process::start_with_open_files(100, 1_000, "Ctrl-C");
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", host(&orglab.tenant));
    let mut streams = Vec::new(); // event streams: these connections stay open
    for number in 0..300 {
        let mut stream = connect(&orglab.tenant).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = timeout(LIMIT, head(&mut stream)).await.unwrap_or_else(|_| panic!("no response for {number}"));
        assert_eq!(status(&head), 200);
        streams.push(stream);
    }
}
