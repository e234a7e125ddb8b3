//! docs/cluster-access.md is made from the list of accesses.

use std::fmt::Write as _;

use arbex::policy::Operation;
use arbex_cluster::rbac::ACCESSES;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cluster-access.md");

fn page() -> String {
    let mut text = String::from(
        "# What the service asks of the cluster\n\n\
         <!-- Made from service/cluster/src/rbac.rs and service/src/policy/needs.rs by a test; UPDATE_EXPECT=1 cargo test writes it. -->\n\n\
         Nothing while `--cluster-reads` is `off`, which is the default. Else the service's account needs these, and no others. What\n\
         lives in a namespace wants a Role and a RoleBinding in each of `--cluster-namespaces`, the rest a ClusterRole and a\n\
         ClusterRoleBinding. A verb that is missing makes the method reject with `status` 403, and its message names verb,\n\
         resource and namespace.\n\n\
         | Verbs | API group | Resource | Kind of role | Needed by | Needed with |\n|---|---|---|---|---|---|\n",
    );
    for access in ACCESSES {
        let group = if access.group.is_empty() { "core" } else { access.group };
        let role = if access.namespaced { "Role" } else { "ClusterRole" };
        let mut operations = Operation::ALL.to_vec();
        operations.retain(|operation| operation.needs().contains(access));
        assert!(!operations.is_empty(), "nobody needs {access:?}");
        let is_exec = |operation: &Operation| matches!(operation, Operation::Exec | Operation::ExecClusterManager);
        let needed = if operations.iter().all(is_exec) {
            "`--cluster-exec`"
        } else if access.namespaced {
            "`--cluster-reads namespaced` or `all`"
        } else {
            "`--cluster-reads all`"
        };
        let operations: Vec<_> = operations.iter().map(|operation| format!("`{}`", operation.as_str())).collect();
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
    for operation in Operation::ALL {
        let needs = operation.needs();
        assert_eq!(needs.is_empty(), operation == Operation::GetPrefix, "{operation:?}");
        assert!(needs.iter().all(|access| ACCESSES.contains(&access)), "{operation:?}");
    }
}
