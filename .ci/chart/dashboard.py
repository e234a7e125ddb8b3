"""Whether Grafana would show files/dashboard.json as it is meant, and whether it shows every metric there is."""

import json
import re

from schema import CHART
from settings import ROOT

GRID_WIDTH = 24
# Grafana 11 writes this one, and newer ones read it.
SCHEMA_VERSION = 39


def checks():
    dashboard = json.loads((CHART / "files/dashboard.json").read_text())
    panels = dashboard["panels"]
    yield "the dashboard's panels have ids of their own, and nothing lies over anything else", laid_out(dashboard)
    queries = [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]
    queries += [(each["name"], each["expr"]) for each in dashboard["annotations"]["list"]]
    yield "the dashboard asks for metrics and records that exist, and for all metrics", asked(queries)
    yield "the dashboard uses the variables that it has", variables(dashboard, queries)


def laid_out(dashboard):
    if dashboard["schemaVersion"] != SCHEMA_VERSION:
        yield f"schemaVersion is {dashboard['schemaVersion']}, not {SCHEMA_VERSION}"
    taken, ids = {}, set()
    for panel in dashboard["panels"]:
        title, place = panel["title"], panel["gridPos"]
        if panel["id"] in ids:
            yield f"{title}: another panel has the id {panel['id']}"
        ids.add(panel["id"])
        if place["x"] < 0 or GRID_WIDTH < place["x"] + place["w"]:
            yield f"{title}: {place} is wider than the page"
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        for other in sorted({taken[cell] for cell in cells & taken.keys()}):
            yield f"{title} lies over {other}"
        taken |= dict.fromkeys(cells, title)
        if panel["type"] == "row":
            continue
        if not panel.get("targets"):
            yield f"{title}: it asks for nothing"
        names = [target["refId"] for target in panel["targets"]]
        if len(names) != len(set(names)):
            yield f"{title}: two queries have one refId"
        if not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{title}: no unit"


def asked(queries):
    metrics = dict(re.findall(r"^\| `(arbex_\w+)` \| (\w+)", (ROOT / "docs/metrics.md").read_text(), re.M))
    if len(metrics) < 30:
        yield f"only {len(metrics)} metrics were found in docs/metrics.md"
    series = {name for name, kind in metrics.items() if kind != "histogram"}
    series |= {
        name + part for name, kind in metrics.items() if kind == "histogram" for part in ("_bucket", "_sum", "_count")
    }
    records = set(re.findall(r"record: (\S+)", (CHART / "files/alerts.yaml").read_text()))
    shown = set()
    for title, query in queries:
        names = set(re.findall(r"\barbex[a-z_]*(?::[a-z_0-9]+)+|\barbex_\w+", query))
        shown |= names
        yield from (f"{title}: there is no {name}" for name in sorted(names - series - records))
    for name, kind in sorted(metrics.items()):
        if not shown & {name, f"{name}_bucket", f"{name}_sum"}:
            yield f"no panel shows {name}"


def variables(dashboard, queries):
    own = {variable["name"] for variable in dashboard["templating"]["list"]}
    for title, query in queries:
        used = set(re.findall(r"\$\{?(\w+)", query))
        yield from (f"{title}: there is no variable ${name}" for name in sorted(used - own - {"__rate_interval"}))
        # Without them it would mix what stands in other namespaces.
        if "namespace" not in used or not used & {"service", "runner"}:
            yield f"{title}: not only of the chosen namespace and job: {query}"
