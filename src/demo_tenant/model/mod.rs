//! Organizations, connections and users, and who may sign in where: the tenant's data and rules, without HTTP or HTML.

pub(crate) mod ids;

pub(crate) mod client;
pub(crate) mod tenant;

pub(crate) mod access;

pub(crate) mod changes;
pub(crate) mod connection;
pub(crate) mod fields;
pub(crate) mod profile;

pub(crate) mod directory;
pub(crate) mod invitations;

pub(crate) mod seed;
pub(crate) mod summary;
