//! `POST /validate`: an editor's check while typing.

use std::sync::Arc;

use arbex_api::{Diagnostic, ExecuteRequest, Fault, Severity, ValidateResponse};
use axum::Json;
use axum::extract::State;

use super::App;
use super::execute::{count_rejected, decode};
use super::problem::{CallProblems, Problem};
use super::request::{JsonBody, NoQuery};
use crate::call::{Ceilings, Limits, ValidateCall};
use crate::run::{Defect, Outcome, Thrown, Unparsable};

/// Check a script and its configuration; runs nothing
///
/// Takes the body of `POST /execute`, compiles the script without running it, and checks the configuration. `context` and
/// `inputs` may be left out and are not looked at. What a person mistyped in the configuration is a diagnostic here, not a
/// problem; only a body without a `configuration` object is refused.
#[utoipa::path(
    post,
    path = "/validate",
    tag = "run",
    request_body(content = ExecuteRequest, content_type = "application/json"),
    responses(
        (status = 200, description = "What was found, which may be nothing", body = ValidateResponse),
        CallProblems,
    ),
    security((), ("bearer" = [])),
)]
pub(super) async fn validate(
    State(app): State<App>,
    _: NoQuery,
    body: JsonBody,
) -> Result<Json<ValidateResponse>, Problem> {
    let _room = Arc::clone(&body.room);
    let call = decode(&app, body, ValidateCall::decode).await?;
    let mut diagnostics: Vec<_> = call.faults.into_iter().map(of_fault).collect();
    if let Some(script) = &call.script {
        let checked = app.sandbox.check(script, &compile_limits(&app.ceilings)).await;
        if let Err(outcome) = checked.inspect_err(|error| count_rejected(&app, error))? {
            diagnostics.extend(of_outcome(outcome)?);
        }
    }
    let valid = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    Ok(Json(ValidateResponse { valid, diagnostics }))
}

/// Compiling is held to what a request gets that asks for nothing.
fn compile_limits(ceilings: &Ceilings) -> Limits {
    let memory_mb = ceilings.default_memory_mb.min(ceilings.max_memory_mb);
    Limits {
        timeout_ms: ceilings.default_timeout_ms.min(ceilings.max_timeout_ms),
        memory_bytes: memory_mb.saturating_mul(1024 * 1024),
    }
}

fn of_fault(Fault { pointer, message }: Fault) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message: format!("{pointer}: {message}"), line: None, column: None }
}

fn of_outcome(outcome: Outcome) -> Result<Vec<Diagnostic>, Problem> {
    let cause = match outcome {
        Outcome::Unparsable(Unparsable { thrown, further }) => {
            return Ok(std::iter::once(thrown).chain(further).map(of_thrown).collect());
        }
        Outcome::Exceeded(exceeded) => {
            let (limit, bound) = (exceeded.limit.name(), exceeded.bound);
            let message = format!("the script does not compile within its limits: {limit} is {bound}; make it shorter");
            return Ok(vec![Diagnostic { severity: Severity::Error, message, line: None, column: None }]);
        }
        Outcome::Defect(Defect::Trapped { trap, .. }) => format!("compile: {trap}"),
        Outcome::Defect(Defect::NoReply) => "compile: no reply".to_owned(),
        _ => "compile: a reply that does not decode or does not fit".to_owned(),
    };
    Err(Problem::Internal { cause })
}

fn of_thrown(Thrown { message, place, .. }: Thrown) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message, line: place.line, column: place.column }
}
