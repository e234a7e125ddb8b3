//! A guest that asks for what its run does not have: the host decides, whatever JavaScript there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arbex_abi::{Completion, ListKind, Op, Payload};
use arbex_cluster::ClusterSettings;

use super::*;
use crate::bridge::{Bridge, FetchSettings, Fetcher};
use crate::caller::{Caller, Capability};
use crate::policy::{Reads, Rules};

fn bridge(system: Option<&crate::call::System>) -> Bridge {
    let namespace = Some("n".to_owned());
    let rules = Rules { reads: Reads::All, exec: true, namespaces: None, own_namespace: namespace };
    let caller = Caller { name: "c".into(), capabilities: Capability::ALL.into_iter().collect() };
    let grant = Grant::new(&rules, &caller, system);
    let cluster = Arc::new(Cluster::new(ClusterSettings::default()));
    let deadline = Instant::now() + Duration::from_secs(60);
    let fetcher = Arc::new(Fetcher::new(FetchSettings::default()).unwrap());
    Bridge::new(Vec::new(), fetcher, Some(System::new(grant, PlatformConfig::default(), cluster, deadline)))
}

#[tokio::test]
async fn switched_off_every_operation_is_refused_here() {
    let mut bridge = bridge(None);
    let mut ops = vec![Op::ReadConfig { prefix: "system." }, Op::PodMetrics { namespace: None }];
    ops.extend(ListKind::ALL.map(|kind| Op::List { kind, namespace: Some("n"), label_selector: None }));
    ops.extend([Some("p"), None].map(|pod| Op::Exec { pod, namespace: None, container: None, command: vec!["ls"] }));
    for op in ops {
        let id = bridge.start(&op);
        let completion = bridge.next(None).await.unwrap();
        let completion: Completion<'_> = arbex_abi::decode(&completion).unwrap();
        let Payload::Failed { name, message, .. } = completion.payload else { panic!("{op:?}: {completion:?}") };
        assert_eq!((completion.id, name), (id, "PermissionError"), "{op:?}");
        assert!(message.contains("system.enabled: false"), "{op:?}: {message}");
    }
    let tally = bridge.system();
    for operation in Operation::ALL {
        assert_eq!(tally.count_of(operation, SystemResult::Refused), 1, "{operation:?}");
    }
}

/// A script may start calls without waiting for any: what they hold here is bounded, whether they are allowed or not.
#[tokio::test]
async fn arguments_that_wait_are_bounded() {
    let mut bridge = bridge(None);
    let long = "a".repeat(16 * 1024 - size_of::<String>());
    let exec = || Op::Exec { pod: None, namespace: None, container: None, command: vec![long.as_str()] };
    for _ in 0..MAX_WAITING_BYTES / (16 * 1024) {
        assert_ne!(bridge.start(&exec()), 0);
    }
    assert_eq!(bridge.start(&exec()), 0);
    // What takes no room still goes, and one that has ended makes room.
    assert_ne!(bridge.start(&Op::PodMetrics { namespace: None }), 0);
    for _ in 0..2 {
        bridge.next(None).await.unwrap();
    }
    assert_ne!(bridge.start(&exec()), 0);
}

/// What the SDK checks is checked here as well, where it matters: an argv, and names that become parts of a path.
#[tokio::test]
async fn arguments_that_no_sdk_would_send_are_refused() {
    use crate::call::{Exec, Kubernetes};
    let exec = Exec {
        allow_cluster_manager: true,
        pod_name_prefixes: vec!["p".to_owned()],
        timeout_ms: 60_000,
        max_output_chars: 10,
    };
    let system = crate::call::System {
        kubernetes: Kubernetes { namespaces: None, told: None, max_items: 1, exec: Some(exec) },
        config_prefixes: Vec::new(),
    };
    let mut bridge = bridge(Some(&system));
    let exec = |pod, container, command| Op::Exec { pod, namespace: None, container, command };
    for (op, field) in [
        (exec(Some("p/../q"), None, vec!["ls"]), "podName"),
        (exec(Some("p?a=b"), None, vec!["ls"]), "podName"),
        (exec(Some("p"), Some("c&stdin=true"), vec!["ls"]), "container"),
        (exec(Some("p"), None, vec![]), "command"),
        (exec(None, None, vec![""]), "command"),
        (exec(None, None, vec!["a\0b"]), "command"),
    ] {
        bridge.start(&op);
        let completion = bridge.next(None).await.unwrap();
        let completion: Completion<'_> = arbex_abi::decode(&completion).unwrap();
        let Payload::Failed { name, message, .. } = completion.payload else { panic!("{op:?}: {completion:?}") };
        assert_eq!(name, "TypeError", "{op:?}: {message}");
        assert!(message.contains(field), "{op:?}: {message}");
    }
}
