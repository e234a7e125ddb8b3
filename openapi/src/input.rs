//! The inputs of a run: what is known of an output of the parent, and its bytes or where they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// One output of the parent node.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "descriptor": { "outputId": 501, "createdAtUtc": "2026-01-02T03:04:05Z", "dataPath": "a/b.csv", "contentType": "text/csv", "sizeBytes": 8 },
    "content": { "text": "a,b\n1,2\n" }
}))]
pub struct Input {
    /// What is known of it; every member is optional.
    #[serde(default)]
    pub descriptor: InputDescriptor,

    /// Its bytes, or where they are.
    pub content: InputContent,
}

/// What is known of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InputDescriptor {
    /// Identifier of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 501)]
    pub output_id: Option<i64>,

    /// When it was made, ISO 8601; without a zone it is UTC. Inputs without a time count as the oldest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01-02T03:04:05Z")]
    pub created_at_utc: Option<String>,

    /// Where the platform keeps it; its extension helps to detect the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "a/b.csv")]
    pub data_path: Option<String>,

    /// Media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "text/csv")]
    pub content_type: Option<String>,

    /// Size in bytes. Default: the length of inline content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 8)]
    pub size_bytes: Option<u64>,
}

named_values! {
    /// What the bytes of an input most likely are, as the script reads it in `detectedKind`.
    InputKind {
        /// A JSON document.
        Json = "json",
        /// Rows and columns.
        Tabular = "tabular",
        /// Anything else.
        Binary = "binary",
    }
}

/// The bytes of an input, in exactly one of four forms.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum InputContent {
    /// Any JSON value.
    Json {
        /// The value; its text is passed on as it is.
        #[schema(value_type = serde_json::Value)]
        json: Box<RawValue>,
    },
    /// Text, passed on as UTF-8.
    Text {
        /// The text.
        text: String,
    },
    /// Bytes.
    Base64 {
        /// Standard alphabet, with padding.
        base64: String,
    },
    /// A place to fetch from when the script opens a reader, and again for each further reader. Its origin must be on the
    /// operator's list (empty by default), else the reader's promise rejects with a `PermissionError`. It is a GET; only
    /// status 200 counts, and redirects are not followed. gzip is unpacked once, when `Content-Encoding` or the first bytes
    /// say so; other encodings are refused. A failure rejects with a `FetchError` that names the `outputId` and the cause.
    /// The script never sees the URL or the headers. What neither `parent.readerHint` nor `contentType` nor the extension of
    /// `dataPath` tells is `binary` in `detectedKind`, since nothing is fetched for a guess; every reader can be opened.
    Url {
        /// Absolute `http` or `https` URL of at most 16384 bytes, without user name and password.
        url: String,
        /// Request headers to send: at most 64, values of at most 8192 bytes. Those of the connection (`Host`,
        /// `Content-Length`, `Transfer-Encoding`, `Connection`, …) and `Range` are refused. Default: `Accept-Encoding: gzip`
        /// and a `User-Agent`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
    },
}

impl<'de> Deserialize<'de> for InputContent {
    // By hand: a derived untagged enum buffers its input, which loses the raw text that `json` keeps.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            #[serde(default, deserialize_with = "present")]
            json: Option<Box<RawValue>>,
            text: Option<String>,
            base64: Option<String>,
            url: Option<String>,
            headers: Option<BTreeMap<String, String>>,
        }

        // An explicit `"json": null` is a value of its own.
        fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
            Box::<RawValue>::deserialize(deserializer).map(Some)
        }

        let members = Members::deserialize(deserializer)?;
        match (members.json, members.text, members.base64, members.url) {
            (Some(json), None, None, None) => Ok(Self::Json { json }),
            (json, Some(text), None, None) if is_null_or_none(json.as_deref()) => Ok(Self::Text { text }),
            (json, None, Some(base64), None) if is_null_or_none(json.as_deref()) => Ok(Self::Base64 { base64 }),
            (json, None, None, Some(url)) if is_null_or_none(json.as_deref()) => {
                Ok(Self::Url { url, headers: members.headers.unwrap_or_default() })
            }
            _ => Err(de::Error::custom("content must have exactly one of json, text, base64, url")),
        }
    }
}

/// Serialisers that write `null` for what is missing send `"json": null` beside another form.
fn is_null_or_none(json: Option<&RawValue>) -> bool {
    json.is_none_or(|json| json.get() == "null")
}
