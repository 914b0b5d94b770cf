//! Which organizations there are, where somebody can tell.

use std::sync::Arc;

/// Names the organizations that users can log in to, each time it is asked. Nobody tells which a configured provider
/// has: the default.
#[derive(Clone, Default)]
pub struct OrganizationNames(Option<Arc<dyn Fn() -> Vec<String> + Send + Sync>>);

impl OrganizationNames {
    pub fn from_fn(names: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(names)))
    }

    /// The names now. `None` if nobody can tell them.
    pub fn now(&self) -> Option<Vec<String>> {
        self.0.as_ref().map(|names| names())
    }
}
