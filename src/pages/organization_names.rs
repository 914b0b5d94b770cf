//! Which organizations there are, where somebody can tell.

use std::sync::Arc;

/// Names the organizations that users can log in to, each time it is asked. Nobody tells which a configured provider
/// has: the default.
#[derive(Clone, Default)]
pub struct OrganizationNames(Option<Arc<FirstNames>>);

/// The first so many names: there may be thousands, and a page shows a few.
type FirstNames = dyn Fn(usize) -> Vec<String> + Send + Sync;

impl OrganizationNames {
    pub fn from_fn(first: impl Fn(usize) -> Vec<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(first)))
    }

    /// The first names there are now, at most `maximum`. `None` if nobody can tell them.
    pub fn first(&self, maximum: usize) -> Option<Vec<String>> {
        self.0.as_ref().map(|first| first(maximum))
    }
}
