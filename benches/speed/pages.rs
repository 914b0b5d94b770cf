//! `GET /` and `GET /profile`, as multiples of the floor.

use crate::{Cost, load::Load, process::Process, side_by_side, support::provider::Provider, warm_app};

/// As browsers ask, in multiples of the floor.
const FRONT_PAGE_GOAL: f64 = 2.0;
const PROFILE_GOAL: f64 = 4.0;

pub(crate) fn measure() {
    let (provider, floor) = (Provider::start("RS256"), Process::floor());
    let (app, sessions) = warm_app(&provider);
    let plain = |path, sessions| Load::of_pages(path, sessions).without_encoding();
    let [floor_alone] = side_by_side(&floor, &floor, [&Load::of_pages("/", &[])]);
    let [front_page, front_page_plain, profile, profile_plain] = side_by_side(
        &floor,
        &app,
        [
            &Load::of_pages("/", &[]),
            &plain("/", &[]),
            &Load::of_pages("/profile", &sessions),
            &plain("/profile", &sessions),
        ],
    );
    println!("Processor time a page; the floor takes {:.1} µs", floor_alone.microseconds);
    println!("{:<24} {:>24} {:>24}   to reach", "", "no Accept-Encoding", "as browsers ask");
    print("GET / signed out", front_page_plain, front_page, FRONT_PAGE_GOAL);
    print("GET /profile", profile_plain, profile, PROFILE_GOAL);
}

fn print(page: &str, plain: Cost, as_browsers: Cost, goal: f64) {
    let show = |cost: Cost| format!("{:.1} µs = {:.1} × floor", cost.microseconds, cost.floors);
    println!("{page:<24} {:>24} {:>24}   ≤ {goal} × floor", show(plain), show(as_browsers));
}
