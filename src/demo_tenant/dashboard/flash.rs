//! The message after a form says what the form did. The next dashboard that the user sees shows it, once. It travels in
//! a cookie of its own, never in a link.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, time::Duration},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::{
    cookies::{seal, unseal},
    demo_tenant::{lab::sentence::Sentence, state::Shared},
    middleware::{CookieRemovals, shows_a_page},
};

const COOKIE: &str = "demo_tenant_flash";

/// How long a message waits for its page. A user who comes back later has forgotten the form.
const LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// The header of the requests by which the dashboard's script keeps the page up to date. Browsers that don't send
/// Fetch Metadata say nothing else that tells such a request from one of the user's.
const LIVE: &str = "x-live";

/// The content of the cookie.
#[derive(Serialize, Deserialize)]
struct Stored {
    message: Sentence,
    made_at: DateTime<Utc>,
}

/// The cookie that keeps the message for the next page.
pub(super) fn cookie(shared: &Shared, message: Sentence) -> Option<Cookie<'static>> {
    let names = shared.cookie_names;
    let mut cookie = names.cookie(names.full_name(COOKIE), String::new());
    cookie.set_max_age(Duration::seconds(LIFETIME.num_seconds()));
    let sealed = seal(cookie, &Stored { message, made_at: shared.now() }, &shared.cookie_key);
    sealed.inspect_err(|cause| error!("tenant: could not keep a message: {cause}")).ok()
}

/// The message that waits for this request's page. It is removed with the response. A cookie that can't be read is
/// ignored: it may be from before a restart, or from another program.
pub(super) fn take(request: &HttpRequest, shared: &Shared) -> Option<Sentence> {
    if !shows_a_page(request.headers()) || request.headers().contains_key(LIVE) {
        return None;
    }
    let (name, now) = (shared.cookie_names.full_name(COOKIE), shared.now());
    let cookies = request.cookies().ok()?;
    let mut ours = cookies.iter().filter(|cookie| cookie.name() == name);
    let is_recent = |stored: &Stored| (now - stored.made_at).abs() < LIFETIME;
    let stored = ours.find_map(|cookie| unseal(cookie, &shared.cookie_key).filter(is_recent))?;
    CookieRemovals::of(request).extend([shared.cookie_names.removal(name)]);
    Some(stored.message)
}
