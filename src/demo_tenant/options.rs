//! What the tenant is started with.

use super::{
    lab::checkpoints::Checkpoint,
    model::{client::ClientRegistration, seed::Seed},
};

#[derive(Debug, Clone)]
pub struct Options {
    /// The port it is reached at: its origin is `http://localhost:{port}`.
    pub port: u16,
    /// The one application of the tenant.
    pub client: ClientRegistration,
    /// The prefix of the names of the login Action's claims: `https://myapp.com/`.
    pub claims_namespace: String,
    /// Where the lab begins.
    pub checkpoint: Checkpoint,
    /// Replaces the checkpoint at the start.
    pub seed: Option<Seed>,
}
