//! Who is asking. The modes are those of the reference; how a server tells an external request from one of its cluster is
//! not documented, so ours is: a request that a proxy forwarded (it has `X-Forwarded-For` or `Forwarded`) is external.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, FORWARDED};

use crate::refusal::Refusal;

/// When a token is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Never; who comes without one is privileged.
    #[default]
    Local,
    /// From external callers.
    ClusterOnly,
    /// From everybody.
    Strict,
}

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Of the configuration, reads `public_api_v1.*` and `frontend.facade` only.
    External,
    /// Reads all configuration, secrets redacted; writes all but `system.*`.
    Internal,
    /// Reads secrets, writes everything.
    Privileged,
}

/// A bearer token and what it makes of its bearer.
#[derive(Clone, Debug)]
pub struct Token {
    /// The text after `Bearer `.
    pub text: String,
    /// What its bearer may do.
    pub caller: Caller,
}

/// A mode and the tokens that are known.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    /// When a token is needed.
    pub mode: AuthMode,
    /// All valid tokens.
    pub tokens: Vec<Token>,
}

impl Auth {
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let external = headers.contains_key(FORWARDED) || headers.contains_key("x-forwarded-for");
        let sent = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
        match (self.mode, sent) {
            // A token that is not needed is not looked at, as the official client sends its own wherever it has one.
            (AuthMode::Local, sent) => Ok(sent.and_then(|sent| self.bearer(sent)).unwrap_or(Caller::Privileged)),
            (AuthMode::ClusterOnly, None) if !external => Ok(Caller::Internal),
            (_, Some(sent)) => self.bearer(sent).ok_or_else(|| Refusal::unauthorised("the bearer token is not known")),
            (_, None) => Err(Refusal::unauthorised("send a session token: Authorization: Bearer <token>")),
        }
    }

    fn bearer(&self, sent: &str) -> Option<Caller> {
        let text = sent.strip_prefix("Bearer ")?;
        self.tokens.iter().find(|token| token.text == text).map(|token| token.caller)
    }
}
