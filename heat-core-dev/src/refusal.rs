//! Why the Core does not do what a request asks.

use serde_json::{Value, json};

/// A status and a sentence for a person.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{status}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong: the field or the id, and what would be right.
    pub message: String,
}

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    pub(crate) fn unauthorised(message: impl Into<String>) -> Self {
        Self { status: 401, message: message.into() }
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: 403, message: message.into() }
    }

    pub(crate) fn absent(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self { status: 409, message: message.into() }
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "message": self.message })
    }
}
