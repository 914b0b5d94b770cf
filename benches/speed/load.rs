//! Many browsers at once.

use std::{
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    process::Process,
    support::{
        browser::{AcceptEncoding, Browser},
        provider::Provider,
    },
};

/// How many browsers ask for pages at once.
const VISITORS: usize = 32;
/// How many users sign in at once.
const AT_ONCE: usize = 16;

/// Pages that browsers ask for in turn.
pub(crate) struct Load<'a> {
    path: &'a str,
    /// Of the visitors, in turn; without any, nobody is signed in.
    sessions: &'a [String],
    accept_encoding: AcceptEncoding,
}

impl<'a> Load<'a> {
    pub(crate) fn of_pages(path: &'a str, sessions: &'a [String]) -> Self {
        Self { path, sessions, accept_encoding: AcceptEncoding::AsBrowsers }
    }

    pub(crate) fn without_encoding(self) -> Self {
        Self { accept_encoding: AcceptEncoding::None, ..self }
    }

    /// The processor time that a response costs the process, in microseconds, measured for so long.
    pub(crate) fn cost(&self, process: &Process, duration: Duration) -> f64 {
        self.cost_and_length(process, duration).0
    }

    /// The same, and the length of the last response's body as it was sent, in bytes. All browsers are in this thread:
    /// otherwise each response would wake a thread, in time that counts as the server's.
    pub(crate) fn cost_and_length(&self, process: &Process, duration: Duration) -> (f64, usize) {
        let mut browsers: Vec<_> = (0..VISITORS).map(|_| process.browser(self.accept_encoding)).collect();
        let (began, before) = (Instant::now(), process.processor_time());
        let (mut sessions, mut count, mut length) = (self.sessions.iter().cycle(), 0, 0);
        while began.elapsed() < duration {
            for browser in &mut browsers {
                browser.send(self.path, sessions.next().map_or("", |session| session)).unwrap();
            }
            for browser in &mut browsers {
                let response = browser.receive().unwrap();
                assert_eq!(response.status, 200, "{}", self.path);
                length = response.length;
            }
            count += VISITORS;
        }
        (microseconds_each(before..process.processor_time(), count), length)
    }
}

/// Signs users in, each at its organization. Returns the cookies of their sessions.
pub(crate) fn sign_ins(
    app: &Process,
    provider: &Provider,
    users: Range<usize>,
    organization: impl Fn(usize) -> String + Sync,
) -> Vec<String> {
    let sessions = Mutex::new(Vec::new());
    at_once(
        |number| users.start + number < users.end,
        || browsers(app, provider),
        |(app, provider), number| {
            let user = users.start + number;
            let session = app.sign_in(provider, user, &organization(user));
            sessions.lock().unwrap().push(session);
        },
    );
    sessions.into_inner().unwrap()
}

/// A browser at the app, and the same at the provider.
pub(crate) fn browsers(app: &Process, provider: &Provider) -> (Browser, Browser) {
    let at_provider = Browser::new(provider.port, "127.0.0.1", AcceptEncoding::AsBrowsers);
    (app.browser(AcceptEncoding::AsBrowsers), at_provider)
}

/// Visits, numbered from 0, as long as `more` says so of the next number, each by one of the browsers. Returns how many
/// there were.
pub(crate) fn at_once<Browser>(
    more: impl Fn(usize) -> bool + Sync,
    browser: impl Fn() -> Browser + Sync,
    visit: impl Fn(&mut Browser, usize) + Sync,
) -> usize {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut browser = browser();
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && more(number)
                {
                    visit(&mut browser, number);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn microseconds_each(time: Range<Duration>, count: usize) -> f64 {
    time.end.saturating_sub(time.start).as_secs_f64() * 1e6 / count as f64
}
