"""Makes what of the chart follows from somewhere else: values.schema.json, templates/_defaults.tpl, the tables of README.md; and the
alerts of docs/operations.md.

Settings come from docs/settings.md and docs/runner-settings.md, which are made from the code; descriptions and
defaults of values from the comments of values.yaml. `expected()` gives path -> text; .ci/chart-check compares or writes.
"""

import json
import re
import textwrap

import yaml

from schema import CHART, documented, schema
from settings import ROOT, runner_settings, service_settings

# What templates compute with, and so must know when the values say nothing.
COMPUTED_WITH = (
    "listen adminListen slots cacheMb maxConnections maxBodyMb maxInflightBodyMb maxOutputBytes maxMemoryMb maxInputMb "
    "inputBudgetMb inputOrigins drainGraceMs idempotencyMb clusterBudgetMb inputs maxInlineMb maxTasks"
).split()
MARK = re.compile(r"(<!-- (\w+): made by \.ci/chart-check -->\n).*?(<!-- /\2 -->)", re.S)


def defaults_tpl():
    text = "{{/* Made by .ci/chart-check from docs/settings.md and docs/runner-settings.md: what holds when the values say nothing. */}}\n"
    for component, settings in (("service", service_settings()), ("runner", runner_settings())):
        text += f'\n{{{{- define "arbex.{component}.defaults" -}}}}\n'
        for setting in settings:
            if setting.name in COMPUTED_WITH:
                text += f"{setting.name}: {json.dumps(setting.default_value())}\n"
        text += "{{- end -}}\n"
    return text


def at(values, path):
    for key in path.split("."):
        values = values[key]
    return values


def values_table():
    text = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(text)
    rows = ["| Value | Default | Meaning |", "|---|---|---|"]
    for path, words in documented(text):
        default = json.dumps(at(values, path))
        rows.append(f"| `{path}` | `{default}` | {words} |")
    return "\n".join(rows) + "\n"


def access_table():
    """What the roles grant, of the list in templates/_cluster-access.tpl."""
    rows = ["| Where | API group | Resources | Verbs |", "|---|---|---|---|"]
    where = {
        "reads": "each of `clusterReads.namespaces`",
        "clusterWide": "the cluster, with `clusterReads.clusterWide`",
        "exec": "each of `clusterReads.namespaces`, with `clusterReads.exec`",
    }
    for rule in cluster_access():
        group = ", ".join(group or "core" for group in rule["apiGroups"])
        rows.append(
            f"| {where[rule['with']]} | {group} | {', '.join(rule['resources'])} | {', '.join(rule['verbs'])} |"
        )
    return "\n".join(rows) + "\n"


def cluster_access():
    text = (CHART / "templates/_cluster-access.tpl").read_text()
    body = re.search(r'define "arbex\.clusterAccess" -}}\n(.*?){{- end -}}', text, re.S)[1]
    return yaml.safe_load(body)


def readme():
    tables = {"values": values_table(), "access": access_table()}
    text = (CHART / "README.md").read_text()
    return MARK.sub(lambda match: match[1] + tables[match[2]] + match[3], text)


def runbook():
    """A section an alert, under the anchor that the chart's links lead to: its name in small letters."""
    parts = []
    for group in yaml.safe_load((CHART / "files/alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            if "alert" not in rule:
                continue
            lasting = f", for {rule['for']}" if "for" in rule else ""
            parts.append(
                f"### {rule['alert']}\n\n*{rule['labels']['severity']}*{lasting}:\n\n```promql\n{rule['expr'].strip()}\n```\n"
            )
            # A line that goes on is indented there.
            paragraphs = re.sub(r"\n +", " ", rule["annotations"]["description"]).strip().split("\n")
            for paragraph in paragraphs:
                heading, words = paragraph.split(": ", 1)
                parts.append(
                    textwrap.fill(f"**{heading}.** {words[0].upper()}{words[1:]}", 130, break_long_words=False) + "\n"
                )
    return "\n" + "\n".join(parts) + "\n"


def operations():
    return MARK.sub(lambda match: match[1] + runbook() + match[3], (ROOT / "docs/operations.md").read_text())


def expected():
    return {
        CHART / "values.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        CHART / "templates/_defaults.tpl": defaults_tpl(),
        CHART / "README.md": readme(),
        ROOT / "docs/operations.md": operations(),
    }


def write():
    for path, text_of in expected().items():
        path.write_text(text_of)


if __name__ == "__main__":
    write()
