//! Several versions share one Redis: this version reads what another one has written, and treats what it does not know
//! as unknown.

use std::io::Read;

use chrono::{SecondsFormat, TimeDelta};
use data_encoding::BASE64_NOPAD;
use flate2::{Compression, read::DeflateEncoder};
use orglab::sign_in::packed;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    browser::Browser,
    instance::SECRET,
    provider::Provider,
    redis::{Kind, RedisServer},
};

/// An app with its Redis, and a member of org1.
struct Scene {
    redis: RedisServer,
    member: Browser,
    app: TestApp,
    provider: Provider,
}

impl Scene {
    async fn set() -> Self {
        let (provider, redis) = (Provider::start(), RedisServer::start(Kind::Redis));
        let app = TestApp::at_with(&provider, &[("REDIS_URL", &redis.url()), ("SESSION_SECRET", SECRET)]);
        let member = app.browser();
        assert_eq!(member.sign_in("org1").await.url.path(), "/profile");
        Self { redis, member, app, provider }
    }

    /// Sends a command, and returns the reply as text.
    fn redis(&self, words: &[&str]) -> String {
        let quote = |word: &&str| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
        let reply = self.redis.say(&words.iter().map(quote).collect::<Vec<_>>().join(" "));
        assert!(!reply.starts_with('-'), "{reply}");
        let (head, rest) = reply.split_once("\r\n").unwrap();
        match head.strip_prefix('$') {
            Some(length) => rest[..length.parse().unwrap()].to_owned(),
            None => head.to_owned(),
        }
    }

    /// Changes the member's session in Redis.
    fn change_session(&self, change: impl FnOnce(&mut Value)) {
        let key = self.redis(&["EVAL", "return redis.call('KEYS', 'orglab:session:*')[1]", "0"]);
        let mut state: Value = serde_json::from_str(&self.redis(&["HGET", &key, "state"])).unwrap();
        let mut session: Value = serde_json::from_str(state["signed_in"].as_str().unwrap()).unwrap();
        change(&mut session);
        state["signed_in"] = session.to_string().into();
        self.redis(&["HSET", &key, "state", &state.to_string()]);
    }
}

/// Entries as the previous version wrote them.
#[tokio::test]
async fn what_the_version_before_wrote_is_read() {
    let scene = Scene::set().await;
    let sign_in = |name: &str, at: &str| {
        json!({"at": at, "name": name, "email": null, "connection": "Okta1", "reference": "ABCDEFGH"}).to_string()
    };
    scene.redis(&["LPUSH", "orglab:sign-ins:org_org1", &sign_in("Olaf", "2026-01-01T00:00:00.5Z")]);
    scene.redis(&["LPUSH", "orglab:sign-ins:org_org1", &sign_in("Olga", "2026-01-02T00:00:00Z")]);
    let refusal = json!({"at": "2026-01-01T00:00:00Z", "reason": "not_a_member", "reference": "ABCDEFGH"});
    scene.redis(&["ZADD", "orglab:refusals:org_org1", "1767225600000000", &refusal.to_string()]);
    let olga = json!({"subject": "okta|Okta1|olga", "name": "Olga", "email": null, "connection": "Okta1",
        "first_at": "2026-01-01T00:00:00Z", "last_at": "2026-01-02T00:00:00Z"});
    scene.redis(&["HSET", "orglab:people:org_org1", "okta|Okta1|olga", &olga.to_string()]);
    scene.redis(&["ZADD", "orglab:first-sign-ins:org_org1", "1767225600000000", "okta|Okta1|olga"]);
    let note =
        json!({"text": "an old note", "author": "Olga", "connection": null, "written_at": "2026-01-01T00:00:00Z"});
    scene.redis(&["LPUSH", "orglab:notes:org_org1", &note.to_string()]);

    let csv = scene.member.get("/features/activity.csv").await.body;
    let names: Vec<_> = csv.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(names, ["Alice Adams", "Olga", "Olaf", ""], "{csv}");
    assert!(csv.contains("not a member of the organization"));
    assert!(scene.member.get("/features/people").await.body.contains("Olga"));
    assert!(scene.member.get("/features/board").await.body.contains("an old note"));
}

/// The previous version kept no subjects of sign-ins, no last times of people, and any number of people.
#[tokio::test]
async fn what_the_version_before_wrote_counts_for_the_bounds() {
    let scene = Scene::set().await;
    let fill = "for number = 1, 10005 do
        local at, person = 1700000000000000 + number, 'old' .. number
        local times = '\"first_at\":\"2026-01-01T00:00:00Z\",\"last_at\":\"2026-01-01T00:00:00Z\"'
        redis.call('HSET', 'orglab:people:org_org1', person, '{\"subject\":\"' .. person .. '\",\"name\":\"Old' .. number .. 'X\",' .. times .. '}')
        redis.call('ZADD', 'orglab:first-sign-ins:org_org1', at, person)
        redis.call('LPUSH', 'orglab:sign-ins:org_org1', '{\"at\":\"2026-01-01T00:00:00Z\",\"name\":\"Old' .. number .. 'X\",\"reference\":\"ABCDEFGH\"}')
    end
    return redis.call('LTRIM', 'orglab:sign-ins:org_org1', 0, 9999)";
    scene.redis(&["EVAL", &fill.replace('\n', " "), "0"]);
    assert_eq!(scene.app.browser().sign_in("org1").await.url.path(), "/profile");

    let count = |command: &str, key: &str| scene.redis(&[command, &format!("orglab:{key}:org_org1")]);
    assert_eq!(count("ZCARD", "sign-ins-by-subject"), ":2");
    assert_eq!(count("LLEN", "sign-ins"), ":9998", "the oldest of the old went");
    assert_eq!(count("HLEN", "people"), ":10000");
    let known = ["old1", "old6", "old7", "old10005", "okta|Okta1|alice"];
    let known = known.map(|subject| scene.redis(&["HEXISTS", "orglab:people:org_org1", subject]));
    assert_eq!(known, [":0", ":0", ":1", ":1", ":1"]);
}

/// What the version before does at a sign-in of `ARGV[1]` at the time `ARGV[2]`, in microseconds, of which the JSON has
/// `ARGV[3]`. It keeps no order of the lists. With `ARGV[4]`, the lists are full: it removes the person who was not
/// seen for the longest time, and the sign-in of `ARGV[4]`.
const RECORDED_BEFORE: &str = "
    local function key(kind) return 'orglab:' .. kind .. ':org_org1' end
    local subject, at, time, gone = unpack(ARGV)
    local of = '\"subject\":\"' .. subject .. '\",\"name\":\"' .. subject .. '\",\"email\":null,\"connection\":\"Okta9\"'
    redis.call('HSET', key('people'), subject, '{' .. of .. ',\"first_at\":\"' .. time .. '\",\"last_at\":\"' .. time .. '\"}')
    redis.call('ZADD', key('first-sign-ins'), 'NX', at, subject)
    redis.call('ZADD', key('last-sign-ins'), at, subject)
    local sign_in = '{\"at\":\"' .. time .. '\",' .. of .. ',\"reference\":\"ABCDEFGH\"}'
    redis.call('ZADD', key('sign-ins-by-subject'), 0, subject .. ' ' .. string.format('%020.0f', at) .. ' ' .. sign_in)
    redis.call('ZADD', key('sign-in-counts'), 1, subject)
    if gone then
        local oldest = redis.call('ZPOPMIN', key('last-sign-ins'))[1]
        redis.call('HDEL', key('people'), oldest)
        redis.call('ZREM', key('first-sign-ins'), oldest)
        for _, member in ipairs(redis.call('ZRANGEBYLEX', key('sign-ins-by-subject'), '[' .. gone .. ' ', '(' .. gone .. '!')) do
            redis.call('ZREM', key('sign-ins-by-subject'), member)
        end
        redis.call('ZREM', key('sign-in-counts'), gone)
    end
    return 'recorded'";

/// In the order of the pages, and in the chart.
#[tokio::test]
async fn what_an_instance_of_the_version_before_writes_meanwhile_is_in_the_lists() {
    let scene = Scene::set().await;
    let at = scene.app.clock.clock().now();
    let recorded = |subject: &str, minutes: i64, gone: &[&str]| {
        let at = at + TimeDelta::minutes(minutes);
        let (micros, time) = (at.timestamp_micros().to_string(), at.to_rfc3339_opts(SecondsFormat::Micros, true));
        let script = RECORDED_BEFORE.replace('\n', " ");
        scene.redis(&[&["EVAL", &script, "0", subject, &micros, &time], gone].concat());
    };
    let people = async || scene.member.get("/features/people").await.texts("[data-testid=people] th strong");
    let lists = async || {
        let page = scene.member.get("/features/activity").await;
        let sign_ins = page.texts("[data-testid=activity] table:first-of-type th strong");
        (people().await, sign_ins, page.texts("figcaption strong")[0].clone())
    };
    let expected = |people: &[&str], sign_ins: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        (owned(people), owned(sign_ins), sign_ins.len().to_string())
    };
    let alice = "Alice Adams";
    assert_eq!(lists().await, expected(&[alice], &[alice]));
    recorded("olga", -5, &[]);
    assert_eq!(lists().await, expected(&["olga", alice], &[alice, "olga"]), "she was there before");
    recorded("oleg", 1, &[]);
    recorded("olga", 2, &[]);
    assert_eq!(lists().await, expected(&["olga", "oleg", alice], &["olga", "oleg", alice, "olga"]));

    // The counts stay, although the entries change.
    recorded("otto", 3, &["oleg"]);
    let otto = expected(&["olga", "oleg", "otto"], &["otto", "olga", alice, "olga"]);
    assert_eq!(lists().await, otto, "alice was not seen for the longest time");
    assert_eq!(scene.app.browser().sign_in("org1").await.url.path(), "/profile");
    let both = expected(&["olga", "oleg", "otto", alice], &["otto", "olga", alice, alice, "olga"]);
    assert_eq!(lists().await, both, "and after a sign-in here");
    let latest = scene.member.get("/").await.texts("main li strong");
    assert_eq!(latest, ["otto", "olga", "oleg"]);
}

/// The version before that one kept a list of sign-ins without subjects.
#[tokio::test]
async fn sign_ins_of_both_earlier_versions_are_in_one_order() {
    let scene = Scene::set().await;
    let now = scene.app.clock.clock().now();
    let times = [TimeDelta::days(-400), TimeDelta::days(-3), TimeDelta::minutes(-1), TimeDelta::minutes(1)];
    for (number, before) in times.into_iter().enumerate() {
        let time = (now + before).to_rfc3339_opts([SecondsFormat::Secs, SecondsFormat::Nanos][number % 2], true);
        let sign_in = json!({"at": time, "name": format!("Old {number}"), "reference": "ABCDEFGH"});
        scene.redis(&["LPUSH", "orglab:sign-ins:org_org1", &sign_in.to_string()]);
        let page = scene.member.get("/features/activity").await;
        let mut names: Vec<_> = (0..=number).rev().map(|number| format!("Old {number}")).collect();
        names.insert(usize::from(number == 3), "Alice Adams".to_owned());
        assert_eq!(page.texts("[data-testid=activity] table:first-of-type th strong"), names);
        assert_eq!(page.texts("figcaption strong")[0], (names.len() - 1).to_string(), "not the one of last year");
    }
}

/// The version before kept no period in which the limit was reached.
#[tokio::test]
async fn the_limit_of_refusals_is_told_if_the_version_before_reached_it() {
    let scene = Scene::set().await;
    let says = async || scene.member.get("/features/activity").await.body.contains("may have been more");
    for number in 0..60 {
        assert!(!says().await, "{number}");
        let refusal = json!({"at": "2026-01-01T00:00:00Z", "reason": "denied", "reference": format!("OLD{number}")});
        let at = (1_767_225_600_000_000_i64 + number * 1_000_000).to_string();
        scene.redis(&["ZADD", "orglab:refusals:org_org1", &at, &refusal.to_string()]);
    }
    assert!(says().await);
}

/// Only its value in the store: cookies of versions that did not bind them to issuer and client id can't be decrypted.
#[tokio::test]
async fn a_session_stored_without_the_newer_fields_goes_on_and_ends() {
    let scene = Scene::set().await;
    scene.change_session(|session| {
        let session = session.as_object_mut().unwrap();
        for new in ["id", "requested_at", "predecessor"] {
            session.shift_remove(new);
        }
        let token = scene.provider.secrets().pop().unwrap();
        assert_eq!(session["identity"]["id_token"], token, "a short token is kept");
    });
    assert!(scene.member.profile().await.is_some());
    assert_eq!(scene.member.get("/trace").await.status, 200);
    let thief = scene.member.copy();
    assert!(scene.member.log_out().await.parameter("id_token_hint").is_some());
    assert_eq!(thief.profile().await, None);
}

#[tokio::test]
async fn what_a_later_version_may_write_in_a_list_counts_as_unknown() {
    let scene = Scene::set().await;
    let at = "2026-01-01T00:00:00Z";
    let reasons = [json!("a_case_to_come"), json!({"a_case_to_come": {"of": "some kind"}}), json!(null), json!(7)];
    for (number, reason) in reasons.iter().enumerate() {
        let refusal = json!({"at": at, "reason": reason, "reference": format!("LATER{number}"), "more": [1, 2]});
        scene.redis(&["ZADD", "orglab:refusals:org_org1", "1767225600000000", &refusal.to_string()]);
    }
    // An entry that can't be read at all is skipped.
    scene.redis(&["ZADD", "orglab:refusals:org_org1", "1767225600000001", "{\"of\": \"another kind\"}"]);
    scene.redis(&["LPUSH", "orglab:notes:org_org1", "{\"of\": \"another kind\"}"]);
    scene.redis(&["LPUSH", "orglab:sign-ins:org_org1", "{\"of\": \"another kind\"}"]);

    let page = scene.member.get("/features/activity").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for number in 0..reasons.len() {
        assert!(page.body.contains(&format!("LATER{number}")));
    }
    assert_eq!(page.body.matches("refused by the provider").count(), reasons.len());
    assert!(page.body.contains("Alice Adams"));
    assert_eq!(scene.member.get("/features/activity.csv").await.status, 200);
    assert_eq!(scene.member.post_note("a note").await.status, 303);
    assert!(scene.member.get("/features/board").await.body.contains("a note"));
    assert_eq!(scene.app.browser().sign_in("org1").await.url.path(), "/profile");
}

/// An older version recorded neither responses nor what the token looked like: the trace makes nothing up.
#[tokio::test]
async fn what_an_older_version_did_not_record_is_not_drawn() {
    let scene = Scene::set().await;
    scene.change_session(|session| {
        let mut record = packed::unpack(session["record"].as_str().unwrap()).unwrap();
        record.as_object_mut().unwrap().remove("reference");
        for step in record["steps"].as_array_mut().unwrap() {
            for name in ["reply", "token"] {
                step.as_object_mut().unwrap().remove(name);
            }
        }
        let mut compressed = Vec::new(); // as that version stored it
        DeflateEncoder::new(record.to_string().as_bytes(), Compression::best()).read_to_end(&mut compressed).unwrap();
        session["record"] = BASE64_NOPAD.encode(&compressed).into();
    });
    let page = scene.member.get("/trace").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let drawn =
        "3. App to provider: token request. 4. App to provider: key set request. 5. App: 13 checks, all passed.";
    assert!(page.body.contains(drawn) && !page.body.contains("The ID token as the app received it"), "{}", page.body);
}

#[tokio::test]
async fn what_a_later_version_may_write_in_a_trace_counts_as_unknown() {
    let scene = Scene::set().await;
    scene.change_session(|session| {
        let mut record = packed::unpack(session["record"].as_str().unwrap()).unwrap();
        let steps = record["steps"].as_array_mut().unwrap();
        let checks = steps.last_mut().unwrap()["checks"].as_array_mut().unwrap();
        checks[0]["id"] = json!("a_check_to_come");
        checks[1]["expected"] = json!({"an_expectation_to_come": [1, 2]});
        checks[2]["found"] = json!({"a_finding_to_come": "x"});
        checks[3] = json!({"id": {"a": "check"}, "expected": 7, "found": null, "passed": true, "more": 1});
        for step in &mut *steps {
            if step["step"] == "keys" {
                step["lookup"] = json!("a_way_to_come");
            }
        }
        steps.insert(1, json!({"step": "a_step_to_come", "at": 1}));
        steps.insert(2, json!({"step": "answer", "of": "another form"}));
        session["to_come"] = json!(true);
        session["record"] = packed::pack(&record).into();
    });
    let page = scene.member.get("/trace").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("nonce") && page.body.contains("that this version does not know"), "{}", page.body);
    assert!(scene.member.profile().await.is_some());
}
