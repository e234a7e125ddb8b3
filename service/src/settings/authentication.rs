//! Who may call.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use arbex_settings::{Fallback, Reader};

use crate::caller::{Capabilities, Capability, TokensFile};

/// What stands for no file and for nothing at all.
const NONE: &str = "none";

/// Flags of `arbex serve` about its callers.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Authentication")]
pub struct AuthenticationFlags {
    /// The tokens that callers need; without a file nobody needs one
    ///
    /// One name:sha256-of-token:capabilities a line, as `arbex token NAME` prints it; capabilities have commas between them, and
    /// blank lines and lines that begin with # are nothing. Capabilities are execute (run and check scripts), system (read the
    /// cluster in scripts), exec (run commands in pods from scripts) and admin (metrics on the API's port). The file is looked
    /// at twice a second, and a change is in force within two seconds; an empty file turns everybody away. A faulty one stops
    /// the start, and later is told in the log and in arbex_tokens_file_faulty, while the last good tokens stay in force.
    #[arg(long, value_name = "FILE")]
    tokens_file: Option<String>,

    /// Let callers in that have no token
    ///
    /// Without this flag and without --tokens-file the service refuses to listen on an address that other machines reach. Give
    /// it only where something else decides who gets through: a network policy, a proxy, a sidecar. Beside --tokens-file, who
    /// sends no token is let in, and who sends a wrong one is not.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_anonymous: Option<String>,

    /// What callers without a token may do, where they are let in
    #[arg(long, value_name = "NAMES")]
    anonymous_capabilities: Option<String>,
}

/// Who may call, and do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationSettings {
    /// The tokens, and where they are from; none: nobody needs one.
    pub tokens: Option<TokensFile>,
    /// What may be done without a token; none: who has no token is turned away.
    pub anonymous: Option<Capabilities>,
}

impl Default for AuthenticationSettings {
    /// What holds on loopback when the operator says nothing.
    fn default() -> Self {
        Self { tokens: None, anonymous: Some([Capability::Execute].into_iter().collect()) }
    }
}

impl AuthenticationFlags {
    pub(super) fn check(&self, reader: &mut Reader<'_>, listen: SocketAddr) -> AuthenticationSettings {
        let path = reader.value(
            "tokens-file",
            &self.tokens_file,
            Fallback { value: None, told: NONE.to_owned() },
            format!("a readable file, or {NONE}"),
            |text| match text {
                "" => None,
                NONE => Some(None),
                path => Some(Some(PathBuf::from(path))),
            },
        );
        let allow_anonymous =
            reader.word("allow-anonymous", &self.allow_anonymous, false.into(), &[("true", true), ("false", false)]);
        let names = Capability::ALL.map(Capability::as_str).join(", ");
        let capabilities = reader.value(
            "anonymous-capabilities",
            &self.anonymous_capabilities,
            Fallback {
                value: [Capability::Execute].into_iter().collect(),
                told: Capability::Execute.as_str().to_owned(),
            },
            format!("some of {names}, with commas between them; or {NONE}"),
            |text| if text == NONE { Some(Capabilities::default()) } else { Capabilities::parse(text).ok() },
        );
        if path.is_none() && !allow_anonymous && !listen.ip().to_canonical().is_loopback() {
            let message = format!(
                "must be a loopback address, got {listen}: whoever reaches that address could run scripts. Give --tokens-file, \
                 so that callers need a token; or --allow-anonymous, where something else decides who gets through"
            );
            reader.conflict(&["listen", "tokens-file", "allow-anonymous"], message);
        }
        let needs_token = path.is_some() && !allow_anonymous;
        let tokens = path.and_then(|path| open(&path, reader));
        AuthenticationSettings { tokens, anonymous: (!needs_token).then_some(capabilities) }
    }
}

fn open(path: &Path, reader: &mut Reader<'_>) -> Option<TokensFile> {
    match TokensFile::open(path) {
        Ok(file) => Some(file),
        Err(fault) => {
            reader.fault("tokens-file", format!("{}: {fault}", path.display()));
            None
        }
    }
}
