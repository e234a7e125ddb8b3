//! Who calls, and what it may do.

mod tokens;
mod tokens_file;

use std::sync::Arc;

pub use tokens::{LineFault, Tokens, check_name};
pub use tokens_file::{Look, TokensFile};

/// The name of whoever comes without a token.
pub const ANONYMOUS: &str = "anonymous";

/// What a token may be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Run scripts.
    Execute,
    /// Read from the cluster in scripts, where the operator allows it to anyone.
    System,
    /// Run commands in pods from scripts, where the operator allows it to anyone.
    Exec,
    /// What is for the operator alone.
    Admin,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Execute, Self::System, Self::Exec, Self::Admin];

    /// Its name in a file of tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::System => "system",
            Self::Exec => "exec",
            Self::Admin => "admin",
        }
    }
}

/// A set of capabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities(u8);

impl Capabilities {
    /// Whether `capability` is among them.
    pub const fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().fold(0, |set, capability| set | 1 << capability as u8))
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's name; `anonymous` without one.
    pub name: Arc<str>,
    /// What it may do.
    pub capabilities: Capabilities,
}
