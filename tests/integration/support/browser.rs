//! A client that does what browsers do, and nothing unasked: it keeps cookies (for the host, whatever the port), sends
//! `Sec-Fetch-Site` with forms, and follows a redirect when told to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Mutex, Once},
};

use actix_web::cookie::{Cookie, time::Duration};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE},
};
use scraper::{Html, Selector};
use serde_json::Value;
use url::{Url, form_urlencoded};

/// How many redirects are followed in a row.
const MAXIMUM_REDIRECTS: usize = 12;

/// A browser with a visitor before it.
pub(crate) struct Browser {
    http: reqwest::Client,
    base: Url,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    /// A browser without cookies, whose visitor types addresses of the app at `base`.
    pub(crate) fn new(base: &str) -> Self {
        Self { http: client(), base: Url::parse(base).unwrap(), cookies: Mutex::default() }
    }

    /// Another browser that has this one's cookies, as a thief has who copied them.
    pub(crate) fn copy(&self) -> Self {
        let cookies = Mutex::new(self.cookies.lock().unwrap().clone());
        Self { http: client(), base: self.base.clone(), cookies }
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

    /// Sends a request; a path means the app.
    pub(crate) async fn send(&self, method: Method, to: &str, headers: &[(&str, &str)], body: Option<String>) -> Page {
        let answer = self.try_send(method, to, headers, body).await;
        answer.unwrap_or_else(|error| panic!("no answer, or half of one, from {to}: {error:?}"))
    }

    /// The same, where nobody may be there to answer.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        to: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Page> {
        let url = self.base.join(to).unwrap();
        let mut request = self.http.request(method, url.clone());
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && url.host_str() == self.base.host_str() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            self.keep(Cookie::parse(cookie.to_str().unwrap()).unwrap());
        }
        let body = answer.text().await?;
        Ok(Page { url, status, headers, body })
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
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, to, &[("sec-fetch-site", "same-origin")], Some(body)).await
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

    /// Signs in at a provider that asks nothing: the page where it ends.
    pub(crate) async fn sign_in(&self, organization: &str) -> Page {
        let page = self.login(organization).await;
        self.follow(page).await
    }

    /// Signs in at the demo tenant as the user with this e-mail address: the page where it ends.
    pub(crate) async fn sign_in_as(&self, email: &str, organization: &str) -> Page {
        let page = self.sign_in(organization).await;
        self.choose_user(page, email).await
    }

    /// On the demo tenant's sign-in page, presses the button of the user with this address.
    pub(crate) async fn choose_user(&self, page: Page, email: &str) -> Page {
        let user = page.attribute(&format!("[data-testid='user-{email}']"), "value");
        let action = page.url.join(&page.attribute("form.choices", "action")).unwrap();
        let page = self.post(action.as_str(), &[("user_id", &user)]).await;
        self.follow(page).await
    }

    /// The claims of whoever is signed in.
    pub(crate) async fn profile(&self) -> Option<Value> {
        let page = self.send(Method::GET, "/profile", &[(ACCEPT.as_str(), "application/json")], None).await;
        match page.status {
            200 => Some(serde_json::from_str(&page.body).unwrap()),
            401 => None,
            status => panic!("/profile answered with {status}"),
        }
    }

    pub(crate) async fn post_note(&self, text: &str) -> Page {
        self.post("/features/board", &[("note", text)]).await
    }

    pub(crate) async fn log_out(&self) -> Page {
        self.post("/logout", &[]).await
    }
}

impl Page {
    /// Where it redirects to.
    pub(crate) fn location(&self) -> Option<Url> {
        let location = self.headers.get(LOCATION).filter(|_| (300..400).contains(&self.status))?;
        Some(self.url.join(location.to_str().unwrap()).unwrap())
    }

    /// A parameter of the address that it redirects to.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location().unwrap_or_else(|| panic!("{} is no redirect: {}", self.url, self.status));
        location.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The text of the element with this test id.
    pub(crate) fn text(&self, test_id: &str) -> Option<String> {
        let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
        Html::parse_document(&self.body).select(&selector).next().map(|element| element.text().collect())
    }

    /// An attribute of the first element that the selector finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> String {
        let document = Html::parse_document(&self.body);
        let element = document.select(&Selector::parse(selector).unwrap()).next();
        let value = element.and_then(|element| element.attr(name));
        value.unwrap_or_else(|| panic!("no {selector} with {name} on {}:\n{}", self.url, self.body)).to_owned()
    }

    /// The error page's heading.
    pub(crate) fn error_title(&self) -> String {
        self.text("error-title").unwrap_or_else(|| panic!("{} {} is no error page", self.status, self.url))
    }
}

/// `path` with a query.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish())
}

fn client() -> reqwest::Client {
    static TLS: Once = Once::new();
    // It fails only where the app has installed one.
    TLS.call_once(|| _ = rustls::crypto::ring::default_provider().install_default());
    let ipv4 = SocketAddr::from(([127, 0, 0, 1], 0));
    let limited = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    // A kept connection may be closed by the server at the moment when it is used again.
    let limited = limited.pool_max_idle_per_host(0);
    let limited = limited.resolve("localhost", ipv4).resolve("lab.localhost", ipv4).resolve("app.localhost", ipv4);
    limited.timeout(std::time::Duration::from_secs(30)).build().unwrap()
}
