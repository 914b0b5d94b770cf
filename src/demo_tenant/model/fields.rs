//! Auth0's rules for the fields of organizations and users.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::{
    changes::ChangeError,
    tenant::{Branding, BrandingColors},
};

/// Requires a text that is not blank, and has no control characters.
pub(crate) fn check_text(
    field: &'static str,
    text: &str,
    longest: usize,
    rule: &'static str,
) -> Result<(), ChangeError> {
    let is_valid = !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    if is_valid { Ok(()) } else { Err(ChangeError::Invalid { field, rule }) }
}

/// Requires a person's name.
pub(crate) fn check_name(field: &'static str, name: &str) -> Result<(), ChangeError> {
    check_text(field, name, 300, "must have 1 to 300 characters, and no control characters")
}

pub(crate) fn check_display_name(name: &str) -> Result<(), ChangeError> {
    check_text("display_name", name, 255, "must have 1 to 255 characters, and no control characters")
}

pub(crate) fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<(), ChangeError> {
    let rule = "must have at most 25 properties, names and values of at most 255 characters";
    let fits = |text: &str| text.chars().count() <= 255;
    if metadata.len() <= 25 && metadata.iter().all(|(name, value)| fits(name) && fits(value)) {
        Ok(())
    } else {
        Err(ChangeError::Invalid { field: "metadata", rule })
    }
}

/// The largest object that is kept, in bytes of JSON.
const MAX_JSON: usize = 16 * 1024;

/// Requires that an object is small enough to be kept.
pub(crate) fn check_json_size(field: &'static str, object: &Map<String, Value>) -> Result<(), ChangeError> {
    if serde_json::to_vec(object).is_ok_and(|json| json.len() <= MAX_JSON) {
        Ok(())
    } else {
        Err(ChangeError::Invalid { field, rule: "must have at most 16 kB" })
    }
}

pub(crate) fn check_branding(branding: &Branding) -> Result<(), ChangeError> {
    if let Some(logo) = &branding.logo_url {
        check_address("branding.logo_url", logo)?;
    }
    if let Some(BrandingColors { primary, page_background }) = &branding.colors {
        check_color("branding.colors.primary", primary)?;
        check_color("branding.colors.page_background", page_background)?;
    }
    Ok(())
}

fn check_color(field: &'static str, color: &str) -> Result<(), ChangeError> {
    let digits = color.strip_prefix('#').unwrap_or_default();
    if matches!(digits.len(), 3 | 6) && digits.chars().all(|it| it.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(ChangeError::Invalid { field, rule: "must be a color such as #635dff" })
    }
}

/// Requires the address of something on the web.
pub(crate) fn check_address(field: &'static str, address: &str) -> Result<(), ChangeError> {
    let is_web = Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web && address.len() <= 2_048 {
        Ok(())
    } else {
        Err(ChangeError::Invalid { field, rule: "must be an address such as https://example.com/image.png" })
    }
}

/// The email address in lower case. It must have only plain characters, since it is part of a test id and of the log.
pub(crate) fn check_email(email: &str) -> Result<String, ChangeError> {
    let email = email.to_lowercase();
    let plain = |it: char| it.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.@".contains(it);
    let parts: Vec<&str> = email.split('@').collect();
    match parts.as_slice() {
        [local, domain]
            if !local.is_empty() && !domain.is_empty() && email.len() <= 254 && email.chars().all(plain) =>
        {
            Ok(email)
        }
        _ => Err(ChangeError::Invalid { field: "email", rule: "must be like name@example.com" }),
    }
}
