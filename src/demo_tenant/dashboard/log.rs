//! The log on the dashboard: its lines, and the filter for them.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use chrono::SecondsFormat;
use serde::Serialize;
use url::{Url, form_urlencoded};

use crate::{
    demo_tenant::lab::log::{Entry, Kind, Log},
    middleware::OwnOrigin,
};

/// How many of the latest events the page shows.
const LINES: usize = 100;

/// Which events the log shows: those of one kind, or all. The page's address has the choice: `/?log=failure`.
///
/// As an extractor, it is the choice of the request's own address or, for a form, of the page that the form was on. So
/// a handler that redirects to [`Shown::at`] keeps what the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown(Option<Kind>);

impl FromRequest for Shown {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let page = || referring_page(request).map(|page| Self::chosen_in(page.query().unwrap_or_default()));
        let own = Self::chosen_in(request.query_string());
        let is_form = !request.method().is_safe();
        ready(Ok(if is_form && own == Self(None) { page().unwrap_or(own) } else { own }))
    }
}

/// The page of the tenant's own that the browser names in `Referer`.
fn referring_page(request: &HttpRequest) -> Option<Url> {
    let own = request.app_data::<web::Data<OwnOrigin>>()?;
    let page = Url::parse(request.headers().get(header::REFERER)?.to_str().ok()?).ok()?;
    (page.origin() == own.0.origin()).then_some(page)
}

impl Shown {
    /// Everything, if the parameter is missing or names no kind.
    fn chosen_in(query: &str) -> Self {
        let chosen = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "log");
        Self(chosen.and_then(|(_, value)| Kind::ALL.into_iter().find(|kind| kind.name() == value)))
    }

    fn name(self) -> &'static str {
        self.0.map_or("all", Kind::name)
    }

    /// The label of its link, and what the log says while it has no such event.
    fn words(self) -> (&'static str, &'static str) {
        match self.0 {
            None => ("All", "The log is empty. Sign-ins, refusals, changes and faults will appear here."),
            Some(Kind::Success) => ("Successes", "No successes yet."),
            Some(Kind::Failure) => ("Failures", "No failures yet."),
            Some(Kind::Change) => ("Changes", "No changes yet."),
            Some(Kind::Fault) => ("Faults", "No faults yet."),
        }
    }

    /// The path of a dashboard with this choice, with its query.
    pub(super) fn path(self) -> String {
        self.on("/")
    }

    /// The path, with this choice as its query.
    pub(super) fn on(self, path: &str) -> String {
        self.0.map_or_else(|| path.to_owned(), |kind| format!("{path}?log={}", kind.name()))
    }

    /// The same, at the element with this ID. Users' IDs contain bars, which a URL's fragment may not (RFC 3986, 3.5).
    pub(super) fn at(self, id: &str) -> String {
        format!("{}#{}", self.path(), id.replace('|', "%7C"))
    }

    /// The latest of these events, latest first.
    pub(super) fn lines(self, log: &Log) -> Vec<LogLine> {
        let entries = log.latest_first().filter(|entry| self.0.is_none_or(|kind| kind == entry.event.kind()));
        entries.take(LINES).map(LogLine::of).collect()
    }

    pub(super) fn when_empty(self) -> &'static str {
        self.words().1
    }

    /// Links to every choice; this one is marked.
    pub(super) fn links(self) -> Vec<KindLink> {
        let choices = [Self(None)].into_iter().chain(Kind::ALL.map(|kind| Self(Some(kind))));
        let link = |it: Self| KindLink { name: it.name(), label: it.words().0, href: it.at("log"), chosen: it == self };
        choices.map(link).collect()
    }
}

/// A link to the events of one kind, or to all.
#[derive(Debug, Serialize)]
pub(super) struct KindLink {
    name: &'static str,
    label: &'static str,
    href: String,
    chosen: bool,
}

/// An event of the log.
#[derive(Debug, Serialize)]
pub(super) struct LogLine {
    /// Counted from the tenant's start.
    number: u64,
    /// The time of day, for the user; and in full, for programs.
    time: String,
    datetime: String,
    code: &'static str,
    meaning: &'static str,
    kind: &'static str,
    text: String,
}

impl LogLine {
    fn of(entry: &Entry) -> Self {
        let type_code = entry.event.type_code();
        Self {
            number: entry.number,
            time: entry.at.format("%H:%M:%S").to_string(),
            datetime: entry.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            code: type_code.code,
            meaning: type_code.meaning,
            kind: entry.event.kind().name(),
            text: entry.event.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{http::Method, test::TestRequest};

    use super::*;

    const ISSUER: &str = "http://localhost:3001/";

    fn shown(method: Method, uri: &str, referer: Option<&str>) -> &'static str {
        let own = web::Data::new(OwnOrigin(Url::parse(ISSUER).unwrap()));
        let request = TestRequest::with_uri(uri).method(method).app_data(own);
        let request = referer.into_iter().fold(request, |it, referer| it.insert_header((header::REFERER, referer)));
        Shown::from_request(&request.to_http_request(), &mut Payload::None).into_inner().unwrap().name()
    }

    #[test]
    fn a_page_shows_the_kind_that_its_own_address_names_and_everything_otherwise() {
        for (uri, expected) in [
            ("/", "all"),
            ("/?log=failure", "failure"),
            ("/?a=b&log=fault", "fault"),
            ("/?log=", "all"),
            ("/?log=Failure", "all"),
            ("/?log=all", "all"),
            ("/?log=other&log=failure", "all"),
        ] {
            // The link "All" is followed from a page that shows one kind.
            assert_eq!(shown(Method::GET, uri, Some("http://localhost:3001/?log=change")), expected, "{uri}");
        }
    }

    #[test]
    fn a_form_keeps_the_kind_of_the_page_that_it_was_on() {
        for (referer, expected) in [
            ("http://localhost:3001/?log=change", "change"),
            ("http://localhost:3001/confirm?log=fault", "fault"),
            ("http://localhost:3001/", "all"),
            ("http://localhost:3000/?log=change", "all"),
            ("https://localhost:3001/?log=change", "all"),
            ("http://localhost:3001.evil.example/?log=change", "all"),
            ("no address", "all"),
        ] {
            assert_eq!(shown(Method::POST, "/", Some(referer)), expected, "{referer}");
        }
        assert_eq!(shown(Method::POST, "/?log=success", Some("http://localhost:3001/?log=change")), "success");
        assert_eq!(shown(Method::POST, "/", None), "all");
    }
}
