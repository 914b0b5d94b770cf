//! The instructor's overview: who may open it, and what it shows.

use reqwest::Method;
use rstest::rstest;
use scraper::Selector;
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use crate::support::{
    browser::Browser,
    class::{ClassProcess, TestClass},
    raw,
};

/// Attack: somebody guesses the key, or has one of an earlier class.
#[tokio::test]
async fn only_the_whole_key_opens_the_overview() {
    let (class, another) = (TestClass::with_rooms(1), TestClass::with_rooms(1));
    let (base, key) = class.overview.split_once("key=").unwrap();
    assert_eq!(key.len(), 22, "128 bits in base64url: {key}");
    let other = another.overview.split_once("key=").unwrap().1;
    assert_ne!(key, other);
    let wrong = [
        String::new(),
        key[..21].to_owned(),
        format!("{key}A"),
        format!("{key}%00"),
        key.to_ascii_lowercase() + "a",
        other.to_owned(),
        format!("&key={key}"),
    ];
    for wrong in wrong {
        let browser = class.sites.browser();
        let page = browser.get(&format!("{base}key={wrong}")).await;
        assert!([400, 403].contains(&page.status) && page.header("set-cookie").is_none(), "{wrong}: {}", page.status);
        assert_eq!(browser.get("/overview").await.status, 403);
    }
}

#[tokio::test]
async fn the_link_sets_the_cookie_and_leads_to_an_address_without_the_key() {
    let class = TestClass::with_rooms(1);
    let browser = class.sites.browser();
    let page = browser.get(&class.overview).await;
    assert_eq!((page.status, page.header("location")), (303, Some("/overview")));
    let cookie = page.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with(&format!("orglab_class_{}=", class.sites.port)), "{cookie}");
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax"]);
    let overview = browser.get("/overview").await;
    let key = class.overview.split_once("key=").unwrap().1;
    assert!(overview.status == 200 && !overview.body.contains(key), "{}", overview.body);
    assert_eq!(browser.get(&class.overview).await.status, 303, "once more");
}

#[tokio::test]
async fn the_participants_cookie_has_the_same_attributes() {
    let class = TestClass::with_rooms(1);
    let browser = class.sites.browser();
    let page = browser.press_at("/", "take-room").await;
    let cookie = page.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with(&format!("orglab_room_{}=", class.sites.port)), "{cookie}");
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax"]);
}

/// Attack: a participant does what only the instructor may.
#[tokio::test]
async fn nobody_else_opens_it_or_does_what_it_does() {
    let class = TestClass::with_rooms(2);
    let (room, owner) = class.sites.participant().await;
    owner.sign_in_as("alice@org1.example", "org1").await;
    let (stranger, participant) = (class.sites.browser(), owner.at(&class.sites.front_door));
    let as_instructor = class.sites.browser();
    as_instructor.set_cookie(&class.sites.instructor_cookie(), &owner.cookie(&class.sites.room_cookie()).unwrap());
    for browser in [&stranger, &participant, &as_instructor] {
        for path in
            ["/overview", "/overview/", "/overview/screen", "/overview/events", "/overview/nowhere", "/%6fverview"]
        {
            for method in [Method::GET, Method::HEAD] {
                let page = browser.send(method, path, &[], None).await;
                assert!([403, 404].contains(&page.status), "{path}: {}", page.status);
                assert!(!page.body.contains("data-step") && page.header("set-cookie").is_none(), "{path}");
            }
        }
        for path in [
            "free/1",
            "checkpoints/login/1",
            "checkpoints/login/all",
            "faults/bad-signature/1",
            "faults/none/all",
            "door/closed",
        ] {
            let page = browser.post(&format!("/overview/{path}"), &[("confirmed", "yes")]).await;
            assert_eq!(page.status, 403, "{path}: {}", page.body);
        }
    }
    assert_eq!(class.sites.browser().get("/").await.status, 200);
    assert!(class.sites.browser().get("/").await.has("take-room"), "the door is open");
    assert!(owner.profile().await.is_some(), "nothing has happened in room {room}");
    assert_eq!(owner.sign_in_as_again("org1").await, 200, "and no fault is queued");
}

impl Browser {
    /// The status at the end of one more sign-in, by the session at the tenant.
    async fn sign_in_as_again(&self, organization: &str) -> u16 {
        let page = self.log_out().await;
        self.follow(page).await;
        self.sign_in_as("alice@org1.example", organization).await.status
    }
}

#[tokio::test]
async fn the_screen_shows_how_far_everybody_is_and_has_nothing_to_press() {
    let class = TestClass::with_rooms(3);
    let (room, owner) = class.sites.participant_named("Ann").await;
    owner.sign_in_as("alice@org1.example", "org1").await;
    let instructor = class.instructor().await;
    let page = instructor.get("/overview/screen").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.test_ids("room-"), ["room-1", "room-2", "room-3"]);
    assert_eq!(page.attribute(&format!("[data-testid='room-{room}']"), "data-step"), "6.1");
    let html = page.html();
    for control in ["a", "button", "form", "input", "select", "summary", "[onclick]", "[tabindex]"] {
        let found = html.select(&Selector::parse(control).unwrap()).count();
        assert_eq!(found, 0, "{control} in {}", page.body);
    }
    let overview = instructor.get("/overview").await;
    for test_id in ["open-room-1", "free-room-1", "open-room-3"] {
        assert!(overview.has(test_id), "{test_id} in {}", overview.body);
    }
    let opened = overview.attribute("[data-testid='open-room-2']", "href");
    assert_eq!(opened.trim_end_matches('/'), class.sites.tenant(2));
}

/// The next event's data.
async fn event(stream: &mut TcpStream) -> String {
    let mut events = String::new();
    loop {
        if let Some((data, _)) = events.split_once("data: ").and_then(|(_, data)| data.split_once("\n\n")) {
            return data.to_owned();
        }
        let byte = timeout(std::time::Duration::from_secs(10), stream.read_u8()).await;
        events.push(byte.unwrap().unwrap().into());
    }
}

/// Whatever the page shows: who takes a room, a step, the door.
#[tokio::test]
async fn a_change_in_a_room_is_an_event_for_the_instructor() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    let mut stream = events(&class, &instructor).await;
    let mut seen = vec![event(&mut stream).await];
    let revision = async || instructor.get("/overview").await.attribute("[data-revision]", "data-revision");
    assert_eq!(seen[0], revision().await, "the page and the stream speak of the same");
    let (room, owner) = class.sites.participant().await;
    seen.push(event(&mut stream).await);
    owner.sign_in_as("alice@org1.example", "org1").await;
    seen.push(event(&mut stream).await);
    class.order(&instructor, "door/closed").await;
    seen.push(event(&mut stream).await);
    class.free(&instructor, room).await;
    seen.push(event(&mut stream).await);
    let different: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), seen.len(), "{seen:?}");
}

async fn events(class: &TestClass, instructor: &Browser) -> TcpStream {
    let name = class.sites.instructor_cookie();
    let mut stream = raw::connect(&class.sites.front_door).await;
    let (host, cookie) = (raw::host(&class.sites.front_door), instructor.cookie(&name).unwrap());
    let head = format!("GET /overview/events HTTP/1.1\r\nHost: {host}\r\nCookie: {name}={cookie}\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    assert_eq!(raw::status(&raw::head(&mut stream).await), 200);
    stream
}

/// Attack: whoever reads the log, or a file of it, opens every room.
#[rstest]
#[case::text("text")]
#[case::json("json")]
#[tokio::test]
async fn the_key_and_the_links_of_rooms_are_never_in_the_log(#[case] format: &str) {
    let settings = [("LOG_FORMAT", format), ("RUST_LOG", "info,orglab=trace")];
    let mut class = ClassProcess::start(1, &settings, if format == "text" { "Ctrl-C" } else { "trust" });
    let overview = if format == "text" { class.overview() } else { class.line_of_errors() };
    let overview = overview.split_whitespace().last().unwrap();
    let key = overview.split_once("key=").unwrap().1.to_owned();
    let instructor = class.sites.browser();
    assert_eq!(instructor.get(overview).await.status, 303);
    assert_eq!(instructor.get("/overview").await.status, 200);
    assert_eq!(instructor.get(&format!("/overview?key={key}A")).await.status, 403);
    let (_, owner) = class.sites.participant_named("Ann").await;
    let join = owner.get(&format!("{}/room", class.sites.front_door)).await.text("join-link").unwrap();
    let link = join.trim().rsplit('/').next().unwrap().to_owned();
    assert_eq!(class.sites.browser().get(join.trim()).await.status, 303);
    let secret = class.sites.secret(1, &owner).await;
    let cookie = owner.cookie(&class.sites.room_cookie()).unwrap();
    let lines = class.process.all_lines();
    let with = |text: &str| lines.iter().filter(|line| line.contains(text)).cloned().collect::<Vec<_>>();
    assert!(!with("/overview").is_empty(), "the requests are logged");
    if format == "text" {
        let shown = with(&key);
        assert!(shown.len() == 1 && shown[0].contains("The instructor opens"), "the terminal shows it once: {shown:?}");
    } else {
        assert_eq!(with(&key), Vec::<String>::new());
        assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines:?}");
    }
    for (what, value) in [("link", &link), ("secret", &secret), ("cookie", &cookie)] {
        assert_eq!(with(value), Vec::<String>::new(), "the {what}");
    }
}
