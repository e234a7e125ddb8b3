//! `POST /validate`: an editor's check, which runs nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer to `POST /validate` (status 200).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "valid": false, "diagnostics": [ { "severity": "error", "message": "expecting ';'", "line": 3, "column": 7 } ] }))]
pub struct ValidateResponse {
    /// Whether there is no diagnostic of severity `error`.
    pub valid: bool,

    /// What was found, in the script and in the configuration.
    pub diagnostics: Vec<Diagnostic>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,

    /// For a person; a finding in the configuration begins with its JSON pointer.
    pub message: String,

    /// Line in the script, from 1; `null` for a finding in the configuration.
    pub line: Option<u32>,

    /// Column in that line, from 1; `null` for a finding in the configuration.
    pub column: Option<u32>,
}

named_values! {
    /// How bad a finding is.
    Severity {
        /// The run would fail.
        Error = "error",
        /// The run would work, but probably not as meant.
        Warning = "warning",
    }
}
