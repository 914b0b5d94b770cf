//! Changes of a user's profile.

use serde_json::{Map, Value};

use super::{
    changes::{Change, ChangeError},
    fields::{check_address, check_json_size, check_name},
    tenant::{Profile, Tenant, User},
};

/// The new values of a user; `None` leaves the old one.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserUpdate {
    pub(crate) name: Option<String>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) given_name: Option<String>,
    pub(crate) family_name: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) picture: Option<String>,
    /// Merged with the old metadata. A member that is null is removed.
    pub(crate) user_metadata: Map<String, Value>,
    /// Merged in the same way.
    pub(crate) app_metadata: Map<String, Value>,
}

impl Tenant {
    /// Changes all that the update names, or nothing.
    pub(crate) fn update_user(&mut self, id: &str, update: UserUpdate) -> Result<Change, ChangeError> {
        let user = self.users.iter_mut().find(|user| user.id.as_str() == id).ok_or(ChangeError::NoSuchUser)?;
        *user = update.applied_to(user)?;
        self.user_snapshot(id).map(Change::UserUpdated)
    }
}

impl UserUpdate {
    /// Only a name. A blank one counts as none.
    pub(crate) fn named(name: &str) -> Self {
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        Self { name, ..Self::default() }
    }

    /// The user with the new values.
    pub(crate) fn applied_to(self, user: &User) -> Result<User, ChangeError> {
        let old = &user.profile;
        let name = |field, new: Option<String>, old: &Option<String>| match new {
            Some(new) => check_name(field, &new).map(|()| Some(new)),
            None => Ok(old.clone()),
        };
        if let Some(picture) = &self.picture {
            check_address("picture", picture)?;
        }
        let profile = Profile {
            email_verified: self.email_verified.unwrap_or(old.email_verified),
            given_name: name("given_name", self.given_name, &old.given_name)?,
            family_name: name("family_name", self.family_name, &old.family_name)?,
            nickname: name("nickname", self.nickname, &old.nickname)?,
            picture: self.picture.or_else(|| old.picture.clone()),
            user_metadata: merged("user_metadata", &old.user_metadata, self.user_metadata)?,
            app_metadata: merged("app_metadata", &old.app_metadata, self.app_metadata)?,
        };
        if let Some(name) = &self.name {
            check_name("name", name)?;
        }
        Ok(User { name: self.name.unwrap_or_else(|| user.name.clone()), profile, ..user.clone() })
    }
}

/// The old metadata with the members of the new ones. Only the first level is merged, as at Auth0.
fn merged(
    field: &'static str,
    old: &Map<String, Value>,
    new: Map<String, Value>,
) -> Result<Map<String, Value>, ChangeError> {
    let mut all = old.clone();
    all.extend(new);
    all.retain(|_, value| !value.is_null());
    check_json_size(field, &all)?;
    Ok(all)
}
