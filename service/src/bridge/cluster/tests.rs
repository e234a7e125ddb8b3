//! The list of accesses.

use super::rbac::ACCESSES;

#[test]
fn paths_are_those_of_the_api() {
    let paths: Vec<_> = ACCESSES.iter().map(|access| access.path(access.namespaced.then_some("n"))).collect();
    let expected = [
        "/api/v1/namespaces/n/pods",
        "/apis/apps/v1/namespaces/n/deployments",
        "/apis/apps/v1/namespaces/n/statefulsets",
        "/api/v1/namespaces/n/persistentvolumeclaims",
        "/apis/networking.k8s.io/v1/namespaces/n/ingresses",
        "/api/v1/namespaces/n/services",
        "/api/v1/namespaces",
        "/api/v1/nodes",
        "/apis/metrics.k8s.io/v1beta1/namespaces/n/pods",
        "/api/v1/namespaces/n/pods",
        "/api/v1/namespaces/n/pods",
    ];
    assert_eq!(paths, expected);
}
