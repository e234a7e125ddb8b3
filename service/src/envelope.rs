//! From a [`Run`] to its [`Envelope`]. Pure and total: whatever a run came to, there is an envelope for it.

use arbex_api::{Envelope, Failure, FailureDetails, Fault, HostDiagnostics, LimitHit, Metrics, Reason, Status};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::{RawValue, to_raw_value};

use crate::profile::Profile;
use crate::run::{Defect, Exceeded, Limit, Outcome, Place, Run, Thrown, Usage};

/// The envelope of `run`, whose configuration was `snapshot`.
pub fn envelope(run: Run, snapshot: &str) -> Envelope {
    let (output, status) = match failure(run.outcome) {
        Ok(output) => (output, Status::Success),
        // A failure is strings and numbers: it has a JSON form.
        Err(failure) => (to_raw_value(&failure).unwrap_or_else(|_| RawValue::NULL.to_owned()), Status::Error),
    };
    Envelope {
        output,
        console: run.console,
        status,
        metrics: metrics(&run.usage),
        configuration_snapshot_base64: STANDARD.encode(snapshot),
        profiler: run.profile.as_ref().map(Profile::report),
    }
}

/// The reason for metrics and logs; none for a success.
pub fn reason(outcome: &Outcome) -> Option<Reason> {
    Some(match outcome {
        Outcome::Returned(_) => return None,
        Outcome::Threw(_) => Reason::ScriptError,
        Outcome::Unparsable(_) => Reason::SyntaxError,
        Outcome::RunNotDefined { .. } => Reason::RunNotDefined,
        Outcome::NotSerializable(_) => Reason::OutputNotSerializable,
        Outcome::DataserviceInvalid(_) => Reason::DataserviceInvalid,
        Outcome::LayoutInvalid(_) => Reason::LayoutInvalid,
        Outcome::Exceeded(exceeded) => match exceeded.limit {
            Limit::Timeout => Reason::Timeout,
            Limit::Fuel => Reason::FuelExhausted,
            Limit::Memory | Limit::MemoryBudget => Reason::MemoryLimit,
            Limit::Stack => Reason::StackOverflow,
            Limit::Output => Reason::OutputTooLarge,
            Limit::ConsoleEntries | Limit::ConsoleBytes => Reason::ConsoleTooLarge,
        },
        Outcome::Deadlock => Reason::Deadlock,
        Outcome::Defect(Defect::NoReply) => Reason::EmptyStdout,
        Outcome::Defect(Defect::Undecodable(_)) => Reason::DeserializeFailed,
        Outcome::Defect(Defect::Trapped { .. }) => Reason::GuestTrap,
    })
}

fn metrics(usage: &Usage) -> Metrics {
    // Whole microseconds: what lies below is noise, and it would triple the digits.
    let rounded = |ms: f64| (ms * 1e3).round() / 1e3;
    Metrics {
        execution_time_ms: rounded(usage.execution_ms),
        compile_time_ms: rounded(usage.compile_ms),
        queue_time_ms: rounded(usage.queue_ms),
        fuel_consumed: usage.fuel_consumed,
        peak_memory_bytes: usage.peak_memory_bytes,
        bridge_calls: usage.bridge_calls,
        script_cache_hit: usage.cache_hit,
    }
}

fn failure(outcome: Outcome) -> Result<Box<RawValue>, Box<Failure>> {
    let Some(reason) = reason(&outcome) else {
        let Outcome::Returned(output) = outcome else { return Ok(RawValue::NULL.to_owned()) };
        return Ok(output);
    };
    Err(Box::new(match outcome {
        // Spelt out above; the compiler cannot know.
        Outcome::Returned(output) => return Ok(output),
        Outcome::Threw(thrown) => thrown_failure(reason, thrown, "the script threw"),
        Outcome::Unparsable(unparsable) => {
            thrown_failure(reason, unparsable.thrown, "the script does not parse; nothing was run")
        }
        Outcome::NotSerializable(thrown) => {
            let details = "run must return a value that survives JSON.stringify: no cycles, no BigInt, no functions";
            let message = format!("the return value is not JSON: {}", thrown.message);
            Failure { message, ..thrown_failure(reason, thrown, details) }
        }
        Outcome::RunNotDefined { found } => text_failure(
            reason,
            "the script defines no function run",
            format!("define `async function run(ctx) {{ … }}` at the top level; typeof run is {found}"),
        ),
        Outcome::Deadlock => text_failure(
            reason,
            "run awaits something that can no longer settle",
            "no timer and no host call is left that could settle its promise",
        ),
        Outcome::DataserviceInvalid(faults) => {
            faults_failure(reason, "the returned value is not what dataserviceOutput asks for", faults)
        }
        Outcome::LayoutInvalid(faults) => {
            faults_failure(reason, "the returned layout is not what dataserviceOutput.layoutOutput asks for", faults)
        }
        Outcome::Exceeded(exceeded) => exceeded_failure(reason, exceeded),
        Outcome::Defect(defect) => defect_failure(reason, defect),
    }))
}

fn text_failure(reason: Reason, message: impl Into<String>, details: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        reason,
        details: FailureDetails::Text(details.into()),
        name: None,
        stack: None,
        line: None,
        column: None,
        limit: None,
        host_diagnostics: None,
    }
}

fn faults_failure(reason: Reason, message: &str, faults: Vec<Fault>) -> Failure {
    Failure { details: FailureDetails::Faults(faults), ..text_failure(reason, message, "") }
}

fn placed(failure: Failure, place: Place) -> Failure {
    Failure { stack: place.stack, line: place.line, column: place.column, ..failure }
}

fn thrown_failure(reason: Reason, thrown: Thrown, details: &str) -> Failure {
    let Thrown { name, message, place } = thrown;
    let at = match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{details}, at line {line}, column {column}"),
        _ => details.to_owned(),
    };
    Failure { name, ..placed(text_failure(reason, message, at), place) }
}

fn exceeded_failure(reason: Reason, exceeded: Exceeded) -> Failure {
    let Exceeded { limit, bound, used, place } = exceeded;
    let (message, details) = match limit {
        Limit::Timeout => {
            (format!("the run took longer than {bound} ms"), "waiting on host calls counts; raise timeoutMs or do less")
        }
        Limit::Fuel => (
            format!("the run used up its budget of {bound} instructions"),
            "the operator sets the budget (fuel); do less, or ask for more",
        ),
        Limit::Memory => (
            format!("the run asked for {used} MiB of memory; its limit is {bound} MiB"),
            "raise maxMemoryMb (at most what the operator allows), or keep less at once: read rows instead of whole files",
        ),
        Limit::MemoryBudget => (
            format!("the service's memory for all runs, {bound} MiB, is used up"),
            "this run was the one that asked for more; run it again when fewer others run",
        ),
        Limit::Stack => (
            "the script recursed deeper than its stack allows".to_owned(),
            "look for a recursion without an end, or use a loop with a list of what is left to do",
        ),
        Limit::Output => {
            (format!("the output is {used} bytes of JSON; at most {bound} are allowed"), "return less, or an aggregate")
        }
        Limit::ConsoleEntries => {
            (format!("the script wrote more than {bound} console entries"), "the operator made that fatal; log less")
        }
        Limit::ConsoleBytes => (
            format!("the script wrote more than {bound} bytes to the console"),
            "the operator made that fatal; log less",
        ),
    };
    let limit = LimitHit { name: limit.name().to_owned(), limit: bound, used };
    Failure { limit: Some(limit), ..placed(text_failure(reason, message, details), place) }
}

fn defect_failure(reason: Reason, defect: Defect) -> Failure {
    let sorry = "this is a defect of the service, not of the script; its log has more under the request id";
    let (message, diagnostics) = match defect {
        Defect::NoReply => ("the sandbox ended without a reply", HostDiagnostics::default()),
        Defect::Undecodable(fault) => (
            "the sandbox's reply does not decode",
            HostDiagnostics { parse_failure: Some(fault), ..HostDiagnostics::default() },
        ),
        Defect::Trapped { stderr, .. } => (
            "the sandbox failed",
            HostDiagnostics {
                stderr_preview: Some(stderr).filter(|text| !text.is_empty()),
                ..HostDiagnostics::default()
            },
        ),
    };
    Failure { host_diagnostics: Some(diagnostics), ..text_failure(reason, message, sorry) }
}
