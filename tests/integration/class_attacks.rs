//! Attacks on a class: by other spellings of a path, by other hosts and sites, and with another room's secrets.

use reqwest::Method;
use rstest::rstest;
use serde_json::Value;
use url::Url;

use crate::support::{
    app::cookie_at,
    browser::{Browser, encoded},
    class::{FIRST_STEP, Sites, TestClass, json},
    management::Script,
    raw,
};

/// What a server responds to a request with this target, as it is written.
async fn respond(site: &str, method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if headers.iter().all(|(name, _)| *name != "Host") {
        head.push_str(&["Host: ", raw::host(site), "\r\n"].concat());
    }
    for (name, value) in headers {
        head.push_str(&[name, ": ", value, "\r\n"].concat());
    }
    raw::exchange(site, format!("{head}Connection: close\r\nContent-Length: 0\r\n\r\n").as_bytes()).await
}

/// Spellings of an address of the tenant's that jumps to a checkpoint, and ways through public folders to it.
const TO_THE_API: [&str; 27] = [
    "/%61pi/checkpoints/login",
    "/api/%63heckpoints/login",
    "/ap%69%2Fcheckpoints/login",
    "/api%2Fcheckpoints/login",
    "/api%2fcheckpoints%2flogin",
    "//api/checkpoints/login",
    "/api//checkpoints/login",
    "/./api/checkpoints/login",
    "/API/checkpoints/login",
    "/api/v2/../checkpoints/login",
    "/api/v2/..//checkpoints/login",
    "/api/v2/%2e%2e/checkpoints/login",
    "/api/v2/..%2fcheckpoints/login",
    "/api/v2/..%5ccheckpoints/login",
    "/api/v2/..;/checkpoints/login",
    "/api/v2//checkpoints/login",
    "/static/../api/checkpoints/login",
    "/static/..%2fapi/checkpoints/login",
    "/static/%2e%2e/checkpoints/login",
    "/.well-known/../checkpoints/login",
    "/.well-known/..%2fcheckpoints%2flogin",
    "/oauth/token/../../checkpoints/login",
    "/healthz/../checkpoints/login",
    "/checkpoints/login?/api/v2/",
    "/checkpoints/login%3f/api/v2/",
    "/checkpoints/login;/static/",
    "/userinfo/../checkpoints/login",
];

/// The same for pages of the app.
const TO_PAGES: [&str; 12] = [
    "/%70rofile",
    "//profile",
    "/static/../profile",
    "/static/%2e%2e/profile",
    "/.well-known/../login",
    "/healthz/../login?organization=org1",
    "/healthz/",
    "/healthz;/login",
    "/readyz%2f..%2flogin",
    "/Healthz",
    "/backchannel-logout/../logout",
    "*",
];

/// Attack: another spelling of a path passes for a public one at the gate, and for the lab's API behind it.
#[tokio::test]
async fn no_spelling_of_a_path_gets_around_the_gate() {
    let class = TestClass::with_rooms(1);
    let (room, owner) = class.sites.participant().await;
    let (app, tenant) = (class.sites.app(room), class.sites.tenant(room));
    let log = class.sites.log(room, &owner).await;
    for path in TO_THE_API {
        let absolute = format!("{tenant}{path}");
        for target in [path, absolute.as_str()] {
            for method in ["POST", "GET"] {
                let response = respond(&tenant, method, target, &[("Origin", &tenant)]).await;
                let status = raw::status(&response);
                assert!([400, 401, 403, 404].contains(&status), "{method} {target}: {response}");
                assert!(!response.contains("set-cookie") && !response.contains("corporate"), "{target}: {response}");
            }
        }
    }
    for path in TO_PAGES {
        for method in ["POST", "GET", "OPTIONS"] {
            let response = respond(&app, method, path, &[("Origin", &app)]).await;
            assert!([400, 403, 404].contains(&raw::status(&response)), "{method} {path}: {response}");
            assert!(!response.contains("set-cookie"), "{path}: {response}");
        }
    }
    assert_eq!(class.sites.log(room, &owner).await, log, "nothing has happened");
    let instructor = class.instructor().await;
    assert_eq!(class.sites.row(&instructor, room).await.step, FIRST_STEP);
}

/// Attack (DNS rebinding): a browser in the class has been told that the name of another site stands for the class's
/// address, so that this site's pages read what is served there, and send what they like.
#[tokio::test]
async fn a_request_to_another_host_is_refused_everywhere() {
    let class = TestClass::with_rooms(1);
    let Sites { port, front_door } = &class.sites;
    let (room, owner) = class.sites.participant().await;
    let instructor = class.instructor().await;
    let cookie = |browser: &Browser, name: &str| format!("{name}={}", browser.cookie(name).unwrap());
    let cookies = format!(
        "{}; {}",
        cookie(&owner, &class.sites.room_cookie()),
        cookie(&instructor, &class.sites.instructor_cookie())
    );
    let (app, tenant) = (class.sites.app(room), class.sites.tenant(room));
    let overview = class.overview.strip_prefix(front_door.as_str()).unwrap();
    let targets = [
        (front_door, vec!["/", "/rooms", "/room", "/join/a", overview, "/overview", "/overview/screen"]),
        (front_door, vec!["/overview/events", "/overview/free/1", "/overview/door/closed", "/healthz", "/robots.txt"]),
        (&app, vec!["/", "/login", "/profile", "/logout", "/healthz", "/readyz", "/static/a", "/backchannel-logout"]),
        (&tenant, vec!["/", "/events", "/.well-known/openid-configuration", "/oauth/token", "/userinfo"]),
        (&tenant, vec!["/api/checkpoints", "/api/v2/users", "/api/openapi.yaml", "/log/clear", "/nowhere"]),
    ];
    for (site, paths) in targets {
        let own = raw::host(site);
        let own_port = own.split(':').next_back().unwrap();
        for host in [
            "evil.example".to_owned(),
            format!("evil.example:{own_port}"),
            format!("127.0.0.1:{own_port}"),
            format!("localhost:{own_port}"),
            format!("127.0.0.2.evil.example:{own_port}"),
            format!("me@{own}"),
            format!("{own}/"),
            format!("127.0.0.2:{}", port - 1),
            "127.0.0.2".to_owned(),
            String::new(),
        ] {
            for path in &paths {
                for method in ["GET", "POST"] {
                    let headers = [("Host", host.as_str()), ("Cookie", &cookies), ("Origin", site)];
                    let response = respond(site, method, path, &headers).await;
                    // actix-http itself refuses a `Host` that is no host.
                    let is_refused = raw::status(&response) == 421 || (host.is_empty() && response.contains(" 400 "));
                    assert!(is_refused, "{method} {path} at {host:?}: {response}");
                    assert!(!response.contains("set-cookie"), "{path} at {host:?}");
                }
            }
        }
        let page = owner.get(&format!("{site}/")).await;
        assert_ne!(page.status, 421, "{site}");
    }
    assert!(class.sites.row(&instructor, room).await.step == FIRST_STEP, "and the room is not freed");
    assert_eq!(owner.get("/").await.status, 200);
}

/// Where a form comes from, in a request of somebody who may do what it does.
const ELSEWHERE: [(&str, &[(&str, &str)]); 10] = [
    ("no browser", &[]),
    ("another room", &[("origin", "{neighbour}")]),
    ("the room's other site", &[("origin", "{other}")]),
    ("the same host without its port", &[("origin", "http://127.0.0.2")]),
    ("the same over https", &[("origin", "{https}")]),
    ("another site", &[("origin", "http://evil.example")]),
    ("a sandbox", &[("origin", "null")]),
    ("another port of the host", &[("sec-fetch-site", "same-site"), ("origin", "{own}")]),
    ("another site, by Fetch Metadata", &[("sec-fetch-site", "cross-site"), ("origin", "{own}")]),
    ("no site", &[("sec-fetch-site", "none")]),
];

/// Attack (cross-site request forgery): a page of another room, which is the same site to browsers, sends a form in the
/// participant's name. Beyond loopback and without https, browsers do not say by `Sec-Fetch-Site` where it comes from.
#[tokio::test]
async fn a_form_counts_only_from_a_page_of_the_same_origin() {
    let class = TestClass::with_rooms(2);
    let (room, owner) = class.sites.participant().await;
    let instructor = class.instructor().await;
    owner.sign_in_as("alice@org1.example", "org1").await;
    owner.post_note("hello").await;
    let (app, tenant, front_door) = (class.sites.app(room), class.sites.tenant(room), class.sites.front_door.clone());
    let newcomer = class.sites.browser();
    let forms = [
        (&owner, &app, "/features/board", ("note", "forged")),
        (&owner, &app, "/logout", ("", "")),
        (&owner, &tenant, "/log/clear", ("", "")),
        (&owner, &tenant, "/checkpoints/login", ("confirmed", "yes")),
        (&owner, &tenant, "/api/checkpoints/login", ("", "")),
        (&owner, &tenant, "/oidc/logout", ("client_id", "orglab")),
        (&newcomer, &front_door, "/rooms", ("name", "forged")),
        (&instructor, &front_door, "/overview/free/1", ("confirmed", "yes")),
        (&instructor, &front_door, "/overview/door/closed", ("", "")),
        (&instructor, &front_door, "/overview/checkpoints/login/all", ("confirmed", "yes")),
        (&instructor, &front_door, "/overview/faults/slow/all", ("", "")),
    ];
    let log = class.sites.log(room, &owner).await;
    for (browser, site, path, field) in forms {
        let other = if *site == app { &tenant } else { &app };
        for (from, headers) in ELSEWHERE {
            if headers.is_empty() && path.starts_with("/api/") {
                continue; // programs use it
            }
            let filled = headers.iter().map(|(name, value)| {
                let value = value.replace("{neighbour}", &class.sites.app(2)).replace("{other}", other);
                (*name, value.replace("{own}", site).replace("{https}", &site.replace("http:", "https:")))
            });
            let filled: Vec<_> = filled.collect();
            let headers: Vec<_> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let body = Some(encoded(&[field]));
            let page = browser.send(Method::POST, &format!("{site}{path}"), &headers, body).await;
            assert_eq!(page.status, 403, "{path} from {from}: {}", page.body);
            assert_eq!(page.header("set-cookie"), None, "{path} from {from}");
        }
    }
    assert_eq!(class.sites.log(room, &owner).await, log, "nothing has happened");
    assert!(owner.profile().await.is_some(), "still signed in");
    assert!(!owner.get("/features/board").await.body.contains("forged"));
    assert!(newcomer.get("/").await.has("take-room"), "the door is open, and the newcomer has no room");
    assert_eq!(owner.get("/").await.status, 200, "the room is still the participant's");
}

#[rstest]
#[case::on_plain_http(&[("origin", "{own}")])]
#[case::on_loopback(&[("sec-fetch-site", "same-origin"), ("origin", "{own}")])]
#[tokio::test]
async fn a_form_of_the_sites_own_page_counts(#[case] from: &[(&str, &str)]) {
    let class = TestClass::with_rooms(1);
    let send = async |browser: &Browser, site: &str, path: &str| {
        let filled: Vec<_> = from.iter().map(|(name, value)| (*name, value.replace("{own}", site))).collect();
        let headers: Vec<_> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send(Method::POST, &format!("{site}{path}"), &headers, Some("name=&note=mine".to_owned())).await
    };
    let browser = class.sites.browser();
    let app = send(&browser, &class.sites.front_door, "/rooms").await.location().unwrap();
    let owner = browser.at(app.as_str());
    owner.sign_in_as("alice@org1.example", "org1").await;
    assert_eq!(send(&owner, &class.sites.app(1), "/features/board").await.status, 303);
    assert!(owner.get("/features/board").await.text("notes").unwrap().contains("mine"));
    assert!(!class.sites.log(1, &owner).await.is_empty());
    assert_eq!(send(&owner, &class.sites.tenant(1), "/log/clear").await.status, 303);
    assert!(class.sites.log(1, &owner).await.is_empty());
}

/// Attack: the secret that everybody knows from the lab's documents, or one's own room's, opens another's.
#[tokio::test]
async fn the_secret_for_scripts_opens_its_own_room_alone() {
    let class = TestClass::with_rooms(2);
    let (_, one) = class.sites.participant().await;
    let (_, two) = class.sites.participant().await;
    let (first, second) = (class.sites.secret(1, &one).await, class.sites.secret(2, &two).await);
    assert_ne!(first, second);
    let secret = async |room, secret: &str| Script::with_secret(&class.sites.tenant(room), secret).await.map(drop);
    for (room, wrong) in [(1, "demo"), (1, second.as_str()), (2, "demo"), (2, first.as_str()), (2, "")] {
        let refused = secret(room, wrong).await;
        assert!(matches!(refused, Err(400 | 401 | 403)), "{wrong} in room {room}: {refused:?}");
    }
    assert_eq!((secret(1, &first).await, secret(2, &second).await), (Ok(()), Ok(())));
}

/// Attack: a token of one's own room, or none, changes another room through its API.
#[tokio::test]
async fn the_api_wants_the_rooms_own_token_or_cookie() {
    let class = TestClass::with_rooms(2);
    let (_, owner) = class.sites.participant().await;
    let (_, neighbour) = class.sites.participant().await;
    let (own, other) = (class.sites.script(1, &owner).await, class.sites.script(2, &neighbour).await);
    let (app, tenant) = (class.sites.app(1), class.sites.tenant(1));
    let program = class.sites.browser();
    let (own, other) = (format!("Bearer {}", own.token), format!("Bearer {}", other.token));
    let log = class.sites.log(1, &owner).await;
    for (authorization, expected) in [
        (None, 403),
        (Some(""), 401),
        (Some("Bearer"), 401),
        (Some("Bearer made-up"), 401),
        (Some("Basic b3JnbGFiOmRlbW8="), 401),
        (Some(other.as_str()), 401),
    ] {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", *value)).collect();
        for (method, path) in [
            (Method::GET, "/api/checkpoints"),
            (Method::POST, "/api/checkpoints/login"),
            (Method::GET, "/api/faults"),
            (Method::POST, "/api/faults"),
            (Method::DELETE, "/api/faults"),
            (Method::POST, "/api/sessions"),
            (Method::GET, "/api/v2/users"),
            (Method::GET, "/api/v2/clients"),
        ] {
            let (status, body) = json(&program, method, &format!("{tenant}{path}"), &headers).await;
            let expected = if path.contains("/v2/") { 401 } else { expected };
            assert_eq!(status, expected, "{path} with {authorization:?}: {body}");
        }
        let page = program.send(Method::GET, &app, &headers, None).await;
        assert_eq!(page.status, 403, "a token opens no page, whoever's it is");
    }
    assert_eq!(class.sites.log(1, &owner).await, log, "nothing has happened");

    let with_token = [("authorization", own.as_str())];
    assert_eq!(json(&program, Method::GET, &format!("{tenant}/api/v2/users"), &with_token).await.0, 200);
    assert_eq!(json(&program, Method::GET, &format!("{tenant}/api/checkpoints"), &with_token).await.0, 200);
    assert_eq!(json(&owner, Method::GET, &format!("{tenant}/api/checkpoints"), &[]).await.0, 200, "by the cookie");
    let (status, body) = json(&program, Method::POST, &format!("{tenant}/api/checkpoints/login"), &with_token).await;
    assert_eq!((status, &body["checkpoint"]), (200, &Value::from("login")));
}

/// Attack: a participant renames the cookies of their own session, and works in the next room as the same user.
#[tokio::test]
async fn a_session_of_one_room_is_none_in_another() {
    let class = TestClass::with_rooms(2);
    let instructor = class.instructor().await; // may enter both rooms
    let first = instructor.at(&class.sites.app(1));
    first.sign_in_as("alice@org1.example", "org1").await;
    assert!(first.profile().await.is_some());
    let second = first.at(&class.sites.app(2));
    for (name, site) in [("orglab_session", "app"), ("demo_tenant_session", "tenant")] {
        let [from, to] = [1, 2].map(|room| match site {
            "app" => cookie_at(&class.sites.app(room), name),
            _ => cookie_at(&class.sites.tenant(room), name),
        });
        second.set_cookie(&to, &first.cookie(&from).unwrap());
    }
    assert!(second.profile().await.is_none());
    let page = second.sign_in("org1").await;
    assert!(page.has("user-alice@org1.example"), "the tenant asks who it is: {}", page.body);
}

/// Attack: a link on another page moves a signed-in user to another organization, where browsers do not say by
/// `Sec-Fetch-Site` that it comes from elsewhere.
#[tokio::test]
async fn a_link_that_may_come_from_elsewhere_asks_first_if_somebody_is_signed_in() {
    let class = TestClass::with_rooms(1);
    let (_, owner) = class.sites.participant().await;
    let app = class.sites.app(1);
    let [board, tenant, neighbour] =
        [format!("{app}/features/board"), class.sites.tenant(1), class.sites.front_door.clone()];
    let from =
        async |headers: &[(&str, &str)]| owner.send(Method::GET, "/login?organization=org2", headers, None).await;
    assert_eq!(from(&[]).await.status, 303, "signed out, there is nothing to lose");
    owner.sign_in_as("alice@org1.example", "org1").await;
    for headers in [
        &[][..],
        &[("referer", tenant.as_str())],
        &[("referer", &neighbour)],
        &[("referer", "http://evil.example/")],
        &[("referer", "nonsense")],
        &[("sec-fetch-site", "same-site"), ("referer", &board)],
        &[("sec-fetch-site", "cross-site"), ("referer", &board)],
    ] {
        let page = from(headers).await;
        assert_eq!((page.status, page.header("set-cookie")), (200, None), "{headers:?}");
        assert!(page.body.contains("org2"), "{}", page.body);
        let form = page.form_of("continue");
        let to = Url::parse(&app).unwrap().join(&form.action).unwrap();
        assert_eq!(to.path(), "/login", "the question has a button");
    }
    for headers in
        [&[("referer", board.as_str())][..], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")]]
    {
        assert_eq!(from(headers).await.status, 303, "{headers:?}");
    }
}
