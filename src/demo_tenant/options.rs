//! What the tenant is started with.

use url::Url;

use super::{
    issued::signing::KeyQueue,
    lab::checkpoints::Checkpoint,
    model::{
        client::{ClientRegistration, ManagementSecret},
        seed::Seed,
    },
};
use crate::{home_link::HomeLink, loopback::PlainHttp};

#[derive(Clone)]
pub struct Options {
    /// Its origin, which is also its issuer: `http://localhost:3001/`.
    pub issuer: Url,
    /// The one application of the tenant.
    pub client: ClientRegistration,
    /// The prefix of the names of the login Action's claims: `https://myapp.com/`.
    pub claims_namespace: String,
    /// Where the lab begins.
    pub checkpoint: Checkpoint,
    /// Replaces the checkpoint at the start.
    pub seed: Option<Seed>,
    /// The secret of the client for scripts.
    pub management_secret: ManagementSecret,
    /// The dashboard links to it.
    pub home: Option<HomeLink>,
    /// Who else is generating a key at this time.
    pub key_queue: KeyQueue,
    /// Where the application may be without https.
    pub plain_http: PlainHttp,
}
