//! What was asked, in order: tests compare it with what another client asks.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Counts from 1.
    pub sequence: u64,
    /// `GET`
    pub method: String,
    /// As it was sent, with its escapes.
    pub path: String,
    /// What follows `?`.
    pub query: Option<String>,
    /// The whole header.
    pub authorization: Option<String>,
    /// The whole header.
    pub content_type: Option<String>,
    /// JSON where it is JSON, else a string; `None` when there is none.
    pub body: Option<Value>,
    /// What was answered; `None` for an answer that never began.
    pub status: Option<u16>,
    /// Whether a [`crate::Fault`] happened to it.
    pub faulted: bool,
}

/// The last requests; older ones are forgotten, so that a soak test does not fill the memory.
#[derive(Debug)]
pub(crate) struct Log {
    kept: usize,
    requests: VecDeque<LoggedRequest>,
    last: u64,
}

impl Log {
    pub(crate) fn new(kept: usize) -> Self {
        Self { kept, requests: VecDeque::new(), last: 0 }
    }

    pub(crate) fn push(&mut self, mut request: LoggedRequest) -> u64 {
        self.last += 1;
        request.sequence = self.last;
        self.requests.push_back(request);
        while self.requests.len() > self.kept {
            self.requests.pop_front();
        }
        self.last
    }

    pub(crate) fn answered(&mut self, sequence: u64, status: u16) {
        if let Some(request) = self.requests.iter_mut().rev().find(|request| request.sequence == sequence) {
            request.status = Some(status);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }
}
