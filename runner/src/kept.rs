//! What Core told and is the same for many tasks, kept for a short time: asking it anew for each task is most of what small tasks cost.
//! Nodes, their states and their outputs are never kept: a task is about what they are now.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Beyond so many things all are forgotten, so that a runner that meets many sessions does not grow.
const MAX_KEPT: usize = 1000;

/// Things by key, each for the same time after it was told.
#[derive(Debug)]
pub struct Kept<K, V> {
    lifetime: Duration,
    slots: Mutex<HashMap<K, Slot<V>>>,
}

/// Locked while it is asked for, so that tasks that begin at once ask once.
type Slot<V> = Arc<tokio::sync::Mutex<Option<(Instant, V)>>>;

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// With nothing in it; a lifetime of 0 keeps nothing.
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, slots: Mutex::default() }
    }

    /// What is kept, or else what `ask` gives. What goes wrong is not kept.
    ///
    /// # Errors
    ///
    /// Those of `ask`.
    pub async fn get<E>(&self, key: K, ask: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        if self.lifetime.is_zero() {
            return ask.await;
        }
        let slot = self.slot(key);
        let mut slot = slot.lock().await;
        if let Some((told, value)) = &*slot
            && told.elapsed() < self.lifetime
        {
            return Ok(value.clone());
        }
        // From before it was asked: what changes meanwhile is known as late as what changes just after.
        let asked = Instant::now();
        let value = ask.await?;
        *slot = Some((asked, value.clone()));
        Ok(value)
    }

    /// Asks again the next time.
    pub fn forget(&self, key: &K) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn slot(&self, key: K) -> Slot<V> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_KEPT && !slots.contains_key(&key) {
            slots.clear();
        }
        slots.entry(key).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_is_asked_once_a_lifetime_and_errors_are_not_kept() {
        let lifetime = Duration::from_secs(5);
        let kept = Kept::new(lifetime);
        let asked = &Cell::new(0);
        let ask = |answer: Result<i32, ()>| async move {
            asked.set(asked.get() + 1);
            answer
        };
        assert_eq!(kept.get("a", ask(Err(()))).await, Err(()));
        assert_eq!(kept.get("a", ask(Ok(1))).await, Ok(1));
        tokio::time::advance(lifetime - Duration::from_millis(1)).await;
        assert_eq!((kept.get("a", ask(Ok(2))).await, asked.get()), (Ok(1), 2));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!((kept.get("a", ask(Ok(3))).await, asked.get()), (Ok(3), 3));
        kept.forget(&"a");
        assert_eq!((kept.get("a", ask(Ok(4))).await, asked.get()), (Ok(4), 4));

        let nothing = Kept::new(Duration::ZERO);
        for answer in [1, 2] {
            assert_eq!(nothing.get("a", ask(Ok(answer))).await, Ok(answer));
        }
    }

    #[tokio::test]
    async fn it_does_not_grow_beyond_its_bound() {
        let kept = Kept::new(Duration::from_secs(5));
        for key in 0..MAX_KEPT {
            kept.get(key, async { Ok::<_, ()>(()) }).await.unwrap();
        }
        assert_eq!(kept.slots.lock().unwrap().len(), MAX_KEPT);
        kept.get(MAX_KEPT, async { Ok::<_, ()>(()) }).await.unwrap();
        assert_eq!(kept.slots.lock().unwrap().len(), 1);
    }
}
