//! Who calls: a bearer token, or none where that is allowed, becomes a [`Caller`] in the request's extensions. This happens
//! before a byte of the body is read.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::task::{JoinError, JoinHandle};
use tracing::Span;

use super::App;
use super::problem::Problem;
use crate::caller::{ANONYMOUS, Caller, Capabilities, Capability, Look, Tokens};
use crate::metrics::{Admission, AuthenticationMetrics, Metrics};
use crate::settings::AuthenticationSettings;

/// How often the file of tokens is looked at. A change counts when two looks have found it.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A look that takes longer is told: the file may be on a file system that is gone, and a revocation waits behind it.
const LOOK_PATIENCE: Duration = Duration::from_secs(5);

/// What a browser says of the page that sends a request. No page can write it itself.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
    let is_anonymous = *caller.name == *ANONYMOUS;
    if is_anonymous && is_foreign_page(request.headers()) {
        metrics.record(Admission::NotAllowed);
        return Problem::ForeignPage.into_response();
    }
    if !caller.capabilities.has(capability) {
        metrics.record(Admission::NotAllowed);
        return Problem::Forbidden(capability).into_response();
    }
    metrics.record(if is_anonymous { Admission::Anonymous } else { Admission::Token });
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Whether a browser sends this for a page of another site. Whoever has a service on its own machine that needs no token has a
/// browser there too, and any page in it may post to that service: it cannot read the answer, but the script would run.
fn is_foreign_page(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_SITE).into_iter().any(|site| site == "cross-site" || site == "same-site")
}

/// Follows the file of tokens until it is dropped.
pub(super) async fn follow(app: App) {
    let Some(mut file) = app.http.authentication.tokens.clone() else { return };
    let Metrics { authentication: metrics, .. } = &*app.metrics;
    let mut shown = Shown { tokens: file.tokens().len(), is_faulty: false };
    shown.show(metrics);
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        // A file may be far away.
        let looking = tokio::task::spawn_blocking(move || {
            let look = file.look();
            (file, look)
        });
        let look;
        (file, look) = match end_of(looking, shown, metrics).await {
            Ok(looked) => looked,
            Err(error) => return tell_end(&error, shown, metrics),
        };
        if look == Look::Changed {
            app.authentication.replace(file.tokens().clone());
        }
        // Only what is in force is told.
        shown = tell(&look, Shown { tokens: file.tokens().len(), ..shown }, metrics);
    }
}

/// What the metrics tell of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    tokens: usize,
    is_faulty: bool,
}

impl Shown {
    fn show(self, metrics: &AuthenticationMetrics) {
        metrics.show(self.tokens, self.is_faulty);
    }
}

/// The end of a look, however long it takes: a thread that waits for a file system cannot be called back, so the next look must
/// wait too, or each would cost a thread. Meanwhile the operator is told.
async fn end_of<T>(mut looking: JoinHandle<T>, shown: Shown, metrics: &AuthenticationMetrics) -> Result<T, JoinError> {
    if let Ok(looked) = tokio::time::timeout(LOOK_PATIENCE, &mut looking).await {
        return looked;
    }
    Shown { is_faulty: true, ..shown }.show(metrics);
    tracing::error!(
        patience_ms = LOOK_PATIENCE.as_millis() as u64,
        tokens = shown.tokens,
        "--tokens-file: does not answer; the last good tokens stay in force"
    );
    let looked = looking.await;
    if looked.is_ok() {
        shown.show(metrics);
        tracing::info!("--tokens-file: answers again");
    }
    looked
}

/// Cancelled, the runtime is stopping. A panic is a defect, and the file went with it.
fn tell_end(error: &JoinError, shown: Shown, metrics: &AuthenticationMetrics) {
    if error.is_panic() {
        Shown { is_faulty: true, ..shown }.show(metrics);
        tracing::error!(
            tokens = shown.tokens,
            "--tokens-file: is not followed any more, by a defect of the service; the last good tokens stay in force until it is \
             started anew"
        );
    }
}

/// The metrics first: whoever reads the line finds them so.
fn tell(look: &Look, shown: Shown, metrics: &AuthenticationMetrics) -> Shown {
    let is_faulty = match look {
        Look::Same => return shown,
        Look::Changed => false,
        Look::Faulty(_) => true,
    };
    let Shown { tokens, .. } = shown;
    let shown = Shown { tokens, is_faulty };
    metrics.record_reload(is_faulty);
    shown.show(metrics);
    match look {
        Look::Same | Look::Changed => tracing::info!(tokens, "--tokens-file: other tokens are in force"),
        Look::Faulty(fault) => tracing::error!(
            fault,
            tokens,
            "--tokens-file: is not usable as it is now; the last good tokens stay in force"
        ),
    }
    shown
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_sites_are_told_by_the_browser() {
        for (lines, is_foreign) in [
            (&[][..], false),
            (&["same-origin"], false),
            (&["none"], false),
            (&["same-site"], true),
            (&["cross-site"], true),
            (&["none", "cross-site"], true),
        ] {
            let mut headers = HeaderMap::new();
            for site in lines {
                headers.append(SEC_FETCH_SITE, HeaderValue::from_static(site));
            }
            assert_eq!(is_foreign_page(&headers), is_foreign, "{headers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_is_told_until_it_ends() {
        for was_faulty in [false, true] {
            let metrics = Arc::new(Metrics::new().unwrap());
            let told = || metrics.authentication.shown();
            let shown = Shown { tokens: 2, is_faulty: was_faulty };
            shown.show(&metrics.authentication);
            let (answer, answered) = tokio::sync::oneshot::channel::<()>();
            let waiting = tokio::spawn({
                let metrics = Arc::clone(&metrics);
                let looking = tokio::spawn(answered);
                async move { end_of(looking, shown, &metrics.authentication).await.unwrap().unwrap() }
            });
            tokio::time::sleep(LOOK_PATIENCE - Duration::from_millis(10)).await;
            assert_eq!(told(), (2, was_faulty));
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(told(), (2, true));
            // It is waited for, for ever.
            tokio::time::sleep(100 * LOOK_PATIENCE).await;
            assert!(!waiting.is_finished());
            answer.send(()).unwrap();
            waiting.await.unwrap();
            assert_eq!(told(), (2, was_faulty));
        }
    }

    #[tokio::test]
    async fn a_look_that_panics_is_told_for_good() {
        let metrics = Metrics::new().unwrap().authentication;
        let shown = Shown { tokens: 2, is_faulty: false };
        let panicking: JoinHandle<()> = tokio::spawn(async { panic!("a defect") });
        tell_end(&end_of(panicking, shown, &metrics).await.unwrap_err(), shown, &metrics);
        assert_eq!(metrics.shown(), (2, true));

        shown.show(&metrics);
        let cancelled = tokio::spawn(std::future::pending::<()>());
        cancelled.abort();
        tell_end(&end_of(cancelled, shown, &metrics).await.unwrap_err(), shown, &metrics);
        assert_eq!(metrics.shown(), (2, false));
    }

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
