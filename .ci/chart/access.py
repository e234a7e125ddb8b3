"""What the roles grant, compared with what the service's code asks for."""

import re

import yaml

from generate import cluster_access
from renders import cases
from settings import ROOT

# Made from the code's own list; a test of the service compares the two.
PAGE = ROOT / "docs/cluster-access.md"


def grants(rules):
    """{(group, resource, verb)}"""
    return {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked(page):
    """What the code asks for, as {(with, group, resource, verb)}: the rows of the page."""
    found = set()
    for row in re.findall(r"^\| (.* \| .*Role \| .*) \|$", page, re.M):
        verbs, group, resource, role, _, needed = row.split(" | ")
        word = "exec" if "--cluster-exec" in needed else "clusterWide" if role == "ClusterRole" else "reads"
        found |= {(word, group.replace("core", ""), resource, verb) for verb in verbs.split(", ")}
    return found


def checks(renders):
    listed = cluster_access()
    yield "roles grant what their values say, and no more", unequal(renders, listed)
    yield "the chart's list of verbs and resources is the code's", apart(listed, asked(PAGE.read_text()))


def apart(listed, code):
    chart = {(rule["with"], *grant) for rule in listed for grant in grants([rule])}
    yield from (f"the code asks for {missing}, the chart does not grant it" for missing in sorted(code - chart))
    yield from (f"the chart grants {surplus}, the code does not ask for it" for surplus in sorted(chart - code))


def unequal(renders, listed):
    """A render's roles are the parts of the list that its values switch on. Commands in pods are looked at apart from any list."""
    part_of = {
        word: grants(rule for rule in listed if rule["with"] == word) for word in ("reads", "clusterWide", "exec")
    }
    for name, parts in renders.items():
        values = yaml.safe_load(cases()[name].read_text()).get("clusterReads", {})
        is_on, runs_commands = values.get("enabled", False), values.get("exec", False)
        namespaces = values.get("namespaces", ["arbex"]) if is_on else []
        roles = {part["metadata"]["namespace"]: grants(part["rules"]) for part in parts if part["kind"] == "Role"}
        if roles != {each: part_of["reads"] | (part_of["exec"] if runs_commands else set()) for each in namespaces}:
            yield f"{name}: roles {roles}"
        cluster_roles = [grants(part["rules"]) for part in parts if part["kind"] == "ClusterRole"]
        if cluster_roles != [part_of["clusterWide"]] * values.get("clusterWide", False):
            yield f"{name}: cluster roles {cluster_roles}"
        for group, resource, verb in set().union(*roles.values(), *cluster_roles):
            if "*" in (group, resource, verb) or "secrets" in resource:
                yield f"{name}: {verb} {resource}"
            if (verb != "list" or "/" in resource) and not runs_commands:
                yield f"{name}: {verb} {resource}, though no commands are run"
