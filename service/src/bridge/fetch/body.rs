//! An answer's body: read as it comes, unpacked on the way, and bounded before and after.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;

use super::failure::Failure;
use crate::room::{Reserved, Room};

/// The first bytes of every gzip.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Room is taken in steps of at least this size.
const STEP_BYTES: usize = 64 * 1024;

/// So much is unpacked before others have a turn: about a millisecond's work.
const TURN_BYTES: usize = 256 * 1024;

/// Why there are no more chunks although the body has not ended.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Cut {
    #[error("the connection ended")]
    Broken,
    #[error("the body is too long")]
    TooLong,
}

type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// The body, unpacked once when its content encoding or its first bytes say gzip, and the room it takes.
pub(super) async fn read(
    answer: Response<Incoming>,
    max_bytes: usize,
    room: &Room,
) -> Result<(Bytes, Reserved), Failure> {
    let (head, body) = answer.into_parts();
    let says_gzip = says_gzip(&head.headers)?;
    let mut chunks = chunks(body, max_wire_bytes(max_bytes));
    let mut first = BytesMut::new();
    while first.len() < MAGIC.len()
        && let Some(chunk) = chunks.next().await
    {
        first.extend_from_slice(&chunk.map_err(|error| failure(&error, max_bytes))?);
    }
    let is_gzip = first.starts_with(&MAGIC);
    // A store may mark an empty object as gzip, too.
    if says_gzip && !is_gzip && !first.is_empty() {
        return Err(Failure::NotGzip);
    }
    let whole = StreamReader::new(stream::once(std::future::ready(Ok(first.freeze()))).chain(chunks));
    if is_gzip {
        let mut unpacked = GzipDecoder::new(whole);
        unpacked.multiple_members(true);
        collect(unpacked, max_bytes, room).await
    } else {
        collect(whole, max_bytes, room).await
    }
}

fn says_gzip(headers: &HeaderMap) -> Result<bool, Failure> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = match (encodings.next(), encodings.next()) {
        (None, _) => return Ok(false),
        (Some(encoding), None) => encoding.to_str().map_err(|_| Failure::Encoding)?.trim(),
        // Encoded twice.
        (Some(_), Some(_)) => return Err(Failure::Encoding),
    };
    match encoding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "" | "identity" => Ok(false),
        _ => Err(Failure::Encoding),
    }
}

/// What may come over the wire: packing makes bytes that do not pack a little longer. A bound of its own, because a gzip of
/// very many empty parts unpacks to nothing.
fn max_wire_bytes(max_bytes: usize) -> usize {
    max_bytes.saturating_add(max_bytes / 64).saturating_add(1024)
}

/// The body's chunks; after each the others have a turn.
fn chunks(body: Incoming, max_bytes: usize) -> Chunks {
    let chunks = body.into_data_stream().scan(0usize, move |total, chunk| {
        let chunk = chunk.map_err(|_| io::Error::other(Cut::Broken)).and_then(|chunk| {
            *total = total.saturating_add(chunk.len());
            if max_bytes < *total { Err(io::Error::other(Cut::TooLong)) } else { Ok(chunk) }
        });
        async move {
            tokio::task::yield_now().await;
            Some(chunk)
        }
    });
    chunks.boxed()
}

/// All bytes of `source`. Room is taken as they arrive, not as they are announced.
async fn collect(source: impl AsyncRead + Unpin, max_bytes: usize, room: &Room) -> Result<(Bytes, Reserved), Failure> {
    let mut source = source.take((max_bytes as u64).saturating_add(1));
    let mut reserved = room.reserve(0).ok_or(Failure::NoRoom)?;
    let mut bytes = Vec::new();
    let mut turn_bytes = 0;
    loop {
        if bytes.len() == bytes.capacity() {
            let more = bytes.len().max(STEP_BYTES);
            reserved.grow(room, bytes.len().saturating_add(more)).ok_or(Failure::NoRoom)?;
            bytes.reserve_exact(more);
        }
        let read = source.read_buf(&mut bytes).await.map_err(|error| failure(&error, max_bytes))?;
        if max_bytes < bytes.len() {
            return Err(Failure::TooLarge { max_bytes });
        }
        if read == 0 {
            break;
        }
        turn_bytes += read;
        if TURN_BYTES <= turn_bytes {
            turn_bytes = 0;
            tokio::task::yield_now().await;
        }
    }
    bytes.shrink_to_fit();
    reserved.shrink(bytes.len());
    Ok((Bytes::from(bytes), reserved))
}

/// What ended the reading: the body, or else the gzip in it.
fn failure(error: &io::Error, max_bytes: usize) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Cut>()) {
        Some(Cut::Broken) => Failure::Broken,
        Some(Cut::TooLong) => Failure::TooLarge { max_bytes },
        None if error.kind() == io::ErrorKind::UnexpectedEof => Failure::GzipEnds,
        None => Failure::GzipDamaged,
    }
}
