//! The activity: the organization's sign-ins and refused attempts, with a chart by day; and as CSV.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    clock::Clock,
    license::{ACTIVITY, Feature},
    pages::{
        Layout,
        current_user::{FeaturePage, Licensed},
        errors::{failure::Failure, refusals::RefusalMessage},
        render,
        times::to_the_second,
    },
    text::is_blank,
    workspace::{
        WorkspaceStore,
        activity::{Day, MAXIMUM_REFUSALS_PER_WINDOW, RefusedAttempt, SignIn},
    },
};

/// How many days the chart shows.
const DAYS: u64 = 14;
/// How many entries of each list the page shows. The CSV has all.
const SHOWN: usize = 100;
/// The chart's size in its own units: a day's width, and the height of the tallest bar.
const DAY_WIDTH: usize = 26;
const CHART_HEIGHT: usize = 120;

pub(super) struct Activity;

impl FeaturePage for Activity {
    const FEATURE: &'static Feature = &ACTIVITY;
}

#[derive(Serialize)]
struct ActivityPage {
    layout: Layout,
    chart: Chart,
    sign_ins: Vec<SignInView>,
    sign_in_count: usize,
    refusals: Vec<RefusalView>,
    refusal_count: usize,
    refusals_full: Option<[String; 2]>,
    maximum_refusals: usize,
    shown: usize,
    csv_path: String,
}

#[derive(Serialize)]
struct Chart {
    bars: Vec<Bar>,
    width: usize,
    height: usize,
    largest: usize,
}

/// A day's two bars, with the same numbers for screen readers.
#[derive(Serialize)]
struct Bar {
    date: String,
    label: String,
    sign_ins: usize,
    refusals: usize,
    x: usize,
    sign_ins_height: usize,
    refusals_height: usize,
}

#[derive(Serialize)]
struct SignInView {
    at: String,
    name: String,
    email: Option<String>,
    connection: Option<String>,
    reference: String,
}

#[derive(Serialize)]
struct RefusalView {
    at: String,
    reason: &'static str,
    reference: String,
}

pub(super) async fn activity(
    request: HttpRequest,
    activity: Licensed<Activity>,
    workspaces: Data<dyn WorkspaceStore>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Failure> {
    let stored = workspaces.activity(&activity.organization.id).await?;
    let page = ActivityPage {
        layout: Layout::of(&request)?,
        chart: Chart::of(&stored.by_day(clock.now().date_naive(), DAYS)),
        sign_in_count: stored.sign_ins.len(),
        sign_ins: stored.sign_ins.iter().take(SHOWN).map(SignInView::from).collect(),
        refusal_count: stored.refusals.len(),
        refusals: stored.refusals.iter().take(SHOWN).map(RefusalView::from).collect(),
        refusals_full: stored.refusal_limit_period().map(|(from, until)| [from, until].map(to_the_second)),
        maximum_refusals: MAXIMUM_REFUSALS_PER_WINDOW,
        shown: SHOWN,
        csv_path: csv_path(),
    };
    render(StatusCode::OK, "activity.html", &page)
}

impl Chart {
    fn of(days: &[Day]) -> Self {
        let largest = days.iter().map(|day| day.sign_ins.max(day.refusals)).max().unwrap_or_default().max(1);
        let height = |count: usize| (count * CHART_HEIGHT).div_ceil(largest);
        let bar = |(index, day): (usize, &Day)| Bar {
            date: day.date.to_string(),
            label: day.date.format("%-d %b").to_string(),
            sign_ins: day.sign_ins,
            refusals: day.refusals,
            x: index * DAY_WIDTH,
            sign_ins_height: height(day.sign_ins),
            refusals_height: height(day.refusals),
        };
        Self {
            bars: days.iter().enumerate().map(bar).collect(),
            width: days.len() * DAY_WIDTH,
            height: CHART_HEIGHT,
            largest,
        }
    }
}

impl From<&SignIn> for SignInView {
    fn from(sign_in: &SignIn) -> Self {
        Self {
            at: to_the_second(sign_in.at),
            name: sign_in.name.clone(),
            email: sign_in.email.clone(),
            connection: sign_in.connection.clone(),
            reference: sign_in.reference.to_string(),
        }
    }
}

impl From<&RefusedAttempt> for RefusalView {
    fn from(refusal: &RefusedAttempt) -> Self {
        let (at, reference) = (to_the_second(refusal.at), refusal.reference.to_string());
        Self { at, reason: RefusalMessage::of(refusal.reason).reason, reference }
    }
}

pub(super) fn csv_path() -> String {
    format!("{}.csv", ACTIVITY.path())
}

/// The CSV (RFC 4180): everything that is stored, newest first. Refusals are marked as reported.
pub(super) async fn csv(
    activity: Licensed<Activity>,
    workspaces: Data<dyn WorkspaceStore>,
) -> Result<HttpResponse, Failure> {
    let stored = workspaces.activity(&activity.organization.id).await?;
    let sign_ins = stored.sign_ins.iter().map(|entry| {
        let cells = [&entry.name, entry.email.as_deref().unwrap_or(""), entry.connection.as_deref().unwrap_or("")];
        row(entry.at, "sign-in", cells.map(str::to_owned), "", entry.reference.to_string())
    });
    let refusals = stored.refusals.iter().map(|entry| {
        let reason = RefusalMessage::of(entry.reason).reason;
        row(entry.at, "refusal (reported)", Default::default(), reason, entry.reference.to_string())
    });
    let mut rows: Vec<_> = sign_ins.chain(refusals).collect();
    rows.sort_by(|a, b| b[0].cmp(&a[0]));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["time", "kind", "name", "email", "connection", "reason", "reference"].map(str::to_owned);
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(row).map_err(Failure::internal)?;
    }
    let body = writer.into_inner().map_err(Failure::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"activity.csv\""))
        .body(body))
}

fn row(at: DateTime<Utc>, kind: &str, who: [String; 3], reason: &str, reference: String) -> [String; 7] {
    let [name, email, connection] = who.map(|cell| harmless(&cell));
    let time = at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    [time, kind.to_owned(), name, email, connection, reason.to_owned(), reference]
}

/// Prevents spreadsheets from reading the cell as a formula, since names come from outside (CSV injection). Many
/// spreadsheets also split at semicolons, so each part is checked.
fn harmless(cell: &str) -> String {
    let cell = cell.replace(['\r', '\n', '\t'], " ");
    let parts = cell.split(';').map(|part| {
        let begins = part.trim_start_matches(|letter: char| letter == '"' || is_blank(letter.encode_utf8(&mut [0; 4])));
        let is_formula = begins.starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠']);
        if is_formula { format!("'{part}") } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack: CSV injection, a user's name that a spreadsheet runs.
    #[rstest::rstest]
    #[case("=HYPERLINK(\"http://evil.example\")")]
    #[case("+1+1")]
    #[case("-2+3")]
    #[case("@SUM(1)")]
    #[case(" =1")]
    #[case("\u{200b}\u{feff}=1")]
    #[case("\u{202e}=1")]
    #[case("\t=1")]
    #[case("\r=1")]
    fn no_cell_is_a_formula(#[case] name: &str) {
        assert!(harmless(name).starts_with('\''), "{:?}", harmless(name));
    }

    /// Attack: CSV injection past a separator, where a spreadsheet splits at semicolons as well.
    #[rstest::rstest]
    #[case("Mallory;=1+1", "Mallory;'=1+1")]
    #[case("Mallory; \t@SUM(1);-2", "Mallory;'  @SUM(1);'-2")]
    #[case("Mallory;\"=1+1\"", "Mallory;'\"=1+1\"")]
    fn no_part_of_a_cell_is_a_formula(#[case] name: &str, #[case] written: &str) {
        assert_eq!(harmless(name), written);
    }

    #[test]
    fn other_cells_stay_as_they_are() {
        for name in ["Alice Adams-Baker", "Adams; Alice", "\"Al\" Adams"] {
            assert_eq!(harmless(name), name);
        }
    }
}
