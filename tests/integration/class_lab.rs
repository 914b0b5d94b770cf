//! The lab in a class: how far everybody is, who is stuck, and what the instructor does to rooms.

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::support::{
    browser::{Browser, Page},
    class::{FIRST_STEP, TestClass},
    raw,
};

/// Bob asks for org1, and says who he is if he is asked: the page where it ends.
async fn ask_for_org1(bob: &Browser) -> Page {
    let mut page = bob.follow(bob.login("org1").await).await;
    for choice in ["connection-Okta2", "user-bob@org2.example"] {
        if page.has(choice) {
            page = bob.follow(bob.press(&page, choice).await).await;
        }
    }
    page
}

/// Bob asks for org1, of which he is no member.
async fn be_refused(class: &TestClass, room: u16, bob: &Browser) {
    let page = ask_for_org1(bob).await;
    assert_eq!((page.status, class.sites.room_at(&page.url)), (403, room), "{}", page.body);
}

/// Walks the chapter in a room, in two browsers. Looks after each step at what the overview says.
async fn walk(class: &TestClass, room: u16, alice: &Browser, instructor: &Browser) {
    let steps = async |expected: &str| {
        let row = class.sites.row(instructor, room).await;
        assert_eq!((row.step.as_str(), row.is_stuck), (expected, false), "{}", row.text);
    };
    let script = class.sites.script(room, alice).await;
    let bob = Browser::on_lan(&class.sites.app(room));
    bob.set_cookie(&class.sites.room_cookie(), &alice.cookie(&class.sites.room_cookie()).unwrap());
    steps(FIRST_STEP).await;
    assert_eq!(alice.sign_in_as("alice@org1.example", "org1").await.status, 200);
    assert_eq!(alice.post_note(&format!("Welcome to room {room}!")).await.status, 303);
    steps("6.1").await;
    assert_eq!(bob.sign_in_as("bob@org2.example", "org2").await.status, 200);
    steps("6.2").await;
    let org1 = script.organization("org1").await;
    let enabled = json!({"connection_id": script.connection("Okta2").await, "assign_membership_on_login": false});
    script.ok("POST", &format!("/v2/organizations/{org1}/enabled_connections"), enabled).await;
    steps("6.3").await;
    let page = bob.log_out().await;
    bob.follow(page).await;
    be_refused(class, room, &bob).await;
    steps("6.4").await;
    let members = json!({"members": [script.user("bob@org2.example").await]});
    script.ok("POST", &format!("/v2/organizations/{org1}/members"), members).await;
    steps("6.5").await;
    let page = ask_for_org1(&bob).await;
    assert_eq!((page.status, page.url.path()), (200, "/profile"), "{}", page.body);
    steps("done").await;
    let claims = bob.profile().await.unwrap();
    assert_eq!((&claims["https://myapp.com/license"], &claims["org_id"]), (&"corporate".into(), &org1.as_str().into()));
    let board = bob.get("/features/board").await;
    assert_eq!(board.texts("[data-testid='notes'] li").len(), 1, "the room's own note alone");
    assert!(board.body.contains(&format!("Welcome to room {room}!")), "{}", board.body);
}

#[tokio::test]
async fn two_rooms_walk_the_chapter_at_once_and_do_not_notice() {
    let class = TestClass::with_rooms(3);
    let instructor = class.instructor().await;
    let (one, first) = class.sites.participant().await;
    let (two, second) = class.sites.participant().await;
    let walks = [(one, &first), (two, &second)].map(|(room, alice)| walk(&class, room, alice, &instructor));
    join_all(walks).await;
    let row = class.sites.row(&instructor, 3).await;
    assert_eq!((row.step.as_str(), row.is_stuck), (FIRST_STEP, false));
    assert!(row.text.contains("Free"), "{}", row.text);
    assert_eq!(class.sites.log(3, &instructor).await, Vec::<String>::new());

    // Who has finished may rest.
    class.clock.advance(TimeDelta::minutes(30));
    assert!(!class.sites.row(&instructor, one).await.is_stuck);
}

#[tokio::test]
async fn more_than_two_refusals_since_the_last_step_are_stuck() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    let (room, browser) = class.sites.participant().await;
    let script = class.sites.script(room, &browser).await;
    let is_stuck = async || class.sites.row(&instructor, room).await.is_stuck;
    let refused = async || {
        script.fault("not-a-member").await;
        let page = browser.sign_in_as("alice@org1.example", "org1").await;
        assert_eq!(page.status, 403, "{}", page.body);
        let page = browser.log_out().await;
        browser.follow(page).await;
    };
    for expected in [false, false, true, true] {
        refused().await;
        assert_eq!(is_stuck().await, expected);
    }
    assert!(class.sites.row(&instructor, room).await.text.contains('4'), "the overview says how many");
    assert!(!class.sites.row(&instructor, 2).await.is_stuck, "the other room");
    assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.status, 200);
    assert!(!is_stuck().await, "a step is done");
    let page = browser.log_out().await;
    browser.follow(page).await;
    for expected in [false, false, true] {
        refused().await;
        assert_eq!(is_stuck().await, expected, "counted anew");
    }
    class.order(&instructor, &format!("checkpoints/second-organization/{room}")).await;
    assert!(!is_stuck().await, "a jump begins anew");
}

#[tokio::test]
async fn five_minutes_without_a_request_are_stuck_and_a_stream_of_events_is_none() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    let (room, owner) = class.sites.participant().await;
    let is_stuck = async || class.sites.row(&instructor, room).await.is_stuck;
    let (almost, more) = (TimeDelta::seconds(298), TimeDelta::seconds(3));
    class.clock.advance(almost);
    assert!(!is_stuck().await);
    class.clock.advance(more);
    assert!(is_stuck().await);
    let tenant = class.sites.tenant(room);
    for address in [class.sites.app(room), tenant.clone()] {
        assert_eq!(owner.get(&address).await.status, 200);
        assert!(!is_stuck().await, "{address}");
        class.clock.advance(almost);
        assert!(!is_stuck().await);
        class.clock.advance(more);
        assert!(is_stuck().await, "{address}");
    }
    // A dashboard that is left open, an instructor who looks, and programs do nothing for the participant.
    let cookie = format!("{}={}", class.sites.room_cookie(), owner.cookie(&class.sites.room_cookie()).unwrap());
    let mut stream = raw::connect(&tenant).await;
    let head = format!("GET /events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", raw::host(&tenant));
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(raw::status(&raw::head(&mut stream).await), 200);
    assert_eq!(instructor.get(&tenant).await.status, 200);
    assert_eq!(owner.get(&format!("{}/healthz", class.sites.app(room))).await.status, 200);
    assert!(is_stuck().await);
    let row = class.sites.row(&instructor, 2).await;
    assert!(!row.is_stuck, "nobody has it: {}", row.text);
    class.order(&instructor, &format!("checkpoints/login/{room}")).await;
    assert!(!is_stuck().await, "with another state of the lab, the time begins anew");
}

#[tokio::test]
async fn a_checkpoint_for_one_room_asks_first_and_leaves_the_others() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    let (one, first) = class.sites.participant().await;
    let (_, second) = class.sites.participant().await;
    for browser in [&first, &second] {
        browser.sign_in_as("alice@org1.example", "org1").await;
    }
    let path = format!("/overview/checkpoints/collaboration/{one}");
    let question = instructor.post(&path, &[]).await;
    assert!(question.has("confirm") && question.body.contains("room 1"), "{}", question.body);
    let cancel = question.attribute("[data-testid='cancel']", "href");
    assert!(cancel.starts_with("/overview"), "{cancel}");
    assert!(first.profile().await.is_some(), "until it is confirmed");
    let done = instructor.press(&question, "confirm").await;
    let overview = instructor.follow(done).await;
    assert!(overview.text("flash").unwrap().contains("Room 1"), "{}", overview.body);
    assert!(first.profile().await.is_none() && second.profile().await.is_some());
    assert_eq!(class.sites.row(&instructor, one).await.step, "6.3");
    assert_eq!(first.get("/").await.status, 200, "the room is still the participant's");
}

#[tokio::test]
async fn a_checkpoint_for_all_rooms_ends_all_sessions_once_it_is_confirmed() {
    let class = TestClass::with_rooms(3);
    let instructor = class.instructor().await;
    let (_, first) = class.sites.participant().await;
    let (_, second) = class.sites.participant().await;
    for browser in [&first, &second] {
        browser.sign_in_as("alice@org1.example", "org1").await;
    }
    let question = instructor.post("/overview/checkpoints/invited/all", &[]).await;
    assert!(question.body.contains("all rooms"), "{}", question.body);
    assert!(first.profile().await.is_some());
    let done = instructor.press(&question, "confirm").await;
    let overview = instructor.follow(done).await;
    assert!(overview.text("flash").unwrap().contains("All rooms"), "{}", overview.body);
    for (room, browser) in [(1, &first), (2, &second)] {
        assert!(browser.profile().await.is_none());
        assert_eq!(browser.get("/").await.status, 200);
        assert_eq!(class.sites.row(&instructor, room).await.step, "6.5");
    }
    assert_eq!(class.sites.row(&instructor, 3).await.step, "6.5");
    for unknown in ["checkpoints/nonsense/all", "checkpoints/login/0", "checkpoints/login/4", "checkpoints/login/one"] {
        let page = instructor.post(&format!("/overview/{unknown}"), &[("confirmed", "yes")]).await;
        assert_eq!(page.status, 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_fault_meets_the_next_sign_in_of_one_room_or_of_all() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    let (_, first) = class.sites.participant().await;
    let (_, second) = class.sites.participant().await;
    let status = async |browser: &Browser| browser.sign_in_as("alice@org1.example", "org1").await.status;
    class.order(&instructor, "faults/bad-signature/1").await;
    assert_eq!((status(&second).await, status(&first).await), (200, 502));
    let page = second.log_out().await;
    second.follow(page).await;
    class.order(&instructor, "checkpoints/second-organization/all").await;
    class.order(&instructor, "faults/not-a-member/all").await;
    assert_eq!((status(&first).await, status(&second).await), (403, 403));
    class.order(&instructor, "checkpoints/second-organization/all").await;
    class.order(&instructor, "faults/bad-signature/all").await;
    class.order(&instructor, "faults/none/2").await;
    assert_eq!((status(&first).await, status(&second).await), (502, 200));
    for unknown in ["faults/nonsense/all", "faults/slow/0", "faults/slow/3", "faults/none/x"] {
        assert_eq!(instructor.post(&format!("/overview/{unknown}"), &[]).await.status, 404, "{unknown}");
    }
}
