//! `inputs`: what is known of each, and its bytes or where they are.

use std::borrow::Cow;
use std::sync::Arc;

use arbex_api::InputKind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::configuration::{Read, TabularOptions};
use super::faults::Faults;
use super::json::{self, Plan};
use super::location::Location;
use super::section::Section;
use super::{Ceilings, headers, kind};

pub(super) const PLAN: Plan = Plan::Object(&[
    (
        "descriptor",
        Plan::Object(&[
            ("outputId", Plan::Raw),
            ("createdAtUtc", Plan::Raw),
            ("dataPath", Plan::Raw),
            ("contentType", Plan::Raw),
            ("sizeBytes", Plan::Raw),
        ]),
    ),
    (
        "content",
        Plan::Object(&[
            ("json", Plan::Raw),
            ("text", Plan::Raw),
            ("base64", Plan::Raw),
            ("url", Plan::Raw),
            ("headers", Plan::Raw),
        ]),
    ),
]);

/// Largest `sizeBytes`: the largest integer that a script's numbers hold exactly.
const MAX_SIZE_BYTES: u64 = 9_007_199_254_740_991;

/// One input that the script sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What the script reads of it without opening it.
    pub descriptor: Descriptor,
    /// Its bytes, or where they are.
    pub content: Content,
    /// How a tabular reader parses it, unless the script says otherwise when it opens one.
    pub tabular: TabularOptions,
}

/// What the script reads of an input without opening it; serialises as in `ctx`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Identifier of the output.
    pub output_id: Option<i64>,
    /// When it was made: ISO 8601, spelt as it came.
    pub created_at_utc: Option<String>,
    /// Where the platform keeps it.
    pub data_path: Option<String>,
    /// Media type.
    pub content_type: Option<String>,
    /// What the bytes most likely are (decision 4).
    pub detected_kind: InputKind,
    /// Size in bytes: as given, else the length of inline content.
    pub size_bytes: Option<u64>,
}

/// The bytes of an input, or where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// They came with the request.
    Inline {
        /// How they came.
        form: InlineForm,
        /// The JSON text as it came, the text as UTF-8, or the decoded bytes.
        bytes: Bytes,
    },
    /// They are to be fetched when the script opens a reader.
    Url(Arc<Location>),
}

/// How inline bytes came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InlineForm {
    /// `content.json`
    Json,
    /// `content.text`
    Text,
    /// `content.base64`
    Base64,
}

/// A checked input of the request, before it is known whether the script sees it.
pub(super) struct Candidate {
    output_id: Option<i64>,
    created_at_utc: Option<String>,
    /// The instant of `created_at_utc`; without one an input counts as the oldest.
    pub(super) created_at: Option<Timestamp>,
    data_path: Option<String>,
    content_type: Option<String>,
    size_bytes: Option<u64>,
    content: Content,
}

/// Checks all inputs. Entries at fault are left out, which does no harm: with a fault there is no call.
pub(super) fn check_all(request: &Section<'_, '_>, ceilings: &Ceilings, faults: &mut Faults) -> Vec<Candidate> {
    let at = request.at.key("inputs");
    let entries = request.entries("inputs", ceilings.max_inputs, faults);
    let candidates = entries.iter().enumerate().filter_map(|(index, entry)| {
        let input = Section::mandatory(entry, at.index(index), faults)?;
        Candidate::check(&input, faults)
    });
    candidates.collect()
}

impl Candidate {
    fn check(input: &Section<'_, '_>, faults: &mut Faults) -> Option<Self> {
        let descriptor = input.section("descriptor", faults);
        let descriptor = descriptor.as_ref();
        let output_id = descriptor.and_then(|section| section.identifier("outputId", faults));
        let created_at_utc = owned(descriptor, "createdAtUtc", faults);
        let created_at = created_at_utc.as_deref().and_then(instant);
        if let (Some(section), Some(text), None) = (descriptor, &created_at_utc, created_at) {
            let text = json::shorten(text);
            let message = format!("must be an ISO 8601 time such as 2026-01-02T03:04:05Z, got {text:?}");
            faults.add(&section.at.key("createdAtUtc"), message);
        }
        let data_path = owned(descriptor, "dataPath", faults);
        let content_type = owned(descriptor, "contentType", faults);
        let size_bytes =
            descriptor.and_then(|section| section.integer("sizeBytes", 0..=MAX_SIZE_BYTES, " (bytes)", faults));
        let content = check_content(input, faults)?;
        let size_bytes = size_bytes.or(match &content {
            Content::Inline { bytes, .. } => Some(bytes.len() as u64),
            Content::Url(_) => None,
        });
        Some(Self { output_id, created_at_utc, created_at, data_path, content_type, size_bytes, content })
    }

    /// The input as the script sees it.
    pub(super) fn into_input(self, read: &Read) -> Input {
        let detected_kind =
            kind::detect(read.reader_hint, self.content_type.as_deref(), self.data_path.as_deref(), &self.content);
        let descriptor = Descriptor {
            output_id: self.output_id,
            created_at_utc: self.created_at_utc,
            data_path: self.data_path,
            content_type: self.content_type,
            detected_kind,
            size_bytes: self.size_bytes,
        };
        Input { descriptor, content: self.content, tabular: read.tabular_options.unwrap_or_default() }
    }
}

fn owned(section: Option<&Section<'_, '_>>, key: &'static str, faults: &mut Faults) -> Option<String> {
    section?.text(key, faults).map(Cow::into_owned)
}

/// ISO 8601 with a zone, or without one in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let local: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(local).ok()
}

fn check_content(input: &Section<'_, '_>, faults: &mut Faults) -> Option<Content> {
    const ONE_FORM: &str = "must have exactly one of json, text, base64, url";

    let Some(content) = input.section("content", faults) else {
        if input.is_absent("content") {
            faults.add(&input.at.key("content"), format!("is required; it {ONE_FORM}"));
        }
        return None;
    };
    let given = ["text", "base64", "url"].into_iter().filter(|key| content.raw(key).is_some());
    let json = content.raw("json").map(|_| "json");
    let given: Vec<&str> = json.into_iter().chain(given).collect();
    if content.raw("headers").is_some() && content.raw("url").is_none() {
        faults.add(&content.at.key("headers"), "must stand beside url only");
    }
    match given.as_slice() {
        // Alone, `"json": null` is a document; beside another form it is how serialisers spell "missing".
        ["json"] | [] if content.value("json").is_some() => {
            let bytes = Bytes::copy_from_slice(content.value("json")?.get().as_bytes());
            Some(Content::Inline { form: InlineForm::Json, bytes })
        }
        ["text"] => {
            let bytes = match content.text("text", faults)? {
                Cow::Borrowed(text) => Bytes::copy_from_slice(text.as_bytes()),
                Cow::Owned(text) => Bytes::from(text),
            };
            Some(Content::Inline { form: InlineForm::Text, bytes })
        }
        ["base64"] => check_base64(&content, faults),
        ["url"] => check_url(&content, faults),
        [] => {
            faults.add(&content.at, format!("{ONE_FORM}, got none"));
            None
        }
        several => {
            faults.add(&content.at, format!("{ONE_FORM}, got {}", several.join(", ")));
            None
        }
    }
}

fn check_base64(content: &Section<'_, '_>, faults: &mut Faults) -> Option<Content> {
    use base64::DecodeError::{InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding};

    let text = content.text("base64", faults)?;
    let error = match STANDARD.decode(text.as_bytes()) {
        Ok(bytes) => return Some(Content::Inline { form: InlineForm::Base64, bytes: bytes.into() }),
        Err(InvalidByte(offset, byte)) => format!("unexpected {:?} at offset {offset}", char::from(byte)),
        Err(InvalidLastSymbol(offset, byte)) => {
            format!("{:?} at offset {offset} carries bits that belong to no byte", char::from(byte))
        }
        Err(InvalidLength(_)) => format!("incomplete at offset {}", text.len()),
        Err(InvalidPadding) => format!("wrong padding at offset {}", text.trim_end_matches('=').len()),
    };
    faults.add(&content.at.key("base64"), format!("must be base64 (standard alphabet, with padding): {error}"));
    None
}

fn check_url(content: &Section<'_, '_>, faults: &mut Faults) -> Option<Content> {
    let headers = content.raw("headers");
    let headers = headers.map(|raw| headers::check(raw, &content.at.key("headers"), faults)).unwrap_or_default();
    match Location::check(&content.text("url", faults)?, headers) {
        Ok(location) => Some(Content::Url(Arc::new(location))),
        Err(fault) => {
            faults.add(&content.at.key("url"), fault);
            None
        }
    }
}
