//! Who may what in a room of a class: participant, instructor, program, anybody else.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::Value;

use crate::support::{
    browser::{Browser, Page, encoded},
    class::{FIRST_STEP, TestClass},
    tenant::request,
};

/// What the app has for browsers.
const OF_THE_APP: [&str; 17] = [
    "/",
    "/?code=a&state=b",
    "/?error=access_denied&state=b",
    "/?invitation=a&organization=org_1",
    "/login",
    "/login?organization=org1",
    "/callback?code=a&state=b",
    "/profile",
    "/trace",
    "/features",
    "/features/board",
    "/features/people",
    "/features/activity",
    "/features/activity.csv",
    "/logout",
    "/favicon.ico",
    "/nowhere",
];

/// What the tenant has for browsers, and the lab's own API.
const OF_THE_TENANT: [&str; 16] = [
    "/",
    "/oidc/logout",
    "/oidc/logout?client_id=orglab",
    "/v2/logout",
    "/events",
    "/confirm",
    "/log/clear",
    "/checkpoints/login",
    "/faults/bad-signature",
    "/api/checkpoints",
    "/api/checkpoints/login",
    "/api/faults",
    "/api/sessions",
    "/api/nowhere",
    "/favicon.ico",
    "/nowhere",
];

/// All addresses that need a cookie, in this room.
fn addresses(class: &TestClass, room: u16) -> Vec<String> {
    let (app, tenant) = (class.sites.app(room), class.sites.tenant(room));
    let authorize = request(&[("organization", "org1")]);
    let of_the_tenant = OF_THE_TENANT.into_iter().chain([authorize.as_str()]);
    OF_THE_APP
        .iter()
        .map(|path| format!("{app}{path}"))
        .chain(of_the_tenant.map(|path| format!("{tenant}{path}")))
        .collect()
}

/// Sends a request as the site's own page would.
async fn send(browser: &Browser, method: Method, address: &str) -> Page {
    let origin = url::Url::parse(address).unwrap().origin().ascii_serialization();
    let body = (method == Method::POST).then(|| encoded(&[("confirmed", "yes"), ("organization", "org1")]));
    browser.send(method, address, &[("origin", &origin)], body).await
}

/// A refusal: nothing is begun, and there is a way to go on.
fn assert_refused(class: &TestClass, page: &Page, why: &str) {
    let what = format!("{why}, at {}", page.url);
    assert_eq!((page.status, page.header("set-cookie"), page.location()), (403, None, None), "{what}: {}", page.body);
    assert_eq!(page.header("cache-control"), Some("no-store"), "{what}");
    assert!(page.header("content-security-policy").is_some_and(|it| it.contains("default-src 'none'")), "{what}");
    let front_door = format!("{}/", class.sites.front_door);
    if why.starts_with("HEAD") {
        assert_eq!(page.body, "", "{what}");
    } else if page.header("content-type") == Some("application/json") {
        let body: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(body["front_door"], front_door, "{what}");
    } else {
        assert_eq!(page.attribute("main a", "href"), front_door, "{what}");
        assert!(page.body.contains("This is not your room"), "{what}: {}", page.body);
    }
}

/// A browser that has this value as its room's cookie.
fn with_cookie(class: &TestClass, value: &str) -> Browser {
    let browser = class.sites.browser();
    browser.set_cookie(&class.sites.room_cookie(), value);
    browser
}

/// The value with another character at this position.
fn tampered(value: &str, position: usize) -> String {
    let mut characters: Vec<char> = value.chars().collect();
    characters[position] = if characters[position] == 'A' { 'B' } else { 'A' };
    characters.into_iter().collect()
}

/// Attack: somebody in the same network works in another's room, or breaks it.
#[tokio::test]
async fn nobody_but_its_participant_and_the_instructor_gets_into_a_room() {
    let (class, another) = (TestClass::with_rooms(2), TestClass::with_rooms(1));
    let instructor = class.instructor().await;
    let (room, old) = class.sites.participant().await;
    assert_eq!(room, 1);
    class.free(&instructor, room).await;
    let (room, owner) = class.sites.participant().await;
    let (_, neighbour) = class.sites.participant().await;
    let (_, stranger) = another.sites.participant().await;
    let cookie = |browser: &Browser, class: &TestClass| browser.cookie(&class.sites.room_cookie()).unwrap();
    let own = cookie(&owner, &class);
    let as_the_instructors = class.sites.browser();
    as_the_instructors.set_cookie(&class.sites.instructor_cookie(), &own);
    let visitors = [
        ("without a cookie", class.sites.browser()),
        ("with another room's cookie", neighbour),
        ("with the cookie of an earlier turn", old),
        ("with another class's cookie", with_cookie(&class, &cookie(&stranger, &another))),
        ("with a cookie that was changed", with_cookie(&class, &tampered(&own, own.len() / 2))),
        ("with a cookie that was changed at the end", with_cookie(&class, &tampered(&own, own.len() - 3))),
        ("with a cookie that was cut off", with_cookie(&class, &own[..own.len() - 4])),
        ("with an empty cookie", with_cookie(&class, "")),
        ("with a made-up cookie", with_cookie(&class, r#"{"content":{"room":1,"turn":1},"expires":9999999999}"#)),
        ("with the participant's cookie as the instructor's", as_the_instructors),
    ];
    let log = class.sites.log(room, &owner).await;
    let addresses = addresses(&class, room);
    for (index, (why, visitor)) in visitors.iter().enumerate() {
        for address in &addresses {
            let all = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE];
            for method in all.into_iter().take(if index == 0 { 6 } else { 2 }) {
                let page = send(visitor, method.clone(), address).await;
                assert_refused(&class, &page, &format!("{method} {why}"));
            }
        }
        assert_eq!(visitor.cookies_named("orglab_attempt"), Vec::<String>::new());
    }
    assert_eq!(class.sites.log(room, &owner).await, log, "nothing has happened");
    assert_eq!(class.sites.row(&instructor, room).await.step, FIRST_STEP);
}

/// The same addresses: none of them says that the room is another's.
#[tokio::test]
async fn its_participant_and_the_instructor_may_do_all_in_a_room() {
    let class = TestClass::with_rooms(2);
    let (room, owner) = class.sites.participant().await;
    let instructor = class.instructor().await;
    for (room, browser) in [(room, &owner), (room, &instructor), (2, &instructor)] {
        for address in addresses(&class, room).iter().filter(|address| !address.ends_with("/events")) {
            for method in [Method::GET, Method::POST, Method::OPTIONS, Method::PUT] {
                let page = send(browser, method.clone(), address).await;
                let is_refused = page.body.contains("not your room") || page.body.contains("from another site");
                assert!(!is_refused, "{method} {address}: {}", page.body);
            }
            let [get, head] =
                [Method::GET, Method::HEAD].map(async |method| send(browser, method, address).await.status);
            assert_eq!(get.await, head.await, "{address}");
        }
        let page = browser.get(&class.sites.app(room)).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
}

/// Paths that live by tokens, or that are public: whoever asks, as everywhere else.
#[tokio::test]
async fn programs_need_no_cookie_for_what_is_theirs() {
    let class = TestClass::with_rooms(1);
    let program = class.sites.browser();
    let script = ("/api/v2/clients", 401);
    let expected = [
        (Method::GET, class.sites.app(1), "/healthz", 200),
        (Method::GET, class.sites.app(1), "/readyz", 200),
        (Method::HEAD, class.sites.app(1), "/healthz", 200),
        (Method::GET, class.sites.app(1), "/static/nothing.css", 404),
        (Method::POST, class.sites.app(1), "/backchannel-logout", 400),
        (Method::GET, class.sites.app(1), "/backchannel-logout", 405),
        (Method::GET, class.sites.tenant(1), "/.well-known/openid-configuration", 200),
        (Method::GET, class.sites.tenant(1), "/.well-known/jwks.json", 200),
        (Method::POST, class.sites.tenant(1), "/oauth/token", 400),
        (Method::GET, class.sites.tenant(1), "/userinfo", 401),
        (Method::POST, class.sites.tenant(1), "/userinfo", 401),
        (Method::GET, class.sites.tenant(1), "/api/openapi.yaml", 200),
        (Method::GET, class.sites.tenant(1), script.0, script.1),
        (Method::PATCH, class.sites.tenant(1), "/api/v2/tenants/settings", 401),
        (Method::GET, class.sites.tenant(1), "/static/nothing.css", 404),
    ];
    for (method, site, path, status) in expected {
        let page = program.send(method.clone(), &format!("{site}{path}"), &[], None).await;
        assert_eq!(page.status, status, "{method} {path}: {}", page.body);
        assert_eq!(page.header("set-cookie"), None, "{path}");
    }
    let stylesheet = program.get("/").await.attribute("link[rel=stylesheet]", "href");
    for site in [class.sites.front_door.clone(), class.sites.app(1), class.sites.tenant(1)] {
        assert_eq!(program.get(&format!("{site}{stylesheet}")).await.status, 200, "{site}");
    }
}

#[tokio::test]
async fn a_cookie_is_good_for_twelve_hours_at_the_server_too() {
    let class = TestClass::with_rooms(1);
    let (room, owner) = class.sites.participant().await;
    let instructor = class.instructor().await;
    class.clock.advance(TimeDelta::hours(12) - TimeDelta::minutes(1));
    assert_eq!(owner.get("/").await.status, 200);
    assert_eq!(instructor.get("/overview").await.status, 200);
    class.clock.advance(TimeDelta::minutes(2));
    for browser in [&owner, &instructor] {
        for address in [class.sites.app(room), class.sites.tenant(room)] {
            assert_refused(&class, &send(browser, Method::GET, &format!("{address}/")).await, "after 12 hours");
        }
        assert_eq!(browser.get(&format!("{}/overview", class.sites.front_door)).await.status, 403);
    }
}

/// Whoever has both cookies may do what one of them allows; other sites' cookies do no harm.
#[tokio::test]
async fn cookies_of_others_beside_it_do_no_harm() {
    let class = TestClass::with_rooms(1);
    let (room, owner) = class.sites.participant().await;
    let (name, own) = (class.sites.room_cookie(), owner.cookie(&class.sites.room_cookie()).unwrap());
    let stranger = class.sites.browser();
    for (cookies, status) in [
        (format!("{name}={own}"), 200),
        (format!("{name}=nonsense; {name}={own}"), 200),
        (format!("a=1;{name}={own};b"), 200),
        (format!("a={name}={own}"), 403),
        (format!("x{name}={own}"), 403),
        (format!("{name}x={own}"), 403),
    ] {
        let page = stranger.send(Method::GET, &class.sites.app(room), &[("cookie", &cookies)], None).await;
        assert_eq!(page.status, status, "{cookies}");
    }
}
