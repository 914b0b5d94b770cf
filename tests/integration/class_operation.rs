//! A class in operation: behind a proxy's settings, under a name, in trouble, and what the log and the metrics say.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use orglab::random::Random;
use rand::RngCore;
use reqwest::Method;
use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    app::closed_port,
    browser::Browser,
    class::{ClassProcess, TestClass},
    raw,
};

/// In a company's network, the environment often names a proxy. No proxy knows the rooms.
#[rstest]
#[case::upper("HTTP_PROXY")]
#[case::lower("http_proxy")]
#[case::all("ALL_PROXY")]
#[tokio::test]
async fn a_sign_in_goes_past_the_proxy_of_the_environment(#[case] name: &str) {
    let proxy = closed_port();
    let proxy = format!("http://{}", proxy.local_addr().unwrap());
    let class = ClassProcess::start(1, &[(name, &proxy)], "Ctrl-C");
    let (_, owner) = class.sites.participant().await;
    let page = owner.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
}

/// A name stands for its address from the start on: nothing is looked up later.
#[tokio::test]
async fn a_name_for_the_host_works_and_is_the_only_one_that_does() {
    let class = ClassProcess::start_at("localhost", 1, &[], "Ctrl-C");
    assert!(class.overview().starts_with(&class.process.base), "{}", class.process.welcome);
    let (_, owner) = class.sites.participant().await;
    let page = owner.sign_in_as("alice@org1.example", "org1").await;
    let app = format!("{}/profile", class.sites.app(1));
    assert_eq!((page.status, page.url.as_str()), (200, app.as_str()), "{}", page.body);
    let address = class.sites.front_door.replace("localhost", "127.0.0.1");
    assert_eq!(Browser::on_lan(&address).get("/").await.status, 421);
}

#[tokio::test]
async fn each_line_of_a_room_carries_its_number_in_text() {
    let class = ClassProcess::start(2, &[("RUST_LOG", "info")], "Ctrl-C");
    in_both_rooms(&class).await;
    let lines = class.process.all_lines();
    for (room, mark) in [(1, "marker-of-room-1"), (2, "marker-of-room-2")] {
        let line = lines.iter().find(|line| line.contains(mark)).unwrap();
        assert!(line.contains(&format!("room={room}")), "{line}");
    }
    for part in [" logged in: ", "tenant POST /oauth/token", "app GET /profile", "is taken"] {
        let rooms: Vec<_> = lines.iter().filter(|line| line.contains(part)).collect();
        for room in 1..=2 {
            assert!(rooms.iter().any(|line| line.contains(&format!("room={room}"))), "{part} of {room}: {rooms:?}");
        }
    }
    let front_door = lines.iter().find(|line| line.contains("class POST /rooms")).unwrap();
    assert!(!front_door.contains("room="), "{front_door}");
}

#[tokio::test]
async fn each_line_of_a_room_carries_its_number_in_json() {
    let class = ClassProcess::start(2, &[("RUST_LOG", "info"), ("LOG_FORMAT", "json")], "trust");
    in_both_rooms(&class).await;
    let lines = class.process.all_lines();
    let objects: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for room in 1..=2 {
        let path = format!("/marker-of-room-{room}");
        let request = objects.iter().find(|object| object["path"] == path.as_str()).unwrap();
        assert_eq!(request["span"]["room"], room, "{request}");
        for event in ["login", "demo_tenant"] {
            let mut events = objects.iter().filter(|object| object["event"] == event);
            assert!(events.any(|object| object["span"]["room"] == room), "{event} of room {room}: {lines:?}");
        }
        let mut taken = objects.iter().filter(|object| object["event"] == "room_taken");
        assert!(taken.any(|object| object["span"]["room"] == room), "{lines:?}");
    }
    let front_door = objects.iter().find(|object| object["path"] == "/rooms").unwrap();
    assert!(front_door.get("span").is_none(), "{front_door}");
}

/// Signs in to two rooms, and leaves a mark in each.
async fn in_both_rooms(class: &ClassProcess) {
    for room in 1..=2 {
        let (own, browser) = class.sites.participant().await;
        assert_eq!(own, room);
        assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.status, 200);
        assert_eq!(browser.get(&format!("/marker-of-room-{room}")).await.status, 404);
    }
}

#[tokio::test]
async fn the_metrics_count_all_rooms() {
    let class = ClassProcess::start(3, &[("METRICS_LISTEN", "127.0.0.1:0")], "Ctrl-C");
    let line = class.process.welcome.lines().find(|line| line.contains("Metrics are at")).unwrap();
    let metrics = line.split_whitespace().last().unwrap();
    let scrape = async |series: &str| {
        let page = Browser::new(metrics).get(metrics).await;
        let line =
            page.body.lines().find_map(|line| line.strip_prefix(series)).unwrap_or_else(|| panic!("{}", page.body));
        line.trim().parse::<usize>().unwrap()
    };
    assert_eq!(scrape("orglab_sessions ").await, 0);
    let participants = [class.sites.participant().await, class.sites.participant().await];
    for (_, browser) in &participants {
        assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.status, 200);
    }
    assert_eq!(scrape("orglab_sessions ").await, 2);
    assert_eq!(scrape(r#"orglab_sign_ins_total{outcome="success"}"#).await, 2);
    let page = participants[0].1.log_out().await;
    participants[0].1.follow(page).await;
    assert_eq!(scrape("orglab_sessions ").await, 1);
    assert_eq!(class.sites.browser().get("/metrics").await.status, 404, "they are served nowhere else");
    assert_eq!(class.sites.browser().get(&format!("{}/metrics", class.sites.app(1))).await.status, 403);
}

/// A mistake of ours anywhere in a sign-in: the request fails, and all rooms work, the one where it happened too.
#[tokio::test]
async fn a_panic_in_a_room_leaves_it_and_the_others() {
    let (panics_in, random) = panicking();
    let class = TestClass::with(2, &[], random);
    let (_, first) = class.sites.participant().await;
    let (_, second) = class.sites.participant().await;
    for browser in [&first, &second] {
        // From here on, each has its key: it is generated in the background, with the same randomness.
        assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.status, 200);
        let page = browser.log_out().await;
        browser.follow(page).await;
    }
    let mut failed = 0;
    for nth in 1..=10 {
        panics_in.store(nth, Ordering::SeqCst);
        failed += usize::from(!try_to_sign_in(&first).await);
        panics_in.store(0, Ordering::SeqCst);
        let page = first.log_out().await;
        first.follow(page).await;
    }
    assert_eq!(failed, 10);
    for browser in [&first, &second] {
        assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.status, 200);
    }
    // As many requests as there may be worker threads, and more.
    let healthy = join_all((0..16).map(async |_| class.sites.browser().get("/healthz").await.status)).await;
    assert_eq!(healthy, [200; 16]);
    assert_eq!(class.sites.row(&class.instructor().await, 1).await.step, "6.1");
}

/// Whether the sign-in ends well; a request of it may get no response.
async fn try_to_sign_in(browser: &Browser) -> bool {
    let mut address = "/login?organization=org1".to_owned();
    for _ in 0..8 {
        let Ok(page) = browser.try_send(Method::GET, &address, &[], None).await else { return false };
        let next = if page.has("user-alice@org1.example") {
            let form = page.form_of("user-alice@org1.example");
            let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let body = crate::support::browser::encoded(&fields);
            let (to, origin) = (page.url.join(&form.action).unwrap(), page.url.origin().ascii_serialization());
            match browser.try_send(Method::POST, to.as_str(), &[("origin", &origin)], Some(body)).await {
                Ok(page) => page,
                Err(_) => return false,
            }
        } else {
            page
        };
        match next.location() {
            Some(to) => address = to.to_string(),
            None => return next.status == 200 && next.url.path() == "/profile",
        }
    }
    false
}

/// Randomness that panics when it is used for the nth time from now, if that is set.
fn panicking() -> (Arc<AtomicUsize>, Random) {
    let panics_in = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&panics_in);
    let random = Random::from_fn(move |buffer| {
        let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
        assert!(before != Ok(1), "a mistake of ours");
        rand::rngs::OsRng.fill_bytes(buffer);
    });
    (panics_in, random)
}

/// Attack: somebody takes all connections of a room. There are as many as a room may have; a class may sit behind one
/// address, so none are counted per address.
#[tokio::test]
async fn a_room_without_a_connection_left_leaves_the_others() {
    let class = ClassProcess::start(2, &[], "Ctrl-C");
    let (_, first) = class.sites.participant().await;
    let (_, second) = class.sites.participant().await;
    let (app, tenant) = (class.sites.app(1), class.sites.tenant(1));
    let cookie = format!("{}={}", class.sites.room_cookie(), first.cookie(&class.sites.room_cookie()).unwrap());
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", raw::host(&tenant));
    let (mut streams, mut is_full) = (Vec::new(), false);
    for _ in 0..260 {
        let mut stream = raw::connect(&tenant).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        is_full = !matches!(stream.read(&mut [0; 12]).await, Ok(12));
        if is_full {
            break;
        }
        streams.push(stream);
    }
    assert!(is_full, "{} connections to one room", streams.len());
    for site in [&app, &tenant] {
        assert!(first.try_send(Method::GET, site, &[], None).await.is_err(), "{site}");
    }
    for (browser, address) in [
        (&second, class.sites.app(2)),
        (&second, class.sites.tenant(2)),
        (&first, format!("{}/room", class.sites.front_door)),
    ] {
        assert_eq!(browser.get(&address).await.status, 200, "{address}");
    }
    assert_eq!(second.sign_in_as("alice@org1.example", "org1").await.status, 200);
    drop(streams);
    crate::support::wait_until("the room", async || first.try_send(Method::GET, &app, &[], None).await.is_ok()).await;
}
