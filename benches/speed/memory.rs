//! Resident memory: of the process without users, and of a session.

use crate::{load::sign_ins, process::Process, support::provider::Provider};

const USERS: usize = 2_000;
const SIGN_INS: usize = 20_000;

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

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn megabytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
