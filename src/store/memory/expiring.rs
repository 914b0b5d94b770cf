//! Values that are kept for a while, in little memory: one for each session that has ended, hours long.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// The first half of a key's SHA-256, in place of the key. Nobody can find two keys with the same.
type Fingerprint = [u8; 16];

/// Values by key. Each is forgotten `lifetime` after it was set for the last time.
pub(super) struct Expiring<Value> {
    lifetime: Duration,
    values: HashMap<Fingerprint, (Value, Instant)>,
    /// When values were set, oldest first. Some have been set again since.
    set_at: VecDeque<(Instant, Fingerprint)>,
}

impl<Value: Copy> Expiring<Value> {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, values: HashMap::new(), set_at: VecDeque::new() }
    }

    pub(super) fn get(&self, key: &str) -> Option<Value> {
        let (value, set_at) = self.values.get(&fingerprint(key))?;
        (set_at.elapsed() < self.lifetime).then_some(*value)
    }

    pub(super) fn set(&mut self, key: &str, value: Value) {
        let (now, key) = (Instant::now(), fingerprint(key));
        self.forget_expired(now);
        self.values.insert(key, (value, now));
        self.set_at.push_back((now, key));
    }

    fn forget_expired(&mut self, now: Instant) {
        while let Some((set_at, key)) = self.set_at.front().copied()
            && now.duration_since(set_at) >= self.lifetime
        {
            self.set_at.pop_front();
            if self.values.get(&key).is_some_and(|(_, last)| *last == set_at) {
                self.values.remove(&key);
            }
        }
    }
}

fn fingerprint(key: &str) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&Sha256::digest(key)[..16]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_latest_that_was_set_for_its_key() {
        let mut values = Expiring::new(Duration::from_secs(3600));
        for (key, value) in [("a", 1), ("b", 2), ("a", 3)] {
            values.set(key, value);
        }
        assert_eq!(["a", "b", "c"].map(|key| values.get(key)), [Some(3), Some(2), None]);
    }

    #[test]
    fn what_has_expired_takes_no_memory() {
        let mut values = Expiring::new(Duration::ZERO);
        for number in 0..1_000 {
            values.set(&format!("{}", number % 10), number);
        }
        assert_eq!(values.get("9"), None);
        assert!((values.values.len(), values.set_at.len()) <= (1, 1));
    }
}
