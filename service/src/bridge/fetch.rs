//! Inputs by URL: fetched when a script opens a reader, from origins that the operator listed and from nowhere else.
//!
//! What a plain HTTP client does not do by itself is not done here: no redirects, no proxies out of the environment, no
//! cookies, no other protocols. Nothing of the address, the headers or the answer's text is in a [`Failure`], so none of it can
//! reach a script, a log or a metric.

mod body;
mod client;
mod failure;
mod share;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arbex_room::Room;
use arbex_traces::{fail, note};
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

pub use client::CaBundle;
pub(super) use failure::Failure;
pub(super) use share::Share;

use super::spans::CallSpans;
use crate::call::{Location, Origin};
use crate::run::{FetchTally, Fetched};
use client::HttpClient;
use share::Rooms;

const MIB: usize = 1024 * 1024;

/// The operator's side of fetching.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// What may be fetched from; empty: nothing.
    pub origins: Vec<Origin>,
    /// Authorities that may sign a server's certificate, beside the public ones.
    pub ca: CaBundle,
    /// Longest input, unpacked, in bytes.
    pub max_bytes: usize,
    /// Room for the fetched inputs of all runs together, in bytes.
    pub budget_bytes: usize,
    /// Longest fetch, from looking up the name to the last byte, in milliseconds.
    pub timeout_ms: u64,
    /// Longest wait for a connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Fetches of one run at once.
    pub max_fetches: usize,
    /// Large inputs, of all runs together, that are worked on at once; as many are unpacked at once.
    pub max_workers: usize,
}

impl FetchSettings {
    /// Room for the fetched inputs of one run: half of it all, so that one run alone leaves some to others, but never too little
    /// for the longest input.
    fn max_run_bytes(&self) -> usize {
        (self.budget_bytes / 2).max(self.max_bytes)
    }
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            ca: CaBundle::default(),
            max_bytes: 64 * MIB,
            budget_bytes: 512 * MIB,
            timeout_ms: 10_000,
            connect_timeout_ms: 3_000,
            max_fetches: 16,
            max_workers: 1,
        }
    }
}

/// Fetches for all runs; connections are kept for the next.
pub struct Fetcher {
    client: HttpClient,
    room: Arc<Room>,
    /// Who unpacks now.
    unpacking: Arc<Semaphore>,
    /// Who works on a large input now. Its copies are counted only when they stay, so there must be few of those that pass.
    working: Arc<Semaphore>,
    settings: FetchSettings,
}

impl Fetcher {
    /// Nothing is looked up or connected to before the first fetch.
    ///
    /// # Errors
    ///
    /// When the TLS library refuses its settings: a defect.
    pub fn new(settings: FetchSettings) -> Result<Self, String> {
        let connect_timeout = Duration::from_millis(settings.connect_timeout_ms);
        let client = client::new(&settings.ca, connect_timeout)?;
        let [unpacking, working] = [(); 2].map(|()| Arc::new(Semaphore::new(settings.max_workers)));
        Ok(Self { client, room: Arc::new(Room::new(settings.budget_bytes)), unpacking, working, settings })
    }

    /// Memory that fetched inputs hold now, in bytes.
    pub fn in_use_bytes(&self) -> u64 {
        self.settings.budget_bytes.saturating_sub(self.room.left_bytes()) as u64
    }

    async fn fetch(&self, location: &Location, share: Share) -> Result<(Bytes, Share), Failure> {
        let fetch = async {
            let answer = client::get(&self.client, location).await?;
            body::read(answer, self.settings.max_bytes, share, &self.unpacking).await
        };
        let timeout_ms = self.settings.timeout_ms;
        let fetched = tokio::time::timeout(Duration::from_millis(timeout_ms), fetch).await;
        fetched.unwrap_or(Err(Failure::Late { timeout_ms }))
    }
}

/// The fetches of one run.
pub(super) struct Fetches {
    fetcher: Arc<Fetcher>,
    at_once: Arc<Semaphore>,
    rooms: Arc<Rooms>,
    tally: Mutex<FetchTally>,
    spans: CallSpans,
}

/// What a fetched input takes until its reader has it: a place among the run's fetches, and room for its bytes.
pub(super) struct Held {
    permit: OwnedSemaphorePermit,
    share: Share,
}

impl Fetches {
    pub(super) fn new(fetcher: Arc<Fetcher>) -> Self {
        let at_once = Arc::new(Semaphore::new(fetcher.settings.max_fetches));
        let rooms = Arc::new(Rooms::new(Arc::clone(&fetcher.room), fetcher.settings.max_run_bytes()));
        Self { fetcher, at_once, rooms, tally: Mutex::default(), spans: CallSpans::default() }
    }

    /// The bytes at `location`, unpacked. The fetch goes on while the script computes; dropping the future ends it.
    pub(super) async fn fetch(&self, location: &Arc<Location>) -> Result<(Bytes, Held), Failure> {
        let span = self.spans.call("fetch");
        let fetched = self.fetch_listed(location).instrument(span.clone()).await;
        match &fetched {
            Ok((bytes, _)) => note(&span, "arbex.fetched_bytes", i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
            Err(failure) => fail(&span, failure.result().as_str()),
        }
        // Of an origin that is not listed the operator knows nothing: it is a caller's text.
        if !span.is_disabled() && !matches!(fetched, Err(Failure::NotListed)) {
            note(&span, "server.address", location.origin().host().to_owned());
            note(&span, "server.port", i64::from(location.origin().port()));
        }
        fetched
    }

    async fn fetch_listed(&self, location: &Arc<Location>) -> Result<(Bytes, Held), Failure> {
        if !self.fetcher.settings.origins.contains(location.origin()) {
            // The origin alone, and only for who looks: it is what the operator would have to list.
            tracing::debug!(origin = %location.origin(), "an input's origin is not listed");
            self.with_tally(|tally| tally.refuse());
            return Err(Failure::NotListed);
        }
        // It is never closed.
        let permit = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| Failure::Broken)?;
        self.with_tally(FetchTally::begin);
        let began = Instant::now();
        let (fetcher, location, rooms) = (Arc::clone(&self.fetcher), Arc::clone(location), Arc::clone(&self.rooms));
        let fetch = async move { fetcher.fetch(&location, rooms.share()?).await };
        let task = AbortOnDropHandle::new(tokio::spawn(fetch));
        // A task that was not aborted fails to be joined only when it panicked; the panic hook has told where.
        let fetched = task.await.unwrap_or(Err(Failure::Broken));
        let (result, bytes) = match &fetched {
            Ok((bytes, _)) => (Fetched::Ok, bytes.len()),
            Err(failure) => (failure.result(), 0),
        };
        self.with_tally(|tally| tally.end(result, bytes as u64, began.elapsed()));
        fetched.map(|(bytes, share)| (bytes, Held { permit, share }))
    }

    /// What was fetched so far; what is under way counts as cancelled.
    pub(super) fn tally(&self) -> FetchTally {
        self.with_tally(|tally| tally.clone())
    }

    /// A turn to work on a large input, wherever it came from: a few of all runs do at once.
    pub(super) async fn turn_to_work(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.fetcher.working).acquire_owned().await.ok()
    }

    fn with_tally<R>(&self, work: impl FnOnce(&mut FetchTally) -> R) -> R {
        work(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    /// What its bytes take, to be made larger or smaller with what becomes of them.
    pub(super) fn share(&mut self) -> &mut Share {
        &mut self.share
    }

    /// The share alone, for bytes that stay at the host: another fetch may begin.
    pub(super) fn into_share(self) -> Share {
        drop(self.permit);
        self.share
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn all_runs_share_the_turns_to_work() {
        let fetcher = Fetcher::new(FetchSettings { max_workers: 2, ..FetchSettings::default() });
        let fetcher = Arc::new(fetcher.unwrap());
        let [one, other] = [(); 2].map(|()| Fetches::new(Arc::clone(&fetcher)));
        let turns = (one.turn_to_work().now_or_never(), other.turn_to_work().now_or_never());
        assert!(matches!(turns, (Some(Some(_)), Some(Some(_)))));
        assert!(one.turn_to_work().now_or_never().is_none());
        drop(turns);
        assert!(matches!(one.turn_to_work().now_or_never(), Some(Some(_))));
    }
}
