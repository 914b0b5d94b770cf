//! How every store keeps revocations.

use std::time::Duration;

use crate::sign_in::sign_out::Ended;

/// How long the id of a logout token is stored: longer than a token is accepted.
pub(super) const TOKEN_ID_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The key of a revocation.
pub(super) fn revocation_key(ended: &Ended) -> String {
    match ended {
        Ended::Session(id) => format!("sid:{id}"),
        Ended::Subject(subject) => format!("sub:{subject}"),
        Ended::WithoutSessionId(subject) => format!("sub-without-sid:{subject}"),
        Ended::Itself(id) => format!("session:{id}"),
    }
}
