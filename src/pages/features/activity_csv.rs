//! The activity as CSV.

use std::ops::Range;

use actix_web::{HttpResponse, http::header, web::Data};
use chrono::{DateTime, Utc};

use super::activity::Activity;
use crate::{
    pages::{
        current_user::Licensed,
        errors::{failure::Failure, refusals::RefusalMessage},
    },
    text::is_blank,
    workspace::{Part, StoreError, WorkspaceStore},
};

/// How many entries of a list are read at once.
const AT_ONCE: usize = 500;

/// The CSV (RFC 4180): everything that is stored, newest first. Refusals are marked as reported.
pub(super) async fn csv(
    activity: Licensed<Activity>,
    workspaces: Data<dyn WorkspaceStore>,
) -> Result<HttpResponse, Failure> {
    let id = &activity.organization.id;
    let sign_ins = all(async |part| workspaces.sign_ins(id, part).await).await?;
    let refusals = all(async |part| workspaces.refusals(id, part).await).await?;
    let sign_ins = sign_ins.iter().map(|entry| {
        let cells = [&entry.name, entry.email.as_deref().unwrap_or(""), entry.connection.as_deref().unwrap_or("")];
        row(entry.at, "sign-in", cells.map(str::to_owned), "", entry.reference.to_string())
    });
    let refusals = refusals.iter().map(|entry| {
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

/// The whole list, read in parts. What is added meanwhile moves the rest back, so that a part may begin with the last
/// entries of the one before.
async fn all<Entry: PartialEq>(
    read: impl AsyncFn(Range<usize>) -> Result<Part<Entry>, StoreError>,
) -> Result<Vec<Entry>, StoreError> {
    let mut all: Vec<Entry> = Vec::new();
    for start in (0..).step_by(AT_ONCE) {
        let part = read(start..start + AT_ONCE).await?;
        let before = &all[all.len().saturating_sub(AT_ONCE)..];
        let again = part.entries.iter().take_while(|entry| before.contains(entry)).count();
        all.extend(part.entries.into_iter().skip(again));
        if part.total <= start + AT_ONCE {
            break;
        }
    }
    Ok(all)
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
