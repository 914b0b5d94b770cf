//! A whole sign-in: `/login`, the callback, `/profile`, at a provider that signs with RS256.

use std::time::Instant;

use crate::{
    ROUND, ROUNDS,
    load::{at_once, browsers, microseconds_each},
    median,
    support::provider::Provider,
    warm_app,
};

/// How many users sign in, in turn. With fewer, each would have too many sessions.
const USERS: usize = 2_000;

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn measure() {
    let provider = Provider::start("RS256");
    let (app, _) = warm_app(&provider);
    let (mut signed_in, connections) = (0, provider.connections());
    let costs: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let (began, before) = (Instant::now(), app.processor_time());
            let count = at_once(
                |_| began.elapsed() < ROUND * 2,
                || browsers(&app, &provider),
                |(app, provider), number| drop(app.sign_in(provider, (signed_in + number) % USERS, "org1")),
            );
            signed_in += count;
            microseconds_each(before..app.processor_time(), count)
        })
        .collect();
    let connections = (provider.connections() - connections) as f64 / signed_in as f64;
    println!("A whole sign-in (the app's part of it)                  to reach");
    println!("{:<32} {:>16.3} ms   ≤ 0.25 ms", "processor time", median(costs.into_iter()) / 1_000.0);
    println!("{:<32} {connections:>19.3}   ≤ 0.05", "connections to the provider");
}
