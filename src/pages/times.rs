//! Times as the pages show them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// A time for people, and the same for programs: the component `app.time` shows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TimeView {
    pub text: String,
    /// RFC 3339, in UTC.
    pub datetime: String,
}

impl TimeView {
    pub fn to_the_minute(time: DateTime<Utc>) -> Self {
        Self::new(time, "%Y-%m-%d %H:%M UTC", SecondsFormat::Secs)
    }

    pub fn to_the_second(time: DateTime<Utc>) -> Self {
        Self::new(time, "%Y-%m-%d %H:%M:%S UTC", SecondsFormat::Secs)
    }

    /// The time of day, to the second.
    pub fn of_day(time: DateTime<Utc>) -> Self {
        Self::new(time, "%H:%M:%S UTC", SecondsFormat::Secs)
    }

    /// The time of day, to the millisecond.
    pub fn of_day_to_the_millisecond(time: DateTime<Utc>) -> Self {
        Self::new(time, "%H:%M:%S%.3f UTC", SecondsFormat::Millis)
    }

    fn new(time: DateTime<Utc>, format: &str, precision: SecondsFormat) -> Self {
        Self { text: time.format(format).to_string(), datetime: time.to_rfc3339_opts(precision, true) }
    }
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
