//! An attempt to sign in, sealed in a cookie of its own: several tabs can sign in at once, and the server keeps nothing of
//! a visitor who never comes back.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, CookieJar, SameSite, time::Duration},
    dev::Payload,
    web::Data,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Site, error_page::Failure};
use crate::{
    clock::Clock,
    reference::Reference,
    session::{SessionSettings, cookie_name},
    sign_in::{
        attempt::{Attempt, LIFETIME},
        response::{AuthorizationResponse, Outcome},
    },
};

/// How many attempts a browser may have at once; the oldest goes first.
const MAXIMUM_ATTEMPTS: usize = 5;

/// The longest cookie, name and value, that browsers keep is 4,096 bytes; the attributes want their share.
const MAXIMUM_COOKIE: usize = 3_900;

/// An attempt as the cookie keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeptAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// Set once an error was its answer: under which reference that was reported, so that a reload of the page shows it
    /// again and reports nothing twice. More than that the attempt is not good for then.
    pub reported: Option<Reference>,
}

/// The attempts of the request's browser.
pub struct AttemptCookies {
    live: Vec<KeptAttempt>,
    settings: Data<SessionSettings>,
    is_secure: bool,
    now: DateTime<Utc>,
}

impl AttemptCookies {
    /// The attempt that this answer belongs to. One whose refusal was reported takes no code any more: its `state` has been
    /// used, and may have been seen (RFC 9700, 4.7.1).
    #[must_use]
    pub fn answered_by(&self, answer: &AuthorizationResponse) -> Option<&KeptAttempt> {
        let is_code = matches!(answer.outcome, Outcome::Code(_));
        let answered = self.live.iter().find(|kept| kept.attempt.is_answered_by(&answer.state))?;
        (answered.reported.is_none() || !is_code).then_some(answered)
    }

    /// The cookies that add an attempt to the browser's, and take the oldest away where there would be too many.
    pub fn add(&self, attempt: Attempt) -> Result<Vec<Cookie<'static>>, Failure> {
        let mut others: Vec<_> = self.live.iter().map(|kept| &kept.attempt).collect();
        others.sort_by_key(|attempt| std::cmp::Reverse(attempt.began_at()));
        let too_many = others.iter().skip(MAXIMUM_ATTEMPTS - 1).map(|attempt| self.removal(attempt));
        let removals: Vec<_> = too_many.collect();
        let added = self.sealed(&KeptAttempt { attempt, reported: None })?;
        Ok(removals.into_iter().chain([added]).collect())
    }

    /// The cookie for the browser to keep.
    pub fn sealed(&self, kept: &KeptAttempt) -> Result<Cookie<'static>, Failure> {
        let value = serde_json::to_string(kept).map_err(|error| Failure::Internal(error.to_string()))?;
        let mut cookie = self.cookie(&kept.attempt, value);
        let remaining = kept.attempt.began_at() + LIFETIME - self.now;
        cookie.set_max_age(Duration::seconds(remaining.num_seconds()));
        let name = cookie.name().to_owned();
        if name.len() + value_length(cookie.value()) > MAXIMUM_COOKIE {
            return Err(Failure::BadRequest("The parameters are too long together.".to_owned()));
        }
        let mut jar = CookieJar::new();
        jar.private_mut(&self.settings.key).add(cookie); // encrypted and authenticated, its name included
        jar.get(&name).cloned().ok_or_else(|| Failure::Internal("a cookie was not sealed".to_owned()))
    }

    /// The cookie that takes the attempt away.
    #[must_use]
    pub fn removal(&self, attempt: &Attempt) -> Cookie<'static> {
        let mut cookie = self.cookie(attempt, String::new());
        cookie.make_removal();
        cookie
    }

    fn cookie(&self, attempt: &Attempt, value: String) -> Cookie<'static> {
        let name = format!("{}{}", prefix(self.is_secure), attempt.name());
        Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Lax).secure(self.is_secure).finish()
    }

    fn of(request: &HttpRequest) -> Option<Self> {
        let settings = request.app_data::<Data<SessionSettings>>()?.clone();
        let is_secure = request.app_data::<Data<Site>>()?.is_secure();
        let now = request.app_data::<Data<Clock>>()?.now();
        let mut jar = CookieJar::new();
        let cookies = request.cookies().ok();
        let ours = cookies
            .iter()
            .flat_map(|cookies| cookies.iter())
            .filter(|cookie| cookie.name().starts_with(&prefix(is_secure)));
        let names: Vec<String> = ours
            .map(|cookie| {
                jar.add_original(cookie.clone());
                cookie.name().to_owned()
            })
            .collect();
        let unseal = |name: String| {
            let kept: KeptAttempt = serde_json::from_str(jar.private(&settings.key).get(&name)?.value()).ok()?;
            kept.attempt.is_live(now).then_some(kept)
        };
        let live = names.into_iter().filter_map(unseal).collect();
        Some(Self { live, settings, is_secure, now })
    }
}

/// The length of a value once it is sealed: encrypted, with nonce and tag, in base64.
fn value_length(value: &str) -> usize {
    (value.len() + 28).div_ceil(3) * 4
}

fn prefix(is_secure: bool) -> String {
    cookie_name("orglab_attempt_", is_secure)
}

impl FromRequest for AttemptCookies {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or_else(|| Failure::Internal("the app's data is missing".to_owned())))
    }
}
