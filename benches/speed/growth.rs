//! What pages cost when there is more: people and entries of one organization, sessions, organizations.

use std::time::Duration;

use crate::{
    load::{Load, sign_ins},
    median,
    process::Process,
    support::provider::Provider,
};

/// How many users have signed in, each once. The last stage has sessions in a thousand organizations as well.
const STAGES: [usize; 4] = [10, 50, 10_000, 100_000];
/// Those of the first stages are members of one organization.
const MEMBERS: usize = 10_000;
const ORGANIZATIONS: usize = 1_000;
const PATHS: [&str; 4] = ["/", "/profile", "/features/people", "/features/activity"];

pub(crate) fn measure() {
    // Its signatures are quick to make.
    let (provider, floor) = (Provider::start("EdDSA"), Process::floor());
    let app = Process::app(&[("OIDC_ISSUER_URL", &provider.issuer)]);
    let mut sessions = Vec::new();
    println!("Processor time a page as browsers ask, in multiples of the floor (bytes as sent)");
    println!("{:<32} {}", "sign-ins", PATHS.map(|path| format!("{path:>24}")).concat());
    for stage in STAGES {
        let organization =
            |user| if user < MEMBERS { "org1".to_owned() } else { format!("org{}", user % ORGANIZATIONS) };
        let signed_in = sign_ins(&app, &provider, sessions.len()..stage, organization);
        sessions.extend(signed_in);
        let costs = PATHS.map(|path| {
            let visitors = &sessions[..10];
            let (cost, length) = cost(&Load::of_pages(path, visitors), &app, &floor);
            format!("{:>24}", format!("{cost:.1} ({length})"))
        });
        println!("{:<32} {}", name(stage), costs.concat());
    }
}

fn name(stage: usize) -> String {
    if stage <= MEMBERS { format!("{stage} at one organization") } else { format!("{stage} at {ORGANIZATIONS}") }
}

fn cost(load: &Load<'_>, app: &Process, floor: &Process) -> (f64, usize) {
    const ROUND: Duration = Duration::from_millis(300);
    let floor_load = Load::of_pages("/", &[]);
    let rounds: Vec<_> = (0..5)
        .map(|_| {
            let floor = floor_load.cost(floor, ROUND / 2);
            let (cost, length) = load.cost_and_length(app, ROUND);
            (cost / floor, length)
        })
        .collect();
    (median(rounds.iter().map(|(cost, _)| *cost)), rounds[0].1)
}
