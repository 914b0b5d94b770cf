//! Times as the pages show them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// A time for people, and the same for programs: `<time datetime="{{ datetime }}">{{ text }}</time>`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TimeView {
    pub text: String,
    /// To the second (RFC 3339).
    pub datetime: String,
}

impl TimeView {
    pub fn to_the_minute(time: DateTime<Utc>) -> Self {
        Self::of(time, to_the_minute(time))
    }

    pub fn to_the_second(time: DateTime<Utc>) -> Self {
        Self::of(time, to_the_second(time))
    }

    fn of(time: DateTime<Utc>, text: String) -> Self {
        Self { text, datetime: time.to_rfc3339_opts(SecondsFormat::Secs, true) }
    }
}

pub fn to_the_minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

pub fn to_the_second(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_for_people_and_for_programs() {
        let time = DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap();
        let view = |text: &str| TimeView { text: text.to_owned(), datetime: "2027-01-15T08:00:00Z".to_owned() };
        assert_eq!(TimeView::to_the_minute(time), view("2027-01-15 08:00 UTC"));
        assert_eq!(TimeView::to_the_second(time), view("2027-01-15 08:00:00 UTC"));
    }
}
