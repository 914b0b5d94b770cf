//! What other versions of the app have written, older ones or newer: side by side at one store for as long as a rolling
//! upgrade takes, and as long as what they wrote is kept.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// The value; where this version does not know it, the default, which stands for that.
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
