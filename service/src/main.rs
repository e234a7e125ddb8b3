//! The order of events, and nothing else.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use arbex::cli::{self, Command, Exit};
use arbex::http::{self, App, Listeners};
use arbex::metrics::Metrics;
use arbex::readiness::Readiness;
use arbex::sandbox::Sandbox;
use arbex::settings::{Checked, Settings, Surroundings};
use arbex::shutdown::Shutdown;
use arbex::telemetry;
use arbex_traces::Traces;
use tokio::net::TcpListener;

/// After so many polls a worker looks at its sockets. Tokio's own 61 would be a tenth of a second while scripts compute,
/// because each poll of a run is a slice of about 2 ms.
const POLLS_BETWEEN_EVENTS: u32 = 7;

fn main() -> ExitCode {
    let surroundings = Surroundings::read();
    let exit = match cli::parse(std::env::args_os()) {
        Ok(Command::Serve(args)) if !args.check_config => serve(&args.settings, &surroundings),
        Ok(command) => cli::perform(command, &surroundings),
        Err(exit) => exit,
    };
    exit.into()
}

fn serve(settings: &Settings, surroundings: &Surroundings) -> Exit {
    let checked = match settings.check(surroundings) {
        Ok(checked) => checked,
        Err(faults) => return cli::refuse(&faults),
    };
    let traces = checked.traces.as_ref().map(|endpoint| Traces::new(endpoint, "arbex", env!("CARGO_PKG_VERSION")));
    let traces = traces.transpose();
    telemetry::start(&checked.log, traces.as_ref().ok().and_then(Option::as_ref));
    let ran = traces.map_err(Into::into).and_then(|traces| {
        let ran = run(checked);
        // After the last answer: its span is to be sent, too.
        traces.inspect(Traces::stop);
        ran
    });
    match ran {
        Ok(()) => Exit::Success,
        Err(error) => {
            tracing::error!(error, "the service cannot run");
            Exit::Unavailable
        }
    }
}

fn run(checked: Checked) -> Result<(), Box<dyn Error>> {
    let Checked { sandbox, ceilings, http, worker_threads, .. } = checked;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads)
        .event_interval(POLLS_BETWEEN_EVENTS)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let shutdown = Shutdown::on_signals(Duration::from_millis(http.drain_grace_ms))?;
        let sandbox = Sandbox::new(sandbox)?;
        let public = bind("--listen", http.listen).await?;
        let admin = match http.admin_listen {
            Some(address) => Some(bind("--admin-listen", address).await?),
            None => None,
        };
        let app = App::new(sandbox, ceilings, Arc::new(Metrics::new()?), Readiness::default(), http);
        Ok(http::serve(Listeners { public, admin }, app, shutdown).await?)
    });
    // All calls have ended in there. What is left may be a thread that waits for a file system which is gone: it must not hold
    // up the exit.
    runtime.shutdown_background();
    served
}

async fn bind(flag: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{flag} {address}: {error}"))?;
    // With port 0 the system chose one.
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!(flag, %address, "listening");
    Ok(listener)
}
