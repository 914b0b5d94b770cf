//! The rooms of a class: taken once, come back to, shared by a link, taken away.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Method;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    browser::{Browser, encoded},
    class::{FIRST_STEP, Sites, TestClass},
    raw,
    tenant::request,
};

/// Sends the form of a page at the front door that was opened before.
async fn take(class: &TestClass, browser: &Browser, form: &str) -> u16 {
    let page = browser.post("/rooms", &[("form", form), ("name", "")]).await;
    let app = page.location().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    class.sites.room_at(&app)
}

/// The link for another browser, as the participant sees it.
async fn link(sites: &Sites, participant: &Browser) -> String {
    let page = participant.get(&format!("{}/room", sites.front_door)).await;
    page.text("join-link").unwrap_or_else(|| panic!("{} {}", page.status, page.body)).trim().to_owned()
}

/// A double click sends a form twice, before its response has brought the cookie.
#[tokio::test]
async fn one_form_takes_one_room_however_often_it_is_sent() {
    let class = TestClass::with_rooms(4);
    let page = class.sites.browser().get("/").await;
    let form = page.attribute("input[name=form]", "value");
    let clicks = (0..8).map(async |_| take(&class, &class.sites.browser(), &form).await);
    let rooms: BTreeSet<_> = join_all(clicks).await.into_iter().collect();
    assert_eq!(rooms.len(), 1, "{rooms:?}");
    let next = class.sites.browser().get("/").await.attribute("input[name=form]", "value");
    assert_ne!(next, form);
    let (first, other) = (*rooms.first().unwrap(), take(&class, &class.sites.browser(), &next).await);
    assert_ne!(first, other);
    assert!(class.sites.browser().get("/").await.has("take-room"), "two of four rooms are left");
}

#[tokio::test]
async fn all_at_once_get_a_room_each_until_all_are_taken() {
    let class = TestClass::with_rooms(3);
    let forms = (0..5).map(async |_| {
        let browser = class.sites.browser();
        let page = browser.get("/").await;
        let form = page.attribute("input[name=form]", "value");
        (browser.post("/rooms", &[("form", &form), ("name", "")]).await, browser)
    });
    let (got, left): (Vec<_>, Vec<_>) = join_all(forms).await.into_iter().partition(|(page, _)| page.status == 303);
    let rooms: BTreeSet<_> = got.iter().map(|(page, _)| class.sites.room_at(&page.location().unwrap())).collect();
    assert_eq!(rooms, BTreeSet::from([1, 2, 3]));
    assert_eq!(left.len(), 2);
    for (page, browser) in &left {
        assert_eq!((page.status, page.header("set-cookie")), (503, None));
        assert!(page.has("rooms-taken") && !page.has("take-room"), "{}", page.body);
        let page = browser.get("/").await;
        assert!(page.status == 200 && page.has("rooms-taken"), "{}", page.body);
    }
    let instructor = class.instructor().await;
    class.free(&instructor, 2).await;
    assert_eq!(class.sites.participant().await.0, 2, "the one that is free");
}

#[tokio::test]
async fn whoever_comes_back_is_led_to_the_own_room() {
    let class = TestClass::with_rooms(2);
    let (room, owner) = class.sites.participant().await;
    let front_door = format!("{}/", class.sites.front_door);
    let back = owner.get(&front_door).await;
    assert_eq!(back.location().unwrap().as_str(), format!("{}/", class.sites.app(room)));
    let again = owner.post(&format!("{front_door}rooms"), &[("name", "")]).await;
    assert_eq!(again.location().unwrap().as_str(), format!("{}/", class.sites.app(room)), "a second form takes none");
    let page = owner.get(&format!("{front_door}room")).await;
    for address in [class.sites.app(room), class.sites.tenant(room)] {
        assert!(page.body.contains(&format!("href=\"{address}")), "{address} in {}", page.body);
    }
    // Each page of both sites leads back there.
    for site in [class.sites.app(room), class.sites.tenant(room)] {
        let page = owner.get(&site).await;
        assert_eq!(page.attribute("[data-testid='home']", "href"), format!("{front_door}room"), "{site}");
    }
    let stranger = class.sites.browser().get("/room").await;
    assert_eq!(stranger.location().unwrap().as_str(), front_door);
}

#[rstest]
#[case::none("", None)]
#[case::blank("  ", None)]
#[case::plain(" Ann ", Some("Ann"))]
#[case::forty_characters("öööööööööööööööööööööööööööööööööööööööö", Some("öööööööööööööööööööööööööööööööööööööööö"))]
#[case::markup("<script>alert(1)</script>", Some("&lt;script&gt;alert(1)&lt;/script&gt;"))]
#[case::in_an_attribute("\" autofocus onfocus=\"x", Some("&quot; autofocus onfocus=&quot;x"))]
#[tokio::test]
async fn a_name_is_shown_to_the_instructor_as_it_was_typed(#[case] name: &str, #[case] shown: Option<&str>) {
    let class = TestClass::with_rooms(1);
    let (_, owner) = class.sites.participant_named(name).await;
    let page = class.instructor().await.get("/overview").await;
    let row = class.sites.row(&class.instructor().await, 1).await;
    if let Some(shown) = shown {
        let text = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        assert!(row.text.contains(&text), "{}", row.text);
        assert!(page.body.contains(shown) || page.body.contains(&shown.replace('/', "&#x2F;")), "{}", page.body);
    }
    assert!(!page.body.contains("<script>alert") && !page.body.contains("\" autofocus onfocus"), "{}", page.body);
    assert!(name.trim().is_empty() || !owner.get("/").await.body.contains(name.trim()), "the instructor alone sees it");
}

#[rstest]
#[case::too_long("ööööööööööööööööööööööööööööööööööööööööö")]
#[case::of_two_lines("Ann\nBob")]
#[case::with_an_escape("Ann\u{1b}[2J")]
#[case::nul("Ann\0")]
#[tokio::test]
async fn a_name_that_is_none_takes_no_room(#[case] name: &str) {
    let class = TestClass::with_rooms(1);
    let browser = class.sites.browser();
    let page = browser.get("/").await;
    let page = browser.press_with(&page, "take-room", &[("name", name)]).await;
    assert_eq!((page.status, page.header("set-cookie")), (400, None));
    assert!(page.has("take-room"), "{}", page.body);
    assert_eq!(page.attribute("[data-testid='room-name']", "aria-invalid"), "true");
    assert!(browser.get("/").await.has("take-room"), "the room is still there");
}

#[tokio::test]
async fn behind_a_closed_door_nobody_gets_a_room_and_nobody_loses_one() {
    let class = TestClass::with_rooms(2);
    let (room, owner) = class.sites.participant().await;
    let instructor = class.instructor().await;
    let newcomer = class.sites.browser();
    let form = newcomer.get("/").await;
    class.order(&instructor, "door/closed").await;
    let page = newcomer.press(&form, "take-room").await;
    assert_eq!((page.status, page.header("set-cookie")), (503, None));
    for page in [page, newcomer.get("/").await] {
        assert!(page.has("door-closed") && !page.has("take-room") && !page.has("rooms-taken"), "{}", page.body);
    }
    assert_eq!(owner.get("/").await.status, 200);
    let second = class.sites.browser();
    let joined = second.get(&link(&class.sites, &owner).await).await;
    assert_eq!(class.sites.room_at(&joined.location().unwrap()), room, "the participant's link still works");
    class.order(&instructor, "door/open").await;
    assert_eq!(class.sites.participant().await.0, 2);
    assert_eq!(instructor.post("/overview/door/ajar", &[]).await.status, 404);
}

#[tokio::test]
async fn a_second_browser_joins_by_the_link_until_the_turn_ends() {
    let class = TestClass::with_rooms(2);
    let (room, alice) = class.sites.participant().await;
    let link = link(&class.sites, &alice).await;
    assert!(link.starts_with(&format!("{}/join/", class.sites.front_door)), "{link}");
    let second = class.sites.browser();
    let joined = second.get(&link).await;
    assert_eq!(joined.location().unwrap().as_str(), format!("{}/", class.sites.app(room)));
    let bob = second.at(&class.sites.app(room));
    alice.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!(bob.get("/").await.status, 200);
    assert!(bob.profile().await.is_none(), "the room is shared, the session is not");
    assert_eq!(bob.get(&link).await.location(), joined.location(), "once more");
    assert!(class.sites.browser().get("/").await.has("take-room"), "it has taken no other room");

    let instructor = class.instructor().await;
    class.free(&instructor, room).await;
    for browser in [&alice, &bob] {
        assert_eq!(browser.get("/").await.status, 403);
    }
    let (next, _) = class.sites.participant().await;
    assert_eq!(next, room);
    let newcomer = class.sites.browser();
    let gone = newcomer.get(&link).await;
    assert_eq!((gone.status, gone.header("set-cookie")), (404, None), "the link of an earlier turn");
    let posted = newcomer.post(&link, &[]).await;
    assert_eq!((posted.status, posted.header("set-cookie")), (404, None));
}

/// Attack: links that were never given out open a room.
#[rstest]
#[case::made_up("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::empty_in_another_spelling("%20")]
#[case::markup("%3Cscript%3E")]
#[case::cut_off("{cut}")]
#[tokio::test]
async fn a_made_up_link_joins_nothing(#[case] made_up: &str) {
    let class = TestClass::with_rooms(1);
    let free = class.sites.browser().get(&format!("/join/{made_up}")).await;
    assert_eq!((free.status, free.header("set-cookie")), (404, None), "where no room is taken");
    let (_, owner) = class.sites.participant().await;
    let link = link(&class.sites, &owner).await;
    let secret = link.rsplit('/').next().unwrap();
    let page = class.sites.browser().get(&format!("/join/{}", made_up.replace("{cut}", &secret[1..]))).await;
    assert_eq!((page.status, page.header("set-cookie")), (404, None));
    assert!(!page.body.contains("<script>"), "{}", page.body);
}

/// Attack: a link moves a participant into another room unseen, out of their own.
#[tokio::test]
async fn whoever_has_a_room_is_asked_before_a_link_leads_to_another() {
    let class = TestClass::with_rooms(2);
    let (one, first) = class.sites.participant().await;
    let (two, second) = class.sites.participant().await;
    let link = link(&class.sites, &first).await;
    let question = second.get(&link).await;
    assert_eq!((question.status, question.header("set-cookie")), (200, None));
    assert!(question.has("confirm") && question.has("cancel"), "{}", question.body);
    let stay = question.attribute("[data-testid='cancel']", "href");
    let stayed = second.get(question.url.join(&stay).unwrap().as_str()).await;
    assert_eq!(class.sites.room_at(&second.follow(stayed).await.url), two);
    let gone = second.press(&question, "confirm").await;
    assert_eq!(class.sites.room_at(&gone.location().unwrap()), one);
    assert_eq!(second.get(&class.sites.app(one)).await.status, 200);
    assert_eq!(second.get(&class.sites.app(two)).await.status, 403, "a browser has one room");
}

/// Freed while somebody works, and taken by the next: nothing of the one before is left.
#[tokio::test]
async fn a_freed_room_is_lost_at_once_and_new_for_the_next() {
    let class = TestClass::with_rooms(1);
    let instructor = class.instructor().await;
    let (room, old) = class.sites.participant_named("Ann").await;
    let (app, tenant) = (class.sites.app(room), class.sites.tenant(room));
    let script = class.sites.script(room, &old).await;
    let in_vain = old.login("org1").await;
    assert_eq!(old.sign_in_as("alice@org1.example", "org1").await.status, 200);
    old.post_note("a note of Ann's").await;
    script.ok("POST", "/v2/organizations", serde_json::json!({"name": "anns", "display_name": "Ann's"})).await;
    script.fault("bad-signature").await;
    let guest = instructor.at(&app);
    guest.sign_in_as("alice@org1.example", "org1").await;
    let cookie = format!("{}={}", class.sites.room_cookie(), old.cookie(&class.sites.room_cookie()).unwrap());
    let mut stream = raw::connect(&tenant).await;
    let head = format!("GET /events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", raw::host(&tenant));
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(raw::status(&raw::head(&mut stream).await), 200);

    class.free(&instructor, room).await;
    stream.read_to_end(&mut Vec::new()).await.unwrap(); // it ends
    for path in ["/", "/profile", "/features/board", "/logout"] {
        let page = old.get(path).await;
        assert_eq!((page.status, page.header("set-cookie")), (403, None), "{path}");
    }
    assert_eq!(old.post_note("too late").await.status, 403);
    assert_eq!(old.get(&tenant).await.status, 403);
    assert!(class.sites.row(&instructor, room).await.text.contains("Free"));

    let (again, new) = class.sites.participant().await;
    assert_eq!(again, room);
    assert_eq!(old.get("/").await.status, 403, "a new turn is not the old one's");
    assert_eq!(class.sites.log(room, &new).await, Vec::<String>::new());
    let row = class.sites.row(&instructor, room).await;
    assert!(row.step == FIRST_STEP && !row.text.contains("Ann"), "{}", row.text);
    let dashboard = new.get(&tenant).await;
    assert!(!dashboard.body.contains("anns") && !dashboard.has("call-off-fault"), "{}", dashboard.body);
    assert!(script.call("GET", "/v2/users", serde_json::Value::Null).await.0 == 401, "its tokens have ended");
    // Sessions of whoever was in it: with the cookies of the one before, which a shared browser keeps.
    old.set_cookie(&class.sites.room_cookie(), &new.cookie(&class.sites.room_cookie()).unwrap());
    for browser in [&old, &guest] {
        assert!(browser.profile().await.is_none(), "no session at the app");
        let silent = request(&[("organization", "org1"), ("prompt", "none"), ("redirect_uri", &app)]);
        let silent = silent.replacen("redirect_uri=http%3A%2F%2Flocalhost%3A3000&", "", 1);
        let page = browser.get(&format!("{tenant}{silent}")).await;
        assert_eq!(page.parameter("error").as_deref(), Some("login_required"), "no session at the tenant");
    }
    assert_eq!(new.sign_in_as("alice@org1.example", "org1").await.status, 200, "and no fault is queued");
    assert!(!new.get("/features/board").await.body.contains("note of Ann"));
    assert!(!new.get("/features/activity").await.body.contains("note of Ann"));
    let response = old.get(in_vain.location().unwrap().as_str()).await;
    assert!(response.status < 500, "an attempt of the turn before: {}", response.body);
}

/// Freeing what is free changes nothing; a room that does not exist is not found.
#[tokio::test]
async fn only_a_taken_room_can_be_freed() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await;
    class.free(&instructor, 1).await;
    let (room, owner) = class.sites.participant().await;
    assert_eq!(room, 1);
    for other in ["0", "3", "all", "-1", "1.0", "18446744073709551616", "%31x"] {
        let page = instructor.post(&format!("/overview/free/{other}"), &[("confirmed", "yes")]).await;
        assert_eq!(page.status, 404, "{other}");
    }
    let question = instructor.post("/overview/free/1", &[]).await;
    assert!(question.has("confirm") && question.has("cancel"), "{}", question.body);
    let body = Some(encoded(&[("confirmed", "no")]));
    let origin = [("origin", class.sites.front_door.as_str())];
    assert!(instructor.send(Method::POST, "/overview/free/1", &origin, body).await.has("confirm"));
    assert_eq!(owner.get("/").await.status, 200, "until it is confirmed");
}
