//! Faults on order: what a client has to live with, made to happen to the request a test wants.

use serde::{Deserialize, Serialize};

/// What goes wrong, with which requests, how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Any, when it is left out.
    #[serde(default)]
    pub method: Option<String>,
    /// How the path begins, as it is sent: `/api/tasks/`.
    #[serde(default)]
    pub path_prefix: String,
    /// How the path ends: `/complete`.
    #[serde(default)]
    pub path_suffix: String,
    /// How many matching requests pass before the first fault.
    #[serde(default)]
    pub skip: u32,
    /// How many requests it happens to; `null` for all.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Whether the request has its effect all the same. A response that is cut off always had.
    #[serde(default)]
    pub applied: bool,
    /// What happens.
    pub failure: Failure,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn once() -> Option<u32> {
    Some(1)
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Failure {
    /// This status is answered.
    Status {
        /// 400 to 599.
        status: u16,
        /// The header `Retry-After`, in seconds.
        #[serde(default)]
        retry_after_s: Option<u32>,
    },
    /// 200 and a body that is no JSON.
    NotJson,
    /// No answer, for as long as the client waits.
    Hang,
    /// The answer, later.
    Delay {
        /// How much later.
        delay_ms: u64,
    },
    /// The connection closes before an answer.
    Drop,
    /// The connection closes after the answer's head.
    DropAfterHeaders,
    /// The connection closes in the middle of the answer's body.
    DropMidBody,
}

impl Fault {
    /// A fault that happens once, to any method.
    pub fn once(path_prefix: &str, failure: Failure) -> Self {
        Self {
            method: None,
            path_prefix: path_prefix.to_owned(),
            path_suffix: String::new(),
            skip: 0,
            times: Some(1),
            applied: false,
            failure,
        }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path.starts_with(&self.path_prefix)
            && path.ends_with(&self.path_suffix)
    }
}

/// The faults that are still to happen.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    /// The first fault that this request is due for; counts it.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let mut due = None;
        for fault in self.0.iter_mut().filter(|fault| fault.matches(method, path)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if let Some(times) = &mut fault.times {
                *times = times.saturating_sub(1);
            }
            due = Some(fault.clone());
            break;
        }
        self.0.retain(|fault| fault.times != Some(0));
        due
    }
}
