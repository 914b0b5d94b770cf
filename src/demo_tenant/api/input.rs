//! Reads a request's query and body. A field or parameter that the tenant would not carry out is refused and named, so
//! a request that succeeds has had the effect that it asks for.

use std::str::FromStr;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::{FutureExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ApiError;

/// Objects whose members may be null. In users' metadata, null removes a member; in options, it is kept.
const MAY_HAVE_NULLS: [&str; 3] = ["user_metadata", "app_metadata", "options"];

/// A JSON body. `T` must deny unknown fields. An empty body counts as an empty object. A request with a body takes no
/// parameters: they would have no effect.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (no_parameters, bytes) =
            (parse_query::<()>(request.query_string()), web::Bytes::from_request(request, payload));
        async move { no_parameters.and(parse(&bytes.await.map_err(ApiError::invalid_body)?)).map(Self) }.boxed_local()
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let json: Value = serde_json::from_slice(bytes).map_err(ApiError::invalid_body)?;
    // Serde would read an array as the values of the object's fields, in order.
    if !json.is_object() {
        return Err(ApiError::invalid_body("the body must be a JSON object"));
    }
    let body = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    let body = body.map_err(|error| match error.path().to_string().as_str() {
        "." => ApiError::invalid_body(error.inner()),
        path => ApiError::invalid_body(format!("{path}: {}", error.inner())),
    })?;
    match null_in(&json) {
        Some(path) => Err(ApiError::invalid_body(format!("{path} must not be null"))),
        None => Ok(body),
    }
}

/// The path to the first member that is null, if there is one. An optional field would read it as absent.
fn null_in(json: &Value) -> Option<String> {
    let below = |name: &str, value: &Value| {
        if value.is_null() { Some(name.to_owned()) } else { null_in(value).map(|path| format!("{name}.{path}")) }
    };
    match json {
        Value::Object(members) => {
            let mut members = members.iter().filter(|(name, _)| !MAY_HAVE_NULLS.contains(&name.as_str()));
            members.find_map(|(name, value)| below(name, value))
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| below(&index.to_string(), item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A member of a body that is a `T`, if it is there.
pub(super) fn member<T: DeserializeOwned>(body: &Map<String, Value>, name: &str) -> Result<Option<T>, ApiError> {
    let value = body.get(name).map(T::deserialize).transpose();
    value.map_err(|cause| ApiError::invalid_body(format!("{name}: {cause}")))
}

/// Requires that each member of the body has this value in `outcome`, the resource after the request. So a request may
/// send fields that can't be changed, if it sends the values that they have.
pub(super) fn check_outcome(body: &Map<String, Value>, outcome: &Value) -> Result<(), ApiError> {
    match body.iter().find(|(name, value)| outcome.get(name) != Some(value)).map(|(name, _)| name) {
        None => Ok(()),
        Some(name) => Err(ApiError::invalid_body(match outcome.get(name) {
            Some(value) => format!("{name} must be {value}: this tenant does not support other values"),
            None => format!("unknown field {name}"),
        })),
    }
}

/// The parameters of a query. A parameter that `T` does not take is refused.
pub(super) struct Query<T>(pub(super) T);

/// A type that is read from parameters.
pub(super) trait FromParameters: Sized {
    /// Removes from `parameters` those that belong to this type.
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError>;
}

/// No parameters.
impl FromParameters for () {
    fn take_from(_: &mut Parameters) -> Result<Self, ApiError> {
        Ok(())
    }
}

impl<A: FromParameters, B: FromParameters> FromParameters for (A, B) {
    fn take_from(parameters: &mut Parameters) -> Result<Self, ApiError> {
        Ok((A::take_from(parameters)?, B::take_from(parameters)?))
    }
}

impl<T: FromParameters> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_query(request.query_string()).map(Self))
    }
}

pub(super) fn parse_query<T: FromParameters>(query: &str) -> Result<T, ApiError> {
    let mut parameters = Parameters(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect());
    let taken = T::take_from(&mut parameters)?;
    match parameters.0.first() {
        Some((name, _)) => Err(ApiError::invalid_query(format!("unknown parameter {name}"))),
        None => Ok(taken),
    }
}

/// The parameters that have not been taken yet.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Every value of a parameter that may be repeated.
    pub(super) fn all(&mut self, name: &str) -> Vec<String> {
        self.0.extract_if(.., |(it, _)| it == name).map(|(_, value)| value).collect()
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let mut values = self.all(name);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(ApiError::invalid_query(format!("{name} must occur only once"))),
        }
    }

    /// The parameter as a `T`; `must_be` says what that is.
    pub(super) fn value<T: FromStr>(&mut self, name: &str, must_be: &str) -> Result<Option<T>, ApiError> {
        let value = self.text(name)?.map(|text| text.parse()).transpose();
        value.map_err(|_| ApiError::invalid_query(format!("{name} must be {must_be}")))
    }
}
