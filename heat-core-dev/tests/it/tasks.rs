//! Leases, retries, and that each task ends once.

use std::time::Duration;

use heat_core_dev::{CoreHandle, CoreOptions, EventKind, TaskRules};
use serde_json::json;

use crate::support::{SESSION, claim, get, options, put, send, start};

const LEASE: Duration = Duration::from_secs(60);

fn kinds(core: &CoreHandle, task_id: i64) -> Vec<EventKind> {
    core.journal_of(task_id).iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn claims_are_first_in_first_out_and_by_template() {
    let core = start(options());
    assert_eq!(claim(&core, "r").await.0, 404);
    let input = core.queue_task(71).expect("node 71");
    let (first, second) = (core.queue_task(72).expect("node 72"), core.queue_task(72).expect("node 72"));
    assert_eq!(claim(&core, "r").await.1["id"], json!(first));
    let (status, task) = claim(&core, "s").await;
    assert_eq!((status, &task["id"], &task["runnerTag"]), (200, &json!(second), &json!("s")));
    assert_eq!((&task["state"], &task["verboseState"]), (&json!(1), &json!("CLAIMED")));
    assert_eq!(claim(&core, "r").await.0, 404);
    assert_eq!(core.audit().unended, [input, first, second]);
    assert_eq!(core.open_tasks(), (1, 2));
}

#[tokio::test]
async fn a_task_ends_once() {
    for (ending, kind) in [("complete", EventKind::Completed), ("fail", EventKind::Failed)] {
        let core = start(options());
        let id = core.queue_task(72).expect("node 72");
        let task = async |verb: &str| put(&core, &format!("/api/tasks/{id}/{verb}")).await.0;
        assert_eq!(task("signal").await, 409, "nobody has it yet");
        claim(&core, "r").await;
        assert_eq!(task("signal").await, 200);
        assert_eq!(task(ending).await, 200);
        for late in ["complete", "fail", "signal"] {
            assert_eq!(task(late).await, 409);
        }
        use EventKind::{Claimed, Queued, Refused, Signalled};
        assert_eq!(kinds(&core, id), [Queued, Refused, Claimed, Signalled, kind, Refused, Refused, Refused]);
        let audit = core.audit();
        assert_eq!((audit.tasks, audit.ended_once, audit.unended.len(), audit.ended_again.len()), (1, 1, 0, 0));
        assert_eq!(audit.counts[&kind], 1);
        assert_eq!(put(&core, "/api/tasks/5/complete").await.0, 404);
    }
}

#[tokio::test]
async fn a_late_ending_can_be_a_404() {
    let tasks = TaskRules { late_status: 404, ..TaskRules::default() };
    let core = start(CoreOptions { tasks, ..options() });
    let id = core.queue_task(72).expect("node 72");
    claim(&core, "r").await;
    assert_eq!(put(&core, &format!("/api/tasks/{id}/complete")).await.0, 200);
    assert_eq!(put(&core, &format!("/api/tasks/{id}/complete")).await.0, 404);
}

/// Just before the end of a lease the task is the runner's; at its end it is anybody's.
#[tokio::test]
async fn a_lease_ends_and_a_signal_renews_it() {
    let core = start(options());
    let id = core.queue_task(72).expect("node 72");
    let signal = async || put(&core, &format!("/api/tasks/{id}/signal")).await.0;
    claim(&core, "r").await;
    let tick = Duration::from_millis(1);
    for _ in 0..3 {
        core.advance(LEASE - tick);
        assert_eq!(claim(&core, "s").await.0, 404);
        assert_eq!(signal().await, 200);
    }
    core.advance(LEASE);
    assert_eq!(signal().await, 409, "it waits again");
    let (status, task) = claim(&core, "s").await;
    assert_eq!((status, &task["id"], &task["retryCount"]), (200, &json!(id), &json!(1)));
    assert_eq!(put(&core, &format!("/api/tasks/{id}/complete")).await.0, 200);
    let expired: Vec<_> = core.journal().into_iter().filter(|event| event.kind == EventKind::LeaseExpired).collect();
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].runner_tag.as_deref(), Some("r"));
    assert_eq!(core.audit().ended_once, 1);
}

#[tokio::test]
async fn the_last_retry_is_the_last() {
    let core = start(options());
    let id = core.queue_task(72).expect("node 72");
    for retry in 0..=3 {
        let (status, task) = claim(&core, "r").await;
        assert_eq!((status, &task["retryCount"], &task["maxRetries"]), (200, &json!(retry), &json!(3)));
        core.advance(LEASE);
    }
    assert_eq!(claim(&core, "r").await.0, 404);
    assert_eq!(kinds(&core, id).last(), Some(&EventKind::Failed));
    let node = core.node(72).expect("node 72");
    assert_eq!(node["lastState"], json!(2));
    assert_eq!(core.audit().ended_once, 1);
}

#[tokio::test]
async fn a_deleted_session_takes_its_tasks_along() {
    let core = start(options());
    let (leased, waiting) = (core.queue_task(72).expect("node 72"), core.queue_task(72).expect("node 72"));
    claim(&core, "r").await;
    assert_eq!(send(&core, "DELETE", &format!("/api/sessions/{SESSION}"), None, &[]).await.0, 200);
    assert_eq!(put(&core, &format!("/api/tasks/{leased}/complete")).await.0, 409);
    assert_eq!(claim(&core, "r").await.0, 404);
    assert_eq!(get(&core, "/api/nodes/72").await.0, 404);
    for id in [leased, waiting] {
        assert!(kinds(&core, id).contains(&EventKind::Cancelled));
    }
    assert_eq!(core.audit().ended_once, 2);
}

/// Many runners at once, some of them silent for longer than a lease: every task still ends exactly once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runners() {
    let tasks = TaskRules { max_retries: u32::MAX, ..TaskRules::default() };
    let core = start(CoreOptions { tasks, ..options() });
    for _ in 0..200 {
        core.queue_task(72).expect("node 72");
    }
    let runner = async |silent_every: usize| {
        for turn in 1.. {
            let (status, task) = claim(&core, "r").await;
            if status == 404 && core.open_tasks() == (0, 0) {
                return;
            }
            if turn % silent_every == 0 {
                // The others' leases end as well; whether they are late is the Core's to say.
                core.advance(LEASE);
            } else if status == 200 {
                put(&core, &format!("/api/tasks/{}/complete", task["id"])).await;
            }
        }
    };
    tokio::join!(runner(3), runner(5), runner(7), runner(11));
    let audit = core.audit();
    assert_eq!((audit.tasks, audit.ended_once), (200, 200));
    assert!(audit.counts[&EventKind::LeaseExpired] > 0);
}
