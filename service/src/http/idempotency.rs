//! `Idempotency-Key`: whoever asks again for what was answered gets that answer, and no second run.
//!
//! What is kept is the answer to a run that came to an end, whatever its `status`: the run is done, and so is what it did. A
//! problem is never kept. One that the request brought on itself comes out the same each time, and costs little; one that
//! speaks of a shortage, of a stop or of our own defect may be gone by the next attempt.
//!
//! A run whose client hangs up ends, key or no key, and leaves nothing behind: the same key runs it again. Letting it go on
//! would lend slots to clients that are gone, and would keep nobody's effects single, because a service that is killed forgets
//! them all the same. What a script does outside (`exec`) must bear being done twice.

mod answers;
mod key;

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::App;
use super::answer::Answer;
use super::execute::INLINE_DECODE_BYTES;
use super::problem::Problem;
use super::request::{Form, JsonBody};
use crate::caller::Caller;
use crate::metrics::Repeat;

pub(super) use answers::{Answers, Turn};
use answers::{Entry, Found};
pub(super) use key::IdempotencyKey;

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a call with a key has to do.
pub(super) enum Asked<'a> {
    /// Run, and keep the answer.
    First(Turn<'a>),
    /// Nothing more: this is the answer.
    Again(Response),
}

/// In the extensions of an answer: it was kept, and nothing was run for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replayed;

/// Whether this call is the first under its key.
pub(super) async fn ask<'a>(
    app: &'a App,
    caller: &Caller,
    key: &IdempotencyKey,
    form: Form,
    body: &JsonBody,
) -> Result<Asked<'a>, Problem> {
    let request = digest_request(form, body).await?;
    let (repeat, asked) = match app.answers.ask(digest_key(caller, key), request) {
        Found::Nothing(turn) => (Repeat::First, Ok(Asked::First(turn))),
        Found::Entry(Entry::Answered { request: known, answer }) if known == request => {
            (Repeat::Replayed, Ok(Asked::Again(replay(answer))))
        }
        Found::Entry(Entry::UnderWay { request: known }) if known == request => {
            (Repeat::UnderWay, Err(Problem::IdempotencyKeyInUse))
        }
        Found::Entry(_) => (Repeat::OtherRequest, Err(Problem::IdempotencyKeyReused)),
    };
    app.metrics.idempotency.record(repeat);
    asked
}

/// Callers choose their keys by themselves, so two may choose the same one. Only digests are kept: they take little room, and
/// nobody reads a key out of them.
fn digest_key(caller: &Caller, IdempotencyKey(key): &IdempotencyKey) -> [u8; 32] {
    let digest = Sha256::new().chain_update((caller.name.len() as u64).to_le_bytes());
    digest.chain_update(caller.name.as_bytes()).chain_update(key).finalize().into()
}

/// All that an answer depends on: its form, and the body. A long body is read beside the workers, as it is when it is decoded.
async fn digest_request(form: Form, body: &JsonBody) -> Result<[u8; 32], Problem> {
    let digest = move |body: &[u8]| {
        let (name, value) = form.parameter();
        let form = Sha256::new().chain_update(name).chain_update([0]).chain_update(value).chain_update([0]);
        form.chain_update(body).finalize().into()
    };
    if body.bytes.len() <= INLINE_DECODE_BYTES {
        return Ok(digest(&body.bytes));
    }
    // With its room: a client that hangs up meanwhile gives none of it back too early.
    let JsonBody { bytes, room } = body.clone();
    let digested = tokio::task::spawn_blocking(move || {
        let _room = room;
        digest(&bytes)
    });
    let digested = digested.await;
    digested.map_err(|error| Problem::Internal { cause: format!("digest of a body: {error}") })
}

/// The kept answer; all headers that are not its own are those of this request. It has no `Server-Timing`: nothing was timed.
fn replay(answer: Answer) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response.extensions_mut().insert(Replayed);
    response
}
