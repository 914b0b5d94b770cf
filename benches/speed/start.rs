//! From the start of the process to its first response.

use crate::{median, process::Process, support::provider::Provider};

const STARTS: usize = 15;

pub(crate) fn measure() {
    let provider = Provider::start("EdDSA");
    println!("From start to healthy (median of {STARTS})                      to reach");
    print("at a provider", &[("OIDC_ISSUER_URL", &provider.issuer)]);
    print("with the demo tenant", &[("DEMO_TENANT_LISTEN", "127.0.0.1:0")]);
}

fn print(what: &str, settings: &[(&str, &str)]) {
    let starts = (0..STARTS).map(|_| Process::app(settings).started_after.as_secs_f64() * 1_000.0);
    let mut starts: Vec<_> = starts.collect();
    starts.sort_by(f64::total_cmp);
    let (first, last) = (starts[0], starts[STARTS - 1]);
    println!("{what:<32} {:>16.0} ms   ≤ 40 ms   ({first:.0} to {last:.0})", median(starts.into_iter()));
}
