//! docs/cluster-access.md is made from the list of accesses.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use arbex::bridge::ACCESSES;
use arbex::policy::{Operation, Reads};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cluster-access.md");

fn page() -> String {
    let mut text = String::from(
        "# What the service asks of the cluster\n\n\
         <!-- Made from service/src/bridge/cluster/rbac.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Nothing while `--cluster-reads` is `off`, which is the default. Else the service's account needs these, and no others. What\n\
         lives in a namespace wants a Role and a RoleBinding in each of `--cluster-namespaces`, the rest a ClusterRole and a\n\
         ClusterRoleBinding. A verb that is missing makes the method reject with `status` 403, and its message names verb,\n\
         resource and namespace.\n\n\
         | Verbs | API group | Resource | Kind of role | Needed by | Needed with |\n|---|---|---|---|---|---|\n",
    );
    for access in ACCESSES {
        let group = if access.group.is_empty() { "core" } else { access.group };
        let role = if access.namespaced { "Role" } else { "ClusterRole" };
        let operations: Vec<_> =
            access.operations.iter().map(|operation| format!("`{}`", operation.as_str())).collect();
        let needed = match access.needed_for() {
            (_, true) => "`--cluster-exec`",
            (Reads::All, _) => "`--cluster-reads all`",
            _ => "`--cluster-reads namespaced` or `all`",
        };
        let _ = writeln!(
            text,
            "| {} | {group} | {} | {role} | {} | {needed} |",
            access.verbs.join(", "),
            access.resource,
            operations.join(", ")
        );
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no settings")]
fn the_page_of_accesses_equals_the_list() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(PAGE, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PAGE).unwrap(), page(), "UPDATE_EXPECT=1 cargo test writes it");
}

#[test]
fn every_method_that_asks_the_cluster_is_on_the_list() {
    let listed: BTreeSet<_> =
        ACCESSES.iter().flat_map(|access| access.operations).map(|operation| operation.as_str()).collect();
    let all: BTreeSet<_> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
    let without: Vec<_> = all.difference(&listed).collect();
    assert_eq!(without, [&"getPrefix"], "it is answered from the request");
}
