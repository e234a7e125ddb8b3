//! The policy as a table: every combination of the switches, and what each namespace, pod and prefix comes to.

use super::*;
use crate::call::Kubernetes;

const OWN: &str = "own";

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn caller(capabilities: &[Capability]) -> Caller {
    Caller { name: "c".into(), capabilities: capabilities.iter().copied().collect() }
}

fn rules(reads: Reads, exec: bool, namespaces: Option<&[&str]>) -> Rules {
    Rules { reads, exec, namespaces: namespaces.map(names), own_namespace: Some(OWN.to_owned()) }
}

fn system(namespaces: Option<&[&str]>, exec: Option<Exec>) -> System {
    System {
        kubernetes: Kubernetes { namespaces: namespaces.map(names), told: None, max_items: 200, exec },
        config_prefixes: names(&["system."]),
    }
}

fn exec(allow_cluster_manager: bool, prefixes: &[&str]) -> Exec {
    Exec { allow_cluster_manager, pod_name_prefixes: names(prefixes), timeout_ms: 1, max_output_chars: 1 }
}

const BOTH: [bool; 2] = [false, true];

/// Each switch that must be on, in the order in which a missing one is told.
#[test]
fn every_combination_of_the_switches_allows_what_all_of_them_allow() {
    for bits in 0..(1 << 9_u32) {
        let on = |bit: u32| bits & (1 << bit) != 0;
        let [enabled, reads, wide, may_exec, has_system, has_exec, exec_on, manager, prefixed] =
            std::array::from_fn(|bit| on(bit as u32));
        let reads = match (reads, wide) {
            (false, _) => Reads::Off,
            (true, false) => Reads::Namespaced,
            (true, true) => Reads::All,
        };
        let mut capabilities = vec![Capability::Execute];
        capabilities.extend(has_system.then_some(Capability::System));
        capabilities.extend(has_exec.then_some(Capability::Exec));
        let wanted = exec_on.then(|| exec(manager, if prefixed { &["web-"] } else { &[] }));
        let system = system(None, wanted);
        let grant = Grant::new(&rules(reads, may_exec, None), &caller(&capabilities), enabled.then_some(&system));
        assert_eq!(grant.has_system(), enabled);

        // The first switch that is off, or what it comes to.
        let first = |switches: &[(bool, Refusal)]| {
            switches.iter().find(|(is_on, _)| !is_on).map_or(Ok(()), |(_, refusal)| Err(refusal.clone()))
        };
        let lacks = Refusal::CallerLacks;
        let on = (enabled, Refusal::SystemOff);
        let read = (reads != Reads::Off, Refusal::ReadsOff);
        let system = (has_system, lacks(Capability::System));
        for operation in Operation::ALL {
            let is_exec = matches!(operation, Operation::Exec | Operation::ExecClusterManager);
            if is_exec || operation == Operation::GetPrefix {
                continue;
            }
            let cluster_wide = matches!(operation, Operation::ListNamespaces | Operation::ListNodes);
            let wide = (!cluster_wide || reads == Reads::All, Refusal::ClusterWideOff);
            let expected = first(&[on.clone(), read.clone(), wide, system.clone()]);
            let expected = expected.map(|()| (!cluster_wide).then_some(OWN));
            assert_eq!(grant.read(operation, None), expected, "{operation:?} {bits:b}");
        }
        let exec = |last: (bool, Refusal)| {
            first(&[
                on.clone(),
                read.clone(),
                (may_exec, Refusal::ExecOff),
                (has_exec, lacks(Capability::Exec)),
                (exec_on, Refusal::ExecNotConfigured),
                last,
            ])
        };
        let got = |pod: Option<&str>| grant.exec(pod, None).map(|(namespace, _)| assert_eq!(namespace, OWN));
        assert_eq!(got(None), exec((manager, Refusal::ClusterManagerNotConfigured)), "{bits:b}");
        let listed = (prefixed, Refusal::PodNotListed { pod: "web-0".to_owned() });
        assert_eq!(got(Some("web-0")), exec(listed), "{bits:b}");
        // The configuration comes in the request: neither the operator nor a capability has to do with it.
        assert_eq!(grant.config("system."), first(&[on]), "{bits:b}");
    }
}

/// What the operator lists, what the configuration lists, what is left, and what may be named.
#[test]
fn a_namespace_must_be_on_both_lists() {
    type List = Option<&'static [&'static str]>;
    let table: [(List, List, &[&str]); 9] = [
        (None, None, &[OWN]),
        (None, Some(&[OWN]), &[OWN]),
        (None, Some(&["a"]), &[]),
        (None, Some(&[]), &[]),
        (Some(&[]), None, &[]),
        (Some(&["a", "b"]), None, &[]),
        (Some(&["a", OWN]), None, &[OWN]),
        (Some(&["a", "b"]), Some(&["b", "a", "b", "c"]), &["b", "a"]),
        (Some(&["a"]), Some(&["A", "a.", "", "*"]), &[]),
    ];
    for (operator, node, left) in table {
        let system = system(node, Some(exec(true, &["p"])));
        let caller = caller(&[Capability::System, Capability::Exec]);
        let grant = Grant::new(&rules(Reads::Namespaced, true, operator), &caller, Some(&system));
        let of = format!("{operator:?} {node:?}");
        assert_eq!(grant.namespaces(), left, "{of}");
        let first = left.first().copied().ok_or(Refusal::NoNamespace);
        assert_eq!(grant.read(Operation::ListPods, None), first.clone().map(Some), "{of}");
        assert_eq!(grant.exec(None, None).map(|(namespace, _)| namespace), first, "{of}");
        for named in ["a", "b", "c", OWN, "", "*", "a/..", "A"] {
            let namespace = || named.to_owned();
            let expected = if left.contains(&named) {
                Ok(named)
            } else if node.is_some_and(|node| node.contains(&named)) {
                Err(Refusal::NamespaceNotAllowed { namespace: namespace() })
            } else {
                Err(Refusal::NamespaceNotConfigured { namespace: namespace() })
            };
            assert_eq!(grant.read(Operation::ListPods, Some(named)), expected.clone().map(Some), "{of} {named:?}");
            assert_eq!(
                grant.exec(Some("pod"), Some(named)).map(|(namespace, _)| namespace),
                expected,
                "{of} {named:?}"
            );
        }
    }
}

/// What the configuration lists, what the request's context tells, what is left, and what a script sees while reads are off.
#[test]
fn a_request_s_context_takes_namespaces_away_and_adds_none() {
    type List = Option<&'static [&'static str]>;
    let table: [(List, List, &[&str], &[&str]); 7] = [
        (None, None, &[OWN], &[]),
        (None, Some(&["a"]), &[], &["a"]),
        (None, Some(&["a", OWN]), &[OWN], &["a", OWN]),
        (None, Some(&[]), &[], &[]),
        (Some(&["a", "b"]), Some(&["b", "c"]), &["b"], &["b"]),
        (Some(&["a"]), Some(&[]), &[], &[]),
        (Some(&[]), Some(&["a"]), &[], &[]),
    ];
    for (listed, told, left, shown) in table {
        let mut system = system(listed, None);
        system.kubernetes.told = told.map(names);
        let caller = caller(&[Capability::System]);
        let grant = |reads| Grant::new(&rules(reads, false, Some(&[OWN, "a", "b", "c"])), &caller, Some(&system));
        assert_eq!(grant(Reads::All).namespaces(), left, "{listed:?} {told:?}");
        assert_eq!(grant(Reads::Off).namespaces(), shown, "{listed:?} {told:?}");
        for named in [OWN, "a", "b", "c"] {
            let is_allowed = grant(Reads::All).read(Operation::ListPods, Some(named)).is_ok();
            assert_eq!(is_allowed, left.contains(&named), "{listed:?} {told:?} {named}");
        }
    }
}

#[test]
fn without_a_namespace_of_its_own_a_service_without_a_list_reaches_none() {
    let rules = Rules { reads: Reads::All, ..Rules::default() };
    for namespaces in [None, Some(&["a"][..])] {
        let system = system(namespaces, None);
        let grant = Grant::new(&rules, &caller(&[Capability::System]), Some(&system));
        assert_eq!(grant.read(Operation::ListServices, None), Err(Refusal::NoNamespace));
        assert!(grant.read(Operation::ListServices, Some("a")).is_err());
    }
}

#[test]
fn a_pod_must_begin_with_a_prefix() {
    let table: [(&[&str], &str, bool); 7] = [
        (&["web-"], "web-0", true),
        (&["db-", "web-"], "web-0", true),
        (&["web-"], "web", false),
        (&["web-"], "my-web-0", false),
        (&["web-"], "WEB-0", false),
        (&[""], "web-0", false),
        (&[], "web-0", false),
    ];
    for (prefixes, pod, allowed) in table {
        let system = system(None, Some(exec(false, prefixes)));
        let grant = Grant::new(
            &rules(Reads::Namespaced, true, None),
            &caller(&[Capability::System, Capability::Exec]),
            Some(&system),
        );
        let refused = Refusal::PodNotListed { pod: pod.to_owned() };
        let expected = if allowed { Ok(()) } else { Err(refused) };
        assert_eq!(grant.exec(Some(pod), None).map(drop), expected, "{prefixes:?} {pod}");
    }
}

#[test]
fn only_a_listed_prefix_may_be_read() {
    let system = system(None, None);
    let grant = Grant::new(&Rules::default(), &caller(&[]), Some(&system));
    for (prefix, allowed) in
        [("system.", true), ("system", false), ("system.x", false), ("", false), ("SYSTEM.", false)]
    {
        assert_eq!(grant.config(prefix).is_ok(), allowed, "{prefix:?}");
    }
    assert!(grant.has_config());
    let none = System { config_prefixes: Vec::new(), ..system };
    assert!(!Grant::new(&Rules::default(), &caller(&[]), Some(&none)).has_config());
}

#[test]
fn while_reads_are_off_a_script_sees_what_the_configuration_names() {
    for reads in [Reads::Off, Reads::All] {
        for listed in BOTH {
            let system = system(listed.then_some(&["a", "b"]), None);
            let grant = Grant::new(&rules(reads, false, Some(&["b"])), &caller(&[]), Some(&system));
            let expected: &[&str] = match (reads, listed) {
                (_, false) => &[],
                (Reads::Off, true) => &["a", "b"],
                _ => &["b"],
            };
            assert_eq!(grant.namespaces(), expected, "{reads:?} {listed}");
        }
    }
}

/// Labels of the metric and names in messages: each once.
#[test]
fn operations_have_their_place_and_a_name_of_their_own() {
    for (index, operation) in Operation::ALL.into_iter().enumerate() {
        assert_eq!(operation as usize, index);
        assert_eq!(Operation::ALL.iter().filter(|other| other.as_str() == operation.as_str()).count(), 1);
    }
}
