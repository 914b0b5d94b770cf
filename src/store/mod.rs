//! Where sessions and the organizations' data are kept.

pub mod memory;

use std::time::Duration;

use crate::sign_in::sign_out::Ended;

/// How long the id of a logout token is remembered: longer than a token is taken.
const TOKEN_ID_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What a revocation is kept by.
fn revocation_key(ended: &Ended) -> String {
    match ended {
        Ended::Session(id) => format!("sid:{id}"),
        Ended::Subject(subject) => format!("sub:{subject}"),
    }
}
