//! Attacks of a participant whose room was freed on the next one in it, and of strangers on anybody in a room.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::support::{class::TestClass, management::Script, raw};

/// Attack: a request whose body is not complete is let in, and completed once the room is somebody else's.
#[tokio::test]
async fn a_request_held_across_the_freeing_reaches_nothing_of_the_next_participant() {
    let class = TestClass::with_rooms(1);
    let (room, alice) = class.sites.participant().await;
    let (tenant, instructor) = (class.sites.tenant(room), class.instructor().await);
    let mut held = Vec::new();
    for line in ["GET / HTTP/1.1", "GET /events HTTP/1.1", "POST / HTTP/1.1"] {
        let mut stream = raw::connect(&tenant).await;
        let cookie = format!("{0}={1}", class.sites.room_cookie(), alice.cookie(&class.sites.room_cookie()).unwrap());
        let request = format!(
            "{line}\r\nHost: {}\r\nOrigin: {tenant}\r\nCookie: {cookie}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nab",
            raw::host(&tenant)
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        held.push(stream);
    }
    class.free(&instructor, room).await;
    let (again, bob) = class.sites.participant().await;
    assert_eq!(again, room);
    let secret = class.sites.secret(room, &bob).await;
    for mut stream in held {
        stream.write_all(b"c").await.unwrap();
        let response = timeout(Duration::from_secs(10), raw::response(&mut stream)).await.unwrap();
        assert_eq!(raw::status(&response), 403, "{response}");
        assert!(!response.contains(&secret) && response.contains("not your room"), "{response}");
    }
}

/// Attack: what was noted in one turn, a secret and a token for scripts, is used in the next.
#[tokio::test]
async fn the_secret_and_the_tokens_of_a_turn_end_with_it() {
    let class = TestClass::with_rooms(1);
    let (room, alice) = class.sites.participant().await;
    let (tenant, instructor) = (class.sites.tenant(room), class.instructor().await);
    let (secret, script) = (class.sites.secret(room, &alice).await, class.sites.script(room, &alice).await);
    assert_eq!(script.call("GET", ORGANIZATIONS, Value::Null).await.0, 200);
    class.free(&instructor, room).await;
    assert_eq!(script.call("GET", ORGANIZATIONS, Value::Null).await.0, 401);
    assert!(Script::with_secret(&tenant, &secret).await.is_err());
    let (_, bob) = class.sites.participant().await;
    let script = class.sites.script(room, &bob).await;
    assert_eq!(script.call("GET", ORGANIZATIONS, Value::Null).await.0, 200);
}

/// Attack: the cookie of a login in the app outlives the turn, and the same browser gets the same room again.
#[tokio::test]
async fn a_login_in_the_app_ends_with_the_turn() {
    let class = TestClass::with_rooms(1);
    let (room, browser) = class.sites.participant().await;
    let instructor = class.instructor().await;
    assert_eq!(browser.sign_in_as("alice@org1.example", "org1").await.url.path(), "/profile");
    class.free(&instructor, room).await;
    let front_door = browser.at(&class.sites.front_door);
    let page = front_door.get("/").await;
    assert_eq!(front_door.press(&page, "take-room").await.status, 303);
    let browser = front_door.at(&class.sites.app(room));
    assert_eq!(browser.get("/").await.status, 200, "it has the room again");
    assert_eq!(browser.get("/profile").await.status, 303, "to the login");
}

/// Two windows of the instructor: while one asks about a participant, the other gives the room to somebody else.
#[tokio::test]
async fn a_question_about_one_participant_frees_no_other() {
    let class = TestClass::with_rooms(1);
    let (room, _alice) = class.sites.participant().await;
    let instructor = class.instructor().await;
    let path = format!("{}/overview/free/{room}", class.sites.front_door);
    let question = instructor.post(&path, &[]).await;
    class.free(&instructor, room).await;
    let (_, bob) = class.sites.participant().await;
    let page = instructor.press(&question, "confirm").await;
    let page = instructor.follow(page).await;
    assert!(page.body.contains("was not freed"), "{}", page.body);
    assert_eq!(bob.get("/").await.status, 200);
}

/// Attack: a stranger's requests to the token endpoint, which needs no cookie, push all else out of a room's log.
#[tokio::test]
async fn strangers_push_nothing_out_of_a_rooms_log() {
    let class = TestClass::with_rooms(1);
    let (room, alice) = class.sites.participant().await;
    alice.sign_in_as("alice@org1.example", "org1").await;
    let (stranger, url) = (class.sites.browser(), format!("{}/oauth/token", class.sites.tenant(room)));
    for number in 0..1_050 {
        let form = format!("grant_type=authorization_code&client_id=orglab&code={number}");
        let page = stranger.send(Method::POST, &url, &[FORM], Some(form)).await;
        assert!((400..500).contains(&page.status), "{} {}", page.status, page.body);
    }
    let log = class.sites.log(room, &alice).await;
    assert!(log.iter().any(|line| line.contains("alice@org1.example")), "{} lines", log.len());
}

const ORGANIZATIONS: &str = "/v2/organizations";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
