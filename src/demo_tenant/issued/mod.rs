//! What the tenant has issued and must recognize: sessions, codes and tokens, and the key that signs them.

pub(crate) mod acceptances;
pub(crate) mod session_cookie;
pub(crate) mod sessions;

pub(crate) mod bearer;
pub(crate) mod grants;

pub(crate) mod logout_tokens;
pub(crate) mod signing;
