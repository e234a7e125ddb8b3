//! When a request is sent again, and after how long.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::Error;

/// How often a request is repeated that met a broken connection, a 429 or a 5xx, and after how long: the wait doubles, with a random
/// part on top, and is at least what `Retry-After` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Repetitions after the first attempt. 4; 0 sends everything once.
    pub max_retries: u32,
    /// The first wait. 200 ms.
    pub min_delay: Duration,
    /// The longest wait. 10 s.
    pub max_delay: Duration,
    /// The longest `Retry-After` that is waited for. 60 s; a longer one is returned with the error.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 4,
            min_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Everything is sent once, as the official client does.
    pub fn none() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }

    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.max_retries as usize)
            .with_jitter()
            .build()
    }
}

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Not at all. For whoever has to look at something before each attempt.
    Never,
    /// Only when Core surely did nothing: there was no connection, or it answered 429. For what would happen twice otherwise.
    IfRefused,
    /// Also after a broken connection, a timeout or a 5xx. For what may happen twice.
    Always,
}

/// What is known of an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Core answered, and another attempt would not change that.
    Final,
    /// Core did nothing.
    Refused,
    /// Core may have done it.
    Uncertain,
}

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) outcome: Outcome,
    pub(crate) retry_after: Option<Duration>,
}

/// Makes attempts, numbered from 1, until one succeeds or there shall be no more.
pub(crate) async fn repeat<T, F: Future<Output = Result<T, Failure>>>(
    policy: &RetryPolicy,
    repeat: Repeat,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, Error> {
    let mut delays = policy.delays();
    let mut uncertain = false;
    let mut number = 1;
    loop {
        let failure = match attempt(number).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let again = match failure.outcome {
            Outcome::Final => false,
            Outcome::Refused => repeat != Repeat::Never,
            Outcome::Uncertain => repeat == Repeat::Always,
        };
        let asked = failure.retry_after.unwrap_or_default();
        let delay = delays.next().filter(|_| again && asked <= policy.max_retry_after);
        let Some(delay) = delay.map(|delay| delay.max(asked)) else {
            return Err(mark(failure.error, uncertain));
        };
        uncertain |= failure.outcome == Outcome::Uncertain;
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(attempt = number, delay_ms, error = %failure.error, "repeating");
        tokio::time::sleep(delay).await;
        number += 1;
    }
}

fn mark(mut error: Error, earlier: bool) -> Error {
    if let Error::Status { uncertain, .. } = &mut error {
        *uncertain = earlier;
    }
    error
}

/// `Retry-After`: seconds, or a date.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio::time::Instant;

    use super::*;
    use crate::error::Request;

    fn failure(outcome: Outcome, retry_after: Option<u64>) -> Failure {
        let request = Request { call: "c", method: "GET", path: "/".to_owned() };
        let retry_after = retry_after.map(Duration::from_secs);
        let error = Error::Status { request, status: 500, message: None, retry_after, uncertain: false };
        Failure { error, outcome, retry_after }
    }

    /// Plays these failures, then success; gives the attempts made, whether it ended well, and the waited time.
    async fn play(kind: Repeat, failures: &[(Outcome, Option<u64>)]) -> (u32, Result<(), bool>, Duration) {
        let began = Instant::now();
        let mut made = 0;
        let result = repeat(&RetryPolicy::default(), kind, |number| {
            made = number;
            ready(match failures.get(number as usize - 1) {
                Some((outcome, retry_after)) => Err(failure(*outcome, *retry_after)),
                None => Ok(()),
            })
        })
        .await;
        let result = result.map_err(|error| matches!(error, Error::Status { uncertain: true, .. }));
        (made, result, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_happen_twice_is_repeated_until_the_policy_ends() {
        use Outcome::{Final, Refused, Uncertain};
        use Repeat::{Always, IfRefused};
        for (kind, failures, made, result) in [
            (Always, vec![], 1, Ok(())),
            (Always, vec![Uncertain], 2, Ok(())),
            (Always, vec![Uncertain; 4], 5, Ok(())),
            (Always, vec![Uncertain; 5], 5, Err(true)),
            (Always, vec![Refused; 5], 5, Err(false)),
            (Always, vec![Final], 1, Err(false)),
            (Always, vec![Uncertain, Final], 2, Err(true)),
            (Always, vec![Refused, Final], 2, Err(false)),
            (IfRefused, vec![Uncertain], 1, Err(false)),
            (IfRefused, vec![Refused], 2, Ok(())),
            (IfRefused, vec![Refused, Uncertain], 2, Err(false)),
        ] {
            let failures: Vec<_> = failures.into_iter().map(|outcome| (outcome, None)).collect();
            let (attempts, ended, _) = play(kind, &failures).await;
            assert_eq!((attempts, ended), (made, result), "{kind:?} {failures:?}");
        }
    }

    // Time stands still here but for what is slept: these are sums, not measurements.
    #[tokio::test(start_paused = true)]
    async fn the_wait_doubles_and_is_never_shorter_than_asked() {
        let (_, _, waited) = play(Repeat::Always, &[(Outcome::Uncertain, None); 3]).await;
        assert!(waited >= Duration::from_millis(200 + 400 + 800), "{waited:?}");
        assert!(waited <= Duration::from_millis(2 * (200 + 400 + 800) + 100), "{waited:?}");

        let (made, result, waited) = play(Repeat::Always, &[(Outcome::Refused, Some(60))]).await;
        assert_eq!((made, result), (2, Ok(())));
        assert!(waited >= Duration::from_secs(60), "{waited:?}");

        let (made, result, waited) = play(Repeat::Always, &[(Outcome::Refused, Some(61))]).await;
        assert_eq!((made, result, waited), (1, Err(false), Duration::ZERO));
    }

    #[tokio::test]
    async fn no_policy_means_one_attempt() {
        let (policy, mut made) = (RetryPolicy::none(), 0);
        let result = repeat(&policy, Repeat::Always, |number| {
            made = number;
            ready(Err::<(), _>(failure(Outcome::Refused, None)))
        });
        assert!(result.await.is_err());
        assert_eq!(made, 1);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let later = SystemTime::now() + Duration::from_secs(3600);
        let wait = retry_after(&httpdate::fmt_http_date(later)).expect("a date");
        assert!(wait > Duration::from_secs(3000) && wait <= Duration::from_secs(3600), "{wait:?}");
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(nonsense), None, "{nonsense}");
        }
    }
}
