//! A client that does what browsers do, and nothing unasked: it keeps cookies (for the host, whatever the port), sends
//! `Sec-Fetch-Site` with forms, and follows a redirect when told to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{LazyLock, Mutex},
};

use actix_web::cookie::{Cookie, time::Duration};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE},
};
use serde_json::Value;
use url::{Url, form_urlencoded};

pub(crate) use super::page::Page;

/// How many redirects are followed in a row.
const MAXIMUM_REDIRECTS: usize = 12;

/// A browser with a visitor before it.
pub(crate) struct Browser {
    base: Url,
    cookies: Mutex<BTreeMap<String, String>>,
    /// Whether its sites are beyond this machine, on plain http: browsers send them `Origin` and `Referer`, but no
    /// `Sec-Fetch-Site`.
    is_on_lan: bool,
}

impl Browser {
    /// A browser without cookies, whose visitor types addresses of the app at `base`.
    pub(crate) fn new(base: &str) -> Self {
        Self { base: Url::parse(base).unwrap(), cookies: Mutex::default(), is_on_lan: false }
    }

    /// The same for a site on the local network, served over plain http.
    pub(crate) fn on_lan(base: &str) -> Self {
        Self { is_on_lan: true, ..Self::new(base) }
    }

    /// Another browser that has this one's cookies, as a thief has who copied them.
    pub(crate) fn copy(&self) -> Self {
        let cookies = Mutex::new(self.cookies.lock().unwrap().clone());
        Self { base: self.base.clone(), cookies, is_on_lan: self.is_on_lan }
    }

    /// The same visitor before another instance of the app.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: Url::parse(base).unwrap(), ..self.copy() }
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The names of all cookies that begin so.
    pub(crate) fn cookies_named(&self, prefix: &str) -> Vec<String> {
        self.cookies.lock().unwrap().keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    /// Puts a cookie into the browser, whatever it had.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Sends a request; a path is one below `base`. A body is a form unless the headers say otherwise.
    pub(crate) async fn send(&self, method: Method, to: &str, headers: &[(&str, &str)], body: Option<String>) -> Page {
        let response = self.try_send(method, to, headers, body).await;
        response.unwrap_or_else(|error| panic!("no response, or half of one, from {to}: {error:?}"))
    }

    /// The same, where nobody may be there to respond.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Page> {
        let url = self.base.join(to).unwrap();
        let mut request = CLIENT.request(method, url.clone());
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && url.host_str() == self.base.host_str() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == CONTENT_TYPE.as_str()) {
                request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            }
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            self.keep(Cookie::parse(cookie.to_str().unwrap()).unwrap());
        }
        let bytes = response.bytes().await?;
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Page { url, status, headers, body, size: bytes.len() })
    }

    fn keep(&self, cookie: Cookie<'_>) {
        let mut cookies = self.cookies.lock().unwrap();
        if cookie.max_age().is_some_and(|age| age <= Duration::ZERO) {
            cookies.remove(cookie.name());
        } else {
            cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
    }

    pub(crate) async fn get(&self, to: &str) -> Page {
        self.send(Method::GET, to, &[], None).await
    }

    /// Sends a form, as a page of the same origin does.
    pub(crate) async fn post(&self, to: &str, fields: &[(&str, &str)]) -> Page {
        let own = self.base.join(to).unwrap().origin().ascii_serialization();
        let from = if self.is_on_lan { ("origin", own.as_str()) } else { ("sec-fetch-site", "same-origin") };
        self.send(Method::POST, to, &[from], Some(encoded(fields))).await
    }

    /// Presses the button with this test id: sends its form, with the hidden fields and the button's own value.
    pub(crate) async fn press(&self, page: &Page, test_id: &str) -> Page {
        self.press_with(page, test_id, &[]).await
    }

    /// The same, with something typed into the form's fields.
    pub(crate) async fn press_with(&self, page: &Page, test_id: &str, typed: &[(&str, &str)]) -> Page {
        let form = page.form_of(test_id);
        let mut fields = borrowed(&form.fields);
        fields.retain(|(name, _)| typed.iter().all(|(it, _)| it != name));
        fields.extend(typed);
        let action = page.url.join(&form.action).unwrap();
        if form.method == "post" {
            return self.post(action.as_str(), &fields).await;
        }
        let referer = [("referer", page.url.as_str())];
        let headers = if self.is_on_lan { &referer[..] } else { &[] };
        self.send(Method::GET, &with_query(action.as_str(), &fields), headers, None).await
    }

    /// Opens a page, and presses a button there.
    pub(crate) async fn press_at(&self, to: &str, test_id: &str) -> Page {
        let page = self.get(to).await;
        self.press(&page, test_id).await
    }

    /// The same with a button that asks first, which is confirmed.
    pub(crate) async fn confirm_at(&self, to: &str, test_id: &str) -> Page {
        let question = self.press_at(to, test_id).await;
        self.press(&question, "confirm").await
    }

    /// Follows redirects to the end.
    pub(crate) async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..MAXIMUM_REDIRECTS {
            let Some(location) = page.location() else { return page };
            page = self.get(location.as_str()).await;
        }
        panic!("redirects without end, now to {}", page.url)
    }

    /// Asks to sign in to `organization`, or to none: the redirect to the provider.
    pub(crate) async fn login(&self, organization: &str) -> Page {
        self.get(&with_query("/login", &[("organization", organization)])).await
    }

    /// Signs in at a provider that asks nothing, as far as its authorization response: the response's URL.
    pub(crate) async fn response(&self, organization: &str) -> Url {
        let login = self.login(organization).await;
        self.get(login.location().unwrap().as_str()).await.location().unwrap()
    }

    /// Signs in at a provider that asks nothing: the page where it ends.
    pub(crate) async fn sign_in(&self, organization: &str) -> Page {
        let page = self.login(organization).await;
        self.follow(page).await
    }

    /// Signs in at the demo tenant as the user with this email address: the page where it ends.
    pub(crate) async fn sign_in_as(&self, email: &str, organization: &str) -> Page {
        let page = self.sign_in(organization).await;
        self.choose_user(page, email).await
    }

    /// Presses the button of the user with this address, on the demo tenant's page: the page where it ends.
    pub(crate) async fn choose_user(&self, page: Page, email: &str) -> Page {
        let page = self.press(&page, &format!("user-{email}")).await;
        self.follow(page).await
    }

    /// The claims of whoever is signed in.
    pub(crate) async fn profile(&self) -> Option<Value> {
        let page = self.send(Method::GET, "/profile", &[(ACCEPT.as_str(), "application/json")], None).await;
        match page.status {
            200 => Some(serde_json::from_str(&page.body).unwrap()),
            401 => None,
            status => panic!("the status of /profile is {status}"),
        }
    }

    pub(crate) async fn post_note(&self, text: &str) -> Page {
        self.post("/features/board", &[("note", text)]).await
    }

    pub(crate) async fn log_out(&self) -> Page {
        self.post("/logout", &[]).await
    }
}

/// `path` with a query.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    format!("{path}?{}", encoded(parameters))
}

/// `fields` as a form sends them.
pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// `fields` as the functions here take them.
pub(crate) fn borrowed<Name: AsRef<str>>(fields: &[(Name, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_ref(), value.as_str())).collect()
}

/// `fields`, with values filled in for what stands in braces.
pub(crate) fn filled<'f>(fields: &[(&'f str, &str)], fill: impl Fn(&str) -> String) -> Vec<(&'f str, String)> {
    fields.iter().map(|(name, value)| (*name, fill(value))).collect()
}

/// Made once, since that takes long. It keeps no connection: a server may close one at the moment when it is used
/// again, and a connection ends with the test that opened it.
pub(crate) static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    // It fails only where the app has installed one.
    _ = rustls::crypto::ring::default_provider().install_default();
    let ipv4 = SocketAddr::from(([127, 0, 0, 1], 0));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let client = client.pool_max_idle_per_host(0).timeout(std::time::Duration::from_secs(30));
    let client = client.resolve("localhost", ipv4).resolve("lab.localhost", ipv4).resolve("app.localhost", ipv4);
    client.build().unwrap()
});
