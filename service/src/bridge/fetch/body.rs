//! An answer's body: read as it comes, unpacked on the way, and bounded before and after.

use std::io;
use std::sync::Arc;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::StreamReader;

use super::failure::Failure;
use super::share::Share;

/// The first bytes of every gzip.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Room is taken in steps of at least this size.
const STEP_BYTES: usize = 64 * 1024;

/// So much is unpacked before others have a turn: about a millisecond's work.
const TURN_BYTES: usize = 256 * 1024;

/// So much is given to unpack before others have a turn, since it may come to nothing: of empty parts, each of 20 bytes, that is
/// about a millisecond's work as well.
const PIECE_BYTES: usize = 4 * 1024;

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
    share: Share,
    unpacking: &Arc<Semaphore>,
) -> Result<(Bytes, Share), Failure> {
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
    let first = first.freeze();
    if is_gzip {
        collect(unpacked(first, chunks, Arc::clone(unpacking)), max_bytes, share).await
    } else {
        let whole = stream::once(std::future::ready(Ok(first))).chain(chunks);
        collect(StreamReader::new(whole), max_bytes, share).await
    }
}

/// What is in the gzip. Unpacking is work, and anybody may ask for very much of it: few do it at a time, and each only a piece
/// before it is another's turn.
fn unpacked(first: Bytes, chunks: Chunks, unpacking: Arc<Semaphore>) -> impl AsyncRead + Unpin {
    let packed = Packed { rest: first, chunks, unpacking, turn: None };
    let pieces = stream::unfold(packed, |mut packed| async move {
        // Nobody keeps others waiting while it waits itself.
        packed.turn = None;
        tokio::task::yield_now().await;
        while packed.rest.is_empty() {
            match packed.chunks.next().await? {
                Ok(chunk) => packed.rest = chunk,
                Err(error) => return Some((Err(error), packed)),
            }
        }
        packed.turn = Arc::clone(&packed.unpacking).acquire_owned().await.ok();
        let piece = packed.rest.split_to(PIECE_BYTES.min(packed.rest.len()));
        Some((Ok(piece), packed))
    });
    let mut unpacked = GzipDecoder::new(StreamReader::new(pieces.boxed()));
    unpacked.multiple_members(true);
    unpacked
}

/// A gzip, a piece at a time.
struct Packed {
    rest: Bytes,
    chunks: Chunks,
    unpacking: Arc<Semaphore>,
    /// Held while the last piece is unpacked: until another is asked for.
    turn: Option<OwnedSemaphorePermit>,
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
async fn collect(
    source: impl AsyncRead + Unpin,
    max_bytes: usize,
    mut share: Share,
) -> Result<(Bytes, Share), Failure> {
    let mut source = source.take((max_bytes as u64).saturating_add(1));
    let mut bytes = Vec::new();
    let mut turn_bytes = 0;
    loop {
        if bytes.len() == bytes.capacity() {
            // Twice as much, up to the byte that would be too many. That one is not counted: the longest input must fit where
            // there is just room for it.
            let more = bytes.len().max(STEP_BYTES).min(max_bytes.saturating_add(1).saturating_sub(bytes.len()));
            share.grow(bytes.len().saturating_add(more).min(max_bytes))?;
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
    share.shrink(bytes.len());
    Ok((Bytes::from(bytes), share))
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

#[cfg(test)]
mod tests {
    use async_compression::tokio::write::GzipEncoder;
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn empty_parts(bytes: usize) -> Bytes {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.shutdown().await.unwrap();
        let part = encoder.into_inner();
        Bytes::from(part.repeat(bytes / part.len()))
    }

    // On one thread, where whoever does not give up its turn is all that runs.
    #[tokio::test]
    async fn others_have_their_turns_while_nothing_comes_of_a_gzip() {
        const PIECES: usize = 16;
        // In one chunk.
        let packed = empty_parts(PIECES * PIECE_BYTES).await;
        let neighbour = async {
            for _ in 0..PIECES {
                tokio::task::yield_now().await;
            }
        };
        let turns = Arc::new(Semaphore::new(1));
        let mut source = unpacked(packed, stream::empty().boxed(), Arc::clone(&turns));
        let mut bytes = Vec::new();
        tokio::select! {
            biased;
            read = source.read_to_end(&mut bytes) => panic!("{read:?} before the neighbour had {PIECES} turns"),
            () = neighbour => {}
        }
        assert_eq!(source.read_to_end(&mut bytes).await.unwrap(), 0);
        assert_eq!(turns.available_permits(), 1);
    }

    #[tokio::test]
    async fn who_waits_for_more_of_a_gzip_leaves_the_turn_to_others() {
        let turns = Arc::new(Semaphore::new(1));
        let packed = empty_parts(1024).await;
        let mut waiting = unpacked(packed.clone(), stream::pending().boxed(), Arc::clone(&turns));
        let mut bytes = Vec::new();
        let mut ready = unpacked(packed, stream::empty().boxed(), Arc::clone(&turns));
        tokio::select! {
            biased;
            _ = waiting.read_u8() => panic!("there is nothing to read"),
            read = ready.read_to_end(&mut bytes) => assert_eq!(read.unwrap(), 0),
        }
        // Without a turn nothing is unpacked.
        let _others = Arc::clone(&turns).acquire_owned().await.unwrap();
        let mut third = unpacked(empty_parts(1024).await, stream::empty().boxed(), turns);
        assert!(futures_util::poll!(std::pin::pin!(third.read_u8())).is_pending());
    }
}
