//! What the tenant has given out and must know again: sessions, codes and tokens, the key that signs, logout tokens.

pub(crate) mod acceptances;
pub(crate) mod grants;
pub(crate) mod logout_tokens;
pub(crate) mod sessions;
pub(crate) mod signing;
