//! The order of events, and nothing else.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use arbex_runner::execute::ExecuteClient;
use arbex_runner::metrics::Metrics;
use arbex_runner::processor::ArbexProcessor;
use arbex_runner::settings::{Checked, Settings};
use arbex_runner::{admin, shutdown, telemetry};
use arbex_traces::Traces;
use heat_runtime::{ClaimObserver, Error, HeatRuntime, OnClaimError};

const FAILED: u8 = 1;
const USAGE: u8 = 64;
const UNAVAILABLE: u8 = 69;

/// `--once` waits for its task: nobody asked it to stop.
const ONCE_GRACE: Duration = Duration::from_secs(24 * 3600);

/// Why the process ends early: its exit code and words.
type End = (u8, String);

fn main() -> ExitCode {
    let settings = match Settings::from_command_line() {
        Ok(settings) => settings,
        Err(error) => {
            // Help and version come this way too.
            let code = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return code.into();
        }
    };
    let settings = match settings.check(&Settings::variables()) {
        Ok(settings) => settings,
        Err(faults) => {
            let lines: Vec<_> = faults.iter().map(|fault| format!("arbex-runner: {fault}\n")).collect();
            let _ = std::io::stderr().write_all(lines.concat().as_bytes());
            return USAGE.into();
        }
    };
    let traces = settings.traces.as_ref();
    let traces = traces.map(|endpoint| Traces::new(endpoint, "arbex-runner", env!("CARGO_PKG_VERSION"))).transpose();
    telemetry::start(&settings.log, settings.log_format, traces.as_ref().ok().and_then(Option::as_ref));
    let traces = match traces {
        Ok(traces) => traces,
        Err(words) => return end((UNAVAILABLE, words)),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end((UNAVAILABLE, error.to_string())),
    };
    let ran = runtime.block_on(run(&settings));
    // After the last task: its span is to be sent, too.
    traces.inspect(Traces::stop);
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(early) => end(early),
    }
}

fn end((code, error): End) -> ExitCode {
    tracing::error!(error, "the runner ends");
    code.into()
}

async fn run(settings: &Checked) -> Result<(), End> {
    let wrong = |error: Error| (USAGE, error.to_string());
    let metrics = Metrics::new().map_err(|error| (UNAVAILABLE, error.to_string()))?;
    let service = ExecuteClient::new(&settings.execute).map_err(|words| (USAGE, words))?;
    let mut core = HeatRuntime::new(settings.core.clone()).map_err(wrong)?;
    let (every, keep) = (settings.signal_every, settings.keep);
    core.register(ArbexProcessor::new(service, settings.inputs, every, keep, metrics.clone()));

    let mut claiming = settings.claiming.clone();
    shutdown::on_signals(claiming.shutdown.clone()).map_err(|error| (UNAVAILABLE, error.to_string()))?;
    let is_debug = settings.core.debug_node_id.is_some();
    let is_short = settings.once || is_debug;
    if !is_short {
        let started = admin::start(settings.admin_listen, metrics.clone(), claiming.shutdown.clone()).await;
        started.map_err(|words| (UNAVAILABLE, words))?;
    }
    let (counted, first_claim) = (metrics.clone(), settings.once.then(|| claiming.shutdown.clone()));
    claiming.on_claim = ClaimObserver::new(move |claim| {
        counted.claimed(claim);
        if let Some(stop) = &first_claim {
            stop.cancel();
        }
    });
    if settings.once {
        claiming.grace = ONCE_GRACE;
        claiming.on_claim_error = OnClaimError::Stop;
    }
    let ended = core.init(&settings.tag, claiming).await;
    match ended {
        Err(error) if is_debug => Err((FAILED, error.to_string())),
        Err(error) => Err((UNAVAILABLE, error.to_string())),
        Ok(()) if is_short && metrics.failed_tasks() > 0 => Err((FAILED, "the task failed".to_owned())),
        Ok(()) => Ok(()),
    }
}
