//! Who calls: a bearer token, or none where that is allowed, becomes a [`Caller`] in the request's extensions. This happens
//! before a byte of the body is read.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Span;

use super::App;
use super::problem::Problem;
use crate::caller::{ANONYMOUS, Caller, Capabilities, Capability, Look, Tokens, TokensFile};
use crate::metrics::{Admission, AuthenticationMetrics, Metrics};
use crate::settings::AuthenticationSettings;

/// How often the file of tokens is looked at. A change counts when two looks have found it.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Who is let in.
pub(super) struct Authentication {
    /// None: nobody needs one.
    tokens: Option<RwLock<Arc<Tokens>>>,
    /// What may be done without a token; none: nothing.
    anonymous: Option<Capabilities>,
}

/// Why nobody is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unrecognised {
    /// No token came.
    Missing,
    /// The header is none of a bearer token.
    Malformed,
    /// The token is nobody's, or nobody's any more.
    Wrong,
}

impl Authentication {
    pub(super) fn new(settings: &AuthenticationSettings) -> Self {
        let tokens = settings.tokens.as_ref().map(|file| RwLock::new(Arc::new(file.tokens().clone())));
        Self { tokens, anonymous: settings.anonymous }
    }

    fn recognise(&self, headers: &HeaderMap) -> Result<Caller, Unrecognised> {
        let anonymous = || {
            let capabilities = self.anonymous.ok_or(Unrecognised::Missing)?;
            Ok(Caller { name: Arc::from(ANONYMOUS), capabilities })
        };
        // Without a list of tokens there is nothing that one could be compared with: what a caller sends here was meant for a
        // proxy on the way, or for a service that has such a list.
        let Some(tokens) = &self.tokens else { return anonymous() };
        let Some(token) = bearer(headers)? else { return anonymous() };
        let tokens = Arc::clone(&tokens.read().unwrap_or_else(PoisonError::into_inner));
        tokens.caller(token).cloned().ok_or(Unrecognised::Wrong)
    }

    fn replace(&self, new: Tokens) {
        if let Some(tokens) = &self.tokens {
            *tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        }
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Result<Option<&[u8]>, Unrecognised> {
    let mut lines = headers.get_all(header::AUTHORIZATION).into_iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let (scheme, token) = line.as_bytes().split_at_checked(6).ok_or(Unrecognised::Malformed)?;
    let is_separate = token.starts_with(b" ");
    let token = token.trim_ascii();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && is_separate;
    if !is_bearer || token.is_empty() || !token.iter().all(is_token) || lines.next().is_some() {
        return Err(Unrecognised::Malformed);
    }
    Ok(Some(token))
}

/// A route that not everybody may use.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) app: App,
    pub(super) capability: Capability,
}

/// Around a guarded route.
pub(super) async fn admit(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let Guard { app, capability } = guard;
    let metrics = &app.metrics.authentication;
    let caller = match app.authentication.recognise(request.headers()) {
        Ok(caller) => caller,
        Err(unrecognised) => {
            metrics.record(match unrecognised {
                Unrecognised::Missing => Admission::Missing,
                Unrecognised::Malformed => Admission::Malformed,
                Unrecognised::Wrong => Admission::Wrong,
            });
            return Problem::Unauthorized(unrecognised).into_response();
        }
    };
    // From the operator's own file, so it may stand in the log.
    Span::current().record("caller", &*caller.name);
    if !caller.capabilities.has(capability) {
        metrics.record(Admission::NotAllowed);
        return Problem::Forbidden(capability).into_response();
    }
    metrics.record(if *caller.name == *ANONYMOUS { Admission::Anonymous } else { Admission::Token });
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Follows the file of tokens until it is dropped.
pub(super) async fn follow(app: App) {
    let Some(mut file) = app.http.authentication.tokens.clone() else { return };
    let Metrics { authentication: metrics, .. } = &*app.metrics;
    metrics.show(file.tokens().len(), false);
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        // A file may be far away.
        let looked = tokio::task::spawn_blocking(move || {
            let look = file.look();
            (file, look)
        });
        let look;
        (file, look) = match looked.await {
            Ok(looked) => looked,
            // The runtime is stopping.
            Err(_) => return,
        };
        tell(&file, &look, metrics);
        if look == Look::Changed {
            app.authentication.replace(file.tokens().clone());
        }
    }
}

fn tell(file: &TokensFile, look: &Look, metrics: &AuthenticationMetrics) {
    let tokens = file.tokens().len();
    match look {
        Look::Same => {}
        Look::Changed => {
            metrics.record_reload(false);
            metrics.show(tokens, false);
            tracing::info!(tokens, "--tokens-file: other tokens are in force");
        }
        Look::Faulty(fault) => {
            metrics.record_reload(true);
            metrics.show(tokens, true);
            tracing::error!(
                fault,
                tokens,
                "--tokens-file: is not usable as it is now; the last good tokens stay in force"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn tokens_come_in_one_form() {
        let found = |line: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(line).unwrap())]);
            bearer(&headers).map(|token| token.map(|token| String::from_utf8(token.to_vec()).unwrap()))
        };
        for line in ["Bearer t", "bearer t", "BEARER   t "] {
            assert_eq!(found(line), Ok(Some("t".to_owned())), "{line}");
        }
        assert_eq!(found("Bearer aZ09-._~+/=="), Ok(Some("aZ09-._~+/==".to_owned())));
        for line in
            ["", "t", "Bearer", "Bearer ", "Bearert", "Bearer\tt", "Bearer a b", "Bearer a,b", "Bearer ü", "Basic dDp0"]
        {
            assert_eq!(found(line), Err(Unrecognised::Malformed), "{line}");
        }
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        let mut twice = HeaderMap::new();
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        assert_eq!(bearer(&twice), Err(Unrecognised::Malformed));
    }
}
