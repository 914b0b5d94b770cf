//! What all stores of revocations have in common.

use std::time::Duration;

use crate::sign_in::sign_out::SessionSelector;

/// How long the id of a logout token is stored: longer than a token is accepted.
pub(super) const TOKEN_ID_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The key that a revocation is stored under.
pub(super) fn revocation_key(ended: &SessionSelector) -> String {
    match ended {
        SessionSelector::Sid(id) => format!("sid:{id}"),
        SessionSelector::Subject(subject) => format!("sub:{subject}"),
        SessionSelector::SubjectWithoutSid(subject) => format!("sub-without-sid:{subject}"),
        SessionSelector::AppSession(id) => format!("session:{id}"),
    }
}
