//! Reads what other versions of the app, older or newer, have written. Versions share a store during a rolling upgrade,
//! and what they wrote stays there until it expires.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// The value, or the default if this version does not know the value.
pub fn known_or_default<'de, T: DeserializeOwned + Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).unwrap_or_default())
}

/// The same for each value of a list.
pub fn each_known_or_default<'de, T: DeserializeOwned + Default, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let values = Vec::<Value>::deserialize(from)?;
    Ok(values.into_iter().map(|value| T::deserialize(value).unwrap_or_default()).collect())
}
