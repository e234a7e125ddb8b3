//! The answer to a call that came to an end: its form and its bytes. It may be kept, and given again.

use arbex_api::{Persistence, Status, document};
use axum::body::Bytes;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::request::Form;
use crate::envelope::{envelope, reason};
use crate::profile::{Format, Profile};
use crate::run::Run;

/// How the run ended, where the body does not say it.
const ARBEX_STATUS: HeaderName = HeaderName::from_static("arbex-status");

/// The answer to one call; clones share its bytes.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    form: Form,
    status: Status,
    body: Bytes,
}

impl Answer {
    /// What `form` asks to be told of `run`. The profile of a script that was never run is empty.
    pub(super) fn of(run: Run, form: Form, persistence: Persistence, snapshot: &str) -> Result<Self, Problem> {
        let status = if reason(&run.outcome).is_none() { Status::Success } else { Status::Error };
        let body = match form {
            Form::Envelope => serde_json::to_vec(&envelope(run, snapshot)).map_err(|error| error.to_string()),
            Form::Document => {
                serde_json::to_vec(&document(&envelope(run, snapshot), persistence)).map_err(|error| error.to_string())
            }
            Form::Profile(format) => {
                let file = run.profile.as_ref().unwrap_or(&Profile::default()).file(format);
                file.map_err(|error| format!("the profile: {error}"))
            }
        };
        Ok(Self { form, status, body: body.map_err(|cause| Problem::Internal { cause })?.into() })
    }

    /// An envelope of these bytes.
    #[cfg(test)]
    pub(super) fn of_bytes(body: Vec<u8>) -> Self {
        Self { form: Form::Envelope, status: Status::Success, body: body.into() }
    }

    /// Its length, in bytes.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    /// The same with bytes of its own, which take no more room than their length.
    pub(super) fn packed(&self) -> Self {
        Self { body: Bytes::copy_from_slice(&self.body), ..self.clone() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.form {
            Form::Envelope | Form::Document => {
                ([(header::CONTENT_TYPE, "application/json")], self.body).into_response()
            }
            Form::Profile(format) => (file_headers(format, self.status), self.body).into_response(),
        }
    }
}

/// A picture can hold scripts: it is to be kept, not to be shown by a browser as a page of ours.
fn file_headers(format: Format, status: Status) -> [(HeaderName, String); 4] {
    let extension = format.extensions().first().copied().unwrap_or_default();
    [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"arbex-profile.{extension}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (ARBEX_STATUS, status.as_str().to_owned()),
    ]
}
