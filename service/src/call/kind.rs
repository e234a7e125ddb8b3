//! What the bytes of an input most likely are (decision 4): the reader hint, else the content type, else the extension
//! of the data path, else a look at the bytes.

use arbex_api::{InputKind, ReaderHint};
use serde::de::IgnoredAny;

use super::{Content, InlineForm};

/// How far into the bytes delimited text is looked for.
const SAMPLE_BYTES: usize = 64 * 1024;

/// How many lines must agree on the number of delimiters, when there are so many.
const SAMPLE_LINES: usize = 8;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) fn detect(
    hint: ReaderHint,
    content_type: Option<&str>,
    data_path: Option<&str>,
    content: &Content,
) -> InputKind {
    let hinted = match hint {
        ReaderHint::Json => Some(InputKind::Json),
        ReaderHint::Tabular => Some(InputKind::Tabular),
        ReaderHint::Binary => Some(InputKind::Binary),
        ReaderHint::Auto => None,
    };
    let bytes = match content {
        Content::Inline { form: InlineForm::Json, .. } => return hinted.unwrap_or(InputKind::Json),
        Content::Inline { bytes, .. } => Some(bytes),
        // Nothing is fetched for a guess: what hint, type and name leave open counts as binary. The readers look for themselves.
        Content::Url(_) => None,
    };
    hinted
        .or_else(|| by_content_type(content_type?))
        .or_else(|| by_extension(data_path?))
        .or_else(|| bytes.map(|bytes| sniff(bytes)))
        .unwrap_or(InputKind::Binary)
}

/// `None` for types that leave it open, such as `text/plain` and `application/octet-stream`.
fn by_content_type(content_type: &str) -> Option<InputKind> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" | "text/json" => Some(InputKind::Json),
        "text/csv" | "application/csv" | "text/tab-separated-values" | "text/tsv" => Some(InputKind::Tabular),
        "application/pdf" | "application/zip" => Some(InputKind::Binary),
        other if other.ends_with("+json") => Some(InputKind::Json),
        other => {
            let family = other.split('/').next().unwrap_or_default();
            matches!(family, "image" | "audio" | "video" | "font").then_some(InputKind::Binary)
        }
    }
}

fn by_extension(data_path: &str) -> Option<InputKind> {
    let name = data_path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    // Compression is undone before a reader sees the bytes.
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let (_, extension) = name.rsplit_once('.')?;
    match extension {
        "json" | "geojson" => Some(InputKind::Json),
        "csv" | "tsv" | "tab" | "psv" => Some(InputKind::Tabular),
        "bin" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "pdf" | "zip" | "xlsx" | "parquet" => Some(InputKind::Binary),
        _ => None,
    }
}

fn sniff(bytes: &[u8]) -> InputKind {
    let Ok(text) = std::str::from_utf8(bytes) else { return InputKind::Binary };
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if is_json(text) {
        InputKind::Json
    } else if is_delimited(text) {
        InputKind::Tabular
    } else {
        InputKind::Binary
    }
}

fn is_json(text: &str) -> bool {
    // One byte tells most texts apart, so that they are not parsed for nothing.
    let first = text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first();
    let may_be =
        first.is_some_and(|first| matches!(first, b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9'));
    may_be && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn is_delimited(text: &str) -> bool {
    !text.contains('\0') && sniff_delimiter(text.as_bytes()).is_some()
}

/// The delimiter on whose number the first lines agree, the most frequent one of several. Delimiters and line ends within
/// quotes do not count.
pub fn sniff_delimiter(text: &[u8]) -> Option<u8> {
    let sample = text.get(..SAMPLE_BYTES).unwrap_or(text);
    let mut lines: Vec<[usize; DELIMITERS.len()]> = Vec::with_capacity(SAMPLE_LINES);
    let (mut counts, mut is_blank, mut in_quotes) = ([0; DELIMITERS.len()], true, false);
    for byte in sample {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' if !in_quotes => {
                if !is_blank {
                    lines.push(counts);
                }
                (counts, is_blank) = ([0; DELIMITERS.len()], true);
                if lines.len() == SAMPLE_LINES {
                    break;
                }
                continue;
            }
            b'\r' => continue,
            _ if in_quotes => {}
            other => {
                for (count, delimiter) in counts.iter_mut().zip(DELIMITERS) {
                    *count += usize::from(*other == delimiter);
                }
            }
        }
        is_blank = false;
    }
    // The last line of the whole text needs no line end; the last line of a cut sample is not whole.
    let is_whole = sample.len() == text.len();
    if is_whole && !is_blank && lines.len() < SAMPLE_LINES {
        lines.push(counts);
    }
    let (first, rest) = lines.split_first()?;
    let agreed = first
        .iter()
        .zip(DELIMITERS)
        .enumerate()
        .filter(|&(slot, (&count, _))| 0 < count && rest.iter().all(|line| line.get(slot) == Some(&count)));
    // Of equals the one that is listed first: `max_by_key` gives the last, hence the reversal.
    agreed.rev().max_by_key(|(_, (count, _))| **count).map(|(_, (_, delimiter))| delimiter)
}
