//! Long lists, a page at a time.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    future::{Ready, ready},
    ops::Range,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::Serialize;
use url::form_urlencoded;

use crate::workspace::StoreError;

/// The page that the query asks for (`?page=2`), from 1. What is not a number asks for the first page. It may be beyond
/// the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedPage(usize);

impl RequestedPage {
    pub(super) const FIRST: Self = Self(1);

    fn in_query(query: &str) -> Self {
        let page = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "page").map(|(_, value)| value);
        match page {
            // All that can be wrong with digits is that there are too many of them.
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self(digits.parse().unwrap_or(usize::MAX))
            }
            _ => Self::FIRST,
        }
    }
}

impl FromRequest for RequestedPage {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::in_query(request.query_string())))
    }
}

/// Which part of a list a page shows, and the links to the other parts.
#[derive(Debug, Serialize)]
pub(super) struct Pager {
    /// This page, from 1.
    number: usize,
    /// How many pages there are, at least one.
    count: usize,
    /// The first and the last entry on this page, from 1, and how many there are in all: for people.
    range: [String; 3],
    previous: Option<String>,
    next: Option<String>,
    links: Vec<PageLink>,
}

#[derive(Debug, Serialize)]
struct PageLink {
    number: usize,
    url: String,
    is_current: bool,
    /// Whether pages before this one have no link.
    follows_gap: bool,
}

/// A list that has pages.
#[derive(Clone, Copy)]
pub(super) struct Paged<'a> {
    pub(super) path: &'a str,
    /// How many entries are on a page.
    pub(super) per_page: usize,
    pub(super) requested: RequestedPage,
}

impl Paged<'_> {
    /// Reads the part of the list that the page shows: the requested page or, if it is beyond the last one, the last.
    /// `read` also returns how many entries there are.
    pub(super) async fn read<Entries>(
        self,
        read: impl AsyncFn(Range<usize>) -> Result<(Entries, usize), StoreError>,
    ) -> Result<(Entries, Pager), StoreError> {
        let RequestedPage(requested) = self.requested;
        let part = |page: usize| {
            let start = page.saturating_sub(1).saturating_mul(self.per_page);
            start..start.saturating_add(self.per_page)
        };
        let (entries, total) = read(part(requested)).await?;
        let pager = Pager::new(self, total);
        if part(pager.number) == part(requested) {
            return Ok((entries, pager));
        }
        let (entries, _) = read(part(pager.number)).await?;
        Ok((entries, pager))
    }
}

impl Pager {
    fn new(Paged { path, per_page, requested }: Paged, total: usize) -> Self {
        let RequestedPage(requested) = requested;
        let count = total.div_ceil(per_page).max(1);
        let number = requested.clamp(1, count);
        let skipped = (number - 1) * per_page;
        let url = |page: usize| if page == 1 { path.to_owned() } else { format!("{path}?page={page}") };
        let near = [1, number.saturating_sub(1), number, number + 1, count];
        let shown: BTreeSet<usize> = near.into_iter().filter(|page| (1..=count).contains(page)).collect();
        let mut last = 0;
        let links = shown.into_iter().map(|page| {
            let follows_gap = page > last + 1;
            last = page;
            PageLink { number: page, url: url(page), is_current: page == number, follows_gap }
        });
        Self {
            links: links.collect(),
            number,
            count,
            range: [(skipped + 1).min(total), (skipped + per_page).min(total), total].map(with_separators),
            previous: (number > 1).then(|| url(number - 1)),
            next: (number < count).then(|| url(number + 1)),
        }
    }
}

/// The number with a comma after each thousand: "4,812".
pub(super) fn with_separators(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::none("", 1)]
    #[case::another_parameter("x=3", 1)]
    #[case::a_number("page=3", 3)]
    #[case::the_first_of_several("page=3&page=4", 3)]
    #[case::empty("page=&page=4", 1)]
    #[case::zero("page=0", 0)]
    #[case::leading_zeros("page=007", 7)]
    #[case::negative("page=-1", 1)]
    #[case::plus("page=+2", 1)]
    #[case::escaped("page=%32", 2)]
    #[case::a_fraction("page=2.5", 1)]
    #[case::an_exponent("page=1e3", 1)]
    #[case::hexadecimal("page=0x10", 1)]
    #[case::other_digits("page=%EF%BC%92", 1)]
    #[case::not_utf8("page=%FF", 1)]
    #[case::null("page=2%00", 1)]
    #[case::markup("page=<b>", 1)]
    #[case::too_many_digits("page=99999999999999999999999999", usize::MAX)]
    fn a_query_asks_for_a_page(#[case] query: &str, #[case] page: usize) {
        assert_eq!(RequestedPage::in_query(query), RequestedPage(page));
    }

    #[rstest::rstest]
    #[case::empty(0, 1, 1, ["0", "0", "0"], "[1]")]
    #[case::full(50, 1, 1, ["1", "50", "50"], "[1]")]
    #[case::one_more(51, 1, 1, ["1", "50", "51"], "[1] 2")]
    #[case::last(51, 2, 2, ["51", "51", "51"], "1 [2]")]
    #[case::zero(51, 0, 1, ["1", "50", "51"], "[1] 2")]
    #[case::beyond_the_last(51, usize::MAX, 2, ["51", "51", "51"], "1 [2]")]
    #[case::first_of_many(10_000, 1, 1, ["1", "50", "10,000"], "[1] 2 … 200")]
    #[case::in_the_middle(10_000, 100, 100, ["4,951", "5,000", "10,000"], "1 … 99 [100] 101 … 200")]
    #[case::third(10_000, 3, 3, ["101", "150", "10,000"], "1 2 [3] 4 … 200")]
    #[case::last_of_many(10_000, 200, 200, ["9,951", "10,000", "10,000"], "1 … 199 [200]")]
    #[tokio::test]
    async fn a_pager_leads_to_the_pages_beside_it_and_to_both_ends(
        #[case] total: usize,
        #[case] requested: usize,
        #[case] number: usize,
        #[case] range: [&str; 3],
        #[case] links: &str,
    ) {
        let list = Paged { path: "/list", per_page: 50, requested: RequestedPage(requested) };
        let read = async |part: Range<usize>| {
            assert!(part.len() <= 50);
            let entries: Vec<_> = (1..=total).skip(part.start).take(part.len()).collect();
            Ok((entries, total))
        };
        let (entries, pager) = list.read(read).await.unwrap();
        assert_eq!((pager.number, pager.range.each_ref().map(String::as_str)), (number, range));
        let shown = pager.links.iter().map(|link| {
            let gap = if link.follows_gap { "… " } else { "" };
            if link.is_current { format!("{gap}[{}]", link.number) } else { format!("{gap}{}", link.number) }
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), links);
        let url = |page: usize| if page == 1 { "/list".to_owned() } else { format!("/list?page={page}") };
        assert_eq!(pager.previous, (number > 1).then(|| url(number - 1)));
        assert_eq!(pager.next, (number * 50 < total).then(|| url(number + 1)));
        assert!(pager.links.iter().all(|link| link.url == url(link.number)));
        assert_eq!(entries.len(), total.saturating_sub((number - 1) * 50).min(50));
        assert_eq!(entries.first().copied().unwrap_or_default(), (number * 50 - 49).min(total));
    }

    #[test]
    fn large_numbers_have_separators() {
        let numbers = [0, 12, 999, 1_000, 12_345, 1_000_000].map(with_separators);
        assert_eq!(numbers, ["0", "12", "999", "1,000", "12,345", "1,000,000"]);
    }
}
