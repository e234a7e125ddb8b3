//! The loop: what it does for each way a task can go, how many at once, and how it ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heat_runtime::{
    CancellationToken, Claim, ClaimObserver, HeatRuntime, HeatRuntimeOptions, InitOptions, OnClaimError,
    OnCompletionError, ProcessError, Processor, RetryPolicy, RunnerTask, TaskLost, Unfinished, Validation, async_trait,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use crate::fake::{Fake, Received, Reply};

const TEMPLATE: &str = "t";

fn task(id: usize) -> Value {
    json!({ "id": id, "nodeInstanceId": 72, "nodeInstance": { "id": 72, "nodeTemplate": { "name": TEMPLATE } } })
}

fn options(shutdown: &CancellationToken) -> InitOptions {
    let mut options = InitOptions::default();
    options.polling_interval = Duration::from_millis(1);
    options.shutdown = shutdown.clone();
    options
}

/// A processor out of two functions.
struct Scripted<V, P> {
    validate: V,
    process: P,
}

#[async_trait]
impl<V, P> Processor for Scripted<V, P>
where
    V: Fn() -> Validation + Send + Sync + 'static,
    P: Fn() -> Result<(), ProcessError> + Send + Sync + 'static,
{
    fn template_name(&self) -> &str {
        TEMPLATE
    }

    async fn validate(&self, _task: &RunnerTask) -> Validation {
        (self.validate)()
    }

    async fn process(&self, _task: &RunnerTask, _runtime: &HeatRuntime) -> Result<(), ProcessError> {
        (self.process)()
    }
}

/// Claims one task, with what `amend` makes of it, and walks on until the claim after it; gives what was sent besides claims, with the
/// words of each status.
async fn walk(
    validate: impl Fn() -> Validation + Send + Sync + 'static,
    process: impl Fn() -> Result<(), ProcessError> + Send + Sync + 'static,
    claimed: Value,
    refuse: &'static [(&'static str, u16)],
) -> Vec<String> {
    walk_with(|_| (), validate, process, claimed, refuse).await
}

async fn walk_with(
    amend: impl Fn(&mut InitOptions),
    validate: impl Fn() -> Validation + Send + Sync + 'static,
    process: impl Fn() -> Result<(), ProcessError> + Send + Sync + 'static,
    claimed: Value,
    refuse: &'static [(&'static str, u16)],
) -> Vec<String> {
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let claims = AtomicUsize::new(0);
    let fake = Fake::start(move |_, received| {
        if received.path == "/api/tasks/claim" {
            if claims.fetch_add(1, Ordering::SeqCst) == 0 {
                return Reply::json(200, &claimed);
            }
            stop.cancel();
            return Reply::status(404);
        }
        let refused = refuse.iter().find(|(path, _)| received.path.ends_with(path));
        Reply::status(refused.map_or(200, |(_, status)| *status))
    })
    .await;
    let mut runtime = fake.runtime();
    runtime.register(Scripted { validate, process });
    let mut options = options(&shutdown);
    amend(&mut options);
    runtime.init("r", options).await.unwrap();
    let received = fake.received();
    received.iter().filter(|received| received.path != "/api/tasks/claim").map(described).collect()
}

fn described(received: &Received) -> String {
    match received.body["statusDetails"].as_str() {
        Some(details) => format!("{} {} {details}", received.path, received.body["lastState"]),
        None => received.path.clone(),
    }
}

fn valid() -> Validation {
    Validation::Valid
}

#[tokio::test]
async fn success_is_signal_status_complete() {
    let sent = walk(valid, || Ok(()), task(1), &[]).await;
    let details = "/api/nodes/72/status 3 Processing succeeded; node is ready for more work.";
    assert_eq!(sent, ["/api/tasks/1/signal", details, "/api/tasks/1/complete"]);
}

#[tokio::test]
async fn whatever_goes_wrong_is_status_and_fail_with_its_words() {
    let unknown = json!({ "id": 1, "nodeInstanceId": 72, "nodeInstance": { "name": "other" } });
    let failed = |details: &str| vec![format!("/api/nodes/72/status 2 {details}"), "/api/tasks/1/fail".to_owned()];
    let signalled = |details: &str| [vec!["/api/tasks/1/signal".to_owned()], failed(details)].concat();

    assert_eq!(walk(valid, || Err("boom".into()), task(1), &[]).await, signalled("boom"));
    assert_eq!(walk(valid, || panic!("no {}", "way"), task(1), &[]).await, signalled("The processor panicked: no way"));
    assert_eq!(walk(|| panic!("oh"), || Ok(()), task(1), &[]).await, failed("The processor panicked: oh"));
    assert_eq!(walk(|| Validation::invalid("no parents"), || Ok(()), task(1), &[]).await, failed("no parents"));
    assert_eq!(walk(|| Validation::Invalid(None), || Ok(()), task(1), &[]).await, failed("Validation failed"));
    assert_eq!(walk(valid, || Ok(()), unknown, &[]).await, failed("No processor for template: other"));
    assert_eq!(
        walk(valid, || Ok(()), json!({ "id": 1, "nodeInstanceId": 72 }), &[]).await,
        failed("No processor for template: ")
    );
    assert_eq!(
        walk(valid, || Ok(()), task(1), &[("/signal", 500)]).await,
        signalled("Request failed with status code 500")
    );
    assert_eq!(
        walk(valid, || Ok(()), task(1), &[("/complete", 409)]).await,
        [
            vec![
                "/api/tasks/1/signal".to_owned(),
                "/api/nodes/72/status 3 Processing succeeded; node is ready for more work.".to_owned()
            ],
            vec!["/api/tasks/1/complete".to_owned()],
            failed("Request failed with status code 409"),
        ]
        .concat()
    );
}

#[tokio::test]
async fn a_task_that_is_lost_or_that_core_does_not_confirm_is_left_alone() {
    let lost = || Err(TaskLost("another has it".to_owned()).into());
    assert_eq!(walk(valid, lost, task(1), &[]).await, ["/api/tasks/1/signal"]);
    let done = "/api/nodes/72/status 3 Processing succeeded; node is ready for more work.";
    for status in [401, 404, 409, 500] {
        let refuse = Box::leak(Box::new([("/complete", status)]));
        let sent = walk_with(
            |options| options.on_completion_error = OnCompletionError::Leave,
            valid,
            || Ok(()),
            task(1),
            refuse,
        );
        assert_eq!(sent.await, ["/api/tasks/1/signal", done, "/api/tasks/1/complete"], "{status}");
    }
}

#[tokio::test]
async fn a_failure_that_core_refuses_does_not_end_the_loop() {
    let sent = walk(valid, || Err("boom".into()), task(1), &[("/status", 500)]).await;
    assert_eq!(sent, ["/api/tasks/1/signal", "/api/nodes/72/status 2 boom"]);
}

#[tokio::test]
async fn failed_claims_are_waited_out_or_end_the_loop() {
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let fake = Fake::start(move |number, _| {
        if number == 2 {
            stop.cancel();
        }
        Reply::status([500, 401, 404][number])
    })
    .await;
    let mut runtime = fake.runtime();
    runtime.register(Scripted { validate: valid, process: || Ok(()) });
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut observed = options(&shutdown);
    let teller = told.clone();
    observed.on_claim = ClaimObserver::new(move |claim| teller.lock().unwrap().push(claim));
    runtime.init("r", observed).await.unwrap();
    assert_eq!(fake.lines(), ["POST /api/tasks/claim"; 3]);
    assert_eq!(*told.lock().unwrap(), [Claim::Failed, Claim::Failed, Claim::Nothing]);

    let fake = Fake::start(|_, _| Reply::status(503)).await;
    let mut runtime = fake.runtime();
    runtime.register(Scripted { validate: valid, process: || Ok(()) });
    let mut stopping = options(&CancellationToken::new());
    stopping.on_claim_error = OnClaimError::Stop;
    assert_eq!(runtime.init("r", stopping).await.unwrap_err().status(), Some(503));
    assert_eq!(fake.lines().len(), 1);
}

#[tokio::test]
async fn processors_come_and_go() {
    let fake = Fake::start(|_, _| Reply::status(500)).await;
    let mut runtime = fake.runtime();
    runtime.register(Scripted { validate: valid, process: || Ok(()) });
    runtime.register(Scripted { validate: valid, process: || Ok(()) });
    runtime.unregister("another");
    let mut stopping = options(&CancellationToken::new());
    stopping.on_claim_error = OnClaimError::Stop;
    runtime.init("tag", stopping.clone()).await.unwrap_err();
    assert_eq!(
        fake.received()[0].body,
        json!({ "runnerTag": "tag", "supportedNodeTemplateNames": [TEMPLATE, TEMPLATE] })
    );
    runtime.unregister(TEMPLATE);
    let error = runtime.init("tag", stopping).await.unwrap_err();
    assert_eq!(error.to_string(), "At least one processor must be registered before calling init()");
    assert_eq!(fake.lines().len(), 1);
}

/// Tells when it begins, and ends when it is let.
struct Gated {
    begun: Arc<Semaphore>,
    gate: Arc<Semaphore>,
    at_once: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Gated {
    fn new() -> Self {
        let none = || Arc::new(Semaphore::new(0));
        Self { begun: none(), gate: none(), at_once: Arc::default(), most: Arc::default() }
    }
}

#[async_trait]
impl Processor for Gated {
    fn template_name(&self) -> &str {
        TEMPLATE
    }

    async fn process(&self, _task: &RunnerTask, _runtime: &HeatRuntime) -> Result<(), ProcessError> {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.begun.add_permits(1);
        self.gate.acquire().await?.forget();
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A Core with this many tasks.
async fn core_with(tasks: usize) -> Fake {
    let next = Mutex::new(1);
    Fake::start(move |_, received| {
        if received.path != "/api/tasks/claim" {
            return Reply::status(200);
        }
        let mut next = next.lock().unwrap();
        if *next > tasks {
            return Reply::status(404);
        }
        *next += 1;
        Reply::json(200, &task(*next - 1))
    })
    .await
}

fn count(fake: &Fake, end: &str) -> usize {
    fake.lines().iter().filter(|line| line.ends_with(end)).count()
}

#[tokio::test]
async fn as_many_tasks_at_once_as_there_is_room_for() {
    let fake = core_with(7).await;
    let gated = Gated::new();
    let (begun, gate, most) = (gated.begun.clone(), gated.gate.clone(), gated.most.clone());
    let mut runtime = fake.runtime();
    runtime.register(gated);
    let shutdown = CancellationToken::new();
    let mut options = options(&shutdown);
    options.max_concurrent_tasks = 3.try_into().unwrap();
    let running = tokio::spawn(async move { runtime.init("r", options).await });

    begun.acquire_many(3).await.unwrap().forget();
    // All room is taken, so that nothing more is claimed: what is claimed without room would wait for its lease.
    assert_eq!(count(&fake, "/claim"), 3);
    gate.add_permits(7);
    begun.acquire_many(4).await.unwrap().forget();
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 3);
    assert_eq!(count(&fake, "/complete"), 7);
}

#[tokio::test]
async fn shutdown_waits_for_what_runs() {
    let fake = core_with(2).await;
    let gated = Gated::new();
    let (begun, gate) = (gated.begun.clone(), gated.gate.clone());
    let mut runtime = fake.runtime();
    runtime.register(gated);
    let shutdown = CancellationToken::new();
    let options = options(&shutdown);
    let running = tokio::spawn(async move { runtime.init("r", options).await });
    begun.acquire().await.unwrap().forget();
    shutdown.cancel();
    gate.add_permits(1);
    running.await.unwrap().unwrap();
    assert_eq!((count(&fake, "/claim"), count(&fake, "/complete"), count(&fake, "/fail")), (1, 1, 0));
}

#[tokio::test]
async fn what_is_not_done_after_the_grace_fails_or_is_left() {
    for (unfinished, failed) in [(Unfinished::Fail, 1), (Unfinished::LeaveToLease, 0)] {
        let fake = core_with(1).await;
        let gated = Gated::new();
        let begun = gated.begun.clone();
        let mut runtime = fake.runtime();
        runtime.register(gated);
        let shutdown = CancellationToken::new();
        let mut options = options(&shutdown);
        options.grace = Duration::ZERO;
        options.unfinished = unfinished;
        let running = tokio::spawn(async move { runtime.init("r", options).await });
        begun.acquire().await.unwrap().forget();
        shutdown.cancel();
        running.await.unwrap().unwrap();
        assert_eq!((count(&fake, "/complete"), count(&fake, "/fail")), (0, failed), "{unfinished:?}");
        let details: Vec<_> = fake
            .received()
            .iter()
            .filter_map(|received| received.body["statusDetails"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(details, vec!["The runner was stopped before the task was done"; failed]);
    }
}

#[tokio::test]
async fn a_task_that_comes_while_the_runner_stops_is_not_lost() {
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let fake = Fake::start(move |_, received| {
        // Core gives the task just when the runner is told to stop.
        stop.cancel();
        if received.path == "/api/tasks/claim" { Reply::json(200, &task(1)) } else { Reply::status(200) }
    })
    .await;
    let mut runtime = fake.runtime();
    runtime.register(Scripted { validate: valid, process: || Ok(()) });
    runtime.init("r", options(&shutdown)).await.unwrap();
    assert_eq!((count(&fake, "/claim"), count(&fake, "/complete")), (1, 1));
}

/// Runs node 72 in debug mode against a Core that has these answers to paths; the rest is 200.
async fn debug(
    answers: Vec<(&'static str, u16, Value)>,
    processor: impl Processor,
) -> (Result<(), heat_runtime::Error>, Vec<String>) {
    let fake = Fake::start(move |_, received| {
        let found = answers.iter().find(|(path, ..)| received.path.ends_with(path));
        found.map_or_else(|| Reply::status(200), |(_, status, body)| Reply::json(*status, body))
    })
    .await;
    let options = HeatRuntimeOptions::new(&fake.url).with_retry(RetryPolicy::none()).with_debug_node_id(72);
    let mut runtime = HeatRuntime::new(options).unwrap();
    runtime.register(processor);
    let ended = runtime.init("r", InitOptions::default()).await;
    (ended, fake.lines())
}

/// Keeps the task it was given.
struct Keeping(Arc<Mutex<Option<RunnerTask>>>, Option<String>);

#[async_trait]
impl Processor for Keeping {
    fn template_name(&self) -> &str {
        TEMPLATE
    }

    async fn process(&self, task: &RunnerTask, _runtime: &HeatRuntime) -> Result<(), ProcessError> {
        *self.0.lock().unwrap() = Some(task.clone());
        self.1.clone().map_or(Ok(()), |error| Err(error.into()))
    }
}

fn debug_answers() -> Vec<(&'static str, u16, Value)> {
    vec![
        (
            "/api/nodes/72",
            200,
            json!({ "Id": 72, "NodeTemplate": { "Name": TEMPLATE }, "Configuration": "{}", "RunnerTypeId": 4, "Parents": [{}, { "Id": 70 }, { "id": 71 }] }),
        ),
        ("/api/nodes/70", 200, json!({ "id": 70, "currentOutputId": null, "currentOutput": { "id": 1 } })),
        (
            "/api/nodes/71",
            200,
            json!({ "Id": 71, "CurrentOutputId": 501, "CurrentOutput": { "id": 501, "dataPath": "a" } }),
        ),
    ]
}

#[tokio::test]
async fn debug_mode_makes_a_task_of_the_node_and_its_parents() {
    let kept = Arc::default();
    let (ended, lines) = debug(
        [debug_answers(), vec![("/signal", 404, json!({})), ("/complete", 404, json!({}))]].concat(),
        Keeping(Arc::clone(&kept), None),
    )
    .await;
    ended.unwrap();
    let task = kept.lock().unwrap().take().unwrap();
    assert_eq!((task.node_instance_id, task.runner_type_id, task.node_instance_configuration.as_str()), (72, 4, "{}"));
    assert_eq!(
        (task.verbose_state.as_deref(), task.runner_tag.as_deref(), task.max_retries),
        (Some("DEBUG"), Some("r"), 0)
    );
    assert_eq!(task.parent_node_outputs.iter().map(|output| output.id).collect::<Vec<_>>(), [Some(501)]);
    assert!(task.created_at.len() == 24 && task.created_at.ends_with('Z'), "{}", task.created_at);
    let expected = [
        "GET /api/nodes/72",
        "GET /api/nodes/70",
        "GET /api/nodes/71",
        "PUT /api/tasks/#/signal",
        "PUT /api/nodes/72/status",
        "PUT /api/tasks/#/complete",
    ];
    let lines: Vec<_> = lines.iter().map(|line| line.replace(&task.id.to_string(), "#")).collect();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn debug_mode_gives_every_error_to_its_caller() {
    let kept = || Keeping(Arc::default(), None);
    let invalid = || Scripted { validate: || Validation::Invalid(None), process: || Ok(()) };
    let said = |ended: Result<(), heat_runtime::Error>| ended.unwrap_err().to_string();

    let mut without_outputs = debug_answers();
    without_outputs[2].2 = json!({ "id": 71 });
    assert!(said(debug(without_outputs, kept()).await.0).contains("No parent of node 72 has an output"));
    let mut other_template = debug_answers();
    other_template[0].2["NodeTemplate"]["Name"] = json!("other");
    assert!(said(debug(other_template, kept()).await.0).contains("node template 'other'"));
    assert_eq!(said(debug(debug_answers(), invalid()).await.0), "Validation failed: Unknown");
    let (ended, lines) = debug(debug_answers(), Keeping(Arc::default(), Some("boom".to_owned()))).await;
    assert_eq!(said(ended), "boom");
    assert!(lines.last().unwrap().ends_with("/signal"), "a debug run fails no node: {lines:?}");
    for (path, status) in [("/signal", 500), ("/complete", 500), ("/api/nodes/71", 404)] {
        let answers = [vec![(path, status, json!({}))], debug_answers()].concat();
        assert_eq!(debug(answers, kept()).await.0.unwrap_err().status(), Some(status));
    }
}

#[tokio::test]
async fn a_loop_whose_future_is_dropped_takes_its_tasks_along() {
    let fake = core_with(1).await;
    struct Dropped(Arc<Notify>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    struct Endless(Arc<Notify>, Arc<Notify>);
    #[async_trait]
    impl Processor for Endless {
        fn template_name(&self) -> &str {
            TEMPLATE
        }
        async fn process(&self, _task: &RunnerTask, _runtime: &HeatRuntime) -> Result<(), ProcessError> {
            let _guard = Dropped(self.1.clone());
            self.0.notify_one();
            std::future::pending().await
        }
    }
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut runtime = fake.runtime();
    runtime.register(Endless(begun.clone(), dropped.clone()));
    let running = tokio::spawn(async move { runtime.init("r", InitOptions::default()).await });
    begun.notified().await;
    running.abort();
    dropped.notified().await;
}
