//! Lists, a page at a time, in Auth0's two ways.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;

/// As at Auth0.
const PER_PAGE: usize = 50;
const MAX_PER_PAGE: usize = 100;

/// The parameters of a list: `page`, `per_page` and `include_totals`, or `from` and `take`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Paging {
    page: Option<usize>,
    per_page: Option<usize>,
    include_totals: Option<bool>,
    from: Option<String>,
    take: Option<usize>,
}

impl Paging {
    /// The page of `items` that was asked for. With totals, or with the start of the next page, it is in an object,
    /// under `key`.
    pub(super) fn of(&self, key: &str, items: Vec<Value>) -> Result<Value, ApiError> {
        let total = items.len();
        let slice = |start: usize, length| items.iter().skip(start).take(length).cloned().collect::<Vec<_>>();
        if let Some(take) = self.take {
            let start = self.from.as_deref().map_or(Ok(0), str::parse);
            let start: usize =
                start.map_err(|_| ApiError::bad_request("from must be the next of an earlier response"))?;
            let end = start.saturating_add(take.clamp(1, MAX_PER_PAGE));
            let mut page = json!({key: slice(start, end - start)});
            if end < total {
                page["next"] = end.to_string().into();
            }
            return Ok(page);
        }
        let limit = self.per_page.unwrap_or(PER_PAGE);
        if limit > MAX_PER_PAGE {
            return Err(ApiError::bad_request(format!("per_page must be at most {MAX_PER_PAGE}")));
        }
        let start = self.page.unwrap_or(0).saturating_mul(limit);
        let page = slice(start, limit);
        if self.include_totals == Some(true) {
            return Ok(json!({"start": start, "limit": limit, "length": page.len(), "total": total, key: page}));
        }
        Ok(page.into())
    }

    /// The id to begin after, and how many items to return, if the request asks for that.
    pub(super) fn checkpoint(&self) -> Option<(Option<&str>, usize)> {
        (self.from.is_some() || self.take.is_some())
            .then(|| (self.from.as_deref(), self.take.unwrap_or(PER_PAGE).clamp(1, MAX_PER_PAGE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Value {
        let paging = actix_web::web::Query::<Paging>::from_query(query).unwrap();
        paging.of("things", (0..5).map(Value::from).collect()).unwrap()
    }

    #[test]
    fn pages_are_cut_as_at_auth0() {
        assert_eq!(page(""), json!([0, 1, 2, 3, 4]));
        assert_eq!(page("page=1&per_page=2"), json!([2, 3]));
        assert_eq!(
            page("page=2&per_page=2&include_totals=true"),
            json!({"start": 4, "limit": 2, "length": 1, "total": 5, "things": [4]})
        );
        assert_eq!(page("take=3"), json!({"things": [0, 1, 2], "next": "3"}));
        assert_eq!(page("take=3&from=3"), json!({"things": [3, 4]}));
        assert_eq!(page("page=9"), json!([]));
    }
}
