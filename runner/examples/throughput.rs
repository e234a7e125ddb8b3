//! How many small tasks go through a Core, the runner, the service and an S3 store on this machine in a second, and which process the
//! time of the processors goes to. The developer Core and the store are in this process; the runner and the service are their own.
//!
//! `cargo build --release -p arbex -p arbex-runner && cargo run --release -p arbex-runner --example throughput -- --tasks 10000`

#[path = "support/processes.rs"]
mod processes;

use std::io::{self, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::Parser;
use heat_core_dev::{Core, CoreHandle, CoreOptions};
use heat_runtime::{ConnectionString, DataSource, DataSourceType};
use serde_json::json;

use processes::Done;

/// `/proc` counts in these: what Linux says to programs is 100 a second, whatever the kernel itself counts in.
const TICKS_A_SECOND: f64 = 100.0;
const STORE: &str = "HEAT Managed Object Store";

/// Small tasks, many of them.
#[derive(Parser)]
struct Arguments {
    /// How many.
    #[arg(long, default_value_t = 10_000)]
    tasks: u32,
    /// How many the runner works on at a time.
    #[arg(long, default_value_t = 8)]
    at_once: u32,
    /// Sessions among which they are; each has one node that runs a script, and one above it that has an output.
    #[arg(long, default_value_t = 100)]
    sessions: u32,
    /// Whether the script reads its input, which the service fetches from the store.
    #[arg(long)]
    read: bool,
    /// More flags for the runner.
    #[arg(last = true)]
    runner: Vec<String>,
}

#[tokio::main]
async fn main() -> Done<()> {
    let arguments = Arguments::parse();
    let root = tempfile::TempDir::new()?;
    let s3 = processes::s3_server(root.path()).await?;
    upload_input(&s3).await?;
    let core = core(&s3, &arguments)?;
    let binaries = processes::binaries()?;
    let (service, service_url) = processes::service(&binaries, &s3).await?;
    let mut runner = processes::runner(&binaries, &core.base_url(), &service_url)?;
    let flags = ["--admin-listen", "127.0.0.1:0", "--poll-ms", "10", "--log", "warn", "--max-tasks"];
    runner.args(flags).arg(arguments.at_once.to_string()).args(&arguments.runner).stderr(Stdio::inherit());
    let mut runner = runner.spawn()?;
    let (service_id, runner_id) = (service.id().ok_or("the service runs")?, runner.id().ok_or("the runner runs")?);
    // Both have started, and connected.
    tokio::time::sleep(Duration::from_millis(500)).await;

    let before = Used::now(runner_id, service_id)?;
    let calls = || core.requests().last().map_or(0, |request| request.sequence);
    let (began, calls_before) = (Instant::now(), calls());
    for task in 0..arguments.tasks {
        core.queue_task(i64::from(task % arguments.sessions) + 1)?;
    }
    while core.open_tasks() != (0, 0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let used = Used::now(runner_id, service_id)?.since(&before);
    let calls = calls() - calls_before;
    runner.kill().await?;

    let audit = core.audit();
    let completed = audit.counts.get(&heat_core_dev::EventKind::Completed).copied().unwrap_or_default();
    let tasks = f64::from(arguments.tasks);
    let mut out = io::stdout();
    writeln!(
        out,
        "{completed} of {tasks} tasks completed in {seconds:.2} s: {:.0} a second, {} at a time, {:.1} calls of Core each",
        tasks / seconds,
        arguments.at_once,
        calls as f64 / tasks
    )?;
    let all = used.runner + used.service + used.core + used.store;
    writeln!(out, "{:<18}{:>8}{:>14}{:>8}", "", "CPU s", "us a task", "share")?;
    let parts =
        [("runner", used.runner), ("service", used.service), ("developer Core", used.core), ("S3 server", used.store)];
    for (name, cpu) in parts.into_iter().chain([("all", all)]) {
        writeln!(out, "{name:<18}{cpu:>8.2}{:>14.0}{:>7.1}%", cpu / tasks * 1e6, cpu / all * 100.0)?;
    }
    if completed != arguments.tasks as usize || !audit.doubled_outputs.is_empty() {
        return Err(format!("not all is well: {audit:?}").into());
    }
    Ok(())
}

/// Seconds of processor time so far.
struct Used {
    runner: f64,
    service: f64,
    core: f64,
    store: f64,
}

impl Used {
    fn now(runner: u32, service: u32) -> Done<Self> {
        let mut core = 0.0;
        for thread in std::fs::read_dir("/proc/self/task")? {
            let thread = thread?.path();
            if std::fs::read_to_string(thread.join("comm"))?.trim() == "heat-core-dev" {
                core += cpu(&thread.join("stat").to_string_lossy())?;
            }
        }
        let of = |id: u32| cpu(&format!("/proc/{id}/stat"));
        Ok(Self { runner: of(runner)?, service: of(service)?, core, store: cpu("/proc/self/stat")? - core })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            runner: self.runner - before.runner,
            service: self.service - before.service,
            core: self.core - before.core,
            store: self.store - before.store,
        }
    }
}

/// User and system time, the 14th and 15th field; the second may hold spaces, but ends with a parenthesis.
fn cpu(path: &str) -> Done<f64> {
    let text = std::fs::read_to_string(path)?;
    let (_, rest) = text.rsplit_once(')').ok_or("a name in parentheses")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_A_SECOND)
}

async fn upload_input(s3: &str) -> Done<()> {
    let mut source = DataSource::default();
    source.name = STORE.to_owned();
    source.r#type = DataSourceType::S3 as i64;
    source.connection_string = ConnectionString(format!("http://minio:minio123@{s3}"));
    source.store()?.upload_blob("in.csv", "n\n1\n2\n").await?;
    Ok(())
}

fn core(s3: &str, arguments: &Arguments) -> Done<CoreHandle> {
    let quiet = "async function run(ctx) { return { task: ctx.node.taskId }; }";
    let reads = "async function run(ctx) {
        const table = await ctx.inputs.latest.openTabularReader();
        let sum = 0;
        for await (const row of table) sum += Number(row.n);
        return { sum };
    }";
    let script = if arguments.read { reads } else { quiet };
    let configuration = json!({ "script": script, "parent": { "nodeInstanceName": "csv-input", "mode": "latest" } });
    let (mut sessions, mut nodes, mut outputs) = (vec![], vec![], vec![]);
    for number in 1..=arguments.sessions {
        let (id, parent) = (format!("3f0c7c1e-1111-4222-8333-{number:012}"), 1_000_000 + number);
        sessions.push(json!({ "id": id, "name": "s", "projectId": 4, "sessionTemplateId": 2 }));
        nodes.push(json!({ "id": parent, "sessionId": id, "nodeTemplateId": 8, "name": "csv-input" }));
        nodes.push(json!({
            "id": number, "sessionId": id, "nodeTemplateId": 9, "name": "script", "parentIds": [parent],
            "configuration": configuration.to_string()
        }));
        outputs.push(json!({
            "nodeInstanceId": parent, "configuration": "{}", "dataSourceId": 7, "dataPath": "in.csv", "outputIdentifier": "in"
        }));
    }
    let seed = json!({
        "config": { "runner_config.default_store": STORE },
        "dataSources": [{ "id": 7, "name": STORE, "type": 4, "connectionString": format!("http://minio:minio123@{s3}") }],
        "runnerTypes": [{ "id": 3, "name": "arbex", "containerImage": "arbex", "enabled": true }],
        "nodeTemplates": [
            { "id": 8, "name": "input-node", "type": "Input" },
            { "id": 9, "name": "system-arbex-js", "type": "Transform", "supportedRunnerIds": [3] }
        ],
        "sessionTemplates": [{ "id": 2, "name": "t", "configuration": "{}" }],
        "projects": [{ "id": 4, "title": "P", "ownerId": 1, "defaultSessionTemplateId": 2 }],
        "sessions": sessions, "nodes": nodes, "outputs": outputs,
    });
    Ok(Core::start(CoreOptions { seed: serde_json::from_value(seed)?, ..CoreOptions::default() })?)
}
