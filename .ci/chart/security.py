"""What must be true of every object of every render, whatever the values. Each function gives faults in words."""

from renders import key
from schema import VOLUMES

POD_OF = {"Deployment": lambda part: part["spec"]["template"], "Pod": lambda part: part}


def pods(parts):
    """(name, metadata, spec) of every pod and pod template."""
    for part in parts:
        if part["kind"] in POD_OF:
            pod = POD_OF[part["kind"]](part)
            yield "/".join(key(part)), pod["metadata"], pod["spec"]


def component(metadata):
    return metadata["labels"]["app.kubernetes.io/component"]


def expect(faults, place, **facts):
    faults.extend(f"{place}: {name}" for name, holds in facts.items() if not holds)


def restricted(parts):
    """The pod security standard, and what this chart adds to it."""
    faults = []
    for place, _, spec in pods(parts):
        context = spec.get("securityContext", {})
        expect(
            faults,
            place,
            not_root=context.get("runAsNonRoot") is True
            and context.get("runAsUser", 1) != 0
            and context.get("runAsGroup", 1) != 0,
            seccomp=context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            no_host_namespaces=not any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")),
            no_service_links=spec.get("enableServiceLinks") is False,
            no_sysctls="sysctls" not in context,
            safe_volumes=all((set(volume) - {"name"}) <= set(VOLUMES) for volume in spec.get("volumes", [])),
        )
        for container in spec["containers"] + spec.get("initContainers", []) + spec.get("ephemeralContainers", []):
            own = container.get("securityContext", {})
            expect(
                faults,
                f"{place}/{container['name']}",
                no_escalation=own.get("allowPrivilegeEscalation") is False,
                not_privileged=own.get("privileged") is False,
                not_root=own.get("runAsNonRoot") is True and own.get("runAsUser", 1) != 0,
                read_only_root=own.get("readOnlyRootFilesystem") is True,
                no_capability=own.get("capabilities") == {"drop": ["ALL"]},
                own_seccomp_is_not_weaker="seccompProfile" not in own,
                default_proc_mount="procMount" not in own,
                no_host_port=not any("hostPort" in port for port in container.get("ports", [])),
                image_is_pinned=":" in container["image"].rsplit("/", 1)[-1]
                and not container["image"].endswith((":", ":latest")),
                memory_is_bounded=bool(container["resources"]["limits"].get("memory")),
                memory_is_promised=container["resources"]["requests"]["memory"]
                == container["resources"]["limits"]["memory"],
            )
    return faults


def accounts(parts):
    """Tokens are mounted only where the cluster is read, and roles grant only to that account."""
    faults = []
    reads = any(part["kind"] == "Role" for part in parts)
    for place, metadata, spec in pods(parts):
        wanted = reads and component(metadata) == "service"
        expect(
            faults, place, account_token_is_mounted_only_for_reads=spec.get("automountServiceAccountToken") is wanted
        )
    for part in parts:
        if part["kind"] == "ServiceAccount":
            expect(faults, key(part), mounts_nothing_by_itself=part["automountServiceAccountToken"] is False)
        if part["kind"] in ("RoleBinding", "ClusterRoleBinding"):
            account = [
                spec["serviceAccountName"] for _, metadata, spec in pods(parts) if component(metadata) == "service"
            ]
            bound = [(subject["kind"], subject["name"], subject["namespace"]) for subject in part["subjects"]]
            expect(
                faults,
                key(part),
                binds_the_service_only=bound == [("ServiceAccount", name, "arbex") for name in account],
            )
    return faults


def secrets(parts, words):
    """Secret words of the values stand in Secrets and nowhere else."""
    found = [(key(part), word) for part in parts if part["kind"] != "Secret" for word in words if word in str(part)]
    return [f"{place}: shows a secret value" for place, _ in found]


def closed_off(parts):
    """Each pod has a policy for both ways; no rule of ours means everybody."""
    faults = []
    policies = [part["spec"] for part in parts if part["kind"] == "NetworkPolicy"]
    if not policies:
        return faults
    for place, metadata, _ in pods(parts):
        mine = [policy for policy in policies if selects(policy["podSelector"]["matchLabels"], metadata)]
        both = len(mine) == 1 and sorted(mine[0]["policyTypes"]) == ["Egress", "Ingress"]
        expect(faults, place, has_one_policy_for_both_ways=both)
        for policy in mine:
            for rule in policy["ingress"]:
                expect(faults, place, says_who_may_come=bool(rule.get("from")), says_which_port=bool(rule.get("ports")))
            for rule in policy["egress"]:
                expect(faults, place, says_where_to_go=bool(rule.get("to") or rule.get("ports")))
            open_peers = [peer for rule in policy["ingress"] for peer in rule["from"] if not any(peer.values())]
            expect(faults, place, no_peer_is_everybody=not open_peers)
    return faults


def selects(labels, metadata):
    return labels.items() <= metadata["labels"].items()


def joined(parts):
    """Names fit together: selectors find pods, ports exist, names are unique and short enough."""
    faults = []
    names = [key(part) for part in parts]
    faults += [f"{name}: twice" for name in set(names) if names.count(name) > 1]
    faults += [f"{name}: too long" for name in names if 63 < len(name[2])]
    all_pods = list(pods(parts))
    accounts_made = {part["metadata"]["name"] for part in parts if part["kind"] == "ServiceAccount"}
    made = {(part["kind"], part["metadata"]["name"]) for part in parts}
    for part in parts:
        spec, place = part.get("spec", {}), key(part)
        if part["kind"] == "Service":
            found = [pod for _, metadata, pod in all_pods if selects(spec["selector"], metadata)]
            ports = {
                port["name"] for pod in found for container in pod["containers"] for port in container.get("ports", [])
            }
            expect(faults, place, selects_one_kind_of_pod=len(found) == 1)
            expect(faults, place, ports_exist={port["targetPort"] for port in spec["ports"]} <= ports)
        if part["kind"] in ("Deployment", "PodDisruptionBudget"):
            found = [metadata for _, metadata, _ in all_pods if selects(spec["selector"]["matchLabels"], metadata)]
            expect(faults, place, selects_one_kind_of_pod=len(found) == 1)
        if part["kind"] == "HorizontalPodAutoscaler":
            expect(faults, place, target_exists=("Deployment", spec["scaleTargetRef"]["name"]) in made)
            target = next(
                other for other in parts if other["kind"] == "Deployment" and component(other["metadata"]) == "service"
            )
            expect(faults, place, is_not_fought_by_replicas="replicas" not in target["spec"])
        if part["kind"] == "ServiceMonitor":
            services = [
                other
                for other in parts
                if other["kind"] == "Service" and selects(spec["selector"]["matchLabels"], other["metadata"])
            ]
            ports = [port["name"] for service in services for port in service["spec"]["ports"]]
            expect(
                faults, place, scrapes_one_port=ports.count("admin") == 1 and spec["endpoints"][0]["port"] == "admin"
            )
        if part["kind"] == "RoleBinding":
            expect(
                faults,
                place,
                role_exists=("Role", part["roleRef"]["name"]) in made,
                account_exists=part["subjects"][0]["name"] in accounts_made,
            )
    for place, _, pod in all_pods:
        for container in pod["containers"]:
            for source in container.get("envFrom", []):
                expect(faults, place, config_exists=("ConfigMap", source["configMapRef"]["name"]) in made)
    return faults
