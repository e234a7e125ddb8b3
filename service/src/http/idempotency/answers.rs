//! The answers that are kept, and the keys under way.
//!
//! Made by hand: the caches at hand throw away what is least asked for, and bound either entries or bytes. Here all entries live
//! equally long, so the oldest is also the next to expire, and one queue says both.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

// Its clock can be stopped in tests.
use tokio::time::Instant;

use crate::http::answer::Answer;
use crate::metrics::{Metrics, Unkept};
use crate::settings::IdempotencySettings;

/// What an entry costs beside its body: digests, pointers, its places in map and queue.
pub(super) const ENTRY_BYTES: u64 = 256;

/// An answer may take one part in so many of all bytes: the callers share them, and whoever has a few large answers must not
/// push out those of all others.
const PARTS: u64 = 16;

/// The SHA-256 of a caller and its key.
pub(super) type KeyDigest = [u8; 32];

/// The SHA-256 of all that an answer depends on.
pub(super) type RequestDigest = [u8; 32];

/// What is known of a key.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// Its run has not ended.
    UnderWay { request: RequestDigest },
    /// Its run has ended.
    Answered { request: RequestDigest, answer: Answer },
}

/// What there was of a key when somebody asked.
pub(super) enum Found<'a> {
    /// Nothing; it is under way now.
    Nothing(Turn<'a>),
    /// Somebody asked before.
    Entry(Entry),
}

/// All of them.
pub(in crate::http) struct Answers {
    settings: IdempotencySettings,
    metrics: Arc<Metrics>,
    table: Mutex<Table>,
}

/// How much is kept now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct AnswersState {
    /// Answers.
    pub(in crate::http) entries: u64,
    /// Their weight, in bytes.
    pub(in crate::http) bytes: u64,
}

#[derive(Default)]
struct Table {
    entries: HashMap<KeyDigest, Entry>,
    /// Those that are answered, the oldest first; what is under way has no place here, and goes by itself.
    answered: VecDeque<(Instant, KeyDigest)>,
    bytes: u64,
}

impl Answers {
    pub(in crate::http) fn new(settings: IdempotencySettings, metrics: Arc<Metrics>) -> Self {
        Self { settings, metrics, table: Mutex::default() }
    }

    /// What is known of `key`. If that is nothing, whoever asks has its turn.
    pub(super) fn ask(&self, key: KeyDigest, request: RequestDigest) -> Found<'_> {
        let mut table = self.fresh();
        if let Some(entry) = table.entries.get(&key) {
            return Found::Entry(entry.clone());
        }
        table.entries.insert(key, Entry::UnderWay { request });
        Found::Nothing(Turn { answers: self, key, request, ended: false })
    }

    /// For the metrics.
    pub(in crate::http) fn state(&self) -> AnswersState {
        let table = self.fresh();
        AnswersState { entries: table.answered.len() as u64, bytes: table.bytes }
    }

    fn keep(&self, key: KeyDigest, request: RequestDigest, answer: Answer) {
        let mut table = self.fresh();
        table.bytes += weight(&answer);
        table.entries.insert(key, Entry::Answered { request, answer });
        table.answered.push_back((Instant::now(), key));
        while self.settings.max_entries < table.answered.len() || self.settings.max_bytes < table.bytes {
            table.drop_oldest();
            self.metrics.idempotency.record_dropped(Unkept::PushedOut);
        }
    }

    /// The table without what has expired.
    fn fresh(&self) -> MutexGuard<'_, Table> {
        // Nothing in here panics half-way.
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let lifetime = Duration::from_millis(self.settings.lifetime_ms);
        while table.answered.front().is_some_and(|(since, _)| lifetime <= since.elapsed()) {
            table.drop_oldest();
        }
        table
    }
}

impl Table {
    fn drop_oldest(&mut self) {
        let Some((_, key)) = self.answered.pop_front() else { return };
        if let Some(Entry::Answered { answer, .. }) = self.entries.remove(&key) {
            self.bytes = self.bytes.saturating_sub(weight(&answer));
        }
    }
}

fn weight(answer: &Answer) -> u64 {
    ENTRY_BYTES + answer.len() as u64
}

/// The turn of a call that is the first under its key. Dropped without an answer (the client hung up, nothing came of it), the
/// key is free again.
pub(in crate::http) struct Turn<'a> {
    answers: &'a Answers,
    key: KeyDigest,
    request: RequestDigest,
    ended: bool,
}

impl Turn<'_> {
    /// Ends with an answer, to be kept as long as there is room for it.
    pub(in crate::http) fn end(mut self, answer: &Answer) {
        if self.answers.settings.max_bytes / PARTS < weight(answer) {
            self.answers.metrics.idempotency.record_dropped(Unkept::TooLong);
            return;
        }
        self.ended = true;
        // Packed it has no room to spare beyond its length, which is what is counted.
        self.answers.keep(self.key, self.request, answer.packed());
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.answers.fresh().entries.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(max_entries: usize, max_bytes: u64) -> Answers {
        let settings = IdempotencySettings { max_entries, max_bytes, lifetime_ms: 1000 };
        Answers::new(settings, Arc::new(Metrics::new().unwrap()))
    }

    /// Asks as the first, and answers with so many bytes.
    fn answer(answers: &Answers, key: u8, length: usize) {
        match answers.ask([key; 32], [key; 32]) {
            Found::Nothing(turn) => turn.end(&Answer::of_bytes(vec![key; length])),
            Found::Entry(entry) => panic!("{key}: {entry:?}"),
        }
    }

    /// Looks without leaving a trace.
    fn kept(answers: &Answers, key: u8) -> bool {
        matches!(answers.ask([key; 32], [key; 32]), Found::Entry(Entry::Answered { .. }))
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_lives_as_long_as_it_is_said() {
        let answers = answers(10, 1 << 20);
        answer(&answers, 1, 100);
        tokio::time::advance(Duration::from_millis(500)).await;
        answer(&answers, 2, 50);
        tokio::time::advance(Duration::from_millis(499)).await;
        assert!(kept(&answers, 1) && kept(&answers, 2));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!kept(&answers, 1) && kept(&answers, 2));
        assert_eq!(answers.state(), AnswersState { entries: 1, bytes: ENTRY_BYTES + 50 });
        // Nobody asks any more, and still it goes.
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(answers.state(), AnswersState { entries: 0, bytes: 0 });
        assert!(answers.table.lock().unwrap().entries.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_makes_room() {
        let by_count = answers(16, 1 << 20);
        let by_bytes = answers(100, 32 * ENTRY_BYTES);
        // Sixteen of this length fill the bytes to the last.
        let length = ENTRY_BYTES as usize;
        for answers in [by_count, by_bytes] {
            for key in 1..=16 {
                answer(&answers, key, length);
            }
            // Being asked for does not make an answer younger.
            assert!((1..=16).all(|key| kept(&answers, key)));
            answer(&answers, 17, length);
            assert!(!kept(&answers, 1) && (2..=17).all(|key| kept(&answers, key)));
            assert_eq!(answers.state(), AnswersState { entries: 16, bytes: 32 * ENTRY_BYTES });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_has_a_sixteenth_of_the_room() {
        let answers = answers(100, 32 * ENTRY_BYTES);
        answer(&answers, 1, ENTRY_BYTES as usize);
        answer(&answers, 2, ENTRY_BYTES as usize + 1);
        assert!(kept(&answers, 1), "one that is not kept pushes out nothing");
        assert!(!kept(&answers, 2));
        assert_eq!(answers.state(), AnswersState { entries: 1, bytes: 2 * ENTRY_BYTES });
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_to_nothing_leaves_nothing() {
        let answers = answers(1, 1 << 20);
        let Found::Nothing(turn) = answers.ask([1; 32], [7; 32]) else { panic!("there was something") };
        // What is under way neither expires nor is pushed out, however long it takes.
        answer(&answers, 2, 10);
        answer(&answers, 3, 10);
        tokio::time::advance(Duration::from_secs(60)).await;
        let found = answers.ask([1; 32], [8; 32]);
        assert!(matches!(found, Found::Entry(Entry::UnderWay { request }) if request == [7; 32]));
        drop(turn);
        assert!(!kept(&answers, 1));
        assert!(answers.table.lock().unwrap().entries.is_empty());
    }
}
