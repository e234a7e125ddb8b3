//! Who is let in, and the state of the list that says so. No label tells a name.

use prometheus::{IntCounter, IntGauge};

use super::{List, set};

/// How a request to a guarded route was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// By its token.
    Token,
    /// Without one, where that is allowed.
    Anonymous,
    /// Turned away: no token.
    Missing,
    /// Turned away: a header that holds no bearer token.
    Malformed,
    /// Turned away: a token that is nobody's.
    Wrong,
    /// Turned away: recognised, but without the capability; or without a token from a page of another site.
    NotAllowed,
}

impl Admission {
    const ALL: [Self; 6] =
        [Self::Token, Self::Anonymous, Self::Missing, Self::Malformed, Self::Wrong, Self::NotAllowed];

    /// The value of the label `result`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Anonymous => "anonymous",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Wrong => "wrong",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// Admissions, and the list of tokens.
pub struct AuthenticationMetrics {
    /// In the order of [`Admission::ALL`].
    admissions: Vec<IntCounter>,
    loaded: IntCounter,
    faulty: IntCounter,
    tokens: IntGauge,
    is_faulty: IntGauge,
}

impl AuthenticationMetrics {
    pub(super) fn new(list: &List) -> Result<Self, prometheus::Error> {
        let admissions = list.counters(
            "arbex_authentications_total",
            "Requests to routes that not everybody may use, by how they were received",
            &["result"],
        )?;
        let reloads = list.counters(
            "arbex_tokens_file_reloads_total",
            "Changes of the file of tokens that was found; after a faulty one the last good tokens stay in force",
            &["result"],
        )?;
        Ok(Self {
            admissions: Admission::ALL
                .iter()
                .map(|admission| admissions.get_metric_with_label_values(&[admission.as_str()]))
                .collect::<Result<_, _>>()?,
            loaded: reloads.get_metric_with_label_values(&["loaded"])?,
            faulty: reloads.get_metric_with_label_values(&["faulty"])?,
            tokens: list.gauge("arbex_tokens", "Tokens in force; 0 also where none are needed")?,
            is_faulty: list.gauge(
                "arbex_tokens_file_faulty",
                "1 while the file of tokens cannot be used as it is, and the last good tokens stay in force",
            )?,
        })
    }

    /// A request was let in or turned away.
    pub fn record(&self, admission: Admission) {
        if let Some(counter) = self.admissions.get(admission as usize) {
            counter.inc();
        }
    }

    /// The file changed.
    pub fn record_reload(&self, is_faulty: bool) {
        if is_faulty { self.faulty.inc() } else { self.loaded.inc() }
    }

    /// How many tokens are in force, and whether the file as it is now is of no use.
    pub fn show(&self, tokens: usize, is_faulty: bool) {
        set(&self.tokens, tokens as u64);
        set(&self.is_faulty, is_faulty.into());
    }

    /// What was shown last.
    #[cfg(test)]
    pub(crate) fn shown(&self) -> (usize, bool) {
        (usize::try_from(self.tokens.get()).unwrap(), self.is_faulty.get() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;

    #[test]
    fn everything_has_its_own_counter() {
        let metrics = Metrics::new().unwrap().authentication;
        for (index, admission) in Admission::ALL.into_iter().enumerate() {
            metrics.record(admission);
            assert_eq!((index, metrics.admissions[index].get()), (admission as usize, 1));
        }
    }
}
