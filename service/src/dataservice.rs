//! What `dataserviceOutput` asks of an output: from the value that a script returned to the one that is stored, or to every
//! fault of it, each with its JSON pointer.
//!
//! An output is hostile and may be as long as the operator's cap allows, so it is walked as text: one object or array entry is
//! open at a time, nothing recurses on its depth, and what the contract does not name is copied as it is spelt. Of a member that
//! stands twice the last one counts, as for every reader that we know of; where an object is written anew, it is the only one
//! written. What is written is normal: checking it again changes nothing.

mod channel;
mod layout;
mod object;
mod payload;
mod points;
#[cfg(test)]
mod tests;
mod users;

use arbex_api::{ConsoleEntry, Fault, Level, Persistence};
use serde_json::value::RawValue;

use crate::call::DataserviceOutput;
use crate::json::faults::{At, Faults};
use crate::json::section::Section;
use crate::json::{self, Plan};
use crate::run::{Outcome, Run};
use object::Object;
use payload::ChannelIds;

const DATASERVICE: &str = "$heat-dataservice";
const USERS: &str = "dashboard_users";
const LEGACY_USERS: &str = "dashboardUsers";
const LAYOUT: &str = "suggestedLayoutConfiguration";

const OUTPUT: Plan =
    Plan::Whole(&[(DATASERVICE, Plan::Raw), (USERS, Plan::Raw), (LEGACY_USERS, Plan::Raw), (LAYOUT, Plan::Raw)]);

/// A longer output is worked on beside the workers, which have other runs to serve: about a millisecond's work.
const INLINE_BYTES: usize = 64 * 1024;

/// What is wrong with an output.
#[derive(Debug, PartialEq, Eq)]
enum Unfit {
    /// The dataservice, and perhaps the layout too.
    Dataservice(Vec<Fault>),
    /// The layout alone.
    Layout(Vec<Fault>),
}

/// An output that fits.
#[derive(Debug)]
struct Fit {
    /// Its normal form; none when it is to stay as it came.
    normal: Option<String>,
    /// What its author should know all the same.
    warnings: Vec<String>,
}

/// Check and normalise what `run` returned; a run that failed stays as it is. `guard` is held until the work is done, also when
/// nobody waits for it any more.
///
/// This is our work on a value that the script returned in time, so the run's deadline does not end it. What bounds it is the
/// operator's cap on outputs: each byte is looked at a fixed number of times, the check ends at a full list of faults, and what
/// it holds is at most a few times the output.
///
/// # Errors
///
/// A defect of ours, in words.
pub(crate) async fn settle<G: Send + 'static>(run: Run, wanted: DataserviceOutput, guard: G) -> Result<Run, String> {
    match &run.outcome {
        Outcome::Returned(output) if INLINE_BYTES < output.get().len() => {}
        _ => return Ok(settled(run, &wanted)),
    }
    let work = move || {
        let _guard = guard;
        settled(run, &wanted)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("checking the output: {error}"))
}

fn settled(mut run: Run, wanted: &DataserviceOutput) -> Run {
    let output = match run.outcome {
        Outcome::Returned(output) => output,
        outcome => return Run { outcome, ..run },
    };
    run.outcome = match check(&output, wanted) {
        Ok(Fit { normal, warnings }) => {
            run.console.extend(warnings.into_iter().map(|message| ConsoleEntry {
                level: Level::Warn,
                message,
                at_ms: (run.usage.execution_ms * 1e3).round() / 1e3,
            }));
            match normal.map(RawValue::from_string) {
                None => Outcome::Returned(output),
                Some(Ok(normal)) => Outcome::Returned(normal),
                // It is put together from valid pieces; were it not valid, it must not go out as if it were.
                Some(Err(error)) => {
                    let message = format!("cannot be normalised: {}", json::without_position(&error));
                    Outcome::DataserviceInvalid(vec![Fault { pointer: String::new(), message }])
                }
            }
        }
        Err(Unfit::Dataservice(faults)) => Outcome::DataserviceInvalid(faults),
        Err(Unfit::Layout(faults)) => Outcome::LayoutInvalid(faults),
    };
    run
}

fn check(output: &RawValue, wanted: &DataserviceOutput) -> Result<Fit, Unfit> {
    let mut faults = Faults::default();
    let mut fit = Fit { normal: None, warnings: Vec::new() };
    let is_root = wanted.persistence != Persistence::ArbexEnvelope;

    let opened =
        if output.get().starts_with('{') { json::opened(output, &OUTPUT, 0, &At::ROOT, &mut faults) } else { None };
    let root = opened.as_ref().and_then(|opened| Section::optional(opened, At::ROOT, &mut faults));
    let member = |key| root.as_ref().and_then(|root| root.raw(key));

    let mut out = String::new();
    let mut normal = Object::begin(&mut out);
    let mut ids: Option<ChannelIds<'_>> = None;
    match (&root, member(DATASERVICE)) {
        (Some(root), Some(raw)) => {
            let at = At::ROOT.key(DATASERVICE);
            let payload = payload::write(raw, &at, normal.member(DATASERVICE), &mut faults);
            fit.warnings.extend(payload.warning);
            ids = Some(payload.ids);
            users::write(root, &wanted.dashboard_users, normal.member(USERS), &mut faults);
        }
        _ if wanted.persistence == Persistence::DataserviceRoot => {
            let what = if root.is_some() { "an object without it".to_owned() } else { json::shown(output) };
            let message = format!(
                "is required: with persistence {}, run must return a dataservice root; got {what}",
                wanted.persistence
            );
            faults.add(&At::ROOT.key(DATASERVICE), message);
        }
        _ if is_root => {
            let persistence = wanted.persistence;
            fit.warnings.push(format!(
                "dataserviceOutput: persistence is {persistence}, but the output has no {DATASERVICE}; it is stored as it is"
            ));
        }
        _ => {}
    }
    let is_dataservice_fit = faults.is_empty();

    let layout = member(LAYOUT);
    if let Some(wanted) = &wanted.layout {
        let at = At::ROOT.key(LAYOUT);
        match layout {
            Some(layout) => layout::check(layout, ids.as_ref(), &at, &mut faults),
            None if wanted.required => faults.add(&at, "is required: layoutOutput.require is true"),
            None => {}
        }
    }
    if !faults.is_empty() {
        let faults = faults.into_list();
        return Err(if is_dataservice_fit { Unfit::Layout(faults) } else { Unfit::Dataservice(faults) });
    }

    if ids.is_some() {
        if let Some(layout) = layout {
            normal.member(LAYOUT).push_str(layout.get());
        }
        // A stored root has no other members; an envelope's output keeps what else the script returned.
        if !is_root {
            normal.others(root.as_ref().map_or("", Section::others));
        }
        normal.end();
        fit.normal = Some(out);
    }
    Ok(fit)
}
