//! Changes of a connection's settings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    changes::{Change, ChangeError},
    fields::{check_json_size, check_metadata, check_text},
    tenant::{Connection, Tenant},
};

/// The new settings of a connection; `None` leaves the old one.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionUpdate {
    pub(crate) display_name: Option<String>,
    pub(crate) options: Option<Map<String, Value>>,
    pub(crate) metadata: Option<BTreeMap<String, String>>,
}

impl ConnectionUpdate {
    /// The connection with the new settings.
    pub(crate) fn applied_to(self, connection: Connection) -> Result<Connection, ChangeError> {
        if let Some(name) = &self.display_name {
            check_text("display_name", name, 128, "must have 1 to 128 characters, and no control characters")?;
        }
        if let Some(options) = &self.options {
            check_json_size("options", options)?;
        }
        if let Some(metadata) = &self.metadata {
            check_metadata(metadata)?;
        }
        Ok(Connection {
            display_name: self.display_name.unwrap_or(connection.display_name),
            options: self.options.unwrap_or(connection.options),
            metadata: self.metadata.unwrap_or(connection.metadata),
            ..connection
        })
    }
}

impl Tenant {
    /// Changes all that the update names, or nothing.
    pub(crate) fn update_connection(&mut self, id: &str, update: ConnectionUpdate) -> Result<Change, ChangeError> {
        let connection = self.connections.iter_mut().find(|it| it.id.as_str() == id);
        let connection = connection.ok_or(ChangeError::NoSuchConnection)?;
        *connection = update.applied_to(connection.clone())?;
        Ok(Change::ConnectionUpdated { name: connection.name.clone() })
    }
}
