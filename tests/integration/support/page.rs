//! A response, and what a user sees on its page.

use reqwest::header::{HeaderMap, LOCATION};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// A response.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The body's bytes on the wire.
    pub(crate) size: usize,
}

/// A form as its button sends it.
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) method: String,
    pub(crate) fields: Vec<(String, String)>,
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

    pub(crate) fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    pub(crate) fn has(&self, test_id: &str) -> bool {
        self.text(test_id).is_some()
    }

    /// The text of the element with this test id.
    pub(crate) fn text(&self, test_id: &str) -> Option<String> {
        let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
        self.html().select(&selector).next().map(|element| element.text().collect())
    }

    /// The texts of the elements that the selector finds, with single spaces between words.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let words = |it: ElementRef| it.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        self.html().select(&selector).map(words).collect()
    }

    /// The test ids that begin so, in the page's order.
    pub(crate) fn test_ids(&self, prefix: &str) -> Vec<String> {
        let selector = Selector::parse(&format!("[data-testid^='{prefix}']")).unwrap();
        self.html().select(&selector).map(|element| element.attr("data-testid").unwrap().to_owned()).collect()
    }

    /// An attribute of the first element that the selector finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> String {
        let html = self.html();
        let element = html.select(&Selector::parse(selector).unwrap()).next();
        let value = element.and_then(|element| element.attr(name));
        value.unwrap_or_else(|| panic!("no {selector} with {name} on {}:\n{}", self.url, self.body)).to_owned()
    }

    /// The message about what a form did, with its markup, without the mark before it.
    pub(crate) fn message(&self) -> Option<String> {
        let flash = Selector::parse("main > [role=status][data-testid=flash]").unwrap();
        self.html().select(&flash).next().map(|element| {
            let html = element.inner_html();
            html.split_once("✓ </span>").map_or_else(|| html.clone(), |(_, sentence)| sentence.to_owned())
        })
    }

    /// The message about what a form of the dashboard did, with its markup.
    pub(crate) fn dashboard_message(&self) -> Option<String> {
        let flash = Selector::parse("header [role=status] > [data-testid=flash]").unwrap();
        self.html().select(&flash).next().map(|element| element.inner_html())
    }

    /// The error page's heading.
    pub(crate) fn error_title(&self) -> String {
        self.text("error-title").unwrap_or_else(|| panic!("{} {} is no error page", self.status, self.url))
    }

    /// The value of the button with this test id.
    pub(crate) fn value_of(&self, test_id: &str) -> String {
        self.attribute(&format!("[data-testid='{test_id}']"), "value")
    }

    /// The form of the button with this test id.
    pub(crate) fn form_of(&self, test_id: &str) -> Form {
        let html = self.html();
        let button = Selector::parse(&format!("button[data-testid='{test_id}']")).unwrap();
        let button = html.select(&button).next().unwrap_or_else(|| panic!("no button {test_id} on {}", self.body));
        assert!(button.attr("disabled").is_none(), "the button {test_id} is disabled");
        let form = button.ancestors().filter_map(ElementRef::wrap).find(|it| it.value().name() == "form").unwrap();
        let inputs = Selector::parse("input, select, textarea").unwrap();
        let mut fields: Vec<_> = form.select(&inputs).filter_map(field).collect();
        fields.extend(field(button));
        Form {
            action: form.attr("action").unwrap_or(self.url.as_str()).to_owned(),
            method: form.attr("method").unwrap_or("get").to_owned(),
            fields,
        }
    }
}

/// What a form sends for this element.
fn field(element: ElementRef) -> Option<(String, String)> {
    let unchecked = element.attr("type") == Some("checkbox") && element.attr("checked").is_none();
    let name = element.attr("name").filter(|_| !unchecked)?;
    let options = Selector::parse("option").unwrap();
    let selected = element.select(&options).find(|option| option.attr("selected").is_some());
    let option = selected.or_else(|| element.select(&options).next()).and_then(|option| option.attr("value"));
    Some((name.to_owned(), element.attr("value").or(option).unwrap_or_default().to_owned()))
}
