"""What the roles grant, compared with what the service's code asks for."""

import re

from generate import cluster_access
from settings import ROOT

# The code's own list.
LIST = ROOT / "service/src/bridge/cluster/rbac.rs"


def grants(rules):
    """{(group, resource, verb)}"""
    return {
        (group, resource, verb) for rule in rules for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]
    }


def asked(source):
    """What the code asks for, as {(with, group, resource, verb)}: the constants of rbac.rs."""
    found = set()
    constants = re.findall(r"^pub\(super\) const \w+: Access =\s(.*?);$", source, re.M | re.S)
    for constant in constants:
        group, _, resource = re.search(r'Access::list\(\s*"(.*?)",\s*"(.*?)",\s*"(.*?)"', constant).groups()
        verbs = re.search(r"verbs: &\[(.*?)\]", constant)
        verbs = re.findall(r'"(\w+)"', verbs[1]) if verbs else ["list"]
        operations = set(re.findall(r"Operation::(\w+)", constant))
        needed = "exec" if operations <= {"Exec", "ExecClusterManager"} else "clusterWide" if "cluster_wide()" in constant else "reads"
        found |= {(needed, group, resource, verb) for verb in verbs}
    count = re.search(r"\[&Access; (\d+)\]", source)
    if not count or int(count[1]) != len(constants):
        raise SystemExit(f"{LIST} is written in another way than .ci/chart/access.py reads: {len(constants)} constants")
    return found


def checks(renders):
    listed = cluster_access()
    yield "roles grant what their values say, and no more", unequal(renders, listed)
    if LIST.exists():
        yield "the chart's list of verbs and resources is the code's", apart(listed, asked(LIST.read_text()))
    else:
        print(f"       not tried: the code's list of verbs and resources; there is no {LIST.relative_to(ROOT)}")


def apart(listed, code):
    chart = {(rule["with"], *grant) for rule in listed for grant in grants([rule])}
    yield from (f"the code asks for {missing}, the chart does not grant it" for missing in sorted(code - chart))
    yield from (f"the chart grants {surplus}, the code does not ask for it" for surplus in sorted(chart - code))


def unequal(renders, listed):
    """A render's roles are the parts of the list that its values switch on."""
    wide = grants(rule for rule in listed if rule["with"] == "clusterWide")
    reads = grants(rule for rule in listed if rule["with"] == "reads")
    exec_ = grants(rule for rule in listed if rule["with"] == "exec")
    for name, parts in renders.items():
        roles = [grants(part["rules"]) for part in parts if part["kind"] == "Role"]
        cluster_roles = [grants(part["rules"]) for part in parts if part["kind"] == "ClusterRole"]
        runs_commands = name in ("exec", "everything")
        expected = reads | exec_ if runs_commands else reads
        wanted = {"cluster-reads": 1, "everything": 1, "exec": 2}.get(name, 0)
        if roles != [expected] * wanted:
            yield f"{name}: roles {roles}"
        if cluster_roles != [wide] * runs_commands:
            yield f"{name}: cluster roles {cluster_roles}"
