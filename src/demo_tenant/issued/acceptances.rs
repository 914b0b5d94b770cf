//! Invitations that were accepted before the user was known: the user presses the button first, and signs in
//! afterwards.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// Enough time to sign in.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Enough for any class. Beyond that, the oldest are removed.
const MAX_ACCEPTANCES: usize = 10_000;

/// An invitation that a browser has accepted.
#[derive(Debug)]
struct Acceptance {
    ticket: String,
    at: DateTime<Utc>,
}

/// The latest acceptance of each browser, by the value of its cookie. The request's address does not prove an
/// acceptance: anybody can write it or pass it on. Only the browser in which the button was pressed has accepted.
#[derive(Debug, Default)]
pub(crate) struct Acceptances(HashMap<String, Acceptance>);

impl Acceptances {
    /// Records that the browser has accepted the invitation with this ticket.
    pub(crate) fn record(&mut self, browser: &str, ticket: &str, now: DateTime<Utc>) {
        self.0.retain(|_, it| now - it.at < LIFETIME);
        if self.0.len() >= MAX_ACCEPTANCES
            && let Some(oldest) = self.0.iter().min_by_key(|(_, it)| it.at).map(|(browser, _)| browser.clone())
        {
            self.0.remove(&oldest);
        }
        self.0.insert(browser.to_owned(), Acceptance { ticket: ticket.to_owned(), at: now });
    }

    /// Whether the browser has accepted the invitation, no longer than [`LIFETIME`] ago.
    pub(crate) fn has(&self, browser: Option<&str>, ticket: &str, now: DateTime<Utc>) -> bool {
        let accepted = browser.and_then(|browser| self.0.get(browser));
        accepted.is_some_and(|it| it.ticket == ticket && now - it.at < LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn an_acceptance_is_good_for_one_browser_one_invitation_and_ten_minutes() {
        let mut acceptances = Acceptances::default();
        acceptances.record("browser", "ticket", START);
        assert!(acceptances.has(Some("browser"), "ticket", START + TimeDelta::minutes(9)));
        assert!(!acceptances.has(Some("browser"), "ticket", START + LIFETIME));
        assert!(!acceptances.has(Some("browser"), "another", START));
        assert!(!acceptances.has(Some("another"), "ticket", START));
        assert!(!acceptances.has(None, "ticket", START));
    }

    #[test]
    fn past_the_most_the_oldest_goes() {
        let mut acceptances = Acceptances::default();
        for number in 0..=MAX_ACCEPTANCES {
            let at = START + TimeDelta::milliseconds(number.try_into().unwrap());
            acceptances.record(&number.to_string(), "ticket", at);
        }
        assert_eq!(acceptances.0.len(), MAX_ACCEPTANCES);
        assert!(!acceptances.has(Some("0"), "ticket", START) && acceptances.has(Some("1"), "ticket", START));
    }
}
