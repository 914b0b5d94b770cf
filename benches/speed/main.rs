//! What the app costs, measured over loopback with browsers' headers: `scripts/bench`, or `scripts/bench PART`.
//!
//! The figures are processor time of the app's process (all threads, in user and kernel mode), which says more than the
//! clock where others share the machine, and multiples of the floor (`benches/floor.rs`) in the same moment, which say
//! more than microseconds where machines differ. Everything ends by itself.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::{env, time::Duration};

use self::{load::Load, process::Process, support::provider::Provider};

/// `GET /` and `GET /profile`.
mod pages;

/// A whole sign-in.
mod sign_ins;

/// Of the process, of a session, and of what has ended.
mod memory;

/// From the start to the first response.
mod start;

/// With more people, entries, sessions, organizations.
mod growth;

/// The process's own memory or Redis, one instance or two.
mod stores;

/// Processes: what they take.
mod process;

/// Many browsers at once.
mod load;

#[path = "../support/mod.rs"]
mod support;

const PARTS: [(&str, fn()); 7] = [
    ("pages", pages::measure),
    ("sign-ins", sign_ins::measure),
    ("memory", memory::measure),
    ("ended", memory::measure_ended),
    ("start", start::measure),
    ("growth", growth::measure),
    ("stores", stores::measure),
];

fn main() {
    let wanted: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let is_part = |name: &String| PARTS.iter().any(|(part, _)| part == name);
    if let Some(unknown) = wanted.iter().find(|name| !is_part(name)) {
        eprintln!("there is no part {unknown:?}; the parts are {}", PARTS.map(|(part, _)| part).join(", "));
        std::process::exit(2);
    }
    for (part, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|name| name == part) {
            measure();
            println!();
        }
    }
}

/// How often a measurement is repeated; the median counts.
const ROUNDS: usize = 7;
/// How long each of them lasts.
const ROUND: Duration = Duration::from_millis(400);

/// What a page costs in multiples of the floor, both measured in turn.
fn side_by_side<const N: usize>(floor: &Process, app: &Process, loads: [&Load<'_>; N]) -> [Cost; N] {
    let floor_load = Load::of_pages("/", &[]);
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let floor = floor_load.cost(floor, ROUND);
            loads.map(|load| load.cost(app, ROUND)).map(|microseconds| (microseconds, microseconds / floor))
        })
        .collect();
    std::array::from_fn(|index| Cost {
        microseconds: median(rounds.iter().map(|round| round[index].0)),
        floors: median(rounds.iter().map(|round| round[index].1)),
    })
}

/// Processor time a response.
#[derive(Clone, Copy)]
struct Cost {
    microseconds: f64,
    /// In multiples of the floor.
    floors: f64,
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// An app at `provider`, warm, with a session of each of some users.
fn warm_app(provider: &Provider) -> (Process, Vec<String>) {
    let app = Process::app(&[("OIDC_ISSUER_URL", &provider.issuer)]);
    let sessions = load::sign_ins(&app, provider, 0..200, |_| "org1".to_owned());
    (app, sessions)
}
