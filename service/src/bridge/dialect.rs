//! How a table is written down: its format and delimiter, from what the script, the configuration and the bytes say.

use arbex_api::InputFormat;

use super::Failed;
use crate::call::{TabularOptions, parse_delimiter, sniff_delimiter};

/// What was asked for; what is left open is decided by the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: Option<u8>,
    pub format: InputFormat,
}

impl Dialect {
    /// What the script says goes before what the configuration says.
    pub(super) fn new(
        delimiter: Option<&str>,
        format: Option<&str>,
        configured: &TabularOptions,
    ) -> Result<Self, Failed> {
        let format = match format {
            Some(text) => Some(InputFormat::from_name(text).ok_or_else(|| {
                let known = InputFormat::NAMES.join(", ");
                Failed::type_error(format!("openTabularReader: inputFormat must be one of {known}, got {text:?}"))
            })?),
            None => None,
        };
        let given = match delimiter {
            Some(text) => Some(parse_delimiter(text).ok_or_else(|| {
                let rule = "one ASCII character that is not a quote or a line end, or \"tab\"";
                Failed::type_error(format!("openTabularReader: delimiter must be {rule}, got {text:?}"))
            })?),
            None => None,
        };
        Ok(Self {
            delimiter: given.or(configured.delimiter),
            format: format.or(configured.input_format).unwrap_or(InputFormat::Auto),
        })
    }

    /// The delimiter for `text`: as asked for, else the format's, else the one its first lines agree on, else a comma.
    pub(super) fn delimiter_for(&self, text: &[u8]) -> u8 {
        let by_format = match self.format {
            InputFormat::Csv => Some(b','),
            InputFormat::Tsv => Some(b'\t'),
            InputFormat::Auto | InputFormat::Json => None,
        };
        self.delimiter.or(by_format).or_else(|| sniff_delimiter(text)).unwrap_or(b',')
    }
}
