//! Does a fixed amount of work again and again, for a program that counts its instructions: `scripts/count`.
//!
//! The work runs in this process, without a server. The provider that it signs in at is a process of its own, which is
//! not counted.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::{
    env,
    hint::black_box,
    io::{BufRead, BufReader, Read, stdin},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
};

use actix_web::rt::System;
use orglab::{clock::Clock, random::Random};

use self::{
    site::{Callback, Site},
    support::provider::Provider,
};

#[path = "support/site.rs"]
mod site;

#[path = "support/mod.rs"]
mod support;

/// The smallest count counts: in others, a document of the provider may have been fetched again.
const REPETITIONS: usize = 5;
/// How many numbers are sorted for reference.
const NUMBERS: u64 = 2_000;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("provider") => provider(),
        None => count(),
        Some(_) => {} // `cargo bench`
    }
}

/// A provider, until the other process ends.
fn provider() {
    println!("{}", Provider::start("RS256").port);
    _ = stdin().read_to_end(&mut Vec::new());
}

fn count() {
    let system = System::new();
    let (_provider, provider) = start_provider();
    let site = system.block_on(site(provider));
    let session = system.block_on(site.sign_in(provider, 0));
    for repetition in 0..REPETITIONS {
        measure(repetition, "reference", || black_box(sorted()));
        system.block_on(site.get("/", "")); // may fetch the discovery document
        measure(repetition, "front-page", || system.block_on(site.get("/", "")));
        measure(repetition, "profile", || system.block_on(site.get("/profile", &session)));
        // In two pieces, between which the browser is at the provider.
        let login = measure(repetition, "sign-in", || system.block_on(site.log_in()));
        let callback = Callback::after(login, provider, 1);
        measure(repetition, "sign-in", || system.block_on(site.finish(&callback)));
    }
}

/// Does the work, and says what it was: `scripts/count` finds the counts of the calls in this order.
fn measure<T>(repetition: usize, what: &str, work: impl FnOnce() -> T) -> T {
    println!("{repetition} {what}");
    let (mut work, mut result) = (Some(work), None);
    measured(&mut || result = work.take().map(|work| work()));
    result.unwrap()
}

/// The function whose instructions `scripts/count` has counted, by its name.
#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
    black_box(()); // so that the call above is not the last thing, and returns here
}

/// Work that has nothing to do with the app.
fn sorted() -> Vec<u64> {
    let mut number = 1_u64;
    let mut next = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        number
    };
    let mut numbers: Vec<_> = (0..NUMBERS).map(|_| next()).collect();
    numbers.sort_unstable();
    numbers
}

/// The app, at a time that stands still, with a generator that always begins with the same bytes.
async fn site(provider: u16) -> Site {
    let (now, next) = (Clock::system().now(), AtomicU8::new(0));
    let random = Random::from_fn(move |buffer| buffer.fill(next.fetch_add(1, Ordering::Relaxed)));
    Site::app(&format!("http://127.0.0.1:{provider}/"), Clock::from_fn(move || now), random).await
}

/// The provider's process, which ends with this one, and its port.
fn start_provider() -> (Child, u16) {
    let mut command = Command::new(env::current_exe().unwrap());
    let mut provider = command.arg("provider").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(provider.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().parse().unwrap();
    (provider, port)
}
