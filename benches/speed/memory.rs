//! Resident memory: of the process without users, of a session, and of what ends or never begins.

use crate::{
    load::{at_once, browsers, sign_ins},
    process::Process,
    support::{browser::AcceptEncoding, provider::Provider},
};

const USERS: usize = 2_000;
const SIGN_INS: usize = 20_000;
const ABANDONED: usize = 100_000;
/// An hour of ten a second.
const LOGOUTS: usize = 36_000;

pub(crate) fn measure() {
    let (provider, floor) = (Provider::start("RS256"), Process::floor());
    let app = Process::app(&[("OIDC_ISSUER_URL", &provider.issuer)]);
    println!("Memory                                                  to reach");
    println!("{:<32} {:>16} MB", "the floor, idle", megabytes(floor.memory()));
    println!("{:<32} {:>16} MB   ≤ 10 MB", "the app, idle, no demo tenant", megabytes(app.memory()));
    let sign_in = |users: std::ops::Range<usize>| sign_ins(&app, &provider, users, |_| "org1".to_owned());
    sign_in(0..USERS);
    let before = app.memory();
    for _ in 1..SIGN_INS / USERS {
        sign_in(0..USERS);
    }
    let bytes = (app.memory() - before) / (SIGN_INS - USERS);
    println!("{:<32} {bytes:>13} bytes   ≤ 5,000 bytes", "a session, with its activity");
}

/// What stays of sign-ins that were begun and abandoned, and of sessions that were logged out. It is measured when the
/// organization's lists are full, and so no longer grow.
pub(crate) fn measure_ended() {
    let provider = Provider::start("RS256");
    let app = Process::app(&[("OIDC_ISSUER_URL", &provider.issuer)]);
    let log_in_and_out = |count: usize| {
        at_once(
            |number| number < count,
            || browsers(&app, &provider),
            |(app, provider), number| {
                let session = app.sign_in(provider, number % USERS, "org1");
                assert_eq!(app.post("/logout", &session).status, 303);
            },
        );
    };
    let abandon = |count: usize| {
        at_once(
            |number| number < count,
            || app.browser(AcceptEncoding::AsBrowsers),
            |browser, number| drop(browser.get(&format!("/login?organization=org{number}"), "")),
        );
    };
    log_in_and_out(LOGOUTS / 2);
    abandon(ABANDONED / 10);
    println!("Memory that stays                                       to reach");
    for (what, work, count) in [
        ("of an abandoned sign-in", &abandon as &dyn Fn(usize), ABANDONED),
        ("of a sign-in and a logout", &log_in_and_out, LOGOUTS),
    ] {
        let before = app.memory();
        work(count);
        let bytes = app.memory().saturating_sub(before) / count;
        println!("{what:<32} {bytes:>13} bytes   0, of {count}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn megabytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
