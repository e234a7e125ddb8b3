"""Helm's side: a copy of the chart to render from, and what comes out."""

import os
import shutil
import subprocess
from functools import cache

import yaml

from schema import CHART

HELM = os.environ.get("HELM", "helm")
# The chart's own files and version change without the templates: golden renders have stand-ins for them.
STAND_INS = {
    "files/alerts.yaml": "groups:\n  - { name: arbex-service-stand-in, rules: [] }\n  - { name: arbex-runner-stand-in, rules: [] }\n",
    "files/dashboard.json": '{ "title": "a stand-in" }\n',
}


def copy_chart(folder):
    """The chart with stand-ins; gives its path."""
    chart = folder / "arbex"
    shutil.copytree(CHART, chart)
    for path, text in STAND_INS.items():
        (chart / path).parent.mkdir(exist_ok=True)
        (chart / path).write_text(text)
    description = yaml.safe_load((chart / "Chart.yaml").read_text())
    (chart / "Chart.yaml").write_text(yaml.safe_dump(description | {"version": "0.0.0", "appVersion": "0.0.0"}))
    return chart


def helm(*arguments):
    """(whether it went well, all it said)"""
    # No home of the machine: neither its plugins nor its clusters have a say.
    variables = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": "/nonexistent"}
    done = subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True, env=variables)
    return done.returncode == 0, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def template(chart, *arguments):
    return helm("template", "demo", chart, "--namespace", "arbex", "--kube-version", "1.33.0", *arguments)


# In C where there is: goldens have some thousand lines.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def objects(text):
    """The objects of a render, in an order of their own: Helm's may change."""
    found = [part for part in yaml.load_all(text, Loader=LOADER) if part]
    return sorted(found, key=key)


def key(part):
    metadata = part["metadata"]
    return part["kind"], metadata.get("namespace", ""), metadata["name"]


def dotted(settings):
    """{ "a.b": 1 } as { "a": { "b": 1 } }"""
    values = {}
    for path, value in settings.items():
        *above, last = path.split(".")
        node = values
        for name in above:
            node = node.setdefault(name, {})
        node[last] = value
    return values


@cache
def cases():
    """The values files, by name."""
    return {path.stem: path for path in sorted((CHART / "ci").glob("*.yaml"))}
