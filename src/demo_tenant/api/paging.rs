//! Which part of a resource a response has: the fields that were asked for and, of a list, one page. As at Auth0, a
//! list is paged by number, or by checkpoint: `from` and `take`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    error::ApiError,
    input::{FromParameters, Parameters},
};

/// As at Auth0.
const PER_PAGE: usize = 50;
const MAX_PER_PAGE: usize = 100;

/// The parameters of a list: which page of it, in which order, with which fields.
#[derive(Debug)]
pub(super) struct List {
    page: usize,
    per_page: usize,
    include_totals: bool,
    /// Paging by checkpoint: where to begin, and how many items to return.
    from: Option<String>,
    take: Option<usize>,
    sort: Option<Sort>,
    fields: Fields,
}

impl FromParameters for List {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        let limited = format!("a number of at most {MAX_PER_PAGE}");
        let list = Self {
            page: parameters.value("page", "a number")?.unwrap_or(0),
            per_page: parameters.value("per_page", &limited)?.unwrap_or(PER_PAGE),
            include_totals: parameters.value("include_totals", "true or false")?.unwrap_or(false),
            from: parameters.text("from")?,
            take: parameters.value("take", &limited)?,
            sort: Sort::take_from(parameters)?,
            fields: Fields::take_from(parameters)?,
        };
        if list.per_page > MAX_PER_PAGE {
            return Err(ApiError::invalid_query(format!("per_page must be {limited}")));
        }
        if list.take.is_some_and(|take| !(1..=MAX_PER_PAGE).contains(&take)) {
            return Err(ApiError::invalid_query(format!("take must be {limited}, and at least 1")));
        }
        // Auth0's clients send `page=0` with `from` and `take`.
        if list.page > 0 && list.is_by_checkpoint() {
            return Err(ApiError::invalid_query("page can't be combined with from and take"));
        }
        Ok(list)
    }
}

impl List {
    fn is_by_checkpoint(&self) -> bool {
        self.from.is_some() || self.take.is_some()
    }

    /// The id to begin after, and how many items to return, if the request asks for paging by checkpoint.
    pub(super) fn checkpoint(&self) -> Option<(Option<&str>, usize)> {
        self.is_by_checkpoint().then(|| (self.from.as_deref(), self.take.unwrap_or(PER_PAGE)))
    }

    /// The page of `items` that was asked for. With totals or paging by checkpoint, it is in an object, under `key`.
    pub(super) fn of(&self, key: &str, mut items: Vec<Value>) -> Result<Value, ApiError> {
        if let Some(sort) = &self.sort {
            sort.sort(&mut items)?;
        }
        let total = items.len();
        let slice = |start: usize, length: usize| self.shown(items.iter().skip(start).take(length).cloned());
        if let Some((from, take)) = self.checkpoint() {
            let start: Result<usize, _> = from.map_or(Ok(0), str::parse);
            let start =
                start.map_err(|_| ApiError::invalid_query("from must be the value of next in an earlier response"))?;
            let mut page = json!({key: slice(start, take)});
            let end = start.saturating_add(take);
            if end < total {
                page["next"] = end.to_string().into();
            }
            return Ok(page);
        }
        let (start, limit) = (self.page.saturating_mul(self.per_page), self.per_page);
        let page = slice(start, limit);
        if self.include_totals {
            return Ok(json!({"start": start, "limit": limit, "length": page.len(), "total": total, key: page}));
        }
        Ok(page.into())
    }

    /// Items in the order in which they were given, with the fields that were asked for.
    pub(super) fn unsorted(&self, items: impl Iterator<Item = Value>) -> Result<Vec<Value>, ApiError> {
        match self.sort {
            Some(_) => Err(ApiError::invalid_query("sort can't be combined with from and take")),
            None => Ok(self.shown(items)),
        }
    }

    fn shown(&self, items: impl Iterator<Item = Value>) -> Vec<Value> {
        items.map(|item| self.fields.of(item)).collect()
    }
}

/// The order of a list: `sort=name:1`, or `name:-1` for the opposite.
#[derive(Debug)]
struct Sort {
    field: String,
    is_descending: bool,
}

impl Sort {
    fn take_from(parameters: &mut Parameters) -> Result<Option<Self>, ApiError> {
        let Some(text) = parameters.text("sort")? else { return Ok(None) };
        let sort = match text.split_once(':') {
            Some((field, "1")) => Some(Self { field: field.to_owned(), is_descending: false }),
            Some((field, "-1")) => Some(Self { field: field.to_owned(), is_descending: true }),
            Some(_) | None => None,
        };
        sort.map(Some).ok_or_else(|| ApiError::invalid_query("sort must be a field with :1 or :-1, such as name:1"))
    }

    fn sort(&self, items: &mut [Value]) -> Result<(), ApiError> {
        let values = || items.iter().map(|item| &item[&self.field]);
        let is_sortable = |value: &Value| value.is_string() || value.is_boolean();
        let has_order = values().any(is_sortable) && values().all(|value| value.is_null() || is_sortable(value));
        if !items.is_empty() && !has_order {
            return Err(ApiError::invalid_query(format!("sort: the list can't be sorted by {:?}", self.field)));
        }
        items.sort_by(|a, b| {
            let order = compare(&a[&self.field], &b[&self.field]);
            if self.is_descending { order.reverse() } else { order }
        });
        Ok(())
    }
}

/// Compares texts without regard to case. An absent value comes first.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (a_text, b_text) => (a_text.is_some(), a.as_bool()).cmp(&(b_text.is_some(), b.as_bool())),
    }
}

/// The fields of a response: those that `fields` names or, with `include_fields=false`, all others.
#[derive(Debug)]
pub(super) struct Fields {
    names: Option<Vec<String>>,
    are_included: bool,
}

impl FromParameters for Fields {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        let names = parameters.text("fields")?.filter(|text| !text.is_empty());
        let names: Option<Vec<_>> = names.map(|text| text.split(',').map(|name| name.trim().to_owned()).collect());
        let is_name =
            |name: &String| !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
        if names.as_ref().is_some_and(|names| !names.iter().all(is_name)) {
            return Err(ApiError::invalid_query("fields must be field names separated by commas"));
        }
        Ok(Self { names, are_included: parameters.value("include_fields", "true or false")?.unwrap_or(true) })
    }
}

impl Fields {
    /// The object with the fields that were asked for.
    pub(super) fn of(&self, mut item: Value) -> Value {
        if let (Some(names), Value::Object(members)) = (&self.names, &mut item) {
            members.retain(|name, _| names.contains(name) == self.are_included);
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::{super::input::parse_query, *};

    fn page(query: &str) -> Value {
        let items = ["b", "C", "a", "d", "e"].iter().enumerate();
        let items = items.map(|(number, name)| json!({"n": number, "name": name})).collect();
        parse_query::<List>(query)
            .and_then(|list| list.of("things", items))
            .unwrap_or_else(|error| error.to_string().into())
    }

    #[test]
    fn pages_are_cut_as_at_auth0() {
        let n = |numbers: &[usize]| numbers.iter().map(|n| json!({"n": n})).collect::<Vec<_>>();
        for (query, expected) in [
            ("", json!(n(&[0, 1, 2, 3, 4]))),
            ("page=1&per_page=2", json!(n(&[2, 3]))),
            (
                "page=2&per_page=2&include_totals=true",
                json!({"start": 4, "limit": 2, "length": 1, "total": 5, "things": n(&[4])}),
            ),
            ("take=3", json!({"things": n(&[0, 1, 2]), "next": "3"})),
            ("take=3&from=3", json!({"things": n(&[3, 4])})),
            ("from=3", json!({"things": n(&[3, 4])})),
            ("take=2&page=0&per_page=50&include_totals=true", json!({"things": n(&[0, 1]), "next": "2"})),
            ("page=9", json!([])),
            ("sort=name:1", json!(n(&[2, 0, 1, 3, 4]))),
            ("sort=name:-1&take=2", json!({"things": n(&[4, 3]), "next": "2"})),
        ] {
            assert_eq!(page(&format!("fields=n&{query}")), expected, "{query}");
        }
    }

    #[test]
    fn fields_are_shown_or_left_out() {
        for (query, expected) in [
            ("fields=name", json!({"name": "b"})),
            ("fields=name,n&include_fields=true", json!({"n": 0, "name": "b"})),
            ("fields=name&include_fields=false", json!({"n": 0})),
            ("include_fields=false", json!({"n": 0, "name": "b"})),
            ("fields=", json!({"n": 0, "name": "b"})),
            ("fields=other", json!({})),
        ] {
            assert_eq!(page(query)[0], expected, "{query}");
        }
    }

    #[test]
    fn what_a_list_does_not_do_is_refused_by_name() {
        for (query, named) in [
            ("per_page=101", "per_page"),
            ("per_page=many", "per_page"),
            ("page=-1", "page"),
            ("page=1&page=2", "page"),
            ("page=1&take=2", "page"),
            ("take=0", "take"),
            ("take=101", "take"),
            ("from=org_x", "from"),
            ("include_totals=yes", "include_totals"),
            ("fields=a.b", "fields"),
            ("fields=a,,b", "fields"),
            ("include_fields=1", "include_fields"),
            ("sort=name", "sort"),
            ("sort=name:2", "sort"),
            ("sort=other:1", "sort"),
            ("order=name", "order"),
        ] {
            let refusal = page(query);
            let text = refusal.as_str().unwrap_or_else(|| panic!("{query}: {refusal}"));
            assert!(text.starts_with("Query validation error") && text.contains(named), "{query}: {text}");
        }
    }
}
