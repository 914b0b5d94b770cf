//! A value that is shared behind a lock, and the number of its last change.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// A value behind a lock. Its revision is a number that each change increments, and that can be watched.
#[derive(Debug)]
pub(crate) struct Watched<T>(Mutex<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    value: T,
    revision: watch::Sender<u64>,
}

/// Access to the value, until the guard is dropped. Reading it is not a change. Writing to it, through [`DerefMut`], is.
#[derive(Debug)]
pub(crate) struct WatchedGuard<'a, T> {
    inner: MutexGuard<'a, Inner<T>>,
    is_changed: bool,
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T, first_revision: u64) -> Self {
        Self(Mutex::new(Inner { value, revision: watch::Sender::new(first_revision) }))
    }

    pub(crate) fn lock(&self) -> WatchedGuard<'_, T> {
        // After a panic, the value is as it was between two statements, which is good enough to continue with.
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        WatchedGuard { inner, is_changed: false }
    }
}

impl<T> WatchedGuard<'_, T> {
    /// The number of the last change. Changes made through this guard count when it is dropped.
    pub(crate) fn revision(&self) -> u64 {
        *self.inner.revision.borrow()
    }

    /// The revision, now and whenever it has changed.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        let mut receiver = self.inner.revision.subscribe();
        receiver.mark_changed();
        receiver
    }

    /// Closes the receivers that [`WatchedGuard::watch`] has returned.
    pub(crate) fn end_watches(&mut self) {
        self.inner.revision = watch::Sender::new(self.revision());
    }
}

impl<T> Deref for WatchedGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner.value
    }
}

impl<T> DerefMut for WatchedGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.is_changed = true;
        &mut self.inner.value
    }
}

// Still under the lock, so that nobody reads the new value with the old revision.
impl<T> Drop for WatchedGuard<'_, T> {
    fn drop(&mut self) {
        if self.is_changed {
            self.inner.revision.send_modify(|revision| *revision = revision.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_makes_a_revision_and_reading_makes_none() {
        let value = Watched::new(vec!['a'], u64::MAX);
        let mut watch = value.lock().watch();
        assert!(watch.has_changed().unwrap(), "the current revision is news to whoever begins to watch");
        assert_eq!(*watch.borrow_and_update(), u64::MAX);
        assert_eq!(value.lock().len(), 1);
        assert!(!watch.has_changed().unwrap());

        value.lock().push('b');
        assert_eq!(*watch.borrow_and_update(), 0);
        let mut guard = value.lock();
        guard.push('c');
        guard.push('d');
        drop(guard);
        assert_eq!((value.lock().revision(), watch.has_changed().unwrap()), (1, true));
    }

    #[test]
    fn the_revision_outlives_whoever_watched_it() {
        let value = Watched::new((), 5);
        let watch = value.lock().watch();
        value.lock().end_watches();
        assert!(watch.has_changed().is_err());
        assert_eq!(*value.lock().watch().borrow(), 5);
    }
}
