"""All checks of the chart. One line a check, and what is wrong with it below; the last line counts."""

import copy
import difflib
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import yaml

import access
import dashboard
import generate
import numbers_of
import security
import validity
from renders import LOADER, cases, copy_chart, dotted, helm, objects, template
from schema import CHART
from settings import ROOT

GOLDEN = CHART / "tests/golden"
UPDATE = os.environ.get("UPDATE_EXPECT") == "1"
# Secret words in ci/*.yaml.
SECRET_WORDS = ("not-a-real-token", "another-unreal-token")

passed, failed = 0, 0


def check(name, faults):
    """Tells of one check; `faults` are words, none when it passed."""
    global passed, failed
    faults = list(faults)
    passed, failed = passed + (not faults), failed + bool(faults)
    print(f"{'FAILED' if faults else 'ok':6} {name}", flush=True)
    for fault in faults:
        print("      ", fault.replace("\n", "\n       "))


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(4) as threads:
        check("what is generated equals its sources", stale())
        check("chart and workspace have one version", versions())
        check("the schema lets nothing through that it does not name", open_objects(generate.schema()))
        check("every value of the schema is in values.yaml, with words", undocumented())
        check("every bound of a setting holds on both sides", numbers_of.bounds(generate.schema()))

        chart = copy_chart(Path(folder))
        linted = threads.map(lambda case: helm("lint", "--strict", CHART, "--values", case), cases().values())
        rendered = threads.map(lambda case: template(chart, "--values", case), cases().values())
        check("helm lint --strict", [f"{name}: {words}" for name, (well, words) in zip(cases(), linted) if not well])
        texts = dict(zip(cases(), rendered))
        for name, (well, text) in texts.items():
            check(f"{name} renders", [] if well else [text])
        renders = {name: objects(text) for name, (well, text) in texts.items() if well}
        for name, parts in renders.items():
            check(f"{name} equals its golden render", differs(name, texts[name][1], parts))
        check("no golden render is left over", [path.name for path in GOLDEN.glob("*") if path.stem not in cases()])
        check("every template is rendered by some case", unrendered(text for well, text in texts.values() if well))
        for version in validity.KUBERNETES:
            check(f"all objects are valid in Kubernetes {version}", validity.invalid(renders, version))
        check("all objects of the Prometheus Operator are valid", validity.invalid_for_operator(renders))

        for words, rule in (
            ("every pod is restricted", security.restricted),
            ("account tokens and roles only for cluster reads", security.accounts),
            ("secret values stand in Secrets only", lambda parts: security.secrets(parts, SECRET_WORDS)),
            ("every pod is closed off by a network policy", security.closed_off),
            ("selectors, ports and names fit together", security.joined),
            ("memory limits cover what the settings allow", numbers_of.memory),
            ("pods have time to stop", numbers_of.stopping),
        ):
            check(words, [f"{name}: {fault}" for name, parts in renders.items() for fault in rule(parts)])
        check(
            "a network policy unless it is off",
            [
                name
                for name, parts in renders.items()
                if name != "no-network-policy" and not any(part["kind"] == "NetworkPolicy" for part in parts)
            ],
        )

        for words, faults in access.checks(renders):
            check(words, faults)
        for words, faults in numbers_of.settings_checks(chart, renders, Path(folder)):
            check(words, faults)
        check("a package has what is needed, and nothing else", packaged(Path(folder)))
        check("the example of README.md renders", example(chart, Path(folder)))
        check("it can be a part of another chart", partial(chart, Path(folder), renders["defaults"]))
        for words, faults in dashboard.checks():
            check(words, faults)
        check("dashboard and alerts of files/ are in their objects", own_files(Path(folder)))

        refusals = yaml.load((CHART / "tests/refusals.yaml").read_text(), LOADER)
        for refusal, faults in zip(
            refusals,
            threads.map(lambda number: accepted(chart, Path(folder), number, refusals[number]), range(len(refusals))),
        ):
            check(f"refused: {refusal.get('case', 'defaults')} with {json.dumps(refusal['set'])[:90]}", faults)

    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def stale():
    if UPDATE:
        generate.write()
    for path, text in generate.expected().items():
        if path.read_text() != text:
            yield f"{path.relative_to(ROOT)} is old; UPDATE_EXPECT=1 .ci/chart-check writes it"


def versions():
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    for name in ("version", "appVersion"):
        if chart[name] != workspace:
            yield f"Chart.yaml: {name} is {chart[name]}, Cargo.toml has {workspace}"


def open_objects(schema, path="values"):
    jsonschema.Draft7Validator.check_schema(schema)
    kinds = schema.get("type", [])
    if (
        "object" in ([kinds] if isinstance(kinds, str) else kinds)
        and "$comment" not in schema
        and schema.get("additionalProperties") is not False
    ):
        yield f"{path} takes any property"
    for name, inner in schema.get("properties", {}).items():
        yield from open_objects(inner, f"{path}.{name}")
    if "items" in schema:
        yield from open_objects(schema["items"], f"{path}[]")


def undocumented():
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    told = dict(generate.documented((CHART / "values.yaml").read_text()))
    yield from (error.message for error in jsonschema.Draft7Validator(generate.schema()).iter_errors(values))

    def walk(schema, values, path):
        for name, inner in schema.get("properties", {}).items():
            at = f"{path}.{name}".lstrip(".")
            if at == "global" or any(at.startswith(f"{above}.") for above in told):
                continue
            if name not in values:
                yield f"{at} is not in values.yaml"
            elif "properties" in inner and at not in told:
                yield from walk(inner, values[name], at)
            elif at not in told:
                yield f"{at} has no words above it in values.yaml"

    yield from walk(generate.schema(), values, "")


def differs(name, text, parts):
    path = GOLDEN / f"{name}.yaml"
    if UPDATE:
        path.write_text(text)
    if not path.exists():
        yield f"tests/golden/{name}.yaml is not there; UPDATE_EXPECT=1 .ci/chart-check writes it"
        return
    golden = objects(path.read_text())
    if golden != parts:
        was, now = (yaml.safe_dump_all(each).splitlines() for each in (golden, parts))
        lines = list(difflib.unified_diff(was, now, "golden", "rendered", lineterm="", n=2))
        yield "\n".join(lines[:60]) + "\nUPDATE_EXPECT=1 .ci/chart-check writes it anew"


def unrendered(texts):
    """.helmignore can hide a template without a word."""
    sources = {
        line.removeprefix("# Source: arbex/")
        for text in texts
        for line in text.splitlines()
        if line.startswith("# Source: ")
    }
    # It only refuses.
    templates = {str(path.relative_to(CHART)) for path in (CHART / "templates").rglob("*.yaml")} - {
        "templates/checks.yaml"
    }
    yield from sorted(templates - sources)


def packaged(folder):
    well, words = helm("package", CHART, "--destination", folder)
    if not well:
        yield words
        return
    with tarfile.open(next(folder.glob("arbex-*.tgz"))) as archive:
        names = {name.removeprefix("arbex/") for name in archive.getnames()}
    wanted = {str(path.relative_to(CHART)) for path in (CHART / "templates").rglob("*.*")}
    wanted |= {"Chart.yaml", "README.md", "values.yaml", "values.schema.json"}
    yield from (f"{name} is missing" for name in sorted(wanted - names))
    yield from (
        f"{name} is too much"
        for name in sorted(names - wanted - {"files/alerts.yaml", "files/dashboard.json", ".helmignore"})
    )


def example(chart, folder):
    text = re.search(r"```yaml\n(runner:.*?)```", (CHART / "README.md").read_text(), re.S)[1]
    (folder / "example.yaml").write_text(text)
    tokens = cases()["tokens"]
    well, words = template(chart, "--values", tokens, "--values", folder / "example.yaml")
    return [] if well else [words]


def partial(chart, folder, alone):
    """As a dependency: `global` comes with it, names and all else stay."""
    parent = folder / "parent"
    shutil.copytree(chart, parent / "charts/arbex")
    (parent / "Chart.yaml").write_text("apiVersion: v2\nname: parent\nversion: 0.0.0\n")
    values = yaml.safe_load(cases()["defaults"].read_text())
    (parent / "values.yaml").write_text(yaml.safe_dump({"arbex": values, "global": {"region": "north"}}))
    well, text = template(parent)
    if not well:
        yield text
    elif objects(text) != alone:
        yield "it renders something else"


def own_files(folder):
    """The real files, in the real chart: all of the dashboard, and the rules of what is installed."""
    rules = yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"]
    page = (ROOT / "docs/operations.md").read_text()
    yield from (
        f"{group['name']}: of the service or of the runner?"
        for group in rules
        if not group["name"].startswith(("arbex-service-", "arbex-runner-"))
    )
    for installed, values in (
        ("service runner", {}),
        ("service", {"runner": {"enabled": False}}),
        (
            "runner",
            {
                "service": {"enabled": False},
                "runner": {"settings": {"serviceUrl": "http://arbex.example"}},
                "networkPolicy": {"enabled": False},
            },
        ),
    ):
        path = folder / "installed.yaml"
        path.write_text(yaml.safe_dump(values))
        well, text = template(CHART, "--values", cases()["everything"], "--values", path)
        if not well:
            yield f"{installed}: {text}"
            continue
        parts = {
            part["kind"]: part
            for part in objects(text)
            if part["kind"] == "PrometheusRule" or "dashboard" in part["metadata"]["name"]
        }
        wanted = copy.deepcopy([group for group in rules if group["name"].split("-")[1] in installed.split()])
        for rule in (rule for group in wanted for rule in group["rules"] if "alert" in rule):
            rule["annotations"]["runbook_url"] = f"https://wiki.example/arbex/operations#{rule['alert'].lower()}"
            if f"\n### {rule['alert']}\n" not in page:
                yield f"docs/operations.md has no part {rule['alert']}"
        if parts["PrometheusRule"]["spec"] != {"groups": wanted}:
            yield f"{installed}: the PrometheusRule does not hold its groups of files/alerts.yaml, and them only"
        if json.loads(parts["ConfigMap"]["data"]["arbex.json"]) != json.loads(
            (CHART / "files/dashboard.json").read_text()
        ):
            yield f"{installed}: the ConfigMap does not hold files/dashboard.json"


def accepted(chart, folder, number, refusal):
    values = folder / f"refusal-{number}.yaml"
    values.write_text(yaml.safe_dump(dotted(refusal["set"])))
    well, words = template(chart, "--values", cases()[refusal.get("case", "defaults")], "--values", values)
    if well:
        return ["it renders"]
    # Newer ones spell a path with slashes.
    return (
        []
        if refusal["says"] in words or refusal["says"].replace(".", "/") in words
        else [f"does not say {refusal['says']!r}: {words}"]
    )


if __name__ == "__main__":
    sys.exit(main())
