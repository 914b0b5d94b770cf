//! A cached document of the provider: the discovery document or the key set. It holds one value, with the time at which
//! it was fetched, and at most one fetch at a time, which replaces the value only if it succeeds. A fetch is a separate
//! task with its own time limit. A caller that runs out of time stops waiting, and the fetch continues for the others.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::fetch::FetchError;

/// A value that is fetched when it is needed; `E` is the error of a fetch.
pub(super) struct Cached<T, E> {
    /// Shared with the fetch in progress.
    state: Arc<Mutex<State<T, E>>>,
}

struct State<T, E> {
    /// The last value that was fetched, and when it arrived.
    good: Option<(Arc<T>, Instant)>,
    /// The last fetch that was started.
    fetch: Option<Fetch<T, E>>,
}

/// Receives the outcome of a fetch.
type Fetch<T, E> = watch::Receiver<Option<Outcome<T, E>>>;

type Outcome<T, E> = Result<Arc<T>, E>;

/// What a caller gets.
enum Look<T, E> {
    /// The value is there.
    Cached(Arc<T>),
    /// A fetch was in progress, and the caller joins it.
    Joined(Fetch<T, E>),
    /// No fetch was in progress, and one was started.
    Started(Fetch<T, E>),
    /// No fetch was in progress, and none may be started.
    Nothing,
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State { good: None, fetch: None })) }
    }
}

impl<T: Send + Sync + 'static, E: Clone + From<FetchError> + Send + Sync + 'static> Cached<T, E> {
    /// The value, if it is no older than `maximum_age`.
    pub(super) fn within(&self, maximum_age: Duration) -> Option<Arc<T>> {
        lock(&self.state).within(maximum_age)
    }

    /// The value, if it is no older than `maximum_age` and `suits`; otherwise the outcome of the fetch in progress, or
    /// of a new one. `None` if `begin` does not start one. A fetch that started before this call may fail, or return a
    /// value that does not suit, only because it started too early. In that case there is one more.
    pub(super) async fn get<F>(
        &self,
        maximum_age: Duration,
        suits: impl Fn(&T) -> bool,
        begin: impl Fn() -> Option<F>,
    ) -> Option<Outcome<T, E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut outcome = None;
        for _ in 0..2 {
            let fetched = match self.look(maximum_age, &suits, &begin) {
                Look::Cached(value) => return Some(Ok(value)),
                Look::Started(fetch) => return Some(outcome_of(fetch).await),
                Look::Joined(fetch) => outcome_of(fetch).await,
                Look::Nothing => return outcome,
            };
            let is_enough = fetched.as_ref().is_ok_and(|value| suits(value));
            outcome = Some(fetched);
            if is_enough {
                break;
            }
        }
        outcome
    }

    /// Finds the value, or joins or starts a fetch. One lock covers all of it, so there are never two fetches at once.
    fn look<F>(&self, maximum_age: Duration, suits: impl Fn(&T) -> bool, begin: impl Fn() -> Option<F>) -> Look<T, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut state = lock(&self.state);
        if let Some(value) = state.within(maximum_age).filter(|value| suits(value)) {
            return Look::Cached(value);
        }
        if let Some(fetch) = state.fetch.as_ref().filter(|fetch| is_under_way(fetch)) {
            return Look::Joined(fetch.clone());
        }
        let Some(work) = begin() else { return Look::Nothing };
        let (sender, fetch) = watch::channel(None);
        state.fetch = Some(fetch.clone());
        let shared = Arc::clone(&self.state);
        tokio::spawn(async move {
            let outcome = work.await.map(Arc::new);
            if let Ok(value) = &outcome {
                lock(&shared).good = Some((Arc::clone(value), Instant::now()));
            }
            sender.send_replace(Some(outcome));
        });
        Look::Started(fetch)
    }
}

impl<T, E> State<T, E> {
    fn within(&self, maximum_age: Duration) -> Option<Arc<T>> {
        let (value, fetched) = self.good.as_ref()?;
        (fetched.elapsed() <= maximum_age).then(|| Arc::clone(value))
    }
}

/// Whether the fetch is neither finished nor aborted. A task that dies, by a panic or with its thread, drops its
/// sender.
fn is_under_way<T, E>(fetch: &Fetch<T, E>) -> bool {
    fetch.borrow().is_none() && fetch.has_changed().is_ok()
}

async fn outcome_of<T, E: Clone + From<FetchError>>(mut fetch: Fetch<T, E>) -> Outcome<T, E> {
    let outcome = fetch.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
    outcome.unwrap_or_else(|| Err(FetchError::Aborted.into()))
}

fn lock<T, E>(state: &Mutex<State<T, E>>) -> MutexGuard<'_, State<T, E>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
impl<T, E> Cached<T, E> {
    /// A value that was fetched `age` ago.
    pub(super) fn holding(value: T, age: Duration) -> Self {
        let good = Some((Arc::new(value), Instant::now().checked_sub(age).unwrap()));
        Self { state: Arc::new(Mutex::new(State { good, fetch: None })) }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Ready, pending},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use futures_util::future::{join, join_all};
    use tokio::{runtime, sync::oneshot, time::timeout};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const NEW: Duration = Duration::from_secs(29);

    fn any<T>(_: &T) -> bool {
        true
    }

    #[tokio::test]
    async fn those_who_come_together_share_a_fetch_though_its_beginner_gives_up() {
        let (cached, fetches) = (Cached::<_, FetchError>::default(), AtomicUsize::new(0));
        let (finish, finished) = oneshot::channel::<usize>();
        let finished = Mutex::new(Some(finished));
        let begin = || {
            fetches.fetch_add(1, Ordering::SeqCst);
            let finished = finished.lock().unwrap().take()?;
            Some(async move { Ok(finished.await.unwrap()) })
        };
        let hasty = timeout(Duration::from_millis(1), cached.get(LONG, any, begin)).await;
        assert!(hasty.is_err(), "it waits no longer than it may");
        let patient = join_all((0..3).map(|_| cached.get(LONG, any, begin)));
        let (outcomes, ()) = join(patient, async { finish.send(7).unwrap() }).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Some(Ok(value)) if **value == 7)), "{outcomes:?}");
        assert_eq!((fetches.load(Ordering::SeqCst), cached.within(LONG).as_deref()), (1, Some(&7)));
    }

    #[tokio::test]
    async fn a_failure_replaces_nothing() {
        let cached = Cached::<_, FetchError>::holding(1, Duration::from_secs(30));
        let failed = cached.get(NEW, any, || Some(async { Err(FetchError::Aborted) })).await;
        assert!(matches!(failed, Some(Err(_))));
        assert_eq!(cached.within(LONG).as_deref(), Some(&1));
        assert_eq!(cached.within(NEW), None);
        cached.get(NEW, any, || Some(async { Ok(2) })).await;
        assert_eq!(cached.within(NEW).as_deref(), Some(&2));
    }

    /// A worker thread ends, and its tasks with it; or a fetch panics. The callers that wait for it fetch again.
    #[tokio::test]
    async fn nobody_waits_for_a_fetch_that_died() {
        let cached = Cached::<_, FetchError>::default();
        let worker = runtime::Builder::new_current_thread().build().unwrap();
        let begun = worker.enter();
        assert!(matches!(cached.look(NEW, any, || Some(pending())), Look::Started(_)));
        drop(begun);
        let waiting = cached.get(NEW, any, || Some(async { Ok(3) }));
        let (outcome, ()) = join(waiting, async { worker.shutdown_background() }).await;
        assert!(matches!(outcome, Some(Ok(value)) if *value == 3));

        let cached = Cached::<_, FetchError>::default();
        let broken = |()| -> Result<usize, FetchError> { panic!("a mistake of ours") };
        let outcome = cached.get(NEW, any, || Some(async move { broken(()) })).await;
        assert!(matches!(outcome, Some(Err(FetchError::Aborted))), "{outcome:?}");
        let outcome = cached.get(NEW, any, || Some(async { Ok(4) })).await;
        assert!(matches!(outcome, Some(Ok(value)) if *value == 4));
    }

    #[tokio::test]
    async fn a_fetch_that_began_too_early_is_followed_by_one_more() {
        let cached = Cached::<_, FetchError>::default();
        let early = cached.get(LONG, any, || Some(async { Ok(1) }));
        let late = cached.get(LONG, |value| *value == 2, || Some(async { Ok(2) }));
        let (early, late) = join(early, late).await;
        assert!(matches!((early, late), (Some(Ok(early)), Some(Ok(late))) if (*early, *late) == (1, 2)));
        assert_eq!(cached.within(LONG).as_deref(), Some(&2));
        let none = cached.get(LONG, |value| *value == 3, || None::<Ready<Result<usize, FetchError>>>).await;
        assert!(none.is_none(), "none may begin");
    }
}
